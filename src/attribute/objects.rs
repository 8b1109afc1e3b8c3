//! What attribution asks of a store of objects: a trait, since tests must put graphs before it that no honest hash allows.

use crate::{
    location::Oid,
    problem::Problem,
    source::history::{
        object::{ObjectIx, ObjectKind},
        store::{ReadError, Store},
        walk::{self, Options, Visit},
    },
};

/// Objects by index and by name.
pub trait Objects: Sync {
    /// Number of objects: their indices are below it.
    fn count(&self) -> usize;
    /// Length of an id in bytes.
    fn oid_len(&self) -> usize;
    /// Index of the object with this raw id.
    fn find(&self, oid: &[u8]) -> Option<ObjectIx>;
    /// Name of an object.
    fn oid(&self, object: ObjectIx) -> Oid;
    /// Kind and bytes of one object of at most `limit` bytes.
    fn read(&self, object: ObjectIx, limit: usize) -> Result<(ObjectKind, Vec<u8>), ReadError>;
    /// Visits objects as [`walk::walk`] does.
    fn walk<V: Visit>(
        &self,
        options: Options,
        visit: &V,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> (Vec<V::Collected>, Vec<Problem>);
}

impl Objects for Store {
    fn count(&self) -> usize {
        self.len()
    }

    fn oid_len(&self) -> usize {
        Store::oid_len(self)
    }

    fn find(&self, oid: &[u8]) -> Option<ObjectIx> {
        Store::find(self, oid)
    }

    fn oid(&self, object: ObjectIx) -> Oid {
        Store::oid(self, object)
    }

    fn read(&self, object: ObjectIx, limit: usize) -> Result<(ObjectKind, Vec<u8>), ReadError> {
        Store::read(self, object, limit)
    }

    fn walk<V: Visit>(
        &self,
        options: Options,
        visit: &V,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> (Vec<V::Collected>, Vec<Problem>) {
        walk::walk(self, options, visit, stop)
    }
}

/// Whether this is the id of the tree without entries, which git knows without an object.
pub(super) fn is_empty_tree(oid: &[u8]) -> bool {
    const SHA1: [u8; 20] = [
        0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88, 0xfb, 0xee,
        0x49, 0x04,
    ];
    const SHA256: [u8; 32] = [
        0x6e, 0xf1, 0x9b, 0x41, 0x22, 0x5c, 0x53, 0x69, 0xf1, 0xc1, 0x04, 0xd4, 0x5d, 0x8d, 0x85, 0xef, 0xa9, 0xb0,
        0x57, 0xb5, 0x3b, 0x14, 0xb4, 0xb9, 0xb9, 0x39, 0xdd, 0x74, 0xde, 0xcc, 0x53, 0x21,
    ];
    oid == SHA1 || oid == SHA256
}
