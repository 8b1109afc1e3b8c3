//! Marks beside a secret: `keysweep:allow RULE reason` in the line or in a comment line above it, and those of other scanners.
//!
//! What is looked at is bounded in bytes, so that a line of a megabyte costs nothing and one mark does not speak for all of
//! it. A line above counts only where it is a comment and nothing else: the mark of a line with a key of its own is about that.

use std::{ops::Range, sync::Arc};

use bstr::ByteSlice;
use memchr::memmem;
use regex_automata::meta::Regex;

use crate::{
    finding::{Mark, printable::printable},
    rule::RuleSet,
};

/// Our own mark.
pub const OWN: &str = "keysweep:allow";

/// A mark on a line of its own about the next line.
const NEXT_LINE: [&str; 2] = ["pragma: allowlist nextline secret", "pragma: whitelist nextline secret"];

/// Marks of other scanners, in the line itself or in the comment line above.
const FOREIGN: [&str; 14] = [
    "gitleaks:allow",
    "betterleaks:allow",
    "trufflehog:ignore",
    "pragma: allowlist secret",
    "pragma: whitelist secret",
    "ggignore",
    "gg:ignore",
    "kingfisher:ignore",
    "noseyparker:ignore",
    "nosecret",
    "nosec",
    "noqa: S105",
    "noqa: S106",
    "noqa: S107",
];

/// Bytes before and behind a secret in which a mark is looked for.
const AROUND: usize = 400;

/// Longest text behind a mark that is kept, in bytes.
const WORDS: usize = 200;

/// Which marks are read, and what lines are looked through for.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// Our own.
    pub own: bool,
    /// Those of other scanners, too.
    pub foreign: bool,
    /// Patterns of `[[allow]] lines`, each with its text.
    pub lines: Arc<Vec<(String, Regex)>>,
}

impl Reader {
    /// What stands beside the secret at `at` in `text`.
    pub fn mark(&self, text: &[u8], at: Range<usize>) -> Option<Mark> {
        if !self.own {
            return None;
        }
        let lines = if self.lines.is_empty() { vec![] } else { self.fitting(text, at.clone()) };
        match mark(text, at, self.foreign) {
            Some(mark) => Some(Mark { lines, ..mark }),
            None => (!lines.is_empty()).then(|| Mark { lines, ..Mark::default() }),
        }
    }

    fn fitting(&self, text: &[u8], at: Range<usize>) -> Vec<String> {
        let (before, behind) = (at.start.saturating_sub(LINE), text.len().min(at.end + LINE));
        let start = text[before..at.start].rfind_byte(b'\n').map_or(before, |newline| before + newline + 1);
        let end = text[at.end..behind].find_byte(b'\n').map_or(behind, |newline| at.end + newline);
        let line = &text[start..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.lines.iter().filter(|(_, pattern)| pattern.is_match(line)).map(|(text, _)| text.clone()).collect()
    }
}

/// Bytes of a line on either side of a secret in which patterns are looked for.
const LINE: usize = 4 << 10;

fn mark(text: &[u8], at: Range<usize>, foreign: bool) -> Option<Mark> {
    let (before, behind) = (at.start.saturating_sub(AROUND), text.len().min(at.end + AROUND));
    let line_start = text[before..at.start].rfind_byte(b'\n').map(|newline| before + newline + 1);
    let line_end = text[at.end..behind].find_byte(b'\n').map_or(behind, |newline| at.end + newline);
    let own = || [&text[line_start.unwrap_or(before)..at.start], &text[at.end..line_end]];
    if let Some(mark) = own().into_iter().find_map(|part| in_line(part, foreign)) {
        return Some(mark);
    }
    let above_end = line_start?.checked_sub(1)?;
    let nearest = above_end.saturating_sub(AROUND);
    let above_start = text[nearest..above_end].rfind_byte(b'\n').map(|newline| nearest + newline + 1);
    let above_start = above_start.or((nearest == 0).then_some(0))?;
    in_comment_line(&text[above_start..above_end], foreign)
}

fn in_line(line: &[u8], foreign: bool) -> Option<Mark> {
    found(line, OWN).or_else(|| FOREIGN.into_iter().filter(|_| foreign).find_map(|mark| found(line, mark)))
}

fn in_comment_line(line: &[u8], foreign: bool) -> Option<Mark> {
    let next = || NEXT_LINE.into_iter().filter(|_| foreign).find_map(|mark| found(line, mark));
    let mark = next().or_else(|| in_line(line, foreign))?;
    let at = memmem::find(line, mark.mark.as_bytes())?;
    is_comment_start(&line[..at]).then_some(mark)
}

/// What may stand before a mark in a line that says nothing else: signs, and the words that begin a comment in some languages.
fn is_comment_start(text: &[u8]) -> bool {
    let word = text.trim().to_ascii_lowercase();
    matches!(&word[..], b"rem" | b"dnl") || !word.iter().any(|byte| byte.is_ascii_alphanumeric() || *byte >= 128)
}

fn found(line: &[u8], mark: &'static str) -> Option<Mark> {
    let at = memmem::find(line, mark.as_bytes())?;
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let rest = &line[at + mark.len()..];
    if word(at.checked_sub(1).and_then(|before| line.get(before))) || word(rest.first()) {
        return None;
    }
    let end = [&b"-->"[..], b"*/", b"--%>"].iter().filter_map(|end| memmem::find(rest, end)).min();
    let words = rest[..end.unwrap_or(rest.len()).min(WORDS)].trim_start_with(|char| char == ':').trim();
    Some(Mark { mark, words: printable(words), lines: vec![] })
}

/// What one of our own marks says, once the rules are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// A rule, an issuer, either with `*`, or the id of a finding; everything where there is none.
    pub only: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// It holds for a key that works, too.
    pub even_if_live: bool,
}

