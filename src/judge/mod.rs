//! Judgement: how sure we are that a match is a credential worth a person's time.
//!
//! What decides alone comes first: an offline check that its issuer's credentials all pass, then the rule's format. What has no
//! format is weighed by what stands around it and by its place ([`context`]).

pub mod context;
pub mod place;

use crate::{
    checksum::{self, Check},
    detect::context::evidence::Evidence,
    finding::Reason,
    rule::{Confidence, Rule},
};

/// How sure we are of a credential in one place; `None` where it is none.
///
/// `evidence` is what stands around it, where that tells something. A format speaks for itself, wherever it stands: a key in a
/// test is a key. A name beside it can make it surer, and nothing but a failed check less sure.
pub fn confidence(rule: &Rule, secret: &[u8], evidence: Option<&Evidence>, path: Option<&[u8]>) -> Option<Confidence> {
    let by_context = || evidence.and_then(|evidence| context::judge(evidence, path).confidence);
    match check(rule, secret) {
        _ if rule.context.is_some() => by_context(),
        Some(Check::Invalid) => None,
        Some(Check::Valid) => Some(Confidence::High),
        Some(Check::Unknown) | None if rule.confidence == Confidence::High => Some(Confidence::High),
        Some(Check::Unknown) | None => by_context().max(Some(rule.confidence)),
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
    if let Some(check) = check(rule, secret) {
        reasons.push(told("checksum", check.as_str()));
    }
    let Some(evidence) = evidence.filter(|_| rule.context.is_some()) else { return reasons };
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

/// What the rule's offline check says; `None` where it has none.
pub fn check(rule: &Rule, secret: &[u8]) -> Option<Check> {
    rule.checksum.as_deref().and_then(checksum::named).map(|check| check(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(secret: &str) -> Option<Confidence> {
        let rule = Rule { checksum: Some("npm".into()), confidence: Confidence::Medium, ..Rule::bare("test-x", "x") };
        confidence(&rule, secret.replace("{-}", "").as_bytes(), None, None)
    }

    #[test]
    fn a_check_that_fits_makes_sure_and_one_that_fails_refutes() {
        let rules = crate::rule::RuleSet::embedded();
        let (_, rule) =
            rules.iter().find(|(_, rule)| rule.checksum.as_deref() == Some("npm")).expect("a rule names this check");
        let detector =
            crate::detect::Detector::new(std::sync::Arc::new(crate::rule::RuleSet::embedded())).expect("good");
        let text = rule.examples[0].as_bytes();
        let found = detector.scan(text, crate::blob::Fresh::All, &Default::default());
        let position = found.matches[0].position;
        let secret = String::from_utf8_lossy(found.bytes(&position)).into_owned();
        assert_eq!(checked(&secret), Some(Confidence::High));
        let last = if secret.ends_with('0') { "1" } else { "0" };
        assert_eq!(checked(&format!("{}{last}", &secret[..secret.len() - 1])), None);
        assert_eq!(checked("another form"), Some(Confidence::Medium));
    }
}
