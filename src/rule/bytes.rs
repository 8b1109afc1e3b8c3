//! Which bytes make words and tokens, and sets of bytes.

/// Length of the run of token bytes by which keys without a prefix are found.
pub const RUN: usize = 16;

/// Fewest bytes of a literal by which a pattern is found where a word begins.
pub const HEAD: usize = 3;

const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

/// Which bytes are token bytes: `[A-Za-z0-9_+/=-]`.
pub const TOKEN: [bool; 256] = {
    let mut table = WORD;
    let mut at = 0;
    while at < OTHERS.len() {
        table[OTHERS[at] as usize] = true;
        at += 1;
    }
    table
};

/// Token bytes that belong to no word.
const OTHERS: &[u8] = b"+/=-";

/// A letter, digit or underscore.
#[inline]
pub fn is_word(byte: u8) -> bool {
    WORD[usize::from(byte)]
}

/// A set of byte values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ByteSet(pub [u64; 4]);

impl ByteSet {
    /// Adds a byte.
    pub fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    /// Whether it holds `byte`.
    #[inline]
    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    /// Its members.
    pub fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=255).filter(|byte| self.contains(*byte))
    }
}
