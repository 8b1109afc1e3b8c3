//! A blob is bytes to look at, with the parts of them that nobody has looked at yet.

use std::{borrow::Cow, ops::Range};

/// Bytes to scan. Where they come from is the caller's to remember: detection knows no path.
#[derive(Clone, Copy, Debug)]
pub struct Blob<'a> {
    /// The whole content.
    pub bytes: &'a [u8],
    /// Which of it is new.
    pub fresh: Fresh<'a>,
}

/// Which bytes of a blob have not been scanned before.
#[derive(Clone, Copy, Debug)]
pub enum Fresh<'a> {
    /// All of them.
    All,
    /// These ranges (sorted, disjoint); the rest is context, such as the unchanged lines of a staged file.
    Ranges(&'a [Range<usize>]),
    /// All but these ranges, which were copied from a base that was scanned before: what was found there is inherited.
    Copied(&'a [Copied]),
}

/// A range of a blob that stands in its delta base as well. Sorted by `at`, disjoint, maximal: neighbours that are
/// contiguous in both blob and base are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Offset in this blob.
    pub at: usize,
    /// Offset in the base.
    pub from: usize,
    /// Length in bytes.
    pub len: usize,
}

/// How the bytes of a blob are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// Text in an ASCII-compatible encoding.
    #[default]
    Text,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// Anything with NUL bytes that is not UTF-16: only formats with a distinctive prefix are looked for.
    Binary,
}

/// Bytes at the start of a blob that decide how it is read, as in git.
pub const SNIFF: usize = 8000;

impl Reading {
    /// The bytes as they are searched: UTF-16 as UTF-8, anything else as it is. Lone surrogates become U+FFFD.
    pub fn text(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        let unit: fn([u8; 2]) -> u16 = match self {
            Self::Text | Self::Binary => return Cow::Borrowed(bytes),
            Self::Utf16Le => u16::from_le_bytes,
            Self::Utf16Be => u16::from_be_bytes,
        };
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: String = char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Cow::Owned(text.into_bytes())
    }

    /// Decides from the first [`SNIFF`] bytes.
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => return Self::Utf16Le,
            [0xfe, 0xff, ..] => return Self::Utf16Be,
            _ => {}
        }
        let head = &bytes[..bytes.len().min(SNIFF)];
        if memchr::memchr(0, head).is_none() {
            return Self::Text;
        }
        // Mostly-ASCII UTF-16 without a byte order mark has a NUL in nearly every second byte and none in the others.
        let pairs = head.len() / 2;
        let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
        let (even, odd) = (zeros(0), zeros(1));
        if pairs >= 8 && even == 0 && odd * 10 >= pairs * 9 {
            Self::Utf16Le
        } else if pairs >= 8 && odd == 0 && even * 10 >= pairs * 9 {
            Self::Utf16Be
        } else {
            Self::Binary
        }
    }
}