/// Reads the words behind our own mark. The first is a rule where it is one, or looks like one: a rule that is misspelt allows
/// nothing.
pub fn said(words: &str, rules: &RuleSet) -> Said {
    let mut said = Said::default();
    let mut rest = words.trim();
    while let Some(word) = rest.split_whitespace().next() {
        if word == "even_if_live" {
            said.even_if_live = true;
        } else if said.only.is_none() && names_rule(word, rules) {
            said.only = Some(word.to_owned());
        } else {
            break;
        }
        rest = rest[word.len()..].trim_start();
    }
    said.reason = Some(rest.trim_matches([' ', ':', '-', ',']).to_owned()).filter(|reason| !reason.is_empty());
    said
}

fn names_rule(word: &str, rules: &RuleSet) -> bool {
    let form = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'*' | b'?');
    let is_name = word.bytes().all(form) && word.bytes().any(|byte| byte != b'-');
    is_name && (word.contains(['-', '*']) || rules.iter().any(|(_, rule)| *rule.issuer == *word || *rule.id == *word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(text: &str, foreign: bool) -> Option<(&'static str, String)> {
        let at = text.find("SECRET").unwrap();
        mark(text.as_bytes(), at..at + 6, foreign).map(|mark| (mark.mark, mark.words))
    }

    fn own(words: &str) -> Option<(&'static str, String)> {
        Some((OWN, words.to_owned()))
    }

    #[test]
    fn a_mark_counts_in_the_line_in_any_languages_comment() {
        for (text, words) in [
            ("a = SECRET # keysweep:allow", ""),
            ("a = SECRET // keysweep:allow github test key", "github test key"),
            ("<a>SECRET</a> <!-- keysweep:allow of a test --> more", "of a test"),
            ("/* keysweep:allow: of a test */ a = SECRET;", "of a test"),
            ("x\na = SECRET -- keysweep:allow\ny", ""),
        ] {
            assert_eq!(beside(text, false), own(words), "{text}");
        }
    }

    #[test]
    fn a_mark_in_the_line_above_counts_where_that_line_is_a_comment() {
        for text in [
            "# keysweep:allow x\na = SECRET",
            "  // keysweep:allow x\na = SECRET",
            "REM keysweep:allow x\nset a=SECRET",
            "<!-- keysweep:allow x -->\n<a>SECRET</a>",
        ] {
            assert_eq!(beside(text, false), own("x"), "{text}");
        }
        for text in [
            "b = OTHER # keysweep:allow x\na = SECRET",
            "# keysweep:allow x\n\na = SECRET",
            "a = SECRET\n# keysweep:allow x",
            "a = SECRET # keysweep:allowed",
            "a = SECRET # mykeysweep:allow",
        ] {
            assert_eq!(beside(text, false), None, "{text}");
        }
    }

    #[test]
    fn a_mark_far_away_in_a_long_line_is_not_beside() {
        let text = format!("SECRET{} // keysweep:allow", "x".repeat(1000));
        assert_eq!(beside(&text, false), None);
        let text = format!("// keysweep:allow {}\na = SECRET", "x".repeat(1000));
        assert_eq!(beside(&text, false), None);
    }

    #[test]
    fn marks_of_other_scanners_count_where_that_is_asked_for() {
        for (text, mark) in [
            ("a = SECRET # gitleaks:allow", "gitleaks:allow"),
            ("a = SECRET # pragma: allowlist secret", "pragma: allowlist secret"),
            ("# pragma: allowlist nextline secret\na = SECRET", "pragma: allowlist nextline secret"),
            ("a = SECRET # nosec B105", "nosec"),
            ("a = SECRET // trufflehog:ignore", "trufflehog:ignore"),
        ] {
            assert_eq!(beside(text, true).map(|(mark, _)| mark), Some(mark), "{text}");
            assert_eq!(beside(text, false), None, "{text}");
        }
        assert_eq!(beside("a = SECRET # pragma: allowlist nextline secret", true), None);
    }

    #[test]
    fn words_behind_a_mark_are_a_rule_and_a_reason() {
        let rules = RuleSet::embedded();
        let read = |words: &str| {
            let said = said(words, &rules);
            (said.only.unwrap_or_default(), said.reason.unwrap_or_default(), said.even_if_live)
        };
        assert_eq!(read(""), (String::new(), String::new(), false));
        assert_eq!(read("github a test"), ("github".into(), "a test".into(), false));
        assert_eq!(read("github-pat-classic"), ("github-pat-classic".into(), String::new(), false));
        assert_eq!(read("even_if_live github-* - ours"), ("github-*".into(), "ours".into(), true));
        assert_eq!(read("of a test"), (String::new(), "of a test".into(), false));
        assert_eq!(read("github-pta x"), ("github-pta".into(), "x".into(), false));
    }
}
