//! Detection: from a blob's bytes to matches. Knows no path and no issuer.

use crate::{location::Position, rule::RuleIx};

/// One hit of one rule, after overlaps are resolved and companions are found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// The rule.
    pub rule: RuleIx,
    /// Where the secret stands. Offsets count in the blob as it was read (UTF-16 is read as UTF-8).
    pub position: Position,
    /// Companions that were found.
    pub parts: Vec<PartMatch>,
}

/// A companion value of a match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartMatch {
    /// Index in the rule's `parts`.
    pub spec: u16,
    /// Where the value stands.
    pub position: Position,
}
