//! Detection with the embedded rules: along a chain of deltas, the delta scan finds what the plain scan finds; of a blob that
//! is fresh in part, only what the plain scan finds is told.
//!
//! Text is made of examples from the rules, cut and put together, so that matches, near misses and pieces of both are
//! frequent.
#![no_main]

use std::sync::{Arc, OnceLock};

use arbitrary::Arbitrary;
use keysweep::{
    blob::{Copied, Fresh},
    detect::{Carried, Detector},
    rule::RuleSet,
};
use libfuzzer_sys::fuzz_target;

/// Larger texts are slow and show nothing that these do not.
const LARGEST: usize = 16 << 10;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    root: Vec<Piece<'a>>,
    chain: Vec<Vec<Op<'a>>>,
    utf16: bool,
}

#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    Example(u16),
    /// A part of an example.
    Cut(u16, u8, u8),
    Word(u16),
    Filler(u8, u16),
    Raw(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
enum Op<'a> {
    Insert(Vec<Piece<'a>>),
    /// A copy; places and lengths are parts of the base's size.
    Copy(u16, u16),
    /// All but a few bytes around one place.
    Around(u16, u8),
}

struct Known {
    detector: Detector,
    examples: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
}

fuzz_target!(|input: Input| {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    let known = KNOWN.get_or_init(Known::new);
    let mut base = known.text(&input.root);
    if input.utf16 {
        base = String::from_utf8_lossy(&base).encode_utf16().flat_map(u16::to_le_bytes).collect();
    }
    let mut carried = known.detector.scan(&base, Fresh::All, &Carried::default()).carried;
    for ops in input.chain.iter().take(4) {
        let (bytes, copies) = known.apply(&base, ops);
        let found = known.detector.scan(&bytes, Fresh::Copied(&copies), &carried);
        let plain = known.detector.scan(&bytes, Fresh::All, &Carried::default());
        assert_eq!(found.matches, plain.matches);
        assert_eq!(found.carried.raws, plain.carried.raws);
        assert!(found.searched <= bytes.len().max(found.text.len()));
        for position in plain
            .matches
            .iter()
            .flat_map(|one| std::iter::once(&one.position).chain(one.parts.iter().map(|part| &part.position)))
        {
            plain.bytes(position);
        }
        let half = bytes.len() / 2..bytes.len();
        let partly = known.detector.scan(&bytes, Fresh::Ranges(std::slice::from_ref(&half)), &Carried::default());
        assert!(partly.matches.iter().all(|one| plain.matches.contains(one)));
        carried = found.carried;
        base = bytes;
    }
});

impl Known {
    fn new() -> Self {
        let rules = Arc::new(RuleSet::embedded());
        let bytes = |text: &str| text.replace("{-}", "").into_bytes();
        let (mut examples, mut words) = (Vec::new(), Vec::new());
        for (_, rule) in rules.iter() {
            examples.extend(rule.examples.iter().chain(rule.counterexamples.iter()).map(|text| bytes(text)));
            words.extend(rule.near.iter().flat_map(|near| near.words.iter().map(|text| bytes(text))));
        }
        words
            .extend(["\n", "\\n", "\\u003d", "%3D", "=", " ", "\"", "\0", "\r\n", "://", ":", "@", "-----"].map(bytes));
        Self { detector: Detector::new(rules).expect("embedded rules are good"), examples, words }
    }

    fn text(&self, pieces: &[Piece]) -> Vec<u8> {
        let mut text = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Example(ix) => text.extend_from_slice(self.example(*ix)),
                Piece::Cut(ix, a, b) => {
                    let example = self.example(*ix);
                    let place = |part: u8| example.len() * usize::from(part) / 255;
                    text.extend_from_slice(&example[place(*a).min(place(*b))..place(*a).max(place(*b))]);
                }
                Piece::Word(ix) => text.extend_from_slice(&self.words[usize::from(*ix) % self.words.len()]),
                Piece::Filler(byte, len) => text.resize(text.len() + usize::from(*len % 700), *byte),
                Piece::Raw(bytes) => text.extend_from_slice(bytes),
            }
        }
        text.truncate(LARGEST);
        text
    }

    fn example(&self, ix: u16) -> &[u8] {
        &self.examples[usize::from(ix) % self.examples.len()]
    }

    /// Applies a delta as a pack reader would: the new bytes, and the joined copies.
    fn apply(&self, base: &[u8], ops: &[Op]) -> (Vec<u8>, Vec<Copied>) {
        let (mut bytes, mut copies) = (Vec::new(), Vec::<Copied>::new());
        let place = |part: u16| base.len() * usize::from(part) / 65_535;
        let mut copy = |bytes: &mut Vec<u8>, from: usize, len: usize| {
            let at = bytes.len();
            bytes.extend_from_slice(&base[from..from + len]);
            match copies.last_mut() {
                _ if len == 0 => {}
                Some(last) if last.at + last.len == at && last.from + last.len == from => last.len += len,
                _ => copies.push(Copied { at, from, len }),
            }
        };
        for op in ops.iter().take(12) {
            match op {
                Op::Insert(pieces) => bytes.extend(self.text(pieces)),
                Op::Copy(a, b) => {
                    let (a, b) = (place(*a), place(*b));
                    copy(&mut bytes, a.min(b), a.abs_diff(b));
                }
                Op::Around(at, gap) => {
                    let at = place(*at);
                    let behind = (at + usize::from(gap % 9)).min(base.len());
                    copy(&mut bytes, 0, at);
                    copy(&mut bytes, behind, base.len() - behind);
                }
            }
            if bytes.len() > LARGEST {
                break;
            }
        }
        (bytes, copies)
    }
}
