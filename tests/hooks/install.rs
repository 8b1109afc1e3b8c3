//! How hooks get to where git looks for them, beside what is there.

use std::{fs, path::PathBuf};

use crate::place::{Place, Run, hook, line, snapshot, write};

fn stage_a_key(place: &Place) {
    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
}

fn hooks(place: &Place) -> PathBuf {
    place.repo().join(".git/hooks")
}

#[test]
fn without_a_word_commits_and_pushes_are_looked_at() {
    let place = Place::new();
    let text = place.keysweep(&["hook", "install"]).done();
    for name in ["pre-commit", "pre-merge-commit", "pre-applypatch", "pre-push"] {
        assert!(text.contains(&format!("hooks/{name}\n")) && hooks(&place).join(name).is_file(), "{text}");
    }
    assert!(!hooks(&place).join("commit-msg").exists());
    let status = place.keysweep(&["hook", "status"]).done();
    assert!(status.contains("pre-commit   on\n") && status.contains("pre-push     on\n"), "{status}");
    assert!(status.contains("commit-msg   off: keysweep hook install --stage commit-msg"), "{status}");
}

#[test]
fn installing_twice_changes_nothing_and_uninstalling_leaves_what_was() {
    let place = Place::new();
    hook(&hooks(&place).join("pre-push"), "#!/bin/sh\nexit 0\n");
    let before = snapshot(&hooks(&place));
    place.install(&["pre-commit", "commit-msg", "pre-push"]);
    let installed = snapshot(&hooks(&place));
    let text = place.keysweep(&["hook", "install", "--stage", "pre-commit"]).done();
    assert!(text.contains("is there") && !text.contains("written"), "{text}");
    assert!(snapshot(&hooks(&place)) == installed && installed != before);
    place.keysweep(&["hook", "uninstall"]).done();
    assert!(snapshot(&hooks(&place)) == before);
    assert!(place.keysweep(&["hook", "uninstall"]).done().contains("no hook of keysweep is here"));
    assert!(!place.keysweep(&["hook", "status"]).ok);
}

#[test]
fn a_hook_that_is_there_is_kept_and_runs_first() {
    let place = Place::new();
    hook(&hooks(&place).join("pre-commit"), "#!/bin/sh\necho older: $# >> ../seen\n[ ! -e refuse ]\n");
    let text = place.keysweep(&["hook", "install"]).done();
    assert!(text.contains("pre-commit.before-keysweep, which runs first"), "{text}");
    assert!(place.keysweep(&["hook", "status"]).done().contains("pre-commit   on, behind "));
    stage_a_key(&place);
    place.git(&["commit", "-m", "x"]).stopped();
    place.write("a.py", "clean\n");
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "-q", "-m", "x"]).silent();
    assert_eq!(fs::read_to_string(place.path("seen")).unwrap(), "older: 0\nolder: 0\n");
    place.write("refuse", "");
    let run = place.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    assert!(!run.ok && !run.err.contains("keysweep"), "{run:?}");
}

#[test]
fn what_an_older_hook_stages_is_looked_at() {
    let place = Place::new();
    let script = format!("#!/bin/sh\nprintf '%s' '{}' > made.py && git add made.py\n", line().trim());
    hook(&hooks(&place).join("pre-commit"), &script);
    place.install(&["pre-commit"]);
    place.git(&["commit", "--allow-empty", "-m", "x"]).stopped();
}

#[test]
fn an_older_pre_push_gets_what_git_tells() {
    let place = Place::with(&[]);
    place.origin();
    hook(&hooks(&place).join("pre-push"), "#!/bin/sh\necho \"$1\" > ../seen; cat >> ../seen\n");
    place.keysweep(&["hook", "install"]).done();
    place.git(&["push", "-q", "origin", "main"]).silent();
    let seen = fs::read_to_string(place.path("seen")).unwrap();
    assert!(seen.starts_with("origin\nrefs/heads/main ") && seen.contains(&place.head()), "{seen}");
    place.write("a.py", line());
    place.commit("a key");
    place.git(&["push", "origin", "main"]).stopped();
}

