//! Distinct evidence of a history's hits: versions of a file have the same, thousands of times.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::detect::context::evidence::Evidence;

/// Numbers distinct evidence in the order in which it was first seen.
#[derive(Debug, Default)]
pub struct Evidences {
    numbers: FxHashMap<Arc<Evidence>, u32>,
    all: Vec<Arc<Evidence>>,
}

impl Evidences {
    /// The number of some evidence.
    pub fn number(&mut self, evidence: &Arc<Evidence>) -> u32 {
        if let Some(number) = self.numbers.get(evidence) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.numbers.insert(Arc::clone(evidence), number);
        self.all.push(Arc::clone(evidence));
        number
    }

    /// Takes over those of another; returns their numbers here.
    pub fn merge(&mut self, other: Self) -> Vec<u32> {
        other.all.iter().map(|evidence| self.number(evidence)).collect()
    }

    /// The evidence of a number.
    pub fn get(&self, number: u32) -> &Arc<Evidence> {
        &self.all[number as usize]
    }
}
