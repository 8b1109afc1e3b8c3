//! The header lines of diffs: whose file it is, and where a hunk stands in it.

use bstr::{BStr, BString, ByteSlice};

use crate::source::files;

/// `@@ -1,2 +3,4 @@`, or `@@@ -1,2 -1,2 +3,4 @@@` with several old versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HunkHeader {
    /// Lines that follow of each old version.
    pub old: Vec<u64>,
    /// Lines that follow of the new version.
    pub new: u64,
    /// Number of the first line in the new version.
    pub first_line: u64,
}

impl HunkHeader {
    /// Reads a line.
    pub fn read(line: &[u8]) -> Option<Self> {
        let signs = line.iter().take_while(|byte| **byte == b'@').count();
        let versions = signs.checked_sub(1).filter(|versions| (1..=MOST_VERSIONS).contains(versions))?;
        let mut words = line[signs..].strip_prefix(b" ")?.split(|byte| *byte == b' ');
        let mut old = Vec::with_capacity(versions);
        for _ in 0..versions {
            old.push(span(words.next()?, b'-')?.1);
        }
        let (first_line, new) = span(words.next()?, b'+')?;
        let end = words.next()?;
        let closed = end.trim_end().len() == signs && end.starts_with(&line[..signs]);
        closed.then_some(Self { old, new, first_line })
    }
}

/// Octopus merges of more parents than this are not known.
const MOST_VERSIONS: usize = 64;

/// `-1,2`: where, and how many lines (one where it is not said).
fn span(word: &[u8], sign: u8) -> Option<(u64, u64)> {
    let word = word.strip_prefix(&[sign])?;
    let number = |digits: &[u8]| digits.to_str().ok()?.parse::<u32>().ok().map(u64::from);
    match word.split_once_str(b",") {
        Some((start, count)) => Some((number(start)?, number(count)?)),
        None => Some((number(word)?, 1)),
    }
}

/// What the headers of one file say so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileHeader {
    /// Whether a file's first header was seen.
    is_open: bool,
    /// Whether paths in it begin with `a/` and `b/` or the like; `None`: not known.
    prefixed: Option<bool>,
    old: Option<BString>,
    /// Path in the new version.
    pub path: Option<BString>,
}

impl FileHeader {
    /// `diff --git a/OLD b/NEW`, `diff --cc PATH` or `diff --combined PATH`.
    pub fn of_diff_line(line: &[u8]) -> Option<Self> {
        let opened = Self { is_open: true, ..Self::default() };
        if let Some(path) = line.strip_prefix(b"diff --cc ").or_else(|| line.strip_prefix(b"diff --combined ")) {
            return Some(Self { path: Some(unquoted(path)), ..opened });
        }
        let names = line.strip_prefix(b"diff --git ")?;
        let Some((old, new)) = both(names) else { return Some(opened) };
        let prefixed = old != new;
        Some(Self { prefixed: Some(prefixed), path: Some(named(new, prefixed)), ..opened })
    }

    /// `--- OLD`. True if it begins a file, as in a diff that is not git's.
    pub fn read_old(&mut self, line: &[u8]) -> bool {
        let begins = !self.is_open || self.old.is_some();
        if begins {
            *self = Self { is_open: true, ..Self::default() };
        }
        self.old = Some(without_date(line));
        begins
    }

    /// `rename to NEW`
    pub fn renamed(&mut self, name: &[u8]) {
        self.path = Some(unquoted(name));
    }

    /// `+++ NEW`
    pub fn read_new(&mut self, line: &[u8]) {
        let new = without_date(line);
        if new == "/dev/null" {
            return;
        }
        let seems_prefixed = || {
            let old = self.old.as_ref().map_or(BStr::new(""), |old| old.as_bstr());
            (old.starts_with(b"a/") || old == "/dev/null") && new.starts_with(b"b/")
        };
        let prefixed = self.prefixed.unwrap_or_else(seems_prefixed);
        self.path = Some(named(new, prefixed));
    }
}

/// Takes the first folder off a path.
fn named(path: BString, prefixed: bool) -> BString {
    match path.split_once_str(b"/") {
        Some((_, rest)) if prefixed => rest.into(),
        _ => path,
    }
}

