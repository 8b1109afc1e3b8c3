//! `keysweep report`, and what every format promises.

use serde_json::Value;

use crate::{
    made::{self, ODD},
    sandbox::{Run, Sandbox, key, other_key},
};

const FORMATS: [&str; 10] =
    ["pretty", "json", "jsonl", "sarif", "html", "markdown", "csv", "junit", "gitlab", "github"];

fn convert(sandbox: &Sandbox, file: &str, flags: &[&str]) -> Run {
    sandbox.run(&[&["report", "convert", file], flags].concat())
}

#[test]
fn no_format_holds_a_secret_a_remotes_password_or_an_escape_sequence() {
    let sandbox = made::repository();
    let run = sandbox.run(&["scan", "--confidence", "low", "--report", "json=../found.json"]);
    assert_eq!(run.code, 1, "{run:?}");
    for format in FORMATS {
        let text = convert(&sandbox, "../found.json", &["--format", format]).stdout;
        let direct = sandbox.run(&["scan", "--confidence", "low", "--format", format]).stdout;
        for text in [&text, &direct] {
            assert!(text.len() > 100, "{format}: {text}");
            for secret in [&key()[4..14], &other_key()[4..14], "s3cr3t9x"] {
                assert!(!text.contains(secret), "{format} holds {secret}");
            }
            let odd = text.chars().find(|char| "\u{202e}\u{1b}\u{7}".contains(*char));
            assert_eq!(odd, None, "{format}");
        }
    }
    assert!(ODD.contains('\u{202e}'), "the sample is odd enough");
}

#[test]
fn every_format_carries_the_severity_of_every_finding() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", made::report(4, 0));
    for format in FORMATS {
        let text = convert(&sandbox, "a.jsonl", &["--format", format]).stdout.to_lowercase();
        let levels = match format {
            "github" => ["::error", "::notice", "::error"],
            _ => ["critical", "low", "high"],
        };
        for level in levels {
            assert!(text.contains(level), "{format} does not tell {level}: {text}");
        }
    }
}

#[test]
fn a_report_is_converted_without_its_repository_and_json_stays_the_same() {
    let sandbox = made::repository();
    sandbox.run(&["scan", "--report", "json=../a.json", "--report", "jsonl=../b.jsonl"]);
    std::fs::remove_dir_all(sandbox.path().join(".git")).unwrap();
    for file in ["../a.json", "../b.jsonl"] {
        assert_eq!(convert(&sandbox, file, &["--format", "json"]).stdout, sandbox.read("../a.json"), "{file}");
        assert_eq!(convert(&sandbox, file, &["--format", "jsonl"]).stdout, sandbox.read("../b.jsonl"), "{file}");
    }
    let report: Value = serde_json::from_str(&sandbox.read("../a.json")).unwrap();
    assert_eq!(report["summary"]["remotes"]["."], "https://github.com/acme/app");
}

#[test]
fn two_runs_write_the_same_bytes_where_the_clock_is_held() {
    let sandbox = made::repository();
    let run = |format: &str, variables: &[(&str, &str)], flags: &[&str]| {
        let mut command = sandbox.command(&[&["scan", "--format", format], flags].concat());
        Run::of(command.envs(variables.iter().copied()).output().unwrap()).stdout
    };
    for format in FORMATS {
        let first = run(format, &[], &["--deterministic"]);
        assert_eq!(run(format, &[], &["--deterministic", "--threads", "7"]), first, "{format}");
        let epoch = [("SOURCE_DATE_EPOCH", "1700000000")];
        assert_eq!(run(format, &epoch, &[]), run(format, &epoch, &[]), "{format}");
    }
    let dated: Value = serde_json::from_str(&run("json", &[("SOURCE_DATE_EPOCH", "1700000000")], &[])).unwrap();
    assert_eq!(dated["summary"]["started_at"], "2023-11-14T22:13:20Z");
    assert!(dated["findings"][0]["exposed_days"].is_number());
}

#[test]
fn a_comparison_tells_what_is_new_gone_live_and_dead_and_its_exit_code_is_for_gates() {
    let sandbox = Sandbox::new();
    sandbox.write("old.jsonl", made::report(10, 0)).write("new.jsonl", made::report(10, 2));
    let run = sandbox.run(&["report", "diff", "old.jsonl", "new.jsonl", "--format", "json"]);
    let diff: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(run.code, 1);
    assert_eq!(diff["counts"]["new"], 2);
    assert_eq!(diff["counts"]["gone"], 2);
    assert_eq!(diff["counts"]["still"], 8);
    let code =
        |old: &str, new: &str, flags: &[&str]| sandbox.run(&[&["report", "diff", old, new], flags].concat()).code;
    assert_eq!(code("old.jsonl", "old.jsonl", &[]), 0);
    assert_eq!(code("old.jsonl", "old.jsonl", &["--fail-on", "any"]), 1);
    assert_eq!(code("old.jsonl", "new.jsonl", &["--fail-on", "live"]), 0);
    assert_eq!(code("old.jsonl", "new.jsonl", &["--fail-on", "never"]), 0);
    let died = sandbox.read("old.jsonl").replace("\"verdict\":\"live\"", "\"verdict\":\"dead\"");
    sandbox.write("died.jsonl", died);
    assert_eq!(code("old.jsonl", "died.jsonl", &[]), 0);
    assert_eq!(code("died.jsonl", "old.jsonl", &[]), 1);
    assert_eq!(code("old.jsonl", "missing.jsonl", &[]), 2);
    assert_eq!(code("old.jsonl", "new.jsonl", &["--fail-on", "never", "--fail-on", "new"]), 2);
}

#[test]
fn merged_reports_are_one_in_any_format() {
    let sandbox = Sandbox::new();
    sandbox.write("a.jsonl", made::report(30, 0)).write("b.jsonl", made::report(30, 20));
    let run = sandbox.run(&["report", "merge", "a.jsonl", "b.jsonl", "--format", "json", "--report", "html=all.html"]);
    let merged: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(merged["summary"]["findings"], 50);
    assert_eq!(merged["findings"][0]["severity"], "critical", "the worst comes first");
    assert!(sandbox.read("all.html").contains("<h1>50 secrets found</h1>"));
    let again = sandbox.run(&["report", "merge", "a.jsonl", "b.jsonl", "--format", "json"]);
    assert_eq!(again.stdout, run.stdout);
}

#[test]
fn the_time_of_each_stage_and_of_the_slowest_rules_is_told_on_request() {
    let sandbox = made::repository();
    let (_, report) = sandbox.json(&["--stats"]);
    let stats = &report["summary"]["stats"];
    let stages: Vec<&str> =
        stats["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
    assert!(stages.contains(&"working tree") && stages.contains(&"history"), "{stats}");
    let rules = stats["rules"].as_array().unwrap();
    assert!(
        rules.iter().any(|rule| rule["rule"] == "github-pat-classic" && rule["tried"].as_u64() > Some(0)),
        "{stats}"
    );
    let text = sandbox.run(&["scan", "--stats"]).stdout;
    assert!(text.contains("working tree") && text.contains("github-pat-classic"), "{text}");
    assert!(sandbox.json(&[]).1["summary"].get("stats").is_none());
}
