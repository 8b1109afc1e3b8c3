//! One rule's pattern, made ready to search: its lane, its reach, and its regex, which is compiled on first use.

use std::{ops::Range, sync::OnceLock};

use aho_corasick::AhoCorasick;
use regex_automata::{
    Anchored, Input,
    meta::Regex,
    util::{captures::Captures, syntax},
};

use super::{
    boundary::{LOOK_BACK, TOKEN, is_word, may_end, may_start},
    carried::Reach,
    literals::{HEAD, told_behind},
    places::RUN,
    shape::{self, ByteSet},
};
use crate::rule::{Boundary, Rule, RuleIx};

/// How the places are found at which a pattern is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Where a word begins with one of these literals.
    Prefix(Vec<Vec<u8>>),
    /// Where a word begins in a token run whose first bytes fit the pattern.
    Token,
    /// Around one of these literals, which every match holds; the match begins at least `.1` and at most `.2` bytes before.
    Literal(Vec<Vec<u8>>, usize, usize),
}

impl Lane {
    /// Least and most number of bytes of a match before the place that the lane tells.
    fn told_behind(&self) -> (usize, usize) {
        match self {
            Self::Prefix(_) | Self::Token => (0, 0),
            Self::Literal(texts, least, most) => {
                let told = || texts.iter().map(|text| told_behind(text));
                (least + told().min().unwrap_or(0), most + told().max().unwrap_or(0))
            }
        }
    }
}

/// What is known of the length of the token that a match fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A match is a whole word of `[A-Za-z0-9_]`, of this many bytes, least and most.
    Word(usize, usize),
    /// A match is a token of `[A-Za-z0-9_+/=-]` to its end.
    Token(usize, usize),
    /// The token has at least this many bytes.
    AtLeast(usize),
}

impl Extent {
    fn of(hir: &regex_syntax::hir::Hir, end: Boundary) -> Self {
        let (least, most) =
            (hir.properties().minimum_len().unwrap_or(0), hir.properties().maximum_len().unwrap_or(usize::MAX));
        let bytes = shape::all_bytes(hir);
        if bytes.iter().all(is_word) && end != Boundary::Any {
            Self::Word(least, most)
        } else if bytes.iter().all(|byte| TOKEN[usize::from(byte)]) && end == Boundary::Token {
            Self::Token(least, most)
        } else if bytes.iter().all(|byte| TOKEN[usize::from(byte)]) {
            Self::AtLeast(least)
        } else {
            Self::AtLeast(RUN)
        }
    }
}

/// A pattern that no lane can promise to find.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
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

/// Most of the bytes of a rule's reach are never looked at; this bounds them all.
#[derive(Debug)]
pub struct Pattern {
    /// The rule it belongs to.
    pub rule: RuleIx,
    /// How candidates are found.
    pub lane: Lane,
    /// Shortest match in bytes.
    pub shortest: usize,
    /// Longest match in bytes.
    pub longest: usize,
    /// Bytes before a match's start that can decide about it.
    pub before: usize,
    /// Bytes from a match's start on that can decide about it.
    pub behind: usize,
    /// Least number of bytes of a match before the place that its lane tells.
    pub least: usize,
    /// The most.
    pub most: usize,
    /// What may stand in a match before that place.
    leading: ByteSet,
    /// Whether it can be recognised without words nearby, as in binary files.
    pub stands_alone: bool,
    /// The greater, the more a match says.
    pub rank: u32,
    /// How many first bytes of the secret the pattern fixes: they are the same in all of them, and so no secret.
    pub public: usize,
    /// What a match's first bytes can be, where it has that many.
    pub first: Option<Box<[ByteSet; RUN]>>,
    /// How long its tokens are.
    pub extent: Extent,
    source: String,
    start: Boundary,
    end: Boundary,
    near: Option<NearWords>,
    regex: OnceLock<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    regex: Regex,
    secret: Option<usize>,
}

