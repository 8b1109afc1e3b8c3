//! Repositories object by object, also such as git would not make.

use std::fs;

use crate::{
    pack_builder::{Added, PackBuilder, object_id},
    sandbox::Sandbox,
};

/// A pack in the making.
pub struct Objects(pub PackBuilder);

impl Objects {
    pub fn new() -> Self {
        Self(PackBuilder::new())
    }

    pub fn blob(&mut self, content: impl AsRef<[u8]>) -> Vec<u8> {
        self.0.whole("blob", content.as_ref()).oid
    }

    /// Entries are mode, name and object, in git's order.
    pub fn tree(&mut self, entries: &[(&str, &[u8], &[u8])]) -> Vec<u8> {
        self.0.whole("tree", &tree(entries)).oid
    }

    pub fn commit(&mut self, tree: &[u8], parents: &[&[u8]], date: &str) -> Vec<u8> {
        self.0.whole("commit", commit(tree, parents, date).as_bytes()).oid
    }

    /// A commit of one file.
    pub fn commit_of(&mut self, name: &str, blob: &[u8], parents: &[&[u8]]) -> Vec<u8> {
        let tree = self.tree(&[("100644", name.as_bytes(), blob)]);
        self.commit(&tree, parents, "1700000000")
    }

    /// A whole object under a name that is not its own.
    pub fn misnamed(&mut self, kind: u8, content: &[u8], oid: Vec<u8>) -> Added {
        self.0.raw(kind, content.len() as u64, b"", &crate::pack_builder::zlib(content), oid)
    }

    /// Writes the pack into the sandbox's repository.
    pub fn write(self, sandbox: &Sandbox) -> std::path::PathBuf {
        self.0.write(&sandbox.path().join(".git/objects"))
    }
}

pub fn tree(entries: &[(&str, &[u8], &[u8])]) -> Vec<u8> {
    entries.iter().flat_map(|(mode, name, oid)| [mode.as_bytes(), b" ", name, b"\0", oid].concat()).collect()
}

pub fn commit(tree: &[u8], parents: &[&[u8]], date: &str) -> String {
    let parents: String = parents.iter().map(|parent| format!("parent {}\n", hex(parent))).collect();
    let who = format!("Ana <ana@example.com> {date} +0000");
    format!("tree {}\n{parents}author {who}\ncommitter {who}\n\nCommit\n", hex(tree))
}

/// Makes a ref.
pub fn refer(sandbox: &Sandbox, name: &str, oid: &[u8]) {
    let path = sandbox.path().join(".git").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, hex(oid) + "\n").unwrap();
}

pub fn hex(oid: &[u8]) -> String {
    oid.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An id that no object has.
pub fn name(number: u32) -> Vec<u8> {
    object_id("blob", format!("name {number}").as_bytes())
}
