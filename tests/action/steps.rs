//! The action's steps, run as a runner runs them: expressions are filled in, `run` goes to bash with variables only, outputs are read
//! back from the file that steps write them to. Actions of others are noted and not run.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, process::Output};

use serde_json::Value as Json;
use serde_yaml_ng::Value;

use crate::job::{Job, line, pull_request, push, root};

/// A runner with the action and its inputs.
struct Runner<'j> {
    job: &'j Job,
    action: Value,
    inputs: BTreeMap<String, String>,
    outputs: BTreeMap<(String, String), String>,
    /// `steps.X.outcome` of actions of others.
    outcomes: BTreeMap<String, &'static str>,
    /// Actions of others that would have run.
    used: Vec<String>,
    log: String,
    program: Program,
}

/// How the program comes to the job.
#[derive(Clone, Copy, PartialEq)]
enum Program {
    /// From an archive with the checksum that is listed.
    Archive,
    /// From one with another.
    Swapped,
    /// There is none: cargo builds it.
    Built,
}

impl<'j> Runner<'j> {
    fn new(job: &'j Job, inputs: &[(&str, &str)], program: Program) -> Self {
        let text = fs::read_to_string(root().join("action.yml")).unwrap();
        let action: Value = serde_yaml_ng::from_str(&text).unwrap();
        let mut all = BTreeMap::new();
        for (name, input) in action["inputs"].as_mapping().unwrap() {
            all.insert(name.as_str().unwrap().to_owned(), input["default"].as_str().unwrap().to_owned());
        }
        for (name, value) in inputs {
            assert!(all.insert((*name).to_owned(), (*value).to_owned()).is_some(), "no input {name}");
        }
        let runner = Self {
            job,
            action,
            inputs: all,
            outputs: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            used: Vec::new(),
            log: String::new(),
            program,
        };
        runner.place_the_action();
        runner
    }

    /// The action as GitHub unpacks it, and in place of the network a `curl` and a `cargo` that have what a server would give.
    fn place_the_action(&self) {
        // Each job has a machine of its own.
        fs::remove_dir_all(self.job.path("temp")).unwrap();
        fs::create_dir(self.job.path("temp")).unwrap();
        let action = self.job.path("action");
        fs::create_dir_all(action.join("action")).unwrap();
        for name in ["Cargo.toml", "action/get.sh", "action/scan.sh", "action/end.sh", "action/checksums.txt"] {
            fs::copy(root().join(name), action.join(name)).unwrap();
        }
        let files = self.job.path("served");
        fs::create_dir_all(&files).unwrap();
        // In the archive lies a script in place of the program, which is large where it is built for tests.
        let stand_in = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_keysweep"));
        fs::write(files.join("keysweep"), stand_in).unwrap();
        fs::set_permissions(files.join("keysweep"), fs::Permissions::from_mode(0o755)).unwrap();
        if self.program != Program::Built {
            let asset = concat!("keysweep-", env!("CARGO_PKG_VERSION"), "-x86_64-unknown-linux-musl.tar.gz");
            self.job.command("tar", "served").args(["-czf", asset, "keysweep"]).output().unwrap();
            let sum = self.job.command("sha256sum", "served").arg(asset).output().unwrap();
            let mut sum = String::from_utf8(sum.stdout).unwrap();
            if self.program == Program::Swapped {
                sum.replace_range(..1, if sum.starts_with('0') { "1" } else { "0" });
            }
            fs::write(action.join("action/checksums.txt"), format!("# comment\n{sum}")).unwrap();
        }
        let bin = self.job.path("bin");
        let script = |name: &str, text: &str| {
            fs::create_dir_all(&bin).unwrap();
            fs::write(bin.join(name), text).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        };
        let served = files.display();
        script(
            "curl",
            &format!(
                "#!/bin/bash\nwhile [[ $# -gt 1 ]]; do [[ $1 != --output ]] || to=$2; shift; done\ncp \"{served}/${{1##*/}}\" \"$to\"\n"
            ),
        );
        script(
            "cargo",
            &format!(
                "#!/bin/bash\nwhile [[ $1 != --root ]]; do shift; done\nmkdir -p \"$2/bin\" && cp {served}/keysweep \"$2/bin/\" && echo built >> \"$HOME/built\"\n"
            ),
        );
    }

