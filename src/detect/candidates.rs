//! Where patterns are tried: around literals, and where tokens begin.

use std::ops::Range;

use super::{
    blocks::Classes,
    literals::{Literal, Literals},
    pattern::Pattern,
    places::{ESCAPES, Visitor, places},
    tokens::{Begun, Tokens},
};
use crate::rule::{List, outline::Lane};

/// Index of a pattern in its detector.
pub type PatternIx = u16;

/// A place at which patterns may match. Whether it is one is decided by the [`LOOK_BACK`](super::boundary::LOOK_BACK) bytes
/// before it and the [`AHEAD`](super::places::AHEAD) from it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// A literal of this pattern stands around the place.
    Literal(PatternIx),
    /// A token begins whose first bytes fit some pattern.
    Token(Begun),
}

/// All patterns' lanes put together.
#[derive(Debug)]
pub struct Lanes {
    classes: Classes,
    literals: Literals,
    /// The patterns that are tried at tokens.
    pub tokens: Tokens,
}

impl Lanes {
    /// Builds the tables for `patterns`.
    pub fn new(patterns: &[Pattern]) -> Self {
        let (mut literals, mut tokens) = (vec![], vec![]);
        for (ix, pattern) in patterns.iter().enumerate() {
            let ix = ix as PatternIx;
            let (texts, begins_word) = match &pattern.outline.lane {
                Lane::Prefix(texts) => (texts, true),
                Lane::Literal(texts, ..) => (texts, false),
                Lane::Token => {
                    tokens.push((ix, pattern));
                    continue;
                }
            };
            literals.extend(texts.iter().map(|text| Literal {
                text: text.clone(),
                pattern: ix,
                begins_word,
                first: if begins_word { pattern.outline.first.clone() } else { List::default() },
            }));
        }
        let literals = Literals::new(&literals);
        let marks = [&ESCAPES[..], &literals.marks].concat();
        Self { classes: Classes::new(&marks), literals, tokens: Tokens::new(&tokens) }
    }

    /// Calls `found` with every candidate in `zone`, tokens on demand only: at least all places around which a pattern matches.
    /// One may be told more than once.
    pub fn candidates(
        &self,
        bytes: &[u8],
        zone: Range<usize>,
        with_tokens: bool,
        found: &mut impl FnMut(usize, Candidate),
    ) {
        self.literals.anywhere(bytes, zone.clone(), &mut |pattern, at| found(at, Candidate::Literal(pattern)));
        let with_tokens = with_tokens && !self.tokens.is_empty();
        places(&self.classes, bytes, zone, &mut Finder { lanes: self, bytes, with_tokens, found });
    }
}

struct Finder<'a, F> {
    lanes: &'a Lanes,
    bytes: &'a [u8],
    with_tokens: bool,
    found: &'a mut F,
}

impl<F: FnMut(usize, Candidate)> Visitor for Finder<'_, F> {
    #[inline(always)]
    fn word(&mut self, at: usize) {
        self.lanes.literals.at_word(self.bytes, at, &mut |pattern| (self.found)(at, Candidate::Literal(pattern)));
    }

    #[inline(always)]
    fn token(&mut self, at: usize) {
        if self.with_tokens
            && let Some(begun) = self.lanes.tokens.begin(self.bytes, at)
        {
            (self.found)(at, Candidate::Token(begun));
        }
    }

    fn mark(&mut self, at: usize) {
        self.lanes.literals.at_mark(self.bytes, at, &mut |pattern| (self.found)(at, Candidate::Literal(pattern)));
    }
}
