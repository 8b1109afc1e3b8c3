//! docs/revoke.md: every command in it is run, in its order, against the scripted issuer; the session that it shows is what the program
//! says; its table of traps is the table of the tests.

use std::{
    fs::{self, File},
    io::{Read, Write},
    os::fd::{AsRawFd, FromRawFd},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use libtest_mimic::{Failed, Trial};
use regex::Regex;

use crate::{
    stage::Stage,
    traps,
    world::{ADMIN, World},
};

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("every_command_of_the_documentation_runs", commands),
        Trial::test("the_session_in_the_documentation_is_what_the_program_says", session),
        Trial::test("the_table_of_traps_in_the_documentation_is_that_of_the_tests", table),
    ]
}

fn text() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/revoke.md")).unwrap()
}

/// Names of the documentation that are real ones, and what the scripted issuer has instead.
const NAMES: [(&str, &str); 3] =
    [("slack-bot-token", "acme-self-key"), ("--issuer aws", "--issuer acme"), ("--owned \"Acme Ltd\"", "--owned ada")];

fn stage(kinds: &[&str]) -> Stage {
    let world = World::new(Duration::from_millis(30), Duration::ZERO);
    let secrets = kinds.iter().enumerate().map(|(at, kind)| world.add("acme", kind, at + 1)).collect();
    Stage::new(world, &["acme"], secrets)
}

fn commands() -> Result<(), Failed> {
    let text = text();
    let blocks = text.split("```").filter_map(|block| block.strip_prefix("sh\n"));
    let lines = blocks.flat_map(str::lines).filter(|line| line.starts_with("keysweep "));
    let stage = stage(&["hash", "hash", "self"]);
    stage.sandbox.write("key.txt", &stage.secrets[2]);
    let (mut digest, mut ran) = (String::new(), 0);
    for line in lines {
        let mut command = line.split(" # ").next().unwrap_or_default().trim().to_owned();
        for (name, ours) in NAMES {
            command = command.replace(name, ours);
        }
        command = command.replace("DIGEST", &digest);
        // All live again before each: the documentation tells of one thing at a time.
        for secret in &stage.secrets {
            if ![" undo", " status"].iter().any(|word| command.contains(word)) {
                stage.world.change(secret, |held| (held.dies, held.last_used) = (None, Some("2020-01-01".into())));
            }
        }
        let (program, rest) = command.split_once(' ').unwrap();
        assert_eq!(program, "keysweep");
        let (rest, input) = rest.split_once(" < ").map_or((rest, None), |(rest, input)| (rest, Some(input)));
        let network = if rest.starts_with("revoke") { " --ca-file ../ca.pem" } else { "" };
        let rules = " --rules ../rules";
        let shell = format!(
            "{} {rest}{network}{rules}{}",
            env!("CARGO_BIN_EXE_keysweep"),
            input.map_or_else(String::new, |input| format!(" < {input}"))
        );
        let interactive = (rest.contains(" apply ") || rest.contains(" undo ")) && !rest.contains("--approve");
        let (code, said) = run(&stage, &shell, interactive);
        stage.check_leaks(&said);
        let found = rest.starts_with("scan");
        if code != i32::from(found) {
            return Err(format!("{line}\nexit code {code}\n{said}").into());
        }
        if let Some((_, own)) = said.rsplit_once("its digest is ") {
            digest = own.lines().next().unwrap().trim().to_owned();
        }
        ran += 1;
    }
    assert!(ran >= 14, "only {ran} commands found");
    Ok(())
}

