//! A home folder with a repository in it, and git in an environment of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use keysweep::rule::RuleSet;

/// A home folder with a repository `repo`; both are gone with it.
pub struct Place {
    folder: tempfile::TempDir,
}

/// What a command left.
pub struct Run {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

impl Place {
    /// With an empty repository.
    pub fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(place.home()).unwrap();
        // The program stands on the PATH by its own name only.
        fs::create_dir_all(place.path("bin")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_keysweep"), place.path("bin/keysweep")).unwrap();
        #[cfg(not(unix))]
        fs::copy(env!("CARGO_BIN_EXE_keysweep"), place.path("bin/keysweep.exe")).unwrap();
        let home = place.home();
        place.git_in(&home, &["init", "-q", "-b", "main", place.repo().to_str().unwrap()]).done();
        place
    }

    /// With a first commit, and hooks for these stages.
    pub fn with(stages: &[&str]) -> Self {
        let place = Self::new();
        place.write("README", "read me\n");
        place.git(&["add", "-A"]).done();
        place.git(&["commit", "-q", "-m", "first"]).done();
        if !stages.is_empty() {
            place.install(stages);
        }
        place
    }

    pub fn install(&self, stages: &[&str]) {
        let mut arguments = vec!["hook", "install"];
        stages.iter().for_each(|stage| arguments.extend(["--stage", stage]));
        self.keysweep(&arguments).done();
    }

    /// A path beside the repository.
    pub fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap().join(name)
    }

    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub fn repo(&self) -> PathBuf {
        self.path("repo")
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        write(&self.repo().join(name), text);
    }

    pub fn git(&self, arguments: &[&str]) -> Run {
        self.git_in(&self.repo(), arguments)
    }

    pub fn git_in(&self, folder: &Path, arguments: &[&str]) -> Run {
        Run::of(self.command("git", folder).args(arguments).output().unwrap())
    }

    pub fn keysweep(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(env!("CARGO_BIN_EXE_keysweep"), &self.repo()).args(arguments).output().unwrap())
    }

    /// A command with nothing of this machine's settings.
    pub fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths([self.path("bin")].into_iter().chain(std::env::split_paths(&path))).unwrap();
        command.current_dir(folder).env_clear().env("PATH", path).env("HOME", self.home());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_EDITOR", "true").env("GIT_TERMINAL_PROMPT", "0");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ana").env(format!("GIT_{who}_EMAIL"), "ana@example.com");
        }
        command
    }

    /// Adds all and commits without hooks.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]).done();
        self.git(&["commit", "-q", "--no-verify", "--allow-empty", "-m", message]).done();
        self.head()
    }

    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).done().trim().to_owned()
    }

    /// A bare repository beside it, as the remote `origin`.
    pub fn origin(&self) -> PathBuf {
        let origin = self.path("origin.git");
        self.git(&["init", "-q", "--bare", "-b", "main", origin.to_str().unwrap()]).done();
        self.git(&["remote", "add", "origin", origin.to_str().unwrap()]).done();
        origin
    }
}

impl Run {
    pub fn of(output: Output) -> Self {
        Self {
            ok: output.status.success(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It must have gone well; what it printed.
    #[track_caller]
    pub fn done(self) -> String {
        assert!(self.ok, "{self:?}");
        self.out
    }

    /// It must have been stopped by us, because of a key.
    #[track_caller]
    pub fn stopped(self) -> String {
        assert!(!self.ok && self.err.contains("keysweep stopped this"), "{self:?}");
        assert!(!self.err.contains(&key()) && !self.out.contains(&key()), "the key is shown: {self:?}");
        self.err
    }

    /// It must have gone well without a word of ours.
    #[track_caller]
    pub fn silent(self) {
        assert!(self.ok && !self.err.contains("keysweep") && !self.out.contains("keysweep"), "{self:?}");
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "went well: {}\n--- stdout\n{}\n--- stderr\n{}", self.ok, self.out, self.err)
    }
}

pub fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A hook of somebody else.
pub fn hook(path: &Path, text: &str) {
    write(path, text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// A GitHub token: the first example of its rule.
pub fn key() -> String {
    let set = RuleSet::embedded();
    let rule = set.get(set.find("github-pat-classic").unwrap());
    let text = &rule.examples[0];
    let start = text.find("ghp_").unwrap();
    text[start..].chars().take_while(|char| char.is_ascii_alphanumeric() || *char == '_').collect()
}

/// A line of Python with the key.
pub fn line() -> String {
    format!("deploy_token = \"{}\"\n", key())
}

/// Every file below a folder with its bytes, sorted.
pub fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                all.push((path.clone(), fs::read(path).unwrap()));
            }
        }
    }
    all.sort();
    all
}
