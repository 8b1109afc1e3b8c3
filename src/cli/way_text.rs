//! A way of revoking as a person reads it, and the steps by hand.

use super::request_text;
use crate::rule::{
    request::Known,
    revoke::{ByHand, Find, MatchBy, Step, Way},
};

/// Lines with their labels, in the order in which things are done.
pub fn lines(way: &Way) -> Vec<(&'static str, String)> {
    let mut lines = vec![("revoke", format!("{}, by {}", way.name, way.who.as_str()))];
    for lookup in way.lookups.iter() {
        lines.extend(step("look up", &lookup.step));
        lines.extend(lookup.find.as_ref().map(|find| ("", found_by(find))));
    }
    lines.extend(way.check.iter().flat_map(|check| step("check", check)));
    lines.extend(step("act", &way.action));
    lines.extend(way.undo.iter().flat_map(|undo| step("undo", undo)));
    let mut told = |label, words: Option<&str>| lines.extend(words.map(|words| (label, words.to_owned())));
    told("undo", way.undo_as.as_deref());
    told("effect", Some(&way.effect));
    told("undone", (!way.is_reversible()).then_some("never: this cannot be taken back"));
    told("needs", way.needs.as_deref());
    let from: Vec<String> =
        way.environment.iter().map(|(name, variable)| format!("{{{name}}} from {variable}")).collect();
    told("", (!from.is_empty()).then(|| from.join(", ")).as_deref());
    for dies in way.also_dies.iter() {
        told("also dies", Some(dies));
    }
    told("then", way.then.as_deref());
    told("audit", way.audit.as_deref());
    let known = match (way.known, way.observed.as_deref()) {
        (Known::Observed, Some(date)) => format!("observed on {date}, {}", way.page),
        (Known::Observed | Known::Documented, _) => format!("documented, {}", way.page),
        (Known::Reported, _) => format!("reported, so never done: {}", way.page),
    };
    told("known", Some(&known));
    lines
}

/// Steps with their numbers, and how to see that they worked.
pub fn by_hand(by_hand: &ByHand) -> Vec<(&'static str, String)> {
    let numbered = by_hand.steps.iter().enumerate().map(|(at, step)| {
        let label = if at == 0 { "by hand" } else { "" };
        (label, format!("{}. {step}", at + 1))
    });
    let gone = ("gone when", by_hand.gone_when.to_string());
    let told = by_hand.report_to.iter().map(|to| ("report to", to.to_string()));
    numbered.chain([gone]).chain(told).collect()
}

fn step(label: &'static str, step: &Step) -> Vec<(&'static str, String)> {
    let lines = request_text::request(&step.request);
    lines.into_iter().enumerate().map(|(at, line)| (if at == 0 { label } else { "" }, line)).collect()
}

fn found_by(find: &Find) -> String {
    match find.by {
        MatchBy::Hint => format!("the one item whose `{}` is a hint of {}", find.at, find.is),
        _ => format!("the item whose `{}` is {}", find.at, find.is),
    }
}
