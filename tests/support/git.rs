//! Throw-away repositories made by the user's git, shielded from the user's configuration.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A repository in a temporary folder; removed when dropped.
pub struct TestRepo {
    dir: tempfile::TempDir,
}

#[allow(dead_code, reason = "each test binary uses a part")]
impl TestRepo {
    /// An empty repository with a working tree, on branch `main`.
    pub fn init() -> Self {
        Self::init_with(&[])
    }

    /// The same, with further arguments for `git init`.
    pub fn init_with(arguments: &[&str]) -> Self {
        let repo = Self { dir: tempfile::tempdir().expect("a temporary folder") };
        repo.git(&[&["init", "--quiet", "--initial-branch=main"], arguments].concat());
        repo
    }

    /// The working tree.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The object directory.
    pub fn objects(&self) -> PathBuf {
        self.path().join(".git/objects")
    }

    /// Runs git and returns what it printed.
    pub fn git(&self, arguments: &[&str]) -> Vec<u8> {
        self.git_with_input(arguments, b"")
    }

    /// Runs git with bytes on standard input.
    pub fn git_with_input(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = command(self.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git runs");
        let mut stdin = child.stdin.take().expect("piped");
        let input = input.to_owned();
        // A command that does not read its input closes it early.
        let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &input).is_ok());
        let output = child.wait_with_output().expect("git ends");
        writer.join().expect("the writer ends");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        output.stdout
    }

    /// Writes a file, stages and commits it; the new commit's id in hexadecimal.
    pub fn commit_file(&self, path: &str, content: &[u8], message: &str) -> String {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().expect("lies in a folder")).expect("folder is made");
        std::fs::write(file, content).expect("file is written");
        self.git(&["add", "--force", "--", path]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        String::from_utf8(self.git(&["rev-parse", "HEAD"])).expect("an id").trim().to_owned()
    }
}

/// Git in a folder, with fixed people and dates and nobody's configuration.
pub fn command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "Ann Author")
        .env("GIT_AUTHOR_EMAIL", "ann@example.com")
        .env("GIT_AUTHOR_DATE", "2024-01-02T03:04:05 +0000")
        .env("GIT_COMMITTER_NAME", "Carl Committer")
        .env("GIT_COMMITTER_EMAIL", "carl@example.com")
        .env("GIT_COMMITTER_DATE", "2024-01-02T03:04:05 +0000");
    command
}
