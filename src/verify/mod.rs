//! Verify: whether a key still works, told by its issuer.
//!
//! [`run`] takes keys and gives a verdict on each. [`fill`] puts a key into a template, [`request`] makes what is sent, [`answer`]
//! reads what comes back by the conditions of a rule, `checking` adds answers up to a verdict, [`control`] makes the random keys
//! that a live answer is held against, `sending` keeps to each host's pace. Threads are few and its own.

pub mod answer;
mod checking;
pub mod control;
mod facts;
pub mod fill;
pub mod plan;
pub mod request;
mod schedule;
mod sending;
mod service_account;
mod shared_key;
mod sigv4;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

pub use answer::{Answer, Reading};
pub use schedule::run;

use crate::{
    finding::{Masker, group::is_public},
    http::{Gate, Transport},
    rule::{RuleIx, RuleSet},
    secret::Secret,
};
use checking::Control;

/// A key to ask for.
#[derive(Clone, Debug)]
pub struct Key {
    /// The rule that found it.
    pub rule: RuleIx,
    /// The key.
    pub secret: Secret,
    /// Its parts that were found, by their names in the rule.
    pub parts: Vec<(String, Secret)>,
    /// How it may be shown.
    pub masked: String,
}

impl Key {
    /// `text` without the key and those of its parts that are secret.
    pub fn hide(&self, text: &str) -> String {
        let secret = self.parts.iter().filter(|(name, _)| !is_public(name));
        let parts = secret.map(|(_, part)| (part.expose(), "********"));
        let masker = Masker::new(parts.chain([(self.secret.expose(), self.masked.as_str())]));
        masker
            .mask(text.as_bytes())
            .map_or_else(|| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Is told something in words.
pub type Told = Arc<dyn Fn(&str) + Send + Sync>;

/// How keys are asked for.
#[derive(Clone)]
pub struct Options {
    /// Hosts that the user listed, by issuer.
    pub hosts: BTreeMap<String, Vec<String>>,
    /// Most time for all of it.
    pub limit: Option<Duration>,
    /// First pause before a request is tried again.
    pub pause: Duration,
    /// The present, seconds since 1970-01-01 UTC.
    pub clock: fn() -> i64,
    /// Is told each request, without what is secret in it.
    pub told: Option<Told>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("hosts", &self.hosts).field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { hosts: BTreeMap::new(), limit: None, pause: Duration::from_millis(500), clock: now, told: None }
    }
}

impl Options {
    fn trace(&self, text: &dyn Fn() -> String) {
        if let Some(told) = &self.told {
            told(&text());
        }
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Where a control was sent: rule, request, host and path.
type ControlPlace = (String, usize, String, String);

/// What all threads of a run use.
struct Shared {
    rules: Arc<RuleSet>,
    options: Options,
    transport: Arc<dyn Transport + Send + Sync>,
    gate: Gate,
    controls: Mutex<HashMap<ControlPlace, Arc<OnceLock<Control>>>>,
    over: AtomicBool,
    deadline: Option<Instant>,
}

impl Shared {
    fn stopped(&self) -> bool {
        self.over.load(Ordering::Relaxed) || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn control(&self, place: ControlPlace) -> Arc<OnceLock<Control>> {
        let mut controls = self.controls.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(controls.entry(place).or_default())
    }
}
