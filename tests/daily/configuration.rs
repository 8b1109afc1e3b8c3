//! What configurations change, and what they cannot.

use serde_json::Value;

use crate::sandbox::{Sandbox, key, other_key};

fn found(report: &Value) -> usize {
    report["findings"].as_array().unwrap().len()
}

fn with_key() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.init().write("a.env", format!("TOKEN={}\n", key()));
    sandbox
}

#[test]
fn paths_that_are_left_out_are_counted_in_tree_and_history() {
    let sandbox = with_key();
    sandbox
        .write("vendor/ours/a.env", format!("TOKEN={}\n", other_key()))
        .write("vendor/x/b.env", format!("TOKEN={}\n", key()));
    sandbox.write("keysweep.toml", "[paths]\nexclude = [\"/a.env\", \"vendor/*\", \"!vendor/ours\"]\n");
    sandbox.commit("all", 1);
    let (_, report) = sandbox.json(&[]);
    assert_eq!((found(&report), &report["summary"]["skipped"]["excluded"]), (1, &4.into()), "{report}");
    assert_eq!(report["findings"][0]["places_total"], 2);
    // From below, the lines count from the top of the repository all the same.
    let (_, report) = sandbox.json(&["--tree-only", "vendor"]);
    assert_eq!(found(&report), 1, "{report}");
    assert_eq!(found(&sandbox.json(&["--tree-only", "vendor/x"]).1), 0);
    assert_eq!(found(&sandbox.json(&["--tree-only", "vendor/x", "--no-suppress"]).1), 1);
    assert_eq!(found(&sandbox.json(&["--tree-only", "vendor/x", "--no-config"]).1), 1);
}

#[test]
fn allowed_values_rules_that_are_off_and_commits_are_suppressed_and_counted() {
    let sandbox = with_key();
    let commit = sandbox.commit("first", 1);
    let by = |text: &str, name: &str| {
        sandbox.write("keysweep.toml", text);
        let (code, report) = sandbox.json(&["--history-only"]);
        (code, found(&report), report["summary"]["suppressed"][name].as_u64())
    };
    let start = &key()[..8];
    assert_eq!(by(&format!("[[allow]]\npatterns = [\"^{start}\"]\n"), "allowed"), (0, 0, Some(1)));
    assert_eq!(by("[[allow]]\nwords = [\"nothing-like-it\"]\n", "allowed"), (1, 1, None));
    assert_eq!(by("[[allow]]\npaths = [\"*.env\"]\nrules = [\"github\"]\n", "allowed"), (0, 0, Some(1)));
    assert_eq!(by("[rules]\noff = [\"github\"]\n", "rule-off"), (0, 0, Some(1)));
    assert_eq!(by("[rules]\nonly = [\"slack\"]\n", "rule-off"), (0, 0, Some(1)));
    assert_eq!(by(&format!("[paths]\ncommits = [\"{}\"]\n", &commit[..10]), "allowed"), (0, 0, Some(1)));
}

#[test]
fn a_configuration_without_a_word_changes_nothing() {
    let sandbox = with_key();
    let (_, before) = sandbox.json(&[]);
    sandbox.write("keysweep.toml", "");
    let (code, after) = sandbox.json(&[]);
    assert_eq!(
        (code, &before["findings"], &before["summary"]["rules"]),
        (1, &after["findings"], &after["summary"]["rules"])
    );
}

#[test]
fn a_broken_configuration_is_exit_2_with_line_column_and_the_nearest_name() {
    let sandbox = with_key();
    for (text, said) in [
        ("[path]\n", "keysweep.toml:1:2: unknown field `path`"),
        (
            "\n[rules]\noff = [\"githup\"]\n",
            "keysweep.toml:3:8: no rule or issuer is called `githup`; did you mean `github`",
        ),
        ("[verify]\nhosts = { github = [\"x.example.com\"] }\n", "keysweep.toml:1:1: `verify` counts only in your own"),
        ("[rules]\nfiles = [\"no-such\"]\n", "no-such: cannot be read"),
    ] {
        let run = sandbox.write("keysweep.toml", text).run(&["scan"]);
        assert!(run.code == 2 && run.stdout.is_empty() && run.stderr.contains(said), "{text}: {run:?}");
    }
}

#[test]
fn the_users_file_a_project_file_and_a_named_one_count() {
    let sandbox = with_key();
    let off = "off = [\"github\"]\n";
    let user = "../.config/keysweep/config.toml";
    sandbox.write(user, format!("[rules]\n{off}"));
    assert_eq!(sandbox.run(&["scan"]).code, 0);
    sandbox.write(user, "").write("pyproject.toml", format!("[project]\nname = \"x\"\n[tool.keysweep.rules]\n{off}"));
    assert_eq!(sandbox.run(&["scan"]).code, 0);
    sandbox.write("pyproject.toml", "").write("../named.toml", format!("[rules]\n{off}"));
    assert_eq!(sandbox.run(&["scan"]).code, 1);
    assert_eq!(sandbox.run(&["scan", "--config", "../named.toml"]).code, 0);
    let run = sandbox.run(&["scan", "--config", "../missing.toml"]);
    assert!(run.code == 2 && run.stderr.contains("missing.toml: cannot be read"), "{run:?}");
}

