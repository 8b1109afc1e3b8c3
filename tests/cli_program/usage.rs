//! Wrong uses are exit code 2, with a sentence on standard error and nothing on standard output.

use crate::sandbox::Sandbox;

#[test]
fn wrong_uses_are_told_before_anything_is_scanned() {
    let uses: [(&[&str], &str); 24] = [
        (&["scan", "--tree-only", "--history-only"], "cannot be used with"),
        (&["scan", "--staged", "--range", "a..b"], "cannot be used with"),
        (&["scan", "--patch", "file"], "invalid value"),
        (&["scan", "--patch", "-", "path"], "cannot be used with"),
        (&["scan", "--range", "main"], "A..B"),
        (&["scan", "--max-size", "10 apples"], "unit"),
        (&["scan", "--max-size", "3GiB"], "2GiB"),
        (&["scan", "--threads", "0"], "1..=1024"),
        (&["scan", "--format", "xml"], "pretty, json, jsonl"),
        (&["scan", "--report", "report.json"], "FORMAT=FILE"),
        (&["scan", "--report", "json=no/such/folder/x"], "no/such/folder"),
        (&["scan", "--report", "json=a", "--report", "jsonl=a"], "one file"),
        (&["scan", "--fail-on", "never", "--fail-on", "any"], "never"),
        (&["scan", "--stdin-path", "a.py"], "--stdin-path"),
        (&["scan", "--rule", "githup"], "github"),
        (&["scan", "--rules", "no-such-folder"], "no-such-folder"),
        (&["scan", "--include", "a["], "a["),
        (&["scan", "--targets", "no-such-file"], "no-such-file"),
        (&["scan", "--mirror", "."], "--mirror"),
        (&["scan", "http://user:{-}pass@example.com/x"], "http is not cloned from"),
        (&["scan", "--ref", "main", "--staged"], "cannot be used with"),
        (&["scan", "--dry-run"], "--verify"),
        (&["scan", "--verify", "--verify-host", "gitlab"], "ISSUER=HOST"),
        (&["scan", "--verify", "--ca-file", "no-such-file"], "no-such-file"),
    ];
    let sandbox = Sandbox::new();
    sandbox.write("a", "text");
    for (arguments, said) in uses {
        let plain: Vec<String> = arguments.iter().map(|word| word.replace("{-}", "")).collect();
        let run = sandbox.run(&plain.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(run.code == 2 && run.stdout.is_empty() && run.stderr.contains(said), "{arguments:?}: {run:?}");
        assert!(run.stderr.starts_with("error: "), "{arguments:?}: {run:?}");
    }
}

#[test]
fn an_empty_targets_file_is_an_error_and_not_this_folder() {
    let sandbox = Sandbox::new();
    let run = sandbox.write("targets", "# none yet\n\n").run(&["scan", "--targets", "targets"]);
    assert!(run.code == 2 && run.stderr.contains("no path or URL"), "{run:?}");
}

#[test]
fn help_fits_a_screen_and_has_examples() {
    let sandbox = Sandbox::new();
    for (arguments, lines) in [(&["--help"][..], 40), (&["scan", "--help"], 84), (&["rules", "--help"], 24)] {
        let run = sandbox.run(arguments);
        assert!(run.code == 0 && run.stdout.lines().count() <= lines, "{run:?}");
    }
    assert!(sandbox.run(&["scan", "--help"]).stdout.contains("Examples:"));
}
