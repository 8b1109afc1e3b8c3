//! Brings a repository from elsewhere: a bare clone by the user's own git, with their credentials and proxies, into a temporary
//! folder that goes away with the value returned.
//!
//! This is the one place where git is run. Nothing of the clone is checked out, no hook or template is there to run, and only https,
//! ssh and files are fetched from, whatever the host or a rewritten URL says. A password in the URL is handed to git in its credential
//! protocol: on a command line it would be there for all to see, and in a message it would be told.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    mem,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use bstr::ByteSlice;

use super::{
    Stop, files,
    targets::{Parts, RepoUrl},
};

/// A clone. Its folder is removed when this is dropped.
#[derive(Debug)]
pub struct Cloned {
    folder: Option<tempfile::TempDir>,
    path: PathBuf,
}

/// Why nothing could be cloned.
#[derive(Debug, thiserror::Error)]
pub enum CloneError {
    /// There is no git on the path.
    #[error("cannot clone {url}: git is not installed, or not on PATH")]
    NoGit {
        /// The URL, without its password.
        url: String,
    },
    /// Git said no.
    #[error("cannot clone {url}: git ended with {status}: {message}")]
    Failed {
        /// The URL, without its password.
        url: String,
        /// How git ended.
        status: ExitStatus,
        /// The end of what git said, without the password.
        message: String,
    },
    /// User or password cannot be handed on.
    #[error("cannot clone {url}: its user or password has a line end in it")]
    Credentials {
        /// The URL, without its password.
        url: String,
    },
    /// The scan was stopped.
    #[error("cloning {url} was stopped")]
    Stopped {
        /// The URL, without its password.
        url: String,
    },
    /// The temporary folder could not be made or git not be run.
    #[error("cannot clone {url}: {source}")]
    System {
        /// The URL, without its password.
        url: String,
        /// What the system said.
        source: io::Error,
    },
}

/// How to clone.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Every ref of the host, pull requests and notes too; otherwise branches and tags.
    pub mirror: bool,
    /// The folder to make the temporary one in; `None`: the system's.
    pub parent: Option<PathBuf>,
    /// The git program; `None`: the one on the path.
    pub program: Option<PathBuf>,
}

/// The repository's name in the temporary folder.
const NAME: &str = "repo.git";

/// Between two looks at whether git has ended.
const PAUSE: Duration = Duration::from_millis(20);

/// So much of the end of what git says is told.
const MESSAGE: u64 = 2000;

/// Clones. Once `stop` says true, git is ended and the folder removed.
pub fn clone(url: &RepoUrl, options: &Options, stop: &Stop<'_>) -> Result<Cloned, CloneError> {
    let system = |source| CloneError::System { url: url.shown(), source };
    let mut builder = tempfile::Builder::new();
    builder.prefix("keysweep-");
    let folder = match &options.parent {
        Some(parent) => builder.tempdir_in(parent),
        None => builder.tempdir(),
    };
    let cloned = Cloned::in_folder(folder.map_err(system)?);
    let said_path = cloned.path.with_file_name("said");
    let said = File::create(&said_path).map_err(system)?;
    let mut command = command(url, options, &cloned.path)?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => CloneError::NoGit { url: url.shown() },
        _ => system(error),
    })?;
    match wait(&mut child, stop).map_err(system)? {
        None => Err(CloneError::Stopped { url: url.shown() }),
        Some(status) if status.success() => Ok(cloned),
        Some(status) => {
            let message = redacted(&end_of(&said_path).map_err(system)?, url);
            Err(CloneError::Failed { url: url.shown(), status, message })
        }
    }
}

/// Folders of clones that are there, for an end of the program that drops nothing.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn folders() -> MutexGuard<'static, Vec<PathBuf>> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the folders of all clones, before the program ends at once.
pub fn remove_all() {
    mem::take(&mut *folders()).iter().for_each(|folder| remove(folder));
}

fn remove(folder: &Path) {
    // Where git was ended, a process of it may write for a moment longer.
    for _ in 0..50 {
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => thread::sleep(PAUSE),
            _ => return,
        }
    }
}

impl Cloned {
    fn in_folder(folder: tempfile::TempDir) -> Self {
        folders().push(folder.path().to_owned());
        let path = folder.path().join(NAME);
        Self { folder: Some(folder), path }
    }

    /// The bare repository.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Cloned {
    fn drop(&mut self) {
        let Some(folder) = self.folder.take() else { return };
        let path = folder.keep();
        remove(&path);
        folders().retain(|other| *other != path);
    }
}

fn wait(child: &mut Child, stop: &Stop<'_>) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            // Ctrl-C reaches git as well, which may end before we are told to.
            return Ok(if stop() { None } else { Some(status) });
        }
        if stop() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
}

/// Variables that speak of another repository, or would put something into the clone.
const FOREIGN: [&str; 12] = [
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_TEMPLATE_DIR",
    "GIT_DEFAULT_HASH",
];

/// Settings that win over the user's: nothing runs beside the clone, and what comes out can be read.
const SETTINGS: [(&str, &str); 8] = [
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("init.templateDir", ""),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("clone.rejectShallow", "false"),
];

/// Answers git's question for credentials from two variables.
const HELPER: &str = "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \
                      \"$KEYSWEEP_CLONE_USER\" \"$KEYSWEEP_CLONE_PASSWORD\"; }; f";

