//! husky and lefthook themselves, from npm.

use std::process::Command;

use crate::{
    place::{Place, Run, line},
    tools,
};

fn command(place: &Place, modules: &std::path::Path, program: &str) -> Command {
    let mut command = place.command(program, &place.repo());
    let path = command.get_envs().find(|(name, _)| *name == "PATH").unwrap().1.unwrap().to_owned();
    let all = [modules.join("node_modules/.bin")].into_iter().chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(all).unwrap());
    command
}

#[test]
fn husky_gets_its_lines_with_consent_and_loses_them_again() {
    let Some(modules) = tools::node("husky", &["husky"]) else { return };
    let place = Place::with(&[]);
    place.origin();
    place.write(".husky/pre-commit", "echo lint >> ../seen\n");
    Run::of(command(&place, &modules, "husky").output().unwrap()).done();
    assert_eq!(place.git(&["config", "core.hooksPath"]).done(), ".husky/_\n");
    place.commit("husky");

    let told = place.keysweep(&["hook", "install"]);
    assert!(
        !told.ok
            && told.out.contains("husky keeps the hooks")
            && told.out.contains("    keysweep hook run pre-commit\n"),
        "{told:?}"
    );
    assert!(!place.repo().join(".husky/pre-push").exists());
    place.keysweep(&["hook", "install", "--yes"]).done();
    assert!(place.keysweep(&["hook", "status"]).done().contains("pre-commit   on, by husky: "));

    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "-m", "x"]).stopped();
    assert!(!place.path("seen").exists());
    place.git(&["commit", "-q", "--no-verify", "-m", "x"]).done();
    place.git(&["push", "origin", "main"]).stopped();
    place.git(&["reset", "-q", "--hard", "HEAD~1"]).done();
    place.git(&["commit", "-q", "--allow-empty", "-m", "clean"]).silent();
    assert!(place.path("seen").exists());

    place.keysweep(&["hook", "uninstall", "--yes"]).done();
    let text = std::fs::read_to_string(place.repo().join(".husky/pre-commit")).unwrap();
    assert_eq!(text, "echo lint >> ../seen\n");
}

#[test]
fn lefthook_gets_its_commands_with_consent_and_loses_them_again() {
    let Some(modules) = tools::node("lefthook", &["lefthook"]) else { return };
    let place = Place::with(&[]);
    place.origin();
    let config = "pre-commit:\n  commands:\n    lint:\n      run: echo lint >> ../seen\n";
    place.write("lefthook.yml", config);
    let installed = Run::of(command(&place, &modules, "lefthook").arg("install").output().unwrap());
    if !installed.ok {
        println!("skipped: lefthook: {}", installed.err.lines().last().unwrap_or_default());
        return;
    }
    place.commit("lefthook");
    let told =
        place.keysweep(&["hook", "install", "--stage", "pre-commit", "--stage", "pre-push", "--stage", "commit-msg"]);
    assert!(!told.ok && told.out.contains("      run: keysweep hook run pre-commit\n"), "{told:?}");
    place
        .keysweep(&[
            "hook",
            "install",
            "--yes",
            "--stage",
            "pre-commit",
            "--stage",
            "pre-push",
            "--stage",
            "commit-msg",
        ])
        .done();
    Run::of(command(&place, &modules, "lefthook").arg("install").output().unwrap()).done();
    assert!(place.keysweep(&["hook", "status"]).done().contains("pre-push     on, by lefthook: "));
    place.commit("keysweep in lefthook");

    let git = |arguments: &[&str]| Run::of(command(&place, &modules, "git").args(arguments).output().unwrap());
    let stopped = |run: Run| {
        let text = format!("{}{}", run.out, run.err);
        assert!(!run.ok && text.contains("keysweep stopped this"), "{run:?}");
    };
    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
    stopped(git(&["commit", "-m", "x"]));
    place.write("a.py", "clean\n");
    place.git(&["add", "-A"]).done();
    stopped(git(&["commit", "-m", &format!("with {}", crate::place::key())]));
    git(&["commit", "-q", "-m", "clean"]).done();
    place.write("a.py", line());
    place.commit("a key");
    stopped(git(&["push", "origin", "main"]));

    place.keysweep(&["hook", "uninstall", "--yes"]).done();
    assert_eq!(std::fs::read_to_string(place.repo().join("lefthook.yml")).unwrap(), config);
}
