//! One finding, as a block of lines.

use std::io::{self, Write};

use super::{
    ink::{self, BOLD, DIM, Ink, PATH},
    places,
};
use crate::{
    finding::{
        Finding,
        printable::{printable, utf8},
    },
    report::{next_step::next_step, words},
};

/// Places told by name.
const TOLD: usize = 4;
const INDENT: &str = "  ";

pub fn write(finding: &Finding, many_targets: bool, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let (told, more) = places::told(finding, many_targets, TOLD);
    heading(finding, ink, out)?;
    if let Some(first) = told.first() {
        place(first, ink, out)?;
        excerpt(first, finding, ink, out)?;
    }
    since(finding, ink, out)?;
    also(&told, more, ink, out)?;
    parts(finding, ink, out)?;
    writeln!(out)?;
    row("opens", &finding.about.opens, ink, out)?;
    let name = told.first().map_or("the text", |first| &first.name);
    let (step, address) = next_step(finding, name);
    row("next", &step, ink, out)?;
    address.map_or(Ok(()), |address| row("", &ink.link(Some(&address), &address), ink, out))
}

/// Whose it is and how sure we are; then the key and its name.
fn heading(finding: &Finding, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let confidence = words::confidence(finding.confidence);
    let style = ink::confidence(finding.confidence);
    let (issuer, name) = (&finding.about.issuer_name, &finding.about.name);
    let title = if name.contains(issuer) { name.clone() } else { format!("{issuer}: {name}") };
    let title = ink::cut(&printable(title.as_bytes()), ink.width.saturating_sub(confidence.len() + 4));
    let gap = ink.width.saturating_sub(title.chars().count() + confidence.len() + 2);
    let mark = ink.paint(style, "●");
    writeln!(out, "{mark} {}{:gap$}{}", ink.paint(BOLD, &title), "", ink.paint(style, confidence))?;
    let key = match &finding.secret {
        Some(secret) => printable(utf8(secret.expose()).as_bytes()),
        None => finding.masked.clone(),
    };
    writeln!(out, "{INDENT}{}  {}", ink.paint(BOLD, &key), ink.paint(DIM, finding.id.as_str()))
}

fn place(told: &places::Told<'_>, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let address = if ink.links() { places::address(&told.shown.place) } else { None };
    let name = ink.link(address.as_deref(), &ink.paint(PATH, &told.name));
    let state = if told.state.is_empty() { String::new() } else { format!("  {}", ink.paint(DIM, told.state)) };
    writeln!(out, "{INDENT}{name}{state}")
}

fn excerpt(told: &places::Told<'_>, finding: &Finding, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let Some(excerpt) = &told.shown.excerpt else { return Ok(()) };
    let line = ink::cut_around(excerpt, &finding.masked, ink.width - 4);
    let line = match line.split_once(&finding.masked) {
        Some((before, behind)) => format!("{before}{}{behind}", ink.paint(BOLD, &finding.masked)),
        None => line,
    };
    writeln!(out, "{INDENT}{} {line}", ink.paint(DIM, "│"))
}

fn since(finding: &Finding, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let Some(commit) = places::first_commit(finding) else { return Ok(()) };
    let mut text = String::from("since ");
    text.push_str(&words::day(commit.date).unwrap_or_else(|| "a date beyond all calendars".to_owned()));
    if let Some(days) = finding.exposed_days {
        text.push_str(&format!(" ({})", words::count(days.into(), "day")));
    }
    let author = printable(&commit.author);
    text.push_str(&format!(", by {author} in {}: {}", places::short(commit), printable(&commit.subject)));
    writeln!(out, "{INDENT}{}", ink::cut(&text, ink.width - 2))
}

fn also(told: &[places::Told<'_>], more: u64, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let others = told.get(1..).unwrap_or_default();
    for other in others {
        place(other, ink, out)?;
    }
    match more {
        0 => Ok(()),
        _ => writeln!(out, "{INDENT}{}", ink.paint(DIM, &format!("and {}", words::count(more, "more place")))),
    }
}

fn parts(finding: &Finding, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    for part in &finding.parts {
        let value = part.secret.as_ref().map(|secret| printable(secret.expose())).or_else(|| part.value.clone());
        let value = value.unwrap_or_else(|| ink.paint(DIM, "not found nearby"));
        writeln!(out, "{INDENT}with {}: {value}", part.name)?;
    }
    Ok(())
}

fn row(label: &str, text: &str, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let mut label = format!("{label:<7}");
    for line in ink::wrap(text, ink.width - 9) {
        writeln!(out, "{INDENT}{}{line}", ink.paint(DIM, &label))?;
        label = " ".repeat(7);
    }
    Ok(())
}
