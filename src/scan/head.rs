//! What stands in HEAD at a path: a mark that was put beside a secret later counts for the secret's past in that file.

use bstr::{BStr, ByteSlice};
use rustc_hash::FxHashMap;

use crate::{
    location::Oid,
    source::history::{
        commit::Commit,
        object::{ObjectIx, ObjectKind},
        store::Store,
        tree_entries::{self, EntryKind},
    },
};

/// Trees and commits above this many bytes are not read.
const MAX: usize = 64 << 20;

/// Looks up paths in the tree of one commit; each folder is read once.
pub struct Head<'s> {
    store: &'s Store,
    top: Option<Oid>,
    folders: FxHashMap<Oid, Vec<u8>>,
}

impl<'s> Head<'s> {
    /// Of the tree of `commit`.
    pub fn new(store: &'s Store, commit: Option<Oid>) -> Self {
        let read = |oid: Oid| {
            let (kind, bytes) = store.read(store.find(oid.as_bytes())?, MAX).ok()?;
            (kind == ObjectKind::Commit).then(|| Commit::parse(&bytes).tree).flatten()
        };
        Self { store, top: commit.and_then(read), folders: FxHashMap::default() }
    }

    /// The blob at a path.
    pub fn blob(&mut self, path: &BStr) -> Option<ObjectIx> {
        let mut folder = self.top?;
        let mut names = path.split_str("/").peekable();
        while let Some(name) = names.next() {
            let (kind, oid) = self.entry(folder, name)?;
            match (kind, names.peek().is_some()) {
                (EntryKind::Tree, true) => folder = oid,
                (EntryKind::Blob, false) => return self.store.find(oid.as_bytes()),
                _ => return None,
            }
        }
        None
    }

    fn entry(&mut self, folder: Oid, name: &[u8]) -> Option<(EntryKind, Oid)> {
        let store = self.store;
        let read = || Some(store.read(store.find(folder.as_bytes())?, MAX).ok()?.1);
        let bytes = self.folders.entry(folder).or_insert_with(|| read().unwrap_or_default());
        let found = tree_entries::entries(bytes, store.oid_len()).flatten().find(|entry| entry.name == name)?;
        Some((found.kind, Oid::from_bytes(found.oid)?))
    }
}
