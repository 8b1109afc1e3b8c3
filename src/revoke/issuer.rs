//! The work at one issuer: one request after the other, and none after the first answer that nobody expects.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    Desk, Outcome,
    apply::{Applied, Order, Task, seen_dead},
    filling::Filling,
    journal::{Event, JournalError, Record},
    lookup::{Lists, Seeking},
    sending::Acted,
    state::Last,
    target, undo,
};
use crate::{
    finding::{Verdict, Verification},
    http::Outgoing,
    rule::{Rule, revoke::Way},
    secret::Secret,
    verify::{Answer, Key, request},
};

/// How often a host that asks to come later is asked again.
const LATER: u32 = 2;

pub(super) struct Work<'w> {
    desk: &'w Desk<'w>,
    order: &'w Order<'w>,
    lists: &'w Lists,
    /// Why nothing more is sent.
    over: Option<String>,
    /// Ways whose credential was looked at.
    checked: BTreeSet<(String, String)>,
    /// Keys whose death is awaited, and what is said of them if it does not come.
    waiting: BTreeMap<usize, (Outcome, String)>,
    applied: Vec<Applied>,
}

/// A request for one key, or for several.
struct Batch<'b> {
    tasks: Vec<usize>,
    way: &'b Way,
    outgoing: Outgoing,
    words: String,
}

/// What came of a batch.
enum Sent {
    /// The issuer said yes.
    Yes(String),
    /// It did nothing.
    No(Outcome, String),
    /// It may have done it.
    Doubt(Outcome, String),
}

impl<'w> Work<'w> {
    pub fn new(desk: &'w Desk<'w>, order: &'w Order<'w>, lists: &'w Lists) -> Self {
        let (over, checked) = (None, BTreeSet::new());
        Self { desk, order, lists, over, checked, waiting: BTreeMap::new(), applied: vec![] }
    }

    pub fn run(mut self, tasks: Vec<Task>) -> Result<Vec<Applied>, JournalError> {
        let (sent, mut open): (Vec<Task>, Vec<Task>) = tasks.into_iter().partition(|task| task.sent);
        self.look_first(sent, &mut open)?;
        let most = self.order.most_per_issuer.min(open.len());
        for task in open.split_off(most) {
            let why = format!("more than {most} keys of one issuer in one run (--max-per-issuer)");
            self.finish(task.entry, Outcome::Planned, why)?;
        }
        for group in self.groups(&open) {
            match (&self.over, (self.desk.stop)()) {
                (None, false) => self.group(group)?,
                (Some(why), _) => {
                    let why = format!("not tried: {why}");
                    group.into_iter().try_for_each(|at| self.finish(at, Outcome::Planned, why.clone()))?;
                }
                (None, true) => {
                    group.into_iter().try_for_each(|at| self.finish(at, Outcome::Planned, "interrupted".into()))?;
                }
            }
        }
        self.look()?;
        Ok(self.applied)
    }

    /// A run before this one was killed: first whether the key is dead, then what is done.
    fn look_first(&mut self, sent: Vec<Task>, open: &mut Vec<Task>) -> Result<(), JournalError> {
        let (yes, doubt): (Vec<Task>, Vec<Task>) = sent.into_iter().partition(|task| task.state.last == Last::Yes);
        for task in yes {
            let why = "the issuer said yes, and the key still lives".to_owned();
            self.waiting.insert(task.entry, (Outcome::Accepted, why));
        }
        let keys = doubt.iter().filter_map(|task| Some((task.entry, self.order.keys[task.entry].clone()?)));
        let said = self.desk.until(Verdict::Dead, keys.collect(), self.order.wait);
        for task in doubt {
            match said.get(&task.entry) {
                Some(said) if said.verdict == Verdict::Dead => {
                    self.finish(task.entry, Outcome::Revoked, seen_dead(said))?;
                }
                // It had its time, and it lives: the request did not arrive. Once in a run.
                Some(said) if said.verdict == Verdict::Live => open.push(task),
                said => {
                    let reason = said.and_then(|said| said.reason.as_deref()).unwrap_or("interrupted");
                    let why = format!("sent without a clear answer, and cannot be asked: {reason}");
                    self.finish(task.entry, Outcome::Unknown, why)?;
                }
            }
        }
        open.sort_by_key(|task| task.entry);
        Ok(())
    }

