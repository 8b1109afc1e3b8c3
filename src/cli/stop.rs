//! Ctrl-C: the first time the scan stops and reports what it saw, the second time the program ends at once.

use std::{
    io, process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
    iterator::{SignalsInfo, exfiltrator::WithRawSiginfo},
};

use super::exit::INTERRUPTED;
use crate::source::clone;

/// Whether the user wants the scan to stop.
#[derive(Clone, Debug)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens for SIGINT and SIGTERM.
    pub fn listen() -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        // Each signal comes by itself: two in a row must not count as one.
        let mut signals = SignalsInfo::<WithRawSiginfo>::new([SIGINT, SIGTERM])?;
        for signal in [SIGINT, SIGTERM] {
            flag::register(signal, Arc::clone(&stop))?;
        }
        thread::spawn(move || {
            if signals.forever().nth(1).is_some() {
                clone::remove_all();
                process::exit(INTERRUPTED.into());
            }
        });
        Ok(Self(stop))
    }

    /// Whether it was asked for.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
