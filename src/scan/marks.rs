//! Distinct marks beside a history's hits: versions of a file have the same, thousands of times.

use rustc_hash::FxHashMap;

use crate::finding::Mark;

/// Numbers distinct marks in the order in which they were first seen.
#[derive(Debug, Default)]
pub struct Marks {
    numbers: FxHashMap<Mark, u32>,
    all: Vec<Mark>,
}

impl Marks {
    /// The number of a mark.
    pub fn number(&mut self, mark: Mark) -> u32 {
        if let Some(number) = self.numbers.get(&mark) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.numbers.insert(mark.clone(), number);
        self.all.push(mark);
        number
    }

    /// Takes over those of another; returns their numbers here.
    pub fn merge(&mut self, other: Self) -> Vec<u32> {
        other.all.into_iter().map(|mark| self.number(mark)).collect()
    }

    /// The mark of a number.
    pub fn get(&self, number: u32) -> &Mark {
        &self.all[number as usize]
    }
}
