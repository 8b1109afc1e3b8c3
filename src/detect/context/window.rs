//! The bytes that may decide about a candidate, and no others: nothing here can look further.

use super::{BEFORE, BEHIND};

/// A bounded piece of a blob around an anchor. Offsets into it are its own; `start` is where it begins in the blob.
#[derive(Clone, Copy, Debug)]
pub struct Window<'b> {
    /// Its bytes.
    pub bytes: &'b [u8],
    /// Offset of its first byte in the blob.
    pub start: usize,
    /// Whether the blob ends where it ends.
    pub at_end: bool,
}

impl<'b> Window<'b> {
    /// The window of an anchor at `at`, and the anchor's offset in it.
    pub fn around(bytes: &'b [u8], at: usize) -> (Self, usize) {
        let start = at.saturating_sub(BEFORE);
        let end = bytes.len().min(at + BEHIND);
        // Strictly less: whether a byte follows the window must not be seen at its edge.
        (Self { bytes: &bytes[start..end], start, at_end: end < at + BEHIND }, at - start)
    }

    /// The byte at `at`; `None` behind the end.
    #[inline]
    pub fn get(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// The byte before `at`.
    #[inline]
    pub fn before(&self, at: usize) -> Option<u8> {
        at.checked_sub(1).and_then(|ix| self.get(ix))
    }

    /// Whether `text` stands at `at`.
    #[inline]
    pub fn has(&self, at: usize, text: &[u8]) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(text))
    }

    /// The first offset from `at` on, at most `most` further, that holds no blank.
    pub fn skip_blanks(&self, at: usize, most: usize) -> usize {
        at + self.bytes[at.min(self.bytes.len())..]
            .iter()
            .take(most)
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count()
    }

    /// The same over line breaks.
    pub fn skip_space(&self, at: usize, most: usize) -> usize {
        at + self.bytes[at.min(self.bytes.len())..]
            .iter()
            .take(most)
            .take_while(|byte| byte.is_ascii_whitespace())
            .count()
    }

    /// Where the line of `at` begins, as far as the window tells.
    pub fn line_start(&self, at: usize) -> usize {
        memchr::memrchr(b'\n', &self.bytes[..at]).map_or(0, |newline| newline + 1)
    }

    /// Where the line of `at` ends, as far as the window tells.
    pub fn line_end(&self, at: usize) -> usize {
        memchr::memchr(b'\n', &self.bytes[at..]).map_or(self.bytes.len(), |newline| at + newline)
    }
}
