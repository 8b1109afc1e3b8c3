//! detect-secrets: `.secrets.baseline`, with the plugins and filters that it was made with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Accepted, DraftAllow, ImportError, Imported};

#[derive(Deserialize)]
struct BaselineShape {
    #[serde(default)]
    plugins_used: Vec<BTreeMap<String, Value>>,
    #[serde(default)]
    filters_used: Vec<BTreeMap<String, Value>>,
    results: BTreeMap<String, Vec<ResultShape>>,
    /// Before version 1.
    #[serde(default)]
    exclude: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    exclude_regex: Option<String>,
    #[serde(default)]
    word_list: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    custom_plugin_paths: Vec<Value>,
}

#[derive(Deserialize)]
struct ResultShape {
    #[serde(rename = "type", default)]
    called: String,
    hashed_secret: String,
    line_number: Option<u32>,
    is_secret: Option<bool>,
}

/// Filters that ours do without being told: a value is judged by what it is and what stands around it.
const JUDGED: [&str; 12] = [
    "is_line_allowlisted",
    "is_baseline_file",
    "is_ignored_due_to_verification_policies",
    "is_indirect_reference",
    "is_likely_id_string",
    "is_lock_file",
    "is_not_alphanumeric_string",
    "is_potential_uuid",
    "is_prefixed_with_dollar_sign",
    "is_sequential_string",
    "is_swagger_file",
    "is_templated_secret",
];

pub fn baseline(text: &str) -> Result<Imported, ImportError> {
    let shape: BaselineShape = serde_json::from_str(text)
        .map_err(|error| ImportError::Form(format!("not a baseline of detect-secrets: {error}")))?;
    let mut imported = Imported::default();
    imported.draft.foreign_marks = true;
    plugins(&shape, &mut imported);
    for filter in &shape.filters_used {
        take_filter(filter, &mut imported);
    }
    // The hashes in it read as values of a name that says secret.
    imported.draft.paths.exclude_patterns.push(r"(^|/)\.secrets\.baseline$".to_owned());
    let old = shape.exclude.iter().flatten().filter_map(|(name, pattern)| Some((name.as_str(), pattern.clone()?)));
    for (name, pattern) in old.chain(shape.exclude_regex.clone().map(|pattern| ("files", pattern))) {
        take_patterns(if name == "lines" { "line" } else { "file" }, &[pattern], &mut imported);
    }
    if shape.word_list.as_ref().and_then(|list| list.get("file")).is_some_and(|file| !file.is_null()) {
        imported.left("word_list", "a list of words from another file: put them into [[allow]] words");
    }
    for (path, results) in &shape.results {
        for result in results {
            // What somebody looked at and called a secret is no exception.
            if result.is_secret == Some(true) {
                imported.left(format!("{path}: {}", result.called), "called a secret in its audit, so it is told here");
                continue;
            }
            imported.accepted.push(Accepted {
                commit: None,
                path: path.replace('\\', "/"),
                line: result.line_number,
                sha1: Some(result.hashed_secret.to_ascii_lowercase()),
                called: result.called.clone(),
            });
        }
    }
    Ok(imported)
}

fn plugins(shape: &BaselineShape, imported: &mut Imported) {
    for plugin in &shape.plugins_used {
        let name = plugin.get("name").and_then(Value::as_str).unwrap_or("a plugin without a name").to_owned();
        if plugin.contains_key("path") {
            imported
                .left(format!("plugin {name}"), "a program of its own: write its pattern as a rule (docs/rules.md)");
        } else if name.contains("Entropy") {
            let here = "generic-*, judged by evidence and not by entropy".to_owned();
            imported.covered.push((format!("plugin {name}"), here));
        } else {
            imported.covered.push((format!("plugin {name}"), "our own rules".to_owned()));
        }
    }
    for path in &shape.custom_plugin_paths {
        imported
            .left(format!("custom plugin {path}"), "a program of its own: write its pattern as a rule (docs/rules.md)");
    }
}

fn take_filter(filter: &BTreeMap<String, Value>, imported: &mut Imported) {
    let path = filter.get("path").and_then(Value::as_str).unwrap_or_default();
    let name = path.rsplit('.').next().unwrap_or_default();
    let patterns: Vec<String> = match filter.get("pattern") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => vec![],
    };
    match name {
        "should_exclude_file" => take_patterns("file", &patterns, imported),
        "should_exclude_line" => take_patterns("line", &patterns, imported),
        "should_exclude_secret" if !patterns.is_empty() => take_patterns("secret", &patterns, imported),
        name if JUDGED.contains(&name) || path.contains("gibberish") => {
            imported.covered.push((format!("filter {name}"), "the judge".to_owned()));
        }
        name => imported.left(format!("filter {name}"), "nothing here stands for it"),
    }
}

fn take_patterns(of: &str, patterns: &[String], imported: &mut Imported) {
    let patterns = imported.patterns(&format!("exclude {of}"), patterns);
    if patterns.is_empty() {
        return;
    }
    imported.carried += patterns.len();
    let reason = Some(format!("excluded {of}s of detect-secrets"));
    match of {
        "file" => imported.draft.paths.exclude_patterns.extend(patterns),
        "line" => imported.draft.allow.push(DraftAllow { reason, lines: patterns, ..DraftAllow::default() }),
        _ => imported.draft.allow.push(DraftAllow { reason, patterns, ..DraftAllow::default() }),
    }
}