/// Runs a line of shell; at a terminal it types what is asked for.
fn run(stage: &Stage, line: &str, interactive: bool) -> (i32, String) {
    let mut command = Command::new("bash");
    command.args(["-c", line]).current_dir(stage.sandbox.path()).env_clear();
    command.env("HOME", stage.sandbox.path().join("..")).env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HTTPS_PROXY", stage.issuer.proxy()).env("ACME_ADMIN_KEY", ADMIN);
    if !interactive {
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        return (output.status.code().unwrap(), said);
    }
    let (mut ours, theirs) = terminal();
    command.stdin(theirs.try_clone().unwrap()).stdout(theirs.try_clone().unwrap()).stderr(theirs);
    let mut child = command.spawn().unwrap();
    drop(command);
    let reader = {
        let mut ours = ours.try_clone().unwrap();
        thread::spawn(move || {
            let (mut said, mut buffer, mut typed) = (String::new(), [0; 4096], false);
            // It ends in an error when the last holder of the other end is gone.
            while let Ok(count @ 1..) = ours.read(&mut buffer) {
                said.push_str(&String::from_utf8_lossy(&buffer[..count]));
                let asked = said.rsplit_once("Type ").filter(|_| !typed).and_then(|(_, rest)| rest.split_once(" to "));
                if let Some((number, _)) = asked.filter(|(_, rest)| rest.contains(": ")) {
                    ours.write_all(format!("{number}\n").as_bytes()).unwrap();
                    typed = true;
                }
            }
            said
        })
    };
    let code = child.wait().unwrap().code().unwrap();
    ours.flush().unwrap();
    drop(ours);
    (code, reader.join().unwrap().replace("\r\n", "\n"))
}

/// Both ends of a new terminal.
fn terminal() -> (File, File) {
    // SAFETY: plain system calls on descriptors that this function owns; the name's room is told.
    unsafe {
        let ours = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC);
        assert!(ours >= 0, "the system has terminals to give");
        let ours = File::from_raw_fd(ours);
        assert!(libc::grantpt(ours.as_raw_fd()) == 0 && libc::unlockpt(ours.as_raw_fd()) == 0);
        let mut name = [0; 64];
        assert_eq!(libc::ptsname_r(ours.as_raw_fd(), name.as_mut_ptr(), name.len()), 0);
        let theirs = libc::open(name.as_ptr(), libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC);
        assert!(theirs >= 0);
        (ours, File::from_raw_fd(theirs))
    }
}

/// What a person sees: a plan is applied to three keys, one of which is left to a person.
fn session() -> Result<(), Failed> {
    let stage = stage(&["self", "hint", "final"]);
    stage.plan(&[]);
    let rest = "--ca-file ../ca.pem --rules ../rules";
    let line = format!("{} revoke apply ../plan.json {rest}", env!("CARGO_BIN_EXE_keysweep"));
    let (code, said) = run(&stage, &line, true);
    assert_eq!(code, 0, "{said}");
    let said = Regex::new("ksp1-[0-9a-f]{32}")?.replace_all(&said, "ksp1-8d0c1fa2b5e64c3f9a7bd1e0c2f4a6b8");
    let said = Regex::new(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC")?.replace_all(&said, "2026-11-24 18:00 UTC");
    let said = Regex::new("Journal: .*")?.replace_all(&said, "Journal: ~/.local/state/keysweep/revocations.jsonl");
    let said: String = said.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let text = text();
    let shown = text.split("```text\n").find_map(|block| {
        block.split("```").next().filter(|block| block.starts_with("$ keysweep revoke apply plan.json\n"))
    });
    let shown = shown.unwrap_or_default().trim_start_matches("$ keysweep revoke apply plan.json\n");
    if shown == said { Ok(()) } else { Err(format!("the documentation should show\n{said}").into()) }
}

fn table() -> Result<(), Failed> {
    let text = text();
    for (name, outcome) in traps::table() {
        let row = format!("| {} | {outcome} |", name.replace('_', " "));
        if !text.contains(&row) {
            let all: String = traps::table()
                .iter()
                .map(|(name, outcome)| format!("| {} | {outcome} |\n", name.replace('_', " ")))
                .collect();
            return Err(format!("docs/revoke.md lacks\n{row}\nof\n{all}").into());
        }
    }
    Ok(())
}
