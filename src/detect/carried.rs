//! Raw matches of a blob, found anew where it is fresh and taken over from its delta base elsewhere.
//!
//! A blob leaves two things to the blobs that are deltas of it: its candidates, matched or not, and its raw matches. Whether a
//! place is a candidate is decided by a few bytes around it, so that only fresh bytes and the seams between copies are
//! searched. What patterns find at a candidate is decided by a wider window ([`Pattern::try_at`]): where that lies inside a
//! copy, the matches are taken over with it, and else they are tried again, with all of the new blob's bytes at hand.

use std::ops::Range;

use super::{
    boundary::LOOK_BACK,
    candidates::{Candidate, Lanes, PatternIx},
    context,
    pattern::{Pattern, Raw},
    places::AHEAD,
    tokens::{Begun, Seen},
    work,
};
use crate::{
    blob::{Copied, Fresh, Reach, Reading},
    rule::RuleIx,
};

/// What a blob's scan leaves for the blobs that are deltas of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// How it was read: a blob read in another way inherits nothing.
    pub reading: Reading,
    /// Its matches, before overlaps are resolved; sorted.
    pub raws: Vec<Raw>,
    /// What was found by its context.
    pub by_context: context::Found,
    /// Where literals stand; sorted.
    literals: Vec<Anchor>,
    /// Where tokens begin; sorted.
    tokens: Vec<u32>,
}

