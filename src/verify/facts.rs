//! What a live answer tells: whose key it is, what it may do, and how bad it is that it is out.

use super::answer::Answer;
use crate::{
    finding::{
        printable::printable,
        verification::{Severity, Verdict, Verification},
    },
    rule::Text,
    rule::request::Says,
};

/// Characters of a fact that are kept.
const LONGEST: usize = 200;
/// Scopes that are kept.
const MOST_SCOPES: usize = 50;

/// Adds what `answer` tells and is not known yet. `hide` takes secrets out of a text: an issuer may echo what it was asked.
pub fn add(verification: &mut Verification, says: &Says, answer: &Answer, hide: &dyn Fn(&str) -> String) {
    let clean = |text: &str| -> String { hide(&printable(text.as_bytes())).chars().take(LONGEST).collect() };
    let first = |sources: &[Text]| sources.iter().map(|source| answer.told(source)).find(|told| !told.is_empty());
    let set = |field: &mut Option<String>, sources: &[Text]| {
        if field.is_none() {
            *field = first(sources).map(|told| clean(&told[..told.len().min(5)].join(", ")));
        }
    };
    set(&mut verification.holder, &says.holder);
    set(&mut verification.organisation, &says.organisation);
    set(&mut verification.account, &says.account);
    set(&mut verification.kind, &says.kind);
    set(&mut verification.expires, &says.expires);
    set(&mut verification.last_used, &says.last_used);
    set(&mut verification.key_id, &says.key_id);
    set(&mut verification.key_name, &says.key_name);
    if verification.scopes.is_empty() {
        let told = first(&says.scopes).unwrap_or_default();
        let one = |text: &String| -> Vec<String> { text.split([',', ' ']).map(str::to_owned).collect() };
        let split: Vec<String> = if told.len() == 1 { told.iter().flat_map(one).collect() } else { told };
        let kept = split.iter().filter(|scope| !scope.is_empty()).take(MOST_SCOPES);
        verification.scopes = kept.map(|scope| clean(scope)).collect();
    }
}

/// How bad it is that this key is out; `None` unless it is live.
pub fn severity(verification: &Verification) -> Option<Severity> {
    const GREAT: [&str; 9] = ["admin", "owner", "root", "superuser", "full", "all", "*", "sudo", "master"];
    const SMALL: [&str; 6] = ["read", "view", "list", "get", "readonly", "viewer"];
    if verification.verdict != Verdict::Live {
        return None;
    }
    let words = |scope: &str| -> Vec<String> {
        let parts = scope.split(|char: char| !(char.is_alphanumeric() || char == '*'));
        parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
    };
    let of = |list: &[&str], scope: &str| words(scope).iter().any(|word| list.contains(&word.as_str()));
    let scopes = verification.scopes.iter().chain(&verification.kind);
    if scopes.clone().any(|scope| of(&GREAT, scope)) {
        return Some(Severity::Critical);
    }
    let only_reads = !verification.scopes.is_empty()
        && verification
            .scopes
            .iter()
            .all(|scope| of(&SMALL, scope) && !words(scope).iter().any(|word| word == "write"));
    Some(match (only_reads, verification.limits.is_some()) {
        (true, true) => Severity::Low,
        (true, false) | (false, true) => Severity::Medium,
        (false, false) => Severity::High,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(scopes: &[&str], limits: Option<&str>) -> Verification {
        Verification {
            verdict: Verdict::Live,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            limits: limits.map(str::to_owned),
            ..Verification::default()
        }
    }

    #[test]
    fn severity_follows_from_what_the_key_may_do() {
        assert_eq!(severity(&live(&[], None)), Some(Severity::High));
        assert_eq!(severity(&live(&["admin:org", "repo"], None)), Some(Severity::Critical));
        assert_eq!(severity(&live(&["*"], None)), Some(Severity::Critical));
        assert_eq!(severity(&live(&["read:user", "orders:read"], None)), Some(Severity::Medium));
        assert_eq!(severity(&live(&["read_write"], None)), Some(Severity::High));
        assert_eq!(severity(&live(&["mail.send"], None)), Some(Severity::High));
        assert_eq!(severity(&live(&["read"], Some("from one address"))), Some(Severity::Low));
        assert_eq!(severity(&Verification::default()), None);
    }

    #[test]
    fn facts_are_cleaned_and_the_first_source_that_gives_something_counts() {
        let says = Says {
            holder: vec!["/none".into(), "/name".into()].into(),
            scopes: vec!["header:x-scopes".into()].into(),
            ..Says::default()
        };
        let headers = vec![("X-Scopes".to_owned(), "repo, user".to_owned())];
        let answer = Answer::new(200, headers, br#"{"name": "ada\u001b[2J hunter2"}"#.to_vec());
        let mut verification = Verification::default();
        add(&mut verification, &says, &answer, &|text| text.replace("hunter2", "****"));
        let holder = verification.holder.expect("a holder");
        assert!(!holder.contains('\u{1b}') && holder.ends_with("****"), "{holder}");
        assert_eq!(verification.scopes, ["repo", "user"]);
    }
}
