//! The places of a text at which something may begin: words, tokens, and bytes that a literal is known by.
//!
//! One pass over the text tells them all. A word begins at a letter, digit or underscore that follows something else, or an
//! escape (`\n`, `%3D`, `\u003d`). A token begins at [`RUN`] token bytes in a row that follow no letter, digit or underscore,
//! or an escape, and that hold a digit: every key without a prefix does, and few other things do.

use std::ops::Range;

use super::{
    blocks::{Classes, Masks, has_avx2},
    boundary::{LOOK_BACK, behind_escape},
};
use crate::rule::bytes::{RUN, TOKEN, is_word};

/// Whether a place is a candidate is decided by so many bytes from it on, and by [`LOOK_BACK`] before it. More would let pass
/// fewer of the long names that are no keys; less would make more of what lies around an edit known beforehand.
pub const AHEAD: usize = 48;

/// Begins an escape.
pub const ESCAPES: [u8; 2] = [b'\\', b'%'];

/// What is told of a text.
pub trait Visitor {
    /// A word begins here.
    fn word(&mut self, at: usize);
    /// A token begins here, and [`AHEAD`] bytes show a digit of it or no end.
    fn token(&mut self, at: usize);
    /// One of the marks stands here.
    fn mark(&mut self, at: usize);
}

/// Tells all places in `zone`. Which they are does not depend on where a zone begins or ends. `classes` has the [`ESCAPES`]
/// among its marks; they are not told.
#[inline]
pub fn places(classes: &Classes, bytes: &[u8], zone: Range<usize>, visitor: &mut impl Visitor) {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has AVX2 and what comes with it.
        return unsafe { avx2(classes, bytes, zone, visitor) };
    }
    portable(classes, bytes, zone, visitor);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
fn avx2(classes: &Classes, bytes: &[u8], zone: Range<usize>, visitor: &mut impl Visitor) {
    // SAFETY: the processor has AVX2, as the caller made sure.
    Blocks { bytes, zone }.each(|block| unsafe { classes.avx2(block) }, visitor);
}

fn portable(classes: &Classes, bytes: &[u8], zone: Range<usize>, visitor: &mut impl Visitor) {
    Blocks { bytes, zone }.each(|block| classes.portable(block), visitor);
}

struct Blocks<'b> {
    bytes: &'b [u8],
    zone: Range<usize>,
}

impl Blocks<'_> {
    /// Begins so far before the zone that an escape which ends in it is seen.
    #[inline(always)]
    fn each(&self, masks_of: impl Fn(&[u8; 64]) -> Masks, visitor: &mut impl Visitor) {
        let mut at = self.zone.start.saturating_sub(LOOK_BACK);
        let mut word_before = at > 0 && is_word(self.bytes[at - 1]);
        let mut masks = self.block(at, &masks_of);
        while at < self.zone.end {
            // Behind the zone only what goes on with a token is of interest.
            let more = at + 64 < self.zone.end || masks.tokens >> 63 == 1;
            let next = if more { self.block(at + 64, &masks_of) } else { Masks::default() };
            self.tell(at, &masks, &next, word_before, visitor);
            word_before = masks.words >> 63 == 1;
            masks = next;
            at += 64;
        }
    }

    #[inline(always)]
    fn block(&self, at: usize, masks_of: &impl Fn(&[u8; 64]) -> Masks) -> Masks {
        let rest = self.bytes.get(at..).unwrap_or_default();
        match rest.first_chunk::<64>() {
            Some(block) => masks_of(block),
            None => {
                let mut last = [0; 64];
                last[..rest.len()].copy_from_slice(rest);
                masks_of(&last)
            }
        }
    }

    #[inline(always)]
    fn tell(&self, at: usize, masks: &Masks, next: &Masks, word_before: bool, visitor: &mut impl Visitor) {
        let mut valid = u64::MAX << self.zone.start.saturating_sub(at);
        if self.zone.end - at < 64 {
            valid &= (1 << (self.zone.end - at)) - 1;
        }
        let opens = !(masks.words << 1 | u64::from(word_before)) & valid;
        let mut words = masks.words & opens;
        while words != 0 {
            visitor.word(at + words.trailing_zeros() as usize);
            words &= words - 1;
        }
        let run = u128::from(masks.tokens) | u128::from(next.tokens) << 64;
        let mut tokens = run_starts(run) & opens;
        while tokens != 0 {
            let bit = tokens.trailing_zeros();
            let length = (run >> bit).trailing_ones();
            let digits = (u128::from(masks.digits) | u128::from(next.digits) << 64) >> bit;
            if length >= AHEAD as u32 || digits & ((1 << length) - 1) != 0 {
                visitor.token(at + bit as usize);
            }
            tokens &= tokens - 1;
        }
        let mut marks = masks.marks;
        while marks != 0 {
            let mark = at + marks.trailing_zeros() as usize;
            if ESCAPES.contains(&self.bytes[mark]) {
                self.behind(mark, visitor);
            } else if self.zone.contains(&mark) {
                visitor.mark(mark);
            }
            marks &= marks - 1;
        }
    }

    /// What begins behind an escape whose last byte is that of a word.
    fn behind(&self, escape: usize, visitor: &mut impl Visitor) {
        let bytes = self.bytes;
        for length in [2, 3, 4, 6] {
            let at = escape + length;
            if !self.zone.contains(&at) || !is_word(bytes[at - 1]) || !behind_escape(bytes, at) {
                continue;
            }
            if is_word(bytes[at]) {
                visitor.word(at);
            }
            let ahead = &bytes[at..bytes.len().min(at + AHEAD)];
            let token = ahead.iter().position(|byte| !TOKEN[usize::from(*byte)]).unwrap_or(ahead.len());
            if token == AHEAD || token >= RUN && ahead[..token].iter().any(u8::is_ascii_digit) {
                visitor.token(at);
            }
        }
    }
}

