//! What a pattern costs, measured only where the user wants to know why a scan was slow (`--stats`): two looks at the clock for each
//! place are too many for every scan.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

/// Of one pattern, all threads together.
#[derive(Debug, Default)]
pub struct Cost {
    tried: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Cost {
    /// Does and counts.
    pub fn of<T>(&self, act: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = act();
        self.tried.fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(began.elapsed().as_nanos() as u64, Ordering::Relaxed);
        done
    }

    /// How often it was tried, and how many nanoseconds that took.
    pub fn told(&self) -> (u64, u64) {
        (self.tried.load(Ordering::Relaxed), self.nanoseconds.load(Ordering::Relaxed))
    }
}
