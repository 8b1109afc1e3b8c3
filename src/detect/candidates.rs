//! Where patterns are tried: the two lanes.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind, packed};
use rustc_hash::FxHashMap;

use super::{
    boundary::{LOOK_BACK, is_word, may_start},
    pattern::{Lane, Pattern},
    runs::{RUN, runs},
};
use crate::rule::Boundary;

/// Index of a pattern in its detector.
pub type PatternIx = u16;

/// All patterns' lanes put together.
#[derive(Debug)]
pub struct Lanes {
    prefixes: Prefixes,
    shapes: Vec<Shape>,
    literals: Literals,
}

impl Lanes {
    /// Builds the tables for `patterns`.
    pub fn new(patterns: &[Pattern]) -> Self {
        let (mut prefixes, mut shapes, mut literals) = (vec![], vec![], vec![]);
        for (ix, pattern) in patterns.iter().enumerate() {
            let ix = ix as PatternIx;
            match &pattern.lane {
                Lane::RunPrefix(found) => prefixes.extend(found.iter().map(|literal| (literal.clone(), ix))),
                Lane::RunShape => shapes.push(Shape::new(ix, pattern)),
                Lane::Literal(found, least, most) => {
                    literals.extend(found.iter().map(|text| Literal {
                        text: text.clone(),
                        pattern: ix,
                        least: *least,
                        most: *most,
                    }));
                }
            }
        }
        Self { prefixes: Prefixes::new(prefixes), shapes, literals: Literals::new(literals) }
    }

    /// Calls `found` with every place in `zone` at which a pattern may match, whatever stands there: at least all places where
    /// it does. A pattern may be told more than once at a place.
    pub fn candidates(
        &self,
        bytes: &[u8],
        zone: Range<usize>,
        stands_alone: bool,
        found: &mut impl FnMut(PatternIx, usize),
    ) {
        let end = bytes.len().min(zone.end + RUN - 1);
        runs(bytes, zone.start..end, |run| {
            let last = (run.end - RUN + 1).min(zone.end);
            for at in run.start..last {
                let opens = at < run.start + LOOK_BACK && may_start(bytes, at, Boundary::Word)
                    || at > 0 && !is_word(bytes[at - 1]);
                if opens {
                    self.prefixes.at(bytes, at, found);
                    if !stands_alone {
                        self.shapes
                            .iter()
                            .filter(|shape| shape.fits(&bytes[at..at + RUN]))
                            .for_each(|shape| found(shape.pattern, at));
                    }
                }
            }
        });
        self.literals.candidates(bytes, zone, found);
    }
}

/// Literals that begin a token, found by their first three bytes.
#[derive(Debug)]
struct Prefixes {
    filter: Box<[u64; 1 << 10]>,
    by_head: FxHashMap<[u8; 3], Vec<(Vec<u8>, PatternIx)>>,
}

impl Prefixes {
    fn new(literals: Vec<(Vec<u8>, PatternIx)>) -> Self {
        let mut filter = Box::new([0; 1 << 10]);
        let mut by_head: FxHashMap<[u8; 3], Vec<_>> = FxHashMap::default();
        for (literal, pattern) in literals {
            let head = [literal[0], literal[1], literal[2]];
            let bit = Self::bit(&head);
            filter[bit >> 6] |= 1 << (bit & 63);
            by_head.entry(head).or_default().push((literal, pattern));
        }
        Self { filter, by_head }
    }

    fn bit(head: &[u8]) -> usize {
        let word = u32::from(head[0]) | u32::from(head[1]) << 8 | u32::from(head[2]) << 16;
        (word.wrapping_mul(0x9e37_79b1) >> 16) as usize
    }

    /// The caller has seen that 16 bytes follow.
    #[inline]
    fn at(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(PatternIx, usize)) {
        let bit = Self::bit(&bytes[at..at + 3]);
        if self.filter[bit >> 6] >> (bit & 63) & 1 == 0 {
            return;
        }
        let head = [bytes[at], bytes[at + 1], bytes[at + 2]];
        for (literal, pattern) in self.by_head.get(&head).into_iter().flatten() {
            if bytes[at..].starts_with(literal) {
                found(*pattern, at);
            }
        }
    }
}

/// What the first 16 bytes of a token without a prefix can be.
#[derive(Debug)]
struct Shape {
    pattern: PatternIx,
    first: [super::shape::ByteSet; RUN],
}

impl Shape {
    fn new(ix: PatternIx, pattern: &Pattern) -> Self {
        let first = pattern.first.as_deref().copied().expect("a pattern in this lane has them");
        Self { pattern: ix, first }
    }

    fn fits(&self, head: &[u8]) -> bool {
        self.first.iter().zip(head).all(|(set, byte)| set.contains(*byte))
    }
}

#[derive(Clone, Debug)]
struct Literal {
    text: Vec<u8>,
    pattern: PatternIx,
    least: usize,
    most: usize,
}

/// The second lane: a few literals, searched for everywhere.
#[derive(Debug)]
struct Literals {
    search: Option<Search>,
    /// Literals by their first byte, since a search tells only one of those that begin at a place.
    by_first: FxHashMap<u8, Vec<Literal>>,
    longest: usize,
    most: usize,
}

#[derive(Debug)]
enum Search {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Literals {
    fn new(literals: Vec<Literal>) -> Self {
        let mut by_first: FxHashMap<u8, Vec<Literal>> = FxHashMap::default();
        for literal in &literals {
            by_first.entry(literal.text[0]).or_default().push(literal.clone());
        }
        let mut texts: Vec<&[u8]> = literals.iter().map(|literal| literal.text.as_slice()).collect();
        texts.sort_unstable();
        texts.dedup();
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
        let most = literals.iter().map(|literal| literal.most).max().unwrap_or(0);
        let search = (!texts.is_empty()).then(|| match packed::Searcher::new(&texts) {
            Some(searcher) => Search::Packed(searcher),
            None => Search::Automaton(
                AhoCorasick::builder()
                    .match_kind(MatchKind::LeftmostFirst)
                    .kind(Some(AhoCorasickKind::DFA))
                    .build(&texts)
                    .expect("rules have few literals, all short"),
            ),
        });
        Self { search, by_first, longest, most }
    }

    fn candidates(&self, bytes: &[u8], zone: Range<usize>, found: &mut impl FnMut(PatternIx, usize)) {
        let Some(search) = &self.search else { return };
        let end = bytes.len().min(zone.end + self.most + self.longest);
        let mut from = zone.start;
        while let Some(hit) = search.next(bytes, from..end) {
            // Not behind the hit but at the next byte: which places are found must not depend on where the search stood.
            from = hit + 1;
            for literal in self.by_first.get(&bytes[hit]).into_iter().flatten() {
                if bytes[hit..].starts_with(&literal.text) {
                    let first = zone.start.max(hit.saturating_sub(literal.most));
                    let behind = zone.end.min((hit + 1).saturating_sub(literal.least));
                    (first..behind).for_each(|at| found(literal.pattern, at));
                }
            }
        }
    }
}

impl Search {
    #[inline]
    fn next(&self, bytes: &[u8], range: Range<usize>) -> Option<usize> {
        match self {
            Self::Packed(searcher) => searcher.find_in(bytes, range.into()).map(|hit| hit.start()),
            Self::Automaton(search) => search.find(aho_corasick::Input::new(bytes).range(range)).map(|hit| hit.start()),
        }
    }
}
