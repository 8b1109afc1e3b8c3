//! Every shell line of docs/ci.md and docs/hooks.md, run.

use std::{fs, process::Output};

use serde_yaml_ng::Value;

use crate::job::{Job, NOTHING, line, root};

/// Lines that cannot be run here, and why.
const LEFT_OUT: [(&str, &str); 5] = [
    ("cargo install --locked keysweep", "it takes the released source"),
    ("cargo binstall keysweep", "it takes the released archive"),
    ("docker build -t keysweep .", "it takes a container engine"),
    ("pip install keysweep", "tests/hooks/framework.rs installs the wheel"),
    (
        "pre-commit install -t pre-commit -t pre-push -t commit-msg -t pre-merge-commit",
        "tests/hooks/framework.rs runs it",
    ),
];

/// The blocks of a language in a page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("docs").join(page)).unwrap();
    let begin = format!("```{language}\n");
    text.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The lines of a page's shell blocks, without comments.
fn lines(page: &str) -> Vec<String> {
    let all = blocks(page, "sh");
    let lines =
        all.iter().flat_map(|block| block.lines()).map(|line| line.split("  #").next().unwrap().trim().to_owned());
    lines.filter(|line| !line.is_empty() && !LEFT_OUT.iter().any(|(left_out, _)| line == left_out)).collect()
}

fn shell(job: &Job, folder: &str, line: &str, variables: &[(&str, &str)]) -> Output {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_keysweep")).parent().unwrap().to_owned();
    let path =
        std::env::join_paths([program].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())));
    let mut command = job.command("sh", folder);
    command.args(["-c", line]).env("PATH", path.unwrap()).envs(variables.iter().copied()).output().unwrap()
}

/// A checkout with a key in its last commit.
fn checkout() -> (Job, String, String) {
    let job = Job::new();
    let before = job.head();
    let after = job.commit("a.py", &line());
    job.push("HEAD:main");
    job.checkout(&after, 0);
    (job, before, after)
}

#[test]
fn every_line_for_ci_finds_the_key() {
    let (job, before, after) = checkout();
    let lines = lines("ci.md");
    assert_eq!(lines.len(), 3, "{lines:?}");
    for line in lines {
        let output = shell(&job, "checkout", &line, &[("BEFORE", &before), ("AFTER", &after)]);
        assert_eq!(output.status.code(), Some(1), "{line}: {output:?}");
    }
    let report = fs::read_to_string(job.path("checkout/keysweep.json")).unwrap();
    assert!(report.contains("\"findings\"") && report.contains("a.py"));
}

#[test]
fn the_template_for_gitlab_finds_the_key_of_a_branch_and_of_a_merge_request() {
    let (job, before, after) = checkout();
    let all = blocks("ci.md", "yaml");
    let template = all.iter().find(|block| block.contains("CI_COMMIT_SHA")).unwrap();
    let template: Value = serde_yaml_ng::from_str(template).unwrap();
    let script = template["keysweep"]["script"][0].as_str().unwrap();
    let push = [("CI_COMMIT_BEFORE_SHA", before.as_str()), ("CI_COMMIT_SHA", after.as_str())];
    assert_eq!(shell(&job, "checkout", script, &push).status.code(), Some(1));
    let merge = [
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", before.as_str()),
        ("CI_COMMIT_BEFORE_SHA", NOTHING),
        ("CI_COMMIT_SHA", after.as_str()),
    ];
    assert_eq!(shell(&job, "checkout", script, &merge).status.code(), Some(1));
    let nothing_new = [("CI_COMMIT_BEFORE_SHA", after.as_str()), ("CI_COMMIT_SHA", after.as_str())];
    assert_eq!(shell(&job, "checkout", script, &nothing_new).status.code(), Some(0));
}

#[test]
fn every_line_about_hooks_does_what_it_says() {
    let (job, ..) = checkout();
    let mut folder = "work";
    let mut seen = 0;
    for line in lines("hooks.md") {
        if line.starts_with("cd ") {
            folder = "server.git";
            continue;
        }
        let output = shell(&job, folder, &line, &[]);
        assert!(output.status.success(), "{line}: {output:?}");
        seen += 1;
    }
    assert_eq!(seen, 7);
    assert!(job.path("server.git/hooks/pre-receive").exists() && !job.path("work/.git/hooks/pre-commit").exists());
}

#[test]
fn the_example_for_github_uses_inputs_that_there_are() {
    let action: Value = serde_yaml_ng::from_str(&fs::read_to_string(root().join("action.yml")).unwrap()).unwrap();
    let page = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    for kind in ["inputs", "outputs"] {
        for (name, _) in action[kind].as_mapping().unwrap() {
            let name = name.as_str().unwrap();
            assert!(page.contains(&format!("`{name}`")), "docs/ci.md does not tell of {name}");
        }
    }
}
