//! Consent, the saved plan, resume, status and undo, as a person or a pipeline uses them.

use std::{io::Write, process::Stdio, time::Duration};

use libtest_mimic::Trial;

use crate::{
    sandbox::Run,
    stage::{APPLY, Stage, outcomes},
    world::World,
};

fn stage(kind: &str, keys: usize) -> Stage {
    let world = World::new(Duration::from_millis(50), Duration::ZERO);
    let secrets = (1..=keys).map(|number| world.add("acme", kind, number)).collect();
    Stage::new(world, &["acme"], secrets)
}

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, fn()); 12] = [
        ("a_plan_says_what_would_be_done_and_sends_nothing_that_changes_anything", plan_reads),
        ("without_consent_nothing_is_done", without_consent),
        ("a_plan_that_was_changed_is_not_applied", changed_plan),
        ("a_plan_for_later_waits", later),
        ("more_keys_than_allowed_are_not_touched", too_many),
        ("a_plan_that_was_applied_does_nothing_the_second_time", twice),
        ("what_is_left_of_an_issuers_keys_comes_with_the_next_run", in_portions),
        ("what_was_disabled_can_be_enabled_again", undone),
        ("deleting_comes_only_where_it_is_wanted", irreversible),
        ("a_key_from_standard_input_is_revoked", from_stdin),
        ("without_the_credential_the_plan_says_which_variable_is_missing", no_credential),
        ("a_journal_that_cannot_grow_stops_before_the_request", disk_full),
    ];
    tests
        .into_iter()
        .map(|(name, test)| {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        })
        .collect()
}

