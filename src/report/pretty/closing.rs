//! The end of a report: what could not be scanned, and what it all comes to.

use std::io::{self, Write};

use super::ink::{self, ALARM, BOLD, CALM, DIM, HEED, Ink};
use crate::{
    finding::{Finding, Mechanism, Severity, Verdict, printable::printable},
    problem::Skip,
    report::{Counts, Report, RuleTime, Stats, words},
};

/// Problems told one by one; the others are counted.
const TOLD: usize = 8;

pub fn write(report: &Report, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    problems(report, ink, out)?;
    if !report.findings.is_empty() {
        writeln!(out, "{}", ink.paint(DIM, &"─".repeat(ink.width)))?;
    }
    verdict(report, ink, out)?;
    if !report.saw_nothing() {
        sentence(&scanned(report), ink, out)?;
    }
    if let Some(skipped) = skipped(report) {
        sentence(&skipped, ink, out)?;
    }
    if let Some(stats) = &report.summary.stats {
        times(stats, ink, out)?;
    }
    if report.summary.below_confidence > 0 {
        let hidden = words::count(report.summary.below_confidence, "finding");
        sentence(&format!("Not shown: at least {hidden} of lower confidence (--confidence low)."), ink, out)?;
    }
    if let Some(suppressed) = suppressed(report) {
        sentence(&suppressed, ink, out)?;
    }
    report.summary.notes.iter().try_for_each(|note| sentence(&printable(note.as_bytes()), ink, out))
}

fn problems(report: &Report, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    if report.problems.is_empty() {
        return Ok(());
    }
    for problem in report.problems.iter().take(TOLD) {
        let kind = format!("{:<12}", problem.kind.as_str());
        let text = format!("{}: {}", problem.what, problem.why);
        let lines = ink::wrap(&printable(text.as_bytes()), ink.width - 14);
        for (at, line) in lines.iter().enumerate() {
            let head = if at == 0 { ink.paint(HEED, &kind) } else { " ".repeat(12) };
            writeln!(out, "{} {head}{line}", if at == 0 { ink.paint(HEED, "!") } else { " ".to_owned() })?;
        }
    }
    if report.problems.len() > TOLD {
        let more = words::count((report.problems.len() - TOLD) as u64, "more problem");
        writeln!(out, "  {}", ink.paint(DIM, &format!("and {more} (all of them with --format json)")))?;
    }
    writeln!(out)
}

/// The one line that is read if no other is.
fn verdict(report: &Report, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let findings = &report.findings;
    let text = match findings.is_empty() {
        true if report.saw_nothing() => "Nothing was scanned.".to_owned(),
        true => "No secrets found.".to_owned(),
        false => found(findings),
    };
    let style = match (findings.is_empty(), report.complete) {
        (true, true) => CALM,
        (true, false) => BOLD,
        (false, _) => ALARM,
    };
    for line in ink::wrap(&text, ink.width) {
        writeln!(out, "{}", ink.paint(style, &line))?;
    }
    let incomplete = match (report.complete, report.summary.interrupted) {
        (true, _) => return Ok(()),
        _ if report.saw_nothing() => return Ok(()),
        (false, true) => "Not complete: the scan was stopped before its end.".to_owned(),
        (false, false) => format!("Not complete: {}.", words::count(report.problems.len() as u64, "problem")),
    };
    writeln!(out, "{}", ink.paint(HEED, &incomplete))
}

