//! csv: a row a finding, for spreadsheets (RFC 4180).
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe in front: paths, authors and subjects are written by
//! whoever could commit. For tables of all places jsonl is the better source (`docs/reports.md`).

use std::{
    borrow::Cow,
    io::{self, Write},
};

use super::{Report, counts::verdict, link, places, words};
use crate::{
    finding::{Finding, printable::printable},
    severity,
};

const COLUMNS: [&str; 30] = [
    "id",
    "severity",
    "severity_reason",
    "verdict",
    "confidence",
    "issuer",
    "name",
    "kind",
    "rule",
    "masked",
    "target",
    "path",
    "line",
    "source",
    "places",
    "in_head",
    "first_seen",
    "last_seen",
    "exposed_days",
    "commit",
    "author",
    "email",
    "subject",
    "commit_link",
    "holder",
    "organisation",
    "scopes",
    "checked_at",
    "opens",
    "rotate",
];

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    row(out, COLUMNS.map(|name| name.to_owned().into()))?;
    report.findings.iter().try_for_each(|finding| row(out, cells(report, finding)))
}

fn cells<'f>(report: &Report, finding: &'f Finding) -> [Cow<'f, str>; COLUMNS.len()] {
    let rating = severity::of(finding);
    let place = finding.places.first().map(|shown| &shown.place);
    let target = place.map(|place| printable(&place.target)).unwrap_or_default();
    let commit = places::first_commit(finding);
    let date = |seconds: Option<i64>| seconds.and_then(|seconds| words::date_time(seconds, 0)).unwrap_or_default();
    let link = commit.and_then(|commit| link::commit(report.summary.remotes.get(&target)?, &commit.oid));
    let said = finding.verification.as_ref();
    let fact = |value: Option<&'f Option<String>>| value.and_then(|value| value.as_deref()).unwrap_or_default().into();
    let text = |value: Option<String>| value.unwrap_or_default().into();
    [
        finding.id.as_str().into(),
        rating.severity.as_str().into(),
        rating.reason.into(),
        verdict(finding).as_str().into(),
        words::confidence(finding.confidence).into(),
        finding.about.issuer_name.as_str().into(),
        finding.about.name.as_str().into(),
        words::kind(finding.about.kind).into(),
        finding.about.rule.as_str().into(),
        finding.masked.as_str().into(),
        target.into(),
        text(place.and_then(|place| place.path.as_ref()).map(|path| printable(path))),
        text(place.map(|place| place.head_line.unwrap_or(place.position.line).to_string())),
        place.map(|place| place.source.as_str()).unwrap_or_default().into(),
        finding.places_total.to_string().into(),
        text(finding.in_head.map(|is| is.to_string())),
        date(finding.first_seen).into(),
        date(finding.last_seen).into(),
        text(finding.exposed_days.map(|days| days.to_string())),
        text(commit.map(|commit| commit.oid.to_string())),
        text(commit.map(|commit| printable(&commit.author))),
        text(commit.map(|commit| printable(&commit.email))),
        text(commit.map(|commit| printable(&commit.subject))),
        text(link),
        fact(said.map(|said| &said.holder)),
        fact(said.map(|said| &said.organisation)),
        text(said.map(|said| said.scopes.join(" "))),
        date(said.and_then(|said| said.checked_at)).into(),
        finding.about.opens.as_str().into(),
        finding.about.rotate.as_str().into(),
    ]
}

fn row<const N: usize>(out: &mut dyn Write, cells: [Cow<'_, str>; N]) -> io::Result<()> {
    for (at, text) in cells.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        out.write_all(cell(text).as_bytes())?;
    }
    out.write_all(b"\r\n")
}

/// Blanks before the sign do not stop a spreadsheet from seeing a formula.
fn cell(text: &str) -> Cow<'_, str> {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']);
    let guard = if is_formula { "'" } else { "" };
    if !is_formula && !text.contains([',', '"', '\n', '\r']) {
        return text.into();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\"")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, Look, sample};

    #[test]
    fn csv_stays_as_it_is() {
        let mut out = Vec::new();
        sample::report().write(Format::Csv, Look::PLAIN, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap().replace("\r\n", "\u{240d}\n"));
    }

    #[test]
    fn quotes_are_doubled_and_formulas_are_text() {
        assert_eq!(cell("plain text"), "plain text");
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"a\"\nb"), "\"say \"\"a\"\"\nb\"");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =cmd|x", "\tx"] {
            assert!(cell(formula).starts_with("\"'"), "{formula}");
        }
    }
}
