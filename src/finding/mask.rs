//! What may be seen of a secret, and of the text around it.
//!
//! Of a random key: the prefix that its rule makes public, and of the rest at most the last 4 bytes and never more than a
//! quarter. Of a password, or of anything that could be completed by guessing: nothing. The number of stars says nothing
//! about the length.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use bstr::ByteSlice;

use super::{guess, printable::printable};
use crate::rule::Kind;

/// Stands for what is not shown.
pub const STARS: &str = "********";

/// Under so many bits, the last bytes of a secret are not shown: they would help a guess.
const SHOW_END_FROM_BITS: f64 = 48.0;

/// Text shown on either side of a secret in its line, in bytes.
const AROUND: usize = 120;

/// Secrets shorter than this are masked where detection saw them, and not wherever the same bytes stand: `test` is a word too.
const MIN_EVERYWHERE: usize = 8;

/// The masked form of a secret whose first `public_prefix` bytes are the same in all secrets of its rule. Printable.
pub fn mask(secret: &[u8], public_prefix: usize, kind: Kind) -> String {
    if let Some(head) = pem_head(secret) {
        return format!("{}…", printable(head));
    }
    if kind == Kind::Password {
        return STARS.to_owned();
    }
    let (prefix, random) = secret.split_at(public_prefix.min(secret.len()));
    let shown = if guess::bits(random) < SHOW_END_FROM_BITS { 0 } else { (random.len() / 4).min(4) };
    let end = &random[random.len() - shown..];
    format!("{}{STARS}{}", printable(prefix), printable(end))
}

/// `-----BEGIN RSA PRIVATE KEY-----` of a PEM block: it says what the block is, and is in every one.
fn pem_head(secret: &[u8]) -> Option<&[u8]> {
    let rest = secret.strip_prefix(b"-----BEGIN ")?;
    let end = rest[..rest.len().min(64)].find(b"-----")?;
    let label = &rest[..end];
    label.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ').then_some(())?;
    Some(&secret[..secret.len() - rest.len() + end + 5])
}

/// A stretch of a text that is not shown as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Byte offsets in the text.
    pub range: Range<usize>,
    /// What is shown instead.
    pub masked: String,
}

/// The line of `text` around the secret at `at` with all of `spans` (sorted by start; those in other lines do no harm) masked.
/// Printable, without indentation, cut at about 120 bytes on either side. `at` must be one of the spans, or is shown.
pub fn excerpt(text: &[u8], at: Range<usize>, spans: &[Span]) -> String {
    // No farther than what is shown: a file may be one line, with a secret in every hundred bytes of it.
    let (nearest, farthest) = (at.start.saturating_sub(AROUND), text.len().min(at.end + AROUND));
    let line_start = text[nearest..at.start].rfind_byte(b'\n').map(|newline| nearest + newline + 1);
    let line_end = text[at.end..farthest].find_byte(b'\n').map(|newline| at.end + newline);
    let cut = line_start.unwrap_or(nearest);
    let start =
        spans.iter().map(|span| &span.range).find(|range| range.contains(&cut)).map_or(cut, |range| range.start);
    let end = line_end.unwrap_or(farthest);
    let mut out = String::new();
    let mut from = start;
    for span in spans.iter().filter(|span| span.range.end > start && span.range.start < end) {
        if span.range.start >= from {
            out.push_str(&shown(&text[from..span.range.start]));
            out.push_str(&span.masked);
        }
        from = from.max(span.range.end);
    }
    out.push_str(&shown(text.get(from..end).unwrap_or_default()));
    let is_cut_before = line_start.is_none() && start > 0 && text[start - 1] != b'\n';
    let is_cut_behind = line_end.is_none() && end < text.len() && text[end] != b'\n';
    let mark = |is_cut: bool| if is_cut { "…" } else { "" };
    format!("{}{}{}", mark(is_cut_before), out.trim(), mark(is_cut_behind))
}

/// Tabs are blanks to a reader.
fn shown(bytes: &[u8]) -> String {
    printable(bytes).replace("\\t", " ").replace("\\r", "")
}

/// Masks known secrets wherever they stand: in subjects, paths, names.
#[derive(Debug, Default)]
pub struct Masker {
    search: Option<AhoCorasick>,
    masked: Vec<String>,
}

