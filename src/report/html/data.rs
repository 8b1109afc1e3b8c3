//! What the page's script gets: findings as they are shown, in short, with every text made fit for people.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    finding::{Finding, ShownPlace, Verification, group, printable::printable},
    report::{Report, counts::verdict, link, places, steps, words},
    severity,
};

/// Places of a finding that the page lists; the others are counted.
const PLACES: usize = 40;

/// Everything the script shows.
#[derive(Serialize)]
pub struct Data<'r> {
    /// The present, seconds since 1970-01-01 UTC.
    now: i64,
    /// Distinct steps: most findings share them, and they are the longest texts. `{id}` stands for the finding's id.
    steps: Vec<Step>,
    findings: Vec<Row<'r>>,
    notes: &'r [String],
}

#[derive(Serialize)]
struct Row<'r> {
    id: &'r str,
    severity: &'static str,
    reason: String,
    verdict: &'static str,
    confidence: &'static str,
    issuer: String,
    title: String,
    kind: &'static str,
    rule: &'r str,
    masked: String,
    opens: String,
    /// Days from the first commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    facts: Vec<(&'static str, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<String>,
    /// Numbers of its steps.
    steps: Vec<usize>,
    total: u64,
    places: Vec<Stands>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Step {
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commands: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'static str>,
}

/// A place, with the commits that brought it and had it last.
#[derive(Serialize)]
struct Stands {
    name: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Commit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

#[derive(Serialize)]
struct Commit {
    id: String,
    day: String,
    author: String,
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

impl<'r> Data<'r> {
    pub fn new(report: &'r Report) -> Self {
        let mut numbers = BTreeMap::new();
        let findings = report.findings.iter().map(|finding| Row::new(report, finding, &mut numbers)).collect();
        let mut steps: Vec<(Step, usize)> = numbers.into_iter().collect();
        steps.sort_by_key(|(_, number)| *number);
        let steps = steps.into_iter().map(|(step, _)| step).collect();
        Self { now: report.summary.started_at, steps, findings, notes: &report.summary.notes }
    }
}

impl<'r> Row<'r> {
    fn new(report: &Report, finding: &'r Finding, numbers: &mut BTreeMap<Step, usize>) -> Self {
        let mut number = |step| {
            let next = numbers.len();
            *numbers.entry(Step::new(step, finding.id.as_str())).or_insert(next)
        };
        let rating = severity::of(finding);
        let about = &finding.about;
        let plain = |text: &str| printable(text.as_bytes());
        let part = |part: &crate::finding::Part| {
            (plain(&part.name), part.value.as_ref().map_or("not found nearby".to_owned(), |value| plain(value)))
        };
        Self {
            id: finding.id.as_str(),
            severity: rating.severity.as_str(),
            reason: rating.reason,
            verdict: verdict(finding).as_str(),
            confidence: words::confidence(finding.confidence),
            issuer: plain(&about.issuer_name),
            title: plain(&words::title(about)),
            kind: words::kind(about.kind),
            rule: &about.rule,
            masked: plain(&finding.masked),
            opens: plain(&about.opens),
            days: finding.exposed_days,
            first: finding.first_seen,
            last: finding.last_seen,
            head: finding.in_head,
            author: places::first_commit(finding).map(|commit| printable(&commit.author)),
            facts: finding.verification.as_ref().map(facts).unwrap_or_default(),
            parts: finding.parts.iter().map(part).collect(),
            evidence: finding
                .evidence
                .iter()
                .map(|reason| plain(&format!("{}: {}", reason.name, reason.says)))
                .collect(),
            steps: steps::steps(finding).into_iter().map(&mut number).collect(),
            total: finding.places_total,
            places: stands(report, finding),
        }
    }
}

fn facts(said: &Verification) -> Vec<(&'static str, String)> {
    let scopes = (!said.scopes.is_empty()).then(|| said.scopes.join(", "));
    let checked = said.checked_at.and_then(|seconds| words::date_time(seconds, 0));
    let facts = [
        ("Answer", said.reason.clone()),
        ("Holder", said.holder.clone()),
        ("Organisation", said.organisation.clone()),
        ("Account", said.account.clone()),
        ("Kind", said.kind.clone()),
        ("May", scopes),
        ("Limits", said.limits.clone()),
        ("Expires", said.expires.clone()),
        ("Last used", said.last_used.clone()),
        ("Key", said.key_name.clone()),
        ("Key id", said.key_id.clone()),
        ("Asked at", said.host.clone()),
        ("Asked on", checked),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, printable(value?.as_bytes())))).collect()
}

impl Step {
    fn new(step: steps::Step, id: &str) -> Self {
        let steps::Step { what, address, commands, warning } = step;
        let commands = commands.into_iter().map(|command| command.replace(id, "{id}")).collect();
        Self { what: printable(what.as_bytes()), address, commands, warning }
    }
}

fn stands(report: &Report, finding: &Finding) -> Vec<Stands> {
    let many = report.summary.targets.len() > 1;
    finding.places.iter().take(PLACES).map(|shown| one(&report.summary.remotes, shown, many)).collect()
}

fn one(remotes: &BTreeMap<String, String>, shown: &ShownPlace, many: bool) -> Stands {
    let place = &shown.place;
    let remote = remotes.get(&crate::finding::printable::utf8(&place.target));
    let commit = place.commit.as_ref().map(|commit| Commit {
        id: places::short(commit),
        day: words::day(commit.date).unwrap_or_default(),
        author: printable(&commit.author),
        subject: printable(&commit.subject),
        page: remote.and_then(|remote| link::commit(remote, &commit.oid)),
    });
    let until = place.last_commit.as_ref().filter(|_| !group::is_now(place)).and_then(|commit| words::day(commit.date));
    Stands {
        name: places::name(place, many),
        state: places::state(place),
        line: shown.excerpt.as_ref().map(|line| printable(line.as_bytes())),
        page: remote.and_then(|remote| link::line(remote, place)),
        commit,
        until,
    }
}
