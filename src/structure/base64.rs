//! Base64 of either alphabet, as lenient as what people write.

/// The bytes that the digits of `text` encode; what is no digit is passed over. `None` for less than a group of four.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held, mut digits) = (0u32, 0, 0);
    for value in text.iter().filter_map(|byte| digit(*byte)) {
        bits = bits << 6 | value;
        held += 6;
        digits += 1;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    (digits >= 4).then_some(bytes)
}

/// The same for text that holds digits and nothing else, but for padding at its end.
pub fn decode_strict(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    text[..end].iter().all(|byte| digit(*byte).is_some()).then(|| decode(&text[..end])).flatten()
}

/// What a digit of either alphabet stands for.
pub fn digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}
