//! pretty: for a person. A block a finding, the worst first; what was not scanned and what it all comes to at the end.
//!
//! Colour only repeats what the words say. Everything that comes from files goes through [`printable`](crate::finding::printable).

mod block;
mod closing;
pub(crate) mod ink;
mod suppressed;

use std::io::{self, Write};

use super::{Look, Report};
use ink::Ink;

pub fn write(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let ink = Ink::new(look);
    let many_targets = report.summary.targets.len() > 1;
    for finding in &report.findings {
        block::write(finding, many_targets, &ink, out)?;
        writeln!(out)?;
    }
    suppressed::write(report, many_targets, &ink, out)?;
    closing::write(report, &ink, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, sample};

    fn written(report: &Report, look: Look) -> String {
        let mut out = Vec::new();
        report.write(Format::Pretty, look, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plain_output_fits_80_columns_and_has_no_escape_sequence() {
        let text = written(&sample::report(), Look::PLAIN);
        assert!(!text.contains('\x1b'));
        let too_wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert_eq!(too_wide, Vec::<&str>::new());
    }

    #[test]
    fn colours_and_links_add_nothing_to_the_words() {
        let look = Look { colour: true, links: true, ..Look::PLAIN };
        let text = written(&sample::report(), look);
        assert!(
            text.contains("\x1b[")
                && anstream::adapter::strip_str(&text).to_string() == written(&sample::report(), Look::PLAIN)
        );
    }

    #[test]
    fn pretty_stays_as_it_was_looked_at() {
        insta::assert_snapshot!(written(&sample::report(), Look::PLAIN));
    }

    #[test]
    fn a_clean_report_is_two_lines() {
        let mut report = sample::report();
        report.findings.clear();
        report.problems.clear();
        report.complete = true;
        report.summary.below_confidence = 0;
        report.summary.tally.skipped.clear();
        report.summary.notes.clear();
        let text = written(&report, Look::PLAIN);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.starts_with("No secrets found.\n"), "{text}");
    }

    #[test]
    fn a_report_of_nothing_says_so() {
        let mut report = sample::report();
        report.findings.clear();
        report.summary = Default::default();
        let text = written(&report, Look::PLAIN);
        assert!(text.ends_with("\n\nNothing was scanned.\n"), "{text}");
    }

    #[test]
    fn escape_sequences_of_scanned_text_never_reach_the_terminal() {
        let mut report = sample::report();
        let hostile = "\x1b]0;owned\x07\u{9b}2J\u{202e}\r\n";
        for finding in &mut report.findings {
            for shown in &mut finding.places {
                shown.place.path = Some(hostile.into());
                shown.place.target = hostile.into();
                for commit in [&mut shown.place.commit, &mut shown.place.last_commit].into_iter().flatten() {
                    commit.author = hostile.into();
                    commit.email = hostile.into();
                    commit.subject = hostile.into();
                }
            }
        }
        for look in [Look::PLAIN, Look { colour: true, links: true, ..Look::PLAIN }] {
            let text = written(&report, look);
            assert!(
                !text.contains('\x07')
                    && !text.contains('\u{9b}')
                    && !text.contains('\u{202e}')
                    && !text.contains("\x1b]0")
            );
        }
    }
}
