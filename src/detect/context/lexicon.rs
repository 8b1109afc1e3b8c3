//! Groups of words looked for in one pass over a text.

use std::sync::OnceLock;

use aho_corasick::{
    Anchored, MatchKind,
    automaton::{Automaton, StateID},
    dfa::{Builder, DFA},
};

/// Words by group; a group is a bit.
pub struct Lexicon {
    groups: &'static [&'static [&'static str]],
    either_case: bool,
    search: OnceLock<Search>,
}

/// An automaton of all words, and the groups of each word.
struct Search {
    states: DFA,
    start: StateID,
    bits: Vec<u32>,
}

impl Lexicon {
    /// The groups in the order of their bits, at most 32. Words count in either case.
    pub const fn new(groups: &'static [&'static [&'static str]]) -> Self {
        Self { groups, either_case: true, search: OnceLock::new() }
    }

    /// The same for words that count as they are written.
    pub const fn exact(groups: &'static [&'static [&'static str]]) -> Self {
        Self { groups, either_case: false, search: OnceLock::new() }
    }

    /// The groups of which a word stands in `text`, one bit each.
    pub fn said(&self, text: &[u8]) -> u32 {
        self.said_apart(text, 0)[1]
    }

    /// The groups of which a word ends before `at`, and those of which one ends behind it. No word holds a line break, so that
    /// at the start of a line the second are those that stand behind it.
    pub fn said_apart(&self, text: &[u8], at: usize) -> [u32; 2] {
        let search = self.search.get_or_init(|| Search::new(self.groups, self.either_case));
        let (before, behind) = text.split_at(at);
        let mut state = search.start;
        [search.said(before, &mut state), search.said(behind, &mut state)]
    }
}

impl Search {
    fn new(groups: &[&[&str]], either_case: bool) -> Self {
        let words = groups.iter().enumerate().flat_map(|(bit, words)| words.iter().map(move |word| (1 << bit, word)));
        let (bits, words): (Vec<u32>, Vec<&str>) = words.unzip();
        let states = Builder::new()
            .ascii_case_insensitive(either_case)
            .match_kind(MatchKind::Standard)
            .build(words)
            .expect("a few hundred short words");
        let start = states.start_state(Anchored::No).expect("built for searches from anywhere");
        Self { states, start, bits }
    }

    #[inline]
    fn said(&self, text: &[u8], state: &mut StateID) -> u32 {
        let mut said = 0;
        for byte in text {
            *state = self.states.next_state(Anchored::No, *state, *byte);
            if self.states.is_special(*state) && self.states.is_match(*state) {
                let words = 0..self.states.match_len(*state);
                said |= words.fold(0, |all, ix| all | self.bits[self.states.match_pattern(*state, ix).as_usize()]);
            }
        }
        said
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
        static EXACT: Lexicon = Lexicon::exact(&[&["%s"]]);
        assert_eq!((EXACT.said(b"a%s"), EXACT.said(b"a%S")), (1, 0));
        assert_eq!(LEXICON.said_apart(b"mail\nuser", 5), [0b1000, 0b1]);
    }
}
