//! Judgement of what has a format: offline check, structure, and what only stands for a credential.

use crate::{
    checksum::{self, Check},
    rule::{Confidence, Kind, Rule, complaint::BREAK},
    structure::{self, Structure},
};

/// Equal digits, `x` or stars in a row that no credential has; several formats have a run of `A`.
const REPEATED: usize = 8;
/// Neighbours of the alphabet or of the digits in a row that no random credential has.
const SEQUENCE: usize = 10;

/// The verdict on a credential of a rule with a pattern, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `None`: it is none.
    pub confidence: Option<Confidence>,
    /// Why it is another than the rule's; nothing where it is not.
    pub why: Option<&'static str>,
    /// Whether something decided it, so that nothing around it can make it surer.
    pub decided: bool,
}

/// Judges by the credential alone.
pub fn judge(rule: &Rule, secret: &[u8]) -> Verdict {
    let decided = |confidence, why| Verdict { confidence, why: Some(why), decided: true };
    if rule.is_given() {
        return decided(Some(Confidence::High), "the value that was looked for");
    }
    match check(rule, secret) {
        Some(Check::Valid) => return decided(Some(Confidence::High), "its checksum fits"),
        Some(Check::Invalid) => return decided(None, "its checksum does not fit"),
        Some(Check::Unknown) | None => {}
    }
    if memchr::memmem::find(secret, BREAK.as_bytes()).is_some() {
        return decided(None, "broken by the mark of examples");
    }
    if rule.kind != Kind::PrivateKey && longest(secret, is_filler) >= REPEATED {
        return decided(None, "a filler in place of a credential");
    }
    if rule.kind != Kind::PrivateKey && memchr::memmem::find(secret, b"EXAMPLE").is_some() {
        return decided(Some(Confidence::Low), "it says that it is an example");
    }
    let Structure { sound, encrypted, .. } = structure_of(rule, secret);
    match sound {
        Some(false) => decided(Some(Confidence::Low), "its structure is not what its beginning says"),
        Some(true) if rule.kind == Kind::PrivateKey && encrypted => {
            decided(Some(Confidence::Medium), "a private key that a passphrase protects")
        }
        Some(true) if rule.kind == Kind::PrivateKey => decided(Some(Confidence::High), "a whole private key"),
        _ if rule.kind != Kind::PrivateKey && longest_sequence(secret) >= SEQUENCE => {
            decided(Some(Confidence::Low), "a sequence, as it stands for a value")
        }
        _ => Verdict { confidence: Some(rule.confidence), why: None, decided: false },
    }
}

/// What the rule's offline check says; `None` where it has none.
pub fn check(rule: &Rule, secret: &[u8]) -> Option<Check> {
    rule.checksum.as_deref().and_then(checksum::named).map(|check| check(secret))
}

/// The structure of what may have one.
pub fn structure_of(rule: &Rule, secret: &[u8]) -> Structure {
    if rule.context.is_some() { Structure::default() } else { structure::of(secret) }
}

/// `xoxb-XXXXXXXXXXXX`, `00000000`.
fn is_filler(a: u8, b: u8) -> bool {
    a == b && (a.is_ascii_digit() || matches!(a, b'x' | b'X' | b'*'))
}

fn longest_sequence(secret: &[u8]) -> usize {
    longest(secret, |a, b| a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() && b == a + 1)
}

fn longest(text: &[u8], joins: impl Fn(u8, u8) -> bool) -> usize {
    let (mut best, mut length) = (1, 1);
    for pair in text.windows(2) {
        length = if joins(pair[0], pair[1]) { length + 1 } else { 1 };
        best = best.max(length);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(rule: Rule, secret: &str) -> Option<Confidence> {
        judge(&rule, secret.replace("{-}", "").as_bytes()).confidence
    }

    #[test]
    fn a_check_that_fits_makes_sure_and_one_that_fails_refutes() {
        let npm = || Rule { checksum: Some("npm".into()), confidence: Confidence::Medium, ..Rule::bare("test-x", "x") };
        let rules = crate::rule::RuleSet::embedded();
        let (_, rule) = rules.iter().find(|(_, rule)| rule.checksum.as_deref() == Some("npm")).unwrap();
        let example = rule.examples[0].to_string();
        let start = example.find("npm_").unwrap();
        let secret = &example[start..start + 40];
        assert_eq!(judged(npm(), secret), Some(Confidence::High));
        let last = if secret.ends_with('0') { "1" } else { "0" };
        assert_eq!(judged(npm(), &format!("{}{last}", &secret[..39])), None);
        assert_eq!(judged(npm(), "another form"), Some(Confidence::Medium));
    }

    #[test]
    fn documented_examples_are_of_low_confidence_and_fillers_are_none() {
        let rule = || Rule::bare("test-x", "x");
        assert_eq!(judged(rule(), "AKIA{-}IOSFODNN{-}7EXAMPLE"), Some(Confidence::Low));
        assert_eq!(judged(rule(), "xoxb-{-}XXXXXXXX{-}XXXXXXXX"), None);
        assert_eq!(judged(rule(), "tok_{-}abcdefgh{-}ijklmnop"), Some(Confidence::Low));
        assert_eq!(judged(rule(), "tok_{-}q7Lw4Zr2{-}NvXk9TbP"), Some(Confidence::High));
        assert_eq!(judge(&rule(), b"tok_{-}q7Lw4Zr2").confidence, None);
    }

    #[test]
    fn a_private_key_that_does_not_decode_is_of_low_confidence_and_not_gone() {
        let rule = || Rule { kind: Kind::PrivateKey, ..Rule::bare("test-x", "x") };
        let body = "q7Lw4Zr2".repeat(30);
        let key = format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----");
        assert_eq!(judged(rule(), &key), Some(Confidence::Low));
    }
}
