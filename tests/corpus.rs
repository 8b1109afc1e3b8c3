//! The project's own corpus (`fixtures/corpus`): how much of it the program finds, and how much of what it says is wrong. Prints
//! the figures, and fails where they fall below those that were reached.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which stand outside of test functions")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Percent that were reached: found of all labelled secrets, and labelled of all lines told.
struct Reached {
    confidence: &'static str,
    recall: f64,
    precision: f64,
}

const REACHED: [Reached; 2] = [
    Reached { confidence: "low", recall: 76.0, precision: 88.0 },
    Reached { confidence: "medium", recall: 68.0, precision: 94.0 },
];

/// A labelled secret.
struct Label {
    path: String,
    line: u64,
    rule: String,
    value: String,
}

/// A place that the program tells.
struct Told {
    path: String,
    lines: (u64, u64),
    rule: String,
    secret: String,
}

impl Told {
    fn is_of(&self, label: &Label) -> bool {
        let stands = self.path == label.path && (self.lines.0..=self.lines.1).contains(&label.line);
        stands && (self.secret.contains(&label.value) || label.value.contains(&self.secret))
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus")
}

fn whole(text: &str) -> String {
    text.replace("{-}", "")
}

/// All files below a folder, by their paths from it, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut files = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(self::files(&entry.path()).iter().map(|below| format!("{name}/{below}"))),
            false => files.push(name),
        }
    }
    files.sort();
    files
}

/// Writes the corpus without its marks into a folder, and returns its labels and the number of its lines.
fn unpack(to: &Path) -> (Vec<Label>, usize) {
    let (mut labels, mut lines) = (vec![], 0);
    for path in files(&corpus()) {
        // The page that tells about it lies beside the folders.
        let Some((kind, name)) = path.split_once('/') else { continue };
        let text = fs::read_to_string(corpus().join(&path)).unwrap();
        if name == "labels.tsv" {
            labels.extend(text.lines().skip(1).map(|row| label(kind, row)));
        } else {
            lines += text.lines().count();
            fs::create_dir_all(to.join(&path).parent().unwrap()).unwrap();
            fs::write(to.join(&path), whole(&text)).unwrap();
        }
    }
    (labels, lines)
}

fn label(kind: &str, row: &str) -> Label {
    let [file, line, rule, value] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("four columns: {row}") };
    let line = line.parse().unwrap_or_else(|_| panic!("a line's number: {row}"));
    Label { path: format!("{kind}/{file}"), line, rule: rule.to_owned(), value: whole(value) }
}

fn scan(folder: &Path, confidence: &str) -> Vec<Told> {
    let arguments = [
        "scan",
        "--tree-only",
        "--include-ignored",
        "--show-secrets",
        "--format",
        "json",
        "--confidence",
        confidence,
        ".",
    ];
    let run = Command::new(env!("CARGO_BIN_EXE_keysweep")).args(arguments).current_dir(folder).output().unwrap();
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut told = vec![];
    for finding in report["findings"].as_array().unwrap() {
        for place in finding["places"].as_array().unwrap() {
            let line = place["line"].as_u64().unwrap();
            let lines = (line, place["end_line"].as_u64().unwrap_or(line));
            told.push(Told {
                path: text(&place["path"]),
                lines,
                rule: text(&finding["rule"]),
                secret: text(&finding["secret"]),
            });
        }
    }
    told
}

fn percent(part: usize, all: usize) -> f64 {
    part as f64 * 100.0 / all.max(1) as f64
}

#[test]
fn the_corpus_is_found_as_well_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let (labels, lines) = unpack(folder.path());
    let kinds: BTreeSet<&str> = labels.iter().map(|label| label.path.split('/').next().unwrap()).collect();
    println!("{lines} lines, {} kinds, {} secrets", kinds.len(), labels.len());
    assert!(lines >= 3000 && kinds.len() >= 40);
    for reached in REACHED {
        let told = scan(folder.path(), reached.confidence);
        let (found, missed): (Vec<&Label>, Vec<&Label>) =
            labels.iter().partition(|label| told.iter().any(|told| told.is_of(label)));
        let wrong: BTreeMap<(&str, u64), &Told> = told
            .iter()
            .filter(|told| !labels.iter().any(|label| told.is_of(label)))
            .map(|told| ((told.path.as_str(), told.lines.0), told))
            .collect();
        let named =
            found.iter().filter(|label| told.iter().any(|told| told.is_of(label) && told.rule == label.rule)).count();
        let (recall, precision) = (percent(found.len(), labels.len()), percent(found.len(), found.len() + wrong.len()));
        let confidence = reached.confidence;
        println!(
            "{confidence}: recall {recall:.1} %, precision {precision:.1} %, {named} of {} by the rule of the label",
            found.len()
        );
        for label in &missed {
            println!("  {confidence}, missed: {}:{} {}", label.path, label.line, label.rule);
        }
        for ((path, line), told) in &wrong {
            println!("  {confidence}, wrong: {path}:{line} {}", told.rule);
        }
        assert!(recall >= reached.recall && precision >= reached.precision, "{confidence}: worse than was reached");
    }
}
