//! The value behind a join.

use std::ops::Range;

use super::{
    Quote, Syntax, Window,
    name::is_name,
    operator::{BLANKS, Join},
};

/// Longest value in bytes; the window may bound it further.
pub const LONGEST: usize = 220;
/// Shortest value in bytes.
pub const SHORTEST: usize = 3;
/// Longest name of a call or constructor around a value.
const WRAPPER: usize = 32;

/// A value as it stands.
#[derive(Clone, Debug)]
pub struct Value {
    /// Without quotes.
    pub value: Range<usize>,
    /// The join, as the value shows it to be.
    pub syntax: Syntax,
    /// What encloses it.
    pub quote: Quote,
    /// The call around it.
    pub wrapper: Range<usize>,
}

/// The value behind `join`.
pub fn after(window: &Window<'_>, name: &Range<usize>, join: &Join) -> Option<Value> {
    let mut at = window.skip_blanks(join.end, BLANKS);
    // Long values are written below their names.
    let broken = matches!(join.syntax, Syntax::Assign | Syntax::Call | Syntax::Arrow | Syntax::Comma | Syntax::Pair);
    if broken && matches!(window.get(at), Some(b'\n' | b'\r')) {
        at = window.skip_space(at, 64);
        return quoted_or_wrapped(window, at, join.syntax);
    }
    let mut syntax = join.syntax;
    if syntax == Syntax::Colon
        && let Some(end) = type_annotation(window, at)
    {
        syntax = Syntax::Assign;
        at = window.skip_blanks(end, BLANKS);
    }
    if syntax == Syntax::Comma
        && let Some(end) = keyword(window, at)
    {
        at = window.skip_blanks(end, BLANKS);
    }
    if let Some(found) = quoted_or_wrapped(window, at, syntax) {
        return Some(found);
    }
    // What could not be read as a quoted value is no bare one either.
    if quote_at(window, at).is_some() {
        return None;
    }
    bare(window, name, at, syntax)
}

/// A quote at `at`, behind a string's prefix if it has one: its kind, and where its text begins.
fn quote_at(window: &Window<'_>, at: usize) -> Option<(Quote, usize)> {
    match window.get(at)? {
        b'"' => Some((Quote::Double, at + 1)),
        b'\'' => Some((Quote::Single, at + 1)),
        b'`' => Some((Quote::Back, at + 1)),
        b'\\' if matches!(window.get(at + 1), Some(b'"' | b'\'')) => Some((Quote::Escaped, at + 2)),
        b'\\' if window.has(at + 1, b"\\\"") => Some((Quote::Escaped, at + 3)),
        b'@' | b'b' | b'B' | b'r' | b'R' | b'u' | b'U' | b'L' | b'N' | b'f' | b'$'
            if matches!(window.get(at + 1), Some(b'"' | b'\'')) =>
        {
            quote_at(window, at + 1)
        }
        _ => None,
    }
}

fn quoted_or_wrapped(window: &Window<'_>, at: usize, syntax: Syntax) -> Option<Value> {
    if let Some((quote, start)) = quote_at(window, at) {
        return quoted(window, quote, start, syntax, at..at);
    }
    let (wrapper, inner) = wrapper(window, at)?;
    let (quote, start) = quote_at(window, inner)?;
    quoted(window, quote, start, syntax, wrapper)
}

fn quoted(window: &Window<'_>, quote: Quote, start: usize, syntax: Syntax, wrapper: Range<usize>) -> Option<Value> {
    let close = window.bytes[start - 1];
    let mut at = start;
    loop {
        match window.get(at)? {
            b'\n' | b'\r' => return None,
            b'\\' if quote == Quote::Escaped => {
                let slashes = window.bytes[at..].iter().take_while(|byte| **byte == b'\\').count();
                if window.get(at + slashes) == Some(close) {
                    break;
                }
                at += slashes.max(1);
            }
            b'\\' => at += 2,
            byte if byte == close => break,
            _ => at += 1,
        }
        if at > start + LONGEST {
            return None;
        }
    }
    (at >= start + SHORTEST).then_some(Value { value: start..at, syntax, quote, wrapper })
}

