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
    /// A set of these rules, put in the order of their ids.
    pub fn new(mut rules: Vec<Rule>) -> Self {
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Self { rules }
    }

    /// A rule by its index.
    pub fn get(&self, ix: RuleIx) -> &Rule {
        &self.rules[usize::from(ix.0)]
    }

    /// Index of a rule by its id.
    pub fn find(&self, id: &str) -> Option<RuleIx> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().map(|ix| RuleIx(ix as u16))
    }

    /// All rules with their indices.
    pub fn iter(&self) -> impl Iterator<Item = (RuleIx, &Rule)> {
        self.rules.iter().enumerate().map(|(ix, rule)| (RuleIx(ix as u16), rule))
    }
}
