//! What a value looks like.

use super::{Evidence, Piece, base64, lexicon::Lexicon, percent};
use crate::detect::context::{Candidate, Window, language::Language};

/// Adds the evidence of the value.
pub fn add(window: &Window<'_>, found: &Candidate, evidence: &mut Evidence) {
    let value = &window.bytes[found.value.clone()];
    let lower = value.to_ascii_lowercase();
    characters(value, evidence);
    runs(value, &lower, evidence);
    let said = LEXICON.said(value);
    language(window, found, value, &lower, said, evidence);
    shape(value, said, evidence);
}

fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

fn characters(value: &[u8], evidence: &mut Evidence) {
    let mut counts = [0u16; 256];
    let mut seen = Vec::with_capacity(value.len());
    let mut classes = [0usize; 4];
    for byte in value {
        let count = &mut counts[usize::from(*byte)];
        if *count == 0 {
            seen.push(*byte);
        }
        *count += 1;
        classes[usize::from(class(*byte))] += 1;
    }
    let counts = seen.iter().map(|byte| counts[usize::from(*byte)]);
    let turns = value.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    evidence.set(Piece::Length, value.len());
    evidence.set(Piece::Distinct, seen.len());
    evidence.set(Piece::Entropy, entropy(counts, value.len()));
    evidence.set(Piece::Classes, classes.iter().filter(|count| **count > 0).count());
    evidence.set(Piece::Digits, percent(classes[2], value.len()));
    evidence.set(Piece::Capitals, percent(classes[1], value.len()));
    evidence.set(Piece::Others, percent(classes[3], value.len()));
    evidence.set(Piece::Turns, percent(turns, value.len()));
    evidence.set(Piece::Foreign, percent(value.iter().filter(|byte| **byte >= 0x80).count(), value.len()));
}

/// Entropy in sixteenths of a bit, in whole numbers, so that all machines agree.
fn entropy(counts: impl Iterator<Item = u16>, length: usize) -> u32 {
    let bits = |count: u32| LOG2.get(count as usize).map_or_else(|| log2(count), |log| u32::from(*log)) * count;
    let length = length as u32;
    let sum: u32 = counts.map(|count| bits(u32::from(count))).sum();
    (bits(length) - sum.min(bits(length))) / length.max(1) / 16
}

/// [`log2`] of the numbers that counts are.
const LOG2: [u16; 256] = {
    let mut logs = [0; 256];
    let mut number = 1;
    while number < 256 {
        logs[number] = log2(number as u32) as u16;
        number += 1;
    }
    logs
};

/// Binary logarithm in 1/256.
const fn log2(number: u32) -> u32 {
    let whole = number.ilog2();
    // Of 16 bits behind the point, squared once for each bit of the fraction.
    let mut rest = ((number as u64) << 16) >> whole;
    let mut result = whole << 8;
    let mut bit = 8;
    while bit > 0 {
        bit -= 1;
        rest = (rest * rest) >> 16;
        if rest >= 2 << 16 {
            rest >>= 1;
            result |= 1 << bit;
        }
    }
    result
}

fn runs(value: &[u8], lower: &[u8], evidence: &mut Evidence) {
    let longest = |holds: fn(&u8) -> bool| value.split(|byte| !holds(byte)).map(<[u8]>::len).max().unwrap_or(0);
    evidence.set(Piece::LetterRun, longest(u8::is_ascii_alphabetic));
    evidence.set(Piece::DigitRun, longest(u8::is_ascii_digit));
    evidence.set(Piece::RepeatRun, longest_chain(value, |a, b| a == b));
    let follows = |a: u8, b: u8| a.is_ascii_alphanumeric() && (b == a + 1 || a == b.wrapping_add(1));
    let beside = |a: u8, b: u8| b != 0 && BESIDE[usize::from(a)] == b;
    evidence.set(Piece::Sequence, longest_chain(lower, follows).max(longest_chain(lower, beside)));
}

