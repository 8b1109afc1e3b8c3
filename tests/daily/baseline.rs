//! A baseline survives what happens to a repository, and hides nothing else.

use serde_json::Value;

use crate::sandbox::{Sandbox, key, other_key};

const BASELINE: &str = ".keysweep/baseline.jsonl";

fn env_file(key: &str) -> String {
    format!("A=1\nTOKEN={key}\n")
}

/// A repository with one key in its history, accepted.
fn accepted() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.init().write("a.env", env_file(&key()));
    sandbox.commit("first", 1);
    let run = sandbox.run(&["baseline", "update", "--reason", "before the scanner", "--who", "ana"]);
    assert!(run.code == 0 && run.stdout == ".keysweep/baseline.jsonl: 1 added, 1 in all.\n", "{run:?}");
    sandbox
}

fn counted(report: &Value) -> (usize, u64) {
    let suppressed = report["summary"]["suppressed"]["baseline"].as_u64().unwrap_or(0);
    (report["findings"].as_array().unwrap().len(), suppressed)
}

#[test]
fn what_is_accepted_does_not_count_and_is_told() {
    let sandbox = accepted();
    let (code, report) = sandbox.json(&[]);
    assert_eq!((code, counted(&report)), (0, (0, 1)), "{report}");
    assert!(report.get("suppressed").is_none());
    let run = sandbox.run(&["scan"]);
    assert!(run.stdout.contains("Suppressed: 1 by the baseline (--show-suppressed)."), "{run:?}");
    let (_, shown) = sandbox.json(&["--show-suppressed"]);
    assert_eq!(shown["suppressed"][0]["suppressed"]["reason"], "before the scanner");
    let run = sandbox.run(&["scan", "--show-suppressed"]);
    assert!(
        run.code == 0 && run.stdout.contains("by baseline") && run.stdout.contains("before the scanner"),
        "{run:?}"
    );
    assert_eq!(counted(&sandbox.json(&["--no-suppress"]).1), (1, 0));
    assert_eq!(counted(&sandbox.json(&["--no-config"]).1), (1, 0));
}

#[test]
fn it_survives_a_moved_line_a_renamed_file_and_a_squash() {
    let sandbox = accepted();
    sandbox.write("a.env", format!("\n\n\n# moved\n{}", env_file(&key())));
    sandbox.commit("moved", 2);
    std::fs::rename(sandbox.path().join("a.env"), sandbox.path().join("deploy.sh")).unwrap();
    sandbox.commit("renamed", 3);
    assert_eq!(counted(&sandbox.json(&[]).1), (0, 1));
    sandbox.git(&["checkout", "--quiet", "--orphan", "squashed"]);
    sandbox.git(&["commit", "--quiet", "-m", "all in one"]);
    sandbox.git(&["branch", "-D", "--quiet", "master"]);
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    sandbox.git(&["gc", "--quiet", "--prune=now"]);
    assert_eq!(counted(&sandbox.json(&[]).1), (0, 1));
}

#[test]
fn it_never_hides_another_secret_not_even_on_the_same_line() {
    let sandbox = accepted();
    sandbox.write("a.env", format!("A=1\nTOKEN={} NEXT={}\n", key(), other_key()));
    let (code, report) = sandbox.json(&[]);
    assert_eq!((code, counted(&report)), (1, (1, 1)), "{report}");
    sandbox.write("a.env", env_file(&other_key()));
    assert_eq!(counted(&sandbox.json(&["--tree-only"]).1), (1, 0));
}

#[test]
fn untouched_lines_keep_every_byte_and_the_file_holds_no_secret() {
    let sandbox = accepted();
    let before = sandbox.read(BASELINE);
    assert!(
        !before.contains(&key()) && before.contains("ghp_********") && before.contains("\"who\":\"ana\""),
        "{before}"
    );
    let odd = before.replace("\"reason\":\"before the scanner\"", "\"reason\" :  \"changed by hand\"");
    sandbox.write(BASELINE, &odd).write("b.env", env_file(&other_key()));
    assert_eq!(sandbox.run(&["baseline", "update"]).code, 0);
    let after = sandbox.read(BASELINE);
    assert!(odd.lines().all(|line| after.lines().any(|known| known == line)), "{odd}\n{after}");
    assert_eq!(after.lines().count(), 3);
    assert_eq!(sandbox.run(&["baseline", "update"]).stdout, ".keysweep/baseline.jsonl: 0 added, 2 in all.\n");
    assert_eq!(sandbox.read(BASELINE), after);
}

#[test]
fn passwords_have_no_masked_form_in_it() {
    let sandbox = Sandbox::new();
    let password = "q7Lw{-}Zr2NvXk9{-}TbPe4uFy".replace("{-}", "");
    sandbox.write("settings.ini", format!("db_password = \"{password}\"\n"));
    assert_eq!(sandbox.run(&["baseline", "update"]).code, 0);
    let text = sandbox.read(BASELINE);
    assert!(text.contains("generic-password") && !text.contains("masked") && !text.contains(&password), "{text}");
    assert_eq!(sandbox.run(&["scan"]).code, 0);
}

