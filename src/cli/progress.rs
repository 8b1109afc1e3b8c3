//! A sign of life on a terminal's standard error, for scans that take longer than a blink; with `-v` the time of each stage.

use std::{
    io::{self, IsTerminal},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{report::Stage, scan::Progress};

const SHOWN_AFTER: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(100);

/// What is going on. Ends when dropped.
pub struct Watch {
    state: Arc<Mutex<State>>,
    verbose: bool,
    bar: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

#[derive(Default)]
struct State {
    stage: String,
    since: Option<Instant>,
    /// Those that ended.
    ended: Vec<Stage>,
}

impl State {
    /// Ends the stage that is going on; targets have the same stages, which are told as one.
    fn end(&mut self) {
        let Some(since) = self.since.take() else { return };
        let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        match self.ended.iter_mut().find(|stage| stage.name == self.stage) {
            Some(known) => known.ms += ms,
            None => self.ended.push(Stage { name: self.stage.clone(), ms }),
        }
    }
}

impl Watch {
    /// `bar`: show a moving line, if standard error is a terminal. `verbose`: tell each stage's time.
    pub fn new(bar: bool, verbose: bool) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let bar = (bar && !verbose && io::stderr().is_terminal()).then(|| {
            let (end, ended) = mpsc::channel();
            let state = Arc::clone(&state);
            (end, thread::spawn(move || show(&state, &ended)))
        });
        Self { state, verbose, bar }
    }

    /// The time of each stage until now; the last one ends.
    pub fn stages(&self) -> Vec<Stage> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.tell_time(&state);
        state.end();
        state.ended.clone()
    }

    fn tell_time(&self, state: &State) {
        if let (true, Some(since)) = (self.verbose, state.since) {
            anstream::eprintln!("{:>9.1?}  {}", since.elapsed(), state.stage);
        }
    }
}

impl Progress for Watch {
    fn stage(&self, what: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.tell_time(&state);
        state.end();
        (state.stage, state.since) = (what.to_owned(), Some(Instant::now()));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.tell_time(&state);
        drop(state);
        if let Some((end, thread)) = self.bar.take() {
            drop(end);
            // A panic in there was about drawing; the scan is unharmed.
            let _ = thread.join();
        }
    }
}

fn show(state: &Mutex<State>, ended: &mpsc::Receiver<()>) {
    if ended.recv_timeout(SHOWN_AFTER) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
        bar.set_style(style);
    }
    loop {
        bar.set_message(state.lock().unwrap_or_else(PoisonError::into_inner).stage.clone());
        bar.tick();
        if ended.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    bar.finish_and_clear();
}
