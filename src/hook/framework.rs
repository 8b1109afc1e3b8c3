//! What the pre-commit framework means by a call: it gives names of files, and says the rest in variables.
//!
//! In a commit it puts unstaged changes away, so that the staged files are what lies on disk. With `--all-files` and `--files`
//! it does not; with `--from-ref` and `--to-ref`, and in a push, the names are those of files that differ between two commits,
//! and tell nothing of a key that came and went between them. So:
//!
//! - staged changes are always judged, by their new lines;
//! - named files are judged whole where one of them is not staged, or is not on disk as it is staged: this is no commit;
//! - between two commits, each commit is judged, and the names are not needed;
//! - a file inside the git folder is a message.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use bstr::{BString, ByteSlice};

use super::{
    pieces::{self, GivenError},
    pushed::{self, Change},
};
use crate::{
    location::Oid,
    problem::Problem,
    scan::Piece,
    source::{
        files,
        history::{git_index, refs, repo::Repo},
        range::{Range, RangeError},
    },
};

/// The variables that the framework sets.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// `PRE_COMMIT_FROM_REF`
    pub from: Option<String>,
    /// `PRE_COMMIT_TO_REF`
    pub to: Option<String>,
    /// `PRE_COMMIT_REMOTE_NAME`
    pub remote: Option<String>,
    /// `PRE_COMMIT_LOCAL_BRANCH`
    pub local: Option<String>,
}

/// Why a call means nothing.
#[derive(Debug, thiserror::Error)]
pub enum FrameworkError {
    /// A message or a push.
    #[error(transparent)]
    Given(#[from] GivenError),
    /// A commit that is named and is not here.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// The index cannot be read.
    #[error("{}: {}", .0.what, .0.why)]
    Index(Problem),
    /// A named file.
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
}

/// The texts that a call is about. `top` is the folder that the names start from.
pub fn pieces(
    names: &[PathBuf],
    variables: &Variables,
    merged: &[Oid],
    repo: &Repo,
    top: &Path,
) -> Result<Vec<Piece>, FrameworkError> {
    if let [name] = names
        && is_inside(&top.join(name), &repo.git_dir)
    {
        return Ok(vec![pieces::message(top.join(name))?]);
    }
    if let Some(range) = range(variables, repo)? {
        return Ok(vec![Piece::Arriving(range)]);
    }
    let mut all = vec![Piece::Staged { merged: merged.to_vec() }];
    if !names.is_empty() && !all_are_staged(names, repo, top)? {
        all.push(Piece::Files(names.to_vec()));
    }
    Ok(all)
}

/// The commits that the variables name.
fn range(variables: &Variables, repo: &Repo) -> Result<Option<Range>, RangeError> {
    if let (Some(from), Some(to)) = (&variables.from, &variables.to) {
        let mut range = Range::parse(repo, &format!("{from}..{to}"))?;
        if let Some(remote) = &variables.remote {
            // The remote may have some of them by way of another branch.
            let pushed = changes(range.hidden.first().copied(), range.tips.first().copied());
            range = pushed::to_remote(repo, &[pushed], remote.as_bytes().as_bstr());
        }
        return Ok(Some(range));
    }
    // A push whose first commit is the history's first: the framework names all files and no commit.
    if let (Some(remote), Some(local)) = (&variables.remote, &variables.local) {
        let tip = Range::parse(repo, local)?.tips;
        let pushed = changes(None, tip.first().copied());
        return Ok(Some(pushed::to_remote(repo, &[pushed], remote.as_bytes().as_bstr())));
    }
    Ok(None)
}

fn changes(old: Option<Oid>, new: Option<Oid>) -> Change {
    Change { old, new }
}

/// Whether every named file differs from HEAD in the index and lies on disk as the index has it.
fn all_are_staged(names: &[PathBuf], repo: &Repo, top: &Path) -> Result<bool, FrameworkError> {
    let staged: BTreeMap<BString, Oid> =
        git_index::objects(&repo.index, repo).map_err(FrameworkError::Index)?.into_iter().collect();
    let head = head_tree(repo);
    for name in names {
        let path = files::path_bytes(name);
        let Some(oid) = staged.get(&path) else { return Ok(false) };
        if head.as_ref().is_some_and(|head| in_tree(head, name) == Some(*oid)) {
            return Ok(false);
        }
        let bytes = fs::read(top.join(name)).map_err(|error| FrameworkError::File(name.clone(), error))?;
        if !is_staged_as(oid, &bytes) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn head_tree(repo: &Repo) -> Option<git2::Repository> {
    let head = refs::head(repo).ok().flatten();
    head.and_then(|_| repo.git2().ok())
}

fn in_tree(repository: &git2::Repository, name: &Path) -> Option<Oid> {
    let tree = repository.head().ok()?.peel_to_tree().ok()?;
    Oid::from_bytes(tree.get_path(name).ok()?.id().as_bytes())
}

/// Whether these bytes have this name in git, as they are or with git's line ends. A file that a filter changes on its way in has
/// not, and is judged whole.
fn is_staged_as(oid: &Oid, bytes: &[u8]) -> bool {
    is_object(oid, bytes) || is_object(oid, &bytes.replace("\r\n", "\n"))
}

fn is_object(oid: &Oid, bytes: &[u8]) -> bool {
    use sha1::{Digest, Sha1};
    let header = format!("blob {}\0", bytes.len());
    match oid.as_bytes().len() {
        20 => Sha1::new().chain_update(&header).chain_update(bytes).finalize().as_slice() == oid.as_bytes(),
        _ => sha2::Sha256::new().chain_update(&header).chain_update(bytes).finalize().as_slice() == oid.as_bytes(),
    }
}

fn is_inside(path: &Path, folder: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|path| path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_known_by_their_name_in_git() {
        let empty = Oid::from_hex(b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391").unwrap();
        assert!(is_staged_as(&empty, b"") && !is_staged_as(&empty, b"x"));
        let line = Oid::from_hex(b"78981922613b2afb6025042ff6bd878ac1994e85").unwrap();
        assert!(is_staged_as(&line, b"a\n") && is_staged_as(&line, b"a\r\n"));
        let empty = Oid::from_hex(b"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813").unwrap();
        assert!(is_object(&empty, b""));
    }
}
