//! Which repositories and refs are scanned, and how they are named.

use std::fs;

use serde_json::Value;

use crate::{
    objects::{Objects, name, refer},
    sandbox::{Sandbox, files, key, other_key},
};

/// A repository in a folder of the sandbox, with a key in its history and none in its tree.
fn repository(sandbox: &Sandbox, folder: &str, key: &str) {
    let path = sandbox.path().join(folder);
    fs::create_dir_all(&path).unwrap();
    git2::Repository::init(&path).unwrap();
    for (day, text) in [(1, format!("TOKEN={key}\n")), (2, "TOKEN=\n".to_owned())] {
        sandbox.write(&format!("{folder}/a.env"), text);
        sandbox.commit_in(folder, "Commit", day);
    }
}

fn places(report: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let places = findings.flat_map(|finding| finding["places"].as_array().unwrap());
    let mut places: Vec<_> =
        places.map(|place| (text(&place["source"]), text(&place["target"]), text(&place["path"]))).collect();
    places.sort();
    places
}

fn place(source: &str, target: &str, path: &str) -> (String, String, String) {
    (source.to_owned(), target.to_owned(), path.to_owned())
}

#[test]
fn a_ref_that_is_nowhere_is_a_wrong_use_with_a_hint() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "one", &key());
    sandbox.git(&["-C", "one", "branch", "release"]);
    let run = sandbox.run(&["scan", "--ref", "relaese", "one"]);
    assert!(run.code == 2 && run.stdout.is_empty(), "{run:?}");
    assert!(run.stderr.contains("`relaese`") && run.stderr.contains("`release`"), "{run:?}");
    assert_eq!(sandbox.run(&["scan", "--ref", "release", "one"]).code, 1);
    // One of two names that fits does not make the other a right use.
    assert_eq!(sandbox.run(&["scan", "--ref", "release", "--ref", "no/*", "one"]).code, 2);
}

#[test]
fn a_ref_that_some_repositories_lack_is_a_problem_of_theirs() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "one", &key());
    repository(&sandbox, "two", &other_key());
    sandbox.git(&["-C", "one", "branch", "release"]);
    let (code, report) = sandbox.json(&["--ref", "release", "one", "two"]);
    assert_eq!((code, &report["complete"], report["problems"].as_array().unwrap().len()), (1, &false.into(), 1));
    assert_eq!((&report["problems"][0]["kind"], &report["problems"][0]["what"]), (&"absent".into(), &"two".into()));
    assert_eq!(places(&report), [place("history", "one", "a.env")]);
}

#[test]
fn history_of_what_is_no_repository_is_nothing_scanned() {
    let sandbox = Sandbox::new();
    sandbox.write("plain/a", "text\n");
    for arguments in [&["--history-only", "plain"][..], &["--ref", "main", "plain"]] {
        let (code, report) = sandbox.json(arguments);
        assert_eq!((code, &report["complete"]), (2, &false.into()), "{report:#}");
        assert_eq!(report["problems"][0]["why"], "not in a git repository");
    }
    assert_eq!(sandbox.json(&["plain"]).0, 0);
}

#[test]
fn nested_repositories_are_scanned_as_what_they_are_under_their_own_name() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "outer", &key());
    repository(&sandbox, "outer/inner", &other_key());
    sandbox.write("outer/inner/.gitignore", "build\n");
    sandbox.write("outer/inner/build/x", format!("TOKEN={}\n", key()));
    sandbox.write("outer/inner/new", format!("TOKEN={}\n", key()));
    let (_, report) = sandbox.json(&["outer"]);
    let inner = fs::canonicalize(sandbox.path()).unwrap().join("outer/inner");
    let expected = [
        place("history", "outer", "a.env"),
        place("history", "outer/inner", "a.env"),
        place("tree", "outer", "inner/new"),
    ];
    assert_eq!(places(&report), expected, "{}", inner.display());
    assert_eq!(report["summary"]["skipped"]["ignored"], 1, "the inner repository's own rules hold");
    assert_eq!(report["summary"]["commits"], 4);
}

