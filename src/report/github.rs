//! github: workflow commands, which GitHub shows as annotations beside the lines of a pull request.
//!
//! A step shows ten annotations of each level and drops the others without a word, so the worst ten are written and the rest is
//! told in a line of the log. Text from files cannot begin a command of its own: new lines are escaped.

use std::io::{self, Write};

use super::{Report, brief::brief, counts::Counts, next_step::next_step, places, words};
use crate::{
    finding::{Finding, Severity, group, printable::printable},
    location::Place,
    severity,
};

/// Annotations of a level that a step shows.
const SHOWN: usize = 10;

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let level_of = |finding: &Finding| level(severity::of(finding).severity);
    for wanted in ["error", "warning", "notice"] {
        let findings: Vec<&Finding> = report.findings.iter().filter(|finding| level_of(finding) == wanted).collect();
        for finding in findings.iter().take(SHOWN) {
            annotation(wanted, finding, out)?;
        }
        if findings.len() > SHOWN {
            let more = words::count((findings.len() - SHOWN) as u64, "more finding");
            writeln!(out, "And {more} of this level ({wanted}), which GitHub would not show beside the lines.")?;
        }
    }
    for problem in report.problems.iter().take(SHOWN) {
        let text = printable(format!("{}: {}", problem.what, problem.why).as_bytes());
        writeln!(out, "::warning title={}::{}", property("keysweep: not scanned"), data(&text))?;
    }
    let counts = Counts::of(&report.findings);
    let problems = words::count(report.problems.len() as u64, "problem");
    let complete = if report.complete { String::new() } else { format!("; not complete: {problems}") };
    writeln!(out, "keysweep: {}{complete}.", words::count(counts.findings, "secret"))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    }
}

fn annotation(level: &str, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let shown = finding.places.iter().find(|shown| group::is_now(&shown.place)).or(finding.places.first());
    let name = shown.map(|shown| places::name(&shown.place, false)).unwrap_or_default();
    let (step, address) = next_step(finding, &name);
    let text = format!("{} {step} {}", brief(finding), address.unwrap_or_default());
    let at = shown.map(|shown| at(&shown.place)).unwrap_or_default();
    let title = property(&printable(words::title(&finding.about).as_bytes()));
    let by_name = if at.is_empty() { format!("{name}: ") } else { String::new() };
    writeln!(
        out,
        "::{level} {at}title={title}::{}",
        data(printable(format!("{by_name}{text}").trim_end().as_bytes()).as_str())
    )
}

/// Only a line that the job's files have can be annotated.
fn at(place: &Place) -> String {
    match &place.path {
        Some(path) if group::is_now(place) => {
            let line = place.head_line.unwrap_or(place.position.line);
            format!("file={},line={line},", property(&printable(path)))
        }
        _ => String::new(),
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, Look, sample};

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        report.write(Format::Github, Look::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn workflow_commands_stay_as_they_are() {
        insta::assert_snapshot!(written(&sample::report()));
    }

    #[test]
    fn text_from_files_starts_no_command_of_its_own() {
        let mut report = sample::report();
        for finding in &mut report.findings {
            for shown in &mut finding.places {
                shown.place.path = Some("a,b\n::set-env name=x::y".into());
                shown.place.commit.iter_mut().for_each(|commit| commit.author = "x\r\n::stop-commands::z".into());
            }
        }
        for line in written(&report).lines() {
            let known = ["::error ", "::warning ", "::notice ", "And ", "keysweep: "];
            assert!(known.iter().any(|start| line.starts_with(start)), "{line}");
        }
    }

    #[test]
    fn the_ten_worst_of_a_level_are_written_and_the_rest_is_counted() {
        let mut report = sample::report();
        let one = report.findings.remove(0);
        report.findings = vec![one; 23];
        let text = written(&report);
        assert_eq!(text.matches("::error ").count(), 10);
        assert!(text.contains("And 13 more findings of this level (error)"), "{text}");
    }
}
