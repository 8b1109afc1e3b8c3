//! One rule's pattern, made ready to search: its lane, its reach, and its regex, which is compiled on first use.

use std::{borrow::Cow, ops::Range, sync::OnceLock};

use aho_corasick::AhoCorasick;
use regex_automata::{Anchored, Input, meta::Regex, util::captures::Captures};

use super::{
    boundary::{LOOK_BACK, may_end, may_start},
    cost::Cost,
    literals::told_behind,
    work,
};
use crate::{
    blob::Reach,
    rule::{
        Boundary, Rule, RuleIx, Text,
        outline::{Lane, Outline, OutlineError, near_after},
        syntax,
    },
};

/// One rule's pattern.
#[derive(Debug)]
pub struct Pattern {
    /// The rule it belongs to.
    pub rule: RuleIx,
    /// What is known of it without running it.
    pub outline: Cow<'static, Outline>,
    /// Bytes before a match's start that can decide about it.
    before: usize,
    /// Bytes from a match's start on that can decide about it.
    behind: usize,
    /// Least number of bytes of a match before the place that its lane tells.
    pub least: usize,
    /// The most.
    pub most: usize,
    /// The most number of bytes of the literal before that place.
    told: usize,
    /// Whether it can be recognised without words nearby, as in binary files.
    pub stands_alone: bool,
    /// The greater, the more a match says.
    pub rank: u32,
    source: Text,
    start: Boundary,
    end: Boundary,
    near: Option<NearWords>,
    regex: OnceLock<Compiled>,
    /// Where it is measured.
    pub cost: Option<Box<Cost>>,
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

/// Least and most number of bytes of a match before the place that its lane tells.
fn told_within(lane: &Lane) -> (usize, usize) {
    match lane {
        Lane::Prefix(_) | Lane::Token => (0, 0),
        Lane::Literal(texts, least, most) => {
            let told = || texts.iter().map(|text| told_behind(text));
            (least + told().min().unwrap_or(0), most + told().max().unwrap_or(0))
        }
    }
}

impl Pattern {
    /// Makes a rule's pattern ready. Its regex is not compiled yet.
    pub fn new(ix: RuleIx, rule: &Rule) -> Result<Self, OutlineError> {
        let outline = match &rule.outline {
            Some(known) => known.clone(),
            None => Cow::Owned(Outline::of(rule)?),
        };
        let (least, most) = told_within(&outline.lane);
        let told = most - if let Lane::Literal(_, _, before) = outline.lane { before } else { 0 };
        let near = rule.near.as_ref().map(NearWords::new);
        let rank = (rule.confidence as u32) << 24
            | u32::from(!rule.part_only) << 23
            | (outline.public.min(127) as u32) << 16
            | u32::from(near.is_some()) << 15
            | outline.shortest.min(0x7fff) as u32;
        Ok(Self {
            rule: ix,
            before: LOOK_BACK.max(near.as_ref().map_or(0, |near| near.before)),
            behind: outline.longest + near_after(rule),
            least,
            most,
            told,
            stands_alone: near.is_none() && outline.lane != Lane::Token,
            rank,
            outline,
            source: rule.pattern.clone(),
            start: rule.start,
            end: rule.end,
            near,
            regex: OnceLock::new(),
            cost: None,
        })
    }

    /// Whether it is tried at tokens.
    pub fn is_token(&self) -> bool {
        self.outline.lane == Lane::Token
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
        let literal = at.saturating_sub(self.told);
        let before = bytes[at.saturating_sub(self.most)..literal].iter().rev();
        let first = literal - before.take_while(|byte| self.outline.leading.contains(**byte)).count();
        work::count(literal - first);
        first..(at + 1).saturating_sub(self.least)
    }

    /// Whether a match can hold the literal of the place `at`, as far as a few bytes before it tell: false at most places of a text
    /// that is full of literals, such as `://://`.
    pub fn may_hold(&self, bytes: &[u8], at: usize) -> bool {
        let known = at.saturating_sub(self.least.min(LOOK_BACK))..at.saturating_sub(self.told);
        bytes.get(known).is_none_or(|before| before.iter().all(|byte| self.outline.leading.contains(*byte)))
    }

    /// Whether a match may begin at `at` as far as the bytes before tell.
    pub fn may_start(&self, bytes: &[u8], at: usize) -> bool {
        may_start(bytes, at, self.start)
    }

    /// Without a literal a match must hold a digit: names of things are as long as keys, and few keys have none.
    fn says_enough(&self, text: &[u8]) -> bool {
        self.outline.lane != Lane::Token || text.iter().any(u8::is_ascii_digit)
    }

    /// The match that begins at `at`, if there is one: decided by the bytes from `at - before` to `at + behind`, and no others.
    pub fn try_at(&self, bytes: &[u8], at: usize) -> Option<Raw> {
        match &self.cost {
            None => self.tried_at(bytes, at),
            Some(cost) => cost.of(|| self.tried_at(bytes, at)),
        }
    }

    fn tried_at(&self, bytes: &[u8], at: usize) -> Option<Raw> {
        let window = at..bytes.len().min(at + self.outline.longest);
        work::count(window.len());
        if !self.may_start(bytes, at)
            || !self.near.as_ref().is_none_or(|near| near.may_stand(bytes, at, self.outline.longest))
        {
            return None;
        }
        let compiled = self.regex.get_or_init(|| Compiled::new(&self.source));
        let window = Input::new(bytes).range(window).anchored(Anchored::Yes);
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
        let hir = syntax::parse(source).expect("its syntax was checked when the rule was read");
        // Always tried at one place: what looks for a place would be made for nothing.
        let config = Regex::config()
            .utf8_empty(false)
            .auto_prefilter(false)
            .dfa(false)
            .onepass_size_limit(Some(1 << 20))
            .nfa_size_limit(Some(64 << 20));
        let regex =
            Regex::builder().configure(config).build_from_hir(&syntax::as_run(hir)).expect("its length is bounded");
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
        work::count(bytes.len());
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
