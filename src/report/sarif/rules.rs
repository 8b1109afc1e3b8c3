//! The rules of a run: what code scanning shows beside each result.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    finding::{Finding, Severity, printable::printable},
    report::words,
    rule::Confidence,
    severity,
};

/// Rules in the order of their ids, and the index of each.
pub fn rules(findings: &[&Finding]) -> (Vec<Value>, BTreeMap<String, usize>) {
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    findings.iter().for_each(|finding| by_rule.entry(&finding.about.rule).or_default().push(finding));
    let index = by_rule.keys().enumerate().map(|(at, id)| ((*id).to_owned(), at)).collect();
    (by_rule.values().map(|own| rule(own)).collect(), index)
}

/// `own` are the findings of one rule; there is at least one. Code scanning rates rules and not results: by the worst.
fn rule(own: &[&Finding]) -> Value {
    let about = &own[0].about;
    let title = printable(words::title(about).as_bytes());
    let worst = own.iter().map(|finding| severity::of(finding).severity).max().unwrap_or(Severity::Low);
    let surest = own.iter().map(|finding| finding.confidence).max().unwrap_or(Confidence::Low);
    let opens = printable(about.opens.as_bytes());
    let mut rule = json!({
        "id": about.rule,
        "name": pascal(&about.rule),
        "shortDescription": { "text": format!("{title} in the repository.") },
        "fullDescription": { "text": format!("{title}. {opens}").trim_end() },
        "help": { "text": help(about, false), "markdown": help(about, true) },
        "defaultConfiguration": { "level": level(worst) },
        "properties": {
            "tags": ["security", "secret", words::kind(about.kind), "external/cwe/cwe-798"],
            "precision": match surest { Confidence::High => "very-high", Confidence::Medium => "high", Confidence::Low => "low" },
            "security-severity": score(worst),
        },
    });
    if words::is_address(&about.rotate) {
        rule["helpUri"] = about.rotate.as_str().into();
    }
    rule
}

/// What to do, without the place: all results of a rule share it.
fn help(about: &crate::finding::About, markdown: bool) -> String {
    let rotate = printable(about.rotate.as_bytes());
    let replace = match words::is_address(&rotate) {
        true if markdown => format!("Make a new one at <{rotate}>, and put it where the old one is used."),
        true => format!("Make a new one at {rotate}, and put it where the old one is used."),
        false => format!(
            "Make a new one, and put it where the old one is used. {}",
            super::super::markdown::escaped(&rotate)
        ),
    };
    let steps = [
        replace.trim_end().to_owned(),
        "Revoke the old one: `keysweep revoke plan REPORT.json`, then `keysweep revoke apply`.".to_owned(),
        "Take it out of the files, and read it from the environment or a vault instead.".to_owned(),
        "Rewriting the history comes last, if at all: a revoked key needs no clean-up.".to_owned(),
    ];
    let opens = printable(about.opens.as_bytes());
    let mut text = match markdown {
        true => format!("{}\n\n", super::super::markdown::escaped(&opens)),
        false => format!("{opens}\n\n"),
    };
    for (at, step) in steps.iter().enumerate() {
        let step = if markdown { step.clone() } else { step.replace('`', "") };
        text.push_str(&format!("{}. {step}\n", at + 1));
    }
    text.trim_start().to_owned()
}

/// SARIF's three levels.
pub fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// In the middle of the range that code scanning calls by the same word (over 9.0, 7.0 to 8.9, 4.0 to 6.9, below).
pub fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

/// `github-pat-classic` as `GithubPatClassic`: SARIF wants names so.
fn pascal(id: &str) -> String {
    id.split(['-', '_']).map(words::capital).collect()
}
