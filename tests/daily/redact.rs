//! `keysweep redact` as a filter.

use std::{
    io::{BufRead, BufReader, Write},
    process::Stdio,
};

use crate::sandbox::{Run, Sandbox, key};

fn redact(sandbox: &Sandbox, text: &str, arguments: &[&str]) -> Run {
    let mut command = sandbox.command(&[&["redact"], arguments].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Run::of(child.wait_with_output().unwrap())
}

#[test]
fn a_log_goes_through_with_its_secrets_masked() {
    let sandbox = Sandbox::new();
    let text = format!("GET /\ntoken={}\nend", key());
    let run = redact(&sandbox, &text, &["--count"]);
    assert_eq!((run.code, &*run.stdout), (0, &*text.replace(&key(), &format!("ghp_********{}", &key()[36..]))));
    assert!(run.stderr.contains("1 masked"), "{run:?}");
}

#[test]
fn json_stays_json() {
    let sandbox = Sandbox::new();
    let text = serde_json::json!({ "env": { "TOKEN": key(), "n": 1 } });
    let run = redact(&sandbox, &format!("{text:#}\n"), &["--json"]);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(value["env"]["n"] == 1 && value["env"]["TOKEN"].as_str().unwrap().starts_with("ghp_****"), "{run:?}");
}

#[test]
fn a_line_comes_out_before_the_next_one_goes_in() {
    let sandbox = Sandbox::new();
    let mut child = sandbox.command(&["redact"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    for n in 0..3 {
        writeln!(input, "line {n} {}", key()).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.starts_with(&format!("line {n} ghp_****")), "{line}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn utf16_is_refused_and_not_passed_on() {
    let sandbox = Sandbox::new();
    let run = redact(&sandbox, "", &[]);
    assert_eq!((run.code, &*run.stdout), (0, ""));
    let mut child = sandbox
        .command(&["redact"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"\xff\xfea\0").unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    assert!(run.code == 2 && run.stdout.is_empty() && run.stderr.contains("iconv"), "{run:?}");
}