/// `String(`, `[]byte(`, `new Key(`, `(`, `[`: what stands before a quoted value.
fn wrapper(window: &Window<'_>, at: usize) -> Option<(Range<usize>, usize)> {
    let start = if window.has(at, b"new ") { at + 4 } else { at };
    let mut end = start;
    while window.get(end).is_some_and(|byte| {
        is_name(byte) || matches!(byte, b'.' | b':' | b'[' | b']' | b'&' | b'$' | b'-' | b'>' | b'*')
    }) {
        end += 1;
        if end > start + WRAPPER {
            return None;
        }
    }
    match window.get(end)? {
        b'(' | b'{' => Some((start..end + 1, window.skip_blanks(end + 1, 8))),
        // `[ "value" ]`
        b'"' | b'\'' if end == start + 1 && window.bytes[start] == b'[' => Some((start..end, end)),
        _ => None,
    }
}

/// A type between name and value: `password: String = "..."`. Returns where the value may begin.
fn type_annotation(window: &Window<'_>, at: usize) -> Option<usize> {
    let mut end = at;
    // `&'static str` has a blank inside.
    let borrowed = window.get(at) == Some(b'&');
    while window.get(end).is_some_and(|byte| {
        is_name(byte)
            || matches!(byte, b'<' | b'>' | b'?' | b'.' | b'[' | b']' | b'&' | b'\'')
            || byte == b' ' && borrowed
    }) {
        end += 1;
        if end > at + 40 {
            return None;
        }
    }
    let equals = window.skip_blanks(end, 4);
    let assigns =
        end > at && window.get(equals) == Some(b'=') && !matches!(window.get(equals + 1), Some(b'=' | b'>' | b'~'));
    // `key: value=` of a compact notation: a type is followed by a blank.
    (assigns && window.before(equals) == Some(b' ')).then_some(equals + 1)
}

/// A keyword before the value: `fill_in :password, with: "..."`.
fn keyword(window: &Window<'_>, at: usize) -> Option<usize> {
    let end =
        at + window.bytes[at.min(window.bytes.len())..].iter().take(16).take_while(|byte| is_name(**byte)).count();
    match window.get(end) {
        Some(b':' | b'=') if end > at && window.get(end + 1) != Some(b'=') => Some(end + 1),
        _ => None,
    }
}

/// A value without quotes.
fn bare(window: &Window<'_>, name: &Range<usize>, at: usize, syntax: Syntax) -> Option<Value> {
    // A comparison's or a call's bare operand is a variable.
    if matches!(syntax, Syntax::Compare | Syntax::Call | Syntax::Comma) {
        return None;
    }
    let first = window.get(at)?;
    let opens = first.is_ascii_alphanumeric()
        || matches!(first, b'/' | b'+' | b'_' | b'!' | b'=' | b'.' | b'-' | b'#')
        || first >= 0x80;
    if syntax == Syntax::Element {
        return element(window, at);
    }
    if !opens {
        return None;
    }
    let mut end = at;
    while window.get(end).is_some_and(|byte| !stops(byte, syntax)) {
        end += 1;
        if end > at + LONGEST {
            return None;
        }
    }
    let stop = window.get(end);
    // Calls, indexes, templates, and what the window's edge cut off.
    if matches!(stop, Some(b'(' | b'[' | b'{' | b'$')) || stop.is_none() && !window.at_end {
        return None;
    }
    while end > at && matches!(window.bytes[end - 1], b'.' | b':' | b',' | b'?') {
        end -= 1;
    }
    let value = at..end;
    if value.len() < SHORTEST || !may_be_bare(window, name, &value, syntax) {
        return None;
    }
    Some(Value { value, syntax, quote: Quote::None, wrapper: at..at })
}

/// The text of an element, without markup inside.
fn element(window: &Window<'_>, at: usize) -> Option<Value> {
    let length = memchr::memchr2(b'<', b'\n', window.bytes.get(at..)?)?;
    let value = at..at + length;
    let holds = window.get(value.end) == Some(b'<') && (SHORTEST..=LONGEST).contains(&length);
    holds.then_some(Value { value, syntax: Syntax::Element, quote: Quote::None, wrapper: at..at })
}

