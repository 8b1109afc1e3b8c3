//! What can be said of a rule's pattern without running it: how its matches are found, how long they are, how they begin.
//!
//! The build script works it out for the embedded rules, so that the program need not when it starts.

use std::borrow::Cow;

use regex_syntax::hir::Hir;

use super::{
    bytes::{ByteSet, HEAD, RUN, TOKEN, is_word},
    shape::{Boundary, List, Rule},
    syntax,
};

/// How the places are found at which a pattern is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Where a word begins with one of these literals.
    Prefix(List<List<u8>>),
    /// Where a word begins in a token run whose first bytes fit the pattern.
    Token,
    /// Around one of these literals, which every match holds; the match begins at least `.1` and at most `.2` bytes before.
    Literal(List<List<u8>>, usize, usize),
}

/// What is known of the length of the token that a match fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// A match is a whole word of `[A-Za-z0-9_]`, of this many bytes, least and most.
    Word(usize, usize),
    /// A match is a token of `[A-Za-z0-9_+/=-]` to its end.
    Token(usize, usize),
    /// The token has at least this many bytes.
    AtLeast(usize),
}

/// What is known of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// How candidates are found.
    pub lane: Lane,
    /// Shortest match in bytes.
    pub shortest: usize,
    /// Longest match in bytes.
    pub longest: usize,
    /// How many first bytes of the secret the pattern fixes: they are the same in all of them, and so no secret.
    pub public: usize,
    /// What a match's first [`RUN`] bytes can be, where it has that many; else empty.
    pub first: List<ByteSet>,
    /// What may stand in a match before its lane's literal.
    pub leading: ByteSet,
    /// How long its tokens are.
    pub extent: Extent,
}

/// A pattern that no lane can promise to find.
#[derive(Debug, thiserror::Error)]
pub enum OutlineError {
    /// Not a regular expression.
    #[error("pattern of rule {0}: {1}")]
    Syntax(String, Box<regex_syntax::Error>),
    /// Unbounded, so a match would not be a function of a bounded window.
    #[error("pattern of rule {0} has no greatest length")]
    Unbounded(String),
    /// Neither long token runs nor a literal.
    #[error(
        "rule {0} has no lane: its pattern begins neither with a literal of 3 bytes nor with 16 bytes of [A-Za-z0-9_+/=-], and it has no anchor"
    )]
    NoLane(String),
    /// The anchor is not part of every match at a bounded offset.
    #[error("anchor of rule {0} is not a literal of its pattern's topmost sequence")]
    Anchor(String),
    /// Tokens are many, and those near an edit are all tried again, so that they must not look far.
    #[error("rule {0} reaches over {LONG} bytes and has no literal")]
    LongWithoutLiteral(String),
}

/// Reach above which a pattern must have a literal.
pub const LONG: usize = 256;

impl Extent {
    fn of(hir: &Hir, end: Boundary) -> Self {
        let (least, most) =
            (hir.properties().minimum_len().unwrap_or(0), hir.properties().maximum_len().unwrap_or(usize::MAX));
        let bytes = syntax::all_bytes(hir);
        if bytes.iter().all(is_word) && end != Boundary::Any {
            Self::Word(least, most)
        } else if bytes.iter().all(is_token) && end == Boundary::Token {
            Self::Token(least, most)
        } else if bytes.iter().all(is_token) {
            Self::AtLeast(least)
        } else {
            Self::AtLeast(RUN)
        }
    }
}

impl Outline {
    /// Works out what is known of a rule's pattern.
    ///
    /// # Errors
    /// Where no lane can promise to find all that it matches.
    pub fn of(rule: &Rule) -> Result<Self, OutlineError> {
        let id = || rule.id.to_string();
        let hir = syntax::parse(&rule.pattern).map_err(|error| OutlineError::Syntax(id(), error))?;
        let longest = hir.properties().maximum_len().ok_or_else(|| OutlineError::Unbounded(id()))?;
        let first = syntax::first_bytes(&hir);
        let (lane, leading) = lane(rule, &hir, first.as_ref())?;
        let near = rule.near.as_ref().map_or(0, |near| near.before.max(near.after)) as usize;
        if lane == Lane::Token && near.max(longest + near_after(rule)) > LONG {
            return Err(OutlineError::LongWithoutLiteral(id()));
        }
        Ok(Self {
            lane,
            shortest: hir.properties().minimum_len().unwrap_or(0),
            longest,
            public: syntax::fixed_start(syntax::secret(&hir)),
            first: first.map_or_else(Vec::new, Vec::from).into(),
            leading,
            extent: Extent::of(&hir, rule.end),
        })
    }
}

/// Bytes behind a match that can decide about it: one at least, before which it must be able to end.
pub fn near_after(rule: &Rule) -> usize {
    rule.near.as_ref().map_or(0, |near| near.after).max(1) as usize
}

/// The lane of a rule, and what may stand before its literal.
fn lane(rule: &Rule, hir: &Hir, first: Option<&[ByteSet; RUN]>) -> Result<(Lane, ByteSet), OutlineError> {
    let in_run = first.is_some_and(|sets| sets.iter().all(|set| set.iter().all(is_token)));
    let begins_word = |literals: &[Vec<u8>]| literals.iter().all(|literal| is_word(literal[0]));
    let bounded = rule.start != Boundary::Any;
    if let Some(anchor) = &rule.anchor {
        let inside = syntax::inside(hir, anchor.as_bytes()).ok_or_else(|| OutlineError::Anchor(rule.id.to_string()))?;
        let begins = inside.most == 0 && bounded && anchor.len() >= HEAD && begins_word(&inside.literals);
        let literals = list(inside.literals);
        let lane = if begins { Lane::Prefix(literals) } else { Lane::Literal(literals, inside.least, inside.most) };
        return Ok((lane, inside.bytes));
    }
    let lane = match syntax::prefixes(hir, HEAD) {
        Some(prefixes) if bounded && begins_word(&prefixes) => Lane::Prefix(list(prefixes)),
        Some(prefixes) => Lane::Literal(list(prefixes), 0, 0),
        None if bounded && in_run => Lane::Token,
        None => return Err(OutlineError::NoLane(rule.id.to_string())),
    };
    Ok((lane, ByteSet::default()))
}

fn list(literals: Vec<Vec<u8>>) -> List<List<u8>> {
    literals.into_iter().map(Cow::Owned).collect()
}

fn is_token(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}