/// The two names of a `diff --git` line. Where they are not quoted, they are told apart by being the same behind their first folder.
fn both(names: &[u8]) -> Option<(BString, BString)> {
    if let Some((old, length)) = files::unquote(names.as_bstr()) {
        return Some((old, unquoted(names[length..].strip_prefix(b" ")?)));
    }
    if names.ends_with(b"\"") {
        let start = names.find(b" \"")?;
        return Some((names[..start].into(), unquoted(&names[start + 1..])));
    }
    let rest = |name: &[u8]| name.split_once_str(b"/").map(|(_, rest)| rest.to_owned());
    let spaces: Vec<_> = names.find_iter(b" ").collect();
    let split = |at: usize| (&names[..at], &names[at + 1..]);
    let same = spaces
        .iter()
        .map(|at| split(*at))
        .find(|(old, new)| old == new || (rest(old).is_some() && rest(old) == rest(new)));
    // A rename: `rename to` or `+++` tell the name where there is more than one blank.
    let one = || (spaces.len() == 1).then(|| split(spaces[0]));
    same.or_else(one).map(|(old, new)| (old.into(), new.into()))
}

fn unquoted(name: &[u8]) -> BString {
    files::unquote(name.as_bstr()).map_or_else(|| name.into(), |(name, _)| name)
}

/// A name on a `---` or `+++` line: a tab separates it from a date.
fn without_date(line: &[u8]) -> BString {
    match files::unquote(line.as_bstr()) {
        Some((name, _)) => name,
        None => line.split_once_str(b"\t").map_or(line, |(name, _)| name).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunk_headers_tell_lines_and_versions() {
        let header = HunkHeader::read(b"@@ -1,2 +3,4 @@ fn x()").unwrap();
        assert_eq!(header, HunkHeader { old: vec![2], new: 4, first_line: 3 });
        assert_eq!(HunkHeader::read(b"@@ -1 +0,0 @@").unwrap(), HunkHeader { old: vec![1], new: 0, first_line: 0 });
        assert_eq!(HunkHeader::read(b"@@@ -1,2 -1,3 +1,4 @@@").unwrap().old, [2, 3]);
        for bad in [
            "@@ -1 @@",
            "@@ +1 -1 @@",
            "@ -1 +1 @",
            "@@ -1 +1",
            "@@ -99999999999 +1 @@",
            "@@@ -1 +1 @@@",
            "@@ -1 +1 @@@",
        ] {
            assert_eq!(HunkHeader::read(bad.as_bytes()), None, "{bad}");
        }
    }

    fn path(line: &str) -> Option<String> {
        FileHeader::of_diff_line(line.as_bytes())?.path.map(|path| path.to_string())
    }

    #[test]
    fn git_lines_tell_the_new_name() {
        assert_eq!(path("diff --git a/x/y b/x/y").unwrap(), "x/y");
        assert_eq!(path("diff --git a/with blank b/with blank").unwrap(), "with blank");
        assert_eq!(path("diff --git x/y x/y").unwrap(), "x/y");
        assert_eq!(path("diff --git i/x w/x").unwrap(), "x");
        assert_eq!(path("diff --git \"a/\\303\\244\" \"b/\\303\\244\"").unwrap(), "\u{e4}");
        assert_eq!(path("diff --git a/plain \"b/\\303\\244\"").unwrap(), "\u{e4}");
        assert_eq!(path("diff --git a/old b/new").unwrap(), "new");
        assert_eq!(path("diff --cc x/y").unwrap(), "x/y");
        assert_eq!(path("diff --git a/old name b/new"), None);
    }

    fn plain(old: &str, new: &str) -> Option<String> {
        let mut header = FileHeader::default();
        header.read_old(old.as_bytes());
        header.read_new(new.as_bytes());
        header.path.map(|path| path.to_string())
    }

    #[test]
    fn plain_diffs_tell_the_name_with_or_without_date() {
        assert_eq!(plain("a/x\t2020-01-01", "b/x\t2020-01-02").unwrap(), "x");
        assert_eq!(plain("x.orig", "x").unwrap(), "x");
        assert_eq!(plain("/dev/null", "b/x").unwrap(), "x");
        assert_eq!(plain("b/x", "b/x").unwrap(), "b/x");
        assert_eq!(plain("a/x", "/dev/null"), None);
    }
}
