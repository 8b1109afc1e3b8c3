//! The pre-commit framework itself, from PyPI, with the hooks of this repository.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    place::{Place, Run, hook, key, line, write},
    tools,
};

/// A repository with the framework's configuration, and the framework.
struct Framework {
    place: Place,
    bin: PathBuf,
}

impl Framework {
    /// With the hook that takes the program from the PATH.
    fn new() -> Option<Self> {
        Self::with("keysweep-system")
    }

    fn with(id: &str) -> Option<Self> {
        let bin = tools::python("pre-commit", &["pre-commit"])?;
        let framework = Self { place: Place::new(), bin };
        let hooks = framework.hooks_repository();
        let place = &framework.place;
        place.write(
            ".pre-commit-config.yaml",
            format!(
                "repos:\n  - repo: {}\n    rev: v{}\n    hooks:\n      - id: {id}\n",
                hooks.display(),
                env!("CARGO_PKG_VERSION")
            ),
        );
        place.commit("configuration");
        framework
            .run(&["install", "-t", "pre-commit", "-t", "pre-push", "-t", "commit-msg", "-t", "pre-merge-commit"])
            .done();
        Some(framework)
    }

    /// What the framework clones: of this repository, the files that it reads.
    fn hooks_repository(&self) -> PathBuf {
        let hooks = self.place.path("hooks");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in [".pre-commit-hooks.yaml", "pyproject.toml"] {
            write(&hooks.join(name), fs::read(root.join(name)).unwrap());
        }
        self.place.git_in(&self.place.home(), &["init", "-q", hooks.to_str().unwrap()]).done();
        self.place.git_in(&hooks, &["add", "-A"]).done();
        self.place.git_in(&hooks, &["commit", "-q", "-m", "hooks"]).done();
        self.place.git_in(&hooks, &["tag", concat!("v", env!("CARGO_PKG_VERSION"))]).done();
        hooks
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.place.command(program, &self.place.repo());
        let path = command.get_envs().find(|(name, _)| *name == "PATH").unwrap().1.unwrap().to_owned();
        let all = [self.bin.clone()].into_iter().chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(all).unwrap());
        command.env("PRE_COMMIT_HOME", self.place.path("cache")).env("PRE_COMMIT_COLOR", "never");
        command
    }

    /// Runs the framework. What it tells of a hook goes to standard output.
    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command("pre-commit").args(arguments).output().unwrap())
    }

    fn git(&self, arguments: &[&str]) -> Run {
        Run::of(self.command("git").args(arguments).output().unwrap())
    }
}

/// It must have been stopped by us.
#[track_caller]
fn stopped(run: Run) -> String {
    let text = format!("{}{}", run.out, run.err);
    assert!(!run.ok && text.contains("keysweep stopped this") && !text.contains(&key()), "{run:?}");
    text
}

#[test]
fn commits_messages_and_pushes_are_looked_at() {
    let Some(framework) = Framework::new() else { return };
    let place = &framework.place;
    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
    stopped(framework.git(&["commit", "-m", "x"]));
    // Staged and changed since: the framework puts that away.
    place.write("a.py", "clean\n");
    stopped(framework.git(&["commit", "-m", "x"]));
    place.git(&["add", "-A"]).done();
    let text = stopped(framework.git(&["commit", "-m", &format!("with {}", key())]));
    assert!(text.contains("in its message"), "{text}");
    framework.git(&["commit", "-q", "-m", "clean"]).done();
    place.origin();
    framework.git(&["push", "-q", "origin", "main"]).done();
    place.write("b.py", line());
    place.commit("with");
    fs::remove_file(place.repo().join("b.py")).unwrap();
    place.commit("without: no file differs from what the remote has");
    let text = stopped(framework.git(&["push", "origin", "main"]));
    assert!(text.contains("b.py:1  in commit"), "{text}");
}

#[test]
fn the_first_push_of_a_history_is_looked_at() {
    let Some(framework) = Framework::new() else { return };
    let place = &framework.place;
    place.origin();
    place.write("b.py", line());
    place.commit("with");
    fs::remove_file(place.repo().join("b.py")).unwrap();
    place.commit("without");
    stopped(framework.git(&["push", "origin", "main"]));
}

#[test]
fn a_key_that_was_committed_before_does_not_stop_a_commit_beside_it() {
    let Some(framework) = Framework::new() else { return };
    let place = &framework.place;
    place.write("a.py", format!("one\n{}", line()));
    place.write("crlf.py", format!("one\r\n{}\r\n", line().trim()));
    place.git(&["config", "core.autocrlf", "true"]).done();
    place.commit("a key");
    place.write("a.py", format!("one\n{}three\n", line()));
    place.write("crlf.py", format!("one\r\n{}\r\nthree\r\n", line().trim()));
    place.git(&["add", "-A"]).done();
    framework.git(&["commit", "-q", "-m", "beside it"]).done();
}

