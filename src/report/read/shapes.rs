//! The objects of json and jsonl as they are read: each field that a later version of the same schema added may be missing.

use std::collections::BTreeMap;

use jiff::{Timestamp, fmt::temporal::Pieces};
use serde::Deserialize;

use crate::{
    finding::{About, Finding, FindingId, Mechanism, Part, Reason, Severity, ShownPlace, Verdict, Verification},
    location::{CommitInfo, Oid, Place, Position, SourceKind, TagInfo},
    problem::{Problem, ProblemKind, Skip, Tally},
    report::{Stats, Summary},
    rule::{Confidence, Kind, Lifetime},
};

#[derive(Deserialize)]
pub struct FindingShape {
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
    verification: Option<VerificationShape>,
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
    /// The finding; `None` where an id, a source, a verdict or a date is of another form.
    pub fn finding(self) -> Option<Finding> {
        let verification = match self.verification {
            Some(shape) => Some(shape.verification()?),
            None => None,
        };
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
            verification,
            suppressed: None,
            warning: None,
        })
    }
}

#[derive(Deserialize)]
struct VerificationShape {
    verdict: String,
    reason: Option<String>,
    checked_at: Option<String>,
    host: Option<String>,
    request: Option<String>,
    holder: Option<String>,
    organisation: Option<String>,
    account: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    expires: Option<String>,
    last_used: Option<String>,
    key_id: Option<String>,
    key_name: Option<String>,
    limits: Option<String>,
    severity: Option<String>,
}

impl VerificationShape {
    fn verification(self) -> Option<Verification> {
        let severity = match &self.severity {
            Some(word) => Some(Severity::ALL.into_iter().find(|severity| severity.as_str() == word)?),
            None => None,
        };
        Some(Verification {
            verdict: Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == self.verdict)?,
            reason: self.reason,
            checked_at: seconds(self.checked_at.as_deref()),
            host: self.host,
            request: self.request,
            holder: self.holder,
            organisation: self.organisation,
            account: self.account,
            kind: self.kind,
            scopes: self.scopes,
            expires: self.expires,
            last_used: self.last_used,
            key_id: self.key_id,
            key_name: self.key_name,
            limits: self.limits,
            severity,
        })
    }
}

#[derive(Deserialize)]
pub struct ProblemShape {
    kind: String,
    what: String,
    why: String,
}

impl ProblemShape {
    /// The problem; `None` where it is of a kind that this version does not know.
    pub fn problem(self) -> Option<Problem> {
        let kind = ProblemKind::ALL.into_iter().find(|kind| kind.as_str() == self.kind)?;
        Some(Problem { kind, what: self.what, why: self.why })
    }
}

/// Counts of findings are not read: they are counted again.
#[derive(Deserialize)]
pub struct SummaryShape {
    below_confidence: u64,
    #[serde(default)]
    suppressed: BTreeMap<String, u64>,
    skipped: BTreeMap<String, u64>,
    targets: Vec<String>,
    #[serde(default)]
    remotes: BTreeMap<String, String>,
    rules: usize,
    files: u64,
    blobs: u64,
    commits: u64,
    bytes: u64,
    searched_bytes: u64,
    interrupted: bool,
    notes: Vec<String>,
    started_at: Option<String>,
    elapsed_ms: u64,
    stats: Option<Stats>,
}

impl SummaryShape {
    /// The summary; `None` where something was skipped for a reason that this version does not know.
    pub fn summary(self) -> Option<Summary> {
        let reason = |word: &str| Skip::ALL.into_iter().find(|reason| reason.as_str() == word);
        let mechanism = |word: &str| Mechanism::ALL.into_iter().find(|by| by.as_str() == word);
        let suppressed = self.suppressed.iter().map(|(word, count)| Some((mechanism(word)?, *count)));
        let skipped = self.skipped.iter().map(|(word, count)| Some((reason(word)?, *count)));
        Some(Summary {
            targets: self.targets,
            remotes: self.remotes,
            rules: self.rules,
            tally: Tally {
                files: self.files,
                blobs: self.blobs,
                commits: self.commits,
                bytes: self.bytes,
                fresh_bytes: self.searched_bytes,
                skipped: skipped.collect::<Option<_>>()?,
            },
            below_confidence: self.below_confidence,
            suppressed: suppressed.collect::<Option<_>>()?,
            interrupted: self.interrupted,
            notes: self.notes,
            started_at: seconds(self.started_at.as_deref()).unwrap_or_default(),
            elapsed_ms: self.elapsed_ms,
            stats: self.stats,
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
        let commit = |oid, date: Option<&str>| {
            let (date, offset_minutes) = date.and_then(with_offset).unwrap_or((i64::MIN, 0));
            CommitInfo {
                oid,
                author: self.author.clone().unwrap_or_default().into(),
                email: self.email.clone().unwrap_or_default().into(),
                date,
                offset_minutes,
                subject: self.subject.clone().unwrap_or_default().into(),
            }
        };
        let tag = |name: &String| {
            let (date, offset_minutes) = self.date.as_deref().and_then(with_offset).unwrap_or_default();
            TagInfo {
                name: name.clone().into(),
                tagger: self.author.clone().unwrap_or_default().into(),
                email: self.email.clone().unwrap_or_default().into(),
                date,
                offset_minutes,
            }
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
            tag: self.tag.as_ref().map(tag),
            head_line: self.head_line,
        };
        Some(ShownPlace { place, excerpt: self.excerpt, mark: None })
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
    text?.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// A date and how many minutes east of UTC its clock stood.
fn with_offset(text: &str) -> Option<(i64, i32)> {
    let offset = Pieces::parse(text).ok()?.to_numeric_offset().map_or(0, |offset| offset.seconds() / 60);
    Some((seconds(Some(text))?, offset))
}
