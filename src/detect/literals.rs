//! The third lane: a few literals, searched for everywhere: those that stand inside a match, or where no word begins.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind, packed};
use rustc_hash::FxHashMap;

use super::candidates::PatternIx;

/// A literal that every match of a pattern holds.
#[derive(Clone, Debug)]
pub struct Literal {
    /// The literal.
    pub text: Vec<u8>,
    /// The pattern.
    pub pattern: PatternIx,
    /// Least number of bytes of a match before it.
    pub least: usize,
    /// Most number of bytes of a match before it.
    pub most: usize,
}

/// All literals of the lane.
#[derive(Debug)]
pub struct Literals {
    /// Each looks for as many beginnings of literals as one pass can.
    searches: Vec<Search>,
    /// Literals by their first byte, since a search tells only one of those that begin at a place.
    by_first: FxHashMap<u8, Vec<Literal>>,
    longest: usize,
    most: usize,
}

/// Literals are searched for by their first bytes, so that those that differ late share a search.
const BEGINNING: usize = 11;

/// What one pass looks for at full speed.
const ONE_PASS: usize = 64;

#[derive(Debug)]
enum Search {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Literals {
    /// Builds the searches.
    pub fn new(literals: Vec<Literal>) -> Self {
        let mut beginnings: Vec<&[u8]> =
            literals.iter().map(|literal| &literal.text[..literal.text.len().min(BEGINNING)]).collect();
        beginnings.sort_unstable();
        beginnings.dedup();
        let searches = beginnings.chunks(ONE_PASS).map(Search::new).collect();
        let longest = literals.iter().map(|literal| literal.text.len()).max().unwrap_or(0);
        let most = literals.iter().map(|literal| literal.most).max().unwrap_or(0);
        let mut by_first: FxHashMap<u8, Vec<Literal>> = FxHashMap::default();
        for literal in literals {
            by_first.entry(literal.text[0]).or_default().push(literal);
        }
        Self { searches, by_first, longest, most }
    }

    /// Calls `found` with every place in `zone` from which a literal is as far as its pattern says.
    pub fn candidates(&self, bytes: &[u8], zone: Range<usize>, found: &mut impl FnMut(PatternIx, usize)) {
        let end = bytes.len().min(zone.end + self.most + self.longest);
        for search in &self.searches {
            let mut from = zone.start;
            while let Some(hit) = search.next(bytes, from..end) {
                // Not behind the hit but at the next byte: which places are found must not depend on where the search stood.
                from = hit + 1;
                self.at(bytes, hit, &zone, found);
            }
        }
    }

    fn at(&self, bytes: &[u8], hit: usize, zone: &Range<usize>, found: &mut impl FnMut(PatternIx, usize)) {
        for literal in self.by_first.get(&bytes[hit]).into_iter().flatten() {
            if bytes[hit..].starts_with(&literal.text) {
                let first = zone.start.max(hit.saturating_sub(literal.most));
                let behind = zone.end.min((hit + 1).saturating_sub(literal.least));
                (first..behind).for_each(|at| found(literal.pattern, at));
            }
        }
    }
}

impl Search {
    fn new(texts: &[&[u8]]) -> Self {
        packed::Searcher::new(texts).map_or_else(
            || {
                let mut automaton = AhoCorasick::builder();
                automaton.match_kind(MatchKind::LeftmostFirst).kind(Some(AhoCorasickKind::DFA));
                Self::Automaton(automaton.build(texts).expect("few literals, all short"))
            },
            Self::Packed,
        )
    }

    #[inline]
    fn next(&self, bytes: &[u8], range: Range<usize>) -> Option<usize> {
        match self {
            Self::Packed(searcher) => searcher.find_in(bytes, range.into()).map(|hit| hit.start()),
            Self::Automaton(search) => search.find(aho_corasick::Input::new(bytes).range(range)).map(|hit| hit.start()),
        }
    }
}
