//! Spans made to fit JSON: what is masked in a string stays in that string, what is masked outside of one becomes a string.

use std::ops::Range;

use crate::finding::mask::{STARS, Span};

/// The same spans, none of which crosses the end of a string or cuts an escape sequence. In JSON no string goes over a line, so that
/// lines are read one by one.
pub fn fitted(text: &[u8], spans: Vec<Span>) -> Vec<Span> {
    let mut fitted: Vec<Span> = vec![];
    let mut line: Option<(Range<usize>, Vec<Token>)> = None;
    for span in spans {
        for part in lines(text, &span.range) {
            let known = line.take().filter(|(range, _)| range.contains(&part.start));
            let (range, tokens) = known.unwrap_or_else(|| {
                let range = around(text, part.start);
                (range.clone(), tokens(text, range))
            });
            let last = fitted.last().map_or(0, |span| span.range.end);
            fitted.extend(in_line(&tokens, &part, &span.masked).into_iter().filter(|span| span.range.start >= last));
            line = Some((range, tokens));
        }
    }
    fitted
}

/// The parts of a range in each of its lines.
fn lines(text: &[u8], range: &Range<usize>) -> Vec<Range<usize>> {
    let mut parts = vec![];
    let mut start = range.start;
    for newline in memchr::memchr_iter(b'\n', &text[range.clone()]).map(|at| range.start + at) {
        parts.push(start..newline);
        start = newline + 1;
    }
    parts.push(start..range.end);
    parts.retain(|part| part.start < part.end);
    parts
}

fn around(text: &[u8], at: usize) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    start..memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline)
}

/// A string's content, or a number or word outside of strings.
#[derive(Debug)]
struct Token {
    range: Range<usize>,
    is_string: bool,
    /// Where escape sequences stand in it.
    escapes: Vec<Range<usize>>,
}

fn tokens(text: &[u8], line: Range<usize>) -> Vec<Token> {
    let mut tokens = vec![];
    let mut at = line.start;
    while at < line.end {
        match text[at] {
            b'"' => {
                let token = string(text, at + 1, line.end);
                at = token.range.end + 1;
                tokens.push(token);
            }
            byte if is_bare(byte) => {
                let end =
                    text[at..line.end].iter().position(|byte| !is_bare(*byte)).map_or(line.end, |length| at + length);
                tokens.push(Token { range: at..end, is_string: false, escapes: vec![] });
                at = end;
            }
            _ => at += 1,
        }
    }
    tokens
}

fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')
}

fn string(text: &[u8], start: usize, end: usize) -> Token {
    let mut at = start;
    let mut escapes = vec![];
    while at < end && text[at] != b'"' {
        if text[at] == b'\\' {
            let length = if text.get(at + 1) == Some(&b'u') { 6 } else { 2 };
            let escape = at..(at + length).min(end);
            at = escape.end;
            escapes.push(escape);
        } else {
            at += 1;
        }
    }
    Token { range: start..at, is_string: true, escapes }
}

fn in_line(tokens: &[Token], span: &Range<usize>, masked: &str) -> Vec<Span> {
    let touched = tokens.iter().filter(|token| token.range.start < span.end && span.start < token.range.end);
    let mut spans: Vec<Span> = touched.map(|token| in_token(token, span, masked)).collect();
    // One masked form for one secret, and nothing but stars for what else it covered.
    spans.iter_mut().skip(1).for_each(|span| span.masked = span.masked.replace(&escaped(masked), STARS));
    spans
}

fn in_token(token: &Token, span: &Range<usize>, masked: &str) -> Span {
    if !token.is_string {
        return Span { range: token.range.clone(), masked: format!("\"{}\"", escaped(masked)) };
    }
    let mut range = span.start.max(token.range.start)..span.end.min(token.range.end);
    for escape in &token.escapes {
        if escape.start < range.start && range.start < escape.end {
            range.start = escape.start;
        }
        if escape.start < range.end && range.end < escape.end {
            range.end = escape.end;
        }
    }
    Span { range, masked: escaped(masked) }
}

/// As the content of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
