//! Exit codes: what a pipeline decides on.

use crate::{
    finding::{Finding, Verdict},
    report::Report,
};

/// Wrong usage or configuration, or nothing could be scanned.
pub const USAGE: u8 = 2;
/// Findings.
pub const FOUND: u8 = 1;
/// Nothing found, and not all was looked at.
const INCOMPLETE: u8 = 3;
/// Interrupted, after a report of what was seen.
pub const INTERRUPTED: u8 = 130;

/// What makes a scan fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// Any finding
    Any,
    /// A finding that is not known to be dead
    Live,
    /// Something could not be scanned
    Incomplete,
    /// Nothing
    Never,
}

/// The exit code of a report. Without conditions: any finding, and an incomplete scan.
pub fn code(report: &Report, fail_on: &[FailOn]) -> u8 {
    let fail_on = if fail_on.is_empty() { &[FailOn::Any, FailOn::Incomplete] } else { fail_on };
    if report.summary.interrupted {
        return INTERRUPTED;
    }
    if report.saw_nothing() {
        return USAGE;
    }
    if report.findings.iter().any(|finding| counts(finding, fail_on)) {
        return FOUND;
    }
    if !report.complete && fail_on.contains(&FailOn::Incomplete) { INCOMPLETE } else { 0 }
}

/// Only a dead key passes where live ones make a scan fail: what was not asked for, or got no sure answer, may be live.
fn counts(finding: &Finding, fail_on: &[FailOn]) -> bool {
    if finding.warning.is_some() {
        return false;
    }
    let dead = finding.verification.as_ref().is_some_and(|said| said.verdict == Verdict::Dead);
    fail_on.contains(&FailOn::Any) || (fail_on.contains(&FailOn::Live) && !dead)
}

#[cfg(test)]
mod tests {
    use FailOn::{Any, Incomplete, Live, Never};

    use super::*;
    use crate::{finding::Verification, report::sample};

    #[test]
    fn findings_come_before_what_is_missing_and_conditions_choose() {
        let found = sample::report();
        assert_eq!([code(&found, &[]), code(&found, &[Live]), code(&found, &[Any])], [1, 1, 1]);
        assert_eq!([code(&found, &[Incomplete]), code(&found, &[Never])], [3, 0]);
        let mut none = sample::report();
        none.findings.clear();
        assert_eq!([code(&none, &[]), code(&none, &[Any]), code(&none, &[Never])], [3, 0, 0]);
        none.complete = true;
        assert_eq!(code(&none, &[]), 0);
    }

    #[test]
    fn only_dead_keys_pass_where_live_ones_fail() {
        let mut report = sample::report();
        let mut all = |verdict| {
            for finding in &mut report.findings {
                finding.verification = Some(Verification::of(verdict, "for a test"));
            }
            code(&report, &[Live])
        };
        assert_eq!(
            [all(Verdict::Dead), all(Verdict::Unknown), all(Verdict::NotChecked), all(Verdict::Live)],
            [0, 1, 1, 1]
        );
        assert_eq!(code(&report, &[]), 1);
    }

    #[test]
    fn an_interrupted_scan_says_so_whatever_it_found() {
        let mut report = sample::report();
        report.summary.interrupted = true;
        assert_eq!([code(&report, &[]), code(&report, &[Never])], [130, 130]);
    }

    #[test]
    fn a_scan_that_saw_nothing_and_had_problems_is_an_error() {
        let mut report = sample::report();
        report.findings.clear();
        report.summary.tally = Default::default();
        assert_eq!(code(&report, &[Never]), 2);
        report.problems.clear();
        report.complete = true;
        assert_eq!(code(&report, &[]), 0);
    }
}
