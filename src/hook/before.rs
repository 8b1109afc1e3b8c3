//! The hook that was there before ours: it runs first, with what git gave, and its refusal counts.

use std::{
    ffi::OsString,
    io::{self, Write},
    path::Path,
    process::{Command, Stdio},
};

/// Runs an older hook, if it is there and may be run: `Some` exit code where it refuses. `input` is what git gave on standard
/// input, where it gives something there.
///
/// # Errors
/// Where the system cannot start it: then it has not agreed.
pub fn run(hook: &Path, arguments: &[OsString], input: Option<&[u8]>) -> io::Result<Option<u8>> {
    if !is_runnable(hook) {
        return Ok(None);
    }
    let stdin = || if input.is_some() { Stdio::piped() } else { Stdio::inherit() };
    let mut child = match command(hook).args(arguments).stdin(stdin()).spawn() {
        Err(error) if is_plain_script(&error) => shell(hook).args(arguments).stdin(stdin()).spawn()?,
        child => child?,
    };
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // It need not read what git tells it.
        match stdin.write_all(input) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    let status = child.wait()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok((!status.success()).then_some(code.max(1)))
}

/// Whether git would run it.
#[cfg(unix)]
pub fn is_runnable(hook: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    hook.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Whether git would run it.
#[cfg(not(unix))]
pub fn is_runnable(hook: &Path) -> bool {
    hook.is_file()
}

#[cfg(unix)]
fn command(hook: &Path) -> Command {
    Command::new(hook)
}

/// Git for Windows brings a shell and runs hooks with it.
#[cfg(not(unix))]
fn command(hook: &Path) -> Command {
    shell(hook)
}

fn shell(hook: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg(hook);
    command
}

/// Whether the system does not know how to run a file, such as a script without `#!`. Git runs those with a shell.
fn is_plain_script(error: &io::Error) -> bool {
    cfg!(unix) && error.raw_os_error() == Some(8)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn hook(text: &str, mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hook");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn it_gets_what_git_gave_and_its_refusal_counts() {
        let (folder, path) = hook("#!/bin/sh\necho \"$1\" > \"$0.seen\"; cat >> \"$0.seen\"; exit 3\n", 0o755);
        assert_eq!(run(&path, &["origin".into()], Some(b"a line\n")).unwrap(), Some(3));
        assert_eq!(fs::read_to_string(folder.path().join("hook.seen")).unwrap(), "origin\na line\n");
    }

    #[test]
    fn one_that_reads_nothing_agrees_all_the_same() {
        let (_folder, path) = hook("#!/bin/sh\nexit 0\n", 0o755);
        assert_eq!(run(&path, &[], Some(&vec![b'x'; 1 << 20])).unwrap(), None);
    }

    #[test]
    fn a_script_without_a_first_line_runs_and_one_that_may_not_run_does_not() {
        let (_folder, path) = hook("exit 4\n", 0o755);
        assert_eq!(run(&path, &[], None).unwrap(), Some(4));
        let (_folder, path) = hook("#!/bin/sh\nexit 4\n", 0o644);
        assert_eq!(run(&path, &[], None).unwrap(), None);
        assert_eq!(run(Path::new("/nonexistent"), &[], None).unwrap(), None);
    }
}
