//! gitlab: GitLab's secret detection report, schema 15.0.7.
//!
//! `raw_source_code_extract` is where GitLab's own analyzer puts the secret; here it is the masked line. GitLab asks for a
//! commit: what is in no commit yet has seven zeros, as GitLab's analyzer writes.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Report, brief::brief, counts::verdict, link, places, safe_json, steps::steps, words};
use crate::{
    finding::{Finding, ShownPlace, printable::printable},
    severity,
};

const SCHEMA: &str = "15.0.7";
/// Characters that the schema allows in a name and in a solution.
const NAME: usize = 255;
const SOLUTION: usize = 7000;

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let program = json!({
        "id": "keysweep",
        "name": "keysweep",
        "vendor": { "name": "keysweep" },
        "version": env!("CARGO_PKG_VERSION"),
    });
    let begun = report.summary.started_at;
    let ended = begun.saturating_add_unsigned(report.summary.elapsed_ms / 1000);
    let document = json!({
        "version": SCHEMA,
        "scan": {
            "type": "secret_detection",
            "analyzer": program,
            "scanner": program,
            "start_time": date(begun),
            "end_time": date(ended),
            "status": if report.saw_nothing() { "failure" } else { "success" },
            "messages": messages(report),
        },
        "vulnerabilities": report.findings.iter().map(|finding| vulnerability(report, finding)).collect::<Vec<_>>(),
    });
    safe_json::write_indented(out, &document)?;
    out.write_all(b"\n")
}

/// GitLab wants no time zone.
fn date(seconds: i64) -> String {
    words::date_time(seconds, 0).unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned()).trim_end_matches('Z').to_owned()
}

fn messages(report: &Report) -> Vec<Value> {
    let of = |level: &str, text: String| json!({ "level": level, "value": printable(text.as_bytes()) });
    let problems = report.problems.iter().map(|problem| of("warn", format!("{}: {}", problem.what, problem.why)));
    problems.chain(report.summary.notes.iter().map(|note| of("info", note.clone()))).collect()
}

fn vulnerability(report: &Report, finding: &Finding) -> Value {
    let first = finding.places.first();
    let mut value = json!({
        "id": finding.id.as_str(),
        "name": cut(&printable(words::title(&finding.about).as_bytes()), NAME),
        "description": format!("{} {}", brief(finding), printable(finding.about.opens.as_bytes())),
        "severity": words::capital(severity::of(finding).severity.as_str()),
        "solution": cut(&solution(finding), SOLUTION),
        "identifiers": [
            {
                "type": "keysweep_rule_id",
                "name": format!("keysweep rule {}", finding.about.rule),
                "value": finding.about.rule,
            },
            {
                "type": "cwe",
                "name": "CWE-798",
                "value": "798",
                "url": "https://cwe.mitre.org/data/definitions/798.html",
            },
        ],
        "location": location(finding, first),
        "details": details(report, finding),
    });
    if let Some(excerpt) = first.and_then(|shown| shown.excerpt.as_ref()) {
        value["raw_source_code_extract"] = printable(excerpt.as_bytes()).into();
    }
    if words::is_address(&finding.about.rotate) {
        value["links"] = json!([{ "name": "Where to replace it", "url": finding.about.rotate }]);
    }
    value
}

fn location(finding: &Finding, first: Option<&ShownPlace>) -> Value {
    let commit = first.and_then(|shown| shown.place.commit.as_ref()).or_else(|| places::first_commit(finding));
    let mut location = match commit {
        Some(commit) => json!({ "commit": {
            "sha": commit.oid.to_string(),
            "author": printable(&commit.author),
            "date": words::date_time(commit.date, commit.offset_minutes).unwrap_or_default(),
            "message": printable(&commit.subject),
        }}),
        None => json!({ "commit": { "sha": "0000000" } }),
    };
    if let Some(place) = first.map(|shown| &shown.place) {
        let (line, end_line) = places::lines(place);
        location["start_line"] = line.into();
        location["end_line"] = end_line.into();
        location["file"] = match &place.path {
            Some(path) => printable(path).into(),
            None => places::name(place, false).into(),
        };
    }
    location
}

fn details(report: &Report, finding: &Finding) -> Value {
    let text = |name: &str, value: String| json!({ "name": name, "type": "text", "value": value });
    let mut details = json!({
        "severity": text("Severity", severity::of(finding).reason),
        "verdict": text("Verdict", verdict(finding).as_str().to_owned()),
        "confidence": text("Confidence", words::confidence(finding.confidence).to_owned()),
        "key": text("Key", printable(finding.masked.as_bytes())),
        "places": text("Places", words::number(finding.places_total)),
    });
    let target = finding.places.first().map(|shown| printable(&shown.place.target)).unwrap_or_default();
    let remote = report.summary.remotes.get(&target);
    if let Some(page) =
        remote.zip(places::first_commit(finding)).and_then(|(url, commit)| link::commit(url, &commit.oid))
    {
        details["commit"] = json!({ "name": "Commit that brought it", "type": "url", "href": page });
    }
    details
}

fn solution(finding: &Finding) -> String {
    let one = |(at, step): (usize, super::steps::Step)| {
        let more =
            step.address.into_iter().chain(step.commands).map(|line| format!("\n   `{line}`")).collect::<String>();
        format!("{}. {}{more}", at + 1, step.what)
    };
    steps(finding).into_iter().enumerate().map(one).collect::<Vec<_>>().join("\n")
}

fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, Look, sample};

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        report.write(Format::Gitlab, Look::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_gitlab_report_stays_as_it_is() {
        insta::assert_snapshot!(written(&sample::report()));
    }

    #[test]
    fn what_is_in_no_commit_has_gitlabs_zeros_and_texts_fit() {
        let mut report = sample::report();
        report.findings.truncate(1);
        let finding = &mut report.findings[0];
        finding.places.truncate(1);
        finding.about.name = "n".repeat(400);
        finding.about.rotate = "step ".repeat(3000);
        let value: Value = serde_json::from_str(&written(&report)).unwrap();
        let one = &value["vulnerabilities"][0];
        assert_eq!(one["location"]["commit"]["sha"], "0000000");
        assert_eq!(one["name"].as_str().unwrap().chars().count(), NAME);
        assert_eq!(one["solution"].as_str().unwrap().chars().count(), SOLUTION);
    }
}
