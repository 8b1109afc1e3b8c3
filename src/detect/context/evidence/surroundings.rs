//! What stands around a candidate: on its line, and in the lines that the window reaches.

use super::{Evidence, Piece, lexicon::Lexicon, says};
use crate::detect::context::{Candidate, Window, name::is_name};

/// Words by what they say: assertions, what is wrong, accounts, servers, examples, user interfaces and schemas.
static LEXICON: Lexicon = Lexicon::new(&[
    &["assert", "expect", "should", "refute", "stub", "verify", ".to ", "eq(", "equal", "mock", "it("],
    &["wrong", "invalid", "incorrect", " bad", "old_", "new_", "fail", "error", "unauthorized", "mismatch", "missing"],
    &["user", "login", "email", "account", "client_id", "clientid", "access_key_id", "accesskey"],
    &["host", "port", "server", "database", "localhost", "127.0.0.1", "jdbc", "endpoint", "url"],
    &["example", "test", "sample", "dummy", "fake", "mock"],
    &[
        "label",
        "placeholder",
        "description",
        "translate",
        "<input",
        "<label",
        "button",
        "title",
        "type=",
        "\"type\"",
        "'type'",
        "i18n",
        "locale",
        "help=",
        "required",
        "string`",
        "varchar",
        "schema",
        "argument",
        "usage",
    ],
]);

/// Adds the evidence of the surroundings.
pub fn add(window: &Window<'_>, found: &Candidate, evidence: &mut Evidence) {
    let (before, behind) = (&window.bytes[..found.name.start], &window.bytes[found.value.end..]);
    let line_start = window.line_start(found.name.start);
    let line_end = window.line_end(found.value.end) - found.value.end;
    let head = before[line_start..].to_ascii_lowercase();
    evidence.set(Piece::LineHead, head.trim_ascii_start().len());
    evidence.set(Piece::LineRest, line_end);
    evidence.tell(Piece::Comment, in_comment(head.trim_ascii_start()));
    evidence.set(Piece::Declares, declares(&head));
    let [lines_before, on_head] = LEXICON.said_apart(before, line_start);
    let [on_rest, lines_behind] = LEXICON.said_apart(behind, line_end);
    let (on_line, before_it, behind_it) = (on_head | on_rest, lines_before | on_head, on_rest | lines_behind);
    let in_line = |group: u32| on_line >> group & 1 == 1;
    let sides = |group: u32| (before_it >> group & 1) + (behind_it >> group & 1);
    evidence.tell(Piece::Asserts, in_line(0));
    evidence.tell(Piece::Negative, in_line(1));
    evidence.set(Piece::Account, if in_line(2) { 2 } else { sides(2).min(1) });
    evidence.set(Piece::Server, sides(3));
    evidence.set(Piece::Fakes, sides(4));
    evidence.set(Piece::Interface, sides(5));
    evidence.set(Piece::Prose, prose(&head));
    evidence.set(Piece::Others2, settings(before) + settings(behind));
    evidence.tell(Piece::Random2, random(before) || random(behind));
}

/// Signs that set something: `=` and `:` behind a name, a quote or a blank.
fn settings(text: &[u8]) -> usize {
    let behind = |at: usize| at > 0 && (is_name(text[at - 1]) || matches!(text[at - 1], b'"' | b'\'' | b' '));
    memchr::memchr2_iter(b'=', b':', text).filter(|at| behind(*at)).count()
}

fn in_comment(head: &[u8]) -> bool {
    [b"//".as_slice(), b"#", b"*", b"/*", b"--", b"<!--", b";", b"%", b"rem "].iter().any(|mark| head.starts_with(mark))
        || says(head, &[" // ", " # "])
}

/// The words by which a line declares something, the first kind that stands there counting.
const DECLARES: [(i16, &[&str]); 5] = [
    (5, &["if", "elif", "return", "assert", "unless", "when", "case", "while"]),
    (1, &["const", "final", "static", "define", "readonly"]),
    (2, &["let", "var", "val", "string", "char", "str", "auto", "my", "private", "public"]),
    (3, &["export", "env", "set", "arg", "setenv"]),
    (4, &["def", "function", "func", "fn", "void"]),
];

fn declares(head: &[u8]) -> i16 {
    let words = head.split(|byte| !is_name(*byte)).filter(|word| (2..=8).contains(&word.len()));
    let kind = |word: &[u8]| DECLARES.iter().position(|(_, words)| words.iter().any(|other| other.as_bytes() == word));
    words.filter_map(kind).min().map_or(0, |first| DECLARES[first].0)
}

/// Words of three letters and more, with blanks around them, before the name.
fn prose(head: &[u8]) -> usize {
    head.split(|byte| *byte == b' ').filter(|word| word.len() >= 3 && word.iter().all(u8::is_ascii_alphabetic)).count()
}

/// Whether a run of 20 and more letters and digits in mixed order stands in a text.
fn random(text: &[u8]) -> bool {
    let mut start = 0;
    // A run of 20 that begins here has no other byte up to its last one.
    while let Some(head) = text.get(start..start + 20) {
        if let Some(other) = head.iter().rposition(|byte| !byte.is_ascii_alphanumeric()) {
            start += other + 1;
            continue;
        }
        let length = 20 + text[start + 20..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let run = &text[start..start + length];
        let turns = run.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
        if turns * 6 >= length {
            return true;
        }
        start += length;
    }
    false
}