/// A bit where [`RUN`] ones begin.
#[inline(always)]
fn run_starts(mut ones: u128) -> u64 {
    ones &= ones >> 1;
    ones &= ones >> 2;
    ones &= ones >> 4;
    (ones & (ones >> 8)) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{detect::boundary::may_start, rule::Boundary};

    #[derive(Debug, Default, PartialEq, Eq)]
    struct Told {
        words: Vec<usize>,
        tokens: Vec<usize>,
        marks: Vec<usize>,
    }

    impl Visitor for Told {
        fn word(&mut self, at: usize) {
            self.words.push(at);
        }
        fn token(&mut self, at: usize) {
            self.tokens.push(at);
        }
        fn mark(&mut self, at: usize) {
            self.marks.push(at);
        }
    }

    impl Told {
        fn by(tell: impl FnOnce(&mut Self)) -> Self {
            let mut told = Self::default();
            tell(&mut told);
            for places in [&mut told.words, &mut told.tokens] {
                places.sort_unstable();
                places.dedup();
            }
            told
        }
    }

    fn slow(bytes: &[u8], zone: Range<usize>) -> Told {
        let opens = |at: &usize| may_start(bytes, *at, Boundary::Word);
        let token = |at: &usize| {
            let shown: Vec<u8> =
                bytes[*at..].iter().copied().take(AHEAD).take_while(|byte| TOKEN[usize::from(*byte)]).collect();
            shown.len() == AHEAD || shown.len() >= RUN && shown.iter().any(u8::is_ascii_digit)
        };
        Told {
            words: zone.clone().filter(|at| is_word(bytes[*at]) && opens(at)).collect(),
            tokens: zone.clone().filter(|at| opens(at) && token(at)).collect(),
            marks: zone.filter(|at| b"~:".contains(&bytes[*at])).collect(),
        }
    }

    proptest! {
        #[test]
        fn simd_portable_and_slow_agree(
            words in proptest::collection::vec((r"[a-zA-Z0-9_ \\%nxu3d/+=:~-]{0,80}|[a-z/]{10,40}", any::<u8>()), 0..40),
            cut in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let text: Vec<u8> = words.iter().flat_map(|(word, other)| word.bytes().chain([*other])).collect();
            let (a, b) = (cut.0.index(text.len() + 1), cut.1.index(text.len() + 1));
            let zone = a.min(b)..a.max(b);
            let classes = Classes::new(b"~:\\%");
            let expected = slow(&text, zone.clone());
            prop_assert_eq!(&Told::by(|told| places(&classes, &text, zone.clone(), told)), &expected);
            prop_assert_eq!(&Told::by(|told| portable(&classes, &text, zone.clone(), told)), &expected);
        }
    }
}
