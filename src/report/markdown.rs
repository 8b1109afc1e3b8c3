//! markdown: for a pull request's comment or a ticket. A table of what there is, then a section a finding.
//!
//! Fits a comment of [`LIMIT`] characters: findings that do not fit are counted. Nothing from files is markup or calls a person:
//! paths and keys are code, all else has its punctuation escaped.

use std::io::{self, Write};

use super::{
    Report,
    brief::since,
    counts::{Counts, verdict},
    grouped::{GroupBy, grouped},
    link, places,
    steps::{Step, steps},
    words,
};
use crate::{
    finding::{Finding, Severity, Verdict, printable::printable},
    severity,
};

/// GitHub takes 65,536 characters.
pub const LIMIT: usize = 65_000;
/// Kept for the table's closing line and the end.
const RESERVE: usize = 1_500;
/// Rows of the table; more are in their sections only.
const ROWS: usize = 100;
/// Places of a finding told by name.
const PLACES: usize = 5;
/// Characters of a name or a line that are shown.
const LONGEST: usize = 300;

pub fn write(report: &Report, by: Option<GroupBy>, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { text: head(report), left_out: 0 };
    page.text.push_str(&table(report));
    match by {
        None => report.findings.iter().for_each(|finding| page.add(&section(report, finding, "###"))),
        Some(by) => {
            for (name, findings) in grouped(report, by) {
                let count = words::count(findings.len() as u64, "secret");
                let heading = format!("\n## {}: {count}\n", escaped(&shortened(&name)));
                let mut heading = Some(heading);
                for finding in findings {
                    page.add(&(heading.take().unwrap_or_default() + &section(report, finding, "###")));
                }
            }
        }
    }
    if page.left_out > 0 {
        let more = words::count(page.left_out, "more finding");
        page.text.push_str(&format!(
            "\n**And {more}**, for which there is no room here; all are in the json and html reports.\n"
        ));
    }
    out.write_all((page.text + &tail(report)).as_bytes())
}

struct Page {
    text: String,
    left_out: u64,
}

impl Page {
    /// Adds a finding's section where there is room for it, and none behind the first that was left out: the worst come first.
    fn add(&mut self, section: &str) {
        let used = self.text.chars().count() + section.chars().count();
        if self.left_out == 0 && used + RESERVE <= LIMIT {
            self.text.push_str(section);
        } else {
            self.left_out += 1;
        }
    }
}

fn head(report: &Report) -> String {
    let counts = Counts::of(&report.findings);
    if report.findings.is_empty() {
        let nothing = if report.saw_nothing() { "Nothing was scanned" } else { "No secrets found" };
        return format!("# {nothing}\n");
    }
    let mut text = format!("# {} found\n\n", words::count(counts.findings, "secret"));
    let number = |word: &str, count: u64| (count > 0).then(|| format!("{} {word}", words::number(count)));
    let by_severity = Severity::ALL.into_iter().filter_map(|level| number(level.as_str(), counts.severity(level)));
    let by_verdict = Verdict::ALL.into_iter().filter_map(|verdict| number(verdict.as_str(), counts.verdict(verdict)));
    let all = [by_severity.collect::<Vec<_>>().join(", "), by_verdict.collect::<Vec<_>>().join(", ")];
    text.push_str(&all.join("; "));
    if report.findings.iter().any(|finding| finding.in_head.is_some()) {
        text.push_str(&format!("; {} in HEAD", words::number(counts.in_head)));
    }
    if let Some(days) = counts.longest_days {
        text.push_str(&format!("; the oldest out for {}", words::count(days.into(), "day")));
    }
    text + ".\n"
}

fn table(report: &Report) -> String {
    if report.findings.is_empty() {
        return String::new();
    }
    let mut text = "\n| Severity | Secret | Where | State | Out since |\n|---|---|---|---|---|\n".to_owned();
    let many = report.summary.targets.len() > 1;
    for finding in report.findings.iter().take(ROWS) {
        let rating = severity::of(finding);
        let (told, more) = places::told(finding, many, 1);
        let place = told.first().map(|told| code(&told.name)).unwrap_or_default();
        let more = if more > 0 {
            format!(" and {}", words::count(more, "more")).trim_end_matches('s').to_owned()
        } else {
            String::new()
        };
        let days = finding.exposed_days.map(|days| words::count(days.into(), "day")).unwrap_or_default();
        let state = match (verdict(finding), finding.in_head) {
            (verdict, Some(true)) => format!("{}, in HEAD", verdict.as_str()),
            (verdict, Some(false)) => format!("{}, history only", verdict.as_str()),
            (verdict, None) => verdict.as_str().to_owned(),
        };
        text.push_str(&format!(
            "| {} | {} {} | {}{more} | {state} | {days} |\n",
            rating.severity.as_str(),
            escaped(&shortened(&words::title(&finding.about))),
            in_table(&code(&finding.masked)),
            in_table(&place),
        ));
    }
    if report.findings.len() > ROWS {
        text.push_str(&format!(
            "\n{} more are not in the table.\n",
            words::number((report.findings.len() - ROWS) as u64)
        ));
    }
    text
}

