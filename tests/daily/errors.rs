//! Wrong uses and what is said about them, kept word for word: what happened, where, what to do.

use std::fs;

use crate::sandbox::{Sandbox, key};

/// Arguments, and files that are there.
const USES: &[(&str, &[(&str, &str)])] = &[
    ("scna", &[]),
    ("scan --staegd", &[]),
    ("scan --tree-only --history-only", &[]),
    ("scan --staged --range a..b", &[]),
    ("scan --range main", &[]),
    ("scan --range a...b", &[]),
    ("scan --range ..", &[]),
    ("scan --range no-such..HEAD repo", &[]),
    ("scan --since-commit no-such repo", &[]),
    ("scan --staged", &[]),
    ("scan --staged missing", &[]),
    ("scan --ref no-such repo", &[]),
    ("scan --patch file", &[]),
    ("scan --patch - path", &[]),
    ("scan --max-size 10apples", &[]),
    ("scan --max-size 3GiB", &[]),
    ("scan --threads 0", &[]),
    ("scan --threads many", &[]),
    ("scan --format xml", &[]),
    ("scan --report report.json", &[]),
    ("scan --report json=no/such/x", &[]),
    ("scan --report json=.", &[]),
    ("scan --report json=a --report jsonl=a", &[]),
    ("scan --fail-on never --fail-on any", &[]),
    ("scan --fail-on sometimes", &[]),
    ("scan --stdin-path a.py", &[]),
    ("scan --rule githup", &[]),
    ("scan --skip-rule generic-pasword", &[]),
    ("scan --rule github --skip-rule github", &[]),
    ("scan --rules no-such", &[]),
    ("scan --rules empty", &[("empty/.keep", "")]),
    ("scan --include a[", &[]),
    ("scan --targets no-such", &[]),
    ("scan --targets empty.txt", &[("empty.txt", "# none\n")]),
    ("scan --mirror .", &[]),
    ("scan ftp://example.com/x", &[]),
    ("scan --dry-run", &[]),
    ("scan --verify --verify-host gitlab", &[]),
    ("scan --verify --verify-host nobody=x.example.com", &[]),
    ("scan --verify --ca-file no-such", &[]),
    ("scan --verify-timeout 0", &[]),
    ("scan --show-suppressed --no-suppress", &[]),
    ("scan --config no-such.toml", &[]),
    ("scan --baseline no-such.jsonl", &[]),
    ("scan --confidence hihg", &[]),
    ("scan", &[("keysweep.toml", "confidense = \"low\"\n")]),
    ("scan", &[("keysweep.toml", "[paths\n")]),
    ("scan", &[("keysweep.toml", "[[allow]]\nreason = \"x\"\n")]),
    ("scan", &[("keysweep.toml", "[rules]\noff = [\"githup\"]\n")]),
    ("scan", &[("keysweep.toml", "[verify]\ntimeout = 3\n")]),
    ("scan", &[("keysweep.toml", "extends = [\"no-such.toml\"]\n")]),
    ("scan", &[("keysweep.toml", ""), (".keysweep/config.toml", "")]),
    ("scan", &[(".keysweep/baseline.jsonl", "{\"baseline\":1}\nnonsense\n")]),
    ("scan", &[(".keysweep/baseline.jsonl", "{\"baseline\":1,\"key\":\"abcdefgh\"}\n")]),
    ("scan --rules acme.toml", &[("acme.toml", "issuer = \"acme\"\nname = \"A\"\npatern = 1\n")]),
    ("verify no-such.json", &[]),
    ("verify text.json", &[("text.json", "text")]),
    ("verify -", &[]),
    ("explain no-such:3", &[]),
    ("rules show githup", &[]),
    ("baseline", &[]),
    ("baseline add nonsense --reason x", &[]),
    ("baseline add ks1-aaaaaaaaaaaaaaaaaaaa", &[]),
    ("baseline add ks1-aaaaaaaaaaaaaaaaaaaa --reason x --expires soon", &[]),
    ("init --from gitleaks -C repo", &[]),
    ("init", &[]),
    ("init --from gitlekas", &[]),
    ("find a-value", &[]),
    ("find", &[]),
    ("redact --confidence hihg", &[]),
];

#[test]
fn sixty_wrong_uses_stay_told_as_they_were_looked_at() {
    let mut text = String::new();
    for (arguments, files) in USES {
        let sandbox = Sandbox::new();
        git2::Repository::init(sandbox.path().join("repo")).unwrap();
        sandbox.write("repo/x", "x");
        sandbox.commit_in("repo", "first", 1);
        for (name, content) in *files {
            sandbox.write(name, content);
        }
        let words: Vec<&str> = arguments.split(' ').collect();
        let run = sandbox.run(&words);
        let said = run.stderr.replace(&sandbox.path().canonicalize().unwrap().display().to_string(), "[work]");
        assert!(run.code == 2 && run.stdout.is_empty() && !said.is_empty(), "{arguments}: {run:?}");
        assert!(!said.contains("panicked"), "{said}");
        text.push_str(&format!("$ keysweep {arguments}\n"));
        for (name, content) in *files {
            text.push_str(&format!("  ({name}: {})\n", content.escape_debug()));
        }
        text.push_str(said.trim_end());
        text.push_str("\n\n");
    }
    assert!(USES.len() >= 60);
    insta::assert_snapshot!(text);
}

#[test]
fn what_cannot_be_read_is_a_problem_in_the_report() {
    let sandbox = Sandbox::new();
    let (code, report) = sandbox.json(&["missing"]);
    assert_eq!((code, &report["problems"][0]["kind"]), (2, &"unreadable".into()), "{report}");
    fs::create_dir(sandbox.path().join("empty")).unwrap();
    assert_eq!(sandbox.json(&["empty"]).0, 0);
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let sandbox = Sandbox::new();
    for n in 0..2000 {
        sandbox.write(&format!("f{n}"), format!("TOKEN={}\n", key()));
    }
    for arguments in [&["scan", "--tree-only"][..], &["rules", "list"]] {
        let mut child = sandbox
            .command(arguments)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.is_empty() && output.status.code() != Some(101), "{arguments:?}: {said}");
    }
}

#[test]
fn help_of_every_command_fits_a_screen_and_has_examples_or_subcommands() {
    let sandbox = Sandbox::new();
    for (command, lines) in
        [("baseline", 24), ("init", 40), ("doctor", 30), ("find", 44), ("redact", 40), ("verify", 70), ("explain", 40)]
    {
        let run = sandbox.run(&[command, "--help"]);
        assert!(run.code == 0 && run.stdout.lines().count() <= lines, "{command}: {run:?}");
        assert!(run.stdout.contains("Examples:") || run.stdout.contains("Commands:"), "{run:?}");
    }
}
