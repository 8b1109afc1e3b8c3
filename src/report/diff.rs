//! Two reports compared: what is new, what is gone, what still stands, and whose keys live or died since.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write},
};

use serde::Serialize;

use super::{
    Report, SCHEMA,
    brief::brief,
    counts::verdict,
    markdown::{code, escaped},
    places, safe_json, wire, words,
};
use crate::{
    finding::{Finding, Verdict, printable::printable},
    severity,
};

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Only in the later report.
    New,
    /// In both, and live only since.
    NowLive,
    /// In both.
    Still,
    /// In both, and dead only since.
    NowDead,
    /// Only in the earlier report.
    Gone,
}

impl Change {
    /// All of them, what needs attention first.
    pub const ALL: [Self; 5] = [Self::New, Self::NowLive, Self::Still, Self::NowDead, Self::Gone];

    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::NowLive => "now live",
            Self::Still => "still there",
            Self::NowDead => "now dead",
            Self::Gone => "gone",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a comparison is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For a person at a terminal.
    Pretty,
    /// One document.
    Json,
    /// For a pull request.
    Markdown,
}

/// Two reports compared.
#[derive(Debug)]
pub struct Diff<'r> {
    /// What needs attention first; within that the worst first.
    pub changes: Vec<Changed<'r>>,
    /// Why a difference may be none, a sentence each.
    pub notes: Vec<String>,
}

/// A finding and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'r> {
    /// What became of it.
    pub change: Change,
    /// As the later report has it, or the earlier one where it is gone.
    pub finding: &'r Finding,
    /// The verdict of the earlier report.
    pub was: Option<Verdict>,
}

/// Compares by the ids of findings, which are those of their secrets: moved lines and renamed files are no difference.
pub fn diff<'r>(old: &'r Report, new: &'r Report) -> Diff<'r> {
    let before: BTreeMap<&str, &Finding> = old.findings.iter().map(|finding| (finding.id.as_str(), finding)).collect();
    let after: BTreeMap<&str, &Finding> = new.findings.iter().map(|finding| (finding.id.as_str(), finding)).collect();
    let of_new = new.findings.iter().map(|finding| {
        let was = before.get(finding.id.as_str()).map(|finding| verdict(finding));
        Changed { change: change(was, verdict(finding)), finding, was }
    });
    let gone = old.findings.iter().filter(|finding| !after.contains_key(finding.id.as_str()));
    let gone = gone.map(|finding| Changed { change: Change::Gone, finding, was: Some(verdict(finding)) });
    let mut changes: Vec<Changed<'r>> = of_new.chain(gone).collect();
    changes.sort_by_cached_key(|changed| {
        (changed.change, std::cmp::Reverse(severity::of(changed.finding).severity), changed.finding.id.clone())
    });
    Diff { notes: notes(old, new), changes }
}

fn change(was: Option<Verdict>, is: Verdict) -> Change {
    match (was, is) {
        (None, _) => Change::New,
        (Some(was), Verdict::Live) if was != Verdict::Live => Change::NowLive,
        (Some(was), Verdict::Dead) if was != Verdict::Dead => Change::NowDead,
        _ => Change::Still,
    }
}

fn notes(old: &Report, new: &Report) -> Vec<String> {
    let mut notes = vec![];
    if !new.complete {
        notes.push("The later report is not complete: what is gone may only not have been looked at.".to_owned());
    }
    if !old.complete {
        notes.push("The earlier report is not complete: what is new may have been there.".to_owned());
    }
    if old.summary.targets != new.summary.targets {
        notes.push("The reports are of other targets.".to_owned());
    }
    if old.summary.rules != new.summary.rules {
        notes.push(format!("The reports were made with {} and {} rules.", old.summary.rules, new.summary.rules));
    }
    notes
}

