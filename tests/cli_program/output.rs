//! Formats, files, colours.

use keysweep::rule::RuleSet;
use serde_json::Value;

use crate::sandbox::{Sandbox, files, key};

fn with_a_key() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.init().write("a.env", format!("TOKEN={}\n", key()));
    sandbox.commit(&format!("Use {}", key()), 1);
    sandbox
}

fn schema(part: &str) -> jsonschema::Validator {
    let mut schema: Value = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    schema["anyOf"] = serde_json::json!([{ "$ref": format!("#/$defs/{part}") }]);
    jsonschema::draft202012::new(&schema).unwrap()
}

#[test]
fn real_json_and_jsonl_are_what_the_schema_says() {
    let sandbox = with_a_key();
    for flags in [&[][..], &["--show-secrets"], &["--confidence", "low"]] {
        let (_, report) = sandbox.json(flags);
        assert!(schema("document").is_valid(&report), "{report:#}");
        let run = sandbox.run(&[&["scan", "-f", "jsonl"], flags].concat());
        for line in run.stdout.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            assert!(schema("line").is_valid(&line), "{line:#}");
        }
    }
}

#[test]
fn a_secret_shows_only_with_show_secrets_also_where_a_commit_message_holds_it() {
    let sandbox = with_a_key();
    for format in ["pretty", "json", "jsonl"] {
        let run = sandbox.run(&["scan", "-v", "--confidence", "low", "--format", format]);
        assert!(!run.stdout.contains(&key()[4..20]) && !run.stderr.contains(&key()[4..20]), "{run:?}");
        let run = sandbox.run(&["scan", "--show-secrets", "--format", format]);
        assert!(run.stdout.contains(&key()), "{run:?}");
    }
}

#[test]
fn reports_go_to_files_in_several_formats_and_standard_output_has_its_own() {
    let sandbox = with_a_key();
    let run = sandbox.run(&["scan", "--report", "json=../a.json", "--report", "jsonl=../b.jsonl", "--tree-only"]);
    assert!(run.stdout.starts_with("● "), "{run:?}");
    assert!(sandbox.read("../a.json").starts_with("{\n  \"schema\": 1,"));
    assert!(sandbox.read("../b.jsonl").starts_with("{\"type\":\"finding\""));
    assert_eq!(files(&sandbox.path().join("..")).len(), 3, "no temporary file is left");
}

#[test]
fn colours_are_as_the_environment_and_the_flag_say() {
    let sandbox = with_a_key();
    let coloured = |flags: &[&str], variables: &[(&str, &str)]| {
        let mut command = sandbox.command(&[&["scan"], flags].concat());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[], &[]), "a pipe");
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1"), ("TERM", "dumb")]));
}

#[test]
fn rules_are_listed_and_shown_without_a_whole_key() {
    let sandbox = Sandbox::new();
    let list = sandbox.run(&["rules", "list"]);
    assert!(list.code == 0 && list.stdout.lines().any(|line| line.starts_with("github-pat-classic ")), "{list:?}");
    let show = sandbox.run(&["rules", "show", "github-pat-classic"]);
    assert!(show.stdout.contains("personal-access-token") && !show.stdout.contains(&key()), "{show:?}");
    let json: Value = serde_json::from_str(&sandbox.run(&["rules", "list", "--format", "json"]).stdout).unwrap();
    assert_eq!(json.as_array().unwrap().len(), list.stdout.lines().count());
    let unknown = sandbox.run(&["rules", "show", "githup-pat-classic"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("github-pat-classic"), "{unknown:?}");
}

#[test]
fn completions_and_manual_pages_name_the_flags() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = sandbox.run(&["completions", shell]);
        assert!(run.code == 0 && run.stdout.contains("show-secrets"), "{run:?}");
    }
    assert!(sandbox.run(&["man"]).stdout.contains(".TH keysweep 1"));
    assert!(sandbox.run(&["man", "scan"]).stdout.contains("show\\-secrets"));
}

#[test]
fn a_line_shows_no_key_of_a_rule_that_was_not_asked_for() {
    let sandbox = Sandbox::new();
    let set = RuleSet::embedded();
    let stripe = set.get(set.find("stripe-secret-key-live").unwrap()).examples[0].to_string();
    let other = stripe[stripe.find("sk_live_").unwrap()..][..32].to_owned();
    sandbox.write("a.env", format!("A={} B={other}\n", key()));
    for arguments in [&["--rule", "github"][..], &["--confidence", "high"]] {
        let run = sandbox.run(&[&["scan", "--format", "json", "."], arguments].concat());
        assert!(run.code == 1 && !run.stdout.contains(&other), "{run:?}");
    }
}

#[test]
fn whether_head_has_it_is_not_said_of_a_range() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a", "nothing\n").commit("first", 1);
    sandbox.write("b.env", format!("TOKEN={}\n", key())).commit("second", 2);
    let (_, report) = sandbox.json(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(report["findings"][0]["places"][0]["source"], "history", "{report:#}");
    assert!(report["findings"][0]["in_head"].is_null(), "{report:#}");
}
