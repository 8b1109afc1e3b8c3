//! `keysweep:allow` in trees and histories.

use serde_json::Value;

use crate::sandbox::{Sandbox, key, other_key};

fn counts(report: &Value) -> (usize, u64, u64) {
    let by = |name: &str| report["summary"]["suppressed"][name].as_u64().unwrap_or(0);
    (report["findings"].as_array().unwrap().len(), by("inline"), by("foreign-mark"))
}

#[test]
fn a_mark_in_the_line_or_the_line_above_suppresses_and_is_counted() {
    let sandbox = Sandbox::new();
    sandbox.write("a.py", format!("t = '{}'  # keysweep:allow github a test\n", key()));
    sandbox.write("b.sql", format!("-- keysweep:allow\nSET @t = '{}';\n", other_key()));
    let (code, report) = sandbox.json(&[]);
    assert_eq!((code, counts(&report)), (0, (0, 2, 0)), "{report}");
    assert!(report["summary"]["notes"].to_string().contains("without a reason: 1"), "{report}");
    assert_eq!(counts(&sandbox.json(&["--no-suppress"]).1), (2, 0, 0));
}

#[test]
fn a_mark_for_another_rule_or_in_another_file_does_not_count() {
    let sandbox = Sandbox::new();
    sandbox.write("a.py", format!("t = '{}'  # keysweep:allow slack a test\n", key()));
    assert_eq!(counts(&sandbox.json(&[]).1), (1, 0, 0));
    sandbox.write("a.py", format!("t = '{}'  # keysweep:allow\n", key())).write("b.py", format!("t = '{}'\n", key()));
    assert_eq!(counts(&sandbox.json(&[]).1), (1, 0, 0));
    sandbox.write("b.py", "").write("a.py", format!("t = '{}'  # keysweep:allow github-pta\n", key()));
    let (_, report) = sandbox.json(&[]);
    assert!(counts(&report).0 == 1 && report["summary"]["notes"].to_string().contains("github-pta"), "{report}");
}

#[test]
fn a_mark_that_came_later_holds_for_the_files_past_and_one_that_went_does_not() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a.py", format!("t = '{}'\n", key()));
    sandbox.commit("key", 1);
    assert_eq!(counts(&sandbox.json(&["--history-only"]).1), (1, 0, 0));
    sandbox.write("a.py", format!("import os\nt = '{}'  # keysweep:allow a test\n", key()));
    assert_eq!(counts(&sandbox.json(&[]).1), (0, 1, 0), "not yet committed");
    sandbox.commit("mark", 2);
    for arguments in [&[][..], &["--history-only"], &["--history-only", "--full-scan"]] {
        assert_eq!(counts(&sandbox.json(arguments).1), (0, 1, 0), "{arguments:?}");
    }
    sandbox.write("a.py", format!("import os\nt = '{}'\n", key()));
    sandbox.commit("mark gone", 3);
    assert_eq!(counts(&sandbox.json(&["--history-only"]).1), (1, 0, 0));
}

#[test]
fn a_second_unmarked_occurrence_in_a_version_counts() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a.py", format!("t = '{0}'  # keysweep:allow\n\n\nu = '{0}'\n", key()));
    sandbox.commit("both", 1);
    assert_eq!(counts(&sandbox.json(&["--history-only"]).1), (1, 0, 0));
    assert_eq!(counts(&sandbox.json(&["--tree-only"]).1), (1, 0, 0));
}

#[test]
fn marks_of_other_scanners_count_where_that_is_asked_for() {
    let sandbox = Sandbox::new();
    sandbox.write("a.py", format!("t = '{}'  # gitleaks:allow\n", key()));
    sandbox.write("b.py", format!("# pragma: allowlist nextline secret\nt = '{}'\n", other_key()));
    assert_eq!(counts(&sandbox.json(&[]).1), (2, 0, 0));
    assert_eq!(counts(&sandbox.json(&["--respect-foreign-markers"]).1), (0, 0, 2));
    sandbox.write("keysweep.toml", "foreign_marks = true\n");
    assert_eq!(counts(&sandbox.json(&[]).1), (0, 0, 2));
}

#[test]
fn a_reason_that_holds_a_key_is_told_without_it() {
    let sandbox = Sandbox::new();
    sandbox.write("a.py", format!("t = '{}'  # keysweep:allow replaced by {}\n", key(), other_key()));
    for format in ["json", "jsonl", "pretty"] {
        let run = sandbox.run(&["scan", "--show-suppressed", "--format", format]);
        assert!(run.stdout.contains("replaced by ghp_****") && !run.stdout.contains(&other_key()[4..20]), "{run:?}");
    }
}
