//! Clones from URLs. None of them leaves the machine.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use keysweep::source::{
    clone::{CloneError, Cloned, Options, clone},
    history::{
        refs::{self, RefSelection},
        repo::Repo,
    },
    targets::{RepoUrl, Target},
};

use crate::support::{TestRepo, write};

fn url(text: &str) -> RepoUrl {
    match Target::parse(text.into()) {
        Ok(Target::Url(url)) => url,
        other => panic!("{other:?}"),
    }
}

fn source() -> (TestRepo, RepoUrl) {
    let test = TestRepo::new();
    test.write("a", "a\n");
    test.commit("one");
    test.git(&["branch", "side"]);
    test.git(&["tag", "v1"]);
    test.git(&["update-ref", "refs/pull/1/head", "HEAD"]);
    let url = url(&format!("file://{}", test.path.display()));
    (test, url)
}

fn options(test: &TestRepo) -> Options {
    let parent = test.beside("clones");
    fs::create_dir_all(&parent).unwrap();
    Options { parent: Some(parent), ..Options::default() }
}

fn left(options: &Options) -> usize {
    fs::read_dir(options.parent.as_ref().unwrap()).unwrap().count()
}

fn names(cloned: &Cloned) -> Vec<String> {
    let repo = Repo::discover(cloned.path()).unwrap().unwrap();
    assert_eq!(repo.work_tree, None);
    refs::tips(&repo, &RefSelection::All, &|_| true).tips.iter().map(|tip| tip.name.to_string()).collect()
}

/// A stand-in for git that does what the script says.
fn program(test: &TestRepo, script: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = test.beside("fake-git");
    write(&path, format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn branches_and_tags_are_cloned_and_removed_afterwards() {
    let (test, url) = source();
    let options = options(&test);
    let cloned = clone(&url, &options, &|| false).unwrap();
    assert_eq!(names(&cloned), ["HEAD", "refs/heads/main", "refs/heads/side", "refs/tags/v1"]);
    assert!(!cloned.path().join("hooks").exists());
    assert_eq!(left(&options), 1);
    drop(cloned);
    assert_eq!(left(&options), 0);
}

#[test]
fn a_mirror_has_every_ref() {
    let (test, url) = source();
    let cloned = clone(&url, &Options { mirror: true, ..options(&test) }, &|| false).unwrap();
    assert!(names(&cloned).contains(&"refs/pull/1/head".into()));
}

#[test]
fn a_failure_tells_what_git_said_and_leaves_nothing() {
    let test = TestRepo::new();
    let options = options(&test);
    let gone = url(&format!("file://{}", test.beside("gone").display()));
    match clone(&gone, &options, &|| false) {
        Err(CloneError::Failed { message, .. }) => assert!(message.contains("gone"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(left(&options), 0);
}

#[test]
fn without_git_that_is_said() {
    let (test, url) = source();
    let options = Options { program: Some("/nonexistent/git".into()), ..options(&test) };
    let error = clone(&url, &options, &|| false).unwrap_err();
    assert!(matches!(error, CloneError::NoGit { .. }), "{error}");
    assert_eq!(left(&options), 0);
}

#[test]
fn a_stop_ends_git_and_leaves_nothing() {
    let (test, url) = source();
    let script = program(&test, "for last; do :; done; mkdir -p \"$last\"; touch \"$last/x\"; sleep 600");
    let options = Options { program: Some(script), ..options(&test) };
    let asked = AtomicBool::new(false);
    let parent = options.parent.clone().unwrap();
    let stop = || {
        // Stops once git has begun to write.
        let begun = fs::read_dir(&parent).unwrap().flatten().any(|entry| entry.path().join("repo.git/x").exists());
        asked.fetch_or(begun, Ordering::SeqCst)
    };
    assert!(matches!(clone(&url, &options, &stop), Err(CloneError::Stopped { .. })));
    assert_eq!(left(&options), 0);
}

#[test]
fn git_gets_the_password_by_its_credential_protocol_only() {
    let (test, _) = source();
    let said = test.beside("said");
    let address = "https://user:{-}pass@host/x".replace("{-}", "");
    let script = format!(
        "exec > {}; echo \"$@\"; n=$((GIT_CONFIG_COUNT - 1)); eval \"helper=\\$GIT_CONFIG_VALUE_$n\"; eval \"${{helper#!}} get\"; \
         echo \"no: {address}\" >&2; exit 1",
        said.display()
    );
    let options = Options { program: Some(program(&test, &script)), ..options(&test) };
    let error = clone(&url(&address), &options, &|| false).unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("pass@") && error.to_string().contains("no: https://***:***@host/x")
    );
    let said = fs::read_to_string(said).unwrap();
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].contains("https://host/x") && !lines[0].contains("pass"));
    assert_eq!(lines[1..], ["username=user", "password=pass"]);
}

#[test]
fn other_protocols_are_refused_even_by_a_rewritten_url() {
    let test = TestRepo::new();
    let script = program(
        &test,
        "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0='url.ext::touch /nonexistent.insteadOf' GIT_CONFIG_VALUE_0=https://; exec git \"$@\"",
    );
    let options = Options { program: Some(script), ..options(&test) };
    match clone(&url("https://host/x"), &options, &|| false) {
        Err(CloneError::Failed { message, .. }) => assert!(message.contains("not allowed"), "{message}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn templates_and_hooks_of_the_user_do_not_run() {
    let (test, url) = source();
    let template = test.beside("template");
    write(&template.join("hooks/post-checkout"), "");
    write(&template.join("hooks/reference-transaction"), "#!/bin/sh\nexit 1\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let hook = template.join("hooks/reference-transaction");
        fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let script = format!("GIT_TEMPLATE_DIR={}; export GIT_TEMPLATE_DIR; exec git \"$@\"", template.display());
    let options = Options { program: Some(program(&test, &script)), ..options(&test) };
    let cloned = clone(&url, &options, &|| false).unwrap();
    assert!(!Path::new(cloned.path()).join("hooks").exists());
}
