//! What refers to history: refs, the HEAD of every worktree, the stash, notes and reflogs.
//!
//! Read from the files: loose refs win over packed ones of the same name. Where a ref is broken that is a problem, and the
//! rest is still read.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use bstr::{BStr, BString, ByteSlice};
use rayon::prelude::*;

use super::repo::Repo;
use crate::{
    location::Oid,
    problem::{Problem, ProblemKind},
    source::files,
};

mod names;
mod reflogs;

/// A commit, tag or other object that history is reached from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tip {
    /// Full name: `refs/heads/main`, `HEAD`, `worktrees/NAME/HEAD`; for a reflog entry the ref that the log belongs to.
    pub name: BString,
    /// What it points to.
    pub oid: Oid,
    /// What it is.
    pub kind: TipKind,
}

/// What a tip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TipKind {
    /// HEAD of this work tree.
    Head,
    /// HEAD of another work tree.
    WorktreeHead,
    /// `refs/heads/`
    Branch,
    /// `refs/remotes/`
    Remote,
    /// `refs/tags/`
    Tag,
    /// `refs/stash`
    Stash,
    /// `refs/notes/`
    Note,
    /// Any other ref.
    Other,
    /// An entry of a reflog. The stash's older entries are such.
    Reflog,
}

/// Which refs count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RefSelection {
    /// All of them, and reflogs.
    #[default]
    All,
    /// These: full names, short ones as git resolves them, globs (`refs/heads/*`, `release/*`), or whole object ids. No reflogs.
    Named(Vec<BString>),
}

/// The tips of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tips {
    /// Sorted, each once.
    pub tips: Vec<Tip>,
    /// Broken refs and logs.
    pub problems: Vec<Problem>,
    /// Reflog entries whose object is no longer there.
    pub pruned: u64,
    /// Names of the selection that fit no ref.
    pub unmatched: Vec<BString>,
    /// Where there are such: the names of all refs.
    pub names: Vec<BString>,
}

/// Collects what the selection asks for. `has` says whether an object is there; it is asked about reflog entries only.
pub fn tips(repo: &Repo, selection: &RefSelection, has: &(dyn Fn(&Oid) -> bool + Sync)) -> Tips {
    let mut problems = Vec::new();
    let refs = all(repo, &mut problems);
    let mut found = match selection {
        RefSelection::All => {
            let mut found = Tips { tips: refs, ..Tips::default() };
            reflogs::add(repo, has, &mut found);
            found
        }
        RefSelection::Named(names) => names::narrow(refs, names),
    };
    found.problems.append(&mut problems);
    found.problems.sort();
    found.tips.sort();
    found.tips.dedup();
    found
}

/// All refs and HEADs, without reflogs.
pub fn every(repo: &Repo) -> Tips {
    let mut problems = Vec::new();
    let tips = all(repo, &mut problems);
    Tips { tips, problems, ..Tips::default() }
}

/// The commit that HEAD points to; `None` before the first commit.
pub fn head(repo: &Repo) -> Result<Option<Oid>, Problem> {
    let mut name = BString::from("HEAD");
    for _ in 0..MOST_LINKS {
        let folder = if per_worktree(&name) { &repo.git_dir } else { &repo.common_dir };
        let value = match read_loose(&folder.join(name.to_path_lossy())) {
            Ok(Some(value)) => value,
            Ok(None) => return Ok(packed_value(repo, &name)),
            Err(why) => return Err(broken(name.as_bstr(), why)),
        };
        match value {
            Value::Oid(oid) => return Ok(Some(oid)),
            Value::Link(target) => name = target,
        }
    }
    Err(broken(name.as_bstr(), "symbolic refs that lead in a circle".to_owned()))
}

/// Git follows symbolic refs five deep.
const MOST_LINKS: usize = 6;

/// A ref file holds one line: an id, or the name of another ref.
const REF_FILE: u64 = 8192;

/// `packed-refs` is read up to this many bytes: some ten million refs.
const PACKED_FILE: u64 = 1 << 30;

enum Value {
    Oid(Oid),
    Link(BString),
}

/// Every ref of the repository and of its worktrees, and their HEADs.
fn all(repo: &Repo, problems: &mut Vec<Problem>) -> Vec<Tip> {
    let mut files = Vec::new();
    for git_dir in repo.git_dirs() {
        let prefix = git_dir.strip_prefix(&repo.common_dir).map(files::path_bytes).unwrap_or_default();
        // This work tree's own refs have no prefix, as git names them; another's are `worktrees/NAME/...`.
        let prefix = match () {
            () if git_dir == repo.git_dir => BString::default(),
            () if prefix.is_empty() => "main-worktree/".into(),
            () => [prefix.as_slice(), b"/"].concat().into(),
        };
        list(&git_dir.join("HEAD"), [prefix.as_slice(), b"HEAD"].concat().into(), &mut files, problems);
        let refs_prefix = if git_dir == repo.common_dir {
            BString::from("refs")
        } else {
            [&prefix, b"refs".as_slice()].concat().into()
        };
        list(&git_dir.join("refs"), refs_prefix, &mut files, problems);
    }
    let (mut values, broken_refs) = read_all(&files);
    for (name, oid) in packed(repo, problems) {
        values.entry(name).or_insert(Value::Oid(oid));
    }
    let mut tips = Vec::new();
    for name in values.keys() {
        match resolve(&values, name) {
            Ok(Some(oid)) => tips.push(Tip { name: name.clone(), oid, kind: kind_of(name) }),
            // A symbolic ref to a branch that does not exist (yet) points to nothing and hides nothing.
            Ok(None) => {}
            Err(why) => problems.push(broken(name.as_bstr(), why)),
        }
    }
    problems.extend(broken_refs);
    tips
}

