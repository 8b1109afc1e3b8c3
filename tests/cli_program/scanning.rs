//! What a scan finds and says, from the command line to the report.

use std::fs;

use crate::sandbox::{Sandbox, key, other_key, without_clock};

#[test]
fn a_clean_folder_is_exit_0_and_two_lines() {
    let sandbox = Sandbox::new();
    let run = sandbox.write("a.txt", "nothing here\n").run(&["scan"]);
    assert_eq!((run.code, run.stdout.lines().count(), &*run.stderr), (0, 2, ""), "{run:?}");
    assert!(run.stdout.starts_with("No secrets found.\nScanned 1 file "), "{run:?}");
}

#[test]
fn an_empty_folder_is_scanned_and_a_missing_path_is_not() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["scan"]).code, 0);
    let run = sandbox.run(&["scan", "missing"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stdout.contains("missing") && run.stdout.contains("Nothing was scanned."), "{run:?}");
}

#[test]
fn a_key_in_a_file_is_exit_1_and_is_shown_masked() {
    let sandbox = Sandbox::new();
    sandbox.write("deploy.sh", format!("#!/bin/sh\nexport TOKEN={}\n", key()));
    let run = sandbox.run(&["scan"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("deploy.sh:2") && run.stdout.contains("│ export TOKEN=ghp_********"), "{run:?}");
    assert!(!run.stdout.contains(&key()[4..20]) && run.stderr.is_empty(), "{run:?}");
}

#[test]
fn history_finds_a_key_deleted_later_and_tells_its_commit() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a.env", format!("A=1\nTOKEN={}\n", key()));
    let brought = sandbox.commit("Add settings", 10);
    sandbox.write("a.env", "A=1\n");
    let removed = sandbox.commit("Remove the token", 20);
    let (code, report) = sandbox.json(&[]);
    let finding = &report["findings"][0];
    let place = &finding["places"][0];
    assert_eq!((code, report["findings"].as_array().unwrap().len(), &finding["in_head"]), (1, 1, &false.into()));
    assert_eq!((&place["source"], &place["path"], &place["line"]), (&"history".into(), &"a.env".into(), &2.into()));
    assert_eq!((&place["commit"], &place["author"]), (&brought.clone().into(), &"Ana".into()));
    assert_eq!((&place["date"], &place["subject"]), (&"2020-01-11T01:00:00+01:00".into(), &"Add settings".into()));
    assert_eq!(finding["first_seen"], "2020-01-11T00:00:00Z");
    assert_ne!(place["last_commit"], removed, "the last commit that still has it");
    assert_eq!(sandbox.run(&["scan", "--tree-only"]).code, 0);
    assert_eq!(sandbox.run(&["scan", "--history-only"]).code, 1);
}

#[test]
fn an_id_is_of_the_secret_alone_and_of_the_organisations_key() {
    let sandbox = Sandbox::new();
    let id = |sandbox: &Sandbox| sandbox.json(&[]).1["findings"][0]["id"].as_str().unwrap().to_owned();
    let first = id(sandbox.write("a", format!("token: {}\n", key())));
    fs::remove_file(sandbox.path().join("a")).unwrap();
    let moved = id(sandbox.write("b/c", format!("\n\n\nother = '{}'\n", key())));
    assert_eq!(first, moved);
    let mut keyed = sandbox.command(&["scan", "--format", "jsonl"]);
    let keyed = keyed.env("KEYSWEEP_ID_KEY", "of the organisation").output().unwrap();
    assert!(!String::from_utf8(keyed.stdout).unwrap().contains(&first));
}

#[test]
fn the_same_input_gives_the_same_report_whatever_the_threads_did() {
    let sandbox = Sandbox::new();
    sandbox.init();
    for n in 0..40 {
        sandbox.write(
            &format!("d{}/f{n}", n % 7),
            format!("{n}\nTOKEN={}\n", if n % 2 == 0 { key() } else { other_key() }),
        );
        if n % 10 == 0 {
            sandbox.commit(&format!("Commit {n}"), n);
        }
    }
    let report = |threads: &str| without_clock(sandbox.json(&["--threads", threads]).1);
    let one = report("1");
    assert_eq!(one["findings"].as_array().unwrap().len(), 2);
    assert_eq!((&one, &one), (&report("2"), &report("16")));
    assert_eq!(one["findings"], without_clock(sandbox.json(&["--full-scan"]).1)["findings"]);
}