#[test]
fn flags_are_stronger_than_files() {
    let sandbox = with_key();
    sandbox.write("keysweep.toml", "fail_on = [\"never\"]\nconfidence = \"low\"\n[limits]\nmax_size = \"3\"\n");
    let (code, report) = sandbox.json(&["--tree-only"]);
    assert_eq!((code, found(&report)), (0, 0), "{report}");
    assert_eq!(found(&sandbox.json(&["--max-size", "1M"]).1), 1);
    sandbox.write("keysweep.toml", "fail_on = [\"never\"]\n[limits]\nmax_size = \"3\"\n[output]\nformat = \"jsonl\"\n");
    assert!(sandbox.run(&["scan"]).stdout.starts_with("{\"type\":"));
    assert!(sandbox.run(&["scan", "--format", "pretty"]).stdout.starts_with("No secrets found."));
    assert_eq!(sandbox.json(&["--max-size", "1M", "--fail-on", "any"]).0, 1);
}

#[test]
fn own_rules_and_changes_to_rules_count_for_the_run() {
    let sandbox = with_key();
    let secret = "acme_{-}q7zk1vw9{-}xr3ty5ub{-}8nm2p001{-}abcd".replace("{-}", "");
    sandbox.write("b.txt", format!("x {secret} y\n")).write("my-rules/acme.toml", ACME);
    assert_eq!(found(&sandbox.json(&["b.txt", "--tree-only"]).1), 0);
    sandbox.write("keysweep.toml", "[rules]\nfiles = [\"my-rules\"]\n");
    let (_, report) = sandbox.json(&["b.txt", "--tree-only"]);
    assert_eq!(report["findings"][0]["rule"], "acme-key", "{report}");
    sandbox.write("keysweep.toml", "[rules]\nfiles = [\"my-rules\"]\n[rules.change.acme-key]\nconfidence = \"low\"\n");
    assert_eq!(found(&sandbox.json(&["b.txt", "--tree-only"]).1), 0);
    assert_eq!(found(&sandbox.json(&["b.txt", "--tree-only", "--confidence", "low"]).1), 1);
}

#[test]
fn more_names_near_a_value_are_looked_for_where_a_rule_asks_for_one() {
    let sandbox = Sandbox::new();
    let value = "0f1e2d3c4b5a6978{-}8796a5b4c3d2e1f0".replace("{-}", "");
    sandbox.write("b.txt", format!("acme_pin {value}\n"));
    let rules = |text: &str| {
        let (_, report) = sandbox.write("keysweep.toml", text).json(&["b.txt", "--confidence", "low"]);
        report["findings"].to_string()
    };
    assert!(!rules("").contains("\"datadog-"));
    assert!(rules("[rules.change.datadog]\nnames = [\"acme_pin\"]\n").contains("\"datadog-"));
    sandbox.write("keysweep.toml", "[rules.change.generic]\nnames = [\"acme_pin\"]\n");
    let run = sandbox.run(&["scan"]);
    assert!(run.code == 2 && run.stderr.contains("keysweep.toml:1:15: this rule looks for no names"), "{run:?}");
}

const ACME: &str = r#"
issuer = "acme"
name = "Acme"
docs = "https://acme.example.com/docs"
rotate = "https://acme.example.com/keys"

[[rule]]
id = "acme-key"
name = "API key"
opens = "All of Acme."
kind = "api-key"
lifetime = "static"
confidence = "high"
pattern = 'acme_[a-z0-9]{28}'
documented = "high"
since = "2027-02-01"
examples = ["acme_{-}q7zk1vw9{-}xr3ty5ub{-}8nm2p001{-}abcd"]
counterexamples = ["acme_short", "acme_UPPER"]
"#;

#[test]
fn findings_of_rules_newer_than_rules_as_of_warn_and_do_not_fail() {
    let sandbox = Sandbox::new();
    let secret = "acme_{-}q7zk1vw9{-}xr3ty5ub{-}8nm2p001{-}abcd".replace("{-}", "");
    sandbox.write("b.txt", format!("x {secret} y\n")).write("my-rules/acme.toml", ACME);
    sandbox.write("keysweep.toml", "rules_as_of = 2027-01-01\n[rules]\nfiles = [\"my-rules\"]\n");
    let (code, report) = sandbox.json(&["b.txt"]);
    assert_eq!((code, found(&report)), (0, 1), "{report}");
    assert!(report["findings"][0]["warning"].as_str().unwrap().contains("2027-02-01"), "{report}");
    sandbox.write("keysweep.toml", "rules_as_of = 2027-03-01\n[rules]\nfiles = [\"my-rules\"]\n");
    assert_eq!(sandbox.json(&["b.txt"]).0, 1);
}

#[test]
fn of_several_repositories_each_has_its_own_configuration_and_baseline() {
    let sandbox = Sandbox::new();
    for (name, text) in [("one", "[paths]\nexclude = [\"*.env\"]\n"), ("two", ""), ("three", "oops = 1\n")] {
        git2::Repository::init(sandbox.path().join(name)).unwrap();
        sandbox
            .write(&format!("{name}/keysweep.toml"), text)
            .write(&format!("{name}/a.env"), format!("TOKEN={}\n", key()));
    }
    assert_eq!(sandbox.run(&["baseline", "update", "-C", "two"]).code, 0);
    let (code, report) = sandbox.json(&["one", "two"]);
    assert_eq!((code, found(&report)), (0, 0), "{report}");
    let (code, report) = sandbox.json(&["one", "two", "three"]);
    assert_eq!((code, found(&report)), (1, 1), "{report}");
    let problem = &report["problems"][0];
    assert!(problem["why"].as_str().unwrap().contains("unknown field `oops`"), "{report}");
}
