//! Credentials without a format, found by what stands around them: a name and a value, a URL with a password, a header.
//!
//! One mechanism for all syntaxes. A *lane* tells the places where a word stands that may name a secret ([`anchors`]); from
//! there a name, an operator and a value are read ([`candidate_at`]), inside a window bounded in bytes, so that the outcome is a
//! function of the anchor's place and of that window alone. Most places are turned down within a few bytes. What is left is
//! described by named pieces of evidence ([`evidence`]) and, where learned weights say that it cannot become a finding
//! whatever its path, dropped ([`found_at`]).

mod class;
pub mod evidence;
pub mod forest;
mod lane;
mod language;
mod lexicon;
mod memo;
mod name;
mod operator;
mod reject;
mod search;
mod special;
#[cfg(test)]
mod tests;
mod value;
mod weights;
mod window;
mod words;

use std::ops::Range;

pub use class::class_of;
pub use language::Language;
pub use search::{Found, InContext, Searcher};
pub use weights::Weights;
pub use window::Window;

use crate::rule::Confidence;

/// Bytes before an anchor that can decide about its candidate.
pub const BEFORE: usize = 160;
/// Bytes from an anchor on that can decide about its candidate.
pub const BEHIND: usize = 256;

/// How name and value are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Syntax {
    /// `name = value`, also `?=`, `||=`, `+=`, `:=`.
    Assign,
    /// `name: value`.
    Colon,
    /// `name => value`.
    Arrow,
    /// `name == value`, `!=`.
    Compare,
    /// `name("value")`.
    Call,
    /// `"name", "value"`.
    Comma,
    /// `name value`.
    Space,
    /// `--name value`.
    Flag,
    /// `<name>value</name>`.
    Element,
    /// `key="name" value="value"`, `- name: name` and `value: value` on the next line.
    Pair,
    /// `user:value` in a URL.
    Url,
    /// `Basic value`, `Bearer value`.
    Header,
    /// `-u user:value`.
    User,
    /// `IDENTIFIED BY 'value'`.
    Sql,
}

/// What encloses a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quote {
    /// Nothing.
    None,
    /// `'`.
    Single,
    /// `"`.
    Double,
    /// A backtick.
    Back,
    /// A quote of a string inside a string: `\"`, `\'`.
    Escaped,
}

/// A value that may be a credential, with what tells so. Ranges count from the blob's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where the word stands that it was found by.
    pub anchor: usize,
    /// The name; a URL's user, a header's scheme.
    pub name: Range<usize>,
    /// The value, without quotes.
    pub value: Range<usize>,
    /// How they are joined.
    pub syntax: Syntax,
    /// What encloses the value.
    pub quote: Quote,
    /// The call around a quoted value: `String(` of `key: String("...")`; empty where there is none.
    pub wrapper: Range<usize>,
}

/// Calls `found` with every anchor in `zone`, in order: the places at which [`candidate_at`] can find something.
#[inline]
pub fn anchors(bytes: &[u8], zone: Range<usize>, mut found: impl FnMut(usize)) {
    lane::places(bytes, zone, |at| {
        if words::word_at(bytes, at).is_some() {
            found(at);
        }
    });
}

/// The candidate of an anchor at `at`: decided by the bytes from `at - BEFORE` to `at + BEHIND` and by whether the blob begins
/// or ends there, and by nothing else.
pub fn candidate_at(bytes: &[u8], at: usize) -> Option<Candidate> {
    let (window, anchor) = Window::around(bytes, at);
    let (word, end) = words::word_at(window.bytes, anchor)?;
    let found = match word {
        words::Word::Url => special::url(&window, anchor)?,
        words::Word::Scheme => special::header(&window, anchor, end)?,
        words::Word::User => special::user(&window, anchor, end)?,
        words::Word::Identified => special::identified(&window, anchor, end)?,
        words::Word::Name(_) => name::assignment(&window, anchor, end)?,
    };
    let found = Candidate { anchor, ..found };
    (!reject::placeholder(&window, &found)).then(|| found.moved(window.start))
}

/// The candidate of an anchor, if it may become a finding of the confidence `asked` in some place. As [`candidate_at`], a
/// function of the window alone.
pub fn found_at(bytes: &[u8], at: usize, asked: Confidence) -> Option<(Candidate, evidence::Evidence)> {
    let found = candidate_at(bytes, at)?;
    let (window, anchor) = Window::around(bytes, at);
    let evidence = memo::recall(&window, anchor, asked, || {
        let evidence = evidence::Evidence::of(bytes, &found);
        Weights::embedded().may_pass(&evidence, asked).then_some(evidence)
    })?;
    Some((found, evidence))
}

impl Candidate {
    fn moved_back(self, by: usize) -> Self {
        let shift = |range: Range<usize>| range.start - by..range.end - by;
        Self {
            anchor: self.anchor - by,
            name: shift(self.name),
            value: shift(self.value),
            wrapper: shift(self.wrapper),
            ..self
        }
    }

    fn moved(self, by: usize) -> Self {
        let shift = |range: Range<usize>| range.start + by..range.end + by;
        Self {
            anchor: self.anchor + by,
            name: shift(self.name),
            value: shift(self.value),
            wrapper: shift(self.wrapper),
            ..self
        }
    }
}
