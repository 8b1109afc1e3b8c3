//! json: one document, for programs that read all of it.

use std::{
    borrow::Borrow,
    cell::RefCell,
    io::{self, Write},
};

use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeSeq},
};

use super::{Counts, Report, SCHEMA, Summary, safe_json, wire};
use crate::{finding::Finding, problem::Problem};

#[derive(Serialize)]
#[serde(bound(serialize = "Findings<'a, I>: Serialize"))]
struct Document<'a, I> {
    schema: u32,
    tool: wire::Tool,
    complete: bool,
    findings: Findings<'a, I>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressed: Vec<wire::FindingObject<'a>>,
    problems: Vec<wire::ProblemObject<'a>>,
    summary: Behind<'a>,
}

/// Findings that are counted while they pass, so that they need not all be in memory.
struct Findings<'a, I>(RefCell<Option<I>>, &'a RefCell<Counts>);

/// The summary, which is made when the findings have passed.
struct Behind<'a>(&'a RefCell<Counts>, &'a [Problem], &'a Summary);

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Report { complete, findings, suppressed, problems, summary } = report;
    write_stream(*complete, findings.iter().map(Ok), suppressed, problems, summary, out)
}

/// The same for findings that come one by one.
pub fn write_stream<F: Borrow<Finding>>(
    complete: bool,
    findings: impl Iterator<Item = io::Result<F>>,
    suppressed: &[Finding],
    problems: &[Problem],
    summary: &Summary,
    out: &mut dyn Write,
) -> io::Result<()> {
    let counts = RefCell::default();
    let document = Document {
        schema: SCHEMA,
        tool: wire::TOOL,
        complete,
        findings: Findings(RefCell::new(Some(findings)), &counts),
        suppressed: suppressed.iter().map(wire::FindingObject::new).collect(),
        problems: problems.iter().map(wire::ProblemObject::new).collect(),
        summary: Behind(&counts, problems, summary),
    };
    safe_json::write_indented(out, &document)?;
    out.write_all(b"\n")
}

impl<F: Borrow<Finding>, I: Iterator<Item = io::Result<F>>> Serialize for Findings<'_, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for finding in self.0.take().into_iter().flatten() {
            let finding = finding.map_err(S::Error::custom)?;
            self.1.borrow_mut().add(finding.borrow());
            list.serialize_element(&wire::FindingObject::new(finding.borrow()))?;
        }
        list.end()
    }
}

impl Serialize for Behind<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::SummaryObject::new(&self.0.borrow(), self.1, self.2).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{
        finding::{Severity, Verdict, Verification},
        report::{Format, Look, sample},
        secret::Secret,
    };

    fn schema(name: &str) -> jsonschema::Validator {
        let mut schema: Value = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
        schema["anyOf"] = serde_json::json!([{ "$ref": format!("#/$defs/{name}") }]);
        jsonschema::draft202012::new(&schema).unwrap()
    }

    fn written(report: &Report, format: Format) -> String {
        let mut out = Vec::new();
        report.write(format, Look::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The sample as it is, with secrets shown, with odd text and dates, and with nothing in it.
    fn reports() -> Vec<Report> {
        let mut shown = sample::report();
        for finding in &mut shown.findings {
            finding.secret = Some(Secret::new(b"\xff\x1b[2J"));
            finding.parts.iter_mut().for_each(|part| part.secret = Some(Secret::new(b"x")));
        }
        let said = [Verdict::Live, Verdict::Unknown, Verdict::NotChecked, Verdict::Dead];
        for (finding, verdict) in shown.findings.iter_mut().zip(said) {
            finding.verification = Some(Verification {
                checked_at: Some(0),
                scopes: vec!["repo".into()],
                severity: (verdict == Verdict::Live).then_some(Severity::Critical),
                ..Verification::of(verdict, "for a test")
            });
        }
        let mut odd = sample::report();
        odd.findings[0].first_seen = Some(i64::MAX);
        for shown in &mut odd.findings[0].places {
            shown.place.path = Some(b"a\xff\x1b\n".into());
            shown.place.commit.as_mut().into_iter().for_each(|commit| commit.date = i64::MIN);
        }
        let mut empty = sample::report();
        empty.findings.clear();
        empty.problems.clear();
        vec![sample::report(), shown, odd, empty]
    }

    fn assert_valid(validator: &jsonschema::Validator, text: &str) {
        let value: Value = serde_json::from_str(text).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{} at {}", error, error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{text}");
    }

    #[test]
    fn json_is_what_its_schema_says() {
        let document = schema("document");
        reports().iter().for_each(|report| assert_valid(&document, &written(report, Format::Json)));
    }

    #[test]
    fn every_line_of_jsonl_is_what_its_schema_says_and_the_last_is_the_summary() {
        let line = schema("line");
        for report in reports() {
            let text = written(&report, Format::Jsonl);
            text.lines().for_each(|text| assert_valid(&line, text));
            assert!(text.lines().last().unwrap().starts_with("{\"type\":\"summary\",\"schema\":1,"), "{text}");
            assert_eq!(text.lines().count(), report.findings.len() + report.problems.len() + 1);
        }
    }

    #[test]
    fn the_schema_refuses_what_it_does_not_describe() {
        let mut value: Value = serde_json::from_str(&written(&sample::report(), Format::Json)).unwrap();
        value["findings"][0]["odd"] = true.into();
        assert!(!schema("document").is_valid(&value));
    }

    #[test]
    fn secrets_are_in_a_report_only_where_they_were_asked_for() {
        for format in Format::ALL {
            let text = written(&sample::report(), format);
            assert!(!text.contains("q7Zk1vW9") && !text.contains("hunter2") && !text.contains("\"secret\":"), "{text}");
        }
        assert!(written(&reports()[1], Format::Json).contains("\"secret\": \"\\\\xff\\u001b[2J\""));
    }

    #[test]
    fn json_stays_as_it_is() {
        let mut report = sample::report();
        report.findings[0].places.truncate(3);
        insta::assert_snapshot!(written(&report, Format::Json));
        insta::assert_snapshot!(written(&report, Format::Jsonl));
    }
}
