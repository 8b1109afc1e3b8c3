//! Why a scan took as long as it did: the time of each stage and of the slowest rules (`--stats`).

use serde::{Deserialize, Serialize};

/// Where the time went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Stages in the order in which they began.
    pub stages: Vec<Stage>,
    /// The rules that took longest, the slowest first.
    pub rules: Vec<RuleTime>,
}

/// A stage of a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// What was done: `working tree`, `history`.
    pub name: String,
    /// For how long, in milliseconds; of all targets together.
    pub ms: u64,
}

/// What a rule's pattern cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTime {
    /// Id of the rule.
    pub rule: String,
    /// At how many places its pattern was tried.
    pub tried: u64,
    /// How long that took, in microseconds, all threads together.
    pub us: u64,
}
