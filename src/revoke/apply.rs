//! Applies a plan: each key once. Facts are looked at again, a line is on the disk before each request, the first answer that nobody
//! expects ends the work at its issuer, and `revoked` is said of what was seen live and then dead.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::Duration,
};

use super::{
    Desk, Outcome,
    issuer::Work,
    journal::{Event, Journal, JournalError, Record},
    lock::Lock,
    lookup::Lists,
    plan::{Entry, Plan, Told},
    planning::{self, Wish},
    state::{self, Last, State},
};
use crate::{
    finding::{Verdict, Verification},
    verify::Key,
};

/// Issuers that are worked at side by side.
const THREADS: usize = 16;

/// What is applied, and how.
pub struct Order<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its digest.
    pub digest: String,
    /// The keys of its entries, where they are still there.
    pub keys: &'a [Option<Key>],
    /// Where it is written down.
    pub journal: &'a Journal,
    /// How long each key is looked at until it is dead.
    pub wait: Duration,
    /// Most keys of one issuer in this run.
    pub most_per_issuer: usize,
    /// Is told what happens, in words.
    pub told: &'a (dyn Fn(&str) + Send + Sync),
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Index of the entry.
    pub entry: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, or how it is known.
    pub why: String,
}

impl Order<'_> {
    /// A line about an entry, with nothing but that in it.
    pub(super) fn record(&self, desk: &Desk<'_>, entry: &Entry, event: Event) -> Record {
        Record {
            at: desk.now(),
            plan: self.digest.clone(),
            event,
            finding: Some(entry.finding.clone()),
            rule: Some(entry.rule.clone()),
            way: entry.action.as_ref().map(|action| action.way.clone()),
            request: None,
            yes: None,
            outcome: None,
            says: None,
        }
    }

    fn wish(&self) -> Wish {
        Wish {
            include_unknown_holder: self.plan.include_unknown_holder,
            unused_for: self.plan.unused_for,
            ..Wish::default()
        }
    }
}

/// Applies the plan, or goes on with it. One result for each entry that was planned, in their order.
///
/// # Errors
/// Where the journal cannot be written: then nothing more was sent.
pub fn apply(desk: &Desk<'_>, order: &Order<'_>) -> Result<Vec<Applied>, JournalError> {
    let mut applied: Vec<Applied> = vec![];
    let mut locks: BTreeMap<usize, Lock> = BTreeMap::new();
    for (at, entry) in order.plan.entries.iter().enumerate().filter(|(_, entry)| entry.is_planned()) {
        match Lock::take(order.journal.path(), &entry.finding) {
            Ok(Some(lock)) => drop(locks.insert(at, lock)),
            Ok(None) => applied.push(not_done(at, "another run is at work on this key")),
            Err(error) => applied.push(not_done(at, &format!("its lock cannot be taken: {error}"))),
        }
    }
    // Only now: what another run has done before is in the journal, and to be seen at the issuer.
    let states = state::of(&order.journal.lines()?);
    let state_of = |at: usize| {
        let id = (order.digest.clone(), order.plan.entries[at].finding.clone());
        states.get(&id).cloned().unwrap_or_default()
    };
    let mut asked: BTreeMap<usize, Key> = BTreeMap::new();
    for at in locks.keys().copied() {
        match (state_of(at).outcome, &order.keys[at]) {
            (Some(Outcome::Revoked), _) => {
                let why = state_of(at).says.unwrap_or_default();
                applied.push(Applied { entry: at, outcome: Outcome::Revoked, why });
            }
            (_, Some(key)) => drop(asked.insert(at, key.clone())),
            (_, None) => applied.push(not_done(at, "the key is no longer where the report saw it")),
        }
    }
    order.journal.write(&[Record {
        finding: None,
        rule: None,
        way: None,
        ..order.record(desk, &Entry::default(), Event::Began)
    }])?;
    (order.told)(&format!("looking at {} keys again", asked.len()));
    let said = desk.ask(asked.values().cloned().collect());
    let mut by_issuer: BTreeMap<&str, Vec<Task>> = BTreeMap::new();
    for (at, said) in asked.into_keys().zip(said) {
        let (entry, state) = (&order.plan.entries[at], state_of(at));
        match next_step(desk, order, entry, &state, &said) {
            Next::Over(outcome, why) => applied.push(Applied { entry: at, outcome, why }),
            Next::Act => by_issuer.entry(&entry.issuer).or_default().push(Task { entry: at, state, sent: false }),
            Next::Look => by_issuer.entry(&entry.issuer).or_default().push(Task { entry: at, state, sent: true }),
        }
    }
    write_outcomes(desk, order, &applied, &states)?;
    let (lists, groups) = (Lists::default(), by_issuer.into_values().collect::<Vec<_>>());
    for round in groups.chunks(THREADS) {
        let results: Vec<Result<Vec<Applied>, JournalError>> = thread::scope(|scope| {
            let start = |tasks: &Vec<Task>| {
                let (tasks, lists) = (tasks.clone(), &lists);
                scope.spawn(move || Work::new(desk, order, lists).run(tasks))
            };
            let threads: Vec<_> = round.iter().map(start).collect();
            threads.into_iter().map(|thread| thread.join().expect("a thread that does not panic")).collect()
        });
        for result in results {
            applied.extend(result?);
        }
    }
    drop(locks);
    applied.sort_by_key(|one| one.entry);
    Ok(applied)
}