#[test]
fn branches_that_both_accepted_something_merge_by_union() {
    let sandbox = accepted();
    sandbox.write(".gitattributes", ".keysweep/baseline.jsonl merge=union\n");
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "--quiet", "-m", "baseline"]);
    let third = key().replace("ghp_", "gho_");
    let accept = |branch: &str, name: &str, text: &str| {
        sandbox.git(&["checkout", "--quiet", "-b", branch, "master"]);
        sandbox.write(name, format!("TOKEN={text}\n"));
        assert_eq!(sandbox.run(&["baseline", "update"]).code, 0);
        sandbox.git(&["add", "."]);
        sandbox.git(&["commit", "--quiet", "-m", branch]);
    };
    accept("one", "one.env", &other_key());
    accept("two", "two.env", &third);
    sandbox.git(&["merge", "--quiet", "--no-edit", "one"]);
    let (code, report) = sandbox.json(&[]);
    assert!(code == 0 && counted(&report).1 >= 2, "{report}");
    let lines = sandbox.read(BASELINE);
    assert_eq!(lines.lines().filter(|line| line.contains("\"baseline\":1")).count(), 1, "{lines}");
}

#[test]
fn another_id_key_is_an_error_and_not_a_thousand_findings() {
    let sandbox = accepted();
    let mut keyed = sandbox.command(&["scan"]);
    let output = keyed.env("KEYSWEEP_ID_KEY", "of the organisation").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("KEYSWEEP_ID_KEY"), "{said}");
}

#[test]
fn entries_that_match_nothing_are_told_and_pruned_and_expired_ones_count_again() {
    let sandbox = Sandbox::new();
    sandbox.write("a.env", env_file(&key())).write("b.env", env_file(&other_key()));
    let (_, report) = sandbox.json(&[]);
    let id = |path: &str| {
        let all = report["findings"].as_array().unwrap();
        let own = all.iter().find(|finding| finding["places"][0]["path"] == path).unwrap();
        own["id"].as_str().unwrap().to_owned()
    };
    let (one, other) = (id("a.env"), id("b.env"));
    let run = sandbox.run(&["baseline", "add", &one, "--reason", "gone soon", "--expires", "2020-01-01"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(sandbox.run(&["baseline", "add", &other, "--reason", "ours"]).code, 0);
    let (code, report) = sandbox.json(&[]);
    assert_eq!((code, counted(&report)), (1, (1, 1)), "{report}");
    assert!(report["summary"]["notes"][0].as_str().unwrap().contains("has expired"), "{report}");
    std::fs::remove_file(sandbox.path().join("b.env")).unwrap();
    let (_, report) = sandbox.json(&[]);
    let notes = report["summary"]["notes"].to_string();
    assert!(notes.contains("matches nothing any more"), "{report}");
    assert!(!sandbox.json(&["a.env", "--tree-only"]).1["summary"]["notes"].to_string().contains("matches nothing"));
    let run = sandbox.run(&["baseline", "prune"]);
    assert_eq!(run.stdout, ".keysweep/baseline.jsonl: 2 taken out, 0 in all.\n", "{run:?}");
}

#[test]
fn an_id_that_nothing_has_is_refused() {
    let sandbox = accepted();
    let run = sandbox.run(&["baseline", "add", "ks1-aaaaaaaaaaaaaaaaaaaa", "--reason", "x"]);
    assert!(run.code == 2 && run.stderr.contains("no finding here has this id"), "{run:?}");
    let run = sandbox.run(&["baseline", "add", "ks1-aaaaaaaaaaaaaaaaaaaa", "--reason", "x", "--unseen"]);
    assert_eq!(run.code, 0, "{run:?}");
    let run = sandbox.run(&["baseline", "add", "nonsense", "--reason", "x"]);
    assert!(run.code == 2 && run.stderr.contains("no finding's id"), "{run:?}");
}

#[test]
fn an_organisations_baseline_lies_beside_the_repositorys_own() {
    let sandbox = accepted();
    sandbox.write("b.env", env_file(&other_key()));
    assert_eq!(sandbox.run(&["baseline", "update", "--file", "../org.jsonl"]).code, 0);
    assert_eq!(sandbox.run(&["scan"]).code, 1);
    assert_eq!(sandbox.run(&["scan", "--baseline", "../org.jsonl"]).code, 0);
    sandbox.write("keysweep.toml", "baselines = [\"../org.jsonl\"]\n");
    assert_eq!(sandbox.run(&["scan"]).code, 0);
    let run = sandbox.run(&["scan", "--baseline", "missing.jsonl"]);
    assert!(run.code == 2 && run.stderr.contains("missing.jsonl"), "{run:?}");
}

#[test]
fn staged_changes_and_standard_input_are_under_the_baseline_too() {
    let sandbox = accepted();
    sandbox.write("c.env", env_file(&key()));
    sandbox.git(&["add", "c.env"]);
    assert_eq!(counted(&sandbox.json(&["--staged"]).1), (0, 1));
    sandbox.write("c.env", env_file(&other_key()));
    sandbox.git(&["add", "c.env"]);
    assert_eq!(counted(&sandbox.json(&["--staged"]).1), (1, 0));
    assert_eq!(counted(&sandbox.json(&["--range", "HEAD..HEAD"]).1), (0, 0));
}
