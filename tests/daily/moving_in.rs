//! `keysweep init` and moving in from other scanners, and their reports as input.

use sha1::{Digest, Sha1};

use crate::sandbox::{Sandbox, key, other_key};

fn with_keys() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    sandbox.init().write("a.env", format!("A=1\nTOKEN={}\n", key())).write("b.env", format!("TOKEN={}\n", other_key()));
    let commit = sandbox.commit("first", 1);
    (sandbox, commit)
}

fn sha1(text: &str) -> String {
    Sha1::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn init_is_shown_then_written_and_the_second_time_changes_nothing() {
    let (sandbox, _) = with_keys();
    sandbox.write(".github/dependabot.yml", "version: 2\n");
    let shown = sandbox.run(&["init"]);
    assert!(shown.code == 0 && shown.stdout.contains("Nothing was written."), "{shown:?}");
    assert!(!sandbox.path().join("keysweep.toml").exists());
    let written = sandbox.run(&["init", "--yes"]);
    assert_eq!(written.code, 0, "{written:?}");
    for file in ["keysweep.toml", ".keysweep/baseline.jsonl", ".gitattributes", ".github/workflows/keysweep.yml"] {
        assert!(written.stdout.contains(&format!("Written: ./{file}")), "{file}: {written:?}");
    }
    assert!(!written.stdout.contains(&key()) && !sandbox.read(".keysweep/baseline.jsonl").contains(&key()));
    assert_eq!(sandbox.run(&["scan"]).code, 0, "a clean CI");
    sandbox.write("new.env", format!("TOKEN={}\n", key().replace("ghp_", "gho_")));
    assert_eq!(sandbox.run(&["scan"]).code, 1, "and what is new counts");
    std::fs::remove_file(sandbox.path().join("new.env")).unwrap();
    let again = sandbox.run(&["init", "--yes"]);
    assert_eq!((again.code, &*again.stdout), (0, "Nothing to write: all is there.\n"));
}

#[test]
fn gitleaks_is_carried_over_with_its_accepted_findings() {
    let (sandbox, commit) = with_keys();
    sandbox.write(
        ".gitleaks.toml",
        "[extend]\nuseDefault = true\n[allowlist]\npaths = ['''^b\\.env$''']\n[[rules]]\nid = \"acme\"\nregex = '''\\b(acme_[a-z0-9]{24})\\b'''\n",
    );
    sandbox.write(".gitleaksignore", format!("{commit}:a.env:github-pat:2\na.env:github-pat:99\n"));
    let run = sandbox.run(&["init", "--from", "gitleaks", "--yes"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout.contains("1 of 2 are findings here") && run.stdout.contains("not found here: a.env:99"),
        "{run:?}"
    );
    let (code, report) = sandbox.json(&[]);
    assert_eq!((code, &report["summary"]["suppressed"]["baseline"]), (0, &1.into()), "{report}");
    assert!(report["summary"]["skipped"]["excluded"].as_u64() >= Some(1), "{report}");
    sandbox.write("c.txt", "x acme_{-}q7zk1vw9{-}xr3ty5ub{-}8nm2p001 y\n".replace("{-}", ""));
    let (code, report) = sandbox.json(&[]);
    assert_eq!((code, &report["findings"][0]["rule"]), (1, &"imported-acme".into()), "{report}");
    let again = sandbox.run(&["init", "--from", "gitleaks", "--yes"]);
    assert!(again.stdout.ends_with("Nothing to write: all is there.\n"), "{again:?}");
}

#[test]
fn a_baseline_of_detect_secrets_is_resolved_by_value_wherever_the_line_went() {
    let (sandbox, _) = with_keys();
    let baseline = serde_json::json!({
        "version": "1.5.0", "plugins_used": [], "filters_used": [],
        "results": {
            "a.env": [{ "type": "GitHub Token", "filename": "a.env", "hashed_secret": sha1(&key()), "line_number": 77 }],
            "b.env": [{ "type": "GitHub Token", "filename": "b.env", "hashed_secret": sha1("another"), "line_number": 1 }],
        }
    });
    sandbox.write(".secrets.baseline", baseline.to_string());
    let run = sandbox.run(&["init", "--from", "detect-secrets", "--yes"]);
    assert!(run.code == 0 && run.stdout.contains("1 of 2 are findings here"), "{run:?}");
    let (_, report) = sandbox.json(&["--tree-only"]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["findings"][0]["places"][0]["path"], "b.env");
}

#[test]
fn a_configuration_that_is_there_stays_and_the_other_goes_beside_it() {
    let (sandbox, _) = with_keys();
    sandbox.write("keysweep.toml", "extends = [\".keysweep/imported.toml\"]\n");
    sandbox.write(".gitleaks.toml", "[allowlist]\npaths = ['''\\.env$''']\n");
    assert_eq!(sandbox.run(&["scan"]).code, 2, "the other file is not there yet");
    assert_eq!(sandbox.run(&["init", "--from", "gitleaks", "--yes"]).code, 0);
    assert_eq!(sandbox.read("keysweep.toml"), "extends = [\".keysweep/imported.toml\"]\n");
    assert_eq!(sandbox.run(&["scan"]).code, 0);
}

#[test]
fn reports_of_other_scanners_are_looked_up_where_they_point() {
    let (sandbox, commit) = with_keys();
    let gitleaks = serde_json::json!([
        { "RuleID": "github-pat", "StartLine": 2, "File": "a.env", "Commit": commit, "Secret": "REDACTED" },
        { "RuleID": "github-pat", "StartLine": 9, "File": "a.env", "Commit": "", "Secret": "REDACTED" },
    ]);
    sandbox.write("gitleaks.json", gitleaks.to_string());
    let run = sandbox.run(&["verify", "gitleaks.json", "--dry-run"]);
    assert!(run.code == 0 && run.stdout.contains("     1  GET https://api.github.com/user\n"), "{run:?}");
    let run = sandbox.run(&["baseline", "update", "--report", "gitleaks.json"]);
    assert!(run.code == 0 && run.stdout.contains("1 added"), "{run:?}");
    assert!(run.stderr.contains("a.env:9 (gitleaks: github-pat)"), "{run:?}");
    sandbox.write("other.json", "{\"what\": 1}");
    let run = sandbox.run(&["verify", "other.json", "--dry-run"]);
    assert!(run.code == 2 && run.stderr.contains("not a report"), "{run:?}");
}
