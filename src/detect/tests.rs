//! The delta scan finds what the plain scan finds, whatever the edits.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{
    blob::Copied,
    rule::{Boundary, Confidence, Near, PartSpec, Rule},
};

fn near(words: &[&str], before: u32, after: u32) -> Option<Near> {
    let words: Vec<_> = words.iter().map(|word| (*word).to_owned().into()).collect();
    Some(Near { words: words.into(), before, after })
}

/// One rule of each lane, of short and long reach, with words before and behind, with companions, and of each context.
fn detector() -> Detector {
    let rules = vec![
        Rule::bare("test-run", "tok_[a-z0-9]{16}"),
        Rule { near: near(&["acme"], 40, 0), ..Rule::bare("test-shape", "[a-f0-9]{20}") },
        Rule {
            near: near(&["acme", "beta"], 8, 30),
            end: Boundary::Token,
            ..Rule::bare("test-after", "[a-f0-9]{16,24}")
        },
        Rule { anchor: Some(":AA".into()), ..Rule::bare("test-anchor", "[0-9]{3,5}:AA[a-z]{4}") },
        Rule::bare("test-long", "BEGIN-[a-z0-9+/\\n ]{1,600}-END"),
        Rule { near: near(&["acme"], 400, 0), ..Rule::bare("test-far", "far:[a-z]{4}") },
        Rule { start: Boundary::Any, ..Rule::bare("test-any", "any_[a-z0-9]{16}") },
        Rule {
            parts: vec![PartSpec { name: "id".into(), rule: "test-id".into(), shared: false }].into(),
            ..Rule::bare("test-pair", "sec_[a-z0-9]{16}")
        },
        Rule::bare("test-id", "idx_[a-z0-9]{16}"),
    ];
    let contexts = Context::ALL.map(|context| Rule {
        context: Some(context),
        pattern: "".into(),
        ..Rule::bare(&format!("test-context-{context:?}").to_lowercase(), "")
    });
    let rules = rules.into_iter().chain(contexts).collect();
    Detector::new(Arc::new(RuleSet::new(rules))).expect("good rules")
}

fn plain(detector: &Detector, bytes: &[u8]) -> (Vec<Match>, Carried) {
    let found = detector.scan(bytes, Fresh::All, &Carried::default());
    (found.matches, found.carried)
}

/// Without the marks that keep a text from being found where it is written.
fn joined(text: &str) -> String {
    text.replace("{-}", "")
}

/// Text in which matches, near misses and pieces of both are frequent.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[ a-f0-9\\n=]{1,12}",
        2 => Just("tok_0123456789abcdef".to_owned()),
        2 => Just("acme".to_owned()),
        1 => Just("beta ".to_owned()),
        2 => Just(" 0123456789abcdef0123 ".to_owned()),
        2 => Just(" 1234:AAabcd ".to_owned()),
        2 => Just(" BEGIN-".to_owned()),
        2 => Just("-END ".to_owned()),
        1 => Just(" far:abcd ".to_owned()),
        1 => Just("xany_0123456789abcdef".to_owned()),
        1 => Just(" sec_0123456789abcdef ".to_owned()),
        1 => Just(" sec_0123456789abcdee ".to_owned()),
        1 => Just(" idx_0123456789abcdef ".to_owned()),
        1 => Just(" idx_0123456789abcdee ".to_owned()),
        2 => "[a-z ]{60,300}",
        2 => Just("\ndb_password = \"".to_owned()),
        2 => Just(joined("q7Lw4Zr2{-}NvXk9TbPe\"\n")),
        2 => Just("api_token: ".to_owned()),
        1 => Just(joined("amqps://me:{-}q7Lw4Zr2{-}NvXk9@example.org/ ")),
        1 => Just(joined("Authorization: Bearer {-}q7Lw4Zr2{-}NvXk9TbP{-}e4uFy ")),
        1 => Just(joined("curl -u me:{-}q7Lw4Zr2{-}NvXk9 ")),
        1 => Just("secret_key = 'tok_0123456789abcdef'".to_owned()),
        1 => Just("\\u003d".to_owned()),
        1 => Just("%3D".to_owned()),
        1 => Just("\u{0}".to_owned()),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

