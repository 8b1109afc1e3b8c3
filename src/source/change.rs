//! What one version of a tree has that older ones have not: files, and lines in them.
//!
//! The comparison goes down the folders of all versions at once and leaves out what is equal to the same folder of an older one,
//! so its cost is that of the change and not of the tree.

use std::cmp::Ordering;

use bstr::{BStr, BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::{
    Stop,
    history::{
        object::ObjectKind,
        objects::Objects,
        store::ReadError,
        tree_entries::{self, EntryKind},
    },
};
use crate::{
    location::Oid,
    problem::{Problem, ProblemKind},
};

mod fresh;
mod staged_folder;

pub use fresh::Judge;
pub use staged_folder::StagedFolder;

/// A tree object is read up to this many bytes: some five million entries.
const TREE_LIMIT: usize = 256 << 20;

/// Trees may be nested so that ten of them have 10^10 paths. One that is new as a whole is entered this often in one comparison, and
/// so is a blob; that its content stands in more places than this is not told.
const MOST_PLACES: u32 = 1000;

/// The newer version of a folder.
pub enum Newer<'n> {
    /// There is none.
    Nothing,
    /// A tree object.
    Tree(Oid),
    /// A folder of the index.
    Staged(StagedFolder<'n>),
}

/// What is new.
#[derive(Debug, Default)]
pub struct Changes {
    /// Files whose content is in no older version at the same path, sorted by path.
    pub changed: Vec<Changed>,
    /// Blobs of paths that the first older version has and the newer one has not.
    pub deleted: Vec<Oid>,
    /// Trees that could not be read.
    pub problems: Vec<Problem>,
}

/// A file with new content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// Path from the top of the tree.
    pub path: BString,
    /// Its content.
    pub blob: Oid,
    /// What older versions have at this path.
    pub before: Vec<Oid>,
}

/// Something in a folder of the newer version.
pub struct Child<'n> {
    name: &'n [u8],
    content: Content<'n>,
}

enum Content<'n> {
    Blob(Oid),
    /// A folder, and the id of its tree where that is known.
    Folder(Newer<'n>, Option<Oid>),
}

/// Compares a version with older ones, given by their root trees.
pub fn compare(objects: &dyn Objects, newer: Newer<'_>, older: &[Oid], stop: &Stop<'_>) -> Changes {
    let mut compare =
        Compare { objects, changes: Changes::default(), waiting: Vec::new(), entered: FxHashMap::default() };
    compare.enter(BString::default(), newer, older.iter().copied().map(Some).collect());
    while let Some((path, newer, older)) = compare.waiting.pop() {
        if stop() {
            break;
        }
        compare.folder(path.as_bstr(), newer, &older);
    }
    compare.changes.changed.sort();
    compare.changes.problems.sort();
    compare.changes.problems.dedup();
    compare.changes
}

struct Compare<'c, 'n> {
    objects: &'c dyn Objects,
    changes: Changes,
    /// Folders to compare: path, newer version, older versions.
    waiting: Vec<(BString, Newer<'n>, Vec<Option<Oid>>)>,
    /// How often trees and blobs that no older version has were entered.
    entered: FxHashMap<Oid, u32>,
}

/// A tree object's entries, in git's order.
struct OldFolder {
    bytes: Vec<u8>,
    /// The entry looked at.
    at: usize,
    /// Whether the newer version has that entry's name.
    is_matched: bool,
    oid_len: usize,
}

struct OldEntry<'t> {
    name: &'t [u8],
    kind: EntryKind,
    oid: Oid,
}

