//! Rules put together: embedded ones, the user's, less what was deselected.

use super::{Rule, RuleIx};

/// All rules of a run, in the order of their ids.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
}

/// Which rules take part.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these ids, when there are any (`--rule`).
    pub only: Vec<String>,
    /// Not these ids (`--skip-rule`).
    pub skip: Vec<String>,
}

impl RuleSet {
    /// A rule by its index.
    pub fn get(&self, ix: RuleIx) -> &Rule {
        &self.rules[usize::from(ix.0)]
    }

    /// All rules with their indices.
    pub fn iter(&self) -> impl Iterator<Item = (RuleIx, &Rule)> {
        self.rules.iter().enumerate().map(|(ix, rule)| (RuleIx(ix as u16), rule))
    }
}