#[test]
fn a_hook_that_goes_by_its_name_is_left_in_its_place() {
    let place = Place::new();
    let script = "#!/bin/sh\nname=$(basename \"$0\")\n";
    hook(&hooks(&place).join("pre-commit"), script);
    let run = place.keysweep(&["hook", "install", "--stage", "pre-commit"]);
    assert!(!run.ok && run.out.contains("goes by its own name"), "{run:?}");
    assert!(run.out.contains("    keysweep hook run pre-commit || exit 1\n"), "{run:?}");
    assert_eq!(fs::read_to_string(hooks(&place).join("pre-commit")).unwrap(), script);
    // The line that was told does it.
    hook(&hooks(&place).join("pre-commit"), &format!("{script}keysweep hook run pre-commit || exit 1\n"));
    stage_a_key(&place);
    place.git(&["commit", "-m", "x"]).stopped();
    assert!(place.keysweep(&["hook", "status"]).done().contains("pre-commit   on"));
}

#[test]
fn shared_hooks_of_core_hooks_path_are_changed_with_consent_only() {
    let place = Place::new();
    place.git(&["config", "core.hooksPath", ".githooks"]).done();
    let run = place.keysweep(&["hook", "install", "--stage", "pre-commit"]);
    assert!(!run.ok && run.out.contains("core.hooksPath names a folder that others share"), "{run:?}");
    assert!(!place.repo().join(".githooks").exists());
    place.keysweep(&["hook", "install", "--stage", "pre-commit", "--yes"]).done();
    assert!(place.repo().join(".githooks/pre-commit").is_file() && !hooks(&place).join("pre-commit").exists());
    stage_a_key(&place);
    place.git(&["commit", "-m", "x"]).stopped();
    assert!(place.keysweep(&["hook", "status"]).done().contains("(core.hooksPath of the repository)"));
}

#[test]
fn for_all_repositories_the_own_hooks_still_run() {
    let place = Place::with(&[]);
    let own = "#!/bin/sh\necho \"$(basename \"$0\") $*\" >> ../seen\n";
    for name in ["pre-commit", "post-commit", "prepare-commit-msg", "commit-msg"] {
        hook(&hooks(&place).join(name), own);
    }
    let text = place.keysweep(&["hook", "install", "--global"]).done();
    assert!(text.contains("set       core.hooksPath = "), "{text}");
    place.git(&["commit", "-q", "--allow-empty", "-m", "x"]).silent();
    let seen = fs::read_to_string(place.path("seen")).unwrap();
    assert_eq!(
        seen,
        "pre-commit \nprepare-commit-msg .git/COMMIT_EDITMSG message\ncommit-msg .git/COMMIT_EDITMSG\npost-commit \n"
    );
    stage_a_key(&place);
    place.git(&["commit", "-m", "x"]).stopped();
    let status = place.keysweep(&["hook", "status"]).done();
    assert!(status.contains("(core.hooksPath of your git settings)") && status.contains("pre-commit   on"), "{status}");
    // In a linked worktree the own hooks are those of the main one.
    let linked = place.path("linked");
    place.git(&["worktree", "add", "-q", linked.to_str().unwrap()]).done();
    fs::remove_file(place.path("seen")).unwrap();
    place.git_in(&linked, &["commit", "-q", "--allow-empty", "-m", "x"]).silent();
    assert!(fs::read_to_string(place.path("seen")).unwrap().starts_with("pre-commit \n"));
    // An own hook that refuses is obeyed.
    hook(&hooks(&place).join("pre-commit"), "#!/bin/sh\nexit 7\n");
    assert!(!place.git(&["commit", "-q", "--allow-empty", "-m", "x"]).ok);
    hook(&hooks(&place).join("pre-commit"), own);

    place.keysweep(&["hook", "uninstall", "--global"]).done();
    assert!(!place.git(&["config", "--get", "core.hooksPath"]).ok);
    assert!(!place.home().join(".config/keysweep/hooks").exists());
    place.git(&["commit", "-q", "-m", "x"]).silent();
}

