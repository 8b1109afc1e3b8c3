//! Judgement: how sure we are that a match is a credential worth a person's time.
//!
//! What decides alone comes first: an offline check that its issuer's credentials all pass, its structure, the rule's format
//! ([`mod@format`]). What has no format is weighed by what stands around it and by its place ([`context`]).

pub mod context;
pub mod format;
pub mod place;

use crate::{
    detect::context::evidence::Evidence,
    finding::Reason,
    rule::{Confidence, Rule},
};

/// How sure we are of a credential in one place; `None` where it is none.
///
/// `evidence` is what stands around it, where that tells something. A format speaks for itself, wherever it stands: a key in a
/// test is a key. A name beside it can make it surer; only the credential itself can make it less sure.
pub fn confidence(rule: &Rule, secret: &[u8], evidence: Option<&Evidence>, path: Option<&[u8]>) -> Option<Confidence> {
    let by_context = || evidence.and_then(|evidence| context::judge(evidence, path).confidence);
    if rule.context.is_some() {
        return by_context();
    }
    let verdict = format::judge(rule, secret);
    match verdict.confidence {
        Some(confidence) if !verdict.decided && confidence < Confidence::High => by_context().max(Some(confidence)),
        confidence => confidence,
    }
}

/// Whether what was seen in one place says nothing of another where the same text stands: `secret` is many people's password.
pub fn stands_for_itself(evidence: Option<&Evidence>) -> bool {
    evidence.is_some_and(context::is_weak)
}

/// What speaks for and against a credential in a place: of the evidence that was weighed, the [`WEIGHED`] pieces that moved
/// most.
pub fn reasons(rule: &Rule, secret: &[u8], evidence: Option<&Evidence>, path: Option<&[u8]>) -> Vec<Reason> {
    let told = |name: &str, says: &str| Reason { name: name.into(), says: says.into(), weight: None };
    let mut reasons = vec![];
    if rule.context.is_none() {
        reasons.extend(format::check(rule, secret).map(|check| told("checksum", check.as_str())));
        reasons.extend(format::judge(rule, secret).why.map(|why| told("format", why)));
        reasons.extend(format::structure_of(rule, secret).facts.iter().map(|fact| told(fact.name, &fact.says)));
        return reasons;
    }
    let Some(evidence) = evidence else { return reasons };
    if let Some(why) = context::judge(evidence, path).held_down {
        reasons.push(told("held_down", why));
    }
    reasons.extend(context::pushes(evidence, path).into_iter().take(WEIGHED).map(|push| Reason {
        name: push.name.into(),
        says: format!("{}: {}", push.text, push.value),
        weight: Some((push.by * 100.0).round() as i32),
    }));
    reasons
}

/// So many pieces of weighed evidence stand in a report.
const WEIGHED: usize = 6;
