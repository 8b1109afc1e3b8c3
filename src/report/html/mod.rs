//! html: one page for a browser, with nothing from elsewhere.
//!
//! The page is made of three files beside this one, which are put together here with the findings as JSON. The content security
//! policy in it allows exactly this style and this script, by their hashes, and no connection. The script makes text nodes only, so
//! that nothing from files is ever markup; rows are made when they come into view, so that 10,000 findings open at once.

mod data;

use std::io::{self, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{Report, counts::Counts, safe_json, words};
use crate::finding::{Severity, Verdict, printable::printable};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rest = PAGE;
    while let Some((before, name, behind)) = next_slot(rest) {
        out.write_all(before.as_bytes())?;
        match name {
            "style" => out.write_all(STYLE.as_bytes())?,
            "script" => out.write_all(SCRIPT.as_bytes())?,
            "policy" => out.write_all(policy().as_bytes())?,
            "data" => data(report, out)?,
            "headline" => out.write_all(text(&headline(report)).as_bytes())?,
            "figures" => out.write_all(figures(report).as_bytes())?,
            "problems" => out.write_all(problems(report).as_bytes())?,
            "foot" => out.write_all(text(&foot(report)).as_bytes())?,
            other => unreachable!("page.html has no slot called {other}"),
        }
        rest = behind;
    }
    out.write_all(rest.as_bytes())
}

/// The text up to the next `<!--=name-->`, its name, and what follows.
fn next_slot(page: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = page.split_once("<!--=")?;
    let (name, behind) = rest.split_once("-->")?;
    Some((before, name, behind))
}

/// A policy by hashes stands even where a server adds a looser one.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// JSON in which no `<` can end the element that it stands in.
fn data(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut json = vec![];
    safe_json::write_line(&mut json, &data::Data::new(report))?;
    // In JSON a `<` is within a string.
    let mut from = 0;
    for at in memchr::memchr_iter(b'<', &json) {
        out.write_all(&json[from..at])?;
        out.write_all(b"\\u003c")?;
        from = at + 1;
    }
    out.write_all(&json[from..])
}

fn headline(report: &Report) -> String {
    match report.findings.len() {
        0 if report.saw_nothing() => "Nothing was scanned".to_owned(),
        0 => "No secrets found".to_owned(),
        count => format!("{} found", words::count(count as u64, "secret")),
    }
}

/// What is read if nothing else is: how many, how many live, how many still there, since when.
fn figures(report: &Report) -> String {
    let counts = Counts::of(&report.findings);
    let asked = report.findings.iter().any(|finding| finding.verification.is_some());
    let committed = report.findings.iter().any(|finding| finding.in_head.is_some());
    let worst = counts.severity(Severity::Critical) + counts.severity(Severity::High);
    let of = |value: String, label: &str, class: &str| {
        format!("<div class=\"figure {class}\"><dt>{}</dt><dd>{}</dd></div>", text(label), text(&value))
    };
    let live = if asked { words::number(counts.verdict(Verdict::Live)) } else { "not asked".to_owned() };
    let in_head = if committed { words::number(counts.in_head) } else { "not known".to_owned() };
    let oldest = counts.longest_days.map_or("not known".to_owned(), |days| words::count(days.into(), "day"));
    let is_alarm = |alarm: bool| if alarm { "alarm" } else { "" };
    [
        of(words::number(counts.findings), "keys", ""),
        of(words::number(worst), "critical or high", is_alarm(worst > 0)),
        of(live, "alive", is_alarm(counts.verdict(Verdict::Live) > 0)),
        of(in_head, "still in HEAD", is_alarm(counts.in_head > 0)),
        of(oldest, "oldest exposure", ""),
    ]
    .concat()
}

fn problems(report: &Report) -> String {
    const TOLD: usize = 200;
    if report.problems.is_empty() {
        return String::new();
    }
    let one = |problem: &crate::problem::Problem| {
        format!("<li><b>{}</b> {}: {}</li>", problem.kind.as_str(), text(&problem.what), text(&problem.why))
    };
    let list: String = report.problems.iter().take(TOLD).map(one).collect();
    let more = report.problems.len().saturating_sub(TOLD);
    let more =
        if more > 0 { format!("<li>and {}</li>", words::count(more as u64, "more problem")) } else { String::new() };
    let count = words::count(report.problems.len() as u64, "problem");
    format!("<details class=\"problems\"><summary>Not complete: {count}</summary><ul>{list}{more}</ul></details>")
}

fn foot(report: &Report) -> String {
    let tally = &report.summary.tally;
    let when = words::date_time(report.summary.started_at, 0).unwrap_or_default();
    let mut parts = vec![format!("keysweep {}, {when}", env!("CARGO_PKG_VERSION"))];
    parts.push(format!("of {}", report.summary.targets.join(", ")));
    let seen = [(tally.files, "file"), (tally.blobs, "version"), (tally.commits, "commit")];
    parts.extend(seen.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| words::count(count, word)));
    if tally.bytes > 0 {
        parts.push(format!("{} in {}", words::bytes(tally.bytes), words::duration(report.summary.elapsed_ms)));
    }
    if report.summary.below_confidence > 0 {
        parts.push(format!("{} of lower confidence not shown", words::number(report.summary.below_confidence)));
    }
    parts.join(" · ") + "."
}

/// Text for an element.
fn text(text: &str) -> String {
    printable(text.as_bytes()).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, Look, sample};

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        report.write(Format::Html, Look::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The page with its style, script and policy left out: those have files of their own.
    #[test]
    fn the_page_stays_as_it_is() {
        let page =
            written(&sample::report()).replace(STYLE, "STYLE").replace(SCRIPT, "SCRIPT").replace(&policy(), "POLICY");
        insta::assert_snapshot!(page);
    }

    #[test]
    fn nothing_from_files_ends_the_data_or_begins_an_element() {
        let attack = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";
        let mut report = sample::report();
        report.summary.targets = vec![attack.to_owned()];
        report.summary.notes = vec![attack.to_owned()];
        report.problems[0].what = attack.to_owned();
        for finding in &mut report.findings {
            finding.masked = attack.to_owned();
            for shown in &mut finding.places {
                shown.place.path = Some(attack.into());
                shown.excerpt = Some(attack.to_owned());
                shown.place.commit.iter_mut().for_each(|commit| commit.author = attack.into());
            }
        }
        let page = written(&report);
        assert_eq!(page.matches("</script").count(), 2);
        assert_eq!(page.matches("<img").count(), 0);
    }

    #[test]
    fn the_policy_names_the_only_script_and_the_only_style() {
        let page = written(&sample::report());
        assert_eq!(page.matches("<style>").count(), 1);
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(!page.contains(" style=\"") && !page.contains("javascript:"));
        assert!(
            page.contains(&format!("<style>{STYLE}</style>")) && page.contains(&format!("<script>{SCRIPT}</script>"))
        );
    }
}
