//! One finding, as a block of lines: its name, then rows with a label.

use std::io::{self, Write};

use super::ink::{self, ALARM, BOLD, CALM, DIM, HEED, Ink, PATH};
use crate::{
    finding::{
        Finding, Verdict, Verification,
        printable::{printable, utf8},
    },
    location::TagInfo,
    report::{
        next_step::next_step,
        places::{self, Told},
        words,
    },
    severity::{self, Rating},
};

/// Places told by name.
const TOLD: usize = 4;
/// Columns before a row's text.
const LABEL: usize = 9;

pub fn write(finding: &Finding, many_targets: bool, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = Rows { ink, out };
    let rating = severity::of(finding);
    heading(finding, &rating, &mut rows)?;
    let confidence = words::confidence(finding.confidence);
    let rated = format!("{}, with {confidence} confidence: {}", rating.severity.as_str(), rating.reason);
    rows.write("rated", &rows.wrapped(&rated))?;
    if let Some(said) = &finding.verification {
        rows.write("state", &state(said, &rows))?;
        rows.write("whose", &whose(said, &rows))?;
        rows.write("may", &may(said, &rows))?;
    }
    rows.write("warns", &finding.warning.iter().flat_map(|why| rows.wrapped(why)).collect::<Vec<_>>())?;
    let (told, more) = places::told(finding, many_targets, TOLD);
    rows.write("where", &places_of(finding, &told, more, ink))?;
    rows.write("since", &since(finding, ink))?;
    rows.write("with", &parts(finding, ink))?;
    rows.write("opens", &rows.wrapped(&finding.about.opens))?;
    let (step, address) = next_step(finding, told.first().map_or("the text", |first| &first.name));
    let mut next = rows.wrapped(&step);
    next.extend(address.map(|address| ink.link(Some(&address), &address)));
    rows.write("next", &next)
}

struct Rows<'w, 'o> {
    ink: &'w Ink,
    out: &'o mut dyn Write,
}

impl Rows<'_, '_> {
    /// Lines behind a label; nothing if there are none.
    fn write(&mut self, label: &str, lines: &[String]) -> io::Result<()> {
        let mut label = format!("  {}", self.ink.paint(DIM, &format!("{label:<7}")));
        for line in lines {
            writeln!(self.out, "{label}{line}")?;
            label = " ".repeat(LABEL);
        }
        Ok(())
    }

    fn wrapped(&self, text: &str) -> Vec<String> {
        ink::wrap(&printable(text.as_bytes()), self.ink.width - LABEL)
    }
}

/// Whose it is and how bad; then the key and its name.
fn heading(finding: &Finding, rating: &Rating, rows: &mut Rows<'_, '_>) -> io::Result<()> {
    let ink = rows.ink;
    let severity = rating.severity.as_str();
    let style = ink::severity(rating.severity);
    let title = printable(words::title(&finding.about).as_bytes());
    let title = ink::cut(&title, ink.width.saturating_sub(severity.len() + 4));
    let gap = ink.width.saturating_sub(title.chars().count() + severity.len() + 2);
    let mark = ink.paint(style, "●");
    writeln!(rows.out, "{mark} {}{:gap$}{}", ink.paint(BOLD, &title), "", ink.paint(style, severity))?;
    let key = match &finding.secret {
        Some(secret) => printable(utf8(secret.expose()).as_bytes()),
        None => finding.masked.clone(),
    };
    writeln!(rows.out, "  {}  {}", ink.paint(BOLD, &key), ink.paint(DIM, finding.id.as_str()))
}

/// The verdict, where it comes from, or why there is none.
fn state(said: &Verification, rows: &Rows<'_, '_>) -> Vec<String> {
    let style = match said.verdict {
        Verdict::Live => ALARM,
        Verdict::Unknown | Verdict::NotChecked => HEED,
        Verdict::Dead => CALM,
    };
    let mut text = said.verdict.as_str().to_owned();
    if let Some(reason) = &said.reason {
        text.push_str(&format!(": {reason}"));
    }
    if let (Some(host), Some(day)) = (&said.host, said.checked_at.and_then(words::day)) {
        text.push_str(&format!(" (asked {host} on {day})"));
    }
    rows.wrapped(&text).iter().map(|line| rows.ink.paint(style, line)).collect()
}

