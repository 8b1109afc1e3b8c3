//! The second lane: tokens without a prefix, known by their length, their first bytes and a word nearby.
//!
//! Hundreds of issuers give out 32 hexadecimal digits. Patterns of one shape share its test, and one automaton looks for the
//! words of all of them, so that a token costs the same whatever the number of rules.

use std::{ops::Range, sync::OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use rustc_hash::FxHashMap;

use super::{
    boundary::{LOOK_BACK, is_word, may_start},
    candidates::PatternIx,
    pattern::{Extent, Pattern},
    runs::{RUN, TOKEN, runs},
    shape::ByteSet,
};
use crate::rule::Boundary;

/// Lengths from here on share a list.
const LENGTHS: usize = 256;

/// All patterns of this lane.
#[derive(Debug)]
pub struct Tokens {
    shapes: Vec<Shape>,
    /// By length of the token: shapes it may have.
    by_word_length: Vec<Vec<u16>>,
    by_token_length: Vec<Vec<u16>>,
    words: Words,
}

/// What the tokens of some patterns look like.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    first: Box<[ByteSet; RUN]>,
    extent: Extent,
    members: Vec<Member>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Member {
    pattern: PatternIx,
    /// Whether a word before the token is what the pattern asks for.
    needs_word_before: bool,
}

impl Tokens {
    /// Groups patterns by shape.
    pub fn new(patterns: &[(PatternIx, &Pattern)]) -> Self {
        let mut shapes: Vec<Shape> = vec![];
        for (ix, pattern) in patterns {
            let first = pattern.first.clone().expect("a pattern of this lane has first bytes");
            let member = Member { pattern: *ix, needs_word_before: pattern.words_before().is_some() };
            match shapes.iter_mut().find(|shape| shape.first == first && shape.extent == pattern.extent) {
                Some(shape) => shape.members.push(member),
                None => shapes.push(Shape { first, extent: pattern.extent, members: vec![member] }),
            }
        }
        let of_length = |length: usize, word: bool| {
            let fits = |shape: &Shape| match shape.extent {
                Extent::Word(least, most) => word && least <= length && (length <= most || length == LENGTHS),
                Extent::Token(least, most) => !word && least <= length && (length <= most || length == LENGTHS),
                Extent::AtLeast(least) => !word && least.min(LENGTHS) <= length,
            };
            shapes.iter().enumerate().filter(|(_, shape)| fits(shape)).map(|(ix, _)| ix as u16).collect()
        };
        let by_word_length = (0..=LENGTHS).map(|length| of_length(length, true)).collect();
        let by_token_length = (0..=LENGTHS).map(|length| of_length(length, false)).collect();
        Self { words: Words::new(patterns), shapes, by_word_length, by_token_length }
    }

    /// Whether there is any pattern in this lane.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Calls `found` for each place in `zone` at which a token with a digit begins that a pattern may match.
    pub fn candidates(&self, bytes: &[u8], zone: Range<usize>, found: &mut impl FnMut(PatternIx, usize)) {
        let end = bytes.len().min(zone.end + RUN - 1);
        runs(bytes, zone.start..end, |run| {
            // The zone's end may have cut it off.
            let rest = bytes[run.end..].iter().take(LENGTHS).take_while(|byte| TOKEN[usize::from(**byte)]).count();
            let token_end = run.end + rest;
            if !bytes[run.start..token_end].iter().any(u8::is_ascii_digit) {
                return;
            }
            let mut word_before = false;
            for at in run.start..(run.end - RUN + 1).min(zone.end) {
                let opens = !word_before && at > run.start
                    || at < run.start + LOOK_BACK && may_start(bytes, at, Boundary::Word);
                word_before = is_word(bytes[at]);
                if opens {
                    self.at(bytes, at..token_end, found);
                }
            }
        });
    }

    /// Calls `found` for each pattern that may match at the start of `token`: at least [`RUN`] token bytes, to their end or for
    /// [`LENGTHS`] bytes.
    #[inline]
    fn at(&self, bytes: &[u8], token: Range<usize>, found: &mut impl FnMut(PatternIx, usize)) {
        let at = token.start;
        let tail = &bytes[at..token.end.min(at + LENGTHS)];
        let word = tail.iter().take_while(|byte| is_word(**byte)).count();
        let by_word = &self.by_word_length[word];
        let token = tail.len();
        let mut near = None;
        for ix in by_word.iter().chain(&self.by_token_length[token]) {
            let shape = &self.shapes[usize::from(*ix)];
            if !shape.first.iter().zip(tail).all(|(set, byte)| set.contains(*byte)) {
                continue;
            }
            for member in &shape.members {
                if !member.needs_word_before
                    || near.get_or_insert_with(|| self.words.before(bytes, at)).binary_search(&member.pattern).is_ok()
                {
                    found(member.pattern, at);
                }
            }
        }
    }
}

/// The words that patterns ask for before a token.
#[derive(Debug)]
struct Words {
    words: Vec<Vec<u8>>,
    /// For each word: patterns that ask for it, and how far before the token it may begin.
    asked: Vec<Vec<(PatternIx, usize)>>,
    farthest: usize,
    search: OnceLock<AhoCorasick>,
}

impl Words {
    fn new(patterns: &[(PatternIx, &Pattern)]) -> Self {
        let mut by_word: FxHashMap<Vec<u8>, Vec<(PatternIx, usize)>> = FxHashMap::default();
        let mut farthest = 0;
        for (ix, pattern) in patterns {
            let Some((words, before)) = pattern.words_before() else { continue };
            farthest = farthest.max(before);
            for word in words {
                by_word.entry(word.to_ascii_lowercase()).or_default().push((*ix, before));
            }
        }
        let (words, asked) = by_word.into_iter().unzip();
        Self { words, asked, farthest, search: OnceLock::new() }
    }

    /// Patterns one of whose words stands before `at` as near as they ask, sorted.
    fn before(&self, bytes: &[u8], at: usize) -> Vec<PatternIx> {
        let search = self.search.get_or_init(|| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .prefilter(false)
                .build(&self.words)
                .expect("some thousand short words fit")
        });
        let window = at.saturating_sub(self.farthest)..at;
        let mut near = vec![];
        for hit in search.find_overlapping_iter(aho_corasick::Input::new(bytes).range(window)) {
            let asked = &self.asked[hit.pattern().as_usize()];
            near.extend(asked.iter().filter(|(_, before)| hit.start() + before >= at).map(|(pattern, _)| *pattern));
        }
        near.sort_unstable();
        near
    }
}
