//! Counts over findings: what the end of every report tells.

use std::collections::BTreeMap;

use super::words;
use crate::{
    finding::{Finding, Severity, Verdict},
    severity,
};

/// How many findings there are of what sort.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub findings: u64,
    /// By the word for their confidence.
    pub by_confidence: BTreeMap<&'static str, u64>,
    /// By the word for their severity.
    pub by_severity: BTreeMap<&'static str, u64>,
    /// By the word for their verdict.
    pub by_verdict: BTreeMap<&'static str, u64>,
    /// Places of all of them.
    pub places: u64,
    /// Those that HEAD has.
    pub in_head: u64,
    /// The longest exposure, in days.
    pub longest_days: Option<u32>,
}

impl Counts {
    /// Counts all of a report's findings.
    pub fn of(findings: &[Finding]) -> Self {
        let mut counts = Self::default();
        findings.iter().for_each(|finding| counts.add(finding));
        counts
    }

    /// Counts one more.
    pub fn add(&mut self, finding: &Finding) {
        self.findings += 1;
        *self.by_confidence.entry(words::confidence(finding.confidence)).or_default() += 1;
        *self.by_severity.entry(severity::of(finding).severity.as_str()).or_default() += 1;
        *self.by_verdict.entry(verdict(finding).as_str()).or_default() += 1;
        self.places = self.places.saturating_add(finding.places_total);
        self.in_head += u64::from(finding.in_head == Some(true));
        self.longest_days = self.longest_days.max(finding.exposed_days);
    }

    /// How many have this severity.
    pub fn severity(&self, severity: Severity) -> u64 {
        self.by_severity.get(severity.as_str()).copied().unwrap_or_default()
    }

    /// How many have this verdict.
    pub fn verdict(&self, verdict: Verdict) -> u64 {
        self.by_verdict.get(verdict.as_str()).copied().unwrap_or_default()
    }
}

/// What is known of a finding's life.
pub fn verdict(finding: &Finding) -> Verdict {
    finding.verification.as_ref().map_or(Verdict::NotChecked, |said| said.verdict)
}
