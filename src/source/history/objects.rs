//! Reads single objects by their id.

use std::sync::{Mutex, PoisonError};

use bstr::{BStr, ByteSlice};

use super::{
    commit::Commit,
    object::ObjectKind,
    repo::Repo,
    store::{ReadError, Store},
    tree_entries,
};
use crate::location::Oid;

/// What gives objects by their id.
pub trait Objects: Sync {
    /// Reads an object. Nothing larger than `limit` bytes is allocated.
    fn read(&self, oid: &Oid, limit: usize) -> Result<(ObjectKind, Vec<u8>), ReadError>;
}

/// The blob that a commit has at a path, and its bytes.
pub fn blob_at(
    objects: &dyn Objects,
    commit: &Oid,
    path: &BStr,
    oid_len: usize,
    limit: usize,
) -> Result<(Oid, Vec<u8>), ReadError> {
    let (kind, bytes) = objects.read(commit, limit)?;
    if kind != ObjectKind::Commit {
        return Err(ReadError::Corrupt("not a commit".to_owned()));
    }
    let mut at = Commit::parse(&bytes).tree.ok_or_else(|| ReadError::Corrupt("a commit without a tree".to_owned()))?;
    for name in path.split_str("/") {
        let (_, tree) = objects.read(&at, limit)?;
        let entry = tree_entries::entries(&tree, oid_len).flatten().find(|entry| entry.name == name);
        at = entry.and_then(|entry| Oid::from_bytes(entry.oid)).ok_or(ReadError::Absent)?;
    }
    objects.read(&at, limit).map(|(_, bytes)| (at, bytes))
}

impl Objects for Store {
    fn read(&self, oid: &Oid, limit: usize) -> Result<(ObjectKind, Vec<u8>), ReadError> {
        let found = self.find(oid.as_bytes()).ok_or(ReadError::Absent)?;
        Store::read(self, found, limit)
    }
}

/// Reads objects with libgit2. A [`Store`] is faster for many objects, but knows all of them before it gives the first; this
/// opens in a fraction of a millisecond however large the repository is, which is what a commit hook needs.
pub struct Lookup<'r> {
    repo: &'r Repo,
    // A libgit2 repository is one thread's at a time: a reader takes one from here, or opens its own.
    idle: Mutex<Vec<git2::Repository>>,
}

impl<'r> Lookup<'r> {
    /// For the objects of a repository.
    pub fn new(repo: &'r Repo) -> Result<Self, git2::Error> {
        Ok(Self { repo, idle: Mutex::new(vec![repo.git2()?]) })
    }

    fn with<T>(&self, read: impl FnOnce(&git2::Repository) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let repository = match taken {
            Some(repository) => repository,
            None => self.repo.git2().map_err(|error| ReadError::Corrupt(error.message().to_owned()))?,
        };
        let result = read(&repository);
        idle().push(repository);
        result
    }
}

impl Objects for Lookup<'_> {
    fn read(&self, oid: &Oid, limit: usize) -> Result<(ObjectKind, Vec<u8>), ReadError> {
        self.with(|repository| {
            let id = git2::Oid::from_bytes(oid.as_bytes()).map_err(failed)?;
            let odb = repository.odb().map_err(failed)?;
            let (size, _) = odb.read_header(id).map_err(failed)?;
            if size > limit {
                return Err(ReadError::TooBig(size as u64));
            }
            let object = odb.read(id).map_err(failed)?;
            let kind = match object.kind() {
                git2::ObjectType::Commit => ObjectKind::Commit,
                git2::ObjectType::Tree => ObjectKind::Tree,
                git2::ObjectType::Tag => ObjectKind::Tag,
                _ => ObjectKind::Blob,
            };
            Ok((kind, object.data().to_vec()))
        })
    }
}

fn failed(error: git2::Error) -> ReadError {
    match error.code() {
        git2::ErrorCode::NotFound => ReadError::Absent,
        _ => ReadError::Corrupt(error.message().to_owned()),
    }
}
