//! Why a finding does not count, where it does not. Plain data: who decides it is [`crate::suppress`].

use serde::Serialize;

/// What keeps a finding from counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// `keysweep:allow` beside it.
    Inline,
    /// The mark of another scanner beside it.
    ForeignMark,
    /// An entry of a baseline.
    Baseline,
    /// `[[allow]]` of a configuration.
    Allowed,
    /// A configuration turned its rule off.
    RuleOff,
}

impl Mechanism {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Inline, Self::ForeignMark, Self::Baseline, Self::Allowed, Self::RuleOff];

    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::ForeignMark => "foreign-mark",
            Self::Baseline => "baseline",
            Self::Allowed => "allowed",
            Self::RuleOff => "rule-off",
        }
    }
}

/// That a finding does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// By what.
    pub by: Mechanism,
    /// Why, in the words of whoever did it.
    pub reason: Option<String>,
    /// Where that is said: a file and a line of it, or the other scanner's mark.
    pub at: Option<String>,
    /// It holds for a key that works, too.
    pub even_if_live: bool,
}

/// What stands beside a secret that may keep it from counting: what it means depends on the rule that found the secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The mark: `keysweep:allow`, or that of another scanner; empty where there is none.
    pub mark: &'static str,
    /// The text behind it, up to the end of the line or comment.
    pub words: String,
    /// Patterns of `[[allow]] lines` that are found in the line.
    pub lines: Vec<String>,
}
