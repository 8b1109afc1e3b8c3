//! From a word to the name it belongs to, and on to a value.

use std::ops::Range;

use super::{Candidate, Window, operator, value};

/// Longest name before and behind its word.
const NAME_BEFORE: usize = 64;
const NAME_BEHIND: usize = 48;

/// Whether a byte belongs to a name wherever it stands in it.
#[inline]
pub fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The candidate of a word that lies at `anchor..end`.
pub fn assignment(window: &Window<'_>, anchor: usize, end: usize) -> Option<Candidate> {
    let end = name_end(window, end)?;
    let name = name_start(window, anchor)..end;
    let found = operator::after(window, &name)?;
    let found_value = value::after(window, &name, &found)?;
    Some(Candidate {
        anchor,
        name,
        value: found_value.value,
        syntax: found_value.syntax,
        quote: found_value.quote,
        wrapper: found_value.wrapper,
    })
}

/// Dashes and dots join words of a name where a letter or digit follows.
fn joins(window: &Window<'_>, at: usize) -> bool {
    matches!(window.get(at), Some(b'-' | b'.')) && window.get(at + 1).is_some_and(is_name)
}

fn name_end(window: &Window<'_>, from: usize) -> Option<usize> {
    let mut at = from;
    while window.get(at).is_some_and(is_name) || joins(window, at) {
        at += 1;
        if at > from + NAME_BEHIND {
            return None;
        }
    }
    Some(at)
}

fn name_start(window: &Window<'_>, from: usize) -> usize {
    let mut at = from;
    while at > from.saturating_sub(NAME_BEFORE) {
        match window.bytes[at - 1] {
            byte if is_name(byte) => at -= 1,
            b'-' | b'.' if at >= 2 && is_name(window.bytes[at - 2]) => at -= 1,
            _ => break,
        }
    }
    at
}

/// Whether a name in `range` is quoted, or a symbol.
pub fn is_quoted(window: &Window<'_>, name: &Range<usize>) -> bool {
    matches!(window.before(name.start), Some(b'"' | b'\'' | b'`'))
}
