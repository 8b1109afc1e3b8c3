//! The first lane: literals that begin a credential, looked up by their first bytes wherever a word begins.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{candidates::PatternIx, words::word_starts};

/// All literals of the lane: each of 3 bytes and more, the first of them a word's.
#[derive(Debug)]
pub struct Prefixes {
    /// Of literals of 3 bytes.
    short: Filter,
    /// Of the first 4 bytes of longer ones.
    long: Filter,
    by_head: FxHashMap<[u8; 3], Vec<(Vec<u8>, PatternIx)>>,
}

impl Prefixes {
    /// Each literal with the pattern that begins with it.
    pub fn new(literals: Vec<(Vec<u8>, PatternIx)>) -> Self {
        let (mut short, mut long) = (Filter::default(), Filter::default());
        let mut by_head: FxHashMap<[u8; 3], Vec<_>> = FxHashMap::default();
        for (literal, pattern) in literals {
            match *literal.as_slice() {
                [a, b, c, d, ..] => long.add(u32::from_le_bytes([a, b, c, d])),
                [a, b, c] => short.add(u32::from_le_bytes([a, b, c, 0])),
                _ => unreachable!("a pattern is in this lane with literals of 3 bytes and more"),
            }
            by_head.entry([literal[0], literal[1], literal[2]]).or_default().push((literal, pattern));
        }
        Self { short, long, by_head }
    }

    /// Calls `found` for each place in `zone` where a word begins with a pattern's literal.
    pub fn candidates(&self, bytes: &[u8], zone: Range<usize>, found: &mut impl FnMut(PatternIx, usize)) {
        word_starts(bytes, zone, |at| {
            // A match is longer than what the filters look at.
            let Some(head) = bytes.get(at..at + 4) else { return };
            let head = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
            if self.long.has(head) || self.short.has(head & 0xff_ffff) {
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

/// Says no at once to nearly all that was not added. 8 KiB: it stays in the nearest cache.
#[derive(Debug)]
struct Filter(Box<[u64]>);

/// Bits of a filter, as a power of 2.
const BITS: u32 = 16;

impl Default for Filter {
    fn default() -> Self {
        Self(vec![0; 1 << (BITS - 6)].into_boxed_slice())
    }
}

impl Filter {
    fn add(&mut self, head: u32) {
        let bit = Self::bit(head);
        self.0[bit >> 6] |= 1 << (bit & 63);
    }

    #[inline]
    fn has(&self, head: u32) -> bool {
        let bit = Self::bit(head);
        self.0[bit >> 6] >> (bit & 63) & 1 == 1
    }

    #[inline]
    fn bit(head: u32) -> usize {
        (head.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
    }
}
