//! Detection: from a blob's bytes to matches. Knows no path and no issuer.
//!
//! One pass over the text tells the candidates, places around which a pattern may match ([`candidates`]); there its regex is
//! tried on a bounded window ([`pattern`]); what a delta base had is taken over ([`carried`]); overlaps and companions come
//! last ([`resolve`]).

mod blocks;
mod boundary;
mod candidates;
mod carried;
pub mod context;
mod cost;
mod literals;
mod pattern;
mod places;
#[cfg(test)]
mod proof;
mod resolve;
#[cfg(test)]
mod tests;
mod tokens;
mod work;
#[cfg(test)]
mod work_tests;

use std::{borrow::Cow, ops::Range, sync::Arc};

pub use carried::Carried;
pub use pattern::{Pattern, Raw};

use self::context::evidence::Evidence;
use crate::{
    blob::{Fresh, Reading},
    location::Position,
    rule::{Confidence, Context, RuleIx, RuleSet, outline::OutlineError},
    secret::Secret,
};

/// One hit of one rule, after overlaps are resolved and companions are found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// The rule.
    pub rule: RuleIx,
    /// Where the secret stands. Offsets count in the blob as it was read (UTF-16 is read as UTF-8).
    pub position: Position,
    /// Companions that were found.
    pub parts: Vec<PartMatch>,
    /// What stands around it, where that tells something: always for a rule with a context, for others where a name or the
    /// like stands there too.
    pub evidence: Option<Arc<Evidence>>,
}

/// A companion value of a match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartMatch {
    /// Index in the rule's `parts`.
    pub spec: u16,
    /// Where the value stands.
    pub position: Position,
}

/// All rules, ready to search.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    searcher: carried::Searcher,
}

/// What was found in one blob.
#[derive(Debug)]
pub struct Found<'b> {
    /// The text that was searched: the blob's bytes, or their UTF-8 form where they were UTF-16.
    pub text: Cow<'b, [u8]>,
    /// Matches in the order of their places.
    pub matches: Vec<Match>,
    /// For the blobs that are deltas of this one.
    pub carried: Carried,
    /// Bytes that were really searched.
    pub searched: usize,
}

impl Detector {
    /// Puts all rules' lanes together. No regex is compiled yet.
    pub fn new(rules: Arc<RuleSet>) -> Result<Self, OutlineError> {
        Self::asked(rules, Confidence::Low)
    }

    /// The same where only what is of this confidence is asked for: of what has no format, that which cannot be is left out.
    pub fn asked(rules: Arc<RuleSet>, least: Confidence) -> Result<Self, OutlineError> {
        let contexts = rules.iter().filter_map(|(ix, rule)| Some((ix, rule.context?)));
        let context = context::Searcher::new(contexts, least);
        let with_patterns = rules.iter().filter(|(_, rule)| rule.context.is_none());
        let patterns = with_patterns.map(|(ix, rule)| Pattern::new(ix, rule)).collect::<Result<_, _>>()?;
        Ok(Self { rules, searcher: carried::Searcher::new(patterns, context) })
    }

    /// From now on what each rule's pattern costs is measured. Makes scans slower.
    pub fn measure(&mut self) {
        self.searcher.measure();
    }

    /// What each rule's pattern cost since [`Self::measure`]: how often it was tried, and nanoseconds, all threads together.
    pub fn costs(&self) -> impl Iterator<Item = (RuleIx, u64, u64)> + '_ {
        self.searcher.costs()
    }

    /// The rules it searches for.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// How much a match of a rule says; of two rules that find one secret, the one with more is told. A context says less than
    /// any pattern.
    pub fn rank(&self, rule: RuleIx) -> u32 {
        match self.rules.get(rule).context {
            Some(context) => (Context::ALL.len() - context as usize) as u32,
            None => self.searcher.pattern(rule).rank + Context::ALL.len() as u32,
        }
    }

    /// How many first bytes of a rule's credential are the same in all of them.
    pub fn public_prefix(&self, rule: RuleIx) -> usize {
        if self.rules.get(rule).context.is_some() { 0 } else { self.searcher.pattern(rule).outline.public }
    }

    /// Searches one blob. `base` is what the scan of its delta base left, for [`Fresh::Copied`].
    pub fn scan<'b>(&self, bytes: &'b [u8], fresh: Fresh<'_>, base: &Carried) -> Found<'b> {
        let reading = Reading::of(bytes);
        let text = reading.text(bytes);
        let (carried, searched) = match fresh {
            // Offsets of a copy are not those of the text it is read as.
            Fresh::Copied(_) if matches!(text, Cow::Owned(_)) => self.searcher.search(&text, reading, Fresh::All, base),
            _ => self.searcher.search(&text, reading, fresh, base),
        };
        let mut matches = if carried.raws.is_empty() && carried.by_context.contexts.is_empty() {
            vec![]
        } else {
            resolve::resolve(&self.rules, &self.searcher, &text, &carried)
        };
        if let Fresh::Ranges(ranges) = fresh {
            let ranges = reading.in_text(bytes, ranges);
            matches.retain(|found| found.touches(&ranges));
        }
        Found { text, matches, carried, searched }
    }
}

impl Found<'_> {
    /// The bytes at a position of its matches.
    pub fn secret(&self, position: &Position) -> Secret {
        Secret::new(self.bytes(position))
    }

    /// The same, not copied.
    pub fn bytes(&self, position: &Position) -> &[u8] {
        &self.text[position.offset as usize..position.end as usize]
    }
}

impl Match {
    /// Whether its secret or a companion of it has a byte in one of `ranges` (sorted).
    fn touches(&self, ranges: &[Range<usize>]) -> bool {
        let touches = |position: &Position| {
            let next = ranges.partition_point(|range| range.end <= position.offset as usize);
            ranges.get(next).is_some_and(|range| range.start < position.end as usize)
        };
        touches(&self.position) || self.parts.iter().any(|part| touches(&part.position))
    }
}
