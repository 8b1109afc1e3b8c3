//! Reads a report of ours again, json or jsonl: what verify and revoke start from. Secrets are not in it; they are read from where
//! they lie.

use serde::Deserialize;
use serde_json::Value;

use super::SCHEMA;
use crate::{
    finding::{About, Finding, FindingId, Part, Reason, ShownPlace},
    location::{CommitInfo, Oid, Place, Position, SourceKind, TagInfo},
    rule::{Confidence, Kind, Lifetime},
};

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Neither json nor jsonl.
    #[error("not a report of keysweep in json or jsonl")]
    NotOurs,
    /// Of a later version.
    #[error("a report of schema {0}; this version reads {SCHEMA}")]
    Schema(u64),
    /// A finding that is not what the schema says.
    #[error("finding {0}: {1}")]
    Finding(usize, String),
}

/// The findings of a report, in its order, without secrets and verdicts.
///
/// # Errors
/// Where the text is no report of ours, or one of a later version.
pub fn findings(text: &[u8]) -> Result<Vec<Finding>, ReadError> {
    let (schema, objects) = objects(text).ok_or(ReadError::NotOurs)?;
    if schema != u64::from(SCHEMA) {
        return Err(ReadError::Schema(schema));
    }
    let read = |(at, object): (usize, Value)| {
        let shape: FindingShape =
            serde_json::from_value(object).map_err(|error| ReadError::Finding(at + 1, error.to_string()))?;
        shape.finding().ok_or_else(|| ReadError::Finding(at + 1, "an id, source or date of another form".into()))
    };
    objects.into_iter().enumerate().map(read).collect()
}

/// The schema and the finding objects of either format.
fn objects(text: &[u8]) -> Option<(u64, Vec<Value>)> {
    if let Ok(Value::Object(mut document)) = serde_json::from_slice(text)
        && let Some(Value::Array(findings)) = document.remove("findings")
    {
        return Some((document.get("schema")?.as_u64()?, findings));
    }
    let mut objects = vec![];
    let mut schema = None;
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let object: Value = serde_json::from_slice(line).ok()?;
        match object.get("type")?.as_str()? {
            "finding" => objects.push(object),
            "summary" => schema = object.get("schema").and_then(Value::as_u64),
            _ => {}
        }
    }
    Some((schema?, objects))
}

#[derive(Deserialize)]
struct FindingShape {
    id: String,
    rule: String,
    name: String,
    issuer: String,
    issuer_name: String,
    kind: Kind,
    lifetime: Lifetime,
    confidence: Confidence,
    masked: String,
    opens: String,
    rotate: String,
    first_seen: Option<String>,
    last_seen: Option<String>,
    in_head: Option<bool>,
    exposed_days: Option<u32>,
    parts: Vec<PartShape>,
    #[serde(default)]
    evidence: Vec<ReasonShape>,
    places_total: u64,
    places: Vec<PlaceShape>,
}

#[derive(Deserialize)]
struct PartShape {
    name: String,
    value: Option<String>,
    masked: bool,
    line: Option<u32>,
    column: Option<u32>,
}

#[derive(Deserialize)]
struct ReasonShape {
    name: String,
    says: String,
    weight: Option<i32>,
}

#[derive(Deserialize)]
struct PlaceShape {
    source: String,
    target: String,
    path: Option<String>,
    line: u32,
    column: u32,
    end_line: u32,
    blob: Option<String>,
    commit: Option<String>,
    tag: Option<String>,
    author: Option<String>,
    email: Option<String>,
    date: Option<String>,
    subject: Option<String>,
    last_commit: Option<String>,
    last_date: Option<String>,
    head_line: Option<u32>,
    excerpt: Option<String>,
}

impl FindingShape {
    fn finding(self) -> Option<Finding> {
        Some(Finding {
            id: FindingId::from_text(&self.id)?,
            about: About {
                rule: self.rule,
                name: self.name,
                issuer: self.issuer,
                issuer_name: self.issuer_name,
                kind: self.kind,
                lifetime: self.lifetime,
                opens: self.opens,
                rotate: self.rotate,
            },
            confidence: self.confidence,
            masked: self.masked,
            secret: None,
            places: self.places.into_iter().map(PlaceShape::place).collect::<Option<_>>()?,
            places_total: self.places_total,
            first_seen: seconds(self.first_seen.as_deref()),
            last_seen: seconds(self.last_seen.as_deref()),
            in_head: self.in_head,
            exposed_days: self.exposed_days,
            parts: self.parts.into_iter().map(PartShape::part).collect(),
            evidence: self.evidence.into_iter().map(ReasonShape::reason).collect(),
            verification: None,
        })
    }
}