#[test]
fn a_corrupt_object_is_a_problem_and_exit_3_where_nothing_was_found() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a", "text\n").write("b", "other text\n");
    sandbox.commit("Add", 1);
    let oid = git2::Oid::hash_object(git2::ObjectType::Blob, b"text\n").unwrap().to_string();
    let object = sandbox.path().join(".git/objects").join(&oid[..2]).join(&oid[2..]);
    fs::remove_file(&object).unwrap();
    fs::write(&object, "no zlib").unwrap();
    let (code, report) = sandbox.json(&["--history-only"]);
    assert_eq!((code, &report["complete"]), (3, &false.into()), "{report}");
    assert!(report["problems"][0]["what"].as_str().unwrap().contains(&oid[..7]), "{report}");
    assert_eq!(sandbox.json(&["--history-only", "--fail-on", "any"]).0, 0);
}

#[test]
fn rules_can_be_chosen_and_low_confidence_asked_for() {
    let sandbox = Sandbox::new();
    sandbox.write("a", format!("TOKEN={}\n", key()));
    assert_eq!(sandbox.run(&["scan", "--rule", "github"]).code, 1);
    assert_eq!(sandbox.run(&["scan", "--skip-rule", "github-pat-classic", "--skip-rule", "generic"]).code, 0);
    assert_eq!(sandbox.run(&["scan", "--exclude", "a"]).code, 0);
    assert_eq!(sandbox.run(&["scan", "--fail-on", "never"]).code, 0);
}

#[test]
fn the_working_tree_of_this_repository_holds_no_key() {
    let sandbox = Sandbox::new();
    let (_, report) = sandbox.json(&["--tree-only", "--exclude", "target/", env!("CARGO_MANIFEST_DIR")]);
    assert!(report["summary"]["files"].as_u64().unwrap() > 300, "{report}");
    assert_eq!(report["findings"], serde_json::json!([]), "{report:#}");
}

#[test]
fn paths_count_from_the_top_of_the_repository_in_tree_and_history_alike() {
    let sandbox = Sandbox::new();
    sandbox.init().write("sub/a.env", format!("TOKEN={}\n", key())).write("b.env", format!("TOKEN={}\n", other_key()));
    sandbox.commit("Add", 1);
    let places = |args: &[&str]| {
        let (_, report) = sandbox.json(args);
        let findings = report["findings"].as_array().unwrap().iter();
        let places = findings.flat_map(|finding| finding["places"].as_array().unwrap());
        let mut places: Vec<_> = places.map(|place| (place["source"].clone(), place["path"].clone())).collect();
        places.sort_by_key(|(source, path)| format!("{path} {source}"));
        serde_json::json!(places)
    };
    let both = serde_json::json!([["history", "sub/a.env"], ["tree", "sub/a.env"]]);
    assert_eq!(places(&["--include", "sub/*", "sub"]), both);
    assert_eq!(places(&["--include", "/a.env", "sub"]), serde_json::json!([]));
    assert_eq!(places(&["--exclude", "/b.env", "sub/a.env"]), both);
    assert_eq!(places(&["--include", "/sub/a.env", "."]), both);
}

#[test]
fn a_scan_over_its_time_limit_says_so() {
    let sandbox = Sandbox::new();
    sandbox.write("a.env", format!("TOKEN={}\n", key()));
    // Nothing could be scanned then.
    let (code, report) = sandbox.json(&["--time-limit", "0"]);
    assert_eq!((code, &report["complete"], &report["summary"]["interrupted"]), (2, &false.into(), &false.into()));
    assert!(report["problems"].as_array().unwrap().iter().all(|problem| problem["kind"] == "timeout"), "{report:#}");
    assert!(report["problems"][0]["why"].as_str().unwrap().contains("--time-limit 0"), "{report:#}");
    let (code, report) = sandbox.json(&["--time-limit", "600"]);
    assert_eq!((code, &report["complete"]), (1, &true.into()));
}
