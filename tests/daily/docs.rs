//! Every command that these pages show is run, every link leads somewhere, every configuration is one.

use std::{fs, path::Path};

use crate::sandbox::{Run, Sandbox, key};

const PAGES: [&str; 4] = ["ignoring.md", "configuring.md", "moving-in.md", "incident.md"];

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).unwrap()
}

/// Code blocks of a language, without their indentation.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = vec![];
    let mut open: Option<String> = None;
    for line in text.lines() {
        let line = line.strip_prefix("   ").unwrap_or(line);
        match &mut open {
            Some(_) if line == "```" => blocks.extend(open.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
            None if line == format!("```{language}") => open = Some(String::new()),
            None => {}
        }
    }
    blocks
}

/// A repository in which every command finds what it needs.
fn prepared() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.init().write("a.env", format!("TOKEN={}\n", key()));
    let commit = sandbox.commit("first", 1);
    sandbox.write(".gitleaks.toml", "[allowlist]\npaths = ['''x''']\n");
    sandbox
        .write(".secrets.baseline", "{\"results\": {}}")
        .write("repositories.txt", ".\n")
        .write("app.log", "a line\n");
    let report =
        serde_json::json!([{ "RuleID": "x", "StartLine": 1, "File": "a.env", "Commit": commit, "Secret": "REDACTED" }]);
    sandbox.write("gitleaks.json", report.to_string());
    sandbox
}

#[test]
fn every_command_shown_is_run() {
    let mut count = 0;
    for name in PAGES {
        for line in blocks(&page(name), "sh").iter().flat_map(|block| block.lines()).filter(|line| !line.is_empty()) {
            count += 1;
            let sandbox = prepared();
            let id = sandbox.json(&[]).1["findings"][0]["id"].as_str().unwrap().to_owned();
            let line = line.split('#').next().unwrap().replace("ks1-aaaaaaaaaaaaaaaaaaaa", &id);
            // A key on standard input, and no issuer that could be reached.
            let script = line.replace("keysweep", env!("CARGO_BIN_EXE_keysweep"));
            let command = sandbox.command(&[]);
            let mut shell = std::process::Command::new("sh");
            shell.arg("-c").arg(&script).current_dir(sandbox.path()).env_clear();
            shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
            shell.env("HTTPS_PROXY", "http://127.0.0.1:9").env("PATH", std::env::var_os("PATH").unwrap());
            shell.stdin(
                fs::File::open(sandbox.write("key.txt", format!("{}\n", key())).path().join("key.txt")).unwrap(),
            );
            let run = Run::of(shell.output().unwrap());
            assert!(run.code == 0 || run.code == 1 || run.code == 3, "{name}: {line}: {run:?}");
        }
    }
    assert!(count >= 10, "only {count} commands");
}

#[test]
fn every_configuration_shown_is_one() {
    let sandbox = prepared();
    sandbox.write("shared/keysweep.toml", "").write("security/baseline.jsonl", "{\"baseline\":1}\n");
    sandbox.write("conf/.keysweep/rules/.keep", "").write("conf/ca.pem", "");
    let blocks = blocks(&page("configuring.md"), "toml");
    assert_eq!(blocks.len(), 3);
    // The own rules of the example are not there: that is said, and nothing else.
    for block in &blocks {
        let text = block.replace("files = [\".keysweep/rules\"]", "files = []");
        sandbox.write("conf/keysweep.toml", &text);
        let run = sandbox.run(&["scan", "--config", "conf/keysweep.toml", "--tree-only", "conf"]);
        // The same file is the folder's own configuration, in which the last block is not allowed.
        let is_users = block.contains("[verify]");
        let told = if is_users { run.stderr.contains("counts only in your own") } else { run.code == 0 };
        assert!(told || run.code == 0, "{block}: {run:?}");
        let alone = sandbox.run(&["scan", "--no-config", "--config", "conf/keysweep.toml", "--tree-only", "conf"]);
        assert!(alone.code == 0 || alone.code == 1, "{block}: {alone:?}");
    }
}

#[test]
fn every_link_and_anchor_leads_somewhere() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        kept.chars()
            .filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-'))
            .collect::<String>()
            .replace(' ', "-")
    };
    for name in PAGES {
        let text = page(name);
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if target.contains("://") {
                continue;
            }
            let (file, part) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { docs.join(name) } else { docs.join(file) };
            let linked = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {target}: {error}"));
            let there = part.is_empty() || linked.lines().any(|line| line.starts_with('#') && anchor(line) == part);
            assert!(there, "{name}: {target}");
        }
    }
}
