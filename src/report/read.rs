//! Reads a report of ours again, json or jsonl: what verify, revoke and `keysweep report` start from. Secrets are not read, even
//! where a report holds them: they are read again from where they lie.

mod shapes;

use serde::Deserialize;
use serde_json::Value;

use super::{Report, SCHEMA};
use crate::finding::Finding;
pub(super) use shapes::{FindingShape, ProblemShape, SummaryShape};

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Neither json nor jsonl.
    #[error("not a report of keysweep in json or jsonl, nor of another scanner that is known")]
    NotOurs,
    /// Of a later version.
    #[error("a report of schema {0}; this version reads {SCHEMA}")]
    Schema(u64),
    /// A finding that is not what the schema says.
    #[error("finding {0}: {1}")]
    Finding(usize, String),
    /// A problem or a summary that is not what the schema says.
    #[error("{0}: {1}")]
    Part(&'static str, String),
}

/// The findings of a report, in its order, without secrets.
///
/// # Errors
/// Where the text is no report of ours, or one of a later version.
pub fn findings(text: &[u8]) -> Result<Vec<Finding>, ReadError> {
    let parts = objects(text).ok_or(ReadError::NotOurs)?;
    if parts.schema != u64::from(SCHEMA) {
        return Err(ReadError::Schema(parts.schema));
    }
    parts.findings.into_iter().enumerate().map(|(at, object)| finding(at + 1, object)).collect()
}

/// A whole report, without secrets.
///
/// # Errors
/// Where the text is no report of ours, or one of a later version.
pub fn report(text: &[u8]) -> Result<Report, ReadError> {
    let parts = objects(text).ok_or(ReadError::NotOurs)?;
    if parts.schema != u64::from(SCHEMA) {
        return Err(ReadError::Schema(parts.schema));
    }
    let findings = parts.findings.into_iter().enumerate().map(|(at, object)| finding(at + 1, object));
    Ok(Report {
        complete: parts.complete,
        findings: findings.collect::<Result<_, _>>()?,
        suppressed: vec![],
        problems: parts.problems.into_iter().map(problem).collect::<Result<_, _>>()?,
        summary: summary(parts.summary)?,
    })
}

/// The `at`th finding, counted from 1.
pub(super) fn finding(at: usize, object: Value) -> Result<Finding, ReadError> {
    let shape: FindingShape = of(object).map_err(|why| ReadError::Finding(at, why))?;
    shape.finding().ok_or_else(|| ReadError::Finding(at, "an id, source, verdict or date of another form".into()))
}

pub(super) fn problem(object: Value) -> Result<crate::problem::Problem, ReadError> {
    let shape: ProblemShape = of(object).map_err(|why| ReadError::Part("problem", why))?;
    shape.problem().ok_or_else(|| ReadError::Part("problem", "a kind that this version does not know".into()))
}

pub(super) fn summary(object: Value) -> Result<super::Summary, ReadError> {
    let shape: SummaryShape = of(object).map_err(|why| ReadError::Part("summary", why))?;
    let unknown = || ReadError::Part("summary", "skipped for a reason that this version does not know".into());
    shape.summary().ok_or_else(unknown)
}

fn of<T: for<'de> Deserialize<'de>>(object: Value) -> Result<T, String> {
    serde_json::from_value(object).map_err(|error| error.to_string())
}

/// The objects of either format.
#[derive(Default)]
struct Objects {
    schema: u64,
    complete: bool,
    findings: Vec<Value>,
    problems: Vec<Value>,
    summary: Value,
}

fn objects(text: &[u8]) -> Option<Objects> {
    if let Ok(Value::Object(mut document)) = serde_json::from_slice(text)
        && let Some(Value::Array(findings)) = document.remove("findings")
    {
        let problems = match document.remove("problems") {
            Some(Value::Array(problems)) => problems,
            _ => vec![],
        };
        return Some(Objects {
            schema: document.get("schema")?.as_u64()?,
            complete: document.get("complete").and_then(Value::as_bool).unwrap_or_default(),
            findings,
            problems,
            summary: document.remove("summary").unwrap_or_default(),
        });
    }
    let mut objects = Objects::default();
    let mut has_summary = false;
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let object: Value = serde_json::from_slice(line).ok()?;
        match object.get("type")?.as_str()? {
            "finding" => objects.findings.push(object),
            "problem" => objects.problems.push(object),
            "summary" => {
                objects.schema = object.get("schema")?.as_u64()?;
                objects.complete = object.get("complete").and_then(Value::as_bool).unwrap_or_default();
                objects.summary = object;
                has_summary = true;
            }
            _ => {}
        }
    }
    has_summary.then_some(objects)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::{Severity, Verdict, Verification},
        report::{Format, Look, sample},
    };

    fn written(report: &Report, format: Format) -> String {
        let mut out = Vec::new();
        report.write(format, Look::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_that_is_read_and_written_again_is_the_same_to_the_byte() {
        let mut sample = sample::report();
        sample.findings[0].verification = Some(Verification {
            checked_at: Some(1_700_000_000),
            scopes: vec!["repo".into()],
            severity: Some(Severity::Critical),
            ..Verification::of(Verdict::Live, "for a test")
        });
        for format in [Format::Json, Format::Jsonl] {
            let text = written(&sample, format);
            let again = report(text.as_bytes()).unwrap();
            for to in [Format::Json, Format::Jsonl] {
                assert_eq!(written(&again, to), written(&sample, to));
            }
        }
    }

    #[test]
    fn secrets_that_a_report_shows_are_not_read() {
        let mut sample = sample::report();
        sample.findings[0].secret = Some(crate::secret::Secret::new(b"shown"));
        let again = report(written(&sample, Format::Json).as_bytes()).unwrap();
        assert!(again.findings.iter().all(|finding| finding.secret.is_none()));
    }

    #[test]
    fn what_is_no_report_of_ours_is_told() {
        assert!(matches!(findings(b"[]"), Err(ReadError::NotOurs)));
        assert!(matches!(findings(b"{\"schema\": 2, \"findings\": []}"), Err(ReadError::Schema(2))));
        let odd = b"{\"schema\": 1, \"findings\": [{}]}";
        assert!(matches!(findings(odd), Err(ReadError::Finding(1, _))));
    }
}
