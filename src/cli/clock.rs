//! The time that a report tells, which can be held still: `--deterministic`, or `SOURCE_DATE_EPOCH` as builds use it.

use std::{
    env,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context;

use crate::report::{Report, Summary, merge::Merged};

/// What time it is for a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// As the machine says.
    Runs,
    /// Always this one, seconds since 1970-01-01 UTC.
    Stands(i64),
    /// None: what depends on it is left out.
    Unknown,
}

impl Clock {
    /// `SOURCE_DATE_EPOCH` comes before the flag, as it tells more.
    pub fn new(deterministic: bool) -> anyhow::Result<Self> {
        Self::of(env::var("SOURCE_DATE_EPOCH").ok().as_deref(), deterministic)
    }

    fn of(epoch: Option<&str>, deterministic: bool) -> anyhow::Result<Self> {
        Ok(match (epoch.filter(|epoch| !epoch.is_empty()), deterministic) {
            (Some(epoch), _) => Self::Stands(epoch.parse().context("SOURCE_DATE_EPOCH is not a number of seconds")?),
            (None, true) => Self::Unknown,
            (None, false) => Self::Runs,
        })
    }

    /// Seconds since 1970-01-01 UTC.
    pub fn now(self) -> i64 {
        match self {
            Self::Runs => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64),
            Self::Stands(seconds) => seconds,
            Self::Unknown => 0,
        }
    }

    /// Takes out of a report what a running clock put there.
    pub fn settle(self, report: &mut Report) {
        if self == Self::Runs {
            return;
        }
        self.settle_summary(&mut report.summary);
        for finding in &mut report.findings {
            if self == Self::Unknown {
                finding.exposed_days = None;
            }
            let checked_at = finding.verification.iter_mut().filter_map(|said| said.checked_at.as_mut());
            checked_at.for_each(|seconds| *seconds = self.now());
        }
    }

    /// The same for merged reports, whose findings are as the reports have them.
    pub fn settle_merged(self, merged: &mut Merged) {
        if self != Self::Runs {
            self.settle_summary(&mut merged.summary);
        }
    }

    fn settle_summary(self, summary: &mut Summary) {
        summary.started_at = self.now();
        summary.elapsed_ms = 0;
        summary.stats = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_variable_comes_before_the_flag_and_must_be_seconds() {
        assert_eq!(Clock::of(Some("1700000000"), true).unwrap(), Clock::Stands(1_700_000_000));
        assert_eq!(Clock::of(Some(""), true).unwrap(), Clock::Unknown);
        assert_eq!(Clock::of(None, false).unwrap(), Clock::Runs);
        assert!(Clock::of(Some("yesterday"), false).is_err());
    }

    #[test]
    fn a_clock_that_stands_leaves_no_trace_of_one_that_runs() {
        let mut report = sample::report();
        Clock::Unknown.settle(&mut report);
        assert_eq!((report.summary.started_at, report.summary.elapsed_ms), (0, 0));
        assert!(report.findings.iter().all(|finding| finding.exposed_days.is_none()));
        let mut report = sample::report();
        Clock::Stands(7).settle(&mut report);
        assert_eq!(report.summary.started_at, 7);
        assert!(report.findings.iter().any(|finding| finding.exposed_days.is_some()));
    }
}
