//! Which lines of a changed file are new.

use std::ops::Range;

use bstr::ByteSlice;
use rustc_hash::FxHashSet;

use super::Changed;
use crate::{
    blob::Fresh,
    location::{Oid, SourceKind},
    problem::{Problem, ProblemKind, Skip},
    source::{
        Origin, Outcome, Visit, files,
        globs::PathFilter,
        history::{object::ObjectKind, objects::Objects, store::ReadError},
        lines::KnownLines,
    },
};

/// Deleted files are looked at for lines that were moved, up to this many bytes of them together. Lines moved out of what lies
/// beyond are told as new.
const DELETED_LIMIT: usize = 64 << 20;

/// Reads changed files and shows them with their new lines.
pub struct Judge<'j, T> {
    /// Where blobs are read from.
    pub objects: &'j dyn Objects,
    /// Kind of text to call them.
    pub source: SourceKind,
    /// The commit they are in.
    pub commit: Option<Oid>,
    /// Blobs above this many bytes are skipped and counted.
    pub max_size: u64,
    /// Paths to read.
    pub filter: &'j PathFilter,
    /// What is done with each.
    pub visit: &'j Visit<'j, T>,
}

/// Blobs that a change takes away.
pub struct Deleted {
    ids: FxHashSet<Oid>,
    texts: Vec<Vec<u8>>,
}

impl<T> Judge<'_, T> {
    /// Reads what a change takes away, so that what it only moves is not told as new.
    pub fn deleted(&self, blobs: &[Oid]) -> Deleted {
        let ids: FxHashSet<Oid> = blobs.iter().copied().collect();
        let mut room = DELETED_LIMIT;
        let mut texts = Vec::new();
        for blob in blobs {
            if let Ok((ObjectKind::Blob, text)) = self.objects.read(blob, room) {
                room -= text.len();
                texts.push(text);
            }
        }
        Deleted { ids, texts }
    }

    /// Shows one file, unless nothing in it is new.
    pub fn judge(&self, changed: &Changed, deleted: &Deleted, moved: &KnownLines<'_>, outcome: &mut Outcome<T>) {
        if !self.filter.admits(changed.path.as_bstr()) {
            return outcome.tally.skip(Skip::Excluded);
        }
        // The whole file was renamed.
        if deleted.ids.contains(&changed.blob) {
            return;
        }
        let Some(text) = self.read(changed, outcome) else { return };
        let fresh = self.fresh(changed, &text, moved);
        if fresh.is_empty() {
            return;
        }
        outcome.tally.blobs += 1;
        outcome.tally.bytes += text.len() as u64;
        outcome.tally.fresh_bytes += fresh.iter().map(|range| range.len() as u64).sum::<u64>();
        let origin = Origin {
            source: self.source,
            path: Some(changed.path.clone()),
            blob: Some(changed.blob),
            commit: self.commit,
            tag: None,
            first_line: 1,
        };
        let is_whole = fresh.first().is_some_and(|first| first.len() == text.len());
        let fresh = if is_whole { Fresh::All } else { Fresh::Ranges(&fresh) };
        outcome.found.extend((self.visit)(&origin, &text, fresh));
    }

    fn read(&self, changed: &Changed, outcome: &mut Outcome<T>) -> Option<Vec<u8>> {
        let (kind, why) = match self.objects.read(&changed.blob, self.limit()) {
            Ok((ObjectKind::Blob, text)) => return Some(text),
            Ok(_) => (ProblemKind::Corrupt, "not a blob".to_owned()),
            Err(ReadError::TooBig(_)) => {
                outcome.tally.skip(Skip::TooBig);
                return None;
            }
            Err(error @ ReadError::Absent) => (ProblemKind::Absent, error.to_string()),
            Err(error) => (ProblemKind::Corrupt, error.to_string()),
        };
        let what = format!("blob {} ({})", changed.blob, files::plain(changed.path.as_bstr()));
        outcome.problems.push(Problem { kind, what, why });
        None
    }

    /// The lines that no version before has, and no file that goes away. Where an older version cannot be read, its lines count as
    /// unknown: then more is new, not less.
    fn fresh(&self, changed: &Changed, text: &[u8], moved: &KnownLines<'_>) -> Vec<Range<usize>> {
        let texts: Vec<_> = changed.before.iter().filter_map(|oid| self.objects.read(oid, self.limit()).ok()).collect();
        let mut known = KnownLines::default();
        texts.iter().for_each(|(_, text)| known.add(text));
        known.fresh(text, moved)
    }

    fn limit(&self) -> usize {
        usize::try_from(self.max_size).unwrap_or(usize::MAX)
    }
}

impl Deleted {
    /// The lines of the files that go away.
    pub fn lines(&self) -> KnownLines<'_> {
        let mut lines = KnownLines::default();
        self.texts.iter().for_each(|text| lines.add(text));
        lines
    }
}
