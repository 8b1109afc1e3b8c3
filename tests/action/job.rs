//! A job: a server's repository, a checkout of it as actions/checkout makes it, and an event.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use keysweep::rule::RuleSet;
use serde_json::{Value, json};

/// Folders of one job.
pub struct Job {
    folder: tempfile::TempDir,
}

/// What a job left.
#[derive(Debug)]
pub struct Left {
    pub code: i32,
    pub log: String,
    pub err: String,
    pub summary: String,
    pub outputs: String,
}

impl Job {
    /// With a server's repository of three commits on `main`; `work` is where its authors write.
    pub fn new() -> Self {
        let job = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["home", "temp"] {
            fs::create_dir(job.path(name)).unwrap();
        }
        job.git("home", &["init", "-q", "--bare", "-b", "main", job.path("server.git").to_str().unwrap()]);
        // As GitHub does: any object may be asked for.
        job.git("server.git", &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        job.git("home", &["clone", "-q", job.url().as_str(), job.path("work").to_str().unwrap()]);
        for name in ["one", "two", "three"] {
            job.commit(&format!("{name}.py"), &format!("{name}\n"));
        }
        job.git("work", &["push", "-q", "origin", "HEAD:main"]);
        job
    }

    pub fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.folder.path()).unwrap().join(name)
    }

    pub fn url(&self) -> String {
        format!("file://{}", self.path("server.git").display())
    }

    pub fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let output = self.command("git", folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub fn command(&self, program: &str, folder: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path(folder)).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", self.path("home")).env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ana").env(format!("GIT_{who}_EMAIL"), "ana@example.com");
        }
        command
    }

    /// Writes a file and commits it; the commit's id.
    pub fn commit(&self, name: &str, text: &str) -> String {
        let path = self.path("work").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self.git("work", &["add", "-A"]);
        self.git("work", &["commit", "-q", "-m", name]);
        self.head()
    }

    /// Removes a file and commits that.
    pub fn remove(&self, name: &str) -> String {
        fs::remove_file(self.path("work").join(name)).unwrap();
        self.git("work", &["commit", "-q", "-a", "-m", "remove"]);
        self.head()
    }

    pub fn head(&self) -> String {
        self.git("work", &["rev-parse", "HEAD"])
    }

    pub fn push(&self, refspec: &str) {
        self.git("work", &["push", "-q", "--force", "origin", refspec]);
    }

    /// Checks a commit out as actions/checkout does: nothing but what is asked for is fetched. `depth` 0 is all branches and tags.
    pub fn checkout(&self, commit: &str, depth: u32) {
        let _ = fs::remove_dir_all(self.path("checkout"));
        self.git("home", &["init", "-q", self.path("checkout").to_str().unwrap()]);
        self.git("checkout", &["remote", "add", "origin", &self.url()]);
        let mut fetch = vec!["fetch".to_owned(), "-q".into(), "--no-tags".into()];
        if depth > 0 {
            fetch.push(format!("--depth={depth}"));
        }
        fetch.extend(["origin".to_owned(), commit.to_owned()]);
        if depth == 0 {
            fetch.extend(["+refs/heads/*:refs/remotes/origin/*".to_owned(), "+refs/tags/*:refs/tags/*".into()]);
        }
        self.git("checkout", &fetch.iter().map(String::as_str).collect::<Vec<_>>());
        self.git("checkout", &["checkout", "-q", "--detach", commit]);
    }

    /// The variables of a job with an event.
    pub fn variables(&self, event: &str, payload: &Value) -> Vec<(String, String)> {
        let at = |name: &str| self.path(name).to_str().unwrap().to_owned();
        fs::write(self.path("event.json"), payload.to_string()).unwrap();
        for name in ["outputs", "summary"] {
            fs::write(self.path(name), "").unwrap();
        }
        [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_EVENT_NAME", event.to_owned()),
            ("GITHUB_EVENT_PATH", at("event.json")),
            ("GITHUB_OUTPUT", at("outputs")),
            ("GITHUB_STEP_SUMMARY", at("summary")),
            ("GITHUB_WORKSPACE", at("checkout")),
            ("RUNNER_TEMP", at("temp")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Runs `keysweep ci` in the checkout.
    pub fn ci(&self, event: &str, payload: &Value, arguments: &[&str]) -> Left {
        let mut command = self.command(env!("CARGO_BIN_EXE_keysweep"), "checkout");
        let output = command.arg("ci").args(arguments).envs(self.variables(event, payload)).output().unwrap();
        self.left(output)
    }

    pub fn left(&self, output: Output) -> Left {
        let read = |name: &str| fs::read_to_string(self.path(name)).unwrap();
        let left = Left {
            code: output.status.code().unwrap_or(-1),
            log: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            summary: read("summary"),
            outputs: read("outputs"),
        };
        for text in [&left.log, &left.err, &left.summary, &left.outputs] {
            assert!(!text.contains(&key()), "the key is told: {left:?}");
        }
        left
    }
}

impl Left {
    /// The value of an output.
    pub fn output(&self, name: &str) -> &str {
        let line = self.outputs.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("no output {name}: {self:?}"))
    }

    /// It was complete, and found so many secrets.
    #[track_caller]
    pub fn found(&self, count: u32) {
        let expected = i32::from(count > 0);
        assert_eq!((self.code, self.output("complete")), (expected, "true"), "{self:?}");
        assert_eq!(self.output("findings"), count.to_string(), "{self:?}");
    }
}

pub fn push(name: &str, before: &str, after: &str, commits: usize) -> Value {
    json!({
        "ref": name, "before": before, "after": after, "forced": false,
        "commits": vec![json!({}); commits], "repository": {"default_branch": "main", "full_name": "acme/app"},
    })
}

pub fn pull_request(base: &str, head: &str, commits: usize, from: &str, branch: &str) -> Value {
    json!({
        "action": "synchronize", "number": 7,
        "pull_request": {
            "title": "a title\n::set-output name=x::y $(touch pwned)", "commits": commits,
            "base": {"ref": "main", "sha": base, "repo": {"full_name": "acme/app"}},
            "head": {"ref": branch, "sha": head, "repo": {"full_name": from}},
        },
    })
}

pub const NOTHING: &str = "0000000000000000000000000000000000000000";

pub fn key() -> String {
    let set = RuleSet::embedded();
    let rule = set.get(set.find("github-pat-classic").unwrap());
    let text = &rule.examples[0];
    let start = text.find("ghp_").unwrap();
    text[start..].chars().take_while(|char| char.is_ascii_alphanumeric() || *char == '_').collect()
}

pub fn line() -> String {
    format!("deploy_token = \"{}\"\n", key())
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
