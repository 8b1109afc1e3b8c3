//! The findings of one secret made one.

use std::collections::BTreeSet;

use crate::finding::{Finding, MAX_PLACES, Verdict, group};

/// Joins findings of one secret; there is at least one. Places are told once, what is there now first; of two answers of the
/// issuer the later counts; everything else is as the surest of them says.
pub fn join(mut all: Vec<Finding>) -> Finding {
    // Stable: of equally sure ones that of the first report.
    all.sort_by_key(|finding| std::cmp::Reverse(finding.confidence));
    let mut all = all.into_iter();
    let mut one = all.next().expect("a group has a finding");
    let mut joined = false;
    for other in all {
        joined = true;
        take(&mut one, other);
    }
    if joined {
        let mut seen = BTreeSet::new();
        let before = one.places.len();
        one.places.retain(|shown| seen.insert(shown.place.clone()));
        one.places_total = one.places_total.saturating_sub((before - one.places.len()) as u64);
        one.places.sort_by(|a, b| (!group::is_now(&a.place), &a.place).cmp(&(!group::is_now(&b.place), &b.place)));
        one.places.truncate(MAX_PLACES);
    }
    one
}

fn take(one: &mut Finding, other: Finding) {
    one.places.extend(other.places);
    one.places_total = one.places_total.saturating_add(other.places_total);
    one.first_seen = [one.first_seen, other.first_seen].into_iter().flatten().min();
    one.last_seen = one.last_seen.max(other.last_seen);
    one.in_head = one.in_head.max(other.in_head);
    one.exposed_days = one.exposed_days.max(other.exposed_days);
    let found = |finding: &[crate::finding::Part]| finding.iter().filter(|part| part.value.is_some()).count();
    if found(&other.parts) > found(&one.parts) {
        one.parts = other.parts;
    }
    let asked = |said: &crate::finding::Verification| (said.verdict != Verdict::NotChecked, said.checked_at);
    let is_later = match (&one.verification, &other.verification) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(own), Some(other)) => asked(other) > asked(own),
    };
    if is_later {
        one.verification = other.verification;
    }
}