#[test]
fn a_submodule_and_a_worktree_are_scanned_with_their_history_once() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "library", &other_key());
    repository(&sandbox, "main", &key());
    let library = sandbox.path().join("library");
    sandbox.git(&[
        "-C",
        "main",
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        library.to_str().unwrap(),
        "lib",
    ]);
    sandbox.git(&["-C", "main", "commit", "-q", "-m", "Add lib"]);
    sandbox.git(&["-C", "main", "worktree", "add", "-q", "../side"]);
    sandbox.write("side/only-here", format!("TOKEN={}\n", key()));
    let (_, report) = sandbox.json(&["main"]);
    assert_eq!(places(&report), [place("history", "main", "a.env"), place("history", "main/lib", "a.env")]);
    // A worktree has its own files, and the history of its repository.
    let (_, report) = sandbox.json(&["side"]);
    assert_eq!(places(&report), [place("history", "side", "a.env"), place("tree", "side", "only-here")]);
    let (_, report) = sandbox.json(&["side", "main"]);
    assert_eq!(report["summary"]["commits"], 3 + 2, "a history that two worktrees share is scanned once");
}

#[test]
fn a_range_and_a_history_read_the_same_of_a_commit() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a", "text\n");
    sandbox.commit("Start", 1);
    sandbox.write("a", "more text\n");
    sandbox.commit(&format!("Use\n\n{}", key()), 2);
    let lines = |arguments: &[&str]| {
        let (_, report) = sandbox.json(arguments);
        let place = &report["findings"][0]["places"][0];
        (place["source"].clone(), place["line"].clone(), place["commit"].clone(), place["excerpt"].clone())
    };
    assert_eq!(lines(&["--range", "HEAD~1..HEAD"]), lines(&["--history-only"]));
    assert_eq!(lines(&["--history-only"]).1, 3);
}

#[test]
fn names_that_hold_a_key_are_masked_everywhere() {
    let sandbox = Sandbox::new();
    sandbox.init();
    let (key, other) = (key(), other_key());
    sandbox.write(&format!("{other}/a.env"), format!("TOKEN={key}\n"));
    sandbox.commit("Add", 1);
    // Problems with a ref, a path and a target that are called like a key, one of them found nowhere else.
    sandbox.write(&format!(".git/refs/heads/{other}"), "nonsense\n");
    let mut objects = Objects::new();
    let commit = objects.commit_of(&key, &name(1), &[]);
    objects.write(&sandbox);
    refer(&sandbox, &format!("refs/heads/{key}"), &commit);
    let target = format!("no/{other}");
    for arguments in [&[".", target.as_str()][..], &["--ref", "*", "."], &["--range", "HEAD~0..HEAD", "."]] {
        for format in ["pretty", "json", "jsonl"] {
            let run = sandbox.run(&[&["scan", "-v", "--format", format], arguments].concat());
            for key in [&key, &other] {
                let seen = &key[4..20];
                assert!(!run.stdout.contains(seen) && !run.stderr.contains(seen), "{arguments:?}: {run:?}");
            }
        }
    }
    let (_, report) = sandbox.json(&[".", &target]);
    let problems = report["problems"].as_array().unwrap();
    assert!(
        problems.len() >= 2 && problems.iter().any(|it| it["what"].as_str().unwrap().contains("ghp_****")),
        "{problems:#?}"
    );
    assert!(report["summary"]["targets"][1].as_str().unwrap().starts_with("no/ghp_****"), "{report:#}");
}

