//! The objects of json and jsonl: one shape for both. `docs/report.schema.json` describes them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Counts, Stats, Summary, words};
use crate::{
    finding::{self, Finding, Mechanism, Severity, ShownPlace, Suppressed, Verification, printable::utf8},
    location::{CommitInfo, TagInfo},
    problem::Problem,
    rule::{Confidence, Kind, Lifetime},
    severity,
};

#[derive(Serialize)]
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

pub const TOOL: Tool = Tool { name: "keysweep", version: env!("CARGO_PKG_VERSION") };

#[derive(Serialize)]
pub struct FindingObject<'a> {
    id: &'a str,
    rule: &'a str,
    name: &'a str,
    issuer: &'a str,
    issuer_name: &'a str,
    kind: Kind,
    lifetime: Lifetime,
    confidence: Confidence,
    severity: &'static str,
    severity_reason: String,
    masked: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    opens: &'a str,
    rotate: &'a str,
    first_seen: Option<String>,
    last_seen: Option<String>,
    in_head: Option<bool>,
    exposed_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<VerificationObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<SuppressedObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'a str>,
    parts: Vec<PartObject<'a>>,
    evidence: Vec<ReasonObject<'a>>,
    places_total: u64,
    places: Vec<PlaceObject<'a>>,
}

/// What the issuer said.
#[derive(Serialize)]
struct VerificationObject<'a> {
    verdict: &'static str,
    reason: Option<&'a str>,
    checked_at: Option<String>,
    host: Option<&'a str>,
    request: Option<&'a str>,
    holder: Option<&'a str>,
    organisation: Option<&'a str>,
    account: Option<&'a str>,
    kind: Option<&'a str>,
    scopes: &'a [String],
    expires: Option<&'a str>,
    last_used: Option<&'a str>,
    key_id: Option<&'a str>,
    key_name: Option<&'a str>,
    limits: Option<&'a str>,
    severity: Option<&'static str>,
}

impl<'a> VerificationObject<'a> {
    fn new(said: &'a Verification) -> Self {
        Self {
            verdict: said.verdict.as_str(),
            reason: said.reason.as_deref(),
            checked_at: said.checked_at.and_then(|seconds| words::date_time(seconds, 0)),
            host: said.host.as_deref(),
            request: said.request.as_deref(),
            holder: said.holder.as_deref(),
            organisation: said.organisation.as_deref(),
            account: said.account.as_deref(),
            kind: said.kind.as_deref(),
            scopes: &said.scopes,
            expires: said.expires.as_deref(),
            last_used: said.last_used.as_deref(),
            key_id: said.key_id.as_deref(),
            key_name: said.key_name.as_deref(),
            limits: said.limits.as_deref(),
            severity: said.severity.map(Severity::as_str),
        }
    }
}

/// Why a finding does not count.
#[derive(Serialize)]
struct SuppressedObject<'a> {
    by: Mechanism,
    reason: Option<&'a str>,
    at: Option<&'a str>,
    even_if_live: bool,
}

impl<'a> SuppressedObject<'a> {
    fn new(by: &'a Suppressed) -> Self {
        Self { by: by.by, reason: by.reason.as_deref(), at: by.at.as_deref(), even_if_live: by.even_if_live }
    }
}

#[derive(Serialize)]
struct PartObject<'a> {
    name: &'a str,
    value: Option<&'a str>,
    masked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

#[derive(Serialize)]
struct ReasonObject<'a> {
    name: &'a str,
    says: &'a str,
    /// Hundredths of log-odds.
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<i32>,
}

/// What is not known or has no meaning for a source is left out.
#[derive(Serialize)]
struct PlaceObject<'a> {
    source: &'static str,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    line: u32,
    column: u32,
    end_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    blob: Option<String>,
    #[serde(flatten)]
    commit: Option<CommitObject>,
    #[serde(flatten)]
    tag: Option<TagObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_head: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<&'a str>,
}

#[derive(Serialize)]
struct CommitObject {
    commit: String,
    author: String,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    subject: String,
}

#[derive(Serialize)]
struct TagObject {
    tag: String,
    author: String,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
}

#[derive(Serialize)]
pub struct ProblemObject<'a> {
    kind: &'static str,
    what: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
pub struct SummaryObject<'a> {
    findings: u64,
    by_confidence: BTreeMap<&'static str, u64>,
    by_severity: BTreeMap<&'static str, u64>,
    by_verdict: BTreeMap<&'static str, u64>,
    below_confidence: u64,
    suppressed: BTreeMap<&'static str, u64>,
    places: u64,
    in_head: u64,
    problems: BTreeMap<&'static str, usize>,
    skipped: BTreeMap<&'static str, u64>,
    targets: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    remotes: &'a BTreeMap<String, String>,
    rules: usize,
    files: u64,
    blobs: u64,
    commits: u64,
    bytes: u64,
    searched_bytes: u64,
    interrupted: bool,
    notes: &'a [String],
    started_at: Option<String>,
    elapsed_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<&'a Stats>,
}