impl Diff<'_> {
    /// How many findings changed so.
    pub fn count(&self, change: Change) -> u64 {
        self.changes.iter().filter(|changed| changed.change == change).count() as u64
    }

    /// Writes it.
    pub fn write(&self, form: Form, out: &mut dyn Write) -> io::Result<()> {
        match form {
            Form::Pretty => self.pretty(out),
            Form::Json => self.json(out),
            Form::Markdown => self.markdown(out),
        }
    }

    fn closing(&self) -> String {
        Change::ALL.map(|change| format!("{} {change}", words::number(self.count(change)))).join(", ")
    }

    fn pretty(&self, out: &mut dyn Write) -> io::Result<()> {
        for changed in &self.changes {
            writeln!(out, "{:<12}{}", changed.change.as_str(), brief(changed.finding))?;
            writeln!(out, "{:<12}{}  {}", "", changed.finding.id, place(changed.finding))?;
        }
        self.notes.iter().try_for_each(|note| writeln!(out, "{note}"))?;
        writeln!(out, "{}.", self.closing())
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct One<'a> {
            change: Change,
            was: Option<&'static str>,
            finding: wire::FindingObject<'a>,
        }
        #[derive(Serialize)]
        struct Document<'a> {
            schema: u32,
            tool: wire::Tool,
            counts: BTreeMap<Change, u64>,
            notes: &'a [String],
            changes: Vec<One<'a>>,
        }
        let changes = self.changes.iter().map(|changed| One {
            change: changed.change,
            was: changed.was.map(Verdict::as_str),
            finding: wire::FindingObject::new(changed.finding),
        });
        let document = Document {
            schema: SCHEMA,
            tool: wire::TOOL,
            counts: Change::ALL.into_iter().map(|change| (change, self.count(change))).collect(),
            notes: &self.notes,
            changes: changes.collect(),
        };
        safe_json::write_indented(out, &document)?;
        out.write_all(b"\n")
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        /// Rows; a comment has no room for all.
        const ROWS: usize = 200;
        writeln!(out, "# Secrets: {}\n", self.closing())?;
        let told: Vec<&Changed<'_>> = self.changes.iter().filter(|changed| changed.change != Change::Still).collect();
        if !told.is_empty() {
            writeln!(out, "| Change | Severity | Secret | Where | Finding |\n|---|---|---|---|---|")?;
        }
        for Changed { change, finding, .. } in told.iter().take(ROWS) {
            let rating = severity::of(finding).severity;
            let title = escaped(&printable(words::title(&finding.about).as_bytes()));
            let (key, place) = (code(&finding.masked).replace('|', "\\|"), code(&place(finding)).replace('|', "\\|"));
            writeln!(out, "| {change} | {} | {title} {key} | {place} | `{}` |", rating.as_str(), finding.id)?;
        }
        if told.len() > ROWS {
            writeln!(out, "\nAnd {}.", words::count((told.len() - ROWS) as u64, "more change"))?;
        }
        self.notes.iter().try_for_each(|note| writeln!(out, "\n{}", escaped(note)))
    }
}

fn place(finding: &Finding) -> String {
    finding.places.first().map(|shown| places::name(&shown.place, false)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{finding::Verification, report::sample};

    /// Two reports: one finding gone, one new, one that died, one that lives now.
    fn pair() -> (Report, Report) {
        let (mut old, mut new) = (sample::report(), sample::report());
        old.findings[1].verification = Some(Verification::of(Verdict::Live, "for a test"));
        new.findings[1].verification = Some(Verification::of(Verdict::Dead, "for a test"));
        new.findings[2].verification = Some(Verification::of(Verdict::Live, "for a test"));
        new.findings.remove(3);
        old.findings.remove(0);
        (old, new)
    }

    #[test]
    fn every_change_is_told_once() {
        let (old, new) = pair();
        let diff = diff(&old, &new);
        let changes: Vec<Change> = diff.changes.iter().map(|changed| changed.change).collect();
        assert_eq!(changes, [Change::New, Change::NowLive, Change::NowDead, Change::Gone]);
        assert!(diff.notes[0].starts_with("The later report is not complete"));
    }

    #[test]
    fn moved_places_are_no_change() {
        let (old, mut new) = (sample::report(), sample::report());
        for shown in new.findings.iter_mut().flat_map(|finding| &mut finding.places) {
            shown.place.position.line += 5;
            shown.place.path = Some("elsewhere".into());
        }
        assert_eq!(diff(&old, &new).count(Change::Still), old.findings.len() as u64);
    }

    #[test]
    fn a_comparison_stays_as_it_is() {
        let (old, new) = pair();
        let diff = diff(&old, &new);
        let written = |form| {
            let mut out = Vec::new();
            diff.write(form, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        insta::assert_snapshot!(written(Form::Pretty));
        insta::assert_snapshot!(written(Form::Markdown));
        let json: serde_json::Value = serde_json::from_str(&written(Form::Json)).unwrap();
        assert_eq!((&json["counts"]["now-live"], &json["changes"][2]["was"]), (&1.into(), &"live".into()));
    }
}