    /// Keys that go into one request; most alone.
    fn groups(&self, open: &[Task]) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = vec![];
        let mut bulk: BTreeMap<(&str, &str, Option<&str>), usize> = BTreeMap::new();
        for at in open.iter().map(|task| task.entry) {
            let entry = &self.order.plan.entries[at];
            let way = entry.action.as_ref().map_or("", |action| &action.way);
            let Some((rule, found)) = self.rule_and_way(at) else {
                groups.push(vec![at]);
                continue;
            };
            // Rules that share a section share its requests.
            let most = if found.lookups.is_empty() { found.bulk as usize } else { 1 };
            let id = (&*rule.issuer, way, entry.live_at.as_deref());
            match bulk.get(&id).filter(|group| groups[**group].len() < most) {
                Some(group) => groups[*group].push(at),
                None => {
                    bulk.insert(id, groups.len());
                    groups.push(vec![at]);
                }
            }
        }
        groups
    }

    fn rule_and_way(&self, at: usize) -> Option<(&'w Rule, &'w Way)> {
        let entry = &self.order.plan.entries[at];
        let rules = &self.desk.rules;
        let rule = rules.get(rules.find(&entry.rule)?);
        let name = &entry.action.as_ref()?.way;
        rule.revoke.iter().find(|way| way.name == **name).map(|way| (rule, way))
    }

    fn group(&mut self, group: Vec<usize>) -> Result<(), JournalError> {
        let first = group[0];
        let (Some((rule, way)), Some(key)) = (self.rule_and_way(first), self.order.keys[first].as_ref()) else {
            let why = "the rules have no such way any more: make a new plan".to_owned();
            return group.into_iter().try_for_each(|at| self.finish(at, Outcome::Refused, why.clone()));
        };
        let live_at = self.order.plan.entries[first].live_at.as_deref().unwrap_or_default();
        let seeking = Seeking { rule, way, key, live_at };
        let refuse = |work: &mut Self, why: String| {
            group.iter().try_for_each(|at| work.finish(*at, Outcome::Refused, why.clone()))
        };
        let mut filling = match Filling::new(key, way, self.desk.credentials) {
            Ok(filling) => filling,
            Err(missing) => return refuse(self, format!("set {}", missing.join(" and "))),
        };
        let planned = self.order.plan.entries[first].action.as_ref().map_or(&[][..], |action| &action.found);
        let known = match self.desk.find(&seeking, &mut filling, self.lists) {
            Ok(known) if known.named == planned => known,
            Ok(_) => return refuse(self, "the issuer names another key than in the plan".into()),
            Err(no) => {
                if no.odd {
                    self.over = Some(no.why.clone());
                }
                return refuse(self, no.why);
            }
        };
        if known.hint_only && !way.is_reversible() {
            return refuse(self, "a hint is all that tells it from other keys, and it could not be undone".into());
        }
        if let Err(why) = self.check(&seeking, &filling) {
            self.over = Some(why.clone());
            return refuse(self, why);
        }
        let batch = match self.batch(&seeking, &filling, group.clone()) {
            Ok(batch) => batch,
            Err(why) => return refuse(self, why),
        };
        let sent = self.send(&batch)?;
        if known.hint_only {
            return self.look_at_guess(first, &seeking, &filling, sent);
        }
        for at in batch.tasks {
            match &sent {
                Sent::No(outcome, why) => self.finish(at, *outcome, why.clone())?,
                Sent::Yes(why) => drop(self.waiting.insert(at, (Outcome::Accepted, why.clone()))),
                Sent::Doubt(outcome, why) => drop(self.waiting.insert(at, (*outcome, why.clone()))),
            }
        }
        Ok(())
    }

    /// Before the first action by a way: whether its credential may do it, where a read tells.
    fn check(&mut self, seeking: &Seeking<'_>, filling: &Filling) -> Result<(), String> {
        let Some(check) = &seeking.way.check else { return Ok(()) };
        let name = (seeking.rule.issuer.to_string(), seeking.way.name.to_string());
        if self.checked.contains(&name) {
            return Ok(());
        }
        let (desk, request) = (self.desk, &check.request);
        let listed = desk.listed(&seeking.rule.issuer);
        let target = target::of(seeking.rule, request, &filling.values(), seeking.live_at, listed)?;
        let outgoing = filling.build(request, &target, &[], desk.now()).map_err(|unfilled| unfilled.to_string())?;
        let words = format!("check: {}", request::in_words(request, &target));
        let answer = desk.read(&outgoing, interval(seeking.way), &words)?;
        if !check.done.iter().any(|condition| answer.fits(condition)) {
            let needs = seeking.way.needs.as_deref().unwrap_or("the permission for it");
            return Err(format!("the credential is not shown to have {needs} ({})", answer.status));
        }
        self.checked.insert(name);
        Ok(())
    }

    fn batch<'b>(&self, seeking: &Seeking<'b>, filling: &Filling, tasks: Vec<usize>) -> Result<Batch<'b>, String> {
        let request = &seeking.way.action.request;
        let listed = self.desk.listed(&seeking.rule.issuer);
        let target = target::of(seeking.rule, request, &filling.values(), seeking.live_at, listed)?;
        let keys: Vec<&Key> = tasks.iter().filter_map(|at| self.order.keys[*at].as_ref()).collect();
        let secrets: Vec<&Secret> = keys.iter().map(|key| &key.secret).collect();
        let outgoing = filling.build(request, &target, &secrets, self.desk.now());
        let outgoing = outgoing.map_err(|unfilled| unfilled.to_string())?;
        Ok(Batch { tasks, way: seeking.way, outgoing, words: request::in_words(request, &target) })
    }

    /// Writes it down, sends it, writes down what came.
    fn send(&mut self, batch: &Batch<'_>) -> Result<Sent, JournalError> {
        let entries = &self.order.plan.entries;
        let masked: Vec<&str> = batch.tasks.iter().take(3).map(|at| entries[*at].masked.as_str()).collect();
        let more = if batch.tasks.len() > 3 { ", ..." } else { "" };
        let name = format!("{}: {} for {}{more}", batch.way.name, batch.words, masked.join(", "));
        for attempt in 0.. {
            self.write(batch, Event::Sending, None, None)?;
            (self.order.told)(&name);
            let acted = self.desk.act(&batch.outgoing, interval(batch.way), &name);
            let host = &batch.outgoing.host;
            let sent = match acted {
                Acted::Later(wait) => {
                    let why = format!("rate-limited at {host}");
                    self.write(batch, Event::Answered, Some(false), Some(why.clone()))?;
                    if attempt < LATER {
                        self.desk.gate.pause(host, wait);
                        continue;
                    }
                    return Ok(self.stop_with(Sent::No(Outcome::Failed, why.clone()), why));
                }
                Acted::Answer(answer) => self.judged(batch, &answer),
                Acted::NotSent(why) => self.stop_with(Sent::No(Outcome::Failed, why.clone()), why),
                Acted::Silence(why) => self.stop_with(Sent::Doubt(Outcome::Unknown, why.clone()), why),
                Acted::Stopped => Sent::No(Outcome::Planned, "interrupted".into()),
            };
            let (yes, says) = match &sent {
                Sent::Yes(says) => (Some(true), says),
                Sent::No(_, says) => (Some(false), says),
                Sent::Doubt(_, says) => (None, says),
            };
            self.write(batch, Event::Answered, yes, Some(says.clone()))?;
            return Ok(sent);
        }
        Ok(Sent::No(Outcome::Failed, "too many tries".into()))
    }

    /// What an answer means. What is not yes ends the work here, unless each key has its own rights.
    fn judged(&mut self, batch: &Batch<'_>, answer: &Answer) -> Sent {
        let (status, host) = (answer.status, &batch.outgoing.host);
        if batch.way.action.done.iter().any(|condition| answer.fits(condition)) {
            return Sent::Yes(format!("{host} said yes ({status}), and the key still lives"));
        }
        match status {
            401 | 403 if !answer.is_page() => {
                let needs = batch.way.needs.as_deref().map(|needs| format!("; it takes {needs}")).unwrap_or_default();
                let why = format!("{host} does not allow it ({status}){needs}");
                let own = batch.way.who == crate::rule::revoke::Who::Key;
                let sent = Sent::No(Outcome::Refused, why.clone());
                if own { sent } else { self.stop_with(sent, why) }
            }
            500.. => {
                let why = format!("{host} is out of order ({status})");
                self.stop_with(Sent::Doubt(Outcome::Unknown, why.clone()), why)
            }
            400..=499 => {
                let why = format!("odd answer of {host} ({status})");
                self.stop_with(Sent::No(Outcome::Failed, why.clone()), why)
            }
            _ => {
                let why = format!("odd answer of {host} ({status}): it does not say yes");
                self.stop_with(Sent::Doubt(Outcome::Failed, why.clone()), why)
            }
        }
    }

    fn stop_with(&mut self, sent: Sent, why: String) -> Sent {
        self.over.get_or_insert(why);
        sent
    }

    /// A hint gave one candidate: whether it was this key is seen at once, and if not, it is taken back.
    fn look_at_guess(
        &mut self,
        at: usize,
        seeking: &Seeking<'_>,
        filling: &Filling,
        sent: Sent,
    ) -> Result<(), JournalError> {
        if let Sent::No(outcome, why) = sent {
            return self.finish(at, outcome, why);
        }
        let said = self.desk.until(Verdict::Dead, [(at, seeking.key.clone())].into(), self.order.wait);
        if let Some(said) = said.get(&at).filter(|said| said.verdict == Verdict::Dead) {
            return self.finish(at, Outcome::Revoked, seen_dead(said));
        }
        let entry = &self.order.plan.entries[at];
        let found = entry.action.as_ref().map_or_else(String::new, |action| action.found.join(", "));
        let suspicion = format!("wrong key suspected: the leaked key lives on after {found} was taken");
        let step = undo::undo_of(seeking.rule, &seeking.way.name).filter(|(by, _)| by.name == seeking.way.name);
        let undone = match step {
            Some((_, step)) => undo::take_back(self.desk, self.order, entry, seeking, filling, step)?,
            None => Err("by another way only".into()),
        };
        self.over = Some("wrong key suspected".into());
        match undone {
            Ok(()) => self.finish(at, Outcome::Failed, format!("{suspicion}; that was taken back at once")),
            Err(why) => {
                let why = format!("{suspicion}; TAKING IT BACK FAILED ({why}): enable {found} by hand");
                self.finish(at, Outcome::Unknown, why)
            }
        }
    }

    /// Looks until all that was sent is dead, or the time is over.
    fn look(&mut self) -> Result<(), JournalError> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let many = if waiting.len() == 1 { "1 key is".to_owned() } else { format!("{} keys are", waiting.len()) };
        (self.order.told)(&format!("waiting until {many} seen dead"));
        let keys = waiting.keys().filter_map(|at| Some((*at, self.order.keys[*at].clone()?))).collect();
        let said: BTreeMap<usize, Verification> = self.desk.until(Verdict::Dead, keys, self.order.wait);
        for (at, (outcome, why)) in waiting {
            match said.get(&at) {
                Some(said) if said.verdict == Verdict::Dead => self.finish(at, Outcome::Revoked, seen_dead(said))?,
                Some(said) if said.verdict != Verdict::Live => {
                    let reason = said.reason.as_deref().unwrap_or_default();
                    self.finish(at, outcome, format!("{why}, or cannot be asked: {reason}"))?;
                }
                _ => self.finish(at, outcome, why)?,
            }
        }
        Ok(())
    }

    fn finish(&mut self, entry: usize, outcome: Outcome, why: String) -> Result<(), JournalError> {
        let applied = Applied { entry, outcome, why };
        if outcome != Outcome::Planned {
            self.order.journal.write(&[applied.record(self.desk, self.order)])?;
        }
        self.applied.push(applied);
        Ok(())
    }

    fn write(
        &self,
        batch: &Batch<'_>,
        event: Event,
        yes: Option<bool>,
        says: Option<String>,
    ) -> Result<(), JournalError> {
        let record = |at: &usize| Record {
            request: Some(batch.words.clone()),
            yes,
            says: says.clone(),
            ..self.order.record(self.desk, &self.order.plan.entries[*at], event)
        };
        self.order.journal.write(&batch.tasks.iter().map(record).collect::<Vec<_>>())
    }
}

fn interval(way: &Way) -> Duration {
    Duration::from_millis(way.interval_ms.into())
}
