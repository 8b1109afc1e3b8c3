//! Where patterns are tried: three lanes, of which each pattern is in one.

use std::ops::Range;

use super::{
    literals::{Literal, Literals},
    pattern::{Lane, Pattern},
    prefixes::Prefixes,
    tokens::Tokens,
};

/// Index of a pattern in its detector.
pub type PatternIx = u16;

/// All patterns' lanes put together.
#[derive(Debug)]
pub struct Lanes {
    prefixes: Prefixes,
    tokens: Tokens,
    literals: Literals,
}

impl Lanes {
    /// Builds the tables for `patterns`.
    pub fn new(patterns: &[Pattern]) -> Self {
        let (mut prefixes, mut tokens, mut literals) = (vec![], vec![], vec![]);
        for (ix, pattern) in patterns.iter().enumerate() {
            let ix = ix as PatternIx;
            match &pattern.lane {
                Lane::Prefix(found) => prefixes.extend(found.iter().map(|literal| (literal.clone(), ix))),
                Lane::Token => tokens.push((ix, pattern)),
                Lane::Literal(found, least, most) => {
                    literals.extend(found.iter().map(|text| Literal {
                        text: text.clone(),
                        pattern: ix,
                        least: *least,
                        most: *most,
                    }));
                }
            }
        }
        Self { prefixes: Prefixes::new(prefixes), tokens: Tokens::new(&tokens), literals: Literals::new(literals) }
    }

    /// Calls `found` with every place in `zone` at which a pattern may match, whatever stands there: at least all places where
    /// it does. A pattern may be told more than once at a place.
    pub fn candidates(
        &self,
        bytes: &[u8],
        zone: Range<usize>,
        stands_alone: bool,
        found: &mut impl FnMut(PatternIx, usize),
    ) {
        self.prefixes.candidates(bytes, zone.clone(), found);
        if !stands_alone && !self.tokens.is_empty() {
            self.tokens.candidates(bytes, zone.clone(), found);
        }
        self.literals.candidates(bytes, zone, found);
    }
}
