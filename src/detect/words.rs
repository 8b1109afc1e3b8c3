//! Places where a word begins, found with SIMD: a letter, digit or underscore that follows something else, or an escape
//! (`\n`, `%3D`, `\u003d`). There, and only there, the prefixes of credentials are looked up.

use std::ops::Range;

use super::boundary::{LOOK_BACK, behind_escape, is_word};

/// Calls `found` with every place in `range` where a word begins.
pub fn word_starts(bytes: &[u8], range: Range<usize>, mut found: impl FnMut(usize)) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { x86::word_starts(bytes, range, &mut found) };
    }
    portable(bytes, range, &mut found);
}

/// The same without SIMD: what other processors use, and what the SIMD code is tested against.
fn portable(bytes: &[u8], range: Range<usize>, found: &mut impl FnMut(usize)) {
    let mut blocks = Blocks::new(bytes, &range);
    for block in bytes[blocks.at..range.end].chunks(64) {
        let mask = |wanted: fn(u8) -> bool| {
            block.iter().enumerate().fold(0, |mask, (bit, byte)| mask | (u64::from(wanted(*byte)) << bit))
        };
        blocks.add(bytes, &range, mask(is_word), mask(|byte| byte == b'\\' || byte == b'%'), found);
    }
}

/// Finds word starts in the masks of 64-byte blocks.
struct Blocks {
    at: usize,
    word_before: bool,
}

impl Blocks {
    /// Begins so far before the range that an escape which ends in it is seen.
    fn new(bytes: &[u8], range: &Range<usize>) -> Self {
        let at = range.start.saturating_sub(LOOK_BACK);
        Self { at, word_before: at > 0 && is_word(bytes[at - 1]) }
    }

    #[inline(always)]
    fn add(&mut self, bytes: &[u8], range: &Range<usize>, words: u64, escapes: u64, found: &mut impl FnMut(usize)) {
        let at = self.at;
        let mut starts = words & !(words << 1 | u64::from(self.word_before));
        self.word_before = words >> 63 == 1;
        self.at += 64;
        while starts != 0 {
            let start = at + starts.trailing_zeros() as usize;
            if range.contains(&start) {
                found(start);
            }
            starts &= starts - 1;
        }
        let mut escapes = escapes;
        while escapes != 0 {
            behind(bytes, range, at + escapes.trailing_zeros() as usize, found);
            escapes &= escapes - 1;
        }
    }
}

/// Words that begin behind an escape which begins at `escape`.
#[cold]
fn behind(bytes: &[u8], range: &Range<usize>, escape: usize, found: &mut impl FnMut(usize)) {
    for length in [2, 3, 4, 6] {
        let at = escape + length;
        if range.contains(&at) && is_word(bytes[at]) && is_word(bytes[at - 1]) && behind_escape(bytes, at) {
            found(at);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::{arch::x86_64::*, ops::Range};

    use super::Blocks;

    /// # Safety
    /// The processor must have AVX2.
    #[target_feature(enable = "avx2")]
    pub unsafe fn word_starts(bytes: &[u8], range: Range<usize>, found: &mut impl FnMut(usize)) {
        let mut blocks = Blocks::new(bytes, &range);
        let mut chunks = bytes[blocks.at..range.end].chunks_exact(64);
        for chunk in &mut chunks {
            // SAFETY: the chunk has 64 bytes.
            let (low, high) = unsafe {
                (_mm256_loadu_si256(chunk.as_ptr().cast()), _mm256_loadu_si256(chunk.as_ptr().add(32).cast()))
            };
            add(&mut blocks, bytes, &range, low, high, found);
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            let mut last = [0u8; 64];
            last[..rest.len()].copy_from_slice(rest);
            // SAFETY: the array has 64 bytes.
            let (low, high) =
                unsafe { (_mm256_loadu_si256(last.as_ptr().cast()), _mm256_loadu_si256(last.as_ptr().add(32).cast())) };
            add(&mut blocks, bytes, &range, low, high, found);
        }
    }

    #[target_feature(enable = "avx2")]
    fn add(
        blocks: &mut Blocks,
        bytes: &[u8],
        range: &Range<usize>,
        low: __m256i,
        high: __m256i,
        found: &mut impl FnMut(usize),
    ) {
        let both = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        blocks.add(bytes, range, both(words(low), words(high)), both(escapes(low), escapes(high)), found);
    }

    /// One bit for each of 32 bytes: whether it is a letter, digit or underscore.
    #[target_feature(enable = "avx2")]
    fn words(bytes: __m256i) -> u32 {
        // Setting bit 5 makes letters small; what else that moves into their range is none, and `_` is asked for by itself.
        let small = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
        let letter = within(small, b'a', b'z');
        let digit = within(bytes, b'0', b'9');
        let underscore = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'_' as i8));
        _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(letter, digit), underscore)) as u32
    }

    /// Bytes of 0x80 and more are negative here, and so below every bound.
    #[target_feature(enable = "avx2")]
    fn within(bytes: __m256i, first: u8, last: u8) -> __m256i {
        let above = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(first as i8 - 1));
        let below = _mm256_cmpgt_epi8(_mm256_set1_epi8(last as i8 + 1), bytes);
        _mm256_and_si256(above, below)
    }

    #[target_feature(enable = "avx2")]
    fn escapes(bytes: __m256i) -> u32 {
        let backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\' as i8));
        let percent = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'%' as i8));
        _mm256_movemask_epi8(_mm256_or_si256(backslash, percent)) as u32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{detect::boundary::may_start, rule::Boundary};

    fn slow(bytes: &[u8], range: Range<usize>) -> Vec<usize> {
        range.filter(|at| is_word(bytes[*at]) && may_start(bytes, *at, Boundary::Word)).collect()
    }

    fn collect(search: impl FnOnce(&mut dyn FnMut(usize))) -> Vec<usize> {
        let mut all = vec![];
        search(&mut |at| all.push(at));
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn simd_tells_word_bytes_from_all_others() {
        for byte in 0..=255u8 {
            let text = [b' ', byte];
            assert_eq!(collect(|found| word_starts(&text, 0..2, found)), slow(&text, 0..2), "byte {byte:#x}");
        }
    }

    proptest! {
        #[test]
        fn simd_portable_and_slow_agree(
            words in proptest::collection::vec((r"[a-zA-Z0-9_ \\%nxu3d-]{0,80}", any::<u8>()), 0..40),
            cut in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let text: Vec<u8> = words.iter().flat_map(|(word, other)| word.bytes().chain([*other])).collect();
            let (a, b) = (cut.0.index(text.len() + 1), cut.1.index(text.len() + 1));
            let range = a.min(b)..a.max(b);
            let expected = slow(&text, range.clone());
            prop_assert_eq!(&collect(|found| word_starts(&text, range.clone(), found)), &expected);
            prop_assert_eq!(&collect(|mut found| portable(&text, range.clone(), &mut found)), &expected);
        }
    }
}