#[test]
fn of_a_staged_utf16_file_only_what_is_added_is_told() {
    let sandbox = Sandbox::new();
    sandbox.init();
    let utf16 =
        |text: String| -> Vec<u8> { format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect() };
    sandbox.write("a.txt", utf16(format!("first {}\nlast\n", key())));
    sandbox.commit("Add", 1);
    sandbox.write("a.txt", utf16(format!("first {}\nadded {}\nlast\n", key(), other_key())));
    sandbox.git(&["add", "a.txt"]);
    let (_, report) = sandbox.json(&["--staged"]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!(report["findings"][0]["places"][0]["line"], 2);
}

#[test]
fn what_was_not_asked_at_its_issuer_counts_as_live() {
    let sandbox = Sandbox::new();
    sandbox.write("a", format!("TOKEN={}\n", key()));
    assert_eq!(sandbox.json(&["--fail-on", "live"]).0, 1);
    sandbox.write("a", "text\n");
    assert_eq!(sandbox.json(&["--fail-on", "live"]).0, 0);
}

#[test]
fn a_partial_clone_is_not_complete_and_nothing_is_fetched() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "origin", &key());
    sandbox.git(&["-C", "origin", "config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path().join("origin").display());
    sandbox.git(&["clone", "-q", "--bare", "--filter=blob:none", &url, "part"]);
    let packs = || files(&sandbox.path().join("part/objects/pack"));
    let before = packs();
    let (code, report) = sandbox.json(&["part"]);
    assert_eq!((code, &report["complete"]), (3, &false.into()), "{report:#}");
    let problem = &report["problems"][0];
    assert_eq!((&problem["kind"], &problem["what"]), (&"absent".into(), &"2 objects in part".into()), "{report:#}");
    assert_eq!(packs(), before);
}

#[test]
fn a_shallow_clone_is_complete_for_a_range_that_is_there_and_not_for_its_history() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "origin", &key());
    sandbox.write("origin/b", "text\n");
    sandbox.commit_in("origin", "Third", 3);
    let url = format!("file://{}", sandbox.path().join("origin").display());
    sandbox.git(&["clone", "-q", "--depth", "2", &url, "cut"]);
    let (code, report) = sandbox.json(&["--history-only", "cut"]);
    assert_eq!((code, &report["complete"]), (3, &false.into()), "{report:#}");
    let problem = &report["problems"][0];
    assert_eq!((&problem["kind"], &problem["what"]), (&"shallow".into(), &"history in cut".into()), "{report:#}");
    let (code, report) = sandbox.json(&["--range", "HEAD~1..HEAD", "cut"]);
    assert_eq!((code, &report["complete"]), (0, &true.into()), "{report:#}");
}

#[test]
fn all_objects_adds_what_nothing_refers_to_with_path_and_commit() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a.env", "text\n");
    let kept = sandbox.commit("Keep", 1);
    sandbox.write("a.env", format!("TOKEN={}\n", key()));
    let lost = sandbox.commit("Lose", 2);
    sandbox.git(&["reset", "-q", "--hard", &kept]);
    fs::remove_dir_all(sandbox.path().join(".git/logs")).unwrap();
    fs::remove_file(sandbox.path().join(".git/ORIG_HEAD")).unwrap();
    assert_eq!(sandbox.json(&["--history-only"]).0, 0);
    let (code, report) = sandbox.json(&["--history-only", "--all-objects"]);
    let place = &report["findings"][0]["places"][0];
    assert_eq!((code, &place["source"], &place["path"]), (1, &"unreachable".into(), &"a.env".into()), "{report:#}");
    assert_eq!((&place["commit"], &place["in_head"]), (&lost.into(), &false.into()), "{report:#}");
}

#[test]
fn bare_repositories_in_a_folder_are_scanned_with_their_history() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "one", &key());
    repository(&sandbox, "two", &other_key());
    sandbox.git(&["clone", "-q", "--bare", "one", "srv/one.git"]);
    sandbox.git(&["init", "-q", "outer"]);
    sandbox.git(&["clone", "-q", "--bare", "two", "outer/mirror"]);
    let (code, report) = sandbox.json(&["srv", "outer"]);
    assert_eq!((code, &report["complete"]), (1, &true.into()), "{report:#}");
    let expected = [place("history", "outer/mirror", "a.env"), place("history", "srv/one.git", "a.env")];
    assert_eq!(places(&report), expected);
}

#[test]
fn a_damaged_git_folder_is_not_complete_and_the_history_that_is_there_is_scanned() {
    // Where no ref is left, reflogs still lead to commits.
    for (damaged, found) in [("HEAD", true), ("objects", false), ("refs", true)] {
        let sandbox = Sandbox::new();
        repository(&sandbox, "one", &key());
        fs::rename(sandbox.path().join("one/.git").join(damaged), sandbox.path().join("aside")).unwrap();
        for target in ["one", "."] {
            let (code, report) = sandbox.json(&[target, "--exclude", "aside/**"]);
            assert_eq!(&report["complete"], &Value::from(false), "{damaged}: {report:#}");
            assert_eq!(code, if found { 1 } else { 3 }, "{damaged}: {report:#}");
            let problems = report["problems"].as_array().unwrap();
            assert!(problems.iter().any(|it| it["kind"] == "corrupt"), "{damaged}: {report:#}");
        }
    }
}

