//! Numbers and bytes in the alphabets that credentials use.

/// Digits, upper case, lower case.
pub const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits, lower case, upper case.
pub const BASE62_LOWER_FIRST: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Digits, lower case.
pub const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// `value` in the digits of `alphabet`, padded on the left to `width` with its first one.
pub fn digits(mut value: u32, alphabet: &[u8], width: usize) -> Vec<u8> {
    let radix = alphabet.len() as u32;
    let mut out = vec![];
    while value > 0 || out.len() < width {
        out.push(alphabet[(value % radix) as usize]);
        value /= radix;
    }
    out.reverse();
    out
}

/// Base64 of RFC 4648, either alphabet, with or without padding; bits left over at the end are dropped.
pub fn base64(text: &[u8]) -> Option<Vec<u8>> {
    bits(unpadded(text), 6, |byte| match byte {
        b'-' => Some(62),
        b'_' => Some(63),
        _ => position(BASE64, byte),
    })
}

/// The base64 form of `bytes`, standard alphabet, without padding.
pub fn to_base64(bytes: &[u8]) -> Vec<u8> {
    let sextets = (bytes.len() * 8).div_ceil(6);
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    (0..sextets).map(|six| BASE64[(0..6).fold(0, |value, at| value << 1 | usize::from(bit(six * 6 + at)))]).collect()
}

/// Base32 of RFC 4648 in either case, without padding; bits left over at the end are dropped.
pub fn base32(text: &[u8]) -> Option<Vec<u8>> {
    bits(text, 5, |byte| position(BASE32, byte.to_ascii_uppercase()))
}

/// Base58 of Bitcoin.
pub fn base58(text: &[u8]) -> Option<Vec<u8>> {
    let zeros = text.iter().take_while(|byte| **byte == b'1').count();
    let mut out: Vec<u8> = vec![];
    for byte in text {
        let mut carry = u32::from(position(BASE58, *byte)?);
        for digit in out.iter_mut().rev() {
            carry += u32::from(*digit) * 58;
            *digit = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            out.insert(0, carry as u8);
        }
    }
    Some([vec![0; zeros], out].concat())
}

fn unpadded(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    &text[..end]
}

fn position(alphabet: &[u8], byte: u8) -> Option<u8> {
    alphabet.iter().position(|known| *known == byte).map(|at| at as u8)
}

fn bits(text: &[u8], width: u32, value: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let (mut out, mut held, mut count) = (Vec::with_capacity(text.len()), 0_u32, 0);
    for byte in text {
        held = held << width | u32::from(value(*byte)?);
        count += width;
        if count >= 8 {
            count -= 8;
            out.push((held >> count) as u8);
            held &= (1 << count) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_padded_on_the_left() {
        assert_eq!(digits(907_060_870, BASE62, 6), b"0zNvy2");
        assert_eq!(digits(0, BASE36, 2), b"00");
    }

    #[test]
    fn texts_decode_as_rfc_4648_says() {
        assert_eq!(base64(b"Zm9vYmE=").as_deref(), Some(&b"fooba"[..]));
        assert_eq!(base64(b"__-_"), base64(b"//+/"));
        assert_eq!(base32(b"mzxw6ytb").as_deref(), Some(&b"fooba"[..]));
        assert_eq!(base64(b"a*bc"), None);
        assert_eq!(to_base64(b"fooba"), b"Zm9vYmE");
    }

    #[test]
    fn base58_keeps_leading_zeros() {
        assert_eq!(base58(b"112g").as_deref(), Some(&[0, 0, 0x61][..]));
        assert_eq!(base58(b"0"), None);
    }
}
