//! How hard a value is to guess, by a look at its bytes.
//!
//! This only chooses how a value is hashed and how much of it is shown, so it errs to the low side: words, years and
//! repetitions count for little. It is a function of the bytes alone: two rules that find one value agree.

/// Estimated bits of surprise. A run of letters of one case (a capital may lead it) counts as at most one word; the sum
/// is never more than the bytes' own entropy allows.
pub fn bits(value: &[u8]) -> f64 {
    let mut sum = 0.0;
    let mut at = 0;
    while at < value.len() {
        let class = Class::of(value[at]);
        let mut end = at + 1;
        if class == Class::Upper && value.get(end).is_some_and(u8::is_ascii_lowercase) {
            end += 1;
        }
        let tail = Class::of(value[end - 1]);
        while end < value.len() && Class::of(value[end]) == tail {
            end += 1;
        }
        sum += tail.bits(end - at);
        at = end;
    }
    f64::min(sum, shannon(value) * value.len() as f64)
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Other,
}

impl Class {
    fn of(byte: u8) -> Self {
        match byte {
            b'a'..=b'z' => Self::Lower,
            b'A'..=b'Z' => Self::Upper,
            b'0'..=b'9' => Self::Digit,
            _ => Self::Other,
        }
    }

    /// Of a run of `len` bytes.
    fn bits(self, len: usize) -> f64 {
        let len = len as f64;
        match self {
            Self::Lower | Self::Upper => f64::min(len * 4.7, 12.0),
            Self::Digit => len * 3.3,
            Self::Other => f64::min(len * 3.0, 6.0),
        }
    }
}

/// Entropy of the distribution of its bytes, in bits a byte.
fn shannon(value: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let len = value.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / len).map(|p| -p * p.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_easier_to_guess_than_random_characters() {
        assert!(bits(b"correct horse battery staple") < 72.0);
        assert!(bits(b"Summer2024!") < 40.0);
        assert!(bits(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1") < 20.0);
        assert!(bits(b"q7Zk1vW9xR3tY5uB8nM2pL4s") > 72.0);
        assert!(bits(b"9f86d081884c7d659a2feaa0c55ad015") > 72.0);
    }

    #[test]
    fn nothing_has_no_bits() {
        assert_eq!(bits(b""), 0.0);
    }
}
