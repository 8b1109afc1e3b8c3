//! `keysweep doctor`: each line right, or with what puts it right.

use crate::sandbox::{Sandbox, key};

#[test]
fn every_value_is_told_with_its_origin_and_all_is_right() {
    let sandbox = Sandbox::new();
    sandbox.init().write("a.env", format!("TOKEN={}\n", key())).write("vendor/x", "x\n").commit("first", 1);
    sandbox.write("keysweep.toml", "confidence = \"low\"\n[paths]\nexclude = [\"vendor/\"]\n");
    sandbox.write("../.config/keysweep/config.toml", "owned = [\"acme\"]\n");
    assert_eq!(sandbox.run(&["baseline", "update"]).code, 0);
    let mut command = sandbox.command(&["doctor"]);
    let output = command.env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for said in [
        "confidence = low  (keysweep.toml:1)",
        "paths.exclude = vendor/  (keysweep.toml:3)",
        "owned = acme  (",
        "baseline.jsonl: 1 findings",
        "left out by configurations",
        "KEYSWEEP_ID_KEY is not set",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(text.lines().all(|line| line.starts_with("ok  ")), "{text}");
}

#[test]
fn what_is_wrong_comes_with_its_fix_and_exit_1() {
    let sandbox = Sandbox::new();
    sandbox.init().write("keysweep.toml", "confidense = \"low\"\n");
    let run = sandbox.run(&["doctor"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("!   configuration") && run.stdout.contains("did you mean `confidence`?"), "{run:?}");
    let wrong = run.stdout.lines().filter(|line| line.starts_with('!')).count();
    assert_eq!(run.stdout.lines().filter(|line| line.trim_start().starts_with("-> ")).count(), wrong, "{run:?}");
}

#[cfg(unix)]
#[test]
fn a_file_of_the_users_that_others_can_write_to_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    sandbox.write("../.config/keysweep/config.toml", "");
    let path = sandbox.path().join("../.config/keysweep/config.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let mut command = sandbox.command(&["doctor"]);
    let output = command.env("HTTPS_PROXY", "http://user:{-}pass@proxy:3128".replace("{-}", "")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("can be written by others") && text.contains("chmod go-w"), "{text}");
    assert!(text.contains("HTTPS_PROXY = proxy:3128") && !text.contains("pass"), "{text}");
}
