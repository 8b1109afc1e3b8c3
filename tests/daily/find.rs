//! `keysweep find`: one known value, wherever it stands and however it is written.

use std::{io::Write, process::Stdio};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::sandbox::{Run, Sandbox};

fn value() -> String {
    "q7Lw/Zr2{-}+Nv9\"X1".replace("{-}", "")
}

fn find(sandbox: &Sandbox, value: &str, arguments: &[&str]) -> Run {
    let mut command = sandbox.command(&[&["find", "-"], arguments].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
    Run::of(child.wait_with_output().unwrap())
}

fn places(run: &Run) -> Vec<(String, String, String)> {
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    let mut all: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|finding| {
            let rule = finding["rule"].as_str().unwrap().to_owned();
            finding["places"].as_array().unwrap().iter().map(move |place| {
                let word = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
                (word("path"), word("source"), rule.clone())
            })
        })
        .collect();
    all.sort();
    all
}

#[test]
fn a_value_is_found_in_files_history_and_encodings_and_never_shown() {
    let sandbox = Sandbox::new();
    let value = value();
    sandbox.init().write("gone.txt", format!("a {value} b\n"));
    sandbox.commit("first", 1);
    std::fs::remove_file(sandbox.path().join("gone.txt")).unwrap();
    sandbox.write("secret.yaml", format!("password: {}\n", STANDARD.encode(format!("x{value}y"))));
    sandbox.write("app.json", serde_json::json!({ "key": value }).to_string());
    sandbox.write("dump.hex", value.bytes().map(|byte| format!("{byte:02X}")).collect::<String>());
    sandbox.write("url.txt", "https://h/?p=q7Lw%2FZr2%2BNv9%22X1&x=1\n");
    sandbox.write(".gitignore", "*.env\n").write("local.env", format!("V={value}\n"));
    sandbox.write("other.txt", "q7Lw/Zr2+Nv9\"X2\n");
    let run = find(&sandbox, &format!("{value}\n"), &["--format", "json"]);
    let found = places(&run);
    let expected = [
        ("app.json", "tree", "given-escaped"),
        ("dump.hex", "tree", "given-hex"),
        ("gone.txt", "history", "given-as-is"),
        ("local.env", "tree", "given-as-is"),
        ("secret.yaml", "tree", "given-base64"),
        ("url.txt", "tree", "given-percent"),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect();
    assert_eq!((run.code, &found), (1, &expected), "{run:?}");
    for format in ["json", "jsonl", "pretty"] {
        let run = find(&sandbox, &value, &["--format", format]);
        assert!(!run.stdout.contains(&value[..8]) && !run.stderr.contains(&value[..8]), "{run:?}");
    }
}

#[test]
fn what_is_not_there_is_exit_0_and_placeholders_are_found_all_the_same() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "key = EXAMPLE-xxxxxxxx-0123456789\n");
    assert_eq!(find(&sandbox, "nothing-like-it", &[]).code, 0);
    assert_eq!(find(&sandbox, "EXAMPLE-xxxxxxxx-0123456789", &[]).code, 1);
}

#[test]
fn several_targets_are_looked_through_at_once() {
    let sandbox = Sandbox::new();
    sandbox.write("one/a", value()).write("two/b", "x").write("three/c", format!("x{}x", value()));
    sandbox.write("targets", "one\ntwo\nthree\n");
    let run = find(&sandbox, &value(), &["--targets", "targets", "--format", "json"]);
    let paths: Vec<_> = places(&run).into_iter().map(|(path, ..)| path).collect();
    assert_eq!(paths, ["a", "c"]);
}

#[test]
fn wrong_uses_are_told_without_the_value() {
    let sandbox = Sandbox::new();
    for (value, arguments, said) in [
        ("", &[][..], "no value"),
        ("abc", &[], "fewer than 6 bytes"),
        ("long-enough", &["--targets", "missing"], "missing"),
        ("long-enough", &["-"], "standard input holds the value"),
    ] {
        let run = find(&sandbox, value, arguments);
        assert!(run.code == 2 && run.stderr.contains(said) && !run.stderr.contains("long-enough"), "{run:?}");
    }
    let run = sandbox.run(&["find", "a-value-in-argv"]);
    assert!(run.code == 2 && !run.stderr.contains("a-value"), "{run:?}");
}
