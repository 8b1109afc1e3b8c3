//! A folder to run the program in.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use keysweep::rule::RuleSet;
use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder with a `work` folder in it, in which the program runs with nothing of this machine's environment.
pub struct Sandbox {
    folder: TempDir,
}

/// What a run left.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        Self { folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keysweep"));
        command.args(arguments).current_dir(self.path()).env_clear().env("HOME", self.folder.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }

    /// Runs `keysweep scan --format json` and reads what it wrote.
    pub fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let run = self.run(&[&["scan", "--format", "json"], arguments].concat());
        let value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
        (run.code, value)
    }

    /// Makes `work` a git repository.
    pub fn init(&self) -> &Self {
        git2::Repository::init(self.path()).unwrap();
        self
    }

    /// Commits all files as they are; `day` counts from 2020-01-01.
    pub fn commit(&self, message: &str, day: i64) -> String {
        self.commit_in(".", message, day)
    }

    /// The same in a repository in a folder of `work`.
    pub fn commit_in(&self, folder: &str, message: &str, day: i64) -> String {
        let repository = git2::Repository::open(self.path().join(folder)).unwrap();
        let mut index = repository.index().unwrap();
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
        index.update_all(["*"], None).unwrap();
        index.write().unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let when = git2::Time::new(1_577_836_800 + day * 86_400, 60);
        let who = git2::Signature::new("Ana", "ana@example.com", &when).unwrap();
        let parent = repository.head().ok().map(|head| head.peel_to_commit().unwrap());
        let parents: Vec<&git2::Commit> = parent.iter().collect();
        repository.commit(Some("HEAD"), &who, &who, message, &tree, &parents).unwrap().to_string()
    }
}

impl Sandbox {
    /// Runs the machine's git in `work`.
    pub fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.current_dir(self.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        git.env("HOME", self.folder.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "Ana").env(format!("GIT_{who}_EMAIL"), "ana@example.com");
        }
        let output = git.args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Run {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// A GitHub token: the first example of its rule.
pub fn key() -> String {
    example(0)
}

/// Another one.
pub fn other_key() -> String {
    example(1)
}

fn example(at: usize) -> String {
    let set = RuleSet::embedded();
    let rule = set.get(set.find("github-pat-classic").unwrap());
    let text = &rule.examples[at];
    let start = text.find("ghp_").unwrap();
    text[start..].chars().take_while(|char| char.is_ascii_alphanumeric() || *char == '_').collect()
}

/// The report without what depends on the clock.
pub fn without_clock(mut report: Value) -> Value {
    report["summary"]["started_at"] = Value::Null;
    report["summary"]["elapsed_ms"] = Value::Null;
    for finding in report["findings"].as_array_mut().unwrap() {
        finding["exposed_days"] = Value::Null;
    }
    report
}

/// Everything below `folder`, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
