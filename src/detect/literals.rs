//! Literals that patterns begin with or hold, each looked for by a handle: a place in it that [`places`](super::places) tells.
//!
//! The handle of `.auth0.com` is its `a`, since a word begins there whatever stands before the literal; that of `://` is the
//! mark `:`. Few literals have neither; those are searched for everywhere.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind, packed};
use rustc_hash::FxHashMap;

use super::{boundary::LOOK_BACK, candidates::PatternIx};
use crate::rule::{
    List,
    bytes::{ByteSet, HEAD, RUN, is_word},
};

/// A literal of a pattern.
#[derive(Clone, Debug)]
pub struct Literal {
    /// Its bytes.
    pub text: List<u8>,
    /// The pattern.
    pub pattern: PatternIx,
    /// Whether it stands only where a word begins.
    pub begins_word: bool,
    /// What the first bytes of a match can be, where the literal is at its start and that is known.
    pub first: List<ByteSet>,
}

/// Where in a literal it is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handle {
    /// A word begins this many bytes behind its start.
    Word(usize),
    /// A mark stands this many bytes behind its start.
    Mark(usize),
    /// Nowhere in particular.
    None,
}

/// Bytes that are rare enough in text to be marks, the rarest first.
const MARKS: &[u8] = b"~^`|$@!?*&;+:";

/// The bits of [`HEAD`] bytes.
pub const SHORT: u32 = 0xff_ffff;

impl Handle {
    fn of(text: &[u8], begins_word: bool) -> Self {
        if begins_word {
            return Self::Word(0);
        }
        let word =
            |at: &usize| !is_word(text[at - 1]) && text[*at..].iter().take(HEAD).filter(|b| is_word(**b)).count() > 1;
        let reach = 1..(LOOK_BACK + 1).min(text.len().saturating_sub(HEAD - 1).max(1));
        if let Some(at) = reach.clone().find(|at| is_word(text[*at]) && word(at)) {
            return Self::Word(at);
        }
        let reach = &text[..text.len().min(LOOK_BACK + 1)];
        let mark = MARKS.iter().find_map(|mark| reach.iter().position(|byte| byte == mark));
        mark.map_or(Self::None, Self::Mark)
    }

    fn behind(self) -> usize {
        match self {
            Self::Word(at) | Self::Mark(at) => at,
            Self::None => 0,
        }
    }
}

/// How many bytes behind its start a literal is told that may stand anywhere.
pub fn told_behind(text: &[u8]) -> usize {
    Handle::of(text, false).behind()
}

/// All literals.
#[derive(Debug, Default)]
pub struct Literals {
    /// Of what a word's beginning shows of them.
    heads: Filter,
    by_head: ByHead,
    /// By ASCII byte.
    by_mark: Vec<Vec<Entry>>,
    /// Bytes that are handles.
    pub marks: Vec<u8>,
    anywhere: Vec<Search>,
    by_first: FxHashMap<u8, Vec<Entry>>,
}

/// No more of a literal than is decided by the bytes around its handle that a place may depend on.
#[derive(Clone, Debug)]
struct Entry {
    text: Box<[u8]>,
    handle: usize,
    /// The first bytes from the handle on, and which bits of eight they are.
    head: u64,
    mask: u64,
    pattern: PatternIx,
    first: List<ByteSet>,
}

impl Entry {
    fn new(literal: &Literal, handle: usize) -> Self {
        let text: Box<[u8]> = literal.text[..literal.text.len().min(handle + RUN)].into();
        let mask = first_bytes(text.len() - handle);
        let head = eight(&text[handle..]);
        Self { text, handle, head, mask, pattern: literal.pattern, first: literal.first.clone() }
    }

    /// `head` is what stands at the handle.
    #[inline]
    fn stands(&self, bytes: &[u8], handle: usize, head: u64) -> bool {
        (head ^ self.head) & self.mask == 0 && self.stands_whole(bytes, handle)
    }

    fn stands_whole(&self, bytes: &[u8], handle: usize) -> bool {
        let Some(start) = handle.checked_sub(self.handle) else { return false };
        let bytes = &bytes[start..];
        bytes.starts_with(&self.text)
            && self.first.len() <= bytes.len()
            && self.first.iter().zip(bytes).all(|(set, byte)| set.contains(*byte))
    }
}

/// The bits of the first `count` of eight bytes.
pub fn first_bytes(count: usize) -> u64 {
    if count < 8 { (1 << (8 * count)) - 1 } else { u64::MAX }
}

/// The first eight bytes, the first one lowest; zeros where there are fewer.
#[inline]
pub fn eight(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    }
}

impl Literals {
    /// Finds a handle for each.
    pub fn new(literals: &[Literal]) -> Self {
        let mut all = Self { by_mark: vec![vec![]; 0x80], ..Self::default() };
        let mut by_head = vec![];
        for literal in literals {
            let handle = Handle::of(&literal.text, literal.begins_word);
            let entry = Entry::new(literal, handle.behind());
            match handle {
                Handle::Word(_) => {
                    all.heads.add(entry.head as u32, entry.text.len() - entry.handle);
                    by_head.push(entry);
                }
                Handle::Mark(_) => {
                    all.marks.push(entry.head as u8);
                    all.by_mark[usize::from(entry.head as u8)].push(entry);
                }
                Handle::None => all.by_first.entry(literal.text[0]).or_default().push(entry),
            }
        }
        all.by_head = ByHead::new(by_head);
        all.marks.sort_unstable();
        all.marks.dedup();
        let mut rest: Vec<&[u8]> = all.by_first.values().flatten().map(|entry| &*entry.text).collect();
        rest.sort_unstable();
        rest.dedup();
        all.anywhere = rest.chunks(Search::ONE_PASS).map(Search::new).collect();
        all
    }

