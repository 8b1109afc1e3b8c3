//! What holds of all that patterns match, shown on their automata.

use std::{collections::HashSet, hash::Hash};

use regex_automata::{
    Anchored, Input, MatchKind,
    hybrid::dfa::DFA,
    nfa::thompson::{NFA, State},
};

use crate::rule::syntax;

/// States of a search, beyond which nothing is said.
const STATES: usize = 400_000;
/// Bytes of memory for the automaton of the pattern that may hold the other.
const MEMORY: usize = 64 << 20;

/// Whether all that `inner` matches is matched by `outer` too, whole. `None` where that is too much to find out.
pub fn covers(outer: &str, inner: &str) -> Option<bool> {
    let config = DFA::config()
        .match_kind(MatchKind::All)
        .cache_capacity(MEMORY)
        .minimum_cache_clear_count(Some(0))
        .skip_cache_capacity_check(false);
    let outer = DFA::builder().configure(config).build_from_nfa(nfa(outer)?).ok()?;
    let mut cache = outer.create_cache();
    let start = outer.start_state_forward(&mut cache, &Input::new("").anchored(Anchored::Yes)).ok()?;
    let mut exhausted = false;
    let next = |state: &_, byte| match outer.next_state(&mut cache, *state, byte) {
        Ok(next) => Some(next),
        Err(_) => {
            exhausted = true;
            None
        }
    };
    let mut ends = HashSet::new();
    walk(&nfa(inner)?, start, next, |state| _ = ends.insert(*state))?;
    let refused = ends.into_iter().map(|state| Some(!outer.next_eoi_state(&mut cache, state).ok()?.is_match()));
    let refused: Vec<bool> = refused.collect::<Option<_>>()?;
    (!exhausted).then(|| !refused.contains(&true))
}

/// Whether a pattern matches what looks like the name of a thing: behind the first `prefix` bytes, at least three words of lower case
/// letters, none longer than fourteen, joined by `_` or `-`, of other letters than hexadecimal digits are made of.
pub fn matches_a_name(pattern: &str, prefix: usize) -> bool {
    const WORD: u8 = 14;
    const JOINTS: u8 = 2;
    const OTHERS: u8 = 3;
    // Bytes of the prefix that are still to come, letters of the word, joints and letters beyond `f` until now.
    let next = |monitor: &(usize, u8, u8, u8), byte: u8| match (*monitor, byte) {
        ((prefix @ 1.., ..), _) => Some((prefix - 1, 0, 0, 0)),
        ((0, letters, joints, others), b'a'..=b'f') if letters < WORD => Some((0, letters + 1, joints, others)),
        ((0, letters, joints, others), b'g'..=b'z') if letters < WORD => {
            Some((0, letters + 1, joints, OTHERS.min(others + 1)))
        }
        ((0, 2.., joints, others), b'_' | b'-') => Some((0, 0, JOINTS.min(joints + 1), others)),
        _ => None,
    };
    let mut found = false;
    let start = (prefix, 0, 0, 0);
    let walked = nfa(pattern).and_then(|nfa| {
        walk(&nfa, start, next, |(_, letters, joints, others)| {
            found |= *letters > 1 && *joints == JOINTS && *others == OTHERS;
        })
    });
    found && walked.is_some()
}

fn nfa(pattern: &str) -> Option<NFA> {
    NFA::compiler().build_from_hir(&syntax::as_run(syntax::parse(pattern).ok()?)).ok()
}

/// Runs a monitor along all that the automaton accepts (look-around taken as empty) and hands what it is at each match to `end`.
/// Where `next` gives nothing the way is not followed. `None` where there are too many ways.
fn walk<M: Clone + Eq + Hash>(
    nfa: &NFA,
    start: M,
    mut next: impl FnMut(&M, u8) -> Option<M>,
    mut end: impl FnMut(&M),
) -> Option<()> {
    let mut seen = HashSet::new();
    let mut open = vec![(nfa.start_anchored(), start)];
    while let Some((id, monitor)) = open.pop() {
        if !seen.insert((id, monitor.clone())) {
            continue;
        }
        if seen.len() > STATES {
            return None;
        }
        let mut step = |byte, to| open.extend(next(&monitor, byte).map(|monitor| (to, monitor)));
        match nfa.state(id) {
            State::ByteRange { trans } => (trans.start..=trans.end).for_each(|byte| step(byte, trans.next)),
            State::Sparse(sparse) => {
                for trans in &*sparse.transitions {
                    (trans.start..=trans.end).for_each(|byte| step(byte, trans.next));
                }
            }
            State::Dense(dense) => {
                (0..=255).for_each(|byte| dense.matches_byte(byte).into_iter().for_each(|to| step(byte, to)));
            }
            State::Look { next, .. } | State::Capture { next, .. } => open.push((*next, monitor)),
            State::Union { alternates } => open.extend(alternates.iter().map(|next| (*next, monitor.clone()))),
            State::BinaryUnion { alt1, alt2 } => open.extend([(*alt1, monitor.clone()), (*alt2, monitor)]),
            State::Fail => {}
            State::Match { .. } => end(&monitor),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_another_only_where_all_of_it_is_matched() {
        assert_eq!(covers("acme_[a-z0-9]{20,40}", "acme_[a-f0-9]{32}"), Some(true));
        assert_eq!(covers("acme_[a-z0-9]{20,30}", "acme_[a-f0-9]{32}"), Some(false));
        assert_eq!(covers("acme_[a-z]{20,40}", "acme_[a-f0-9]{32}"), Some(false));
        assert_eq!(covers("(?:ab|abc)d{3}", "ab(?P<secret>c?ddd)"), Some(true));
        assert_eq!(covers("ab(?P<secret>c?ddd)", "(?:ab|abb)d{3}"), Some(false));
    }

    #[test]
    fn names_are_words_with_joints() {
        let of = |body: &str| matches_a_name(&format!("live_{body}"), 5);
        assert!(of("[A-Za-z0-9_-]{30}"));
        assert!(!of("[A-Za-z0-9]{30}"));
        assert!(!of("[A-Z0-9_-]{30}"));
        assert!(!of("[0-9]{2}[A-Za-z0-9_-]{30}"));
        assert!(!of("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
    }
}
