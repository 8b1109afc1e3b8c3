//! junit: a test case a finding, for CI servers that show tests. A finding fails; one that is known to be dead is skipped;
//! what could not be scanned is an error. Where nothing was found there is one case, which passes.

use std::io::{self, Write};

use super::{Report, brief::brief, counts::verdict, places, steps::steps, words};
use crate::{
    finding::{Finding, Verdict, printable::printable},
    severity,
};

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let dead = report.findings.iter().filter(|finding| verdict(finding) == Verdict::Dead).count();
    let clean = report.findings.is_empty() && report.problems.is_empty();
    let (tests, failures) = (report.findings.len() + report.problems.len(), report.findings.len() - dead);
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"{}\" skipped=\"{dead}\" time=\"{:.3}\"",
        tests.max(1),
        report.problems.len(),
        report.summary.elapsed_ms as f64 / 1000.0,
    );
    let started = words::date_time(report.summary.started_at, 0).unwrap_or_default();
    let started = started.trim_end_matches('Z');
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"keysweep\" {}>", counts.replace(" skipped=\"0\"", ""))?;
    writeln!(out, "  <testsuite name=\"secrets\" timestamp=\"{started}\" {counts}>")?;
    if clean {
        writeln!(out, "    <testcase name=\"no secrets\" classname=\"keysweep\"/>")?;
    }
    let many_targets = report.summary.targets.len() > 1;
    report.findings.iter().try_for_each(|finding| case(finding, many_targets, out))?;
    for problem in &report.problems {
        let (what, why) = (xml(&problem.what), xml(&problem.why));
        writeln!(out, "    <testcase name=\"{what}\" classname=\"keysweep.not-scanned\">")?;
        writeln!(out, "      <error type=\"{}\" message=\"{why}\"/>", problem.kind.as_str())?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn case(finding: &Finding, many_targets: bool, out: &mut dyn Write) -> io::Result<()> {
    let place = finding.places.first().map(|shown| &shown.place);
    let name = place.map(|place| places::name(place, many_targets)).unwrap_or_default();
    let rule = xml(&finding.about.rule);
    let name = xml(&format!("{name} {}", finding.masked));
    write!(out, "    <testcase name=\"{name}\" classname=\"keysweep.{rule}\"")?;
    if let Some(path) = place.and_then(|place| place.path.as_ref()) {
        let line = place.map_or(0, |place| place.head_line.unwrap_or(place.position.line));
        write!(out, " file=\"{}\" line=\"{line}\"", xml(&printable(path)))?;
    }
    writeln!(out, ">")?;
    let message = xml(&brief(finding));
    if verdict(finding) == Verdict::Dead {
        writeln!(out, "      <skipped message=\"{message}\"/>")?;
    } else {
        writeln!(out, "      <failure type=\"{}\" message=\"{message}\">", severity::of(finding).severity.as_str())?;
        writeln!(out, "{}</failure>", xml_lines(&body(finding)))?;
    }
    writeln!(out, "    </testcase>")
}

/// The id, the masked line, and what to do.
fn body(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!("finding {}", finding.id)];
    lines.extend(finding.places.first().and_then(|shown| shown.excerpt.clone()));
    for (at, step) in steps(finding).into_iter().enumerate() {
        lines.push(format!("{}. {}", at + 1, step.what));
        lines.extend(step.address.into_iter().chain(step.commands).map(|line| format!("   {line}")));
    }
    lines
}

fn xml_lines(lines: &[String]) -> String {
    lines.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n")
}

/// Fit for an attribute and for text. Control characters, which XML has no way to write, are spelled out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in printable(text.as_bytes()).chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Verification,
        report::{Format, Look, sample},
    };

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        report.write(Format::Junit, Look::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn junit_stays_as_it_is() {
        let mut report = sample::report();
        report.findings[1].verification = Some(Verification::of(Verdict::Dead, "for a test"));
        insta::assert_snapshot!(written(&report));
    }

    #[test]
    fn where_nothing_was_found_a_case_passes() {
        let mut report = sample::report();
        report.findings.clear();
        report.problems.clear();
        assert!(written(&report).contains("<testcase name=\"no secrets\" classname=\"keysweep\"/>"));
    }

    #[test]
    fn text_from_files_is_no_markup() {
        assert_eq!(xml("<a b=\"c\">&\x1b\u{ffff}"), "&lt;a b=&quot;c&quot;&gt;&amp;\\x1b\u{fffd}");
    }
}