fn whose(said: &Verification, rows: &Rows<'_, '_>) -> Vec<String> {
    let named = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}{value}"));
    let known = [
        said.holder.clone(),
        said.organisation.clone(),
        named("account ", &said.account),
        named("key ", &said.key_name),
        named("key id ", &said.key_id),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if known.is_empty() { vec![] } else { rows.wrapped(&known.join(", ")) }
}

fn may(said: &Verification, rows: &Rows<'_, '_>) -> Vec<String> {
    let named = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}{value}"));
    let scopes = (!said.scopes.is_empty()).then(|| said.scopes.join(", "));
    let known = [
        named("", &said.kind),
        scopes,
        named("but ", &said.limits),
        named("expires ", &said.expires),
        named("last used ", &said.last_used),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if known.is_empty() { vec![] } else { rows.wrapped(&known.join("; ")) }
}

fn places_of(finding: &Finding, told: &[Told<'_>], more: u64, ink: &Ink) -> Vec<String> {
    let mut lines: Vec<String> = told.iter().map(|told| place(told, ink)).collect();
    if let Some(excerpt) = told.first().and_then(|first| first.shown.excerpt.as_ref()) {
        lines.insert(1, line_there(excerpt, &finding.masked, ink));
    }
    if more > 0 {
        lines.push(ink.paint(DIM, &format!("and {}", words::count(more, "more place"))));
    }
    lines
}

fn place(told: &Told<'_>, ink: &Ink) -> String {
    let address = if ink.links() { places::address(&told.shown.place) } else { None };
    let name = ink.link(address.as_deref(), &ink.paint(PATH, &told.name));
    if told.state.is_empty() { name } else { format!("{name}  {}", ink.paint(DIM, told.state)) }
}

fn line_there(excerpt: &str, masked: &str, ink: &Ink) -> String {
    let line = ink::cut_around(excerpt, masked, ink.width - LABEL - 2);
    let line = match line.split_once(masked) {
        Some((before, behind)) => format!("{before}{}{behind}", ink.paint(BOLD, masked)),
        None => line,
    };
    format!("{} {line}", ink.paint(DIM, "│"))
}

fn since(finding: &Finding, ink: &Ink) -> Vec<String> {
    let day = |date| words::day(date).unwrap_or_else(|| "a date beyond all calendars".to_owned());
    let Some(commit) = places::first_commit(finding) else {
        let tag =
            |tag: &TagInfo| format!("{}, by {} in tag {}", day(tag.date), printable(&tag.tagger), printable(&tag.name));
        return places::first_tag(finding).map(|first| ink::cut(&tag(first), ink.width - LABEL)).into_iter().collect();
    };
    let day = day(commit.date);
    let days = finding.exposed_days.map(|days| format!(" ({})", words::count(days.into(), "day")));
    let author = printable(&commit.author);
    let when = format!("{day}{}, by {author} in {}", days.unwrap_or_default(), places::short(commit));
    let width = ink.width - LABEL;
    let mut lines = vec![ink::cut(&when, width)];
    if !commit.subject.is_empty() {
        lines.push(ink.paint(DIM, &ink::cut(&printable(&commit.subject), width)));
    }
    lines
}

fn parts(finding: &Finding, ink: &Ink) -> Vec<String> {
    let part = |part: &crate::finding::Part| {
        let value = part.secret.as_ref().map(|secret| printable(secret.expose())).or_else(|| part.value.clone());
        format!("{} {}", part.name, value.unwrap_or_else(|| ink.paint(DIM, "(not found nearby)")))
    };
    finding.parts.iter().map(part).collect()
}