impl<'n> Compare<'_, 'n> {
    fn enter(&mut self, path: BString, newer: Newer<'n>, older: Vec<Option<Oid>>) {
        self.waiting.push((path, newer, older));
    }

    fn folder(&mut self, path: &BStr, newer: Newer<'n>, older: &[Option<Oid>]) {
        let mut olds: Vec<_> = older.iter().map(|oid| self.old_folder(oid.as_ref())).collect();
        match newer {
            Newer::Nothing => {}
            Newer::Staged(folder) => {
                for Child { name, content } in folder.children() {
                    self.child(path, name, content, &mut olds);
                }
            }
            Newer::Tree(oid) => {
                let Some(folder) = self.old_folder(Some(&oid)) else { return };
                for entry in tree_entries::entries(&folder.bytes, folder.oid_len).flatten() {
                    let Some(oid) = Oid::from_bytes(entry.oid) else { continue };
                    let content = match entry.kind {
                        EntryKind::Blob => Content::Blob(oid),
                        EntryKind::Tree => Content::Folder(Newer::Tree(oid), Some(oid)),
                        EntryKind::Submodule => continue,
                    };
                    self.child(path, entry.name, content, &mut olds);
                }
            }
        }
        // What the first older version has behind the last name of the newer one.
        if let Some(Some(first)) = olds.first_mut() {
            while let Some((entry, end)) = first.peek() {
                let (kind, oid, was_matched) = (entry.kind, entry.oid, first.is_matched);
                (first.at, first.is_matched) = (end, false);
                if !was_matched {
                    self.gone(kind, oid);
                }
            }
        }
    }

    fn child(&mut self, path: &BStr, name: &[u8], content: Content<'n>, olds: &mut [Option<OldFolder>]) {
        let is_folder = matches!(content, Content::Folder(..));
        let mut before = Vec::with_capacity(olds.len());
        for (at, old) in olds.iter_mut().enumerate() {
            before.push(old.as_mut().and_then(|old| {
                old.find(name, is_folder, |kind, oid| {
                    if at == 0 {
                        self.gone(kind, oid);
                    }
                })
            }));
        }
        let mut full = BString::from(Vec::with_capacity(path.len() + name.len() + 1));
        full.extend_from_slice(path);
        full.extend_from_slice(name);
        match content {
            Content::Blob(blob) => {
                let before: Vec<_> = before.into_iter().flatten().collect();
                if !before.contains(&blob) && (!before.is_empty() || self.may_enter(blob)) {
                    self.changes.changed.push(Changed { path: full, blob, before });
                }
            }
            Content::Folder(newer, oid) => {
                let is_new = before.iter().all(Option::is_none);
                let equal = oid.is_some() && before.contains(&oid);
                if !equal && (!is_new || oid.is_none_or(|oid| self.may_enter(oid))) {
                    full.push(b'/');
                    self.enter(full, newer, before);
                }
            }
        }
    }

    fn may_enter(&mut self, oid: Oid) -> bool {
        let times = self.entered.entry(oid).or_default();
        *times += 1;
        *times <= MOST_PLACES
    }

    /// Something that only the first older version has.
    fn gone(&mut self, kind: EntryKind, oid: Oid) {
        match kind {
            EntryKind::Blob => self.changes.deleted.push(oid),
            EntryKind::Tree if self.may_enter(oid) => self.enter(BString::default(), Newer::Nothing, vec![Some(oid)]),
            EntryKind::Tree | EntryKind::Submodule => {}
        }
    }

    fn old_folder(&mut self, oid: Option<&Oid>) -> Option<OldFolder> {
        let oid = oid?;
        let (kind, why) = match self.objects.read(oid, TREE_LIMIT) {
            Ok((ObjectKind::Tree, bytes)) => {
                let oid_len = oid.as_bytes().len();
                if let Some(Err(damage)) = tree_entries::entries(&bytes, oid_len).find(Result::is_err) {
                    self.problem(ProblemKind::Corrupt, oid, damage.why.to_owned());
                }
                return Some(OldFolder { bytes, at: 0, is_matched: false, oid_len });
            }
            Ok(_) => (ProblemKind::Corrupt, "not a tree".to_owned()),
            Err(error @ ReadError::Absent) => (ProblemKind::Absent, error.to_string()),
            Err(error) => (ProblemKind::Corrupt, error.to_string()),
        };
        self.problem(kind, oid, why);
        None
    }

    fn problem(&mut self, kind: ProblemKind, oid: &Oid, why: String) {
        self.changes.problems.push(Problem { kind, what: format!("tree {oid}"), why });
    }
}

impl OldFolder {
    fn peek(&self) -> Option<(OldEntry<'_>, usize)> {
        let entry = tree_entries::entry_at(&self.bytes, self.at, self.oid_len)?.ok()?;
        let oid = Oid::from_bytes(entry.oid)?;
        Some((OldEntry { name: entry.name, kind: entry.kind, oid }, entry.end))
    }

    /// Goes on to a name and tells what has it; `passed` gets what stands before it. A name may be asked for again: the sides of a
    /// conflict have one.
    fn find(&mut self, name: &[u8], is_folder: bool, mut passed: impl FnMut(EntryKind, Oid)) -> Option<Oid> {
        loop {
            let (entry, end) = self.peek()?;
            let (kind, oid) = (entry.kind, entry.oid);
            match order((entry.name, kind == EntryKind::Tree), (name, is_folder)) {
                Ordering::Greater => return None,
                Ordering::Equal => {
                    self.is_matched = true;
                    return (kind != EntryKind::Submodule).then_some(oid);
                }
                Ordering::Less => {
                    if !self.is_matched {
                        passed(kind, oid);
                    }
                    (self.at, self.is_matched) = (end, false);
                }
            }
        }
    }
}

/// Git sorts a folder as if its name ended with a slash, a file as if with NUL.
fn order(a: (&[u8], bool), b: (&[u8], bool)) -> Ordering {
    let common = a.0.len().min(b.0.len());
    let next = |(name, is_folder): (&[u8], bool)| name.get(common).copied().unwrap_or(if is_folder { b'/' } else { 0 });
    a.0[..common].cmp(&b.0[..common]).then_with(|| next(a).cmp(&next(b))).then_with(|| a.0.len().cmp(&b.0.len()))
}
