//! A matcher that is as plain as can be: the pattern is tried at every byte of the text. What the engine's lanes find is held
//! against it, so it shares no code with them.

use std::sync::LazyLock;

use keysweep::{
    detect::context,
    judge::context::judge,
    rule::{Boundary, Confidence, Context, Near, Rule},
};
use regex::bytes::Regex;

pub struct Matcher {
    /// What is looked for in place of the pattern.
    context: Option<Context>,
    regex: Regex,
    start: Boundary,
    end: Boundary,
    near: Option<Near>,
}

impl Matcher {
    pub fn new(rule: &Rule) -> Self {
        let regex =
            Regex::new(&format!(r"\A(?-u:{})", rule.pattern)).expect("the pattern was checked when it was read");
        Self { context: rule.context, regex, start: rule.start, end: rule.end, near: rule.near.clone() }
    }

    /// The secrets in `text`, in the order of their places.
    pub fn find<'t>(&self, text: &'t [u8]) -> Vec<&'t [u8]> {
        (0..text.len())
            .filter_map(|at| if self.context.is_some() { self.in_context(text, at) } else { self.at(text, at) })
            .collect()
    }

    /// The credential whose context has its anchor at `at`, judged as in a file without an ending.
    fn in_context<'t>(&self, text: &'t [u8], at: usize) -> Option<&'t [u8]> {
        let (found, evidence) = context::found_at(text, at, Confidence::Low)?;
        let told = Some(context::class_of(text, &found)) == self.context && judge(&evidence, None).confidence.is_some();
        told.then(|| &text[found.value])
    }

    fn at<'t>(&self, text: &'t [u8], at: usize) -> Option<&'t [u8]> {
        if !starts(text, at, self.start) {
            return None;
        }
        let captures = self.regex.captures(&text[at..])?;
        let whole = captures.get(0).expect("group 0 is the match");
        let behind = text.get(at + whole.end()).copied();
        let ends = match (self.end, behind) {
            (Boundary::Any, _) | (_, None) => true,
            (Boundary::Word, Some(byte)) => !is_word(byte),
            (Boundary::Token, Some(byte)) => !is_token(byte),
        };
        let near = self.near.as_ref().is_none_or(|near| stands_near(near, text, at, at + whole.end()));
        (ends && near).then(|| captures.name("secret").unwrap_or(whole).as_bytes())
    }
}

fn starts(text: &[u8], at: usize, boundary: Boundary) -> bool {
    let Some(before) = at.checked_sub(1).map(|at| text[at]) else { return true };
    match boundary {
        Boundary::Any => true,
        Boundary::Word => !is_word(before) || escape_before(&text[..at]),
        Boundary::Token => !is_token(before) || before == b'=' || escape_before(&text[..at]),
    }
}

fn escape_before(head: &[u8]) -> bool {
    static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?-u)(?:\\[nrtbfv0]|%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})\z")
            .expect("a good pattern")
    });
    ESCAPE.is_match(&head[head.len().saturating_sub(6)..])
}

fn stands_near(near: &Near, text: &[u8], start: usize, end: usize) -> bool {
    let before = text[start.saturating_sub(near.before as usize)..start].to_ascii_lowercase();
    let after = text[end..text.len().min(end + near.after as usize)].to_ascii_lowercase();
    let holds = |text: &[u8], word: &[u8]| text.windows(word.len()).any(|window| window == word);
    near.words.iter().any(|word| {
        let word = word.to_ascii_lowercase();
        holds(&before, word.as_bytes()) || holds(&after, word.as_bytes())
    })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_token(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'+' | b'/' | b'=' | b'-')
}
