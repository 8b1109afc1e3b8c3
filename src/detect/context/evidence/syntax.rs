//! How name and value are joined, and what closes them.

use super::{Evidence, Piece, says};
use crate::detect::context::{Candidate, Quote, Syntax, Window};

/// Adds the evidence of the syntax.
pub fn add(window: &Window<'_>, found: &Candidate, evidence: &mut Evidence) {
    evidence.set(Piece::Syntax, found.syntax as i16);
    let quote = match found.quote {
        Quote::None => 0,
        Quote::Single => 1,
        Quote::Double => 2,
        Quote::Back => 3,
        Quote::Escaped => 4,
    };
    evidence.set(Piece::Quoted, quote);
    let name_quoted = matches!(window.before(found.name.start), Some(b'"' | b'\'' | b'`'));
    evidence.tell(Piece::NameQuoted, name_quoted);
    evidence.tell(Piece::JsonLike, name_quoted && found.syntax == Syntax::Colon);
    evidence.set(Piece::Wrapped, wrapped(window, found));
    let between = found.name.end..found.value.start;
    let blanks =
        window.bytes.get(between).map_or(0, |between| between.iter().filter(|byte| byte.is_ascii_whitespace()).count());
    evidence.set(Piece::Spaced, blanks.min(20));
    let mut at = found.value.end;
    // Over the closing quote.
    if found.quote != Quote::None {
        while window.get(at) == Some(b'\\') {
            at += 1;
        }
        at += 1;
    }
    let mut closed = 0;
    while matches!(window.get(at), Some(b')' | b']' | b'}')) {
        closed += 1;
        at += 1;
    }
    evidence.set(Piece::Closed, closed);
    at = window.skip_blanks(at, 16);
    let behind = match window.get(at) {
        None | Some(b'\n' | b'\r') => 0,
        Some(b',') => 1,
        Some(b';') => 2,
        Some(b')' | b']' | b'}') => 3,
        Some(b'+') => 4,
        Some(b'.' | b'-') => 5,
        Some(b'&' | b'?' | b'|') => 6,
        Some(b'#' | b'/' | b'*') => 8,
        Some(b'"' | b'\'' | b'`' | b'\\' | b'<') => 9,
        Some(b'@') => 10,
        _ => 7,
    };
    evidence.set(Piece::Behind, behind);
}

fn wrapped(window: &Window<'_>, found: &Candidate) -> i16 {
    if found.wrapper.is_empty() {
        return 0;
    }
    let call = window.bytes[found.wrapper.clone()].to_ascii_lowercase();
    if says(
        &call,
        &[
            "string", "bytes", "byte", "str", "encode", "literal", "freeze", "buffer", "ptr", "constant", "secret",
            "key", "char", "utf",
        ],
    ) {
        2
    } else if says(&call, &["hash", "crypt", "digest", "equal", "is(", "eq", "be", "contain", "match", "md5", "sha"]) {
        3
    } else {
        1
    }
}
