//! From raw matches to matches: overlaps are resolved, companions found, lines counted. A function of a blob's raw matches
//! as a set, so that it does not matter how they were come by.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{
    Match, PartMatch,
    carried::{Carried, Searcher},
    context::{BEHIND, InContext},
    pattern::Raw,
    work,
};
use crate::{
    location::Position,
    rule::{RuleIx, RuleSet},
};

/// The matches of a blob, in the order of their places.
pub fn resolve(rules: &RuleSet, searcher: &Searcher, bytes: &[u8], carried: &Carried) -> Vec<Match> {
    let raws = &carried.raws;
    let mut kept = without_overlaps(searcher, raws);
    let companions = Companions::find(rules, searcher, bytes, raws, &kept);
    let taken = |raw: &Raw| companions.taken.contains_key(&(raw.rule, raw.secret_start));
    // What is told by its format is not told by its context again, nor is a paired id.
    let told: Vec<Raw> = kept.iter().filter(|raw| !rules.get(raw.rule).part_only || taken(raw)).copied().collect();
    // An id that was paired with its secret is part of that finding and none of its own.
    kept.retain(|raw| !rules.get(raw.rule).part_only && !taken(raw));
    let mut all: Vec<(Raw, Option<&InContext>)> =
        kept.into_iter().map(|raw| (raw, context_of(&raw, &carried.by_context.contexts))).collect();
    all.extend(
        by_context_alone(rules, &carried.by_context.contexts, &told).into_iter().map(|one| (one.raw, Some(one))),
    );
    all.sort_unstable_by_key(|(raw, _)| (raw.secret_start, *raw));
    let part_positions = companions.positions(bytes);
    let mut lines = Lines::new(bytes);
    all.iter()
        .map(|(raw, context)| {
            let parts = companions.parts.get(&(raw.rule, raw.start)).into_iter().flatten();
            let part = |(spec, part): &(u16, Raw)| PartMatch { spec: *spec, position: part_positions[&part.secret()] };
            Match {
                rule: raw.rule,
                position: lines.position(raw),
                parts: parts.map(part).collect(),
                evidence: context.map(|one| Arc::clone(&one.evidence)),
            }
        })
        .collect()
}

/// What nothing but its context tells; where two overlap, the one whose context says more, of equals the first and longest.
fn by_context_alone<'c>(rules: &RuleSet, contexts: &'c [InContext], told: &[Raw]) -> Vec<&'c InContext> {
    let mut order: Vec<&InContext> = contexts.iter().filter(|one| !overlaps_any(&one.raw, told)).collect();
    order.sort_by_key(|one| {
        let raw = one.raw;
        (rules.get(raw.rule).context, raw.secret_start, std::cmp::Reverse(raw.secret_end), raw)
    });
    let mut kept = std::collections::BTreeMap::<u32, &InContext>::new();
    for one in order {
        let before = kept.range(..one.raw.secret_end).next_back();
        if before.is_none_or(|(_, other)| !other.raw.overlaps(&one.raw)) {
            kept.insert(one.raw.secret_start, one);
        }
    }
    kept.into_values().collect()
}

/// The first context whose credential overlaps that of `raw`.
fn context_of<'c>(raw: &Raw, contexts: &'c [InContext]) -> Option<&'c InContext> {
    let first = contexts.partition_point(|one| one.raw.start + (BEHIND as u32) < raw.secret_start);
    contexts[first..].iter().take_while(|one| one.raw.start < raw.secret_end).find(|one| one.raw.overlaps(raw))
}

/// `others` are in order and do not overlap each other.
fn overlaps_any(raw: &Raw, others: &[Raw]) -> bool {
    let next = others.partition_point(|other| other.secret_end <= raw.secret_start);
    others.get(next).is_some_and(|other| other.overlaps(raw))
}

impl Raw {
    /// Whether their secrets have a byte in common.
    fn overlaps(&self, other: &Raw) -> bool {
        self.secret_start < other.secret_end && other.secret_start < self.secret_end
    }
}

/// Of matches whose secrets overlap, the one that says most; of equals the first.
fn without_overlaps(searcher: &Searcher, raws: &[Raw]) -> Vec<Raw> {
    if raws.len() < 2 {
        return raws.to_vec();
    }
    let mut order: Vec<(u32, &Raw)> = raws.iter().map(|raw| (searcher.pattern_of(raw).rank, raw)).collect();
    order.sort_by(|(rank_a, a), (rank_b, b)| {
        rank_b
            .cmp(rank_a)
            .then(a.secret_start.cmp(&b.secret_start))
            .then(b.secret_end.cmp(&a.secret_end))
            .then(a.cmp(b))
    });
    let mut kept = std::collections::BTreeMap::<u32, Raw>::new();
    for (_, raw) in order {
        let before = kept.range(..raw.secret_end).next_back();
        if before.is_none_or(|(_, other)| other.secret_end <= raw.secret_start) {
            kept.insert(raw.secret_start, *raw);
        }
    }
    kept.into_values().collect()
}

/// How many companions before and behind a secret are considered.
const NEIGHBOURS: usize = 16;

/// Which companions belong to which match.
struct Companions {
    /// By rule and start of the match: part's index in the rule, and its match.
    parts: FxHashMap<(RuleIx, u32), Vec<(u16, Raw)>>,
    /// Rule and secret of each match that became a part.
    taken: FxHashMap<(RuleIx, u32), ()>,
}