fn plan_reads() {
    let stage = stage("hash", 2);
    let run = stage.run(&["plan", "../report.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    for line in [
        "whose       ada, account a-1, key id",
        "will        Disables the key; it can be enabled again.",
        "request     PATCH https://api.acme.example/keys/{key_id}, by an administrator",
        "known by    its hash in the issuer's list",
        "found       key_id k1, called deploy",
        "needs       keys:write",
        "from        ACME_ADMIN_KEY",
        "undone      by keysweep revoke undo",
        "in HEAD     keys.env:1",
        "2 of 2 keys to be revoked, 0 by hand, 0 refused.",
        "Not saved (--save FILE).",
    ] {
        let line = line.replace(", key id", "");
        assert!(run.stdout.contains(&line), "{line}\n{run:?}");
    }
    assert!(stage.issuer.take_asked().iter().all(|asked| asked.method == "GET"));
    assert!(stage.world.all().iter().all(|held| held.lives()));
}

fn without_consent() {
    let stage = stage("self", 1);
    let digest = stage.plan(&[]);
    stage.issuer.take_asked();
    let connections = stage.issuer.connections();
    for (arguments, says) in [
        (vec![], "without a terminal: --approve DIGEST"),
        (vec!["--approve", "ksp1-0"], "nothing was done"),
        (vec!["--approve", &digest, "--max-revocations", "0"], "--max-revocations is 0"),
    ] {
        let run = stage.run(&[APPLY, &arguments].concat());
        assert!(run.code == 2 && run.stderr.contains(says), "{run:?}");
    }
    assert_eq!(stage.issuer.connections(), connections, "nobody was asked");
}

fn changed_plan() {
    let stage = stage("self", 1);
    let digest = stage.plan(&["--owned", "nobody"]);
    let text = stage.sandbox.read("../plan.json").replace("\"refused\"", "\"planned\"");
    stage.sandbox.write("../plan.json", text);
    let run = stage.apply(&digest, &[]);
    assert!(run.code == 2 && run.stderr.contains("the plan was changed after it was made"), "{run:?}");
}

fn later() {
    let stage = stage("self", 1);
    let digest = stage.plan(&["--not-before", "+7d"]);
    let run = stage.apply(&digest, &[]);
    assert!(run.code == 2 && run.stderr.contains("this plan may be applied from"), "{run:?}");
    assert!(stage.world.all()[0].lives());
}

fn too_many() {
    let stage = stage("self", 3);
    let digest = stage.plan(&[]);
    let run = stage.apply(&digest, &["--max-revocations", "2"]);
    assert!(run.code == 2 && run.stderr.contains("the plan has 3 keys"), "{run:?}");
    assert!(stage.world.all().iter().all(|held| held.lives()));
}

fn twice() {
    let stage = stage("self", 2);
    let digest = stage.plan(&[]);
    let first = stage.apply(&digest, &[]);
    assert_eq!(first.code, 0, "{first:?}");
    stage.issuer.take_asked();
    let second = stage.apply(&digest, &[]);
    assert_eq!((second.code, outcomes(&second)), (0, outcomes(&first)), "{second:?}");
    assert!(stage.issuer.take_asked().is_empty(), "nothing is left to ask");
    assert!(stage.world.all().iter().all(|held| (held.ended, held.again) == (1, 0)));
    let status = stage.run(&["status", "--journal", "../journal.jsonl"]);
    assert!(status.code == 0 && status.stdout.matches("revoked on ").count() == 2, "{status:?}");
    let asked = stage.run(&["status", "../plan.json", "--journal", "../journal.jsonl"]);
    assert!(asked.code == 0 && asked.stdout.matches("dead     acme self key").count() == 2, "{asked:?}");
    let markdown = first.stdout.split_once("### Revoked keys").unwrap_or_else(|| panic!("{first:?}")).1;
    assert!(markdown.contains("| revoked | acme self key ") && markdown.contains("| ada |"), "{markdown}");
}

fn in_portions() {
    let stage = stage("self", 3);
    let digest = stage.plan(&[]);
    let first = stage.apply(&digest, &["--max-per-issuer", "2"]);
    assert_eq!(first.code, 1, "{first:?}");
    assert_eq!(stage.world.all().iter().filter(|held| held.ended == 1).count(), 2);
    let second = stage.apply(&digest, &["--max-per-issuer", "2"]);
    assert_eq!(second.code, 0, "{second:?}");
    assert!(stage.world.all().iter().all(|held| (held.ended, held.again) == (1, 0)));
}

fn undone() {
    let stage = stage("hash", 2);
    let digest = stage.plan(&[]);
    assert_eq!(stage.apply(&digest, &[]).code, 0);
    assert!(stage.world.all().iter().all(|held| !held.lives()));
    let undo =
        stage.run(&["undo", "../plan.json", "--journal", "../journal.jsonl", "--approve", &digest, "--wait", "2"]);
    assert_eq!((undo.code, outcomes(&undo).len()), (0, 2), "{undo:?}");
    assert!(stage.world.all().iter().all(|held| held.lives() && held.enabled == 1));
    // The plan has had its day: it does not disable them again.
    let again = stage.apply(&digest, &[]);
    assert!(again.code == 1 && outcomes(&again)[0].starts_with("restored: it was taken back"), "{again:?}");
    assert!(stage.world.all().iter().all(|held| held.lives()));
    let nothing = stage.run(&["undo", "../plan.json", "--journal", "../journal.jsonl", "--approve", &digest]);
    assert!(nothing.stdout.contains("There is nothing that this plan did"), "{nothing:?}");
}

fn irreversible() {
    let stage = stage("hash", 1);
    let plan = |more: &[&str]| stage.run(&[&["plan", "../report.json"], more].concat()).stdout;
    assert!(plan(&[]).contains("request     PATCH"));
    let delete = plan(&["--irreversible"]);
    assert!(delete.contains("request     DELETE") && delete.contains("never: this cannot be taken back"), "{delete}");
    let by = plan(&["--as", "self"]);
    assert!(
        by.contains("why not     no such way is known") && by.contains("1. Open https://acme.example/keys"),
        "{by}"
    );
}

fn from_stdin() {
    let stage = stage("self", 1);
    let secret = stage.secrets[0].clone();
    let run = |arguments: &[&str]| {
        let mut child = stage
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(secret.as_bytes()).unwrap();
        let run = Run::of(child.wait_with_output().unwrap());
        stage.check_leaks(&format!("{}{}", run.stdout, run.stderr));
        run
    };
    let plan = run(&["plan", "--rule", "acme-self-key", "-", "--save", "../one.json"]);
    let digest = plan.stdout.rsplit_once("its digest is ").unwrap_or_else(|| panic!("{plan:?}")).1.trim().to_owned();
    stage.check_leaks(&stage.sandbox.read("../one.json"));
    let without = stage.run(&["apply", "../one.json", "--approve", &digest, "--journal", "../j.jsonl"]);
    assert!(without.code == 2 && without.stderr.contains("write - behind the plan"), "{without:?}");
    let done = run(&["apply", "../one.json", "-", "--approve", &digest, "--journal", "../j.jsonl", "--wait", "2"]);
    assert_eq!((done.code, outcomes(&done).len()), (0, 1), "{done:?}");
    assert_eq!(stage.world.held(&secret).ended, 1);
}

fn no_credential() {
    let stage = stage("hash", 1);
    let mut command = stage.command(&["plan", "../report.json"]);
    let run = Run::of(command.env_remove("ACME_ADMIN_KEY").output().unwrap());
    assert!(run.stdout.contains("it takes an administrator: set ACME_ADMIN_KEY (keys:write)"), "{run:?}");
}

/// The system refuses to let the journal grow beyond some lines: no request without its line.
fn disk_full() {
    let stage = stage("self", 9);
    let digest = stage.plan(&[]);
    let mut program = stage.command(&[APPLY, &["--approve", &digest]].concat());
    let line: Vec<String> = [program.get_program()]
        .into_iter()
        .chain(program.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f 4; exec {}", line.join(" "))]);
    shell.current_dir(stage.sandbox.path()).env_clear().stdin(Stdio::null());
    for (name, value) in program.stdin(Stdio::null()).get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell.env("HTTPS_PROXY", stage.issuer.proxy());
    let run = Run::of(shell.output().unwrap());
    assert!(run.code == 2 && run.stderr.contains("nothing is sent without a line in the journal"), "{run:?}");
    let journal = stage.sandbox.read("../journal.jsonl");
    let sending = journal.matches("\"event\":\"sending\"").count();
    let ended: u32 = stage.world.all().iter().map(|held| held.ended).sum();
    assert!(ended as usize <= sending && sending < 9 && sending > 0, "{ended} ended, {sending} lines");
    // With room again, the same command ends the rest.
    let rest = stage.apply(&digest, &[]);
    assert_eq!(rest.code, 0, "{rest:?}");
    assert!(stage.world.all().iter().all(|held| (held.ended, held.again) == (1, 0)));
}
