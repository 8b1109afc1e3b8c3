//! Where patterns are tried: the two lanes.

use std::ops::Range;

use super::{
    boundary::{LOOK_BACK, is_word, may_start},
    literals::{Literal, Literals},
    pattern::{Lane, Pattern},
    prefixes::Prefixes,
    runs::{RUN, TOKEN, runs},
    tokens::{LENGTHS, Tokens},
};
use crate::rule::Boundary;

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
                Lane::RunPrefix(found) => prefixes.extend(found.iter().map(|literal| (literal.clone(), ix))),
                Lane::RunShape => tokens.push((ix, pattern)),
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
        let end = bytes.len().min(zone.end + RUN - 1);
        runs(bytes, zone.start..end, |run| {
            let last = (run.end - RUN + 1).min(zone.end);
            // The zone's end may have cut it off.
            let rest = bytes[run.end..].iter().take(LENGTHS).take_while(|byte| TOKEN[usize::from(**byte)]).count();
            let token = run.start..run.end + rest;
            let tokens =
                !stands_alone && !self.tokens.is_empty() && bytes[token.clone()].iter().any(u8::is_ascii_digit);
            let mut word_before = false;
            for at in run.start..last {
                let opens = !word_before && at > run.start
                    || at < run.start + LOOK_BACK && may_start(bytes, at, Boundary::Word);
                word_before = is_word(bytes[at]);
                if opens {
                    self.prefixes.at(bytes, at, found);
                    if tokens {
                        self.tokens.at(bytes, at..token.end, found);
                    }
                }
            }
        });
        self.literals.candidates(bytes, zone, found);
    }
}
