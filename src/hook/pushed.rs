//! What git tells a hook of a push, a line a ref: which commits are new to the other side.

use std::collections::BTreeSet;

use bstr::{BStr, BString, ByteSlice};

use crate::{
    location::Oid,
    source::{
        history::{
            refs::{self, Tip, TipKind},
            repo::Repo,
        },
        range::Range,
    },
};

/// One ref that a push changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it points to now; `None` for one that is new.
    pub old: Option<Oid>,
    /// What it is to point to; `None` for one that goes away.
    pub new: Option<Oid>,
}

/// Why the lines mean nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line} of standard input is not what git tells a {hook} hook")]
pub struct InputError {
    line: usize,
    hook: &'static str,
}

/// Reads the lines of pre-push: local ref, its object, remote ref, its object.
pub fn leaving(input: &[u8]) -> Result<Vec<Change>, InputError> {
    // A local "ref" is any text that names a commit, and may hold blanks (`HEAD@{2 days ago}`): count from the end.
    lines(input, "pre-push", |line| {
        let mut words = line.rsplitn_str(4, " ");
        let (old, _, new) = (words.next()?, words.next()?, words.next()?);
        words.next()?;
        Some((old, new))
    })
}

/// Reads the lines of pre-receive: old object, new object, ref.
pub fn arriving(input: &[u8]) -> Result<Vec<Change>, InputError> {
    lines(input, "pre-receive", |line| {
        let mut words = line.splitn_str(3, " ");
        let (old, new) = (words.next()?, words.next()?);
        words.next()?;
        Some((old, new))
    })
}

fn lines<'i>(
    input: &'i [u8],
    hook: &'static str,
    ids: impl Fn(&'i [u8]) -> Option<(&'i [u8], &'i [u8])>,
) -> Result<Vec<Change>, InputError> {
    let id = |hex: &[u8]| Oid::from_hex(hex).map(|oid| (!oid.is_zero()).then_some(oid));
    let change = |line| {
        let (old, new) = ids(line)?;
        Some(Change { old: id(old)?, new: id(new)? })
    };
    let all = input.lines().enumerate();
    all.map(|(at, line)| change(line).ok_or(InputError { line: at + 1, hook })).collect()
}

/// The commits that leave for a remote: reached from what is pushed, and not from what the remote is known to have. `remote` is its
/// name, or its URL where it has no name.
pub fn to_remote(repo: &Repo, changes: &[Change], remote: &BStr) -> Range {
    let names = Names::of(repo, remote);
    range(repo, changes, |tip| tip.kind == TipKind::Remote && names.is_of(tip))
}

/// The commits that come in: reached from what is pushed, and not from any ref that is here.
pub fn to_here(repo: &Repo, changes: &[Change]) -> Range {
    range(repo, changes, |_| true)
}

/// A ref that cannot be read hides nothing: then more is looked at, not less.
fn range(repo: &Repo, changes: &[Change], is_known: impl Fn(&Tip) -> bool) -> Range {
    let tips: BTreeSet<Oid> = changes.iter().filter_map(|change| change.new).collect();
    if tips.is_empty() {
        return Range::default();
    }
    let known = refs::every(repo).tips;
    let mut hidden: BTreeSet<Oid> = changes.iter().filter_map(|change| change.old).collect();
    hidden.extend(known.iter().filter(|tip| is_known(tip)).map(|tip| tip.oid));
    Range { tips: tips.into_iter().collect(), hidden: hidden.into_iter().collect() }
}

/// Names of remotes.
struct Names {
    /// Of the one that is pushed to.
    own: Vec<BString>,
    /// Of all others: one may be called `origin/backup`.
    others: Vec<BString>,
}

impl Names {
    fn of(repo: &Repo, remote: &BStr) -> Self {
        let mut names = Self { own: vec![remote.to_owned()], others: Vec::new() };
        let settings = repo.config.settings().iter().filter(|setting| setting.section == "remote");
        for (setting, name) in settings.filter_map(|setting| Some((setting, setting.subsection.clone()?))) {
            let is_url = setting.key == "url" || setting.key == "pushurl";
            if is_url && setting.value.as_ref().is_some_and(|value| value == remote) {
                names.own.push(name);
            } else {
                names.others.push(name);
            }
        }
        names.others.retain(|name| !names.own.contains(name));
        names
    }

    /// Whether a ref tells what the remote has.
    fn is_of(&self, tip: &Tip) -> bool {
        let Some(rest) = tip.name.strip_prefix(b"refs/remotes/") else { return false };
        let longest = |names: &[BString]| {
            let under = |name: &&BString| rest.strip_prefix(name.as_slice()).is_some_and(|rest| rest.starts_with(b"/"));
            names.iter().filter(under).map(|name| name.len()).max()
        };
        longest(&self.own) > longest(&self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";
    const NONE: &str = "0000000000000000000000000000000000000000";

    fn oid(hex: &str) -> Option<Oid> {
        Oid::from_hex(hex.as_bytes())
    }

    #[test]
    fn the_lines_of_a_push_are_read_whatever_the_local_side_is_called() {
        let text = format!(
            "refs/heads/main {A} refs/heads/main {B}\nHEAD@{{2 days ago}} {A} refs/heads/new {NONE}\n(delete) {NONE} refs/heads/x {B}\n"
        );
        let changes = leaving(text.as_bytes()).unwrap();
        let expected = [(oid(B), oid(A)), (None, oid(A)), (oid(B), None)];
        assert_eq!(changes, expected.map(|(old, new)| Change { old, new }));
        assert_eq!(leaving(b"").unwrap(), []);
    }

    #[test]
    fn the_lines_of_a_server_are_read() {
        let changes = arriving(format!("{NONE} {A} refs/heads/main\n{A} {NONE} refs/tags/t\n").as_bytes()).unwrap();
        assert_eq!(changes, [Change { old: None, new: oid(A) }, Change { old: oid(A), new: None }]);
    }

    #[test]
    fn what_is_no_such_line_is_an_error_and_not_an_empty_push() {
        assert!(leaving(b"refs/heads/main\n").is_err() && arriving(b"x y z\n").is_err());
        assert_eq!(
            leaving(b"a b c d\n").unwrap_err().to_string(),
            "line 1 of standard input is not what git tells a pre-push hook"
        );
    }
}
