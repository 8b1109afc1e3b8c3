//! Candidates of a whole blob: looked for where it is fresh, taken over from its delta base elsewhere.

use std::{ops::Range, sync::Arc};

use super::{BEFORE, BEHIND, anchors, class_of, evidence::Evidence, found_at};
use crate::{
    blob::Copied,
    detect::Raw,
    rule::{Context, RuleIx},
};

/// A credential told by its context, before overlaps are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InContext {
    /// Begins at its anchor and ends with its value.
    pub raw: Raw,
    /// What its bytes say.
    pub evidence: Arc<Evidence>,
}

/// The rules that have a context.
#[derive(Debug, Default)]
pub struct Searcher {
    rules: [Option<RuleIx>; Context::ALL.len()],
}

impl Searcher {
    /// With these rules; of two with one context the first.
    pub fn new(rules: impl Iterator<Item = (RuleIx, Context)>) -> Self {
        let mut searcher = Self::default();
        for (rule, context) in rules {
            searcher.rules[context as usize].get_or_insert(rule);
        }
        searcher
    }

    /// Whether it has nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.rules.iter().all(Option::is_none)
    }

    /// All candidates in `bytes`, in the order of their anchors.
    pub fn search(&self, bytes: &[u8], found: &mut Vec<InContext>) {
        self.search_zone(bytes, 0..bytes.len(), found);
    }

    /// The same where `copies` were taken over from a base in which `base` was found.
    pub fn search_around(&self, bytes: &[u8], copies: &[Copied], base: &[InContext], found: &mut Vec<InContext>) {
        let mut known = 0;
        for copy in copies {
            // What begins both blobs has nothing before it in either.
            let start = if copy.at == 0 && copy.from == 0 { 0 } else { copy.at + BEFORE };
            let inner = start..(copy.at + copy.len).saturating_sub(BEHIND);
            if inner.start >= inner.end {
                continue;
            }
            self.search_zone(bytes, known..inner.start, found);
            known = inner.end;
            let in_base = |at: usize| (at - copy.at + copy.from) as u32;
            let first = base.partition_point(|one| one.raw.start < in_base(inner.start));
            let same = base[first..].iter().take_while(|one| one.raw.start < in_base(inner.end));
            found.extend(same.map(|one| InContext { raw: one.raw.moved(copy.from, copy.at), ..one.clone() }));
        }
        self.search_zone(bytes, known..bytes.len(), found);
    }

    fn search_zone(&self, bytes: &[u8], zone: Range<usize>, found: &mut Vec<InContext>) {
        if self.is_empty() {
            return;
        }
        anchors(bytes, zone, |at| {
            let Some((candidate, evidence)) = found_at(bytes, at) else { return };
            let Some(rule) = self.rules[class_of(bytes, &candidate) as usize] else { return };
            let (start, end) = (candidate.value.start as u32, candidate.value.end as u32);
            let raw = Raw { rule, start: at as u32, end, secret_start: start, secret_end: end };
            found.push(InContext { raw, evidence: Arc::new(evidence) });
        });
    }
}