#[test]
fn a_folder_for_all_repositories_that_is_there_is_used() {
    let place = Place::with(&[]);
    let shared = place.path("shared");
    hook(&shared.join("pre-commit"), "#!/bin/sh\necho shared >> ../seen\n");
    place.git(&["config", "--global", "core.hooksPath", shared.to_str().unwrap()]).done();
    let run = place.keysweep(&["hook", "install", "--stage", "pre-commit"]);
    assert!(!run.ok && run.out.contains("for all repositories; see --global"), "{run:?}");
    place.keysweep(&["hook", "install", "--global"]).done();
    stage_a_key(&place);
    place.git(&["commit", "-m", "x"]).stopped();
    assert_eq!(fs::read_to_string(place.path("seen")).unwrap(), "shared\n");
    place.keysweep(&["hook", "uninstall", "--global"]).done();
    assert_eq!(fs::read_to_string(shared.join("pre-commit")).unwrap(), "#!/bin/sh\necho shared >> ../seen\n");
    assert_eq!(place.git(&["config", "--get", "core.hooksPath"]).done().trim(), shared.to_str().unwrap());
}

#[test]
fn a_template_brings_the_hook_to_new_repositories() {
    let place = Place::new();
    place.keysweep(&["hook", "install", "--global=template"]).done();
    let new = place.path("new");
    place.git(&["init", "-q", new.to_str().unwrap()]).done();
    write(&new.join("a.py"), line());
    place.git_in(&new, &["add", "-A"]).done();
    place.git_in(&new, &["commit", "-m", "x"]).stopped();
    // One that was there gets it by another `git init`.
    stage_a_key(&place);
    place.git(&["init", "-q"]).done();
    place.git(&["commit", "-m", "x"]).stopped();
    place.keysweep(&["hook", "uninstall", "--global"]).done();
    assert!(!place.git(&["config", "--get", "init.templateDir"]).ok);
}

#[test]
fn a_hook_whose_program_is_gone_stops_and_says_so() {
    let place = Place::with(&[]);
    let moved = place.path("moved/keysweep");
    fs::create_dir_all(moved.parent().unwrap()).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_keysweep"), &moved).unwrap();
    hook(&hooks(&place).join("pre-commit"), "#!/bin/sh\necho older >> ../seen\n");
    Run::of(place.command(moved.to_str().unwrap(), &place.repo()).args(["hook", "install"]).output().unwrap()).done();
    fs::remove_file(&moved).unwrap();
    // It is found on the PATH.
    place.git(&["commit", "-q", "--allow-empty", "-m", "x"]).silent();
    fs::remove_file(place.path("bin/keysweep")).unwrap();
    let run = place.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    assert!(!run.ok && run.err.contains("keysweep is not installed any more"), "{run:?}");
    let mut skip = place.command("git", &place.repo());
    skip.args(["commit", "-q", "--allow-empty", "-m", "x"]).env("KEYSWEEP_SKIP", "it is gone");
    Run::of(skip.output().unwrap()).done();
    assert_eq!(fs::read_to_string(place.path("seen")).unwrap(), "older\nolder\n");
}

#[test]
fn the_framework_keeps_its_hooks() {
    let place = Place::new();
    place.write(".pre-commit-config.yaml", "repos: []\n");
    let run = place.keysweep(&["hook", "install", "--yes"]);
    assert!(!run.ok && run.out.contains("- id: keysweep") && !hooks(&place).join("pre-commit").exists(), "{run:?}");
    assert_eq!(run.out.matches("- id: keysweep").count(), 1, "{run:?}");
    place.write(".pre-commit-config.yaml", "repos:\n  - repo: x\n    hooks:\n      - id: keysweep\n");
    place.keysweep(&["hook", "install"]).done();
    assert!(place.keysweep(&["hook", "status"]).done().contains("pre-commit   on, by pre-commit: "));
}

#[test]
fn a_hook_that_git_does_not_have_is_a_wrong_use() {
    let place = Place::new();
    let run = place.keysweep(&["hook", "run", "post-lunch"]);
    assert!(!run.ok && run.err.contains("there are pre-commit, pre-merge-commit"), "{run:?}");
}
