//! Twice the bytes are twice the work, whatever the bytes are. Work is counted ([`work`]), with all rules of the program.

use std::sync::{Arc, LazyLock};

use super::*;
use crate::{blob::Copied, rule::RuleSet};

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(Arc::new(RuleSet::embedded())).expect("the program's rules have lanes"));

/// One line of what costs a careless scanner most: things that begin as a match does, or need a long look to be turned down.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let rules = RuleSet::embedded();
    let examples: Vec<String> =
        rules.iter().flat_map(|(_, rule)| rule.examples.first().cloned()).map(|it| it.to_string()).collect();
    // All prefixes and anchors, each example cut short so that it is none.
    let cut = |parts: usize| {
        let cut = |text: &String| text.chars().take(text.chars().count() * parts / 4).collect::<String>();
        examples.iter().map(cut).collect::<Vec<_>>().join(" ").into_bytes()
    };
    let words: Vec<String> = rules
        .iter()
        .filter_map(|(_, rule)| rule.near.as_ref())
        .flat_map(|near| near.words.iter().map(|word| word.to_string()))
        .collect();
    let of = |text: &str| text.replace("{-}", "").into_bytes();
    vec![
        ("aaaa...", of("a")),
        ("0000...", of("0")),
        ("a1a1...", of("a1")),
        ("a NUL after a NUL", vec![0]),
        ("dashes, which are tokens", of("-a")),
        ("escapes", of("\\n")),
        ("percent signs", of("%3D")),
        ("tokens of 32 digits", of("0123456789abcdef0123456789abcdef ")),
        ("tokens of 16 digits with a word", of("token=0123456789abcdef ")),
        ("UUIDs", of("01234567-89ab-cdef-0123-456789abcdef,")),
        ("heads of private keys", of("-----BEGIN {-}RSA PRIVATE KEY-----\\n")),
        ("private keys without an end", of(&format!("-----BEGIN {{-}}PRIVATE KEY-----\\n{}", "QUJD".repeat(2048)))),
        ("addresses", of("a://b:{-}c")),
        ("colons and slashes", of("://")),
        ("a prefix alone", of("ghp_ ")),
        ("tokens too long", of("ghp_{-}0123456789abcdef0123456789abcdef0123456789abcdef ")),
        ("tokens, each a match", of("ghp_{-}0123456789abcdefghijABCDEFGHIJ012345 ")),
        (
            "an id and a secret after another",
            of("AKIA{-}Q7ZK1VW9XR3TY5UB = wJalrXUtnFEMI{-}K7MDENGbPxRfiCYzEXAMPLEKEYz9Qx;"),
        ),
        ("half examples", cut(2)),
        ("three quarters of examples", cut(3)),
        ("whole examples", cut(4)),
        ("words that rules ask for", words.join(" ").into_bytes()),
        ("such words, each with a token", words.join(" 0123456789abcdef0123456789abcdef ").into_bytes()),
    ]
}

fn filled(piece: &[u8], len: usize) -> Vec<u8> {
    let mut text = piece.repeat(len.div_ceil(piece.len()));
    text.truncate(len);
    text
}

fn assert_linear(name: &str, len: usize, work: impl Fn(usize) -> u64) {
    let (once, twice) = (work(len), work(2 * len));
    assert!(once > len as u64 / 64, "{name}: {once} counted for {len} bytes");
    assert!(twice as f64 <= 2.1 * once as f64, "{name}: {once} for {len} bytes and {twice} for twice as many");
}

/// More than the longest piece, so that what begins once weighs little.
const LEN: usize = 1 << 19;

#[test]
fn twice_the_bytes_of_a_line_are_twice_the_work() {
    for (name, piece) in hostile() {
        assert_linear(name, LEN, |len| {
            let text = filled(&piece, len);
            work::of(|| drop(DETECTOR.scan(&text, Fresh::All, &Carried::default())))
        });
    }
}

#[test]
fn a_line_of_100_megabytes_and_a_million_near_matches_are_no_more_work_a_byte_than_half_of_them() {
    for (name, piece, len) in [("a line", "a", 50_000_000), ("near matches", "ghp_ ", 2_500_000)] {
        assert_linear(name, len, |len| {
            let text = filled(piece.as_bytes(), len);
            work::of(|| drop(DETECTOR.scan(&text, Fresh::All, &Carried::default())))
        });
    }
}

#[test]
fn twice_the_edits_of_a_version_are_twice_the_work() {
    for (name, piece) in hostile() {
        assert_linear(name, LEN, |len| {
            let base = filled(&piece, len);
            // A byte is put in behind every 500.
            let (mut text, mut copies) = (vec![], vec![]);
            for (number, part) in base.chunks(500).enumerate() {
                copies.push(Copied { at: text.len(), from: number * 500, len: part.len() });
                text.extend_from_slice(part);
                text.push(b'x');
            }
            let carried = DETECTOR.scan(&base, Fresh::All, &Carried::default()).carried;
            work::of(|| drop(DETECTOR.scan(&text, Fresh::Copied(&copies), &carried)))
        });
    }
}
