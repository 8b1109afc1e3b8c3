//! Candidates that are no assignment: URLs, headers, `-u user:password`, SQL.

use super::{
    Candidate, Quote, Syntax, Window,
    name::is_name,
    value::{LONGEST, SHORTEST},
};

/// Longest scheme, user and password of a URL.
const SCHEME: usize = 20;
const USER: usize = 64;
const PASSWORD: usize = 128;

/// A URL with user and password; `at` is where `://` stands.
pub fn url(window: &Window<'_>, at: usize) -> Option<Candidate> {
    let scheme = window.bytes[..at]
        .iter()
        .rev()
        .take(SCHEME)
        .take_while(|byte| is_name(**byte) || matches!(byte, b'+' | b'-' | b'.'))
        .count();
    if scheme < 2 {
        return None;
    }
    let user = at + 3;
    let mut colon = user;
    while window.get(colon)? != b':' {
        if !in_userinfo(window.bytes[colon]) || colon > user + USER {
            return None;
        }
        colon += 1;
    }
    let start = colon + 1;
    let mut end = start;
    // The last `@` before the host ends, since passwords hold some.
    let mut last = None;
    while let Some(byte) = window.get(end) {
        if byte == b'@' {
            last = Some(end);
        } else if !in_userinfo(byte) && !matches!(byte, b':' | b'!' | b'?' | b'#' | b'*' | b'(' | b')') {
            break;
        }
        end += 1;
        if end > start + PASSWORD {
            break;
        }
    }
    let end = last?;
    let host = window.get(end + 1)?;
    // A port is no password.
    if !(host.is_ascii_alphanumeric() || matches!(host, b'[' | b'{' | b'$' | b'<' | b'%')) || end < start + SHORTEST - 1
    {
        return None;
    }
    Some(candidate(user.min(colon)..colon, start..end, Syntax::Url, Quote::None))
}

fn in_userinfo(byte: u8) -> bool {
    is_name(byte) || matches!(byte, b'-' | b'.' | b'~' | b'%' | b'$' | b'&' | b'+' | b'=' | b'^') || byte >= 0x80
}

/// `Basic`, `Bearer` and a token; `end` is where the token begins.
pub fn header(window: &Window<'_>, at: usize, end: usize) -> Option<Candidate> {
    let length = window.bytes[end..]
        .iter()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
        })
        .count();
    let value = end..end + length;
    let text = &window.bytes[value.clone()];
    let told = text.iter().any(u8::is_ascii_digit)
        || text.iter().any(u8::is_ascii_uppercase) && text.iter().any(u8::is_ascii_lowercase)
        || text.ends_with(b"=");
    let template = matches!(window.get(value.end), Some(b'{' | b'$' | b'<'));
    if !(8..=LONGEST).contains(&length) || !told || template || value.end == window.bytes.len() && !window.at_end {
        return None;
    }
    let name = window.bytes[..at].iter().rev().take(8).take_while(|byte| is_name(**byte)).count();
    Some(candidate(at - name..end - 1, value, Syntax::Header, Quote::None))
}

/// `-u user:password`.
pub fn user(window: &Window<'_>, at: usize, end: usize) -> Option<Candidate> {
    if window.before(at).is_some_and(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'')) {
        return None;
    }
    let quote = match window.get(end)? {
        b'"' => Quote::Double,
        b'\'' => Quote::Single,
        _ => Quote::None,
    };
    let start = end + usize::from(quote != Quote::None);
    let stops = |byte: u8| match quote {
        Quote::Double => byte == b'"',
        Quote::Single => byte == b'\'',
        _ => byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b')' | b';'),
    };
    let length =
        window.bytes[start..].iter().take(USER + PASSWORD).take_while(|byte| !stops(**byte) && **byte != b'\n').count();
    let text = &window.bytes[start..start + length];
    let colon = memchr::memchr(b':', text)?;
    let value = start + colon + 1..start + length;
    // A group id, a path, a port.
    if colon == 0
        || value.len() < SHORTEST
        || text[colon + 1..].iter().all(u8::is_ascii_digit)
        || text[colon + 1] == b'/'
    {
        return None;
    }
    Some(candidate(start..start + colon, value, Syntax::User, quote))
}

/// `IDENTIFIED BY 'password'`, `IDENTIFIED BY PASSWORD 'hash'` left out.
pub fn identified(window: &Window<'_>, at: usize, end: usize) -> Option<Candidate> {
    let quote = match window.get(end)? {
        b'"' => Quote::Double,
        b'\'' => Quote::Single,
        b'\\' if matches!(window.get(end + 1), Some(b'"' | b'\'')) => Quote::Escaped,
        byte if byte.is_ascii_alphanumeric() => Quote::None,
        _ => return None,
    };
    let start = match quote {
        Quote::None => end,
        Quote::Escaped => end + 2,
        _ => end + 1,
    };
    let close = window.bytes[start - 1];
    let length = window.bytes[start..]
        .iter()
        .take_while(|byte| match quote {
            Quote::None => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'#' | b'$'),
            Quote::Escaped => **byte != b'\\',
            _ => **byte != close && **byte != b'\n',
        })
        .count();
    let value = start..start + length;
    if !(SHORTEST..=LONGEST).contains(&length)
        || window.bytes[value.clone()].eq_ignore_ascii_case(b"password") && quote == Quote::None
    {
        return None;
    }
    Some(candidate(at - 7..end - 1, value, Syntax::Sql, quote))
}

fn candidate(name: std::ops::Range<usize>, value: std::ops::Range<usize>, syntax: Syntax, quote: Quote) -> Candidate {
    Candidate { anchor: 0, wrapper: value.start..value.start, name, value, syntax, quote }
}