fn found(findings: &[Finding]) -> String {
    let counts = Counts::of(findings);
    let number = |word: &str, count: u64| (count > 0).then(|| format!("{} {word}", words::number(count)));
    let by_severity: Vec<String> =
        Severity::ALL.into_iter().filter_map(|level| number(level.as_str(), counts.severity(level))).collect();
    let mut text = format!("{}: {}", words::count(counts.findings, "secret"), by_severity.join(", "));
    if findings.iter().any(|finding| finding.verification.is_some()) {
        for verdict in Verdict::ALL {
            if let Some(some) = number(verdict.as_str(), counts.verdict(verdict)) {
                text.push_str(&format!("; {some}"));
            }
        }
    }
    if findings.iter().any(|finding| finding.in_head.is_some()) {
        let in_head = if counts.in_head == 0 { "none".to_owned() } else { words::number(counts.in_head) };
        text.push_str(&format!("; {in_head} in HEAD"));
    }
    if let Some(days) = counts.longest_days {
        text.push_str(&format!("; the oldest out for {}", words::count(days.into(), "day")));
    }
    text + "."
}

fn scanned(report: &Report) -> String {
    let tally = &report.summary.tally;
    let mut seen = Vec::new();
    if tally.files > 0 || tally.commits + tally.blobs == 0 {
        seen.push(words::count(tally.files, "file"));
    }
    if tally.blobs > 0 {
        seen.push(words::count(tally.blobs, "version"));
    }
    if tally.commits > 0 {
        seen.push(words::count(tally.commits, "commit"));
    }
    let took = words::duration(report.summary.elapsed_ms);
    if tally.files + tally.commits + tally.blobs == 0 && !report.findings.is_empty() {
        return format!("Looked at {} in {took}.", words::count(report.findings.len() as u64, "finding"));
    }
    format!("Scanned {} ({}) in {took}.", join(&seen), words::bytes(tally.bytes))
}

/// Rules of the table of times.
const SLOWEST: usize = 10;

fn times(stats: &Stats, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    for stage in &stats.stages {
        writeln!(out, "{}", ink.paint(DIM, &format!("{:>10}  {}", words::duration(stage.ms), stage.name)))?;
    }
    for RuleTime { rule, tried, us } in stats.rules.iter().take(SLOWEST) {
        let time = format!("{}.{:03} ms", words::number(us / 1000), us % 1000);
        let tried = words::count(*tried, "place");
        writeln!(out, "{}", ink.paint(DIM, &format!("{time:>14}  {rule}, tried at {tried}")))?;
    }
    Ok(())
}

fn skipped(report: &Report) -> Option<String> {
    let skipped: Vec<String> =
        report.summary.tally.skipped.iter().map(|(reason, count)| skip(*reason, *count)).collect();
    (!skipped.is_empty()).then(|| format!("Not scanned: {}.", join(&skipped)))
}

fn skip(reason: Skip, count: u64) -> String {
    let number = words::number(count);
    match reason {
        Skip::Ignored => format!("{number} ignored (--include-ignored)"),
        Skip::TooBig => format!("{number} above --max-size"),
        Skip::Excluded => format!("{number} left out by --include, --exclude or the configuration"),
        Skip::Symlink => words::count(count, "symbolic link"),
        Skip::Special => format!("{number} of devices, sockets and FIFOs"),
        Skip::PrunedReflog => format!("{number} of the reflogs' entries, which were pruned"),
    }
}

fn suppressed(report: &Report) -> Option<String> {
    let counts = &report.summary.suppressed;
    let by = |(by, count): (&Mechanism, &u64)| {
        let number = words::number(*count);
        match by {
            Mechanism::Inline => format!("{number} by keysweep:allow"),
            Mechanism::ForeignMark => format!("{number} by the marks of other scanners"),
            Mechanism::Baseline => format!("{number} by the baseline"),
            Mechanism::Allowed => format!("{number} allowed by the configuration"),
            Mechanism::RuleOff => format!("{number} of rules that are off"),
        }
    };
    let told: Vec<String> = counts.iter().map(by).collect();
    let shown = if report.suppressed.is_empty() { " (--show-suppressed)" } else { "" };
    (!told.is_empty()).then(|| format!("Suppressed: {}{shown}.", join(&told)))
}

fn join(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn sentence(text: &str, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    ink::wrap(text, ink.width).iter().try_for_each(|line| writeln!(out, "{}", ink.paint(DIM, line)))
}
