//! Four questions about each byte of a text, answered for 64 of them at a time.
//!
//! A class is any set of ASCII bytes. A byte belongs to it when the table of its low half has the bit of its high half: two
//! look-ups that a vector register does for 32 bytes at once, whatever the set.

use crate::rule::bytes::{TOKEN, is_word};

/// One bit for each of 64 bytes, the first byte's lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    /// Letters, digits and the underscore.
    pub words: u64,
    /// `[A-Za-z0-9_+/=-]`.
    pub tokens: u64,
    /// Digits.
    pub digits: u64,
    /// Bytes that somebody asked for.
    pub marks: u64,
}

/// The tables of the classes.
#[derive(Clone, Debug)]
pub struct Classes {
    words: Half,
    tokens: Half,
    digits: Half,
    marks: Half,
}

/// Whether the processor has AVX2 and the instructions on bits that every processor with AVX2 has.
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn has_avx2() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx2") && has!("bmi1") && has!("bmi2") && has!("popcnt") && has!("lzcnt")
}

/// For each low half of a byte: bit `n` tells whether the byte with the high half `n` belongs to the class.
type Half = [u8; 16];

fn half(belongs: impl Fn(u8) -> bool) -> Half {
    let mut table = [0; 16];
    for byte in (0..0x80u8).filter(|byte| belongs(*byte)) {
        table[usize::from(byte & 15)] |= 1 << (byte >> 4);
    }
    table
}

impl Classes {
    /// Classes with these marks; bytes beyond ASCII belong to none.
    pub fn new(marks: &[u8]) -> Self {
        Self {
            words: half(is_word),
            tokens: half(|byte| TOKEN[usize::from(byte)]),
            digits: half(|byte| byte.is_ascii_digit()),
            marks: half(|b| marks.contains(&b)),
        }
    }

    /// The masks of a block without SIMD: what other processors use, and what the SIMD code is tested against.
    pub fn portable(&self, block: &[u8; 64]) -> Masks {
        let mask = |table: &Half| {
            let belongs = |byte: u8| byte < 0x80 && table[usize::from(byte & 15)] >> (byte >> 4) & 1 == 1;
            block.iter().enumerate().fold(0, |mask, (bit, byte)| mask | u64::from(belongs(*byte)) << bit)
        };
        self.masks(mask)
    }

    #[inline(always)]
    fn masks(&self, mask: impl Fn(&Half) -> u64) -> Masks {
        Masks {
            words: mask(&self.words),
            tokens: mask(&self.tokens),
            digits: mask(&self.digits),
            marks: mask(&self.marks),
        }
    }

    /// The same with AVX2.
    ///
    /// # Safety
    /// The processor must have AVX2.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
    #[inline]
    pub unsafe fn avx2(&self, block: &[u8; 64]) -> Masks {
        use std::arch::x86_64::*;
        // SAFETY: the block has 64 bytes.
        let (low, high) =
            unsafe { (_mm256_loadu_si256(block.as_ptr().cast()), _mm256_loadu_si256(block.as_ptr().add(32).cast())) };
        let (low, high) = (halves(low), halves(high));
        let mask = |table: &Half| u64::from(members(table, low)) | u64::from(members(table, high)) << 32;
        self.masks(mask)
    }
}

/// The low halves of 32 bytes, and the bits of their high halves; none for a byte beyond ASCII.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
#[inline]
fn halves(bytes: std::arch::x86_64::__m256i) -> (std::arch::x86_64::__m256i, std::arch::x86_64::__m256i) {
    use std::arch::x86_64::*;
    let bits = _mm256_setr_epi8(
        1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0,
    );
    let half = _mm256_set1_epi8(0x0f);
    let high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
    (_mm256_and_si256(bytes, half), _mm256_shuffle_epi8(bits, high))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
#[inline]
fn members(table: &Half, (low, high): (std::arch::x86_64::__m256i, std::arch::x86_64::__m256i)) -> u32 {
    use std::arch::x86_64::*;
    // SAFETY: the table has 16 bytes.
    let table = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) });
    let none = _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(table, low), high), _mm256_setzero_si256());
    !(_mm256_movemask_epi8(none) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_in_the_classes_it_belongs_to() {
        let classes = Classes::new(b"~%\\");
        for byte in 0..=255u8 {
            let all = |yes: bool| if yes { u64::MAX } else { 0 };
            let expected = Masks {
                words: all(is_word(byte)),
                tokens: all(TOKEN[usize::from(byte)]),
                digits: all(byte.is_ascii_digit()),
                marks: all(b"~%\\".contains(&byte)),
            };
            assert_eq!(classes.portable(&[byte; 64]), expected, "byte {byte:#x}");
            #[cfg(target_arch = "x86_64")]
            if has_avx2() {
                // SAFETY: the processor has AVX2 and what comes with it.
                assert_eq!(unsafe { classes.avx2(&[byte; 64]) }, expected, "byte {byte:#x}");
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    proptest::proptest! {
        #[test]
        fn simd_and_portable_agree(block in proptest::array::uniform32(proptest::prelude::any::<(u8, u8)>())) {
            if !has_avx2() {
                return Ok(());
            }
            let classes = Classes::new(b"~:\\");
            let block: [u8; 64] = std::array::from_fn(|ix| if ix % 2 == 0 { block[ix / 2].0 } else { block[ix / 2].1 & 0x7f });
            // SAFETY: the processor has AVX2 and what comes with it.
            proptest::prop_assert_eq!(unsafe { classes.avx2(&block) }, classes.portable(&block));
        }
    }
}
