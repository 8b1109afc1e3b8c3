//! Git's index: which files are tracked, and which blobs the next commit takes.

use std::path::Path;

use bstr::BString;
use gix_index::entry::{Flags, Mode};

use super::repo::Repo;
use crate::{
    location::Oid,
    problem::{Problem, ProblemKind},
    source::files,
};

/// One allocation for an index file is at most this many bytes: room for some five million files.
const MOST: usize = 1 << 30;

/// Reads an index file, a split one with its shared part. `None` where there is no file: nothing is tracked.
///
/// Its checksum is not computed: git writes a whole index anew and renames it, and checking would double the time.
pub fn open(path: &Path, repo: &Repo) -> Result<Option<gix_index::File>, Problem> {
    if !path.exists() {
        return Ok(None);
    }
    // One thread: rayon's pool is the only one.
    let options =
        gix_index::decode::Options { thread_limit: Some(1), alloc_limit_bytes: Some(MOST), ..Default::default() };
    gix_index::File::at(path, repo.hash_kind(), true, options).map(Some).map_err(|error| Problem {
        kind: ProblemKind::Corrupt,
        what: files::shown(path),
        why: files::plain(error.to_string().as_str().into()),
    })
}

/// An object id of gix as ours.
pub fn oid(id: &gix_index::hash::ObjectId) -> Oid {
    Oid::from_bytes(id.as_bytes()).expect("gix ids have 20 or 32 bytes")
}

/// The blobs and, in a sparse index, the trees that an index file names: path and id, in the order of the index. Submodules,
/// and files of which only the intent to add them is recorded, name no object of this repository.
pub fn objects(path: &Path, repo: &Repo) -> Result<Vec<(BString, Oid)>, Problem> {
    let Some(index) = open(path, repo)? else { return Ok(Vec::new()) };
    let kept = index.entries().iter().filter(|entry| {
        entry.mode != Mode::COMMIT
            && !entry.flags.contains(Flags::INTENT_TO_ADD)
            && !entry.flags.contains(Flags::REMOVE)
    });
    Ok(kept.map(|entry| (entry.path(&index).to_owned(), oid(&entry.id))).collect())
}

/// What the indexes of the repository and of all its worktrees name, sorted, each pair once.
pub fn all_objects(repo: &Repo) -> (Vec<(BString, Oid)>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    let others = repo.git_dirs().into_iter().map(|git_dir| git_dir.join("index")).filter(|path| *path != repo.index);
    for path in std::iter::once(repo.index.clone()).chain(others) {
        match objects(&path, repo) {
            Ok(objects) => found.extend(objects),
            Err(problem) => problems.push(problem),
        }
    }
    found.sort();
    found.dedup();
    (found, problems)
}
