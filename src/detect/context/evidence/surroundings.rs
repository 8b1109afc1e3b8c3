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
    let line = window.line_start(found.name.start)..window.line_end(found.value.end);
    let head = window.bytes[line.start..found.name.start].to_ascii_lowercase();
    let rest = window.bytes[found.value.end..line.end].to_ascii_lowercase();
    let before = window.bytes[..found.name.start].to_ascii_lowercase();
    let behind = window.bytes[found.value.end..].to_ascii_lowercase();
    evidence.set(Piece::LineHead, head.trim_ascii_start().len());
    evidence.set(Piece::LineRest, rest.len());
    evidence.tell(Piece::Comment, in_comment(head.trim_ascii_start()));
    evidence.set(Piece::Declares, declares(&head));
    let on_line = LEXICON.said(&head) | LEXICON.said(&rest);
    let (before_it, behind_it) = (LEXICON.said(&before), LEXICON.said(&behind));
    let in_line = |group: u32| on_line >> group & 1 == 1;
    let sides = |group: u32| (before_it >> group & 1) + (behind_it >> group & 1);
    evidence.tell(Piece::Asserts, in_line(0));
    evidence.tell(Piece::Negative, in_line(1));
    evidence.set(Piece::Account, if in_line(2) { 2 } else { sides(2).min(1) });
    evidence.set(Piece::Server, sides(3));
    evidence.set(Piece::Fakes, sides(4));
    evidence.set(Piece::Interface, sides(5));
    evidence.set(Piece::Prose, prose(&head));
    let settings = |text: &[u8]| {
        text.windows(2)
            .filter(|pair| {
                matches!(pair[1], b'=' | b':') && (is_name(pair[0]) || matches!(pair[0], b'"' | b'\'' | b' '))
            })
            .count()
    };
    evidence.set(Piece::Others2, settings(&before) + settings(&behind));
    evidence
        .tell(Piece::Random2, random(&window.bytes[..found.name.start]) || random(&window.bytes[found.value.end..]));
}

fn in_comment(head: &[u8]) -> bool {
    [b"//".as_slice(), b"#", b"*", b"/*", b"--", b"<!--", b";", b"%", b"rem "].iter().any(|mark| head.starts_with(mark))
        || says(head, &[" // ", " # "])
}

fn declares(head: &[u8]) -> i16 {
    let head = head.trim_ascii();
    let word = |words: &[&str]| {
        words.iter().any(|word| head.split(|byte| !is_name(*byte)).any(|other| other == word.as_bytes()))
    };
    if word(&["if", "elif", "return", "assert", "unless", "when", "case", "while"]) {
        5
    } else if word(&["const", "final", "static", "define", "readonly"]) {
        1
    } else if word(&["let", "var", "val", "string", "char", "str", "auto", "my", "private", "public"]) {
        2
    } else if word(&["export", "env", "set", "arg", "setenv"]) {
        3
    } else if word(&["def", "function", "func", "fn", "void"]) {
        4
    } else {
        0
    }
}

/// Words of three letters and more, with blanks around them, before the name.
fn prose(head: &[u8]) -> usize {
    head.split(|byte| *byte == b' ').filter(|word| word.len() >= 3 && word.iter().all(u8::is_ascii_alphabetic)).count()
}

/// Whether a run of 20 and more letters and digits in mixed order stands in a text.
fn random(text: &[u8]) -> bool {
    text.split(|byte| !byte.is_ascii_alphanumeric()).any(|run| {
        let turns = run.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
        run.len() >= 20 && turns * 6 >= run.len()
    })
}
