//! Raw matches of a blob, found anew where it is fresh and taken over from its delta base elsewhere.
//!
//! A match is a function of one place and of a window around it ([`Pattern::try_at`]). So what was found in the base holds in
//! a copied range as long as the window lies inside the copy; everywhere else the place is tried again, with all of the new
//! blob's bytes at hand. Two kinds of pattern differ only in how the places to try again are known:
//! - short reach: every place within the greatest short reach of a fresh byte or a seam is searched again;
//! - long reach (a PEM block): the places where its literal stands are carried along, matched or not, and those whose window
//!   touches something new are tried again.

use std::ops::Range;

use super::{
    boundary::LOOK_BACK,
    candidates::{Lanes, PatternIx},
    pattern::{Pattern, Raw},
};
use crate::blob::{Copied, Fresh, Reading};

/// What a blob's scan leaves for the blobs that are deltas of it: its raw matches, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// How it was read: a blob read in another way inherits nothing.
    pub reading: Reading,
    /// Its matches, before overlaps are resolved.
    pub raws: Vec<Raw>,
    /// Where patterns of long reach might match.
    anchors: Vec<Anchor>,
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
    /// Bytes around a place that decide what patterns of short reach find there, and where the others must be remembered.
    before: usize,
    behind: usize,
}

impl Searcher {
    /// Puts patterns together.
    pub fn new(patterns: Vec<Pattern>) -> Self {
        let lanes = Lanes::new(&patterns);
        let reach = |pattern: &Pattern| {
            if pattern.is_long() { (LOOK_BACK, pattern.lane_reach()) } else { (pattern.before, pattern.behind) }
        };
        let before = patterns.iter().map(|pattern| reach(pattern).0).max().unwrap_or(0);
        let behind = patterns.iter().map(|pattern| reach(pattern).1).max().unwrap_or(0);
        Self { patterns, lanes, before, behind }
    }

    /// The patterns, by index.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// All raw matches of `bytes`, which are read as `reading`. Returns them with the number of bytes searched.
    pub fn search(&self, bytes: &[u8], reading: Reading, fresh: Fresh<'_>, base: &Carried) -> (Carried, usize) {
        let mut carried = Carried { reading, ..Carried::default() };
        let searched = match fresh {
            Fresh::Copied(copies) if base.reading == reading => self.search_around(bytes, copies, base, &mut carried),
            _ => self.search_zone(bytes, 0..bytes.len(), &mut carried),
        };
        // What was inherited is in order already: this sort merges such runs.
        carried.raws.sort();
        carried.raws.dedup();
        carried.anchors.sort();
        carried.anchors.dedup();
        (carried, searched)
    }

    fn search_zone(&self, bytes: &[u8], zone: Range<usize>, carried: &mut Carried) -> usize {
        let searched = zone.len();
        let stands_alone = carried.reading == Reading::Binary;
        self.lanes.candidates(bytes, zone, stands_alone, &mut |ix, at| {
            let pattern = &self.patterns[usize::from(ix)];
            if stands_alone && !pattern.stands_alone {
                return;
            }
            if !pattern.may_start(bytes, at) {
                return;
            }
            if pattern.is_long() {
                carried.anchors.push(Anchor { at: at as u32, pattern: ix });
            }
            carried.raws.extend(pattern.try_at(bytes, at));
        });
        searched
    }

    fn search_around(&self, bytes: &[u8], copies: &[Copied], base: &Carried, carried: &mut Carried) -> usize {
        let mut searched = 0;
        let mut known = 0;
        for copy in copies {
            let inner = self.inside(copy);
            if inner.start >= inner.end {
                continue;
            }
            searched += self.search_zone(bytes, known..inner.start, carried);
            known = inner.end;
            self.inherit(bytes, copy, inner, base, carried);
        }
        searched + self.search_zone(bytes, known..bytes.len(), carried)
    }

    /// The places in a copy at which every pattern of short reach decides as it did in the base, and every other is remembered.
    fn inside(&self, copy: &Copied) -> Range<usize> {
        // What begins both blobs has nothing before it in either.
        let start = if copy.at == 0 && copy.from == 0 { 0 } else { copy.at + self.before };
        start..(copy.at + copy.len).saturating_sub(self.behind)
    }

    fn inherit(&self, bytes: &[u8], copy: &Copied, inner: Range<usize>, base: &Carried, carried: &mut Carried) {
        let span = (inner.start - copy.at + copy.from) as u32..(inner.end - copy.at + copy.from) as u32;
        let first = base.raws.partition_point(|raw| raw.start < span.start);
        for raw in base.raws[first..].iter().take_while(|raw| raw.start < span.end) {
            if !self.pattern_of(raw).is_long() {
                carried.raws.push(raw.moved(copy.from, copy.at));
            }
        }
        let first = base.anchors.partition_point(|anchor| anchor.at < span.start);
        for anchor in base.anchors[first..].iter().take_while(|anchor| anchor.at < span.end) {
            let pattern = &self.patterns[usize::from(anchor.pattern)];
            let at = anchor.at as usize - copy.from + copy.at;
            carried.anchors.push(Anchor { at: at as u32, ..*anchor });
            let begins = copy.at == 0 && copy.from == 0 || at >= copy.at + pattern.before;
            if begins && at + pattern.behind <= copy.at + copy.len {
                let key = (anchor.at, pattern.rule);
                let found = base.raws.binary_search_by_key(&key, |raw| (raw.start, raw.rule));
                carried.raws.extend(found.ok().map(|ix| base.raws[ix].moved(copy.from, copy.at)));
            } else {
                carried.raws.extend(pattern.try_at(bytes, at));
            }
        }
    }

    /// The pattern that made a match.
    pub fn pattern_of(&self, raw: &Raw) -> &Pattern {
        let ix = self.patterns.binary_search_by_key(&raw.rule, |pattern| pattern.rule).expect("it made this match");
        &self.patterns[ix]
    }
}

impl Raw {
    /// The same match where a copy of its range begins at `to` instead of `from`.
    fn moved(&self, from: usize, to: usize) -> Self {
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
