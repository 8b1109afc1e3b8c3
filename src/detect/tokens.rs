//! The second lane: tokens without a prefix, known by their length, their first bytes and a word nearby.
//!
//! Hundreds of issuers give out 32 hexadecimal digits. Patterns of one shape share its test, and one automaton looks for the
//! words of all of them, so that a token costs the same whatever the number of rules.

use std::{collections::BTreeMap, iter};

use rustc_hash::FxHashMap;

use super::{
    candidates::PatternIx,
    literals::{Filter, SHORT, eight, first_bytes},
    pattern::Pattern,
    places::AHEAD,
    work,
};
use crate::{
    blob::Reach,
    rule::{
        bytes::{ByteSet, HEAD, RUN, TOKEN, is_word},
        outline::Extent,
    },
};

/// Lengths from here on share a list.
const LENGTHS: usize = 256;

/// All patterns of this lane.
#[derive(Debug)]
pub struct Tokens {
    /// Patterns by the bit of the shape of their tokens.
    members: Vec<Vec<Member>>,
    /// The farthest word that patterns of each shape ask for.
    farthest: Vec<usize>,
    /// By place in a token, then by byte: the shapes that allow it there.
    allowed: Box<[[Shapes; 256]; RUN]>,
    /// By length of the token: shapes it may have.
    by_word_length: Vec<Shapes>,
    by_token_length: Vec<Shapes>,
    words: Words,
    /// What decides about a token.
    pub reach: Reach,
}

/// A set of shapes: one bit each.
type Shapes = u128;

const BITS: usize = Shapes::BITS as usize;

/// What the tokens of some patterns look like: their first bytes and their length.
type Shape<'p> = (&'p [ByteSet], Extent);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Member {
    pattern: PatternIx,
    /// How far before the token the word may begin that the pattern asks for, if it asks for one.
    word_before: Option<usize>,
}

impl Tokens {
    /// Groups patterns by shape.
    pub fn new(patterns: &[(PatternIx, &Pattern)]) -> Self {
        let mut numbers: FxHashMap<Shape<'_>, usize> = FxHashMap::default();
        let mut shapes: Vec<Shape<'_>> = vec![];
        let mut members: Vec<Vec<Member>> = vec![vec![]; BITS];
        for (ix, pattern) in patterns {
            let shape = (&pattern.outline.first[..], pattern.outline.extent);
            let number = *numbers.entry(shape).or_insert_with(|| {
                shapes.push(shape);
                shapes.len() - 1
            });
            // With more shapes than bits some share one: what it lets pass is a candidate of each.
            let word_before = pattern.words_before().map(|(_, before)| before);
            members[number % BITS].push(Member { pattern: *ix, word_before });
        }
        let mut allowed = vec![[0; 256]; RUN];
        let (mut by_word_length, mut by_token_length) = (vec![0; LENGTHS + 1], vec![0; LENGTHS + 1]);
        for (ix, (first, extent)) in shapes.iter().enumerate() {
            let bit = 1 << (ix % BITS);
            for (set, allowed) in first.iter().zip(&mut allowed) {
                set.iter().for_each(|byte| allowed[usize::from(byte)] |= bit);
            }
            let (list, least, most) = match *extent {
                Extent::Word(least, most) => (&mut by_word_length, least, most),
                Extent::Token(least, most) => (&mut by_token_length, least, most),
                Extent::AtLeast(least) => (&mut by_token_length, least, LENGTHS),
            };
            let most = if most >= LENGTHS { LENGTHS } else { most };
            list[least.min(LENGTHS)..=most].iter_mut().for_each(|shapes| *shapes |= bit);
        }
        let reach = patterns.iter().fold(Reach::default(), |reach, (_, pattern)| reach.and(pattern.reach()));
        let allowed = allowed.into_boxed_slice().try_into().expect("has that many");
        let farthest =
            members.iter().map(|of| of.iter().filter_map(|one| one.word_before).max().unwrap_or(0)).collect();
        Self { members, farthest, allowed, by_word_length, by_token_length, words: Words::new(patterns), reach }
    }