impl ReasonShape {
    fn reason(self) -> Reason {
        Reason { name: self.name, says: self.says, weight: self.weight }
    }
}

impl PartShape {
    fn part(self) -> Part {
        let at = self.line.zip(self.column);
        Part { name: self.name, value: self.value, masked: self.masked, secret: None, at }
    }
}

impl PlaceShape {
    fn place(self) -> Option<ShownPlace> {
        let oid = |hex: &String| Oid::from_hex(hex.as_bytes());
        let commit = |oid, date: Option<&str>| CommitInfo {
            oid,
            author: self.author.clone().unwrap_or_default().into(),
            email: self.email.clone().unwrap_or_default().into(),
            date: seconds(date).unwrap_or_default(),
            offset_minutes: 0,
            subject: self.subject.clone().unwrap_or_default().into(),
        };
        let place = Place {
            source: source(&self.source)?,
            target: self.target.clone().into(),
            path: self.path.clone().map(Into::into),
            // Where it ends, and how far from the start it is, no report tells.
            position: Position { offset: 0, end: 0, line: self.line, column: self.column, end_line: self.end_line },
            blob: self.blob.as_ref().and_then(oid),
            commit: self.commit.as_ref().and_then(oid).map(|oid| commit(oid, self.date.as_deref())),
            last_commit: self.last_commit.as_ref().and_then(oid).map(|oid| commit(oid, self.last_date.as_deref())),
            tag: self.tag.as_ref().map(|name| TagInfo {
                name: name.clone().into(),
                tagger: self.author.clone().unwrap_or_default().into(),
                email: self.email.clone().unwrap_or_default().into(),
                date: seconds(self.date.as_deref()).unwrap_or_default(),
                offset_minutes: 0,
            }),
            head_line: self.head_line,
        };
        Some(ShownPlace { place, excerpt: self.excerpt })
    }
}

fn source(word: &str) -> Option<SourceKind> {
    const ALL: [SourceKind; 8] = [
        SourceKind::Tree,
        SourceKind::Staged,
        SourceKind::History,
        SourceKind::CommitMessage,
        SourceKind::TagMessage,
        SourceKind::Stdin,
        SourceKind::Patch,
        SourceKind::Unreachable,
    ];
    ALL.into_iter().find(|source| source.as_str() == word)
}

fn seconds(text: Option<&str>) -> Option<i64> {
    text?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, Look, Report, sample};

    fn written(report: &Report, format: Format) -> Vec<u8> {
        let mut out = Vec::new();
        report.write(format, Look::PLAIN, &mut out).unwrap();
        out
    }

    #[test]
    fn a_report_that_is_read_and_written_again_tells_the_same() {
        let report = sample::report();
        for format in [Format::Json, Format::Jsonl] {
            let text = written(&report, format);
            let mut again = report.clone();
            again.findings = findings(&text).unwrap();
            assert_eq!(again.findings.len(), report.findings.len());
            // The author of the last commit and the clocks' offsets are in no report.
            let utc = |text: Vec<u8>| {
                String::from_utf8(text)
                    .unwrap()
                    .lines()
                    .filter(|line| !line.contains("date\""))
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            if format == Format::Json {
                assert_eq!(utc(written(&again, format)), utc(text));
            }
        }
    }

    #[test]
    fn what_is_no_report_of_ours_is_told() {
        assert!(matches!(findings(b"[]"), Err(ReadError::NotOurs)));
        assert!(matches!(findings(b"{\"schema\": 2, \"findings\": []}"), Err(ReadError::Schema(2))));
        let odd = b"{\"schema\": 1, \"findings\": [{}]}";
        assert!(matches!(findings(odd), Err(ReadError::Finding(1, _))));
    }
}
