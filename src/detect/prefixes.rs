//! The first lane: literals that begin a credential, looked up by their first bytes wherever a word begins.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{candidates::PatternIx, words::word_starts};

/// Bytes that decide in one look whether a literal may begin at a place.
const HEAD: usize = 4;

/// A filter of 16 KiB stays in the nearest cache.
const BITS: u32 = 17;

/// All literals of the lane: each of 3 bytes and more, the first of them a word's.
#[derive(Debug)]
pub struct Prefixes {
    filter: Box<[u64]>,
    by_head: FxHashMap<[u8; 3], Vec<(Vec<u8>, PatternIx)>>,
}

impl Prefixes {
    /// Each literal with the pattern that begins with it.
    pub fn new(literals: Vec<(Vec<u8>, PatternIx)>) -> Self {
        let mut filter = vec![0; 1 << (BITS - 6)].into_boxed_slice();
        let mut by_head: FxHashMap<[u8; 3], Vec<_>> = FxHashMap::default();
        for (literal, pattern) in literals {
            let mut set = |last: u8| {
                let bit = bit(u32::from_le_bytes([literal[0], literal[1], literal[2], last]));
                filter[bit >> 6] |= 1 << (bit & 63);
            };
            match literal.get(3) {
                Some(last) => set(*last),
                None => (0..=255).for_each(set),
            }
            by_head.entry([literal[0], literal[1], literal[2]]).or_default().push((literal, pattern));
        }
        Self { filter, by_head }
    }

    /// Calls `found` for each place in `zone` where a word begins with a pattern's literal.
    pub fn candidates(&self, bytes: &[u8], zone: Range<usize>, found: &mut impl FnMut(PatternIx, usize)) {
        word_starts(bytes, zone, |at| {
            // A match is longer than what the filter looks at.
            let Some(head) = bytes.get(at..at + HEAD) else { return };
            let bit = bit(u32::from_le_bytes([head[0], head[1], head[2], head[3]]));
            if self.filter[bit >> 6] >> (bit & 63) & 1 == 1 {
                self.at(bytes, at, found);
            }
        });
    }

    #[inline(never)]
    fn at(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(PatternIx, usize)) {
        let head = [bytes[at], bytes[at + 1], bytes[at + 2]];
        for (literal, pattern) in self.by_head.get(&head).into_iter().flatten() {
            if bytes[at..].starts_with(literal) {
                found(*pattern, at);
            }
        }
    }
}

#[inline]
fn bit(head: u32) -> usize {
    (head.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}