#[derive(Clone, Debug)]
enum Op {
    Copy(prop::sample::Index, prop::sample::Index),
    Insert(Vec<u8>),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        3 => any::<(prop::sample::Index, prop::sample::Index)>().prop_map(|(a, b)| Op::Copy(a, b)),
        1 => prop_oneof![text(), "[a-f0-9]{0,8}".prop_map(String::into_bytes)].prop_map(Op::Insert),
    ];
    proptest::collection::vec(op, 0..6)
}

/// Applies a delta as a pack reader would: the new bytes, and the joined copies.
fn apply(base: &[u8], ops: &[Op]) -> (Vec<u8>, Vec<Copied>) {
    let (mut bytes, mut copies) = (vec![], Vec::<Copied>::new());
    for op in ops {
        match op {
            Op::Insert(new) => bytes.extend_from_slice(new),
            Op::Copy(a, b) => {
                let (a, b) = (a.index(base.len() + 1), b.index(base.len() + 1));
                let (from, len) = (a.min(b), a.abs_diff(b));
                let at = bytes.len();
                bytes.extend_from_slice(&base[from..from + len]);
                match copies.last_mut() {
                    _ if len == 0 => {}
                    Some(last) if last.at + last.len == at && last.from + last.len == from => last.len += len,
                    _ => copies.push(Copied { at, from, len }),
                }
            }
        }
    }
    (bytes, copies)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn delta_scan_equals_plain_scan_along_a_chain(root in text(), chain in proptest::collection::vec(ops(), 1..5)) {
        let detector = detector();
        let mut base = root;
        let mut carried = detector.scan(&base, Fresh::All, &Carried::default()).carried;
        for ops in &chain {
            let (bytes, copies) = apply(&base, ops);
            let found = detector.scan(&bytes, Fresh::Copied(&copies), &carried);
            let (matches, all) = plain(&detector, &bytes);
            prop_assert_eq!(&found.matches, &matches);
            prop_assert_eq!(&found.carried.raws, &all.raws);
            prop_assert_eq!(&found.carried.by_context, &all.by_context);
            carried = found.carried.clone();
            base = bytes;
        }
    }

    #[test]
    fn lanes_find_what_trying_every_place_finds(bytes in text()) {
        let detector = detector();
        let reading = Reading::of(&bytes);
        let (mut expected, mut in_context) = (vec![], vec![]);
        for at in 0..bytes.len() {
            let searchable = detector.searcher.patterns().iter().filter(|one| reading == Reading::Text || one.stands_alone);
            expected.extend(searchable.filter_map(|pattern| pattern.try_at(&bytes, at)));
            in_context.extend(context::found_at(&bytes, at, Confidence::Low).filter(|_| reading == Reading::Text));
        }
        expected.sort();
        if matches!(reading, Reading::Text | Reading::Binary) {
            let found = plain(&detector, &bytes).1;
            prop_assert_eq!(found.raws, expected);
            let evidence: Vec<_> = found.by_context.contexts.iter().map(|one| (one.raw.start as usize, *one.evidence)).collect();
            prop_assert_eq!(evidence, in_context.iter().map(|(one, evidence)| (one.anchor, *evidence)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn interleaved_pairs_do_not_cross() {
    let detector = detector();
    let text = b"idx_aaaaaaaaaaaaaaaa\nsec_aaaaaaaaaaaaaaaa\nidx_bbbbbbbbbbbbbbbb\nsec_bbbbbbbbbbbbbbbb\n";
    let lines: Vec<(u32, Vec<u32>)> = plain(&detector, text)
        .0
        .iter()
        .map(|found| (found.position.line, found.parts.iter().map(|part| part.position.line).collect()))
        .collect();
    assert_eq!(lines, [(2, vec![1]), (4, vec![3])]);
}

#[test]
fn an_id_without_its_secret_is_a_match_of_its_own() {
    let found = plain(&detector(), b"idx_aaaaaaaaaaaaaaaa\n").0;
    assert_eq!(found.len(), 1);
    assert!(found[0].parts.is_empty());
}

#[test]
fn a_context_names_what_no_pattern_does() {
    let detector = detector();
    let text = joined("db_password = \"q7Lw4Zr2{-}NvXk9TbPe\"\nsecret_key = \"tok_{-}0123456789abcdef\"\n");
    let found = plain(&detector, text.as_bytes()).0;
    let told: Vec<_> = found.iter().map(|hit| (&*detector.rules().get(hit.rule).id, hit.position.line)).collect();
    assert_eq!(told, [("test-context-password", 1), ("test-run", 2)]);
    assert!(found.iter().all(|hit| hit.evidence.is_some()));
}

#[test]
fn contexts_are_told_in_their_order() {
    let detector = detector();
    let text = joined("password_url = \"amqps://me:{-}q7Lw4Zr2{-}NvXk9@example.org/\"\n");
    let found = plain(&detector, text.as_bytes()).0;
    assert_eq!(found.len(), 1);
    assert_eq!(detector.rank(found[0].rule), Context::ALL.len() as u32, "{found:?}");
    assert!(detector.rank(detector.rules().find("test-id").unwrap()) > detector.rank(found[0].rule));
}

#[test]
fn utf16_is_searched_as_text() {
    let detector = detector();
    let text: Vec<u8> = "x = tok_0123456789abcdef\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(plain(&detector, &text).0.len(), 1);
    let marked: Vec<u8> =
        [0xfe, 0xff].into_iter().chain("tok_0123456789abcdef".encode_utf16().flat_map(u16::to_be_bytes)).collect();
    assert_eq!(plain(&detector, &marked).0.len(), 1);
}

#[test]
fn binary_files_show_only_what_stands_alone() {
    let detector = detector();
    let text = b"\0\x01 acme 0123456789abcdef0123 tok_0123456789abcdef ";
    let found = plain(&detector, text).0;
    assert_eq!(
        found.iter().map(|found| detector.rules().get(found.rule).id.to_string()).collect::<Vec<_>>(),
        ["test-run"]
    );
}

#[test]
fn of_a_partly_fresh_blob_only_what_touches_it_is_told() {
    let detector = detector();
    let text = b"tok_0123456789abcdef\ntok_0123456789abcdee\nidx_aaaaaaaaaaaaaaaa sec_aaaaaaaaaaaaaaaa\n";
    let fresh_in = |range: Range<usize>| {
        detector.scan(text, Fresh::Ranges(std::slice::from_ref(&range)), &Carried::default()).matches
    };
    let found = fresh_in(21..42);
    assert_eq!(found.iter().map(|found| found.position.line).collect::<Vec<_>>(), [2]);
    // Only the id is new: the pair is told.
    let found = fresh_in(42..62);
    assert_eq!(found.iter().map(|found| found.position.line).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_token_that_asks_for_a_word_close_by_hides_no_farther_word_from_the_next() {
    let rules = vec![
        Rule { near: near(&["close"], 16, 0), ..Rule::bare("test-close", "[a-f0-9]{20}") },
        Rule { near: near(&["distant"], 150, 0), ..Rule::bare("test-distant", "[A-Z]{8}[0-9]{12}") },
    ];
    let detector = Detector::new(Arc::new(RuleSet::new(rules))).expect("good rules");
    let text = format!("distant {} {} ABCDEFGH012345678901", ". ".repeat(20), "0123456789abcdef0123");
    let found = plain(&detector, text.as_bytes()).0;
    assert_eq!(found.len(), 1);
    assert_eq!(&*detector.rules().get(found[0].rule).id, "test-distant");
}