    /// Whether there is any pattern in this lane.
    pub fn is_empty(&self) -> bool {
        self.members.iter().all(Vec::is_empty)
    }

    /// What [`AHEAD`] bytes show of a token that begins at `at`, of at least [`RUN`] token bytes; `None` where no shape allows it.
    #[inline]
    pub fn begin(&self, bytes: &[u8], at: usize) -> Option<Begun> {
        let first = self.by_first_bytes(bytes, at);
        if first == 0 {
            return None;
        }
        let (shapes, whole) = self.by_length(first, &bytes[at..bytes.len().min(at + AHEAD)], AHEAD);
        (shapes != 0).then_some(Begun { shapes, whole })
    }

    /// Shapes that allow the first [`RUN`] bytes.
    #[inline]
    fn by_first_bytes(&self, bytes: &[u8], at: usize) -> Shapes {
        let mut shapes = Shapes::MAX;
        for (allowed, byte) in self.allowed.iter().zip(&bytes[at..at + RUN]) {
            shapes &= allowed[usize::from(*byte)];
            if shapes == 0 {
                break;
            }
        }
        shapes
    }

    /// Those of `shapes` that allow the length of the token at the start of `shown`, or all if that has `most` bytes and no end;
    /// and whether it has an end.
    fn by_length(&self, shapes: Shapes, shown: &[u8], most: usize) -> (Shapes, bool) {
        let token = shown.iter().position(|byte| !TOKEN[usize::from(*byte)]).unwrap_or(shown.len());
        if token == most && most < LENGTHS {
            return (shapes, false);
        }
        // A match must hold one: names of things are as long as keys, and few keys have none.
        if !shown[..token].iter().fold(false, |any, byte| any | byte.is_ascii_digit()) {
            return (0, true);
        }
        let word = shown[..token].iter().position(|byte| !is_word(*byte)).unwrap_or(token);
        (shapes & (self.by_word_length[word] | self.by_token_length[token]), true)
    }

    /// Calls `found` for each pattern that may match the token that begins at `at` as `begun` says. `seen` is of the same bytes.
    pub fn at(&self, bytes: &[u8], at: usize, begun: Begun, seen: &mut Seen, found: &mut impl FnMut(PatternIx)) {
        work::count(LENGTHS.min(bytes.len() - at));
        let mut shapes = begun.shapes;
        if !begun.whole {
            (shapes, _) = self.by_length(shapes, &bytes[at..bytes.len().min(at + LENGTHS)], LENGTHS);
        }
        let farthest = bits(shapes).map(|shape| self.farthest[shape]).max().unwrap_or(0);
        let near = if farthest > 0 { self.words.before(bytes, at, farthest, seen) } else { vec![] };
        for member in bits(shapes).flat_map(|shape| &self.members[shape]) {
            if member.word_before.is_none() || near.binary_search(&member.pattern).is_ok() {
                found(member.pattern);
            }
        }
    }
}

/// What the first bytes of a token say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Shapes it may have.
    shapes: Shapes,
    /// Whether its length is known, and none of the shapes is of another.
    whole: bool,
}

/// The numbers of the bits that are set.
fn bits(mut shapes: Shapes) -> impl Iterator<Item = usize> {
    iter::from_fn(move || {
        let first = shapes.trailing_zeros() as usize;
        shapes &= shapes.wrapping_sub(1);
        (first < BITS).then_some(first)
    })
}

/// The words that patterns ask for before a token.
#[derive(Debug, Default)]
struct Words {
    /// Of their beginnings.
    heads: Filter,
    by_head: FxHashMap<u32, Vec<usize>>,
    words: Vec<Word>,
    /// The farthest before a token that one of them may begin.
    farthest: usize,
}