/// The key to the right of each on a keyboard; a blank ends a row, 0 stands for none.
const BESIDE: [u8; 256] = {
    let rows = b"qwertyuiop asdfghjkl zxcvbnm 1234567890";
    let mut beside = [0; 256];
    let mut at = 1;
    while at < rows.len() {
        if rows[at - 1] != b' ' {
            beside[rows[at - 1] as usize] = rows[at];
        }
        at += 1;
    }
    beside
};

fn longest_chain(value: &[u8], joins: impl Fn(u8, u8) -> bool) -> usize {
    let (mut best, mut length) = (1, 1);
    for pair in value.windows(2) {
        length = if joins(pair[0], pair[1]) { length + 1 } else { 1 };
        best = best.max(length);
    }
    best
}

/// Groups of [`LEXICON`].
#[derive(Clone, Copy)]
enum Says {
    Secret,
    Filler,
    Test,
    Url,
    Host,
    File,
}

/// Words that say what a value is.
static LEXICON: Lexicon = Lexicon::new(&[
    &["pass", "secret", "token", "key", "pwd", "cred", "auth", "s3cr", "sekret"],
    &[
        "your",
        "example",
        "change",
        "here",
        "dummy",
        "sample",
        "default",
        "placeholder",
        "insert",
        "replace",
        "todo",
        "some",
        "xxx",
        "redacted",
        "value",
        "string",
        "abc123",
        "enter",
        "***",
        "...",
    ],
    &["test", "foo", "bar", "fake", "wrong", "invalid", "bad", "mock", "incorrect", "bogus"],
    &["://"],
    &[".com", ".org", ".net", ".io", "localhost"],
    &[".json", ".pem", ".key", ".yml", ".yaml", ".txt", ".conf", ".php", ".js", ".py", ".crt", ".html"],
]);

fn language(window: &Window<'_>, found: &Candidate, value: &[u8], lower: &[u8], said: u32, evidence: &mut Evidence) {
    let language = Language::of_code();
    let covered = language.covered(value);
    evidence.set(Piece::Strange, language.strangeness(value));
    evidence.set(Piece::Covered, percent(covered.letters, value.len()));
    evidence.set(Piece::Longest, covered.longest);
    evidence.set(Piece::Uncovered, value.len() - covered.letters.min(value.len()));
    let decoded = base64::text(value);
    evidence.set(
        Piece::Decoded,
        decoded.map_or(0, |text| 1 + percent(language.covered(&text).letters, text.len()).min(100)),
    );
    let said = |group: Says| said >> group as u32 & 1 == 1;
    evidence.tell(Piece::SaysSecret, said(Says::Secret));
    evidence.tell(Piece::SaysFiller, said(Says::Filler) || lower.starts_with(b"my"));
    evidence.tell(Piece::SaysTest, said(Says::Test));
    evidence.tell(Piece::SaysCommon, COMMON.iter().any(|word| lower == word.as_bytes()));
    let name = window.bytes[found.name.clone()].to_ascii_lowercase();
    let words: Vec<&[u8]> = name.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| word.len() > 2).collect();
    let echoed = words.iter().filter(|word| memchr::memmem::find(lower, word).is_some()).map(|word| word.len()).sum();
    evidence.set(Piece::Echo, percent(echoed, value.len()).min(100));
}

/// The commonest passwords of defaults and of published lists.
const COMMON: &[&str] = &[
    "password",
    "secret",
    "admin",
    "root",
    "123456",
    "12345678",
    "123456789",
    "1234",
    "12345",
    "qwerty",
    "letmein",
    "changeme",
    "changeit",
    "test",
    "guest",
    "postgres",
    "mysql",
    "oracle",
    "welcome",
    "hunter2",
    "password1",
    "password123",
    "passw0rd",
    "p@ssw0rd",
    "foobar",
    "foo",
    "bar",
    "default",
    "pass",
    "demo",
    "user",
    "example",
    "topsecret",
    "supersecret",
    "s3cr3t",
    "sekret",
    "abc123",
    "monkey",
    "master",
    "login",
    "hello",
    "redis",
    "rabbitmq",
    "vagrant",
];