/// A key that something is done with.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub entry: usize,
    pub state: State,
    /// A request went out, or may have.
    pub sent: bool,
}

enum Next {
    Over(Outcome, String),
    /// Send the request.
    Act,
    /// It was sent; look whether the key is dead.
    Look,
}

/// What follows from the journal and from what the issuer says now.
fn next_step(desk: &Desk<'_>, order: &Order<'_>, entry: &Entry, state: &State, said: &Verification) -> Next {
    let went_out = matches!(state.last, Last::InDoubt | Last::Yes);
    if went_out && said.verdict == Verdict::Dead {
        return Next::Over(Outcome::Revoked, seen_dead(said));
    }
    if went_out {
        return Next::Look;
    }
    if state.last == Last::Undone {
        return Next::Over(Outcome::Restored, "it was taken back; make a new plan to revoke it".into());
    }
    if let Some((outcome, why)) = planning::refusal(desk, said, &order.wish()) {
        return Next::Over(outcome, why);
    }
    let now = Told::of(said);
    if !now.is_same_holder(&entry.told) {
        return Next::Over(Outcome::Refused, "its holder is another one than in the plan".into());
    }
    if said.host != entry.live_at {
        return Next::Over(Outcome::Refused, "it lives at another host than in the plan".into());
    }
    Next::Act
}

/// How it is known that a key is dead.
pub(super) fn seen_dead(said: &Verification) -> String {
    let reason = said.reason.as_deref().unwrap_or("refused");
    format!("seen live, then dead: {reason}")
}

fn not_done(entry: usize, why: &str) -> Applied {
    Applied { entry, outcome: Outcome::Refused, why: why.to_owned() }
}

/// Outcomes that are new, one line each.
fn write_outcomes(
    desk: &Desk<'_>,
    order: &Order<'_>,
    applied: &[Applied],
    states: &BTreeMap<(String, String), State>,
) -> Result<(), JournalError> {
    let known: BTreeSet<(&str, Outcome)> = states
        .iter()
        .filter(|((plan, _), _)| *plan == order.digest)
        .filter_map(|((_, finding), state)| Some((finding.as_str(), state.outcome?)))
        .collect();
    let new = applied.iter().filter(|one| {
        let finding = order.plan.entries[one.entry].finding.as_str();
        one.outcome != Outcome::Planned && !known.contains(&(finding, one.outcome))
    });
    let records: Vec<Record> = new.map(|one| one.record(desk, order)).collect();
    if records.is_empty() { Ok(()) } else { order.journal.write(&records) }
}

impl Applied {
    pub(super) fn record(&self, desk: &Desk<'_>, order: &Order<'_>) -> Record {
        let record = order.record(desk, &order.plan.entries[self.entry], Event::Outcome);
        Record { outcome: Some(self.outcome), says: Some(self.why.clone()), ..record }
    }
}