impl Carried {
    /// At how many places patterns were tried.
    pub fn tried(&self) -> usize {
        self.literals.len() + self.tokens.len()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Anchor {
    at: u32,
    pattern: PatternIx,
}

/// Patterns with their lanes.
#[derive(Debug)]
pub struct Searcher {
    patterns: Vec<Pattern>,
    lanes: Lanes,
    context: context::Searcher,
}

impl Searcher {
    /// Puts patterns together.
    pub fn new(patterns: Vec<Pattern>, context: context::Searcher) -> Self {
        Self { lanes: Lanes::new(&patterns), patterns, context }
    }

    /// The patterns, by index.
    #[cfg(test)]
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// From now on the cost of each pattern is measured.
    pub fn measure(&mut self) {
        self.patterns.iter_mut().for_each(|pattern| pattern.cost = Some(Box::default()));
    }

    /// What each measured pattern cost: its rule, how often it was tried, and nanoseconds.
    pub fn costs(&self) -> impl Iterator<Item = (RuleIx, u64, u64)> + '_ {
        self.patterns.iter().filter_map(|pattern| {
            let (tried, nanoseconds) = pattern.cost.as_ref()?.told();
            Some((pattern.rule, tried, nanoseconds))
        })
    }

    /// All raw matches of `bytes`, which are read as `reading`. Returns them with the number of bytes searched.
    pub fn search(&self, bytes: &[u8], reading: Reading, fresh: Fresh<'_>, base: &Carried) -> (Carried, usize) {
        let mut carried = Carried { reading, ..Carried::default() };
        let searched = match fresh {
            Fresh::Copied(copies) if base.reading == reading => self.search_around(bytes, copies, base, &mut carried),
            _ => self.search_zone(bytes, 0..bytes.len(), &mut carried),
        };
        match fresh {
            _ if reading == Reading::Binary => {}
            Fresh::Copied(copies) if base.reading == reading => {
                self.context.search_around(bytes, copies, &base.by_context, &mut carried.by_context);
            }
            _ => self.context.search(bytes, &mut carried.by_context),
        }
        in_order(&mut carried.raws);
        in_order(&mut carried.literals);
        in_order(&mut carried.tokens);
        (carried, searched)
    }

    fn search_zone(&self, bytes: &[u8], zone: Range<usize>, carried: &mut Carried) -> usize {
        let binary = carried.reading == Reading::Binary;
        let searched = zone.len();
        work::count(searched);
        let Carried { raws, literals, tokens, .. } = carried;
        let mut seen = Seen::default();
        self.lanes.candidates(bytes, zone, !binary, &mut |at, candidate| match candidate {
            Candidate::Literal(pattern) => {
                let searched = &self.patterns[usize::from(pattern)];
                if (!binary || searched.stands_alone) && searched.may_hold(bytes, at) {
                    literals.push(Anchor { at: at as u32, pattern });
                    self.try_around(bytes, at, pattern, raws);
                }
            }
            Candidate::Token(begun) => {
                tokens.push(at as u32);
                self.try_token(bytes, at, begun, &mut seen, raws);
            }
        });
        searched
    }

    /// Tries a pattern wherever a match that holds the literal told at `at` can begin.
    fn try_around(&self, bytes: &[u8], at: usize, pattern: PatternIx, raws: &mut Vec<Raw>) {
        let pattern = &self.patterns[usize::from(pattern)];
        raws.extend(pattern.starts(bytes, at).filter_map(|start| pattern.try_at(bytes, start)));
    }

    fn try_token(&self, bytes: &[u8], at: usize, begun: Begun, seen: &mut Seen, raws: &mut Vec<Raw>) {
        let found = &mut |pattern| raws.extend(self.patterns[usize::from(pattern)].try_at(bytes, at));
        self.lanes.tokens.at(bytes, at, begun, seen, found);
    }

    fn search_around(&self, bytes: &[u8], copies: &[Copied], base: &Carried, carried: &mut Carried) -> usize {
        let mut searched = 0;
        let mut known = 0;
        for copy in copies {
            let inner = copy.inner(Reach { before: LOOK_BACK, behind: AHEAD });
            if inner.start >= inner.end {
                continue;
            }
            searched += self.search_zone(bytes, known..inner.start, carried);
            known = inner.end;
            self.inherit(bytes, copy, inner, base, carried);
        }
        searched + self.search_zone(bytes, known..bytes.len(), carried)
    }

    /// Takes over the candidates of a copy that are at places in `inner`, and what was found there.
    fn inherit(&self, bytes: &[u8], copy: &Copied, inner: Range<usize>, base: &Carried, carried: &mut Carried) {
        let span = (inner.start - copy.at + copy.from) as u32..(inner.end - copy.at + copy.from) as u32;
        let moved = |at: u32| at as usize - copy.from + copy.at;
        for anchor in between(&base.literals, span.clone(), |anchor| anchor.at) {
            let (at, pattern) = (moved(anchor.at), &self.patterns[usize::from(anchor.pattern)]);
            carried.literals.push(Anchor { at: at as u32, ..*anchor });
            if copy.holds(at, pattern.reach()) {
                let starts =
                    anchor.at.saturating_sub(pattern.most as u32)..(anchor.at + 1).saturating_sub(pattern.least as u32);
                let found = between(&base.raws, starts, |raw| raw.start).filter(|raw| raw.rule == pattern.rule);
                carried.raws.extend(found.map(|raw| raw.moved(copy.from, copy.at)));
            } else {
                self.try_around(bytes, at, anchor.pattern, &mut carried.raws);
            }
        }
        let reach = self.lanes.tokens.reach;
        let mut seen = Seen::default();
        for token in between(&base.tokens, span, |token| *token) {
            let at = moved(*token);
            carried.tokens.push(at as u32);
            if copy.holds(at, reach) {
                let found = between(&base.raws, *token..token + 1, |raw| raw.start);
                let found = found.filter(|raw| self.pattern_of(raw).is_token());
                carried.raws.extend(found.map(|raw| raw.moved(copy.from, copy.at)));
            } else {
                // Candidates are decided by bytes that lie inside the copy.
                let begun = self.lanes.tokens.begin(bytes, at).expect("it is one in the base");
                self.try_token(bytes, at, begun, &mut seen, &mut carried.raws);
            }
        }
    }

    /// The pattern that made a match.
    pub fn pattern_of(&self, raw: &Raw) -> &Pattern {
        self.pattern(raw.rule)
    }

    /// The pattern of a rule that has one.
    pub fn pattern(&self, rule: RuleIx) -> &Pattern {
        let ix = self.patterns.binary_search_by_key(&rule, |pattern| pattern.rule).expect("a rule with a pattern");
        &self.patterns[ix]
    }
}

/// The items of a sorted list whose keys lie in a range.
fn between<T>(list: &[T], keys: Range<u32>, key: impl Fn(&T) -> u32 + Copy) -> impl Iterator<Item = &T> {
    let first = list.partition_point(|item| key(item) < keys.start);
    let end = keys.end;
    list[first..].iter().take_while(move |item| key(item) < end)
}

/// Sorts what is nearly always in order already.
fn in_order<T: Ord>(list: &mut Vec<T>) {
    if !list.is_sorted() {
        list.sort_unstable();
    }
    list.dedup();
}

impl Raw {
    /// The same match where a copy of its range begins at `to` instead of `from`.
    pub fn moved(&self, from: usize, to: usize) -> Self {
        let shift = |at: u32| (at as usize - from + to) as u32;
        Self {
            start: shift(self.start),
            end: shift(self.end),
            secret_start: shift(self.secret_start),
            secret_end: shift(self.secret_end),
            ..*self
        }
    }
}
