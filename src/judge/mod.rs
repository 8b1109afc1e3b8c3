//! Judgement: how sure we are that a match is a credential worth a person's time.

pub mod context;
pub mod place;

use crate::rule::{Confidence, Rule};

/// Confidence of a match of `rule`. A format speaks for itself, wherever it stands: a key in a test is a key.
pub fn confidence(rule: &Rule) -> Confidence {
    rule.confidence
}