/// What ends a bare value.
fn stops(byte: u8, syntax: Syntax) -> bool {
    byte.is_ascii_whitespace()
        || matches!(
            byte,
            b'"' | b'\'' | b'`' | b'<' | b'>' | b',' | b';' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'|' | b'\\'
        )
        || byte == b'&' && syntax == Syntax::Assign
        || byte == b'$'
}

/// Without quotes a word is a variable in code and a value in configuration; the line tells.
fn may_be_bare(window: &Window<'_>, name: &Range<usize>, value: &Range<usize>, syntax: Syntax) -> bool {
    let text = &window.bytes[value.clone()];
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == text.len() && text.len() < 6
        || text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') && text.contains(&b'.')
    {
        return false;
    }
    let random = digits > 0 && digits < text.len() && text.len() >= 6 && !text.contains(&b'.')
        || text.iter().any(|byte| matches!(byte, b'!' | b'@' | b'#' | b'%' | b'+' | b'='));
    // `password = mavenPassword`: settings that set blanks around the sign quote what they hold.
    let camel = text[0].is_ascii_lowercase()
        && text.iter().all(u8::is_ascii_alphabetic)
        && text.iter().any(u8::is_ascii_uppercase);
    if camel && syntax == Syntax::Assign && window.before(value.start) == Some(b' ') {
        return false;
    }
    // An expression goes on: `key = version2 ? a : b`.
    let behind = window.skip_blanks(value.end, 4);
    if behind > value.end && matches!(window.get(behind), Some(b'?' | b'+' | b'|' | b'=' | b'*' | b'&')) {
        return false;
    }
    // `token = request.token`.
    let member =
        text.contains(&b'.') && text.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.'));
    if member {
        return false;
    }
    let line = window.line_start(name.start)..name.start;
    let rest = window.skip_blanks(value.end, BLANKS);
    let ends_line = matches!(window.get(rest), None | Some(b'\n' | b'\r' | b'#'))
        || window.get(rest) == Some(b'\\') && matches!(window.get(rest + 1), Some(b'\n' | b'n'));
    let head = window.bytes[line].trim_ascii();
    match syntax {
        Syntax::Space => ends_line && (random || directive(head)),
        Syntax::Flag => true,
        _ => {
            let before = window.before(name.start);
            let inline = syntax == Syntax::Assign && matches!(before, Some(b'?' | b'&' | b';' | b'"' | b'\'' | b'-'));
            // As shells and connection strings write it: `NAME=value program`, `user=name password=value`.
            let tight = syntax == Syntax::Assign
                && window.bytes[name.end..value.start] == *b"="
                && matches!(before, None | Some(b' ' | b'\t' | b'\n' | b'"' | b'\'' | b'`'))
                && matches!(window.get(value.end), None | Some(b' ' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'\\'));
            inline || tight || random || ends_line && heads_setting(head)
        }
    }
}

/// Words at the start of a line that a bare setting may follow.
fn heads_setting(head: &[u8]) -> bool {
    let mut rest = head;
    loop {
        let before = rest.len();
        for mark in [
            b"//".as_slice(),
            b"#",
            b"*",
            b"- ",
            b"-",
            b"--",
            b";",
            b"export ",
            b"export",
            b"set ",
            b"set",
            b"ENV",
            b"ARG",
            b"-e",
            b"-D",
        ] {
            if let Some(behind) = rest.strip_prefix(mark) {
                rest = behind.trim_ascii_start();
            }
        }
        if rest.is_empty() {
            return true;
        }
        if rest.len() == before {
            return false;
        }
    }
}

/// What may stand before a name whose value follows after a blank.
fn directive(head: &[u8]) -> bool {
    heads_setting(head)
        || head.windows(6).any(|word| word.eq_ignore_ascii_case(b"login "))
        || head.starts_with(b"machine")
}