fn command(url: &RepoUrl, options: &Options, path: &Path) -> Result<Command, CloneError> {
    let mut command = Command::new(options.program.as_deref().unwrap_or(Path::new("git")));
    for name in FOREIGN {
        command.env_remove(name);
    }
    command
        .env("GIT_ALLOW_PROTOCOL", "https:ssh:file")
        .env("GIT_DEFAULT_REF_FORMAT", "files")
        .env("GIT_NO_LAZY_FETCH", "1");
    let mut settings: Vec<(&str, String)> = SETTINGS.map(|(key, value)| (key, value.to_owned())).to_vec();
    let parts = url.parts();
    let credentials = credentials(url, &parts)?;
    if let Some((user, password)) = &credentials {
        match password {
            Some(password) => {
                // The first, empty one takes back the user's own helpers: they may know another user of this host, and must not keep
                // what was given for once.
                settings.extend([("credential.helper", String::new()), ("credential.helper", HELPER.to_owned())]);
                command.env("KEYSWEEP_CLONE_USER", user).env("KEYSWEEP_CLONE_PASSWORD", password);
            }
            None => settings.push(("credential.username", user.clone())),
        }
    }
    set(&mut command, &settings);
    command.arg("clone").arg(if options.mirror { "--mirror" } else { "--bare" }).args(["--quiet", "--template=", "--"]);
    let user = parts.user.filter(|_| !url.is_https()).map(|user| format!("{user}@")).unwrap_or_default();
    command.arg(format!("{}{user}{}", parts.scheme, parts.rest)).arg(path);
    Ok(command)
}

/// User and password of an https URL, decoded.
fn credentials(url: &RepoUrl, parts: &Parts<'_>) -> Result<Option<(String, Option<String>)>, CloneError> {
    let Some(user) = parts.user.filter(|_| url.is_https()) else { return Ok(None) };
    let (user, password) = (decoded(user), parts.password.map(decoded));
    if user.contains(['\n', '\r', '\0']) || password.as_ref().is_some_and(|text| text.contains(['\n', '\r', '\0'])) {
        return Err(CloneError::Credentials { url: url.shown() });
    }
    Ok(Some((user, password)))
}

/// Adds settings behind those that the variables have already.
fn set(command: &mut Command, settings: &[(&str, String)]) {
    let before: usize = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(0);
    for (at, (key, value)) in settings.iter().enumerate() {
        command.env(format!("GIT_CONFIG_KEY_{}", before + at), key);
        command.env(format!("GIT_CONFIG_VALUE_{}", before + at), OsString::from(value));
    }
    command.env("GIT_CONFIG_COUNT", (before + settings.len()).to_string());
}

/// Takes percent signs for what they stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digit = |at: usize| (*behind.get(at)? as char).to_digit(16);
        match (*first == b'%').then(|| Some(digit(0)? * 16 + digit(1)?)).flatten() {
            Some(byte) => {
                bytes.push(byte as u8);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn end_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MESSAGE)))?;
    let mut bytes = Vec::new();
    file.take(MESSAGE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What git said, in one line, without the URL's user and password.
fn redacted(said: &[u8], url: &RepoUrl) -> String {
    let mut text = said.to_str_lossy().lines().map(str::trim).collect::<Vec<_>>().join("; ");
    let parts = url.parts();
    // For ssh the user is no secret.
    let user = parts.user.filter(|_| url.is_https());
    for secret in [parts.password, user].into_iter().flatten().flat_map(|part| [part.to_owned(), decoded(part)]) {
        if !secret.is_empty() {
            text = text.replace(&secret, "***");
        }
    }
    files::plain(text.as_bytes().as_bstr())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::targets::Target;

    /// In `text`, `{-}` stands for nothing.
    fn url(text: &str) -> RepoUrl {
        match Target::parse(text.replace("{-}", "").as_bytes().as_bstr()) {
            Ok(Target::Url(url)) => url,
            other => panic!("{other:?}"),
        }
    }

    fn arguments(text: &str) -> (Vec<String>, Vec<(String, String)>) {
        let command = command(&url(text), &Options::default(), Path::new("to")).unwrap();
        let arguments = command.get_args().map(|word| word.to_str().unwrap().to_owned()).collect();
        let text = |word: &std::ffi::OsStr| word.to_str().unwrap().to_owned();
        (arguments, command.get_envs().filter_map(|(name, value)| Some((text(name), text(value?)))).collect())
    }

    #[test]
    fn a_password_is_on_no_command_line() {
        let (words, variables) = arguments("https://user:{-}p%40ss@host/x");
        assert_eq!(words, ["clone", "--bare", "--quiet", "--template=", "--", "https://host/x", "to"]);
        assert!(variables.contains(&("KEYSWEEP_CLONE_PASSWORD".into(), "p@ss".into())));
        let (words, variables) = arguments("https://token@host/x");
        assert_eq!(words[5], "https://host/x");
        assert!(variables.iter().any(|(_, value)| value == "token"));
        assert_eq!(arguments("ssh://git:{-}pass@host/x").0[5], "ssh://git@host/x");
        assert_eq!(arguments("git@host:x").0[5], "git@host:x");
    }

    #[test]
    fn what_git_says_is_told_without_password() {
        let said = "fatal: no 'https://us%20er:{-}p%40ss@host/x'\n\x1b[31m us er p@ss\n".replace("{-}", "");
        let text = redacted(said.as_bytes(), &url("https://us%20er:{-}p%40ss@host/x"));
        assert_eq!(text, "fatal: no 'https://***:***@host/x'; ?[31m *** ***");
    }

    #[test]
    fn credentials_of_two_lines_are_refused() {
        let failed = command(&url("https://u:{-}a%0Ahost=evil@host/x"), &Options::default(), Path::new("to"));
        assert!(matches!(failed, Err(CloneError::Credentials { .. })));
    }
}
