//! Groups of words looked for in one pass over a text, in either case.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Words by group; a group is a bit.
pub struct Lexicon {
    groups: &'static [&'static [&'static str]],
    search: OnceLock<(AhoCorasick, Vec<u32>)>,
}

impl Lexicon {
    /// The groups in the order of their bits, at most 32.
    pub const fn new(groups: &'static [&'static [&'static str]]) -> Self {
        Self { groups, search: OnceLock::new() }
    }

    /// The groups of which a word stands in `text`, one bit each.
    pub fn said(&self, text: &[u8]) -> u32 {
        let (search, bits) = self.search.get_or_init(|| {
            let words =
                self.groups.iter().enumerate().flat_map(|(bit, words)| words.iter().map(move |word| (1 << bit, word)));
            let (bits, words): (Vec<u32>, Vec<&str>) = words.unzip();
            let search = AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::DFA))
                .build(words)
                .expect("a few hundred short words");
            (search, bits)
        });
        search.find_overlapping_iter(text).fold(0, |said, word| said | bits[word.pattern().as_usize()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_groups_are_told_whose_words_overlap() {
        static LEXICON: Lexicon = Lexicon::new(&[&["user"], &["username", "x"], &["name"], &["mail"]]);
        assert_eq!(LEXICON.said(b"my UserName"), 0b111);
        assert_eq!(LEXICON.said(b"nothing"), 0);
    }
}
