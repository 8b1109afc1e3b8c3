//! What is for a terminal goes to a terminal only.
#![cfg(target_os = "linux")]

use std::{
    fs::File,
    io::{Read, Write},
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd},
        unix::fs::OpenOptionsExt,
    },
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::sandbox::{Sandbox, key};

/// A pair of a terminal, to be some process's, and what is written to it.
struct Terminal {
    end: OwnedFd,
    seen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    fn open() -> Self {
        // Closed in children, so that none of another test holds it open.
        // SAFETY: a plain system call.
        let other = unsafe { libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC) };
        assert!(other >= 0, "the system has terminals to give");
        // SAFETY: the call above made it, and nothing else owns it.
        let mut other = unsafe { File::from_raw_fd(other) };
        let mut name = [0; 64];
        // SAFETY: it is open until the end of this function, and the name's room is told.
        let made = unsafe {
            libc::grantpt(other.as_raw_fd()) == 0
                && libc::unlockpt(other.as_raw_fd()) == 0
                && libc::ptsname_r(other.as_raw_fd(), name.as_mut_ptr(), name.len()) == 0
        };
        assert!(made, "the terminal has a name");
        let name: Vec<u8> = name.iter().take_while(|byte| **byte != 0).map(|byte| *byte as u8).collect();
        let mut options = File::options();
        options.read(true).write(true).custom_flags(libc::O_NOCTTY);
        let end = options.open(std::str::from_utf8(&name).unwrap()).unwrap().into();
        let seen = Arc::new(Mutex::new(vec![]));
        let sink = Arc::clone(&seen);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            // It ends in an error when the last holder of the other end is gone.
            while let Ok(count @ 1..) = other.read(&mut buffer) {
                sink.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self { end, seen, reader }
    }

    fn stdio(&self) -> Stdio {
        self.end.try_clone().unwrap().into()
    }

    /// All that was written, once no process has it any more.
    fn all(self) -> String {
        drop(self.end);
        self.reader.join().unwrap();
        String::from_utf8(self.seen.lock().unwrap().clone()).unwrap()
    }
}

/// A scan in an environment like a terminal's, with these variables.
fn scan(sandbox: &Sandbox, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = sandbox.command(&[&["scan"], arguments].concat());
    command.env("TERM", "xterm-256color").envs(variables.iter().copied());
    command
}

/// What a scan of a key shows on a terminal.
fn shown(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("a.env", format!("TOKEN={}\n", key()));
    let terminal = Terminal::open();
    let mut command = scan(&sandbox, arguments, variables);
    let status = command.stdin(Stdio::null()).stdout(terminal.stdio()).stderr(Stdio::null()).status().unwrap();
    drop(command);
    assert_eq!(status.code(), Some(1));
    terminal.all()
}

const LINK: &str = "\x1b]8;;";
const COLOUR: &str = "\x1b[";

#[test]
fn on_a_terminal_there_are_colours_and_links_unless_the_user_wants_none() {
    let text = shown(&[], &[]);
    assert!(text.contains(COLOUR) && text.contains(LINK), "{text:?}");
    for (arguments, variables) in [
        (&[][..], &[("NO_COLOR", "1")][..]),
        (&["--color", "never"], &[]),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")]),
        (&[], &[("TERM", "dumb")]),
        (&[], &[("CLICOLOR", "0")]),
        (&["--format", "json"], &[]),
        (&["--format", "jsonl"], &[("CLICOLOR_FORCE", "1")]),
    ] {
        let text = shown(arguments, variables);
        assert!(!text.contains('\x1b') && text.contains("a.env"), "{arguments:?} {variables:?}: {text:?}");
    }
}

#[test]
fn forced_colours_bring_no_links_into_a_pipe() {
    let sandbox = Sandbox::new();
    sandbox.write("a.env", format!("TOKEN={}\n", key()));
    let text = |variables: &[(&str, &str)]| {
        let output = scan(&sandbox, &[], variables).output().unwrap();
        assert_eq!(output.stderr, b"");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!text(&[]).contains('\x1b'));
    let forced = text(&[("CLICOLOR_FORCE", "1")]);
    assert!(forced.contains(COLOUR) && !forced.contains(LINK), "{forced:?}");
    let file = sandbox.path().join("report.txt");
    scan(&sandbox, &["--report", "pretty=report.txt"], &[("CLICOLOR_FORCE", "1")]).output().unwrap();
    assert!(!std::fs::read_to_string(file).unwrap().contains('\x1b'), "a report's file is plain");
}

/// A scan that waits for its standard input.
fn waiting(sandbox: &Sandbox, arguments: &[&str], stderr: Stdio) -> Child {
    let mut command = scan(sandbox, &[&["-"], arguments].concat(), &[]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap()
}

fn end(mut child: Child) {
    child.stdin.take().unwrap().write_all(b"text\n").unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

/// The moving line comes after 0.3 s: far less than this.
const LONG: Duration = Duration::from_millis(900);

#[test]
fn the_moving_line_is_on_a_terminal_s_standard_error_and_cleared_at_the_end() {
    let sandbox = Sandbox::new();
    let terminal = Terminal::open();
    let child = waiting(&sandbox, &[], terminal.stdio());
    while terminal.seen.lock().unwrap().is_empty() {
        thread::sleep(Duration::from_millis(10));
    }
    end(child);
    let text = terminal.all();
    assert!(text.contains("standard input") && text.trim_end().ends_with("\x1b[2K"), "{text:?}");
}

#[test]
fn without_a_terminal_or_where_it_is_not_wanted_there_is_no_moving_line() {
    let sandbox = Sandbox::new();
    let terminal = Terminal::open();
    let unwanted = waiting(&sandbox, &["--no-progress"], terminal.stdio());
    let piped = waiting(&sandbox, &[], Stdio::piped());
    thread::sleep(LONG);
    end(unwanted);
    assert_eq!(terminal.all(), "");
    let mut stderr = String::new();
    let mut piped = piped;
    piped.stdin.take().unwrap().write_all(b"text\n").unwrap();
    piped.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((stderr.as_str(), piped.wait_with_output().unwrap().status.code()), ("", Some(0)));
}
