//! Controls: a random key of the same shape, which the issuer must refuse before it is believed that it takes another.

use fastrand::Rng;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::{
    checksum,
    rule::{Rule, pattern, syntax},
    secret::Secret,
};

/// Repetitions without an upper bound end this much above the lower.
const BEYOND: u32 = 8;

/// A random key that the rule's pattern accepts, as near in length to `like` as chance allows, with a valid checksum where that can
/// be made. `None` where the pattern leaves no room for another key than this one.
pub fn key(rule: &Rule, like: &Secret, rng: &mut Rng) -> Option<Secret> {
    let hir = pattern::parse(&rule.pattern).ok()?;
    let hir = syntax::secret(&hir);
    let mut best: Option<Vec<u8>> = None;
    for _ in 0..TRIES {
        let mut token = Vec::with_capacity(like.len());
        write(hir, rng, &mut token);
        if token == like.expose() {
            continue;
        }
        let off = token.len().abs_diff(like.len());
        if best.as_ref().is_none_or(|best| off < best.len().abs_diff(like.len())) {
            best = Some(token);
        }
        if off == 0 {
            break;
        }
    }
    let mut token = best?;
    if let Some(check) = &rule.checksum {
        checksum::complete(check, &mut token);
    }
    (token != like.expose()).then(|| Secret::new(&token))
}

const TRIES: usize = 64;

fn write(hir: &Hir, rng: &mut Rng, out: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(class) => out.extend(one_of(class, rng)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + BEYOND);
            for _ in 0..rng.u32(repetition.min..=most) {
                write(&repetition.sub, rng, out);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, rng, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, rng, out)),
        HirKind::Alternation(branches) => write(&branches[rng.usize(..branches.len())], rng, out),
    }
}

/// A byte of a class; letters and digits if it has any, so that a wide class gives what can be sent.
fn one_of(class: &Class, rng: &mut Rng) -> Option<u8> {
    let bytes: Vec<u8> = match class {
        Class::Bytes(class) => class.iter().flat_map(|range| range.start()..=range.end()).collect(),
        Class::Unicode(class) => {
            let ascii = class.iter().flat_map(|range| range.start()..=range.end()).filter(char::is_ascii);
            ascii.map(|char| char as u8).collect()
        }
    };
    let plain: Vec<u8> = bytes.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    rng.choice(if plain.is_empty() { bytes } else { plain })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{checksum::Check, rule::RuleSet};

    #[test]
    fn a_control_has_the_shape_of_its_rule_and_is_another_key() {
        let set = RuleSet::embedded();
        let mut rng = Rng::with_seed(7);
        for (_, rule) in set.iter().filter(|(_, rule)| rule.verify.is_some()) {
            let like = Secret::new(b"x");
            let control = key(rule, &like, &mut rng).expect("room for a key");
            let regex = regex::bytes::Regex::new(&format!("(?-u:{})", rule.pattern)).expect("a pattern");
            let whole = regex.is_match(control.expose()) || rule.pattern.contains("?P<secret>");
            assert!(whole, "{}", rule.id);
        }
    }

    #[test]
    fn a_control_has_a_valid_checksum_and_the_length_of_the_key() {
        let set = RuleSet::embedded();
        let rule = set.get(set.find("github-pat-classic").expect("a rule"));
        let like = Secret::new(&[b'x'; 40]);
        let control = key(rule, &like, &mut Rng::with_seed(1)).expect("a key");
        assert_eq!(control.len(), 40);
        assert_eq!(checksum::named("github").expect("a check")(control.expose()), Check::Valid);
    }
}
