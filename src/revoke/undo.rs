//! Takes back what can be: the key is enabled again at its issuer, and seen live.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Desk, Outcome,
    apply::{Applied, Order},
    filling::Filling,
    journal::{Event, JournalError, Record},
    lookup::{Lists, Seeking},
    plan::Entry,
    sending::Acted,
    state::{self, Last},
    target,
};
use crate::{
    finding::Verdict,
    rule::{
        Rule,
        revoke::{Step, Way},
    },
    verify::request,
};

/// Whether a request that takes something back was answered with yes; in words, if not.
pub(super) type TakenBack = Result<(), String>;

/// Entries of a plan that were revoked or accepted by it, and that can be taken back.
pub fn open<'p>(desk: &Desk<'_>, order: &Order<'p>) -> Result<Vec<(usize, &'p Entry)>, JournalError> {
    let states = state::of(&order.journal.lines()?);
    let done = |entry: &&Entry| {
        let state = states.get(&(order.digest.clone(), entry.finding.clone()));
        state.is_some_and(|state| matches!(state.last, Last::Yes | Last::InDoubt))
    };
    let reversible = |entry: &Entry| {
        let rule = desk.rules.find(&entry.rule).map(|ix| desk.rules.get(ix));
        let action = entry.action.as_ref();
        rule.zip(action).is_some_and(|(rule, action)| undo_of(rule, &action.way).is_some())
    };
    let entries = order.plan.entries.iter().enumerate();
    Ok(entries.filter(|(_, entry)| entry.is_planned() && done(entry) && reversible(entry)).collect())
}

/// The way and its step by which an action is taken back.
pub(super) fn undo_of<'r>(rule: &'r Rule, name: &str) -> Option<(&'r Way, &'r Step)> {
    let named = |name: &str| rule.revoke.iter().find(|way| way.name == name);
    let way = named(name)?;
    let by = match &way.undo_as {
        Some(other) => named(other)?,
        None => way,
    };
    by.undo.as_ref().map(|step| (by, step))
}

/// Takes back each of `open`, one after the other, and looks whether it lives.
///
/// # Errors
/// Where the journal cannot be written: then nothing more is sent.
pub fn undo(desk: &Desk<'_>, order: &Order<'_>, open: &[(usize, &Entry)]) -> Result<Vec<Applied>, JournalError> {
    let lists = Lists::default();
    let mut applied = vec![];
    let mut waiting = BTreeMap::new();
    for (at, entry) in open {
        let failed = |why: String| Applied { entry: *at, outcome: Outcome::Failed, why };
        let Some(key) = &order.keys[*at] else {
            applied.push(failed("the key is no longer where the report saw it".into()));
            continue;
        };
        let rule = desk.rules.get(key.rule);
        let live_at = entry.live_at.as_deref().unwrap_or_default();
        let name = entry.action.as_ref().map_or("", |action| &action.way);
        let Some((way, step)) = undo_of(rule, name) else {
            applied.push(failed("it cannot be taken back".into()));
            continue;
        };
        let seeking = Seeking { rule, way, key, live_at };
        let result = match Filling::new(key, way, desk.credentials) {
            Err(missing) => Err(format!("set {}", missing.join(" and "))),
            Ok(mut filling) => match desk.find(&seeking, &mut filling, &lists) {
                Err(no) => Err(no.why),
                Ok(_) => take_back(desk, order, entry, &seeking, &filling, step)?,
            },
        };
        match result {
            Ok(()) => drop(waiting.insert(*at, key.clone())),
            Err(why) => applied.push(failed(why)),
        }
    }
    for (at, said) in desk.until(Verdict::Live, waiting, order.wait) {
        let (outcome, why) = match said.verdict {
            Verdict::Live => (Outcome::Restored, "seen live again".to_owned()),
            _ => (Outcome::Accepted, format!("the issuer said yes; {}", said.reason.unwrap_or_default())),
        };
        applied.push(Applied { entry: at, outcome, why });
    }
    for one in &applied {
        let record = order.record(desk, &order.plan.entries[one.entry], Event::Outcome);
        order.journal.write(&[Record { outcome: Some(one.outcome), says: Some(one.why.clone()), ..record }])?;
    }
    applied.sort_by_key(|one| one.entry);
    Ok(applied)
}

/// Sends the request that takes an action back.
pub(super) fn take_back(
    desk: &Desk<'_>,
    order: &Order<'_>,
    entry: &Entry,
    seeking: &Seeking<'_>,
    filling: &Filling,
    step: &Step,
) -> Result<TakenBack, JournalError> {
    let listed = desk.listed(&seeking.rule.issuer);
    let built =
        target::of(seeking.rule, &step.request, &filling.values(), seeking.live_at, listed).and_then(|target| {
            let outgoing =
                filling.build(&step.request, &target, &[], desk.now()).map_err(|unfilled| unfilled.to_string())?;
            Ok((outgoing, request::in_words(&step.request, &target)))
        });
    let (outgoing, words) = match built {
        Ok(built) => built,
        Err(why) => return Ok(Err(why)),
    };
    let record =
        |event, yes, says| Record { request: Some(words.clone()), yes, says, ..order.record(desk, entry, event) };
    order.journal.write(&[record(Event::Undoing, None, None)])?;
    let interval = Duration::from_millis(seeking.way.interval_ms.into());
    let result = match desk.act(&outgoing, interval, &format!("undo: {words} for {}", entry.masked)) {
        Acted::Answer(answer) if step.done.iter().any(|condition| answer.fits(condition)) => Ok(()),
        Acted::Answer(answer) => Err(format!("odd answer of {} ({})", outgoing.host, answer.status)),
        Acted::NotSent(why) | Acted::Silence(why) => Err(why),
        Acted::Later(_) => Err(format!("rate-limited at {}", outgoing.host)),
        Acted::Stopped => Err("interrupted".into()),
    };
    order.journal.write(&[record(Event::Undone, Some(result.is_ok()), result.clone().err())])?;
    Ok(result)
}