#[test]
fn a_key_in_a_tags_message_tells_the_tag_its_tagger_and_date() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a", "text\n");
    sandbox.commit("Start", 1);
    sandbox.git(&["tag", "-a", "v1.0", "-m", &format!("Release\n\n{}", key())]);
    let (_, report) = sandbox.json(&["."]);
    let place = &report["findings"][0]["places"][0];
    assert_eq!((&place["source"], &place["tag"]), (&"tag-message".into(), &"v1.0".into()), "{report:#}");
    assert_eq!((&place["author"], &place["email"]), (&"Ana".into(), &"ana@example.com".into()));
    let date = place["date"].as_str().unwrap();
    assert!(date.len() >= 20 && date.starts_with("20"), "{date}");
    let pretty = sandbox.run(&["scan", "."]).stdout;
    assert!(pretty.contains("message of tag v1.0"), "{pretty}");
    assert!(pretty.contains(&format!("{}, by Ana in tag v1.0", &date[..10])), "{pretty}");
}

#[test]
fn a_tag_on_a_file_is_a_clean_repository() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a", "text\n");
    sandbox.commit("Start", 1);
    sandbox.git(&["update-ref", "refs/tags/plain", "HEAD:a"]);
    sandbox.git(&["tag", "-a", "annotated", "-m", "m", "HEAD:a"]);
    let (code, report) = sandbox.json(&["."]);
    assert_eq!((code, &report["complete"]), (0, &true.into()), "{report:#}");
}

#[test]
fn staged_changes_of_a_bare_repository_are_a_wrong_use() {
    let sandbox = Sandbox::new();
    repository(&sandbox, "one", &key());
    sandbox.git(&["clone", "-q", "--bare", "one", "bare"]);
    let run = sandbox.run(&["scan", "--staged", "bare"]);
    assert!(run.code == 2 && run.stderr.contains("bare repository"), "{run:?}");
    assert_eq!(sandbox.run(&["scan", "--staged", "one"]).code, 0);
}

#[cfg(unix)]
#[test]
fn a_target_that_is_passed_over_is_nothing_scanned_unless_something_else_was() {
    let sandbox = Sandbox::new();
    sandbox.write("big", "x".repeat(2000)).write("small", "text\n");
    assert!(std::process::Command::new("mkfifo").arg(sandbox.path().join("pipe")).status().unwrap().success());
    for (target, why) in [("big", "is above --max-size"), ("pipe", "FIFO")] {
        let (code, report) = sandbox.json(&["--max-size", "1KiB", target]);
        assert_eq!((code, &report["complete"]), (2, &false.into()), "{report:#}");
        let problem = &report["problems"][0];
        assert!(problem["what"] == target && problem["why"].as_str().unwrap().contains(why), "{report:#}");
        let (code, report) = sandbox.json(&["--max-size", "1KiB", target, "small"]);
        assert_eq!((code, &report["complete"]), (0, &true.into()), "{report:#}");
    }
}

#[test]
fn a_range_with_three_dots_has_the_commits_of_either_side() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a", "text\n");
    sandbox.commit("Start", 1);
    sandbox.git(&["branch", "theirs"]);
    sandbox.git(&["checkout", "-q", "-b", "ours"]);
    sandbox.write("a", format!("TOKEN={}\n", key()));
    sandbox.commit("Ours", 2);
    sandbox.git(&["checkout", "-q", "theirs"]);
    sandbox.write("b", format!("TOKEN={}\n", other_key()));
    sandbox.commit("Theirs", 3);
    let count = |range: &str| sandbox.json(&["--range", range]).1["findings"].as_array().unwrap().len();
    assert_eq!([count("ours..theirs"), count("ours...theirs"), count("ours...")], [1, 2, 2]);
    assert_eq!(sandbox.run(&["scan", "--range", "..."]).code, 2);
}
