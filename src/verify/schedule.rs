//! Who is asked when: a few threads, each taking the key whose host has rested longest, so that no host's pace holds up the others.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use super::{Key, Options, Shared, checking::Checking, fill::Values, request};
use crate::{
    finding::verification::{Verdict, Verification},
    http::{
        Gate, Transport,
        pacing::{AT_ONCE, HOSTS_AT_ONCE},
    },
    rule::{Rule, RuleSet},
};

/// How often the caller's wish to stop is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Asks for each key once; the verdicts are in the order of the keys. When `stop` says so, what is known is returned at once and
/// the rest is not checked.
pub fn run(
    keys: Vec<Key>,
    rules: Arc<RuleSet>,
    transport: Arc<dyn Transport + Send + Sync>,
    options: Options,
    stop: &dyn Fn() -> bool,
) -> Vec<Verification> {
    let deadline = options.limit.map(|limit| Instant::now() + limit);
    let shared = Arc::new(Shared {
        rules,
        options,
        transport,
        gate: Gate::default(),
        controls: Mutex::default(),
        over: AtomicBool::new(false),
        deadline,
    });
    let mut verdicts: Vec<Option<Verification>> = keys.iter().map(|key| unasked(shared.rules.get(key.rule))).collect();
    let open: Vec<usize> = (0..keys.len()).filter(|at| verdicts[*at].is_none()).collect();
    let queue = Arc::new(Queue::new(open, &keys, &shared));
    let keys = Arc::new(keys);
    let threads = queue.waiting().min(AT_ONCE * HOSTS_AT_ONCE);
    let (sender, receiver) = mpsc::channel();
    for _ in 0..threads {
        let (shared, queue, keys, sender) =
            (Arc::clone(&shared), Arc::clone(&queue), Arc::clone(&keys), sender.clone());
        thread::spawn(move || work(&shared, &queue, &keys, &sender));
    }
    drop(sender);
    loop {
        match receiver.recv_timeout(LOOK) {
            Ok((at, verification)) => verdicts[at] = verification,
            Err(RecvTimeoutError::Disconnected) => break,
            // Threads that wait for an answer are left to themselves: nobody listens to them any more.
            Err(RecvTimeoutError::Timeout) if stop() => break,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    let why = if stop() { "interrupted" } else { "the time for all requests was over" };
    shared.over.store(true, Ordering::Relaxed);
    let rest = || Verification::of(Verdict::NotChecked, why);
    verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(rest)).collect()
}

/// The verdict where there is nothing to ask.
fn unasked(rule: &Rule) -> Option<Verification> {
    match rule.verify {
        Some(_) => None,
        None => Some(Verification::of(Verdict::NotChecked, "no request is known that would tell")),
    }
}

fn work(shared: &Shared, queue: &Queue, keys: &[Key], sender: &Sender<(usize, Option<Verification>)>) {
    while let Some((host, at)) = queue.take(shared) {
        let key = &keys[at];
        let rule = shared.rules.get(key.rule);
        let verdict = rule.verify.as_deref().and_then(|verify| Checking { shared, key, rule, verify }.verdict());
        queue.done(&host);
        if sender.send((at, verdict)).is_err() {
            return;
        }
    }
}

/// Keys that wait, by the host that is asked first.
struct Queue(Mutex<BTreeMap<String, Line>>);

#[derive(Default)]
struct Line {
    keys: VecDeque<usize>,
    taken: usize,
}

impl Queue {
    fn new(open: Vec<usize>, keys: &[Key], shared: &Shared) -> Self {
        let mut lines: BTreeMap<String, Line> = BTreeMap::new();
        for at in open {
            lines.entry(first_host(&keys[at], shared)).or_default().keys.push_back(at);
        }
        Self(Mutex::new(lines))
    }

    fn waiting(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().map(|line| line.keys.len()).sum()
    }

    /// The next key; waits while all hosts have as many threads as may be. `None` when there is nothing left, or it is over.
    fn take(&self, shared: &Shared) -> Option<(String, usize)> {
        loop {
            if shared.stopped() {
                return None;
            }
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.values().all(|line| line.keys.is_empty()) {
                return None;
            }
            let free = lines.iter_mut().filter(|(_, line)| !line.keys.is_empty() && line.taken < AT_ONCE);
            if let Some((host, line)) = free.min_by_key(|(host, line)| (shared.gate.next(host), line.taken)) {
                line.taken += 1;
                return line.keys.pop_front().map(|at| (host.clone(), at));
            }
            drop(lines);
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn done(&self, host: &str) {
        if let Some(line) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(host) {
            line.taken -= 1;
        }
    }
}

fn first_host(key: &Key, shared: &Shared) -> String {
    let rule = shared.rules.get(key.rule);
    let Some(verify) = rule.verify.as_deref() else { return String::new() };
    let listed = shared.options.hosts.get(&*rule.issuer).map_or(&[][..], Vec::as_slice);
    let values = Values { secret: &key.secret, parts: &key.parts, control: false };
    let targets = request::targets(&verify.asks[0].request, &values, listed);
    targets.into_iter().find_map(Result::ok).map_or_else(String::new, |target| target.host)
}
