//! Bech32 (BIP 173) over 32 bytes: identities of age, private keys of Nostr.

use super::{Check, fits};

const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];

/// Characters behind the separator: 32 bytes, and six of the checksum.
const DATA: usize = 52 + 6;

/// `AGE-SECRET-KEY-1…`, upper case.
pub fn age(secret: &[u8]) -> Check {
    if secret.iter().any(u8::is_ascii_lowercase) {
        return Check::Unknown;
    }
    check(&secret.to_ascii_lowercase(), b"age-secret-key-")
}

/// `nsec1…`.
pub fn nostr(secret: &[u8]) -> Check {
    check(secret, b"nsec")
}

fn check(secret: &[u8], readable: &[u8]) -> Check {
    let data = secret.strip_prefix(readable).and_then(|rest| rest.strip_prefix(b"1"));
    let Some(data) = data.filter(|data| data.len() == DATA) else { return Check::Unknown };
    let values: Option<Vec<u8>> =
        data.iter().map(|byte| ALPHABET.iter().position(|known| known == byte).map(|at| at as u8)).collect();
    let Some(values) = values else { return Check::Invalid };
    let high = readable.iter().map(|byte| byte >> 5);
    let low = readable.iter().map(|byte| byte & 31);
    let sum = high.chain([0]).chain(low).chain(values.iter().copied()).fold(1, step);
    // 52 characters hold four bits more than 32 bytes.
    fits(sum == 1 && values[51] & 15 == 0, Check::Invalid)
}

fn step(sum: u32, value: u8) -> u32 {
    let top = sum >> 25;
    let shifted = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
    GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(shifted, |sum, (_, term)| sum ^ term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::holds_for;

    #[test]
    fn vectors() {
        holds_for(
            age,
            "AGE-SECRET-KEY-1{-}QQQSYQCY{-}Q5RQWZQF{-}PG9SCRGW{-}PUGPZYSN{-}ZS23V9CC{-}RYDPK8QA{-}RC0SWRYD{-}WG",
            Check::Invalid,
        );
        // The altered character is not in the alphabet, which is as wrong.
        holds_for(
            nostr,
            "nsec1{-}qqqsyqcy{-}q5rqwzqf{-}pg9scrgw{-}pugpzysn{-}zs23v9cc{-}rydpk8qa{-}rc0s8zu3{-}a4",
            Check::Invalid,
        );
    }
}