fn shape(value: &[u8], said: u32, evidence: &mut Evidence) {
    let marks = marks(value);
    let all = |holds: fn(&u8) -> bool| value.iter().all(holds);
    let hex = all(u8::is_ascii_hexdigit);
    let base64 = all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_'));
    evidence.tell(Piece::Hex, hex);
    evidence.set(Piece::Base64, if base64 { 1 + i16::from(value.ends_with(b"=")) } else { 0 });
    evidence.tell(
        Piece::Base32,
        all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7')) && value.iter().any(u8::is_ascii_digit),
    );
    evidence.tell(Piece::Uuid, is_uuid(value));
    evidence.tell(Piece::HashLength, hex && matches!(value.len(), 32 | 40 | 48 | 64 | 96 | 128));
    evidence.set(Piece::Blanks, marks[Mark::Blanks as usize]);
    evidence.set(Piece::Dots, marks[Mark::Dots as usize]);
    evidence.set(Piece::Slashes, marks[Mark::Slashes as usize]);
    evidence.set(Piece::Dashes, marks[Mark::Dashes as usize]);
    evidence.set(Piece::Ident, identifier(value));
    evidence.tell(Piece::FirstCapital, value[0].is_ascii_uppercase() && !value[1..].iter().any(u8::is_ascii_uppercase));
    evidence.tell(Piece::EndsText, matches!(value.last(), Some(b'.' | b':' | b'!' | b'?')));
    evidence.set(Piece::Markup, marks[Mark::Markup as usize]);
    evidence.set(Piece::Escapes, marks[Mark::Escapes as usize]);
    evidence.set(Piece::Address, address(value, said));
}

/// Characters that are counted together.
#[derive(Clone, Copy)]
enum Mark {
    None,
    Blanks,
    Dots,
    Slashes,
    Dashes,
    Markup,
    Escapes,
}

/// How many of each are in a value.
fn marks(value: &[u8]) -> [usize; 7] {
    let mut counts = [0; 7];
    for byte in value {
        let mark = match byte {
            b' ' => Mark::Blanks,
            b'.' => Mark::Dots,
            b'/' => Mark::Slashes,
            b'-' | b'_' => Mark::Dashes,
            b'{' | b'}' | b'<' | b'>' | b'%' | b'(' | b')' | b'[' | b']' | b'|' | b'^' | b'*' | b'$' => Mark::Markup,
            b'\\' => Mark::Escapes,
            _ => Mark::None,
        };
        counts[mark as usize] += 1;
    }
    counts
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value
            .iter()
            .enumerate()
            .all(|(ix, byte)| if matches!(ix, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() })
}

fn identifier(value: &[u8]) -> i16 {
    let letters = |extra: &[u8]| value.iter().all(|byte| byte.is_ascii_alphabetic() || extra.contains(byte));
    let upper = value.iter().any(u8::is_ascii_uppercase);
    let small = value.iter().any(u8::is_ascii_lowercase);
    match () {
        () if letters(b"") && !(upper && small) => 1,
        () if letters(b"_") && !upper => 2,
        () if letters(b"") => 3,
        () if letters(b"_") && !small => 4,
        () if letters(b"-") => 5,
        () if letters(b"._-:/") => 6,
        () => 0,
    }
}

fn address(value: &[u8], said: u32) -> i16 {
    let said = |group: Says| said >> group as u32 & 1 == 1;
    let at = memchr::memchr(b'@', value);
    if said(Says::Url) {
        2
    } else if at.is_some_and(|at| at > 0 && value[at..].contains(&b'.')) {
        1
    } else if said(Says::Host) {
        3
    } else {
        let path = matches!(value[0], b'/' | b'~') || value.starts_with(b"./") || value.starts_with(b"../");
        if path || said(Says::File) { 4 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_that_of_the_formula() {
        let of = |text: &[u8]| {
            let mut counts = [0u16; 256];
            text.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
            entropy(counts.into_iter().filter(|count| *count > 0), text.len())
        };
        assert_eq!(of(b"aaaa"), 0);
        assert_eq!(of(b"abab"), 16);
        assert_eq!(of(b"abcdefgh"), 48);
        // 0.8113 bits a character.
        assert_eq!(of(b"aaab"), 13);
    }
}