impl Companions {
    /// Nearest first; a companion that is not shared serves one value, wherever that value is repeated.
    fn find(rules: &RuleSet, searcher: &Searcher, bytes: &[u8], raws: &[Raw], kept: &[Raw]) -> Self {
        let mut all = Self { parts: FxHashMap::default(), taken: FxHashMap::default() };
        let mut wanted: Vec<RuleIx> =
            kept.iter().map(|raw| raw.rule).filter(|ix| !rules.get(*ix).parts.is_empty()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        for ix in wanted {
            let secrets: Vec<&Raw> = kept.iter().filter(|raw| raw.rule == ix).collect();
            for (spec, part) in rules.get(ix).parts.iter().enumerate() {
                let Some(part_rule) = rules.find(&part.rule) else { continue };
                let candidates = parts_of(searcher, raws, kept, part_rule);
                all.pair(bytes, spec as u16, part.shared, &secrets, &candidates);
            }
        }
        all
    }

    /// Where the companions stand, by the range of their secret.
    fn positions(&self, bytes: &[u8]) -> FxHashMap<(u32, u32), Position> {
        let mut parts: Vec<&Raw> = self.parts.values().flatten().map(|(_, part)| part).collect();
        parts.sort_unstable_by_key(|part| part.secret());
        let mut lines = Lines::new(bytes);
        parts.into_iter().map(|part| (part.secret(), lines.position(part))).collect()
    }

    fn pair(&mut self, bytes: &[u8], spec: u16, shared: bool, secrets: &[&Raw], candidates: &[Raw]) {
        let value = |raw: &Raw| &bytes[raw.secret_start as usize..raw.secret_end as usize];
        let mut pairs: Vec<(u32, &Raw, &Raw)> = vec![];
        for secret in secrets {
            let next = candidates.partition_point(|part| part.secret_start < secret.secret_start);
            let near = next.saturating_sub(NEIGHBOURS)..candidates.len().min(next + NEIGHBOURS);
            pairs.extend(candidates[near].iter().map(|part| (distance(secret, part), *secret, part)));
        }
        pairs.sort_unstable();
        let mut secret_of: FxHashMap<&[u8], &[u8]> = FxHashMap::default();
        let mut part_of: FxHashMap<&[u8], &[u8]> = FxHashMap::default();
        let mut done: FxHashMap<u32, ()> = FxHashMap::default();
        for (_, secret, part) in pairs {
            let free = shared || secret_of.get(value(part)).is_none_or(|of| *of == value(secret));
            let first = part_of.get(value(secret)).is_none_or(|of| *of == value(part));
            if !free || !first || done.contains_key(&secret.start) {
                continue;
            }
            done.insert(secret.start, ());
            secret_of.insert(value(part), value(secret));
            part_of.insert(value(secret), value(part));
            self.parts.entry((secret.rule, secret.start)).or_default().push((spec, *part));
        }
        let served = |part: &&Raw| secret_of.contains_key(value(part));
        self.taken.extend(candidates.iter().filter(served).map(|part| ((part.rule, part.secret_start), ())));
    }
}

fn parts_of(searcher: &Searcher, raws: &[Raw], kept: &[Raw], rule: RuleIx) -> Vec<Raw> {
    let mut own: Vec<Raw> = raws.iter().filter(|raw| raw.rule == rule).copied().collect();
    // A companion inside a secret that was kept for another reason is none.
    own.retain(|raw| {
        // Those kept are in order and do not overlap.
        let first = kept.partition_point(|other| other.secret_end <= raw.secret_start);
        let mut inside = kept[first..].iter().take_while(|other| other.secret_start < raw.secret_end);
        inside.all(|other| {
            work::count(1);
            other.rule == rule
        })
    });
    without_overlaps(searcher, &own)
}

fn distance(a: &Raw, b: &Raw) -> u32 {
    if a.secret_end <= b.secret_start {
        b.secret_start - a.secret_end
    } else {
        a.secret_start.saturating_sub(b.secret_end)
    }
}

/// Counts lines once over a text, for places in ascending order.
struct Lines<'b> {
    bytes: &'b [u8],
    /// Offset up to which lines are counted.
    at: usize,
    line: u32,
    line_start: usize,
}

impl Raw {
    /// The range of its secret.
    fn secret(&self) -> (u32, u32) {
        (self.secret_start, self.secret_end)
    }
}

impl<'b> Lines<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0, line: 1, line_start: 0 }
    }

    fn position(&mut self, raw: &Raw) -> Position {
        let (start, end) = (raw.secret_start as usize, raw.secret_end as usize);
        let passed = &self.bytes[self.at..start];
        work::count(passed.len() + end - start);
        self.line += memchr::memchr_iter(b'\n', passed).count() as u32;
        if let Some(newline) = memchr::memrchr(b'\n', passed) {
            self.line_start = self.at + newline + 1;
        }
        self.at = start;
        Position {
            offset: raw.secret_start,
            end: raw.secret_end,
            line: self.line,
            column: (start - self.line_start + 1) as u32,
            end_line: self.line + memchr::memchr_iter(b'\n', &self.bytes[start..end.max(start + 1) - 1]).count() as u32,
        }
    }
}