fn section(report: &Report, finding: &Finding, level: &str) -> String {
    let rating = severity::of(finding);
    let title = escaped(&shortened(&words::title(&finding.about)));
    let mut text = format!("\n{level} {title} {}\n\n", code(&finding.masked));
    let mut line = |name: &str, value: String| text.push_str(&format!("- **{name}**: {value}\n"));
    line("Severity", format!("{}: {}", rating.severity.as_str(), escaped(&rating.reason)));
    if let Some(said) = &finding.verification {
        let reason =
            said.reason.as_ref().map(|reason| format!(": {}", escaped(&shortened(reason)))).unwrap_or_default();
        line("State", format!("{}{reason}", said.verdict.as_str()));
        let whose: Vec<String> = [&said.holder, &said.organisation, &said.account]
            .into_iter()
            .flatten()
            .map(|text| escaped(&shortened(text)))
            .collect();
        if !whose.is_empty() {
            line("Holder", whose.join(", "));
        }
        if !said.scopes.is_empty() {
            line("May", said.scopes.iter().map(|scope| code(&shortened(scope))).collect::<Vec<_>>().join(" "));
        }
    }
    line("Where", places_of(report, finding));
    if let Some(excerpt) = finding.places.first().and_then(|shown| shown.excerpt.as_ref()) {
        line("Line", code(&shortened(excerpt)));
    }
    if let Some(since) = since(finding) {
        line("Out since", escaped(&shortened(&since)) + &commit_link(report, finding));
    }
    line("Opens", escaped(&shortened(&finding.about.opens)));
    line("Finding", code(finding.id.as_str()));
    text.push('\n');
    for (at, step) in steps(finding).iter().enumerate() {
        text.push_str(&step_lines(at + 1, step));
    }
    text
}

fn places_of(report: &Report, finding: &Finding) -> String {
    let (told, more) = places::told(finding, report.summary.targets.len() > 1, PLACES);
    let one = |told: &places::Told<'_>| {
        let target = String::from_utf8_lossy(&told.shown.place.target).into_owned();
        let page = report.summary.remotes.get(&target).and_then(|remote| link::line(remote, &told.shown.place));
        let name = code(&shortened(&told.name));
        let name = page.map_or(name.clone(), |page| format!("[{name}](<{page}>)"));
        if told.state.is_empty() { name } else { format!("{name} ({})", told.state) }
    };
    let mut all: Vec<String> = told.iter().map(one).collect();
    if more > 0 {
        all.push(words::count(more, "more place"));
    }
    all.join(", ")
}

fn commit_link(report: &Report, finding: &Finding) -> String {
    let target = finding.places.first().map(|shown| String::from_utf8_lossy(&shown.place.target).into_owned());
    let remote = target.and_then(|target| report.summary.remotes.get(&target));
    let page = remote.zip(places::first_commit(finding)).and_then(|(remote, commit)| link::commit(remote, &commit.oid));
    page.map(|page| format!(" ([commit](<{page}>))")).unwrap_or_default()
}

fn step_lines(number: usize, step: &Step) -> String {
    let mut text = format!("{number}. {}", escaped(&printable(step.what.as_bytes())));
    if let Some(address) = &step.address {
        text.push_str(&format!(" <{}>", printable(address.as_bytes()).replace(['<', '>', ' '], "")));
    }
    for command in &step.commands {
        text.push_str(&format!("\n   {}", code(command)));
    }
    if let Some(warning) = step.warning {
        text.push_str(&format!("\n   **Warning**: {}", escaped(warning)));
    }
    text + "\n"
}

fn tail(report: &Report) -> String {
    let mut text = String::new();
    if !report.complete {
        let problems = words::count(report.problems.len() as u64, "problem");
        text.push_str(&format!("\n**Not complete**: {problems}, such as:\n\n"));
        for problem in report.problems.iter().take(3) {
            text.push_str(&format!("- {}\n", escaped(&shortened(&format!("{}: {}", problem.what, problem.why)))));
        }
    }
    text
}

fn shortened(text: &str) -> String {
    let text = printable(text.as_bytes());
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

/// A code span, with a fence longer than any run of backticks in it.
pub fn code(text: &str) -> String {
    let text = printable(text.as_bytes());
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A blank at each end keeps backticks and blanks at the ends apart from the fence; it is not shown.
    let pad = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// In a table even code ends at a bar.
fn in_table(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Plain text: no character of it is markup, and no name in it calls anybody.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => out.extend(['\\', char]),
            char => out.push(char),
        }
    }
    // `://` would become a link by itself.
    out.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, Look, sample};

    fn written(report: &Report, group_by: Option<GroupBy>) -> String {
        let mut out = Vec::new();
        report.write(Format::Markdown, Look { group_by, ..Look::PLAIN }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn markdown_stays_as_it_is() {
        insta::assert_snapshot!(written(&sample::report(), None));
        insta::assert_snapshot!(written(&sample::report(), Some(GroupBy::Author)));
    }

    #[test]
    fn it_fits_a_comment_and_counts_what_does_not() {
        let mut report = sample::report();
        let one = report.findings.remove(0);
        report.findings = vec![one; 700];
        for by in [None, Some(GroupBy::Issuer)] {
            let text = written(&report, by);
            assert!(text.chars().count() <= LIMIT, "{}", text.chars().count());
            let shown = text.matches("\n### ").count();
            assert!(shown > 10 && text.contains(&format!("**And {} more findings**", 700 - shown)), "{shown}");
        }
    }

    #[test]
    fn text_from_files_is_neither_markup_nor_a_call() {
        assert_eq!(escaped("<b> @ana *x* [l](https://e)"), "&lt;b&gt; &#64;ana \\*x\\* \\[l\\](https:&#47;&#47;e)");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(in_table(&code("a|b")), "`a\\|b`");
    }

    #[test]
    fn a_report_without_findings_says_so() {
        let mut report = sample::report();
        report.findings.clear();
        assert!(written(&report, None).starts_with("# No secrets found\n"));
    }
}
