//! The time that a scan may take: `--time-limit`.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use crate::problem::{Problem, ProblemKind};

/// When a scan has to stop, and whether that cut it short: one that ends by itself at that moment is complete.
pub struct TimeLimit {
    limit: Option<Duration>,
    began: Instant,
    cut: AtomicBool,
}

impl TimeLimit {
    /// From now on; none where there is no limit.
    pub fn start(limit: Option<Duration>) -> Self {
        Self { limit, began: Instant::now(), cut: AtomicBool::new(false) }
    }

    /// Whether the time is over. Who asks goes no further then.
    pub fn is_over(&self) -> bool {
        let over = self.limit.is_some_and(|limit| self.began.elapsed() >= limit);
        if over {
            self.cut.store(true, Ordering::Relaxed);
        }
        over
    }

    /// Tells what was stopped because the time was over; whether anything was.
    pub fn tell(&self, problems: &mut Vec<Problem>) -> bool {
        let Some(limit) = self.limit.filter(|_| self.cut.load(Ordering::Relaxed)) else { return false };
        for problem in problems.iter_mut().filter(|problem| problem.kind == ProblemKind::Stopped) {
            problem.kind = ProblemKind::Timeout;
        }
        let why = format!("over --time-limit {}: what was not reached is not in this report", limit.as_secs());
        problems.push(Problem { kind: ProblemKind::Timeout, what: "scan".to_owned(), why });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(limit: &TimeLimit) -> Vec<ProblemKind> {
        let stopped = Problem { kind: ProblemKind::Stopped, what: "history".to_owned(), why: "stopped".to_owned() };
        let mut problems = vec![stopped];
        limit.tell(&mut problems);
        problems.into_iter().map(|problem| problem.kind).collect()
    }

    #[test]
    fn what_was_cut_is_told_as_a_timeout() {
        let limit = TimeLimit::start(Some(Duration::ZERO));
        assert_eq!(told(&limit), [ProblemKind::Stopped], "nobody had to stop for it");
        assert!(limit.is_over());
        assert_eq!(told(&limit), [ProblemKind::Timeout; 2]);
        let limit = TimeLimit::start(None);
        assert!(!limit.is_over());
        assert_eq!(told(&limit), [ProblemKind::Stopped]);
    }
}
