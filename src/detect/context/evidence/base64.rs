//! Base64, as far as needed to see whether a value is text in disguise.

use crate::structure::base64::digit;

/// Longest text that is decoded, in characters of base64.
const MOST: usize = 128;

/// The printable ASCII text that `value` encodes; `None` where it encodes other bytes, or is no base64 of 8 characters and more.
pub fn text(value: &[u8]) -> Option<Vec<u8>> {
    let digits = value.iter().position(|byte| *byte == b'=').map_or(value, |end| &value[..end]);
    if digits.len() < 8 || digits.len() % 4 == 1 {
        return None;
    }
    let mut text = vec![];
    let (mut bits, mut held) = (0u32, 0);
    for byte in digits.iter().take(MOST) {
        bits = bits << 6 | digit(*byte)?;
        held += 6;
        if held >= 8 {
            held -= 8;
            let byte = (bits >> held) as u8;
            if !(byte == b' ' || byte.is_ascii_graphic() || byte == b'\n') {
                return None;
            }
            text.push(byte);
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_random_bytes() {
        assert_eq!(text(b"aWQ6c2VjcmV0").as_deref(), Some(b"id:secret".as_slice()));
        assert_eq!(text(b"dXNlcjpwYXNz=="), Some(b"user:pass".to_vec()));
        assert_eq!(text(b"/+8Qk3v9Zz01"), None);
        assert_eq!(text(b"password"), None);
        assert_eq!(text(b"short"), None);
    }
}
