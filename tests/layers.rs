//! Imports go one way: a module uses only modules of the rows above its own (`docs/design.md`, "Rooms").
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// From the ground up. Modules of one row do not know each other.
const ROWS: [&[&str]; 10] = [
    &["secret", "location", "problem", "template", "checksum"],
    &["blob", "rule", "structure"],
    &["source", "detect"],
    &["finding", "http"],
    &["attribute", "judge", "severity", "suppress", "verify"],
    &["revoke"],
    &["report"],
    &["config", "scan"],
    &["hook", "ci"],
    &["cli"],
];

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

/// What is wrong with a use of `used` in a file of `module`.
fn fault(module: &str, used: &str) -> Option<String> {
    if module == used {
        return None;
    }
    match (row(module), row(used)) {
        (Some(own), Some(other)) if other < own => None,
        (Some(_), Some(_)) => Some(format!("{module} uses {used}, which is not in a row above it")),
        _ => Some(format!("{module} uses {used}; one of them is in no row")),
    }
}

/// The top-level modules that a source text names, by `crate::` or by enough `super::`. `depth` is how many modules deep the
/// file is: 1 for `src/report/mod.rs`, 2 for `src/report/json.rs`.
fn used(text: &str, depth: usize) -> BTreeSet<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let code = code.replace("keysweep::", "crate::");
    // What stands in a `mod tests` is one module deeper.
    let tests = code.find("mod tests {").unwrap_or(code.len());
    let mut used = BTreeSet::new();
    for (part, depth) in [(&code[..tests], depth), (&code[tests..], depth + 1)] {
        let part = part.replace(&"super::".repeat(depth), "crate::");
        for (at, _) in part.match_indices("crate::") {
            if !part[..at].ends_with(|char: char| char.is_alphanumeric() || char == '_') {
                used.extend(heads(&part[at + "crate::".len()..]));
            }
        }
    }
    used
}

/// The first names of what follows `crate::`: one name, or those of a group in braces.
fn heads(rest: &str) -> Vec<String> {
    let name =
        |text: &str| -> String { text.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect() };
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let mut heads = Vec::new();
    let mut level = 0;
    let mut start = 0;
    for (at, char) in group.char_indices() {
        match char {
            '{' => level += 1,
            '}' if level > 0 => level -= 1,
            ',' | '}' if level == 0 => {
                heads.push(name(group[start..at].trim_start()));
                start = at + 1;
                if char == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_module_uses_only_modules_of_the_rows_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut faults = Vec::new();
    let mut seen = 0;
    for file in &files {
        let inside = file.strip_prefix(&root).unwrap().with_extension("");
        let mut modules: Vec<&str> = inside.iter().map(|name| name.to_str().unwrap()).collect();
        if modules.last() == Some(&"mod") {
            modules.pop();
        }
        let module = modules[0];
        if modules == ["lib"] || modules == ["main"] {
            continue;
        }
        for used in used(&fs::read_to_string(file).unwrap(), modules.len()) {
            seen += 1;
            faults.extend(fault(module, &used).map(|fault| format!("{}: {fault}", inside.display())));
        }
    }
    assert!(seen > 50, "only {seen} imports seen: is the reader of imports broken?");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_groups_single_names_and_super() {
    let text = "//! [`crate::cli`]\nuse crate::{\n    blob::{Fresh, Reading},\n    rule, scan::Options,\n};\nuse super::super::report::x;\n\
        fn f() { crate::judge::f() }\nmod tests { use super::super::super::verify; use super::super::near; }";
    let expected = ["blob", "judge", "report", "rule", "scan", "verify"].map(str::to_owned);
    assert_eq!(used(text, 2), expected.into());
}

#[test]
fn only_rows_above_may_be_used() {
    assert_eq!(fault("report", "finding"), None);
    assert_eq!(fault("report", "report"), None);
    assert!(fault("source", "detect").is_some() && fault("detect", "source").is_some());
    assert!(fault("finding", "report").is_some());
    assert!(fault("report", "helpers").is_some());
}
