//! What is said of a rule.

use std::fmt;

use serde::Serialize;

/// One thing that a reviewer would say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    /// The file as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Id of the rule; empty where it cannot be told.
    pub rule: String,
    /// What kind of remark it is.
    pub what: What,
    /// What is wrong.
    pub says: String,
    /// What to do about it.
    pub mend: String,
}

/// Kinds of remarks. `docs/rules.md` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The file says something that cannot be.
    Broken,
    /// No lane can promise to find what the pattern matches.
    NoLane,
    /// Still the words of the skeleton.
    Unfinished,
    /// An address of the issuer is missing.
    NoPage,
    /// Where the format was seen is not told.
    NoSource,
    /// Nobody is told how to make the key useless.
    NoEnd,
    /// Two rules of a file are called the same.
    SameName,
    /// Nothing tells a value of this shape from any other.
    AnyValue,
    /// A word nearby is so short that it stands everywhere.
    ShortNear,
    /// The prefix is a word, and names of things fit the pattern.
    WordPrefix,
    /// Another rule finds all that this one does.
    Covered,
    /// An example is found by another rule, or by none.
    Example,
    /// An example's value is none that its issuer would give out.
    NotRandom,
    /// A counterexample is found.
    Counterexample,
    /// No counterexample is near the format.
    NoNearMiss,
    /// A whole key stands in the file.
    WholeKey,
}

impl What {
    /// As it is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::NoLane => "no-lane",
            Self::Unfinished => "unfinished",
            Self::NoPage => "no-page",
            Self::NoSource => "no-source",
            Self::NoEnd => "no-end",
            Self::SameName => "same-name",
            Self::AnyValue => "any-value",
            Self::ShortNear => "short-near",
            Self::WordPrefix => "word-prefix",
            Self::Covered => "covered",
            Self::Example => "example",
            Self::NotRandom => "not-random",
            Self::Counterexample => "counterexample",
            Self::NoNearMiss => "no-near-miss",
            Self::WholeKey => "whole-key",
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, rule, what, says, mend } = self;
        let of = if rule.is_empty() { String::new() } else { format!(" {rule}:") };
        writeln!(f, "{file}:{line}:{of} {}: {says}", what.as_str())?;
        write!(f, "    {mend}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_tells_every_kind_of_remark() {
        use What::*;
        let all = [
            Broken,
            NoLane,
            Unfinished,
            NoPage,
            NoSource,
            NoEnd,
            SameName,
            AnyValue,
            ShortNear,
            WordPrefix,
            Covered,
            Example,
            NotRandom,
            Counterexample,
            NoNearMiss,
            WholeKey,
        ];
        let page = include_str!("../../../../docs/rules.md");
        for what in all {
            assert!(page.contains(&format!("`{}`", what.as_str())), "{what:?}");
            assert_eq!(serde_json::to_value(what).unwrap(), what.as_str());
        }
    }
}
