//! What joins a name and a value.

use std::ops::Range;

use super::{Syntax, Window, name::is_quoted, words::starts};

/// Most blanks between name, operator and value.
pub const BLANKS: usize = 40;

/// A join of a name to what may be its value.
#[derive(Clone, Copy, Debug)]
pub struct Join {
    /// Its kind.
    pub syntax: Syntax,
    /// Where the value, or blanks before it, begin.
    pub end: usize,
}

/// The join behind a name.
pub fn after(window: &Window<'_>, name: &Range<usize>) -> Option<Join> {
    let quoted = is_quoted(window, name);
    let mut at = name.end;
    // What closes the name: `password"`, `password\"`, `password']`, `password"]`.
    let mut closers = 0;
    while closers < 4 && matches!(window.get(at), Some(b'"' | b'\'' | b'`' | b']' | b'\\')) {
        closers += 1;
        at += 1;
    }
    let close = at;
    at = window.skip_blanks(at, BLANKS);
    let join = |syntax, length: usize| Some(Join { syntax, end: at + length });
    let next = window.get(at + 1);
    match window.get(at)? {
        b'=' => match next {
            Some(b'>') => join(Syntax::Arrow, 2),
            Some(b'=') => join(Syntax::Compare, if window.get(at + 2) == Some(b'=') { 3 } else { 2 }),
            Some(b'~') => None,
            _ => join(Syntax::Assign, 1),
        },
        b':' => match next {
            Some(b'=') => join(Syntax::Assign, 2),
            Some(b':') => None,
            _ => join(Syntax::Colon, 1),
        },
        b'!' if next == Some(b'=') => join(Syntax::Compare, if window.get(at + 2) == Some(b'=') { 3 } else { 2 }),
        b'?' | b'+' | b'.' if next == Some(b'=') => join(Syntax::Assign, 2),
        b'|' if next == Some(b'|') && window.get(at + 2) == Some(b'=') => join(Syntax::Assign, 3),
        b'(' if closers == 0 => join(Syntax::Call, 1),
        b',' if quoted || window.before(name.start) == Some(b':') => {
            pair(window, close).or_else(|| join(Syntax::Comma, 1))
        }
        b'>' if opens_element(window, name) => join(Syntax::Element, 1),
        _ if quoted || in_pair(window, name) => pair(window, close).or_else(|| spaced(window, name, close, at)),
        _ => spaced(window, name, close, at),
    }
}

/// `<password>`, `<ns:password>`.
fn opens_element(window: &Window<'_>, name: &Range<usize>) -> bool {
    let start = &window.bytes[name.start.saturating_sub(24)..name.start];
    let prefix = start.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b':').count();
    start.len() > prefix && start[start.len() - prefix - 1] == b'<'
}

/// `name: PASSWORD` and `key: PASSWORD`, whose value stands in the next entry.
fn in_pair(window: &Window<'_>, name: &Range<usize>) -> bool {
    let line = &window.bytes[window.line_start(name.start)..name.start];
    let line = line.trim_ascii_end();
    [b"name:".as_slice(), b"key:", b"Name:", b"Key:"].iter().any(|head| line.ends_with(head))
}

/// The word `value` behind a quoted name: `key="password" value=`, `name: PASSWORD` and `value:` in the next line.
fn pair(window: &Window<'_>, from: usize) -> Option<Join> {
    let mut at = window.skip_space(from, 64);
    if window.get(at) == Some(b',') {
        at = window.skip_space(at + 1, 64);
    }
    at += usize::from(matches!(window.get(at), Some(b'"' | b'\'')));
    if !starts(window.bytes, at, b"value") {
        return None;
    }
    at += 5;
    at += usize::from(matches!(window.get(at), Some(b'"' | b'\'')));
    at = window.skip_blanks(at, 4);
    match window.get(at) {
        Some(b'=' | b':') if window.get(at + 1) != Some(b'=') => Some(Join { syntax: Syntax::Pair, end: at + 1 }),
        _ => None,
    }
}

/// Nothing but blanks between name and value.
fn spaced(window: &Window<'_>, name: &Range<usize>, close: usize, at: usize) -> Option<Join> {
    // In an argument list: `"--password", "value"`.
    let dashed = window.has(name.start.saturating_sub(2), b"--") || window.before(name.start) == Some(b'-');
    let flag = name.start >= 1 && dashed;
    if flag && close > name.end {
        let at = window.skip_blanks(at, BLANKS);
        return (window.get(at) == Some(b',')).then_some(Join { syntax: Syntax::Flag, end: at + 1 });
    }
    (at > close && close == name.end)
        .then_some(Join { syntax: if flag { Syntax::Flag } else { Syntax::Space }, end: at })
}
