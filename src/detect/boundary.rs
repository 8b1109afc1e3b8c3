//! What may stand beside a match.

use crate::rule::{
    Boundary,
    bytes::{TOKEN, is_word},
};

/// How many bytes before a match decide whether it may start there.
pub const LOOK_BACK: usize = 6;

/// Whether a match may start at `at`.
pub fn may_start(bytes: &[u8], at: usize, boundary: Boundary) -> bool {
    let Some(before) = at.checked_sub(1).map(|ix| bytes[ix]) else { return true };
    match boundary {
        Boundary::Any => true,
        Boundary::Word => !is_word(before) || behind_escape(bytes, at),
        // `=` before a token is an assignment; padding stands behind it.
        Boundary::Token => !TOKEN[usize::from(before)] || before == b'=' || behind_escape(bytes, at),
    }
}

/// Whether a match may end before `at`.
pub fn may_end(bytes: &[u8], at: usize, boundary: Boundary) -> bool {
    let Some(behind) = bytes.get(at).copied() else { return true };
    match boundary {
        Boundary::Any => true,
        Boundary::Word => !is_word(behind),
        Boundary::Token => !TOKEN[usize::from(behind)],
    }
}

/// Whether the bytes just before `at` are an escape, so that its letters do not belong to what follows:
/// `\n`, `%3D`, `\x3d`, `\u003d`.
pub fn behind_escape(bytes: &[u8], at: usize) -> bool {
    let head = &bytes[..at];
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match head {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'0'] => true,
        [.., b'%', a, b] if hex(&[*a, *b]) => true,
        [.., b'\\', b'x', a, b] if hex(&[*a, *b]) => true,
        _ => head.len() >= 6 && head[head.len() - 6..].starts_with(b"\\u") && hex(&head[head.len() - 4..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_count_as_boundaries() {
        for (text, expected) in [
            ("key", true),
            (" key", true),
            ("xkey", false),
            ("_key", false),
            ("-key", true),
            ("\\nkey", true),
            ("nkey", false),
            ("%3Dkey", true),
            ("%3gkey", false),
            ("\\x3dkey", true),
            ("\\u003dkey", true),
            ("..\\u003dkey", true),
            ("..u003dkey", false),
        ] {
            assert_eq!(may_start(text.as_bytes(), text.len() - 3, Boundary::Word), expected, "{text}");
        }
    }

    #[test]
    fn a_token_may_start_behind_an_equals_sign_and_not_end_before_one() {
        assert!(may_start(b"a=b", 2, Boundary::Token));
        assert!(!may_start(b"a/b", 2, Boundary::Token));
        assert!(!may_end(b"a=b", 1, Boundary::Token));
        assert!(may_end(b"a=b", 1, Boundary::Word));
        assert!(may_end(b"a", 1, Boundary::Token));
    }
}