/// The files at or below `path`, with the names of their refs.
fn list(path: &Path, name: BString, files: &mut Vec<(PathBuf, BString)>, problems: &mut Vec<Problem>) {
    let mut waiting = vec![(path.to_owned(), name)];
    while let Some((path, name)) = waiting.pop() {
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        // A link in place of a ref's file is how git wrote symbolic refs long ago. A linked folder is not followed.
        if !meta.is_dir() {
            files.push((path, name));
            continue;
        }
        match fs::read_dir(&path) {
            Ok(entries) => waiting.extend(entries.flatten().filter_map(|entry| {
                let last = files::path_bytes(Path::new(&entry.file_name()));
                // A lock is a ref that is being written.
                let kept = !last.ends_with(b".lock");
                kept.then(|| (entry.path(), [name.as_slice(), b"/", last.as_slice()].concat().into()))
            })),
            Err(error) => problems.push(Problem {
                kind: ProblemKind::Unreadable,
                what: files::shown(&path),
                why: error.to_string(),
            }),
        }
    }
}

fn read_all(files: &[(PathBuf, BString)]) -> (BTreeMap<BString, Value>, Vec<Problem>) {
    let read: Vec<_> = files.par_iter().map(|(path, name)| (name, read_loose(path))).collect();
    let (mut values, mut problems) = (BTreeMap::new(), Vec::new());
    for (name, value) in read {
        match value {
            Ok(Some(value)) => drop(values.insert(name.clone(), value)),
            Ok(None) => {}
            Err(why) => problems.push(broken(name.as_bstr(), why)),
        }
    }
    (values, problems)
}

/// What a loose ref's file says; `None` where there is no file.
fn read_loose(path: &Path) -> Result<Option<Value>, String> {
    if let Ok(target) = fs::read_link(path) {
        let target = files::path_bytes(&target);
        if target.starts_with(b"refs/") {
            return Ok(Some(Value::Link(target)));
        }
    }
    let text = match files::read_small(path, REF_FILE) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        // A folder in the place of a ref is no ref.
        Err(_) if path.is_dir() => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    if let Some(target) = text.strip_prefix(b"ref:") {
        return Ok(Some(Value::Link(target.trim().into())));
    }
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    let why = || format!("not an object id: {:?}", files::plain(text[..end.min(64)].as_bstr()));
    Oid::from_hex(&text[..end]).map(|oid| Some(Value::Oid(oid))).ok_or_else(why)
}

fn resolve(values: &BTreeMap<BString, Value>, name: &BString) -> Result<Option<Oid>, String> {
    let mut name = name;
    for _ in 0..MOST_LINKS {
        match values.get(name) {
            Some(Value::Oid(oid)) => return Ok(Some(*oid)),
            Some(Value::Link(target)) => name = target,
            None => return Ok(None),
        }
    }
    Err("symbolic refs that lead in a circle".to_owned())
}

/// The refs of `packed-refs`. Lines with `#` are headers, those with `^` tell what a tag points to.
fn packed(repo: &Repo, problems: &mut Vec<Problem>) -> Vec<(BString, Oid)> {
    let path = repo.common_dir.join("packed-refs");
    let text = match files::read_small(&path, PACKED_FILE) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let (kind, what) = (ProblemKind::Unreadable, files::shown(&path));
            problems.push(Problem { kind, what, why: error.to_string() });
            return Vec::new();
        }
    };
    let mut refs = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b"^")) {
        let parsed = line.split_once_str(b" ").and_then(|(hex, name)| Some((name.into(), Oid::from_hex(hex)?)));
        match parsed {
            Some(pair) => refs.push(pair),
            None => {
                let why = format!("not a ref: {:?}", files::plain(line[..line.len().min(100)].as_bstr()));
                problems.push(Problem { kind: ProblemKind::Corrupt, what: files::shown(&path), why });
            }
        }
    }
    refs
}

fn packed_value(repo: &Repo, name: &BString) -> Option<Oid> {
    packed(repo, &mut Vec::new()).into_iter().find(|(packed, _)| packed == name).map(|(_, oid)| oid)
}

/// Refs that every work tree has for itself.
fn per_worktree(name: &BString) -> bool {
    !name.starts_with(b"refs/")
        || [b"refs/bisect/".as_slice(), b"refs/worktree/", b"refs/rewritten/"].iter().any(|own| name.starts_with(own))
}

fn kind_of(name: &BString) -> TipKind {
    match name.as_slice() {
        b"HEAD" => TipKind::Head,
        b"refs/stash" => TipKind::Stash,
        other if other.ends_with(b"/HEAD") && !other.starts_with(b"refs/") => TipKind::WorktreeHead,
        other if other.starts_with(b"refs/heads/") => TipKind::Branch,
        other if other.starts_with(b"refs/remotes/") => TipKind::Remote,
        other if other.starts_with(b"refs/tags/") => TipKind::Tag,
        other if other.starts_with(b"refs/notes/") => TipKind::Note,
        _ => TipKind::Other,
    }
}

fn broken(name: &BStr, why: String) -> Problem {
    Problem { kind: ProblemKind::Corrupt, what: files::plain(name), why }
}