    /// Runs all steps; the last one's exit code is the action's.
    fn run(&mut self, event: &str, payload: &Json) -> i32 {
        let variables = self.job.variables(event, payload);
        let steps = self.action["runs"]["steps"].as_sequence().unwrap().clone();
        let mut code = 0;
        for step in &steps {
            let id = step["id"].as_str().unwrap_or_default().to_owned();
            let wanted = step["if"].as_str().is_none_or(|condition| self.holds(condition));
            if code != 0 || !wanted {
                self.outcomes.insert(id, "skipped");
                continue;
            }
            if let Some(used) = step["uses"].as_str() {
                self.used.push(used.split('@').next().unwrap().to_owned());
                self.outcomes.insert(id, if used.starts_with("github/") { "failure" } else { "success" });
                continue;
            }
            let output = self.shell(step, &variables);
            self.log.push_str(&String::from_utf8_lossy(&output.stdout));
            self.log.push_str(&String::from_utf8_lossy(&output.stderr));
            code = output.status.code().unwrap_or(-1);
            self.read_outputs(&id);
        }
        code
    }

    fn shell(&self, step: &Value, variables: &[(String, String)]) -> Output {
        assert_eq!(step["shell"].as_str(), Some("bash"));
        let run = step["run"].as_str().unwrap();
        assert!(!run.contains("${{"), "{run}");
        let mut command = self.job.command("bash", "checkout");
        let path = std::env::join_paths(
            [self.job.path("bin")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", run]).env("PATH", path.unwrap());
        command.envs(variables.iter().cloned()).env("GITHUB_ACTION_PATH", self.job.path("action"));
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        for (name, value) in step["env"].as_mapping().into_iter().flatten() {
            command.env(name.as_str().unwrap(), self.filled(value.as_str().unwrap()));
        }
        command.output().unwrap()
    }

    fn read_outputs(&mut self, id: &str) {
        for line in fs::read_to_string(self.job.path("outputs")).unwrap().lines() {
            if let Some((name, value)) = line.split_once('=') {
                self.outputs.entry((id.to_owned(), name.to_owned())).or_insert_with(|| value.to_owned());
            }
        }
    }

    fn filled(&self, text: &str) -> String {
        let Some(expression) = text.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}")) else {
            return text.to_owned();
        };
        self.value(expression)
    }

    fn value(&self, expression: &str) -> String {
        let words: Vec<&str> = expression.split('.').collect();
        match words[..] {
            ["inputs", name] => self.inputs[name].clone(),
            ["steps", id, "outputs", name] => {
                self.outputs.get(&(id.to_owned(), name.to_owned())).cloned().unwrap_or_default()
            }
            ["steps", id, "outcome"] => self.outcomes.get(id).copied().unwrap_or("skipped").to_owned(),
            _ => panic!("an expression that this runner does not know: {expression}"),
        }
    }

    fn holds(&self, condition: &str) -> bool {
        let (left, equal, right) = match condition.split_once(" == ") {
            Some((left, right)) => (left, true, right),
            None => condition.split_once(" != ").map(|(left, right)| (left, false, right)).unwrap(),
        };
        (self.value(left) == right.trim_matches('\'')) == equal
    }
}

fn with_a_key() -> (Job, String, String) {
    let job = Job::new();
    let base = job.head();
    let head = job.commit("a.py", &line());
    job.push("HEAD:main");
    job.checkout(&head, 1);
    (job, base, head)
}

#[test]
fn a_push_with_a_key_fails_and_a_clean_one_does_not() {
    let (job, base, head) = with_a_key();
    let mut runner = Runner::new(&job, &[("sarif", "off")], Program::Archive);
    assert_eq!(runner.run("push", &push("refs/heads/main", &base, &head, 1)), 1, "{}", runner.log);
    assert_eq!(runner.value("steps.scan.outputs.findings"), "1");
    let report = fs::read_to_string(runner.value("steps.scan.outputs.report")).unwrap();
    let report: Json = serde_json::from_str(&report).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert!(runner.used.contains(&"actions/upload-artifact".to_owned()), "{:?}", runner.used);
    let clean = job.remove("a.py");
    job.push("HEAD:main");
    job.checkout(&clean, 1);
    let mut runner = Runner::new(&job, &[("sarif", "off")], Program::Archive);
    assert_eq!(runner.run("push", &push("refs/heads/main", &head, &clean, 1)), 0, "{}", runner.log);
}

#[test]
fn an_archive_with_another_checksum_fails_always() {
    let (job, base, head) = with_a_key();
    let mut runner = Runner::new(&job, &[("fail-on", "never")], Program::Swapped);
    assert_eq!(runner.run("push", &push("refs/heads/main", &base, &head, 1)), 2, "{}", runner.log);
    assert!(runner.log.contains("::error::keysweep: ") && runner.log.contains("has the checksum"), "{}", runner.log);
    assert!(!job.path("home/built").exists(), "a build is no way around");
}

