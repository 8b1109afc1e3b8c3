//! Which files of a work tree git tracks.

use std::ops::Range;

use bstr::ByteSlice;
use gix_index::entry::Mode;

/// The entries of an index, looked up folder by folder. They are sorted by path, so what lies below a folder is a range.
pub struct Tracked {
    index: Option<gix_index::File>,
}

impl Tracked {
    /// Of an index; of none, nothing is tracked.
    pub fn new(index: Option<gix_index::File>) -> Self {
        Self { index }
    }

    /// The range of everything.
    pub fn all(&self) -> Range<usize> {
        0..self.index.as_ref().map_or(0, |index| index.entries().len())
    }

    /// The entries in `within` whose paths begin with `prefix`, which ends with `/` or is empty.
    pub fn below(&self, within: Range<usize>, prefix: &[u8]) -> Range<usize> {
        let Some(index) = &self.index else { return 0..0 };
        let entries = &index.entries()[within.clone()];
        let start = entries.partition_point(|entry| entry.path(index).as_bytes() < prefix);
        let count = entries[start..].partition_point(|entry| entry.path(index).starts_with(prefix));
        within.start + start..within.start + start + count
    }

    /// Whether an entry in `within` has this very path: a file, or a submodule's folder.
    pub fn has(&self, within: Range<usize>, path: &[u8]) -> bool {
        let Some(index) = &self.index else { return false };
        let entries = &index.entries()[within];
        let at = entries.partition_point(|entry| entry.path(index).as_bytes() < path);
        entries.get(at).is_some_and(|entry| entry.path(index).as_bytes() == path)
    }

    /// Whether the first entry in `within` stands for a whole folder, as in a sparse index: all below it is tracked, as far as the
    /// index tells.
    pub fn is_whole_folder(&self, within: Range<usize>) -> bool {
        let Some(index) = &self.index else { return false };
        index.entries()[within].first().is_some_and(|entry| entry.mode == Mode::DIR)
    }
}
