//! One finding as a result.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::rules::{level, score};
use crate::{
    finding::{Finding, Part, printable::printable, printable::utf8},
    location::Place,
    report::{Report, brief::brief, counts::verdict, link, next_step::next_step, places, words},
    severity,
};

/// Related locations of a result. Code scanning shows a hundred and counts them into the size.
const RELATED: usize = 20;

pub fn result(report: &Report, finding: &Finding, index: &BTreeMap<String, usize>) -> Value {
    let rating = severity::of(finding);
    let first = finding.places.first().map(|shown| &shown.place);
    let uri = first.map(|place| uri(report, place)).unwrap_or_default();
    let name = first.map(|place| places::name(place, false)).unwrap_or_default();
    let (step, address) = next_step(finding, &name);
    let text = format!("{} {step} {}", brief(finding), address.unwrap_or_default());
    let mut result = json!({
        "ruleId": finding.about.rule,
        "ruleIndex": index.get(&finding.about.rule),
        "level": level(rating.severity),
        "kind": "fail",
        "message": { "text": printable(text.trim_end().as_bytes()) },
        "locations": first.map(|place| location(report, place)).into_iter().collect::<Vec<_>>(),
        "partialFingerprints": {
            "keysweepFinding/v1": finding.id.as_str(),
            // Code scanning looks at this one: the secret and the file, whatever the line.
            "primaryLocationLineHash": fingerprint(finding, &uri),
        },
        "properties": properties(report, finding, &rating),
    });
    let related: Vec<Value> =
        finding.places.iter().skip(1).take(RELATED).map(|shown| related(report, &shown.place)).collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if let Some(flow) = flow(report, finding) {
        result["codeFlows"] = json!([{ "threadFlows": [{ "locations": flow }] }]);
    }
    result
}

fn fingerprint(finding: &Finding, uri: &str) -> String {
    let hash = blake3::hash(format!("{}\0{uri}", finding.id).as_bytes());
    format!("{}:1", &hash.to_hex()[..16])
}

fn properties(report: &Report, finding: &Finding, rating: &severity::Rating) -> Value {
    let commit = places::first_commit(finding);
    let target = finding.places.first().map(|shown| utf8(&shown.place.target)).unwrap_or_default();
    let page = report.summary.remotes.get(&target).zip(commit).and_then(|(url, commit)| link::commit(url, &commit.oid));
    json!({
        "severity": rating.severity.as_str(),
        "severityReason": rating.reason,
        "security-severity": score(rating.severity),
        "verdict": verdict(finding).as_str(),
        "confidence": words::confidence(finding.confidence),
        "masked": printable(finding.masked.as_bytes()),
        "places": finding.places_total,
        "inHead": finding.in_head,
        "exposedDays": finding.exposed_days,
        "firstSeen": finding.first_seen.and_then(|seconds| words::date_time(seconds, 0)),
        "commit": commit.map(|commit| commit.oid.to_string()),
        "author": commit.map(|commit| printable(&commit.author)),
        "commitLink": page,
        "line": finding.places.first().and_then(|shown| shown.excerpt.as_ref()).map(|line| printable(line.as_bytes())),
    })
}

fn location(report: &Report, place: &Place) -> Value {
    let (line, end_line) = places::lines(place);
    region(report, place, line, end_line)
}

fn region(report: &Report, place: &Place, line: u32, end_line: u32) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(report, place), "uriBaseId": "%SRCROOT%" },
        "region": { "startLine": line.max(1), "endLine": end_line.max(line).max(1) },
    }})
}

fn related(report: &Report, place: &Place) -> Value {
    let state = places::state(place);
    let name = places::name(place, report.summary.targets.len() > 1);
    let mut value = location(report, place);
    value["message"] = json!({ "text": if state.is_empty() { name } else { format!("{name}, {state}") } });
    value
}

/// Relative to the root of the sources. A message of a commit is in no file; its object stands for one.
fn uri(report: &Report, place: &Place) -> String {
    let Some(path) = &place.path else {
        let object = place.commit.as_ref().map(|commit| commit.oid).or(place.blob);
        return object.map_or("standard-input".to_owned(), |oid| format!("git-objects/{oid}"));
    };
    let target = place.target.strip_prefix(b"./".as_slice()).unwrap_or(&place.target);
    let is_plain =
        matches!(target, b"." | b"-" | b"") || target.starts_with(b"/") || target.windows(3).any(|part| part == b"://");
    let path = link::escaped(path.strip_prefix(b"./".as_slice()).unwrap_or(path));
    // A file that was named by itself has its own path.
    if is_plain || report.summary.targets.len() < 2 {
        return path.trim_start_matches('/').to_owned();
    }
    format!("{}/{}", link::escaped(target).trim_end_matches('/'), path.trim_start_matches('/'))
}

/// From a companion to the secret, where both are known to stand in one file.
fn flow(report: &Report, finding: &Finding) -> Option<Vec<Value>> {
    let place = &finding.places.first()?.place;
    if finding.places.iter().any(|shown| shown.place.path != place.path) {
        return None;
    }
    let step = |value: Value, text: String| {
        let mut location = value;
        location["message"] = json!({ "text": text });
        json!({ "location": location })
    };
    let part = |part: &Part| {
        let (line, _) = part.at?;
        let text = format!("{}: {}", part.name, printable(part.value.as_deref().unwrap_or_default().as_bytes()));
        Some(step(region(report, place, line, line), text))
    };
    let mut steps: Vec<Value> = finding.parts.iter().filter_map(part).collect();
    if steps.is_empty() {
        return None;
    }
    let own = region(report, place, place.position.line, place.position.end_line);
    steps.push(step(own, printable(finding.masked.as_bytes())));
    Some(steps)
}
