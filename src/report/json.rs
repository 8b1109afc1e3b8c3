//! json: one document, for programs that read all of it.

use std::io::{self, Write};

use serde::Serialize;

use super::{Report, SCHEMA, safe_json, wire};

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: wire::Tool,
    complete: bool,
    findings: Vec<wire::FindingObject<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressed: Vec<wire::FindingObject<'a>>,
    problems: Vec<wire::ProblemObject<'a>>,
    summary: wire::SummaryObject<'a>,
}

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: wire::TOOL,
        complete: report.complete,
        findings: report.findings.iter().map(wire::FindingObject::new).collect(),
        suppressed: report.suppressed.iter().map(wire::FindingObject::new).collect(),
        problems: report.problems.iter().map(wire::ProblemObject::new).collect(),
        summary: wire::SummaryObject::new(report),
    };
    safe_json::write_indented(out, &document)?;
    out.write_all(b"\n")
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
            assert!(!text.contains("q7Zk1vW9") && !text.contains("hunter2") && !text.contains("\"secret\""), "{text}");
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