#[test]
fn where_there_is_no_archive_it_is_built() {
    let (job, base, head) = with_a_key();
    let mut runner = Runner::new(&job, &[("sarif", "off")], Program::Built);
    assert_eq!(runner.run("push", &push("refs/heads/main", &base, &head, 1)), 1, "{}", runner.log);
    assert!(job.path("home/built").exists());
}

#[test]
fn another_version_without_a_checksum_is_refused() {
    let (job, base, head) = with_a_key();
    for (version, said) in [("9.9.9", "no checksum of keysweep-9.9.9"), ("$(touch pwned)", "is no version")] {
        let mut runner = Runner::new(&job, &[("version", version)], Program::Archive);
        assert_eq!(runner.run("push", &push("refs/heads/main", &base, &head, 1)), 2, "{}", runner.log);
        assert!(runner.log.contains(said), "{}", runner.log);
    }
    assert!(!job.path("checkout/pwned").exists());
}

#[test]
fn inputs_are_never_read_by_a_shell() {
    let (job, base, head) = with_a_key();
    let hostile = "$(touch pwned)`touch pwned`;touch pwned";
    for name in ["mode", "paths", "confidence", "fail-on", "verify", "summary", "args", "sarif"] {
        let mut runner = Runner::new(&job, &[("sarif", "off"), (name, hostile)], Program::Archive);
        runner.run("push", &push("refs/heads/main", &base, &head, 1));
    }
    for folder in ["checkout", "home", "temp", "action"] {
        assert!(!job.path(folder).join("pwned").exists(), "{folder}");
    }
}

#[test]
fn arguments_are_one_a_line() {
    let (job, base, head) = with_a_key();
    let mut runner = Runner::new(&job, &[("sarif", "off"), ("args", "--paths\nno such folder/\n")], Program::Archive);
    assert_eq!(runner.run("push", &push("refs/heads/main", &base, &head, 1)), 0, "{}", runner.log);
}

#[test]
fn a_finding_is_shown_beside_its_line_in_the_summary_and_to_code_scanning() {
    let (job, base, head) = with_a_key();
    let mut runner = Runner::new(&job, &[], Program::Archive);
    assert_eq!(runner.run("push", &push("refs/heads/main", &base, &head, 1)), 1, "{}", runner.log);
    let annotations = runner.log.lines().filter(|line| line.starts_with("::error file=a.py,line=1,"));
    assert_eq!(annotations.count(), 1, "{}", runner.log);
    let summary = fs::read_to_string(job.path("summary")).unwrap();
    assert!(summary.contains("ghp_********") && !summary.contains(&crate::job::key()), "{summary}");
    assert!(runner.used.contains(&"github/codeql-action/upload-sarif".to_owned()), "{:?}", runner.used);
    let sarif = fs::read_to_string(runner.value("steps.scan.outputs.sarif")).unwrap();
    let sarif: Json = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 1);
    // This runner has no permission to upload: said once, and no more.
    assert_eq!(runner.log.matches("The SARIF report was not uploaded").count(), 1, "{}", runner.log);
}

#[test]
fn more_findings_than_are_shown_beside_lines_are_counted() {
    let (job, _, before) = with_a_key();
    let many: String = (0..14).map(|n| format!("password_{n} = \"q7Zk1vW9xR3tY5uB8nM2{n:02}\"\n")).collect();
    let after = job.commit("b.py", &many);
    job.push("HEAD:main");
    job.checkout(&after, 1);
    let mut runner = Runner::new(&job, &[("sarif", "off")], Program::Archive);
    runner.run("push", &push("refs/heads/main", &before, &after, 1));
    let shown =
        runner.log.lines().filter(|line| line.starts_with("::error ") || line.starts_with("::warning ")).count();
    assert!(runner.log.contains("more finding") && shown <= 20, "{}", runner.log);
}

#[test]
fn a_job_of_a_fork_does_not_upload() {
    let (job, base, head) = with_a_key();
    let mut runner = Runner::new(&job, &[], Program::Archive);
    assert_eq!(runner.run("pull_request", &pull_request(&base, &head, 1, "someone/app", "side")), 1, "{}", runner.log);
    assert!(!runner.used.contains(&"github/codeql-action/upload-sarif".to_owned()), "{:?}", runner.used);
}