impl Masker {
    /// For these secrets and their masked forms.
    pub fn new<'s>(secrets: impl IntoIterator<Item = (&'s [u8], &'s str)>) -> Self {
        let (secrets, masked): (Vec<&[u8]>, Vec<String>) = secrets
            .into_iter()
            .filter(|(secret, _)| secret.len() >= MIN_EVERYWHERE && !secret.contains(&b'\n'))
            .map(|(secret, masked)| (secret, masked.to_owned()))
            .unzip();
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&secrets).ok();
        Self { search: search.filter(|_| !masked.is_empty()), masked }
    }

    /// `text` without the secrets; `None` where it has none.
    pub fn mask(&self, text: &[u8]) -> Option<Vec<u8>> {
        let search = self.search.as_ref()?;
        search.find(text)?;
        Some(search.replace_all_bytes(text, &self.masked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Vec<u8> {
        "ghp_{-}q7Zk1vW9{-}xR3tY5uB{-}8nM2pL4s{-}a1B2c3D4{-}wXyZ".replace("{-}", "").into_bytes()
    }

    #[test]
    fn of_a_random_key_the_prefix_and_four_bytes_are_shown() {
        assert_eq!(mask(&key(), 4, Kind::PersonalAccessToken), "ghp_********wXyZ");
    }

    #[test]
    fn never_more_than_a_quarter_of_the_random_part_is_shown() {
        let masked = mask(b"k_q7Zk1vW9xR3tY", 2, Kind::ApiKey);
        assert_eq!(masked, "k_********3tY");
    }

    #[test]
    fn of_passwords_and_guessable_values_nothing_is_shown() {
        assert_eq!(mask(&key(), 0, Kind::Password), STARS);
        assert_eq!(mask(b"summer-2024", 0, Kind::ApiKey), STARS);
        assert_eq!(mask(b"", 0, Kind::ApiKey), STARS);
        assert_eq!(mask(b"ab", 4, Kind::ApiKey), "ab********");
    }

    #[test]
    fn of_a_pem_block_its_head_is_shown() {
        let head = "-----BEGIN {-}RSA PRIVATE KEY-----".replace("{-}", "");
        assert_eq!(mask(format!("{head}\nMIIE").as_bytes(), 11, Kind::PrivateKey), format!("{head}…"));
        assert_eq!(mask(format!("{head}\\nMIIE").as_bytes(), 11, Kind::PrivateKey), format!("{head}…"));
        let odd = mask(b"-----BEGIN my password-----", 11, Kind::PrivateKey);
        assert!(!odd.contains("password"), "{odd}");
    }

    #[test]
    fn a_line_is_shown_with_every_secret_in_it_masked() {
        let text = b"first\n\tone=AAAA two=BBBB\x1b[2J three\nlast";
        let spans = [
            Span { range: 11..15, masked: "<1>".into() },
            Span { range: 20..24, masked: "<2>".into() },
            Span { range: 38..42, masked: "<3>".into() },
        ];
        assert_eq!(excerpt(text, 20..24, &spans), "one=<1> two=<2>\\x1b[2J three");
    }

    #[test]
    fn a_secret_over_lines_is_masked_whole_and_overlaps_leave_nothing() {
        let text = b"k = \"AAAA\nBBBB\" # CCCC";
        let spans = [
            Span { range: 5..14, masked: "<key>".into() },
            Span { range: 10..12, masked: "<in>".into() },
            Span { range: 18..22, masked: "<c>".into() },
        ];
        assert_eq!(excerpt(text, 5..14, &spans), "k = \"<key>\" # <c>");
    }

    #[test]
    fn a_long_line_is_cut_around_the_secret_and_never_inside_one() {
        let mut text = vec![b'x'; 1000];
        text[500..504].copy_from_slice(b"AAAA");
        let spans = [
            Span { range: 375..385, masked: "<before>".into() },
            Span { range: 500..504, masked: "<a>".into() },
            Span { range: 620..640, masked: "<behind>".into() },
        ];
        let line = excerpt(&text, 500..504, &spans);
        assert!(line.starts_with("…<before>x") && line.ends_with("x<behind>…") && line.contains("x<a>x"), "{line}");
    }

    #[test]
    fn a_known_secret_is_masked_wherever_it_stands() {
        let (key, long) = (key(), [key(), b"2".to_vec()].concat());
        let masker = Masker::new([(&key[..], "<key>"), (&long[..], "<long>"), (b"test", "<short>")]);
        let subject = [b"Use ", &key[..], b" in test, not ", &long[..]].concat();
        assert_eq!(masker.mask(&subject).as_deref(), Some(&b"Use <key> in test, not <long>"[..]));
        assert_eq!(masker.mask(b"test/file.rb"), None);
        assert_eq!(Masker::new([]).mask(b"text"), None);
    }
}
