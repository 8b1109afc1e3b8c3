//! A folder as the index has it.

use std::ops::Range;

use gix_index::{
    entry::{Flags, Mode},
    extension,
};
use rustc_hash::FxHashMap;

use super::{Child, Content, Newer};
use crate::source::history::git_index;

/// A folder of an index: a range of its entries, which are sorted by path, and the id that its tree was last written with, if
/// nothing below it has changed since.
#[derive(Clone)]
pub struct StagedFolder<'i> {
    index: &'i gix_index::File,
    range: Range<usize>,
    /// Bytes of its path, with the slash behind it.
    depth: usize,
    written: Option<&'i extension::Tree>,
}

impl<'i> StagedFolder<'i> {
    /// The top folder.
    pub fn top(index: &'i gix_index::File) -> Self {
        Self { index, range: 0..index.entries().len(), depth: 0, written: index.tree() }
    }

    /// Id of its tree, where git has written it: what a commit would take, without looking at the entries.
    pub fn written_tree(&self) -> Option<crate::location::Oid> {
        self.written.filter(|tree| tree.num_entries.is_some()).map(|tree| git_index::oid(&tree.id))
    }

    /// What is in it, in git's order. Files of which only the intent to add them is recorded are not there yet, and submodules
    /// are other repositories. The sides of a conflict are all there, the common base excepted.
    pub(super) fn children(self) -> impl Iterator<Item = Child<'i>> {
        let written: FxHashMap<&[u8], &extension::Tree> =
            self.written.iter().flat_map(|tree| &tree.children).map(|tree| (tree.name.as_slice(), tree)).collect();
        let mut at = self.range.start;
        std::iter::from_fn(move || {
            loop {
                let entry = self.index.entries()[..self.range.end].get(at)?;
                let path: &[u8] = entry.path(self.index);
                let Some(name) = path.get(self.depth..) else {
                    // An index that is not sorted.
                    at += 1;
                    continue;
                };
                if let Some(slash) = memchr::memchr(b'/', name) {
                    let (child, end) = self.folder(at, &path[..self.depth + slash], &written);
                    at = end;
                    return Some(child);
                }
                at += 1;
                let is_file =
                    entry.mode == Mode::FILE || entry.mode == Mode::FILE_EXECUTABLE || entry.mode == Mode::SYMLINK;
                let is_base = entry.flags.stage_raw() == 1;
                if is_file && !is_base && !entry.flags.intersects(Flags::INTENT_TO_ADD | Flags::REMOVE) {
                    return Some(Child { name, content: Content::Blob(git_index::oid(&entry.id)) });
                }
            }
        })
    }

    /// The folder `path` that the entry at `at` lies in, and where the entries behind it begin.
    fn folder(&self, at: usize, path: &'i [u8], written: &FxHashMap<&[u8], &'i extension::Tree>) -> (Child<'i>, usize) {
        let entries = &self.index.entries()[at..self.range.end];
        let name = &path[self.depth..];
        let depth = path.len() + 1;
        // A sparse index has one entry for a whole folder, whose path ends with the slash.
        if entries[0].mode == Mode::DIR {
            let oid = git_index::oid(&entries[0].id);
            return (Child { name, content: Content::Folder(Newer::Tree(oid), Some(oid)) }, at + 1);
        }
        let is_below = |entry: &gix_index::Entry| {
            let entry: &[u8] = entry.path(self.index);
            entry.starts_with(path) && entry.get(path.len()) == Some(&b'/')
        };
        let end = at + entries.partition_point(is_below).max(1);
        let folder = StagedFolder { index: self.index, range: at..end, depth, written: written.get(name).copied() };
        let oid = folder.written_tree();
        (Child { name, content: Content::Folder(Newer::Staged(folder), oid) }, end)
    }
}
