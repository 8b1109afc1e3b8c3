//! Candidates of a whole blob: looked for where it is fresh, taken over from its delta base elsewhere.

use std::{ops::Range, sync::Arc};

use super::{BEFORE, BEHIND, anchors, class_of, evidence::Evidence, found_at, words};
use crate::{
    blob::{Copied, Reach},
    detect::Raw,
    rule::{Confidence, Context, RuleIx},
};

/// A credential told by its context, before overlaps are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InContext {
    /// Begins at its anchor and ends with its value.
    pub raw: Raw,
    /// What its bytes say.
    pub evidence: Arc<Evidence>,
}

/// What was found by context in a blob, and is left for the blobs that are deltas of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of their anchors, at most one for each.
    pub contexts: Vec<InContext>,
    /// All anchors, in order.
    anchors: Vec<u32>,
}

/// The rules that have a context.
#[derive(Debug)]
pub struct Searcher {
    rules: [Option<RuleIx>; Context::ALL.len()],
    asked: Confidence,
}

impl Searcher {
    /// With these rules, of two with one context the first, for what may be of the confidence `asked`.
    pub fn new(rules: impl Iterator<Item = (RuleIx, Context)>, asked: Confidence) -> Self {
        let mut searcher = Self { rules: Default::default(), asked };
        for (rule, context) in rules {
            searcher.rules[context as usize].get_or_insert(rule);
        }
        searcher
    }

    /// Whether it has nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.rules.iter().all(Option::is_none)
    }

    /// Looks everywhere in `bytes`.
    pub fn search(&self, bytes: &[u8], found: &mut Found) {
        self.search_zone(bytes, 0..bytes.len(), found);
    }

    /// The same where `copies` were taken over from a base in which `base` was found.
    pub fn search_around(&self, bytes: &[u8], copies: &[Copied], base: &Found, found: &mut Found) {
        let mut known = 0;
        for copy in copies {
            let inner = copy.inner(Reach { before: words::BEFORE, behind: words::BEHIND });
            if inner.start < inner.end {
                self.search_zone(bytes, known..inner.start, found);
                known = inner.end;
                self.inherit(bytes, copy, inner, base, found);
            }
        }
        self.search_zone(bytes, known..bytes.len(), found);
    }

    /// Takes over the anchors of a copy that lie in `inner`, and what was found at those whose window lies in it, too.
    fn inherit(&self, bytes: &[u8], copy: &Copied, inner: Range<usize>, base: &Found, found: &mut Found) {
        let in_base = |at: usize| (at - copy.at + copy.from) as u32;
        let first = base.anchors.partition_point(|at| *at < in_base(inner.start));
        let anchors = base.anchors[first..].iter().take_while(|at| **at < in_base(inner.end));
        let mut known = base.contexts.partition_point(|one| one.raw.start < in_base(inner.start));
        for anchor in anchors {
            let at = *anchor as usize - copy.from + copy.at;
            found.anchors.push(at as u32);
            let said = base.contexts.get(known).filter(|one| one.raw.start == *anchor);
            known += usize::from(said.is_some());
            if !copy.holds(at, Reach { before: BEFORE, behind: BEHIND }) {
                self.try_at(bytes, at, &mut found.contexts);
            } else if let Some(one) = said {
                found.contexts.push(InContext { raw: one.raw.moved(copy.from, copy.at), ..one.clone() });
            }
        }
    }

    fn search_zone(&self, bytes: &[u8], zone: Range<usize>, found: &mut Found) {
        if self.is_empty() {
            return;
        }
        anchors(bytes, zone, |at| {
            found.anchors.push(at as u32);
            self.try_at(bytes, at, &mut found.contexts);
        });
    }

    fn try_at(&self, bytes: &[u8], at: usize, contexts: &mut Vec<InContext>) {
        let Some((candidate, evidence)) = found_at(bytes, at, self.asked) else { return };
        let Some(rule) = self.rules[class_of(bytes, &candidate) as usize] else { return };
        let (start, end) = (candidate.value.start as u32, candidate.value.end as u32);
        let raw = Raw { rule, start: at as u32, end, secret_start: start, secret_end: end };
        contexts.push(InContext { raw, evidence: Arc::new(evidence) });
    }
}
