//! All objects of a repository: its packs, loose objects and alternates.

use std::path::PathBuf;

use super::object::{ObjectIx, ObjectKind};
use crate::{location::Oid, problem::Problem};

/// Objects of one repository, opened for reading.
pub struct Store {}

/// Why an object could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No pack and no loose file has it.
    #[error("object is absent")]
    Absent,
    /// It is larger than the limit given.
    #[error("object of {0} bytes is over the limit")]
    TooBig(u64),
    /// Its bytes are not what the format says.
    #[error("{0}")]
    Corrupt(String),
}

impl Store {
    /// Opens every pack and loose folder under `object_dirs` (a repository's own first, then its alternates).
    /// What cannot be opened is a problem; the rest is still read.
    pub fn open(object_dirs: &[PathBuf], oid_len: usize) -> (Self, Vec<Problem>) {
        let _ = (object_dirs, oid_len);
        todo!()
    }

    /// Number of distinct indices: objects are `ObjectIx(0)..ObjectIx(len)`.
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Index of an object.
    pub fn find(&self, oid: &[u8]) -> Option<ObjectIx> {
        let _ = oid;
        todo!()
    }

    /// Name of an object.
    pub fn oid(&self, ix: ObjectIx) -> Oid {
        let _ = ix;
        todo!()
    }

    /// Reads one object, wherever it lies. Nothing larger than `limit` bytes is allocated.
    pub fn read(&self, ix: ObjectIx, limit: usize) -> Result<(ObjectKind, Vec<u8>), ReadError> {
        let _ = (ix, limit);
        todo!()
    }
}
