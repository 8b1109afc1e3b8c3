//! The lane of context: where a word stands that may name a secret, in either case, found at several gigabytes a second.
//!
//! Three bytes of each word are compared, 32 places at once: every byte's two halves select a set of words, and a place
//! survives where the sets of three bytes in a row have a common member. What survives is compared byte by byte.

use std::ops::Range;

/// Sets of words that one bit stands for; a letter stands for both cases. Words share a bit where their mixtures are rare: with
/// these, 21,000 places survive in 8 MB of code, of which 20,000 hold a word; with others it was five times as many.
const BITS: [&[&[u8; 3]]; 8] = [
    &[b"cre"],
    &[b"sic", b"sec"],
    &[b"tok"],
    &[b"key", b"://"],
    &[b"rer"],
    &[b"ied", b"aut"],
    &[b"pwd", b"-u "],
    &[b"pas", b"_pw"],
];

/// Calls `found` with every place in `zone` at which three bytes of a word stand, in order.
#[inline]
pub fn places(bytes: &[u8], zone: Range<usize>, mut found: impl FnMut(usize)) {
    #[cfg(target_arch = "x86_64")]
    if crate::detect::blocks::has_avx2() {
        // SAFETY: the processor has AVX2 and what comes with it.
        return unsafe { x86::places(bytes, zone, &mut found) };
    }
    portable(bytes, zone, &mut found);
}

/// Which words a byte fits, for the first, second and third byte of a word.
const SETS: [[u8; 256]; 3] = {
    let mut sets = [[0; 256]; 3];
    let mut bit = 0;
    while bit < 8 {
        let mut word = 0;
        while word < BITS[bit].len() {
            let mut at = 0;
            while at < 3 {
                let byte = BITS[bit][word][at];
                sets[at][byte as usize] |= 1 << bit;
                sets[at][byte.to_ascii_uppercase() as usize] |= 1 << bit;
                at += 1;
            }
            word += 1;
        }
        bit += 1;
    }
    sets
};

#[inline]
fn fits(bytes: &[u8], at: usize) -> bool {
    SETS[0][usize::from(bytes[at])] & SETS[1][usize::from(bytes[at + 1])] & SETS[2][usize::from(bytes[at + 2])] != 0
}

fn portable(bytes: &[u8], zone: Range<usize>, found: &mut impl FnMut(usize)) {
    for at in zone.start..zone.end.min(bytes.len().saturating_sub(2)) {
        if fits(bytes, at) {
            found(at);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::{arch::x86_64::*, ops::Range};

    use super::SETS;

    /// The sets of the bytes with each low half, and with each high half: a byte's set is within the common part of both.
    const HALVES: [[[u8; 16]; 2]; 3] = {
        let mut halves = [[[0; 16]; 2]; 3];
        let mut at = 0;
        while at < 3 {
            let mut byte = 0;
            while byte < 256 {
                halves[at][0][byte & 15] |= SETS[at][byte];
                halves[at][1][byte >> 4] |= SETS[at][byte];
                byte += 1;
            }
            at += 1;
        }
        halves
    };

    /// The words that each byte of a block fits.
    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
    fn sets(block: __m256i, (low, high): (__m256i, __m256i), nibble: __m256i) -> __m256i {
        let high_half = _mm256_and_si256(_mm256_srli_epi16(block, 4), nibble);
        _mm256_and_si256(
            _mm256_shuffle_epi8(low, _mm256_and_si256(block, nibble)),
            _mm256_shuffle_epi8(high, high_half),
        )
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
    fn table(half: &[u8; 16]) -> __m256i {
        // SAFETY: the table has 16 bytes.
        unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(half.as_ptr().cast())) }
    }

    /// # Safety
    /// The processor must have AVX2.
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
    pub unsafe fn places(bytes: &[u8], zone: Range<usize>, found: &mut impl FnMut(usize)) {
        let [first, second, third] = &HALVES;
        let tables = [
            (table(&first[0]), table(&first[1])),
            (table(&second[0]), table(&second[1])),
            (table(&third[0]), table(&third[1])),
        ];
        let nibble = _mm256_set1_epi8(0x0f);
        let mut at = zone.start;
        while at < zone.end && at + 34 <= bytes.len() {
            // SAFETY: 34 bytes follow.
            let load = |offset: usize| unsafe { _mm256_loadu_si256(bytes.as_ptr().add(at + offset).cast()) };
            let first = sets(load(0), tables[0], nibble);
            let second = sets(load(1), tables[1], nibble);
            let third = sets(load(2), tables[2], nibble);
            let common = _mm256_and_si256(_mm256_and_si256(first, second), third);
            let none = _mm256_cmpeq_epi8(common, _mm256_setzero_si256());
            let mut mask = !(_mm256_movemask_epi8(none) as u32);
            while mask != 0 {
                let place = at + mask.trailing_zeros() as usize;
                mask &= mask - 1;
                if place < zone.end && super::fits(bytes, place) {
                    found(place);
                }
            }
            at += 32;
        }
        super::portable(bytes, at.min(zone.end)..zone.end, found);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn collect(search: impl FnOnce(&mut dyn FnMut(usize))) -> Vec<usize> {
        let mut all = vec![];
        search(&mut |at| all.push(at));
        all
    }

    proptest! {
        #[test]
        fn simd_and_portable_agree(
            text in "(pas|PWD|sEc|tok|key|[a-z:/ -]{1,40}|://|-u |rer){0,30}",
            cut in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let bytes = text.as_bytes();
            let (a, b) = (cut.0.index(bytes.len() + 1), cut.1.index(bytes.len() + 1));
            let zone = a.min(b)..a.max(b);
            prop_assert_eq!(
                collect(|found| places(bytes, zone.clone(), found)),
                collect(|found| portable(bytes, zone.clone(), &mut |at| found(at)))
            );
        }
    }

    #[test]
    fn every_word_is_found_in_either_case() {
        for word in BITS.concat() {
            for text in [word.to_ascii_lowercase(), word.to_ascii_uppercase()] {
                let bytes =
                    [b"................................".as_slice(), &text, b"................................"]
                        .concat();
                assert_eq!(collect(|found| places(&bytes, 0..bytes.len(), found)), [32]);
            }
        }
    }
}