#[derive(Debug)]
struct NearWords {
    words: Vec<Vec<u8>>,
    before: usize,
    after: usize,
    search: OnceLock<AhoCorasick>,
}

/// A match of one pattern at one place, before overlaps are resolved. Offsets count from the blob's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Raw {
    /// Where the match begins.
    pub start: u32,
    /// The rule's index in its set.
    pub rule: RuleIx,
    /// Behind the match.
    pub end: u32,
    /// Where the secret begins.
    pub secret_start: u32,
    /// Behind the secret.
    pub secret_end: u32,
}

impl Pattern {
    /// Derives lane and reach from a rule.
    pub fn new(ix: RuleIx, rule: &Rule) -> Result<Self, PatternError> {
        let hir = shape::parse(&rule.pattern).map_err(|error| PatternError::Syntax(rule.id.to_string(), error))?;
        let longest = hir.properties().maximum_len().ok_or_else(|| PatternError::Unbounded(rule.id.to_string()))?;
        let first = shape::first_bytes(&hir);
        let in_run = first.is_some_and(|sets| sets.iter().all(|set| set.iter().all(|byte| TOKEN[usize::from(byte)])));
        let prefixes = shape::prefixes(&hir, HEAD);
        let begins_word = |literals: &[Vec<u8>]| literals.iter().all(|literal| is_word(literal[0]));
        let bounded = rule.start != Boundary::Any;
        let mut leading = ByteSet::ALL;
        let lane = match (&rule.anchor, prefixes.clone()) {
            (Some(anchor), _) => {
                let inside =
                    shape::inside(&hir, anchor.as_bytes()).ok_or_else(|| PatternError::Anchor(rule.id.to_string()))?;
                leading = inside.bytes;
                match inside.literals {
                    begins if inside.most == 0 && bounded && anchor.len() >= HEAD && begins_word(&begins) => {
                        Lane::Prefix(begins)
                    }
                    literals => Lane::Literal(literals, inside.least, inside.most),
                }
            }
            (None, Some(prefixes)) if bounded && begins_word(&prefixes) => Lane::Prefix(prefixes),
            (None, Some(prefixes)) => Lane::Literal(prefixes, 0, 0),
            (None, None) if bounded && in_run => Lane::Token,
            (None, None) => return Err(PatternError::NoLane(rule.id.to_string())),
        };
        let (least, most) = lane.told_behind();
        let near = rule.near.as_ref().map(NearWords::new);
        let before = LOOK_BACK.max(near.as_ref().map_or(0, |near| near.before));
        // One byte behind the match decides whether it may end there.
        let behind = longest + near.as_ref().map_or(0, |near| near.after).max(1);
        let public = shape::fixed_start(shape::secret(&hir));
        if before.max(behind) > LONG && lane == Lane::Token {
            return Err(PatternError::LongWithoutLiteral(rule.id.to_string()));
        }
        let rank = (rule.confidence as u32) << 24
            | u32::from(!rule.part_only) << 23
            | (public.min(127) as u32) << 16
            | u32::from(near.is_some()) << 15
            | hir.properties().minimum_len().unwrap_or(0).min(0x7fff) as u32;
        Ok(Self {
            rule: ix,
            least,
            most,
            leading,
            shortest: hir.properties().minimum_len().unwrap_or(0),
            longest,
            before,
            behind,
            stands_alone: near.is_none() && lane != Lane::Token,
            rank,
            public,
            first: first.map(Box::new),
            lane,
            extent: Extent::of(&hir, rule.end),
            source: rule.pattern.to_string(),
            start: rule.start,
            end: rule.end,
            near,
            regex: OnceLock::new(),
        })
    }

    /// Whether it is tried at tokens.
    pub fn is_token(&self) -> bool {
        self.lane == Lane::Token
    }

    /// The bytes around a place told by its lane that decide what it finds there.
    pub fn reach(&self) -> Reach {
        Reach { before: self.most + self.before, behind: self.behind.saturating_sub(self.least) }
    }