#[derive(Debug)]
struct Word {
    /// Its first bytes, as [`SMALL`] makes them, and which bits of eight they are.
    head: u64,
    mask: u64,
    /// In small letters.
    text: Vec<u8>,
    /// Patterns that ask for it, and how far before the token it may begin.
    asked: Vec<(PatternIx, usize)>,
}

impl Words {
    fn new(patterns: &[(PatternIx, &Pattern)]) -> Self {
        let mut by_word: BTreeMap<Vec<u8>, Vec<(PatternIx, usize)>> = BTreeMap::new();
        let mut words = Self::default();
        for (ix, pattern) in patterns {
            let Some((asked, before)) = pattern.words_before() else { continue };
            words.farthest = words.farthest.max(before);
            for word in asked {
                by_word.entry(word.to_ascii_lowercase()).or_default().push((*ix, before));
            }
        }
        for (text, asked) in by_word {
            let head = eight(&text) | SMALL;
            words.heads.add(head as u32, text.len());
            words.by_head.entry(head as u32 & SHORT).or_default().push(words.words.len());
            words.words.push(Word { head, mask: first_bytes(text.len()), text, asked });
        }
        words
    }

    /// Patterns one of whose words stands before `at` as near as they ask, sorted; none that asks for words farther than
    /// `farthest` bytes before it.
    fn before(&self, bytes: &[u8], at: usize, farthest: usize, seen: &mut Seen) -> Vec<PatternIx> {
        let from = at.saturating_sub(farthest);
        if from < seen.from || !(from..=at).contains(&seen.end) {
            *seen = Seen { words: vec![], from, end: from };
        }
        // The next token may ask for words farther away than this one does.
        seen.from = seen.from.max(at.saturating_sub(self.farthest));
        seen.words.retain(|(start, _)| *start >= seen.from);
        self.see(bytes, at, seen);
        let mut near = vec![];
        for (start, word) in &seen.words {
            let word = &self.words[*word];
            work::count(word.asked.len());
            if start + word.text.len() <= at {
                near.extend(word.asked.iter().filter(|(_, most)| at - start <= *most).map(|(pattern, _)| *pattern));
            }
        }
        near.sort_unstable();
        near
    }

    /// Goes on to `at` with seeing the words that begin before it.
    fn see(&self, bytes: &[u8], at: usize, seen: &mut Seen) {
        work::count(at - seen.end);
        // The last words end behind `at`: whether they are all there is asked when they are used.
        let shown = bytes[seen.end..bytes.len().min(at + HEAD)].windows(HEAD + 1);
        for (start, shown) in (seen.end..at).zip(shown) {
            let head = u32::from_le_bytes([shown[0], shown[1], shown[2], shown[3]]) | SMALL as u32;
            if self.heads.has(head) {
                let shown = eight(&bytes[start..]) | SMALL;
                let words = self.by_head.get(&(head & SHORT)).into_iter().flatten().copied();
                seen.words.extend(
                    words.filter(|word| self.words[*word].stands(&bytes[start..], shown)).map(|word| (start, word)),
                );
            }
        }
        seen.end = at;
    }
}

impl Word {
    fn stands(&self, bytes: &[u8], shown: u64) -> bool {
        (shown ^ self.head) & self.mask == 0
            && bytes.get(..self.text.len()).is_some_and(|text| text.eq_ignore_ascii_case(&self.text))
    }
}

/// The words seen up to a place: tokens stand close together, and what lies before one lies before the next.
#[derive(Debug, Default)]
pub struct Seen {
    /// Where each begins, and which it is.
    words: Vec<(usize, usize)>,
    /// All words that begin from here on, and before `end`, are among them.
    from: usize,
    end: usize,
}

/// Set in bytes, these bits make letters small. What else they change is changed alike on both sides of a comparison.
const SMALL: u64 = 0x2020_2020_2020_2020;