#[test]
fn all_files_and_named_files_are_judged_whole_as_they_lie_on_disk() {
    let Some(framework) = Framework::new() else { return };
    let place = &framework.place;
    place.write("old.py", line());
    place.write("clean.py", "clean\n");
    place.commit("a key that is there since long ago");
    stopped(framework.run(&["run", "--all-files"]));
    stopped(framework.run(&["run", "--files", "old.py"]));
    framework.run(&["run", "--files", "clean.py"]).done();
    framework.run(&["run"]).done();
    // Changed on disk and not staged: these switches put nothing away.
    place.write("clean.py", line());
    stopped(framework.run(&["run", "--files", "clean.py"]));
    // Staged clean, and changed since.
    place.write("clean.py", "other\n");
    place.git(&["add", "clean.py"]).done();
    place.write("clean.py", line());
    stopped(framework.run(&["run", "--files", "clean.py"]));
    // A key that is staged and not among the named files stops as well.
    place.git(&["add", "clean.py"]).done();
    stopped(framework.run(&["run", "--files", ".pre-commit-config.yaml"]));
}

#[test]
fn between_two_commits_each_is_judged() {
    let Some(framework) = Framework::new() else { return };
    let place = &framework.place;
    place.write("old.py", line());
    let first = place.commit("a key before the range");
    place.write("old.py", format!("{}more\n", line()));
    let second = place.commit("beside it");
    place.write("b.py", line());
    place.commit("comes");
    fs::remove_file(place.repo().join("b.py")).unwrap();
    let fourth = place.commit("and goes");
    framework.run(&["run", "--from-ref", &first, "--to-ref", &second]).done();
    stopped(framework.run(&["run", "--from-ref", &second, "--to-ref", &fourth]));
    stopped(framework.run(&["run", "--hook-stage", "manual", "--from-ref", &first, "--to-ref", &fourth]));
}

#[test]
fn a_reason_lets_one_run_pass() {
    let Some(framework) = Framework::new() else { return };
    let place = &framework.place;
    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
    let run = Run::of(
        framework.command("git").args(["commit", "-m", "x"]).env("KEYSWEEP_SKIP", "a canary").output().unwrap(),
    );
    run.done();
}

#[test]
fn a_merge_is_looked_at_and_what_the_branch_has_is_not_new() {
    let Some(framework) = Framework::new() else { return };
    let place = &framework.place;
    place.git(&["checkout", "-q", "-b", "side"]).done();
    place.write("old.py", line());
    place.commit("a key that the branch has");
    place.git(&["checkout", "-q", "main"]).done();
    place.write("main.py", "main\n");
    place.commit("main");
    framework.git(&["merge", "-q", "--no-edit", "side"]).done();
}

#[test]
fn without_cargo_the_program_comes_as_a_wheel() {
    let Some(maturin) = tools::python("maturin", &["maturin"]) else { return };
    let wheels = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wheels");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut build = Command::new(maturin.join("maturin"));
    build
        .current_dir(root.join("python"))
        .args(["build", "--profile", "dev", "--skip-auditwheel", "--out"])
        .arg(&wheels);
    Run::of(build.output().unwrap()).done();

    // In a clean environment, by its name.
    let place = Place::new();
    Run::of(place.command("python3", &place.home()).args(["-m", "venv", "clean"]).output().unwrap()).done();
    let mut install = place.command("clean/bin/pip", &place.home());
    install.args(["install", "--quiet", "--no-index", "keysweep"]).env("PIP_FIND_LINKS", &wheels);
    Run::of(install.output().unwrap()).done();
    let version = Run::of(place.command("clean/bin/keysweep", &place.home()).arg("--version").output().unwrap()).done();
    assert!(
        version.starts_with(concat!("keysweep ", env!("CARGO_PKG_VERSION"), " (")) && version.contains(" rules)"),
        "{version}"
    );

    let Some(bin) = tools::python("pre-commit", &["pre-commit"]) else { return };
    let framework = Framework { place: Place::new(), bin };
    let hooks = framework.hooks_repository();
    let place = &framework.place;
    // Neither the program nor a compiler is there.
    fs::remove_file(place.path("bin/keysweep")).unwrap();
    for name in ["cargo", "rustc", "maturin"] {
        // pip asks for the compiler's version, to tell it to its server.
        let script = "#!/bin/sh\n[ \"$*\" = --version ] || echo \"$0 $*\" >> \"$HOME/compiled\"\nexit 1\n";
        hook(&place.path("bin").join(name), script);
    }
    let config = format!(
        "repos:\n  - repo: {}\n    rev: v{}\n    hooks:\n      - id: keysweep\n",
        hooks.display(),
        env!("CARGO_PKG_VERSION")
    );
    place.write(".pre-commit-config.yaml", config);
    place.commit("configuration");
    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
    let mut run = framework.command("pre-commit");
    run.arg("run").env("PIP_FIND_LINKS", &wheels);
    // The build of the placeholder takes setuptools from wherever pip is told to on this machine.
    for name in [
        "PIP_INDEX_URL",
        "PIP_CONFIG_FILE",
        "PIP_CERT",
        "PIP_TRUSTED_HOST",
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
    ] {
        run.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    let run = Run::of(run.output().unwrap());
    if run.out.contains("setuptools") && !run.ok && !run.out.contains("keysweep stopped") {
        println!("skipped: wheel: setuptools cannot be had");
        return;
    }
    stopped(run);
    let compiled = fs::read_to_string(place.home().join("compiled")).unwrap_or_default();
    assert_eq!(compiled, "", "something was compiled");
}

#[test]
fn packages_have_the_version_of_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("pyproject.toml")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        text.contains(&format!("\nversion = \"{version}\"\n")) && text.contains(&format!("[\"keysweep=={version}\"]"))
    );
}
