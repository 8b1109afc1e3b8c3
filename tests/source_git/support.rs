//! Repositories in temporary folders.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use bstr::ByteSlice;
use keysweep::{
    blob::Fresh,
    location::Oid,
    source::{Origin, Outcome},
};

/// A repository and the folder that it lies in, both gone with it.
pub struct TestRepo {
    _folder: tempfile::TempDir,
    /// Top of the work tree, or the bare repository.
    pub path: PathBuf,
}

impl TestRepo {
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With these arguments for `git init`.
    pub fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(folder.path()).unwrap().join("repo");
        fs::create_dir(&path).unwrap();
        let repo = Self { _folder: folder, path };
        repo.git(&[&["init", "-q", "-b", "main"], arguments].concat());
        repo
    }

    /// A file or folder beside the repository.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.path.parent().unwrap().join(name)
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        git_in(&self.path, arguments)
    }

    /// What git says, byte for byte.
    pub fn raw(&self, arguments: &[&str]) -> Vec<u8> {
        try_git(&self.path, arguments).stdout
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        write(&self.path.join(name), content);
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.path.join(name)).unwrap();
    }

    /// Commits everything that is not ignored.
    pub fn commit(&self, message: &str) -> Oid {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.rev("HEAD")
    }

    pub fn rev(&self, name: &str) -> Oid {
        Oid::from_hex(self.git(&["rev-parse", name]).as_bytes()).unwrap()
    }
}

pub fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Runs git with nothing of the user's settings; what it says, without the last line's end.
pub fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let output = try_git(folder, arguments);
    assert!(output.status.success(), "git {arguments:?}: {}", output.stderr.as_bstr());
    String::from_utf8(output.stdout).unwrap().trim_end_matches('\n').to_owned()
}

pub fn try_git(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.current_dir(folder).args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    for (name, value) in [
        ("HOME", "/nonexistent"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_AUTHOR_NAME", "A"),
        ("GIT_AUTHOR_EMAIL", "a@example.com"),
        ("GIT_COMMITTER_NAME", "C"),
        ("GIT_COMMITTER_EMAIL", "c@example.com"),
        ("GIT_AUTHOR_DATE", "1700000000 +0000"),
        ("GIT_COMMITTER_DATE", "1700000000 +0000"),
        ("GIT_ALLOW_PROTOCOL", "file"),
    ] {
        command.env(name, value);
    }
    command.output().unwrap()
}

/// One blob that a source showed: where it comes from, its text, and which of it is fresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub origin: Origin,
    pub text: String,
    pub fresh: String,
}

impl Shown {
    pub fn path(&self) -> String {
        self.origin.path.as_ref().map(|path| path.to_string()).unwrap_or_default()
    }
}

pub fn show(origin: &Origin, bytes: &[u8], fresh: Fresh<'_>) -> Option<Shown> {
    let fresh = match fresh {
        Fresh::All => bytes.to_vec(),
        Fresh::Ranges(ranges) => ranges.iter().flat_map(|range| bytes[range.clone()].to_vec()).collect(),
        Fresh::Copied(_) => panic!("a source outside of history copies nothing"),
    };
    let text = |bytes: &[u8]| bytes.to_str_lossy().into_owned();
    Some(Shown { origin: origin.clone(), text: text(bytes), fresh: text(&fresh) })
}

/// The paths that were shown, in order.
pub fn paths(outcome: &Outcome<Shown>) -> Vec<String> {
    outcome.found.iter().map(Shown::path).collect()
}

/// Numbers that look random and are the same in every run.
pub struct Random(pub u64);

impl Random {
    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}
