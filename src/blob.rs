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

/// The bytes around a place that decide what is found there: so many before it, so many from it on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reach {
    /// Bytes before.
    pub before: usize,
    /// Bytes from the place on.
    pub behind: usize,
}

impl Reach {
    /// What decides where both do.
    pub fn and(self, other: Self) -> Self {
        Self { before: self.before.max(other.before), behind: self.behind.max(other.behind) }
    }
}

impl Copied {
    /// The places of it, as offsets in the blob, around which all that decides lies inside the copy: there is found what was
    /// found in the base. What begins both blobs has nothing before it in either. Empty, or less, where there is none.
    pub fn inner(&self, reach: Reach) -> Range<usize> {
        let start = if self.at == 0 && self.from == 0 { 0 } else { self.at + reach.before };
        start..(self.at + self.len + 1).saturating_sub(reach.behind.max(1))
    }

    /// Whether a place is one of these.
    pub fn holds(&self, at: usize, reach: Reach) -> bool {
        self.inner(reach).contains(&at)
    }
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

    /// Ranges of `bytes` (sorted, disjoint) as ranges of [`Reading::text`]. A character counts as where its first byte stands.
    pub fn in_text<'r>(self, bytes: &[u8], ranges: &'r [Range<usize>]) -> Cow<'r, [Range<usize>]> {
        let unit: fn([u8; 2]) -> u16 = match self {
            Self::Text | Self::Binary => return Cow::Borrowed(ranges),
            Self::Utf16Le => u16::from_le_bytes,
            Self::Utf16Be => u16::from_be_bytes,
        };
        let mut wanted = ranges.iter().flat_map(|range| [range.start, range.end]).peekable();
        let mut ends = Vec::with_capacity(2 * ranges.len());
        let (mut at, mut in_text) = (0, 0);
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        for char in char::decode_utf16(units) {
            at += char.as_ref().map_or(2, |char| 2 * char.len_utf16());
            while wanted.next_if(|wanted| *wanted < at).is_some() {
                ends.push(in_text);
            }
            in_text += char.unwrap_or(char::REPLACEMENT_CHARACTER).len_utf8();
        }
        ends.extend(wanted.map(|_| in_text));
        Cow::Owned(ends.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_utf16_are_found_in_its_text() {
        let text = "\u{feff}a\u{e9}\u{1f511}\u{20ac}z";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let at = |char: char| {
            let in_text = text.find(char).unwrap();
            let in_bytes = 2 * text[..in_text].encode_utf16().count();
            (in_bytes..in_bytes + 2 * char.len_utf16(), in_text..in_text + char.len_utf8())
        };
        let (in_bytes, in_text): (Vec<_>, Vec<_>) = "a\u{1f511}z".chars().map(at).unzip();
        assert_eq!(*Reading::Utf16Le.in_text(&bytes, &in_bytes), in_text);
        assert_eq!(*Reading::Text.in_text(&bytes, &in_bytes), in_bytes);
        // From the middle of a character on, and beyond the end.
        let beyond = std::slice::from_ref(&(3..100));
        assert_eq!(Reading::Utf16Le.in_text(&bytes, beyond).first(), Some(&(3..text.len())));
    }
}
