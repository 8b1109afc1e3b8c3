//! `[[allow]]` of a configuration: values that are known and no leak.
//!
//! An entry has conditions; those that it has must all hold. Of `values`, `patterns`, `words` and `lines` one is enough:
//! they are ways to say which values are meant.

use bstr::ByteSlice;
use jiff::civil::Date;
use regex_automata::meta::Regex;

use crate::{
    finding::{Finding, ShownPlace},
    rule::RuleSet,
    secret::Secret,
    source::globs::IgnoreLines,
};

/// What is allowed, and where.
#[derive(Clone, Debug, Default)]
pub struct Allow {
    /// Why.
    pub reason: Option<String>,
    /// Only findings of these rules or issuers, where there are any.
    pub rules: Vec<String>,
    /// Only in these paths, from the top of the repository.
    pub paths: Option<IgnoreLines>,
    /// Only what one of these commits brought: beginnings of ids.
    pub commits: Vec<String>,
    /// These values.
    pub values: Vec<Secret>,
    /// Values in which one of these is found.
    pub patterns: Vec<Regex>,
    /// Values in whose line one of these is found: patterns with their text.
    pub lines: Vec<(String, Regex)>,
    /// Values that hold one of these, in lower case; case does not matter.
    pub words: Vec<String>,
    /// It holds for a key that works, too.
    pub even_if_live: bool,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// Where it is said.
    pub at: String,
}

impl Allow {
    /// Whether a value in a place is allowed.
    pub fn covers(&self, finding: &Finding, secret: &Secret, shown: &ShownPlace, today: Date) -> bool {
        self.expires.is_none_or(|last| today <= last)
            && (self.rules.is_empty()
                || self.rules.iter().any(|name| names(name, &finding.about.rule, &finding.about.issuer)))
            && self.fits_value(secret.expose(), shown)
            && self.fits_commit(shown)
            && self.fits_path(shown)
    }

    fn fits_value(&self, value: &[u8], shown: &ShownPlace) -> bool {
        if self.values.is_empty() && self.patterns.is_empty() && self.words.is_empty() && self.lines.is_empty() {
            return true;
        }
        let in_line = |pattern: &String| shown.mark.as_ref().is_some_and(|mark| mark.lines.contains(pattern));
        let holds = |word: &String| value.to_ascii_lowercase().contains_str(word.as_bytes());
        self.values.iter().any(|known| known.expose() == value)
            || self.patterns.iter().any(|pattern| pattern.is_match(value))
            || self.words.iter().any(holds)
            || self.lines.iter().any(|(pattern, _)| in_line(pattern))
    }

    fn fits_commit(&self, shown: &ShownPlace) -> bool {
        let brought = || shown.place.commit.as_ref().map(|commit| commit.oid.to_string());
        self.commits.is_empty() || brought().is_some_and(|oid| self.commits.iter().any(|start| oid.starts_with(start)))
    }

    fn fits_path(&self, shown: &ShownPlace) -> bool {
        let Some(lines) = &self.paths else { return true };
        shown.place.path.as_ref().is_some_and(|path| lines.fit(path.as_bstr()))
    }
}

/// Whether a name means a rule: its id, its issuer's, or either with `*` and `?`.
pub fn names(name: &str, rule: &str, issuer: &str) -> bool {
    if !name.contains(['*', '?']) {
        return name == rule || name == issuer;
    }
    let glob = globset::Glob::new(name).ok().map(|glob| glob.compile_matcher());
    glob.is_some_and(|glob| glob.is_match(rule) || glob.is_match(issuer))
}

/// Whether a name means any rule there is.
pub fn is_known(name: &str, rules: &RuleSet) -> bool {
    rules.iter().any(|(_, rule)| names(name, &rule.id, &rule.issuer))
}

/// The pattern of an entry: searched for anywhere in the value, over bytes.
///
/// # Errors
/// What is wrong with it.
pub fn pattern(text: &str) -> Result<Regex, String> {
    let syntax = regex_automata::util::syntax::Config::new().utf8(false);
    let meta = Regex::config().utf8_empty(false).nfa_size_limit(Some(1 << 20));
    Regex::builder().configure(meta).syntax(syntax).build(text).map_err(|error| match error.syntax_error() {
        Some(error) => error.to_string(),
        None => error.to_string(),
    })
}