    /// The words that must stand before a match, and how far before it they may begin, where a word behind it would not do.
    pub fn words_before(&self) -> Option<(&[Vec<u8>], usize)> {
        self.near.as_ref().filter(|near| near.after == 0).map(|near| (near.words.as_slice(), near.before))
    }

    /// Where a match can begin whose lane told the place `at`.
    pub fn starts(&self, bytes: &[u8], at: usize) -> Range<usize> {
        let before = bytes[at.saturating_sub(self.most)..at].iter().rev();
        let first = at - before.take_while(|byte| self.leading.contains(**byte)).count();
        first..(at + 1).saturating_sub(self.least)
    }

    /// Whether a match may begin at `at` as far as the bytes before tell.
    pub fn may_start(&self, bytes: &[u8], at: usize) -> bool {
        may_start(bytes, at, self.start)
    }

    /// Without a literal a match must hold a digit: names of things are as long as keys, and few keys have none.
    fn says_enough(&self, text: &[u8]) -> bool {
        self.lane != Lane::Token || text.iter().any(u8::is_ascii_digit)
    }

    /// The match that begins at `at`, if there is one: decided by the bytes from `at - before` to `at + behind`, and no others.
    pub fn try_at(&self, bytes: &[u8], at: usize) -> Option<Raw> {
        if !self.may_start(bytes, at) || !self.near.as_ref().is_none_or(|near| near.may_stand(bytes, at, self.longest))
        {
            return None;
        }
        let compiled = self.regex.get_or_init(|| Compiled::new(&self.source));
        let window = Input::new(bytes).range(at..bytes.len().min(at + self.longest)).anchored(Anchored::Yes);
        let end = compiled.regex.search_half(&window)?.offset();
        if !may_end(bytes, end, self.end)
            || !self.says_enough(&bytes[at..end])
            || !self.near.as_ref().is_none_or(|near| near.stand(bytes, at, end))
        {
            return None;
        }
        let secret = match compiled.secret {
            None => at..end,
            Some(group) => {
                let mut captures: Captures = compiled.regex.create_captures();
                compiled.regex.search_captures(&window, &mut captures);
                captures.get_group(group)?.range()
            }
        };
        Some(Raw {
            rule: self.rule,
            start: at as u32,
            end: end as u32,
            secret_start: secret.start as u32,
            secret_end: secret.end as u32,
        })
    }
}

impl Compiled {
    fn new(source: &str) -> Self {
        let regex = Regex::builder()
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .configure(
                Regex::config().utf8_empty(false).onepass_size_limit(Some(1 << 20)).nfa_size_limit(Some(64 << 20)),
            )
            .build(source)
            .expect("its syntax was checked when the rule was read, and its length is bounded");
        let secret = regex.group_info().to_index(regex_automata::PatternID::ZERO, "secret");
        Self { regex, secret }
    }
}

impl NearWords {
    fn new(near: &crate::rule::Near) -> Self {
        Self {
            words: near.words.iter().map(|word| word.as_bytes().to_vec()).collect(),
            before: near.before as usize,
            after: near.after as usize,
            search: OnceLock::new(),
        }
    }

    fn any_in(&self, bytes: &[u8]) -> bool {
        let search = self.search.get_or_init(|| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(&self.words)
                .expect("a rule has few words near it, all short")
        });
        search.is_match(bytes)
    }

    /// Cheap first look, before the end of the match is known: never false where [`Self::stand`] would be true.
    fn may_stand(&self, bytes: &[u8], at: usize, longest: usize) -> bool {
        self.any_in(&bytes[at.saturating_sub(self.before)..at])
            || self.after > 0 && self.any_in(&bytes[at..bytes.len().min(at + longest + self.after)])
    }

    fn stand(&self, bytes: &[u8], at: usize, end: usize) -> bool {
        self.any_in(&bytes[at.saturating_sub(self.before)..at])
            || self.after > 0 && self.any_in(&bytes[end..bytes.len().min(end + self.after)])
    }
}
