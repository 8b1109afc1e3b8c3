//! Findings that do not count: two lines each, since nothing is to be done about them.

use std::io::{self, Write};

use super::ink::{BOLD, DIM, Ink};
use crate::{
    finding::{Finding, printable::printable},
    report::{Report, places},
};

pub fn write(report: &Report, many_targets: bool, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    if report.suppressed.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", ink.paint(BOLD, "Suppressed, and not counted"))?;
    for finding in &report.suppressed {
        one(finding, many_targets, ink, out)?;
    }
    writeln!(out)
}

fn one(finding: &Finding, many_targets: bool, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let (told, more) = places::told(finding, many_targets, 1);
    let place = told.first().map_or("", |first| first.name.as_str());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    writeln!(out, "  {}  {place}{more}  {}", finding.masked, ink.paint(DIM, finding.id.as_str()))?;
    let Some(by) = &finding.suppressed else { return Ok(()) };
    let reason = by.reason.as_deref().unwrap_or("no reason given");
    let at = by.at.as_ref().map_or_else(String::new, |at| format!(" ({at})"));
    let text = format!("    {} by {}{at}: {reason}", finding.about.rule, by.by.as_str());
    writeln!(out, "{}", ink.paint(DIM, &printable(text.as_bytes())))
}
