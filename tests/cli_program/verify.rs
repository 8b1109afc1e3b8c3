//! Asking issuers, as a user does it. The program reaches a scripted issuer on loopback as a proxy.

use std::{
    io::Write,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    issuer::{Asked, Issuer, Reply},
    sandbox::{Run, Sandbox, key, other_key},
};

const USER: &str = r#"{"login": "octocat", "id": 583231}"#;

/// GitHub: the first key works, any other does not.
fn github(asked: &Asked) -> Reply {
    if asked.header("authorization") == format!("Bearer {}", key()) {
        let scopes = ("X-OAuth-Scopes".to_owned(), "repo, admin:org".to_owned());
        return Reply::Answer(200, vec![scopes], USER.into());
    }
    Reply::json(401, r#"{"message": "Bad credentials"}"#)
}

struct Stage {
    sandbox: Sandbox,
    issuer: Issuer,
}

impl Stage {
    fn new(play: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let (sandbox, issuer) = (Sandbox::new(), Issuer::new(play));
        sandbox.write("ca.pem", &issuer.authority_pem);
        sandbox.write("a.env", format!("LIVE={}\n", key()));
        sandbox.write("b.env", format!("DEAD={}\nAGAIN={}\n", other_key(), key()));
        Self { sandbox, issuer }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(&[arguments, &["--ca-file", "ca.pem"]].concat());
        command.env("HTTPS_PROXY", self.issuer.proxy()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let run = Run::of(self.command(arguments).output().unwrap());
        let all = format!("{}{}", run.stdout, run.stderr);
        for secret in [key(), other_key()] {
            assert!(!all.contains(&secret) && !all.contains(&secret[4..]), "a secret in the output: {run:?}");
        }
        run
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let run = self.run(&[arguments, &["--format", "json"]].concat());
        let value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
        (run.code, value)
    }
}

fn verdicts(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["verification"]["verdict"].as_str().unwrap()).collect()
}

#[test]
fn nothing_is_sent_unless_asked() {
    let stage = Stage::new(github);
    let run = Run::of(stage.command(&["scan"]).output().unwrap());
    assert_eq!(run.code, 2, "{run:?}");
    let plain = stage.sandbox.command(&["scan", "."]).env("HTTPS_PROXY", stage.issuer.proxy()).output().unwrap();
    assert_eq!(plain.status.code(), Some(1));
    let dry = stage.run(&["scan", "--verify", "--dry-run"]);
    assert!(dry.code == 0 && dry.stdout.contains("     2  GET https://api.github.com/user\n"), "{dry:?}");
    assert_eq!(stage.issuer.connections(), 0);
}

#[test]
fn a_scan_tells_what_lives_whose_it_is_and_what_it_may() {
    let stage = Stage::new(github);
    let (code, report) = stage.json(&["scan", "--verify"]);
    assert_eq!((code, verdicts(&report)), (1, vec!["live", "dead"]), "{report}");
    let live = &report["findings"][0]["verification"];
    assert_eq!((&live["holder"], &live["account"]), (&"octocat".into(), &"583231".into()));
    assert_eq!((&live["scopes"][1], &live["severity"]), (&"admin:org".into(), &"critical".into()));
    assert_eq!(
        (&live["host"], &live["request"]),
        (&"api.github.com".into(), &"GET https://api.github.com/user".into())
    );
    assert_eq!(stage.issuer.take_asked().len(), 2, "each secret is asked for once, wherever it stands");
    let pretty = stage.run(&["scan", "--verify", "-vv"]);
    assert!(pretty.stdout.contains("rated  critical, with high confidence: live and may administer"), "{pretty:?}");
    assert!(pretty.stdout.contains("whose  octocat, account 583231"), "{pretty:?}");
    assert!(pretty.stderr.contains("verify: GET https://api.github.com/user of ghp_"), "{pretty:?}");
}

#[test]
fn only_dead_keys_pass_where_live_ones_fail() {
    let stage = Stage::new(|_| Reply::json(401, r#"{"message": "Bad credentials"}"#));
    let code = |stage: &Stage| stage.run(&["scan", "--verify", "--fail-on", "live", "--format", "json"]).code;
    assert_eq!(code(&stage), 0);
    stage.issuer.play(github);
    assert_eq!(code(&stage), 1);
    stage.issuer.play(|_| Reply::json(418, "{}"));
    assert_eq!(code(&stage), 1);
}

#[test]
fn a_report_is_verified_by_the_keys_where_they_lie() {
    let stage = Stage::new(github);
    stage.sandbox.init().commit("first", 1);
    stage.sandbox.write("a.env", "LIVE=\n").write("b.env", "DEAD=\n");
    stage.sandbox.commit("gone from the files", 2);
    let run = stage.sandbox.run(&["scan", "--format", "json", "--report", "jsonl=report.jsonl"]);
    stage.sandbox.write("report.json", &run.stdout);
    for name in ["report.json", "report.jsonl"] {
        let (code, report) = stage.json(&["verify", name]);
        assert_eq!((code, verdicts(&report)), (1, vec!["live", "dead"]), "{report}");
    }
    let (_, report) = stage.json(&["verify", "report.json", "--show", "live,unknown"]);
    assert_eq!(verdicts(&report), ["live"]);
    let dry = stage.run(&["verify", "report.json", "--dry-run"]);
    assert!(dry.stdout.contains("     2  GET https://api.github.com/user\n"), "{dry:?}");
}

#[test]
fn a_key_that_is_no_longer_there_is_told() {
    let stage = Stage::new(github);
    let run = stage.sandbox.run(&["scan", "--format", "json"]);
    stage.sandbox.write("report.json", &run.stdout).write("b.env", "moved\n");
    let (code, report) = stage.json(&["verify", "report.json"]);
    assert_eq!((code, verdicts(&report)), (1, vec!["live", "not checked"]), "{report}");
    assert_eq!(report["problems"][0]["why"], "the key is no longer where the report saw it");
    assert_eq!(report["complete"], false);
}

#[test]
fn one_key_is_read_from_standard_input() {
    let stage = Stage::new(github);
    let verify = |key: &str, rule: &str| {
        let mut command = stage.command(&["verify", "--rule", rule, "-", "--format", "json"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{key}\n").as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    };
    let run = verify(&key(), "github-pat-classic");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, verdicts(&report)), (1, vec!["live"]), "{run:?}");
    assert!(!run.stdout.contains(&key()));
    assert_eq!(verify("", "github-pat-classic").code, 2);
    assert_eq!(verify(&key(), "no-such-rule").code, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_reports_what_is_known_and_no_core_is_written() {
    let stage = Stage::new(|asked| {
        if asked.header("authorization") == format!("Bearer {}", key()) { github(asked) } else { Reply::Silence }
    });
    let mut command = stage.command(&["scan", "--verify", "--format", "json", "--verify-timeout", "60"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    let mut asked = 0;
    while asked < 2 && began.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(20));
        asked += stage.issuer.take_asked().len();
    }
    thread::sleep(Duration::from_millis(500));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert!(core.split_whitespace().skip(4).take(2).all(|limit| limit == "0"), "{core}");
    let pid = libc::pid_t::try_from(child.id()).unwrap();
    // SAFETY: a plain system call; the child is ours and not yet waited for.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGINT) }, 0);
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.code, 130, "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(verdicts(&report), ["live", "not checked"], "{report}");
    assert!(began.elapsed() < Duration::from_secs(55), "a silent host is not waited for");
}
