//! Dead is seen, not believed: the verify request is repeated with growing pauses until it says so.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use super::Desk;
use crate::{
    finding::{Verdict, Verification},
    verify::Key,
};

/// The first pause, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));
/// How often the user's wish to stop is looked at.
const LOOK: Duration = Duration::from_millis(50);

impl Desk<'_> {
    /// Asks for each key until it is `wanted`, for `wait` at most; the last verdict on each.
    pub(super) fn until(
        &self,
        wanted: Verdict,
        mut keys: BTreeMap<usize, Key>,
        wait: Duration,
    ) -> BTreeMap<usize, Verification> {
        let began = Instant::now();
        let mut said = BTreeMap::new();
        let mut pause = PAUSES.0.min(wait / 8);
        while !keys.is_empty() {
            let numbers: Vec<usize> = keys.keys().copied().collect();
            for (at, verdict) in numbers.into_iter().zip(self.ask(keys.values().cloned().collect())) {
                if verdict.verdict == wanted {
                    keys.remove(&at);
                }
                said.insert(at, verdict);
            }
            let left = wait.saturating_sub(began.elapsed());
            if left.is_zero() || (self.stop)() {
                break;
            }
            self.rest(pause.min(left));
            pause = (pause * 2).min(PAUSES.1);
        }
        said
    }

    /// Waits, unless the user wants to stop.
    pub(super) fn rest(&self, time: Duration) {
        let until = Instant::now() + time;
        while !(self.stop)() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(LOOK));
        }
    }
}
