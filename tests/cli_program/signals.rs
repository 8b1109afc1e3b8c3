//! Ctrl-C and closed pipes. The program is held still by `--targets -`, which reads standard input to its end.
#![cfg(target_os = "linux")]

use std::{
    fs,
    io::{Read, Write},
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use crate::sandbox::{Run, Sandbox, files, key, other_key};

/// Starts a scan that waits for its targets, and returns once it listens for signals.
fn start(sandbox: &Sandbox) -> Child {
    let mut command = sandbox.command(&["scan", "--targets", "-", "--format", "json"]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !listens(&child) {
        thread::sleep(Duration::from_millis(5));
    }
    child
}

/// Whether SIGTERM, the last one that the program asks for, is caught.
fn listens(child: &Child) -> bool {
    has(child, "SigCgt:", libc::SIGTERM)
}

/// Whether a signal is in one of the sets that the system tells of a process.
fn has(child: &Child, set: &str, signal: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let signals = status.lines().find_map(|line| line.strip_prefix(set)).expect("the program still runs");
    u64::from_str_radix(signals.trim(), 16).unwrap() >> (signal - 1) & 1 == 1
}

fn interrupt(child: &Child) {
    let pid = libc::pid_t::try_from(child.id()).unwrap();
    // SAFETY: a plain system call; the child is ours and not yet waited for, so that its number is its own.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGINT) }, 0);
}

#[test]
fn the_first_ctrl_c_ends_in_a_report_that_says_it_is_not_complete() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "text\n");
    let mut child = start(&sandbox);
    interrupt(&child);
    child.stdin.take().unwrap().write_all(b".\n").unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.code, 130, "{run:?}");
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&report["complete"], &report["summary"]["interrupted"]), (&false.into(), &true.into()), "{run:?}");
}

#[test]
fn the_second_ctrl_c_ends_the_program_at_once() {
    let sandbox = Sandbox::new();
    let mut child = start(&sandbox);
    // Held open, so that nothing but the signal ends the program.
    let _stdin = child.stdin.take();
    interrupt(&child);
    // Signals of one number are not queued: the second is sent when the first has arrived.
    while has(&child, "ShdPnd:", libc::SIGINT) {
        thread::sleep(Duration::from_millis(5));
    }
    interrupt(&child);
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!((run.code, &*run.stdout), (130, ""), "{run:?}");
}

#[test]
fn a_closed_pipe_is_quiet_and_the_exit_code_still_tells() {
    let sandbox = Sandbox::new();
    sandbox.write("a", format!("TOKEN={}\n", key()));
    let mut child = start(&sandbox);
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(b".\n").unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!((run.code, &*run.stderr), (1, ""), "{run:?}");
}

#[test]
fn what_was_seen_before_ctrl_c_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.write("a.env", format!("TOKEN={}\n", key()));
    sandbox.write("never", format!("TOKEN={}\n", other_key()));
    let mut command = sandbox.command(&["scan", "-v", "a.env", "-", "never", "--format", "json"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A stage is told with its time when the next begins: now the program reads its standard input.
    let (mut stderr, mut told) = (child.stderr.take().unwrap(), vec![]);
    while !String::from_utf8_lossy(&told).contains("working tree") {
        let mut buffer = [0; 200];
        let count = stderr.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "it ended early");
        told.extend_from_slice(&buffer[..count]);
    }
    interrupt(&child);
    child.stdin.take().unwrap().write_all(b"text\n").unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &report["complete"], &report["summary"]["interrupted"]), (130, &false.into(), &true.into()));
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!(report["findings"][0]["places"][0]["target"], "a.env");
    assert!(report["problems"].as_array().unwrap().iter().any(|problem| problem["kind"] == "stopped"), "{report:#}");
}

/// What is left of a clone that is interrupted so often in a row.
fn left_of_a_clone(interrupts: usize) -> (i32, usize) {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    // A git that makes a folder, says so, and does not end.
    let (program, temporary, begun) = ("bin/git", sandbox.path().join("tmp"), sandbox.path().join("begun"));
    let script = "#!/bin/sh\nfor last; do :; done\n/bin/mkdir \"$last\"\n: >\"$BEGUN\"\nexec /bin/sleep 600\n";
    sandbox.write(program, script);
    fs::set_permissions(sandbox.path().join(program), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(&temporary).unwrap();
    let mut command = sandbox.command(&["scan", "file:///no/such/repository", "--format", "json"]);
    command.env("PATH", sandbox.path().join("bin")).env("TMPDIR", &temporary).env("BEGUN", &begun);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !begun.exists() {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(files(&temporary).len(), 1, "the clone is there");
    (0..interrupts).for_each(|_| interrupt(&child));
    let run = Run::of(child.wait_with_output().unwrap());
    (run.code, files(&temporary).len())
}

#[test]
fn a_clone_is_removed_after_ctrl_c_once_and_twice() {
    assert_eq!(left_of_a_clone(1), (130, 0));
    assert_eq!(left_of_a_clone(2), (130, 0));
}
