//! Marks on objects, one bit each, that all threads may set.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::source::history::object::ObjectIx;

/// A set of objects.
pub(super) struct Marks(Vec<AtomicU64>);

impl Marks {
    /// None, of `count` objects and one more that stands for all that are absent.
    pub fn new(count: usize) -> Self {
        Self((0..=count / 64).map(|_| AtomicU64::new(0)).collect())
    }

    /// Marks an object. Whether it was not marked before: of several threads, one is told so.
    pub fn add(&self, object: ObjectIx) -> bool {
        !self.has(object) && self.word(object).fetch_or(bit(object), Relaxed) & bit(object) == 0
    }

    /// Whether an object is marked.
    pub fn has(&self, object: ObjectIx) -> bool {
        self.word(object).load(Relaxed) & bit(object) != 0
    }

    fn word(&self, object: ObjectIx) -> &AtomicU64 {
        &self.0[object.0 as usize / 64]
    }
}

fn bit(object: ObjectIx) -> u64 {
    1 << (object.0 % 64)
}