    /// Calls `found` with the pattern of each literal whose handle is the word that begins at `at`.
    #[inline]
    pub fn at_word(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(PatternIx)) {
        let head = eight(&bytes[at..]);
        if self.heads.has(head as u32) {
            self.at_head(bytes, at, head, found);
        }
    }

    #[inline(never)]
    fn at_head(&self, bytes: &[u8], at: usize, head: u64, found: &mut impl FnMut(PatternIx)) {
        for ix in self.by_head.of(head as u32) {
            let (expected, mask) = self.by_head.heads[ix];
            if (head ^ expected) & mask == 0 && self.by_head.entries[ix].stands_whole(bytes, at) {
                found(self.by_head.entries[ix].pattern);
            }
        }
    }

    /// Calls `found` with the pattern of each literal whose handle is the mark at `at`.
    #[inline]
    pub fn at_mark(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(PatternIx)) {
        let head = eight(&bytes[at..]);
        let entries = self.by_mark[usize::from(head as u8)].iter();
        entries.filter(|entry| entry.stands(bytes, at, head)).for_each(|entry| found(entry.pattern));
    }

    /// Calls `found` with each place in `zone` where a literal without a handle begins, and its pattern.
    pub fn anywhere(&self, bytes: &[u8], zone: Range<usize>, found: &mut impl FnMut(PatternIx, usize)) {
        let end = bytes.len().min(zone.end + RUN - 1);
        for search in &self.anywhere {
            let mut from = zone.start;
            while let Some(hit) = search.next(bytes, from..end).filter(|hit| *hit < zone.end) {
                // Not behind the hit but at the next byte: which places are found must not depend on where the search stood.
                from = hit + 1;
                let entries = self.by_first.get(&bytes[hit]).into_iter().flatten();
                entries.filter(|entry| entry.stands_whole(bytes, hit)).for_each(|entry| found(entry.pattern, hit));
            }
        }
    }
}

/// Entries by the first [`HEAD`] bytes from their handle on.
#[derive(Debug, Default)]
struct ByHead {
    /// Where the entries of each place of a [`Filter`] begin; one more than there are places.
    starts: Vec<u16>,
    /// Of each entry its first eight bytes, and which bits of them count: apart, since nearly all are turned down by them.
    heads: Vec<(u64, u64)>,
    entries: Vec<Entry>,
}

impl ByHead {
    fn new(mut entries: Vec<Entry>) -> Self {
        let place = |entry: &Entry| Filter::place(entry.head as u32).0;
        entries.sort_by_key(place);
        let start = |place_of: usize| entries.partition_point(|entry| place(entry) < place_of);
        let starts = (0..=1 << BITS).map(|place_of| start(place_of) as u16).collect();
        Self { starts, heads: entries.iter().map(|entry| (entry.head, entry.mask)).collect(), entries }
    }

    #[inline]
    fn of(&self, head: u32) -> Range<usize> {
        let (place, _) = Filter::place(head);
        usize::from(self.starts[place])..usize::from(self.starts[place + 1])
    }
}

/// Looks for some literals everywhere.
#[derive(Debug)]
enum Search {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Search {
    /// What one pass looks for at full speed.
    const ONE_PASS: usize = 32;

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

/// Says no at once to nearly all beginnings that were not added. 16 KiB: it stays in the nearest cache.
///
/// By the first [`HEAD`] bytes, a bit for each value of the low bits of the next.
#[derive(Debug)]
pub struct Filter(Box<[u8; 1 << BITS]>);

/// Entries of a filter, as a power of 2.
const BITS: u32 = 14;

impl Default for Filter {
    fn default() -> Self {
        Self(Box::new([0; 1 << BITS]))
    }
}

impl Filter {
    /// Adds a beginning of `len` bytes, of which `head` has the first.
    pub fn add(&mut self, head: u32, len: usize) {
        let (entry, bit) = Self::place(head);
        self.0[entry] |= if len > HEAD { bit } else { u8::MAX };
    }

    /// Never false for what was added.
    #[inline]
    pub fn has(&self, head: u32) -> bool {
        let (entry, bit) = Self::place(head);
        self.0[entry] & bit != 0
    }

    #[inline]
    fn place(head: u32) -> (usize, u8) {
        (((head & SHORT).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize, 1 << (head >> 24 & 7))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_embedded_rule_needs_a_search_of_its_own() {
        let rules = crate::rule::RuleSet::embedded();
        for (ix, rule) in rules.iter().filter(|(_, rule)| rule.context.is_none()) {
            let pattern = crate::detect::Pattern::new(ix, rule).expect("embedded rules are sound");
            let crate::rule::outline::Lane::Literal(texts, ..) = &pattern.outline.lane else { continue };
            let lost = texts.iter().find(|text| Handle::of(text, false) == Handle::None);
            assert!(lost.is_none(), "{}: no word begins early in {lost:?}, and no rare byte stands there", rule.id);
        }
    }

    #[test]
    fn a_literal_is_known_by_a_word_in_it_or_by_a_rare_byte() {
        for (text, begins_word, expected) in [
            ("sk_live_", true, Handle::Word(0)),
            (".auth0.com", false, Handle::Word(1)),
            ("--token", false, Handle::Word(2)),
            ("-----BEGIN RSA", false, Handle::Word(5)),
            ("://", false, Handle::Mark(0)),
            ("7Q~", false, Handle::Mark(2)),
            (":AA", false, Handle::Mark(0)),
            ("_mmk", false, Handle::None),
            ("..........key", false, Handle::None),
        ] {
            assert_eq!(Handle::of(text.as_bytes(), begins_word), expected, "{text}");
        }
    }
}
