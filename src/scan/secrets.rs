//! Distinct secrets of a scan, each with the rule that says most about it and the fullest set of its companions.

use rustc_hash::FxHashMap;

use crate::{
    detect::{Detector, Found, Match},
    location::Position,
    rule::RuleIx,
    secret::Secret,
};

/// Numbers distinct secrets in the order in which they were first seen.
#[derive(Debug, Default)]
pub struct Secrets {
    by_value: FxHashMap<Secret, u32>,
    all: Vec<Record>,
}

/// One distinct secret.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its bytes.
    pub secret: Secret,
    /// The rule that says most about it.
    pub rule: RuleIx,
    /// Its companions where most of them were found: index in the rule's parts, value, place.
    pub parts: Vec<Part>,
}

/// A companion's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Index in the rule's `parts`.
    pub spec: u16,
    /// The value.
    pub value: Secret,
    /// Where it stands in the version of the text that it was found in.
    pub position: Position,
}

impl Secrets {
    /// The number of the secret of a match; its rule and parts are kept where they say more than those known.
    pub fn add(&mut self, detector: &Detector, found: &Found<'_>, hit: &Match) -> u32 {
        if let Some(number) = self.by_value.get(found.bytes(&hit.position)) {
            let known = &self.all[*number as usize];
            let says_less = (detector.rank(hit.rule), hit.parts.len()) < (detector.rank(known.rule), known.parts.len());
            if says_less || hit.rule == known.rule && hit.parts.is_empty() {
                return *number;
            }
        }
        self.add_record(detector, Record::of(found, hit))
    }

    /// Takes over the secrets of another set; returns their numbers in this one.
    pub fn merge(&mut self, detector: &Detector, other: Secrets) -> Vec<u32> {
        other.all.into_iter().map(|record| self.add_record(detector, record)).collect()
    }

    /// All of them, by number.
    pub fn records(&self) -> &[Record] {
        &self.all
    }

    /// The same for a record made before.
    pub fn add_record(&mut self, detector: &Detector, record: Record) -> u32 {
        if let Some(number) = self.by_value.get(&record.secret) {
            let known = &mut self.all[*number as usize];
            if record.says_more_than(known, detector) {
                *known = record;
            }
            return *number;
        }
        let number = self.all.len() as u32;
        self.by_value.insert(record.secret.clone(), number);
        self.all.push(record);
        number
    }
}

impl Record {
    /// What a match says about its secret.
    pub fn of(found: &Found<'_>, hit: &Match) -> Self {
        let parts = hit.parts.iter().map(|part| Part {
            spec: part.spec,
            value: found.secret(&part.position),
            position: part.position,
        });
        Self { secret: found.secret(&hit.position), rule: hit.rule, parts: parts.collect() }
    }

    /// An order that does not depend on which was seen first.
    fn says_more_than(&self, other: &Record, detector: &Detector) -> bool {
        let key = |record: &Record| (detector.rank(record.rule), record.parts.len());
        let tie = (other.rule, &other.parts).cmp(&(self.rule, &self.parts));
        key(self).cmp(&key(other)).then(tie).is_gt()
    }
}
