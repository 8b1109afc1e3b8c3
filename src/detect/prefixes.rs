//! Part of the first lane: literals that begin a token, found by their first three bytes.

use rustc_hash::FxHashMap;

use super::candidates::PatternIx;

/// Literals that begin a token, found by their first three bytes.
#[derive(Debug)]
pub struct Prefixes {
    filter: Box<[u64; 1 << 10]>,
    by_head: FxHashMap<[u8; 3], Vec<(Vec<u8>, PatternIx)>>,
}

impl Prefixes {
    /// Each literal with the pattern that begins with it.
    pub fn new(literals: Vec<(Vec<u8>, PatternIx)>) -> Self {
        let mut filter = Box::new([0; 1 << 10]);
        let mut by_head: FxHashMap<[u8; 3], Vec<_>> = FxHashMap::default();
        for (literal, pattern) in literals {
            let head = [literal[0], literal[1], literal[2]];
            let bit = Self::bit(&head);
            filter[bit >> 6] |= 1 << (bit & 63);
            by_head.entry(head).or_default().push((literal, pattern));
        }
        Self { filter, by_head }
    }

    fn bit(head: &[u8]) -> usize {
        let word = u32::from(head[0]) | u32::from(head[1]) << 8 | u32::from(head[2]) << 16;
        (word.wrapping_mul(0x9e37_79b1) >> 16) as usize
    }

    /// Calls `found` for each pattern whose literal stands at `at`. The caller has seen that 16 bytes follow.
    #[inline]
    pub fn at(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(PatternIx, usize)) {
        let bit = Self::bit(&bytes[at..at + 3]);
        if self.filter[bit >> 6] >> (bit & 63) & 1 == 0 {
            return;
        }
        let head = [bytes[at], bytes[at + 1], bytes[at + 2]];
        for (literal, pattern) in self.by_head.get(&head).into_iter().flatten() {
            if bytes[at..].starts_with(literal) {
                found(*pattern, at);
            }
        }
    }
}
