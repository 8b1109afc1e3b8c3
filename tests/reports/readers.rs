//! Each format in a real reader of it.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    made,
    sandbox::{Sandbox, key},
};

/// Where `.ci/run` installs readers.
fn readers() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    Path::new(env!("CARGO_MANIFEST_DIR")).join(target.unwrap_or("target".into())).join("readers")
}

/// Runs a script of this folder with the readers' Python; skips with the reason where it cannot.
fn python(name: &str, modules: &str, sandbox: &Sandbox, arguments: &[&str]) {
    let python = readers().join("bin/python");
    if !python.is_file() {
        return println!("skipped: {name}: no Python in target/readers (.ci/run makes it)");
    }
    let imports = Command::new(&python).args(["-c", &format!("import {modules}")]).output().unwrap();
    if !imports.status.success() {
        return println!("skipped: {name}: {modules} cannot be imported");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports").join(format!("{name}.py"));
    let run = Command::new(&python).arg(script).args(arguments).current_dir(sandbox.path()).output().unwrap();
    let (out, error) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{name}.py: {out}\n{error}");
    println!("{name}: {}", out.trim());
}

/// A scan with odd names and a larger report, both as `format`, in files that end in `ending`.
fn written(format: &str, ending: &str) -> Sandbox {
    let sandbox = made::repository();
    let own = format!("{format}=../odd.{ending}");
    let run = sandbox.run(&["scan", "--confidence", "low", "--report", &own, "--report", "jsonl=../odd.jsonl"]);
    assert_eq!(run.code, 1, "{run:?}");
    sandbox.write("../made.jsonl", made::report(300, 0));
    let own = format!("{format}=../large.{ending}");
    let run =
        sandbox.run(&["report", "convert", "../made.jsonl", "--report", &own, "--report", "jsonl=../large.jsonl"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox
}

#[test]
fn a_sarif_library_and_its_schema_read_sarif() {
    let sandbox = written("sarif", "sarif");
    python("sarif_read", "sarif, sarif_pydantic", &sandbox, &["../odd.sarif", "../large.sarif"]);
}

#[test]
fn the_sarif_validator_has_nothing_to_say() {
    let folder = readers().join("node_modules/@microsoft/sarif-multitool-linux");
    let program = folder.join("Sarif.Multitool");
    if !program.is_file() {
        return println!("skipped: sarif-multitool: not in target/readers (.ci/run installs it)");
    }
    let sandbox = written("sarif", "sarif");
    for file in ["../odd.sarif", "../large.sarif"] {
        let run = Command::new(&program)
            .args(["validate", file, "--level", "Error"])
            .current_dir(sandbox.path())
            .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
            .output();
        let Ok(run) = run else { return println!("skipped: sarif-multitool: it does not start here") };
        let out = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success() && !out.contains("error"), "{file}: {out}");
    }
}

#[test]
fn python_reads_csv_and_duckdb_and_pandas_read_jsonl() {
    let sandbox = written("csv", "csv");
    python("tables", "duckdb, pandas", &sandbox, &["../odd.csv", "../large.csv", "../odd.jsonl", "../large.jsonl"]);
}

#[test]
fn a_junit_parser_reads_junit() {
    let sandbox = written("junit", "xml");
    python("junit", "junitparser", &sandbox, &["../odd.xml", "../large.xml"]);
}

#[test]
fn a_markdown_renderer_makes_no_markup_of_what_files_hold() {
    let sandbox = written("markdown", "md");
    python("markdown_read", "markdown_it", &sandbox, &["../odd.md", "../large.md"]);
}

#[test]
fn gitlabs_required_fields_are_there() {
    let sandbox = written("gitlab", "gitlab.json");
    python("gitlab_read", "jsonschema", &sandbox, &["../odd.gitlab.json", "../large.gitlab.json"]);
}

#[test]
fn a_browser_shows_the_page_and_runs_nothing_of_what_files_hold() {
    let path = env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found =
        env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name))).find(|file| file.is_file());
    let Some(browser) = found else { return println!("skipped: browser: no Chromium here") };
    let sandbox = written("html", "html");
    sandbox.write("../10000.jsonl", made::report(10_000, 0));
    assert_eq!(sandbox.run(&["report", "convert", "../10000.jsonl", "--report", "html=../10000.html"]).code, 0);
    let browser = browser.to_str().unwrap().to_owned();
    python("browser", "playwright", &sandbox, &[&browser, "../odd.html", "../10000.html"]);
    assert!(!sandbox.read("../odd.html").contains(&key()[4..20]));
}
