//! Judgement of what has no format: learned weights over the evidence of bytes and place.

use super::place;
use crate::{
    detect::context::{
        Weights,
        evidence::{Evidence, PIECES, Piece},
        forest::ONE,
    },
    rule::Confidence,
};

/// Longest value that is weak whatever it is made of.
const WEAK: i16 = 7;

/// The verdict on one candidate in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Log-odds that it is a credential.
    pub score: f64,
    /// `None`: not reported.
    pub confidence: Option<Confidence>,
    /// Why it is of low confidence although its score says more.
    pub held_down: Option<&'static str>,
}

/// A piece of evidence with how far it moved a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    /// Its name, as in the weights.
    pub name: &'static str,
    /// What it says.
    pub text: &'static str,
    /// Its value.
    pub value: i16,
    /// Change of the log-odds: above zero it speaks for a credential.
    pub by: f64,
}

/// Judges evidence in a place. Without a path (a message, standard input) it is judged as in a file without an ending.
pub fn judge(evidence: &Evidence, path: Option<&[u8]>) -> Verdict {
    let all = joined(evidence, path);
    let score = Weights::embedded().judge.score(&all);
    let [low, medium, high] = least(evidence, path);
    let by_score = match score {
        score if score >= high => Some(Confidence::High),
        score if score >= medium => Some(Confidence::Medium),
        score if score >= low => Some(Confidence::Low),
        _ => None,
    };
    let held_down = held_down(evidence, path);
    let confidence = if held_down.is_some() { by_score.map(|_| Confidence::Low) } else { by_score };
    Verdict {
        score: score as f64 / ONE as f64,
        confidence,
        held_down: held_down.filter(|_| by_score > Some(Confidence::Low)),
    }
}

/// Least scores, as log-odds, for low, medium and high confidence of some evidence in a place.
pub fn lines(evidence: &Evidence, path: Option<&[u8]>) -> [f64; 3] {
    least(evidence, path).map(|least| least as f64 / ONE as f64)
}

fn least(evidence: &Evidence, path: Option<&[u8]>) -> [i64; 3] {
    let weights = Weights::embedded();
    let [_, medium, high] = weights.least;
    let least = if stands_aside(path) { weights.aside } else { i64::MIN };
    [weights.least_low(evidence), medium.max(least), high.max(least)]
}

/// Whether a path is that of a test, an example or documentation.
fn stands_aside(path: Option<&[u8]>) -> bool {
    let place = place::evidence(path.unwrap_or_default());
    place[place::TEST] == 1 || place[place::EXAMPLE] == 1 || place[place::DOCS] == 1
}

/// The evidence that moved the verdict, what moved it most first.
pub fn pushes(evidence: &Evidence, path: Option<&[u8]>) -> Vec<Push> {
    let all = joined(evidence, path);
    let by = Weights::embedded().judge.pushes(&all);
    let mut pushes: Vec<Push> = PIECES
        .iter()
        .chain(place::PIECES)
        .zip(all)
        .zip(by)
        .filter(|(_, by)| *by != 0)
        .map(|(((name, text), value), by)| Push { name, text, value, by: by as f64 / ONE as f64 })
        .collect();
    pushes.sort_by(|a, b| b.by.abs().total_cmp(&a.by.abs()).then(a.name.cmp(b.name)));
    pushes
}

fn joined(evidence: &Evidence, path: Option<&[u8]>) -> Vec<i16> {
    evidence.values().iter().copied().chain(place::evidence(path.unwrap_or_default())).collect()
}

/// What no person needs to be shown, whatever it was labelled by those whose labels the weights were learned from: a weak
/// password in a test or an example.
fn held_down(evidence: &Evidence, path: Option<&[u8]>) -> Option<&'static str> {
    if evidence.get(Piece::Sequence) >= 8 || evidence.get(Piece::Distinct) <= 4 {
        Some("a sequence, as it stands for a value")
    } else if evidence.get(Piece::Uuid) == 1 && evidence.get(Piece::NameLast) == 0 {
        Some("a UUID that its name does not call a secret")
    } else if is_weak(evidence) && stands_aside(path) {
        Some("a weak value in a test, an example or documentation")
    } else {
        None
    }
}

/// Whether a value can be guessed: short, made of words, or a sequence.
pub fn is_weak(evidence: &Evidence) -> bool {
    let of = |piece| evidence.get(piece);
    let made_of_words = of(Piece::Uncovered) < 8 || of(Piece::Covered) > 40;
    of(Piece::Length) <= WEAK
        || made_of_words && of(Piece::Length) < 24
        || of(Piece::Decoded) > 40
        || of(Piece::Sequence) >= 6
        || of(Piece::Distinct) <= 5
        || of(Piece::SaysFiller) == 1 && of(Piece::Length) < 24
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::context;

    fn evidence_of(text: &str) -> Evidence {
        let bytes = text.as_bytes();
        let mut found = vec![];
        context::anchors(bytes, 0..bytes.len(), |at| found.extend(context::candidate_at(bytes, at)));
        Evidence::of(bytes, found.first().expect("a candidate"))
    }

    fn strong() -> String {
        "db_password = \"q7Lw{-}Zr2NvXk9{-}TbPe4uFy\"\n".replace("{-}", "")
    }

    #[test]
    fn a_weak_password_in_a_test_is_of_low_confidence_at_most() {
        let evidence = evidence_of(&"password = \"sec{-}ret123\"\n".replace("{-}", ""));
        assert!(judge(&evidence, Some(b"tests/login_test.py")).confidence <= Some(Confidence::Low));
    }

    #[test]
    fn a_random_password_in_settings_is_reported_by_default() {
        let verdict = judge(&evidence_of(&strong()), Some(b"config/settings.ini"));
        assert!(verdict.confidence >= Some(Confidence::Medium), "{verdict:?}");
    }

    #[test]
    fn pushes_are_sorted_by_what_they_moved() {
        let pushes = pushes(&evidence_of(&strong()), Some(b"config/settings.ini"));
        assert!(!pushes.is_empty());
        assert!(pushes.windows(2).all(|pair| pair[0].by.abs() >= pair[1].by.abs()));
    }

    #[test]
    fn weights_are_made_for_this_evidence() {
        let weights = Weights::embedded();
        let names: Vec<&str> = PIECES.iter().chain(place::PIECES).map(|(name, _)| *name).collect();
        assert_eq!(weights.names, names);
        assert!(weights.gate.trees() > 0 && weights.judge.last_piece() < PIECES.len() + place::COUNT);
        assert!(weights.least.is_sorted());
    }
}
