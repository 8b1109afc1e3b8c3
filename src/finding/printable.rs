//! Text from scanned files, made fit for a terminal.
//!
//! A path, an author or a line may hold escape sequences that recolour, overwrite or answer for the terminal, and
//! direction marks that make it read as something else. Everything that is not plain visible text is spelled out.

use std::fmt::Write;

/// `bytes` with control characters, invisible and direction-changing characters, and invalid UTF-8 spelled out (`\x1b`,
/// `\u{202e}`). No new line is left in it.
pub fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            push(&mut out, char);
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Whether a terminal may do something other than show this character.
pub fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn push(out: &mut String, char: char) {
    let _ = match char {
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        _ if !is_unsafe(char) => {
            out.push(char);
            Ok(())
        }
        _ if (char as u32) < 0x80 => write!(out, "\\x{:02x}", char as u32),
        _ => write!(out, "\\u{{{:x}}}", char as u32),
    };
}

/// As text for machines: as it is, but with the bytes that are not UTF-8 spelled out (`\xff`).
pub fn utf8(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_spelled_out() {
        assert_eq!(printable(b"a\x1b[31mb\x07"), "a\\x1b[31mb\\x07");
        assert_eq!(printable("x\u{9b}31m\u{202e}txt\u{200b}".as_bytes()), "x\\u{9b}31m\\u{202e}txt\\u{200b}");
        assert_eq!(printable(b"one\ntwo\tthree\r"), "one\\ntwo\\tthree\\r");
    }

    #[test]
    fn what_is_no_utf8_is_spelled_out_and_the_rest_stays() {
        assert_eq!(printable(b"caf\xc3\xa9 \xff\xfe"), "café \\xff\\xfe");
        assert_eq!(utf8(b"caf\xc3\xa9 \xff\x1b"), "café \\xff\x1b");
    }
}