impl<'a> FindingObject<'a> {
    pub fn new(finding: &'a Finding) -> Self {
        let text = |secret: &crate::secret::Secret| utf8(secret.expose());
        let date = |seconds| words::date_time(seconds, 0);
        let rating = severity::of(finding);
        Self {
            id: finding.id.as_str(),
            rule: &finding.about.rule,
            name: &finding.about.name,
            issuer: &finding.about.issuer,
            issuer_name: &finding.about.issuer_name,
            kind: finding.about.kind,
            lifetime: finding.about.lifetime,
            confidence: finding.confidence,
            severity: rating.severity.as_str(),
            severity_reason: rating.reason,
            masked: &finding.masked,
            secret: finding.secret.as_ref().map(text),
            opens: &finding.about.opens,
            rotate: &finding.about.rotate,
            first_seen: finding.first_seen.and_then(date),
            last_seen: finding.last_seen.and_then(date),
            in_head: finding.in_head,
            exposed_days: finding.exposed_days,
            verification: finding.verification.as_ref().map(VerificationObject::new),
            suppressed: finding.suppressed.as_ref().map(SuppressedObject::new),
            warning: finding.warning.as_deref(),
            parts: finding.parts.iter().map(PartObject::new).collect(),
            evidence: finding.evidence.iter().map(ReasonObject::new).collect(),
            places_total: finding.places_total,
            places: finding.places.iter().map(PlaceObject::new).collect(),
        }
    }
}

impl<'a> PartObject<'a> {
    fn new(part: &'a finding::Part) -> Self {
        Self {
            name: &part.name,
            value: part.value.as_deref(),
            masked: part.masked,
            secret: part.secret.as_ref().map(|secret| utf8(secret.expose())),
            line: part.at.map(|(line, _)| line),
            column: part.at.map(|(_, column)| column),
        }
    }
}

impl<'a> ReasonObject<'a> {
    fn new(reason: &'a finding::Reason) -> Self {
        Self { name: &reason.name, says: &reason.says, weight: reason.weight }
    }
}

impl<'a> PlaceObject<'a> {
    fn new(shown: &'a ShownPlace) -> Self {
        let place = &shown.place;
        let last = place.last_commit.as_ref();
        Self {
            source: place.source.as_str(),
            target: utf8(&place.target),
            path: place.path.as_ref().map(|path| utf8(path)),
            line: place.position.line,
            column: place.position.column,
            end_line: place.position.end_line,
            blob: place.blob.map(|blob| blob.to_string()),
            commit: place.commit.as_ref().map(CommitObject::new),
            tag: place.tag.as_ref().map(TagObject::new),
            last_commit: last.map(|commit| commit.oid.to_string()),
            last_date: last.and_then(|commit| words::date_time(commit.date, commit.offset_minutes)),
            in_head: finding::group::in_head(place),
            head_line: place.head_line,
            excerpt: shown.excerpt.as_deref(),
        }
    }
}

impl CommitObject {
    fn new(commit: &CommitInfo) -> Self {
        Self {
            commit: commit.oid.to_string(),
            author: utf8(&commit.author),
            email: utf8(&commit.email),
            date: words::date_time(commit.date, commit.offset_minutes),
            subject: utf8(&commit.subject),
        }
    }
}

impl TagObject {
    fn new(tag: &TagInfo) -> Self {
        Self {
            tag: utf8(&tag.name),
            author: utf8(&tag.tagger),
            email: utf8(&tag.email),
            date: (tag.date != 0).then(|| words::date_time(tag.date, tag.offset_minutes)).flatten(),
        }
    }
}

impl<'a> ProblemObject<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        Self { kind: problem.kind.as_str(), what: &problem.what, why: &problem.why }
    }
}

impl<'a> SummaryObject<'a> {
    pub fn new(counts: &Counts, problems: &[Problem], summary: &'a Summary) -> Self {
        let tally = &summary.tally;
        let mut by_kind = BTreeMap::new();
        problems.iter().for_each(|problem| *by_kind.entry(problem.kind.as_str()).or_default() += 1);
        Self {
            findings: counts.findings,
            by_confidence: counts.by_confidence.clone(),
            by_severity: counts.by_severity.clone(),
            by_verdict: counts.by_verdict.clone(),
            below_confidence: summary.below_confidence,
            suppressed: summary.suppressed.iter().map(|(by, count)| (by.as_str(), *count)).collect(),
            places: counts.places,
            in_head: counts.in_head,
            problems: by_kind,
            skipped: tally.skipped.iter().map(|(reason, count)| (reason.as_str(), *count)).collect(),
            targets: &summary.targets,
            remotes: &summary.remotes,
            rules: summary.rules,
            files: tally.files,
            blobs: tally.blobs,
            commits: tally.commits,
            bytes: tally.bytes,
            searched_bytes: tally.fresh_bytes,
            interrupted: summary.interrupted,
            notes: &summary.notes,
            started_at: words::date_time(summary.started_at, 0),
            elapsed_ms: summary.elapsed_ms,
            stats: summary.stats.as_ref(),
        }
    }
}
