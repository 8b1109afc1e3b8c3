use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::*;
use crate::rule::RuleSet;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| Detector::new(Arc::new(RuleSet::embedded())).unwrap());

fn key() -> String {
    let rules = RuleSet::embedded();
    let example = rules.get(rules.find("npm-access-token").unwrap()).examples[0].to_string();
    let start = example.find("npm_").unwrap();
    example[start..start + 40].to_owned()
}

/// Gives out pieces of these sizes, one a read.
struct Pieces<'a> {
    text: &'a [u8],
    sizes: Vec<usize>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes.pop().unwrap_or(READ).clamp(1, buffer.len()).min(self.text.len());
        buffer[..size].copy_from_slice(&self.text[..size]);
        self.text = &self.text[size..];
        Ok(size)
    }
}

fn redacted(text: &[u8], sizes: Vec<usize>, json: bool) -> (String, Counts) {
    let mut out = vec![];
    let options = Options { min_confidence: Confidence::Medium, json };
    let counts = redact(&DETECTOR, options, &mut Pieces { text, sizes }, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), counts)
}

#[test]
fn a_secret_is_masked_and_all_else_stays() {
    let text = format!("a\r\nGET /x?token={}&y=1\n\n\tend", key());
    let (out, counts) = redacted(text.as_bytes(), vec![], false);
    assert_eq!(out, text.replace(&key(), &format!("npm_********{}", &key()[36..])));
    assert_eq!(counts, Counts { bytes: text.len() as u64, masked: 1 });
}

#[test]
fn a_secret_split_over_two_reads_is_found() {
    let text = format!("token: {}\n", key());
    for split in 1..text.len() {
        let (out, counts) = redacted(text.as_bytes(), vec![split], false);
        assert!(counts.masked == 1 && !out.contains(&key()[8..30]), "{split}: {out}");
    }
}

#[test]
fn a_line_is_given_out_as_soon_as_it_is_complete() {
    struct Recorded(Vec<usize>, usize);
    impl Write for Recorded {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            self.0.push(self.1);
            Ok(())
        }
    }
    let mut out = Recorded(vec![], 0);
    let options = Options { min_confidence: Confidence::Medium, json: false };
    let text = b"one\ntwo\nthree";
    redact(&DETECTOR, options, &mut Pieces { text, sizes: vec![5, 3, 3] }, &mut out).unwrap();
    assert_eq!(out.0, [4, 8, 13]);
}

#[test]
fn a_private_key_over_many_lines_is_masked_in_whatever_pieces_it_comes() {
    let body = "q7Lw4Zr2NvXk9TbPe4uFyA5sD8fG1hJ3kL6zX0cV2bN7mQ9wE4rT5yU1iO3pAsDf\n".repeat(20);
    let begin = "-----BEGIN {-}RSA PRIVATE KEY-----".replace("{-}", "");
    let end = "-----END {-}RSA PRIVATE KEY-----".replace("{-}", "");
    let text = format!("before\n{begin}\n{body}{end}\nbehind\n");
    let mut out = vec![];
    let options = Options { min_confidence: Confidence::Low, json: false };
    for size in [1, 7, 100, 5000] {
        out.clear();
        let mut pieces = Pieces { text: text.as_bytes(), sizes: vec![size; text.len() / size + 1] };
        redact(&DETECTOR, options, &mut pieces, &mut out).unwrap();
        assert_eq!(String::from_utf8_lossy(&out), format!("before\n{begin}…\nbehind\n"), "{size}");
    }
}

#[test]
fn a_line_without_an_end_is_given_out_and_no_secret_in_it_is_cut() {
    let mut text = vec![];
    while text.len() < 3 * LONG_LINE {
        text.extend_from_slice(b"the quick brown fox, ");
        if text.len() % 100 == 0 {
            text.extend_from_slice(format!("token={}, ", key()).as_bytes());
        }
    }
    let expected = memmem::find_iter(&text, key().as_bytes()).count() as u64;
    let (out, counts) = redacted(&text, vec![], false);
    assert!(expected > 1000 && !out.contains(&key()[8..30]));
    assert_eq!(counts.masked, expected);
}

#[test]
fn zeros_and_odd_bytes_change_nothing_about_the_rest() {
    let text = [b"\0\0a\xff\n\xff\xfe \0token=".as_slice(), key().as_bytes(), b"\n\xfe\xff"].concat();
    let mut out = vec![];
    let options = Options { min_confidence: Confidence::Medium, json: false };
    redact(&DETECTOR, options, &mut &text[..], &mut out).unwrap();
    assert!(memmem::find(&out, key().as_bytes()).is_none() && out.starts_with(b"\0\0a\xff\n\xff\xfe \0token=npm_"));
    assert!(redact(&DETECTOR, options, &mut &b"\xff\xfea\0"[..], &mut vec![]).is_err());
}

#[test]
fn json_stays_json() {
    let key = key();
    for (text, expected) in [
        (format!("{{\"token\": \"{key}\"}}\n"), format!("{{\"token\": \"npm_********{}\"}}\n", &key[36..])),
        (format!("{{\"a\": \"x\\n{key}\\n\"}}\n"), format!("{{\"a\": \"x\\nnpm_********{}\\n\"}}\n", &key[36..])),
        (
            "{\"password\": \"q7\\\"Lw\\u00e9Zr2Nv9\", \"b\": 1}\n".to_owned(),
            "{\"password\": \"********\", \"b\": 1}\n".to_owned(),
        ),
    ] {
        let (out, _) = redacted(text.as_bytes(), vec![], true);
        assert_eq!(out, expected);
        serde_json::from_str::<serde_json::Value>(&out).unwrap();
    }
}

#[test]
fn spans_that_leave_a_string_are_kept_inside_of_it() {
    let text = b"{\"a\": \"one\\u0041two\", \"b\": 12345, \"c\": true}";
    let span = |range: Range<usize>| Span { range, masked: "<m>".into() };
    let masked = |range: Range<usize>| {
        let mut out = text.to_vec();
        for span in json::fitted(text, vec![span(range)]).into_iter().rev() {
            out.splice(span.range, span.masked.bytes());
        }
        serde_json::from_slice::<serde_json::Value>(&out).unwrap().to_string()
    };
    for start in 0..text.len() {
        for end in start + 1..=text.len() {
            masked(start..end);
        }
    }
    assert_eq!(masked(12..14), r#"{"a":"one<m>two","b":12345,"c":true}"#);
    assert_eq!(masked(28..30), r#"{"a":"oneAtwo","b":"<m>","c":true}"#);
}

use std::ops::Range;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn json_with_keys_anywhere_stays_json_of_the_same_shape(
        texts in proptest::collection::vec("[a-z\\\\\"\\n=: ]{0,12}", 1..6),
        sizes in proptest::collection::vec(1usize..60, 0..20),
    ) {
        let value: serde_json::Value = texts
            .iter()
            .map(|text| serde_json::json!({ "token": format!("{text} {} {text}", key()), "n": [text, 1, null] }))
            .collect();
        for text in [value.to_string() + "\n", format!("{value:#}\n")] {
            let (out, counts) = redacted(text.as_bytes(), sizes.clone(), true);
            let again: serde_json::Value = serde_json::from_str(&out).unwrap();
            prop_assert!(!out.contains(&key()[8..30]) && counts.masked >= texts.len() as u64, "{out}");
            let shape = |value: &serde_json::Value| {
                value.as_array().unwrap().iter().map(|one| one["n"].clone()).collect::<Vec<_>>()
            };
            prop_assert_eq!(shape(&again), shape(&value));
        }
    }
}
