//! No lane can miss: shown on each pattern's automaton, not on examples.
//!
//! The pattern's NFA (look-around taken as empty, so that it accepts at least all that the pattern matches) is run together
//! with a small monitor of what its lane promises to find. If no path to a match breaks the promise, none can.

use std::collections::HashSet;

use regex_automata::nfa::thompson::{NFA, State};

use super::pattern::Pattern;
use crate::rule::{
    List, RuleSet,
    bytes::{HEAD, RUN, TOKEN, is_word},
    outline::Lane,
};

/// Watches the bytes of one match.
trait Monitor: Clone + Eq + std::hash::Hash {
    /// The monitor behind one more byte; `Err` if that byte breaks the promise.
    fn next(&self, byte: u8) -> Result<Self, String>;
    /// Whether a match may end here.
    fn end(&self) -> Result<(), String>;
}

fn prove<M: Monitor>(source: &str, start: M) -> Result<(), String> {
    let nfa = NFA::compiler()
        .syntax(regex_automata::util::syntax::Config::new().unicode(false).utf8(false))
        .build(source)
        .map_err(|error| error.to_string())?;
    let mut seen = HashSet::new();
    let mut open = vec![(nfa.start_anchored(), start)];
    while let Some((id, monitor)) = open.pop() {
        if !seen.insert((id, monitor.clone())) {
            continue;
        }
        let mut step = |range: std::ops::RangeInclusive<u8>, next| -> Result<(), String> {
            for byte in range {
                open.push((next, monitor.next(byte)?));
            }
            Ok(())
        };
        match nfa.state(id) {
            State::ByteRange { trans } => step(trans.start..=trans.end, trans.next)?,
            State::Sparse(sparse) => {
                sparse.transitions.iter().try_for_each(|trans| step(trans.start..=trans.end, trans.next))?;
            }
            State::Dense(dense) => {
                (0..=255)
                    .try_for_each(|byte| dense.matches_byte(byte).map_or(Ok(()), |next| step(byte..=byte, next)))?;
            }
            State::Look { next, .. } | State::Capture { next, .. } => open.push((*next, monitor)),
            State::Union { alternates } => open.extend(alternates.iter().map(|next| (*next, monitor.clone()))),
            State::BinaryUnion { alt1, alt2 } => open.extend([(*alt1, monitor.clone()), (*alt2, monitor)]),
            State::Fail => {}
            State::Match { .. } => monitor.end()?,
        }
    }
    Ok(())
}

/// A match begins with [`RUN`] bytes, each of which is one that the lane lets pass.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Begins<'p> {
    sets: &'p [Vec<u8>; RUN],
    at: usize,
}

impl Monitor for Begins<'_> {
    fn next(&self, byte: u8) -> Result<Self, String> {
        if self.at < RUN && !self.sets[self.at].contains(&byte) {
            return Err(format!("byte {byte:#x} at {} is not let pass", self.at));
        }
        Ok(Self { at: RUN.min(self.at + 1), ..*self })
    }

    fn end(&self) -> Result<(), String> {
        if self.at < RUN { Err(format!("a match can have {} bytes", self.at)) } else { Ok(()) }
    }
}

/// A match holds one of some literals, beginning at an offset within bounds.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Holds<'p> {
    literals: &'p [List<u8>],
    bounds: (usize, usize),
    /// Offset reached, and the offsets from which on a literal may still be under way.
    at: usize,
    under_way: Vec<(usize, usize)>,
    done: bool,
}

impl Monitor for Holds<'_> {
    fn next(&self, byte: u8) -> Result<Self, String> {
        if self.done {
            return Ok(self.clone());
        }
        let mut next = Self { under_way: vec![], at: self.at + 1, ..self.clone() };
        let fresh = (self.bounds.0..=self.bounds.1).contains(&self.at);
        let begun = (0..self.literals.len()).filter(|_| fresh).map(|literal| (literal, 0));
        for (literal, matched) in self.under_way.iter().copied().chain(begun) {
            if self.literals[literal][matched] == byte {
                next.done |= matched + 1 == self.literals[literal].len();
                next.under_way.push((literal, matched + 1));
            }
        }
        if next.done {
            next = Self { at: 0, under_way: vec![], ..next };
        } else if next.under_way.is_empty() && next.at > self.bounds.1 {
            return Err(format!("no literal up to offset {}", self.bounds.1));
        }
        Ok(next)
    }

    fn end(&self) -> Result<(), String> {
        if self.done { Ok(()) } else { Err("a match can do without the literal".into()) }
    }
}

fn prove_lane(pattern: &Pattern, source: &str) -> Result<(), String> {
    let holds = |literals, bounds| prove(source, Holds { literals, bounds, at: 0, under_way: vec![], done: false });
    let begins = || {
        (!pattern.outline.first.is_empty())
            .then(|| std::array::from_fn(|at| pattern.outline.first[at].iter().collect::<Vec<u8>>()))
    };
    match &pattern.outline.lane {
        Lane::Literal(literals, least, most) => holds(&literals[..], (*least, *most)),
        Lane::Prefix(literals) => {
            if !literals.iter().all(|literal| is_word(literal[0]) && literal.len() >= HEAD) {
                return Err("a literal does not begin a word, or has fewer bytes than are looked up".into());
            }
            begins().map_or(Ok(()), |sets| prove(source, Begins { sets: &sets, at: 0 }))?;
            holds(&literals[..], (0, 0))
        }
        Lane::Token => {
            let sets = begins().expect("this lane has them");
            if !sets.iter().flatten().all(|byte| TOKEN[usize::from(*byte)]) {
                return Err("a match can begin with fewer token bytes than the lane looks for".into());
            }
            prove(source, Begins { sets: &sets, at: 0 })
        }
    }
}

#[test]
fn no_lane_can_miss_what_its_pattern_matches() {
    let rules = RuleSet::embedded();
    assert!(rules.iter().count() > 0);
    for (ix, rule) in rules.iter().filter(|(_, rule)| rule.context.is_none()) {
        let pattern = Pattern::new(ix, rule).expect("embedded rules are sound");
        if let Err(why) = prove_lane(&pattern, &rule.pattern) {
            panic!("{}: {:?} can miss: {why}", rule.id, pattern.outline.lane);
        }
    }
}

#[test]
fn a_lane_that_can_miss_is_noticed() {
    let sets = std::array::from_fn(|at| if at == 3 { vec![b'_'] } else { (b'a'..=b'z').collect() });
    let begins = || Begins { sets: &sets, at: 0 };
    assert!(prove("tok_[a-z]{12}", begins()).is_ok());
    assert!(prove("tok_[a-z]{11}", begins()).is_err());
    assert!(prove("tok_[a-z.]{12}", begins()).is_err());
    assert!(prove("tok-[a-z]{12}", begins()).is_err());
    let literals = [List::Borrowed(&b":AA"[..])];
    let holds = |bounds| Holds { literals: &literals, bounds, at: 0, under_way: vec![], done: false };
    assert!(prove("[0-9]{3,5}:AA[a-z]{4}", holds((3, 5))).is_ok());
    assert!(prove("[0-9]{3,6}:AA[a-z]{4}", holds((3, 5))).is_err());
    assert!(prove("[0-9]{3,5}:A[a-z]{4}", holds((3, 5))).is_err());
}
