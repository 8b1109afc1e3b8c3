//! What tells words from random text: a list of words of code, and how likely three letters follow each other in them. Both
//! are made by `tools/judge/language.py`.

use std::sync::OnceLock;

static WORDS: &str = include_str!("../../../rules/judge.words");
static LETTERS: &str = include_str!("../../../rules/judge.letters");

/// Longest word of the list.
const LONGEST: usize = 16;
/// Bits of the table of words: one word in 300 that is none seems to be one.
const BITS: u32 = 18;

/// Words and letters, read once.
pub struct Language {
    /// Unlikeliness of a letter behind two others, in eighths of a bit; 26 letters, and the end of a word.
    letters: Vec<u8>,
    words: Vec<u64>,
}

/// How much of a text is made of words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// Letters that belong to a word of the list.
    pub letters: usize,
    /// Letters of its longest word.
    pub longest: usize,
}

impl Language {
    /// The language of code.
    pub fn of_code() -> &'static Self {
        static LANGUAGE: OnceLock<Language> = OnceLock::new();
        LANGUAGE.get_or_init(|| {
            let mut words = vec![0; 1 << (BITS - 6)];
            for word in WORDS.lines() {
                for bit in bits(word.bytes().fold(SEED, step)) {
                    words[bit >> 6] |= 1 << (bit & 63);
                }
            }
            Language { letters: LETTERS.bytes().filter(|byte| *byte != b'\n').map(|byte| byte - b'0').collect(), words }
        })
    }

    fn has(&self, hash: u32) -> bool {
        bits(hash).iter().all(|bit| self.words[bit >> 6] >> (bit & 63) & 1 == 1)
    }

    /// The words in `text`, of three letters and more, in either case.
    pub fn covered(&self, text: &[u8]) -> Covered {
        // best[i]: most letters covered from i on.
        let mut best = [0u8; 257];
        let text = &text[..text.len().min(256)];
        let mut longest = 0;
        for start in (0..text.len()).rev() {
            best[start] = best[start + 1];
            let mut hash = SEED;
            for (ix, byte) in text[start..].iter().take(LONGEST).enumerate() {
                if !byte.is_ascii_alphabetic() {
                    break;
                }
                hash = step(hash, byte.to_ascii_lowercase());
                let length = ix + 1;
                if length >= 3 && self.has(hash) {
                    let all = best[start + length].saturating_add(length as u8);
                    if all >= best[start] {
                        best[start] = all;
                        longest = longest.max(length);
                    }
                }
            }
        }
        Covered { letters: usize::from(best[0]), longest }
    }

    /// How unlikely the letters of `text` follow each other in words: mean of a letter in eighths of a bit. A new word begins at
    /// what is no letter and at a capital behind a small letter. Zero without letters.
    pub fn strangeness(&self, text: &[u8]) -> u32 {
        let (mut sum, mut count) = (0u32, 0u32);
        let (mut before, mut last) = (0usize, 0usize);
        let mut small = false;
        let add = |a: usize, b: usize, c: usize| u32::from(self.letters[(a * 27 + b) * 27 + c]);
        for byte in text {
            if !byte.is_ascii_alphabetic() || small && byte.is_ascii_uppercase() {
                if last != 0 {
                    sum += add(before, last, 0);
                    count += 1;
                }
                (before, last) = (0, 0);
            }
            small = byte.is_ascii_lowercase();
            if byte.is_ascii_alphabetic() {
                let letter = usize::from(byte.to_ascii_lowercase() - b'a') + 1;
                if last != 0 {
                    sum += add(before, last, letter);
                    count += 1;
                }
                (before, last) = (last, letter);
            }
        }
        if last != 0 {
            sum += add(before, last, 0);
            count += 1;
        }
        sum.checked_div(count).unwrap_or(0)
    }
}

const SEED: u32 = 0x811c_9dc5;

fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

fn bits(hash: u32) -> [usize; 2] {
    let shift = 32 - BITS;
    [(hash.wrapping_mul(0x9e37_79b1) >> shift) as usize, (hash.wrapping_mul(0x85eb_ca6b) >> shift) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_less_strange_than_random_letters() {
        let language = Language::of_code();
        assert!(language.strangeness(b"connectionTimeout") < 32);
        assert!(language.strangeness(b"xqzvKwpjRtb") > 45);
        assert_eq!(language.strangeness(b"12345"), 0);
    }

    #[test]
    fn words_cover_what_is_made_of_them() {
        let language = Language::of_code();
        assert_eq!(language.covered(b"supersecret").letters, 11);
        assert_eq!(language.covered(b"PASSWORD_default").letters, 15);
        assert!(language.covered(b"xq7zvKwpj").letters < 4);
    }
}
