//! Runs of 16 and more token bytes, found with SIMD at several gigabytes a second.
//!
//! A token byte is one of `[A-Za-z0-9_+/=-]`. Few places of a text have 16 of them in a row with a digit among them, and every
//! key without a prefix does, so whatever number of rules there is, only these places cost more than the time to read them.

use std::ops::Range;

/// Shortest run that is told.
pub const RUN: usize = 16;

const fn token_table() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(byte as u8, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'+' | b'/' | b'=' | b'-');
        byte += 1;
    }
    table
}

/// Which bytes are token bytes.
pub const TOKEN: [bool; 256] = token_table();

/// Calls `found` with each longest run of at least [`RUN`] token bytes inside `range`, in order.
pub fn runs(bytes: &[u8], range: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { x86::runs(bytes, range, &mut found) };
    }
    portable(bytes, range, &mut found);
}

/// The same without SIMD: what other processors use, and what the SIMD code is tested against.
fn portable(bytes: &[u8], range: Range<usize>, found: &mut impl FnMut(Range<usize>)) {
    let mut blocks = Blocks::new(range.clone());
    for block in bytes[range].chunks(64) {
        let mask =
            block.iter().enumerate().fold(0, |mask, (bit, byte)| mask | (u64::from(TOKEN[usize::from(*byte)]) << bit));
        blocks.add(mask, found);
    }
    blocks.finish(found);
}

/// Joins the masks of 64-byte blocks to runs.
struct Blocks {
    at: usize,
    end: usize,
    open: Option<usize>,
}

impl Blocks {
    fn new(range: Range<usize>) -> Self {
        Self { at: range.start, end: range.end, open: None }
    }

    #[inline(always)]
    fn add(&mut self, mut mask: u64, found: &mut impl FnMut(Range<usize>)) {
        let at = self.at;
        self.at += 64;
        if let Some(start) = self.open {
            let ones = mask.trailing_ones() as usize;
            if ones == 64 {
                return;
            }
            self.open = None;
            if at + ones - start >= RUN {
                found(start..at + ones);
            }
            mask &= !((1u64 << ones) - 1);
        }
        let tail = mask.leading_ones() as usize;
        if tail > 0 {
            self.open = Some(at + 64 - tail);
            if tail == 64 {
                return;
            }
            mask &= u64::MAX >> tail;
        }
        // A bit stays set where 16 ones begin.
        let mut starts = mask & (mask >> 1);
        starts &= starts >> 2;
        starts &= starts >> 4;
        starts &= starts >> 8;
        while starts != 0 {
            let start = starts.trailing_zeros() as usize;
            let length = (mask >> start).trailing_ones() as usize;
            found(at + start..at + start + length);
            starts &= !(((1u64 << length) - 1) << start);
        }
    }

    fn finish(self, found: &mut impl FnMut(Range<usize>)) {
        if let Some(start) = self.open {
            let end = self.end.min(self.at);
            if end - start >= RUN {
                found(start..end);
            }
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
    pub unsafe fn runs(bytes: &[u8], range: Range<usize>, found: &mut impl FnMut(Range<usize>)) {
        let mut blocks = Blocks::new(range.clone());
        let mut chunks = bytes[range].chunks_exact(64);
        for chunk in &mut chunks {
            // SAFETY: the chunk has 64 bytes.
            let (low, high) = unsafe {
                (_mm256_loadu_si256(chunk.as_ptr().cast()), _mm256_loadu_si256(chunk.as_ptr().add(32).cast()))
            };
            blocks.add(u64::from(mask(low)) | u64::from(mask(high)) << 32, found);
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            let mut last = [0u8; 64];
            last[..rest.len()].copy_from_slice(rest);
            // SAFETY: the array has 64 bytes.
            let (low, high) =
                unsafe { (_mm256_loadu_si256(last.as_ptr().cast()), _mm256_loadu_si256(last.as_ptr().add(32).cast())) };
            blocks.add(u64::from(mask(low)) | u64::from(mask(high)) << 32, found);
        }
        blocks.finish(found);
    }

    /// One bit for each of 32 bytes: whether it is a token byte. A byte is one when the sets of its two halves have a common
    /// member: 1 is row 2 (`+-/`), 2 row 3 (`0-9=`), 4 rows 4 and 6 (`A-O`, `a-o`), 8 row 5 (`P-Z_`), 16 row 7 (`p-z`).
    #[target_feature(enable = "avx2")]
    fn mask(bytes: __m256i) -> u32 {
        let low_sets = _mm256_setr_epi8(
            26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 5, 4, 7, 4, 13, 26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 5,
            4, 7, 4, 13,
        );
        let high_sets = _mm256_setr_epi8(
            0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0,
        );
        let half = _mm256_set1_epi8(0x0f);
        let low = _mm256_shuffle_epi8(low_sets, _mm256_and_si256(bytes, half));
        let high = _mm256_shuffle_epi8(high_sets, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half));
        let none = _mm256_cmpeq_epi8(_mm256_and_si256(low, high), _mm256_setzero_si256());
        !(_mm256_movemask_epi8(none) as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slow(bytes: &[u8], range: Range<usize>) -> Vec<Range<usize>> {
        let mut all = vec![];
        let mut at = range.start;
        while at < range.end {
            let length = bytes[at..range.end].iter().take_while(|byte| TOKEN[usize::from(**byte)]).count();
            if length >= RUN {
                all.push(at..at + length);
            }
            at += length + 1;
        }
        all
    }

    fn collect(search: impl FnOnce(&mut dyn FnMut(Range<usize>))) -> Vec<Range<usize>> {
        let mut all = vec![];
        search(&mut |run| all.push(run));
        all
    }

    #[test]
    fn simd_tells_token_bytes_from_all_others() {
        for byte in 0..=255u8 {
            let text = [byte; 64];
            let told = collect(|found| runs(&text, 0..64, found));
            assert_eq!(!told.is_empty(), TOKEN[usize::from(byte)], "byte {byte:#x}");
        }
    }

    proptest! {
        #[test]
        fn simd_portable_and_slow_agree(
            words in proptest::collection::vec(("[a-zA-Z0-9_+/=-]{0,80}", any::<u8>()), 0..40),
            cut in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let text: Vec<u8> = words.iter().flat_map(|(word, other)| word.bytes().chain([*other])).collect();
            let (a, b) = (cut.0.index(text.len() + 1), cut.1.index(text.len() + 1));
            let range = a.min(b)..a.max(b);
            let expected = slow(&text, range.clone());
            prop_assert_eq!(&collect(|found| runs(&text, range.clone(), found)), &expected);
            prop_assert_eq!(&collect(|mut found| portable(&text, range.clone(), &mut found)), &expected);
        }
    }
}
