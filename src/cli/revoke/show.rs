//! A plan as a person reads it. What it says comes from a file and from issuers, so it is made fit for a terminal.

use std::io::{self, Write};

use super::time::shown;
use crate::{
    finding::printable::printable,
    revoke::{
        Outcome,
        plan::{Action, Entry, Plan},
    },
};

/// Writes the whole plan.
pub fn plan(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    for (at, entry) in plan.entries.iter().enumerate() {
        block(at + 1, entry, out)?;
        writeln!(out)?;
    }
    let count = |outcome| plan.entries.iter().filter(|entry| entry.outcome == Some(outcome)).count();
    writeln!(
        out,
        "{} of {} to be revoked, {} by hand, {} refused.",
        count(Outcome::Planned),
        keys(plan.entries.len()),
        count(Outcome::Manual),
        count(Outcome::Refused)
    )?;
    writeln!(out, "Good from {} until {}.", shown(plan.not_before), shown(plan.good_until()))
}

/// `1 key`, `2 keys`.
pub fn keys(count: usize) -> String {
    if count == 1 { "1 key".into() } else { format!("{count} keys") }
}

fn block(number: usize, entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    let word = entry.outcome.map_or("", Outcome::as_str);
    let name = format!("{} {} {}", entry.issuer_name, entry.name, entry.masked);
    writeln!(out, "{number}. {}  {}  {word}", clean(&name), clean(&entry.finding))?;
    let mut row = |label: &str, text: &str| match text.is_empty() {
        true => Ok(()),
        false => writeln!(out, "   {label:<11} {}", clean(text)),
    };
    row("why not", entry.why.as_deref().unwrap_or_default())?;
    row("whose", &whose(entry))?;
    row("state", &state(entry))?;
    row("may", &entry.told.scopes.join(", "))?;
    for candidate in &entry.candidates {
        row("candidate", candidate)?;
    }
    if let Some(action) = entry.action.as_ref().filter(|_| entry.outcome == Some(Outcome::Planned)) {
        rows_of_action(action, &mut row)?;
    }
    row("in HEAD", &entry.in_use.join(", "))?;
    row("same holder", &entry.same_holder.join(", "))?;
    if entry.outcome == Some(Outcome::Manual) {
        for (at, step) in entry.by_hand.iter().enumerate() {
            row(if at == 0 { "by hand" } else { "" }, &format!("{}. {step}", at + 1))?;
        }
        row("gone when", entry.gone_when.as_deref().unwrap_or_default())?;
    }
    let strange = entry.why.as_deref().is_some_and(|why| why.starts_with("not ours"));
    row("report to", entry.report_to.as_deref().filter(|_| strange).unwrap_or_default())
}

fn rows_of_action(action: &Action, row: &mut dyn FnMut(&str, &str) -> io::Result<()>) -> io::Result<()> {
    row("will", &action.effect)?;
    row("request", &format!("{}, by {}", action.request, action.who))?;
    row("known by", &action.identified_by)?;
    row("found", &action.found.join(", "))?;
    row("needs", action.needs.as_deref().unwrap_or_default())?;
    row("from", &action.environment.join(", "))?;
    row("undone", if action.reversible { "by keysweep revoke undo" } else { "never: this cannot be taken back" })?;
    for dies in &action.also_dies {
        row("also dies", dies)?;
    }
    row("then", action.then.as_deref().unwrap_or_default())?;
    row("audit", action.audit.as_deref().unwrap_or_default())?;
    if action.propagation > 0 {
        row("takes", &format!("up to {} s", action.propagation))?;
    }
    row("page", &action.page)
}

fn whose(entry: &Entry) -> String {
    let told = &entry.told;
    let labelled = |label: &str, value: &Option<String>| value.as_ref().map(|value| format!("{label}{value}"));
    let parts = [
        labelled("", &told.organisation),
        labelled("", &told.holder),
        labelled("account ", &told.account),
        labelled("key id ", &told.key_id),
        labelled("called ", &told.key_name),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn state(entry: &Entry) -> String {
    let told = &entry.told;
    let mut text = told.verdict.clone();
    if let Some(host) = &entry.live_at {
        text.push_str(&format!(" at {host}"));
    }
    for (label, value) in [("kind", &told.kind), ("ends", &told.expires), ("last used", &told.last_used)] {
        if let Some(value) = value {
            text.push_str(&format!(", {label} {value}"));
        }
    }
    text
}

/// Without what a terminal would act on.
pub fn clean(text: &str) -> String {
    printable(text.as_bytes())
}
