//! Work of a walk: the planned tasks one after the other, and the parts that large families were cut into on the way.
//!
//! Parts go first, the newest before older ones, since each holds the bytes of the base that it begins at.

use std::sync::{Condvar, Mutex, MutexGuard};

/// Place of a piece of work in the order of results: number of the task; for a part also the source, and where in its list of
/// children the part begins. They follow from the objects alone, never from what threads did.
pub type Number = (usize, Option<(usize, u32)>);

/// Work for several threads.
pub struct Queue<P> {
    state: Mutex<State<P>>,
    changed: Condvar,
    tasks: usize,
}

struct State<P> {
    parts: Vec<(Number, P)>,
    next: usize,
    /// Threads that are at work and may still add parts.
    busy: usize,
    stopped: bool,
}

/// A piece of work; the queue waits for it to be dropped.
pub struct Job<'q, P> {
    queue: &'q Queue<P>,
    /// Its place in the order of results.
    pub number: Number,
    /// The part; `None` for a planned task.
    pub part: Option<P>,
}

impl<P> Queue<P> {
    /// A queue of planned tasks.
    pub fn new(tasks: usize) -> Self {
        let state = State { parts: Vec::new(), next: 0, busy: 0, stopped: false };
        Self { state: Mutex::new(state), changed: Condvar::new(), tasks }
    }

    /// The next piece of work; `None` when all is done. Waits as long as others may still add to it.
    pub fn take(&self) -> Option<Job<'_, P>> {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return None;
            }
            if let Some((number, part)) = state.parts.pop() {
                state.busy += 1;
                return Some(Job { queue: self, number, part: Some(part) });
            }
            if state.next < self.tasks {
                let number = (state.next, None);
                state.next += 1;
                state.busy += 1;
                return Some(Job { queue: self, number, part: None });
            }
            if state.busy == 0 {
                return None;
            }
            state = self.changed.wait(state).expect("no thread panics while it holds the lock");
        }
    }

    /// Adds a part of the piece of work that is being done.
    pub fn add(&self, number: Number, part: P) {
        self.lock().parts.push((number, part));
        self.changed.notify_one();
    }

    /// Gives out nothing any more.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().expect("no thread panics while it holds the lock")
    }
}

impl<P> Drop for Job<'_, P> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.busy -= 1;
        if state.busy == 0 {
            self.queue.changed.notify_all();
        }
    }
}
