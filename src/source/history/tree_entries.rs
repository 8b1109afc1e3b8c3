//! Entries of a tree object, read from its bytes. Names are bytes: `..`, an empty name or one that is not UTF-8 is read as it
//! stands, since a secret may lie behind it.

use memchr::memchr;

/// One entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeEntry<'a> {
    /// Offset of its first byte in the tree.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
    /// Kind of thing it names.
    pub kind: EntryKind,
    /// File or folder name, without NUL; anything else may be in it.
    pub name: &'a [u8],
    /// Raw id of what it names.
    pub oid: &'a [u8],
}

/// What a tree entry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Tree,
    /// A file, or a symbolic link (its blob is the target's path).
    Blob,
    /// A commit of a submodule: its objects lie in another repository.
    Submodule,
}

/// Why the rest of a tree cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeDamage {
    /// Offset of the entry that does not parse.
    pub at: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Reads the entry that begins at `at`; ids are `oid_len` bytes long. `None` at the end of the tree.
#[inline]
pub fn entry_at(bytes: &[u8], at: usize, oid_len: usize) -> Option<Result<TreeEntry<'_>, TreeDamage>> {
    let rest = bytes.get(at..)?;
    if rest.is_empty() {
        return None;
    }
    Some(parse(rest, at, oid_len).map_err(|why| TreeDamage { at, why }))
}

#[inline]
fn parse(rest: &[u8], at: usize, oid_len: usize) -> Result<TreeEntry<'_>, &'static str> {
    let mut mode = 0u32;
    let mut digits = 0;
    loop {
        match rest.get(digits) {
            Some(digit @ b'0'..=b'7') if digits < 10 => mode = mode << 3 | u32::from(digit - b'0'),
            Some(b' ') if digits > 0 => break,
            _ => return Err("the mode is not an octal number"),
        }
        digits += 1;
    }
    let name = digits + 1;
    let name_end = name + memchr(0, &rest[name..]).ok_or("the name has no end")?;
    let end = name_end + 1 + oid_len;
    let oid = rest.get(name_end + 1..end).ok_or("the id is cut off")?;
    let kind = match mode & 0o170_000 {
        0o040_000 => EntryKind::Tree,
        0o160_000 => EntryKind::Submodule,
        _ => EntryKind::Blob,
    };
    Ok(TreeEntry { start: at, end: at + end, kind, name: &rest[name..name_end], oid })
}

/// All entries up to the end or the first damage, which is the last item then.
pub fn entries(bytes: &[u8], oid_len: usize) -> impl Iterator<Item = Result<TreeEntry<'_>, TreeDamage>> {
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let entry = entry_at(bytes, at?, oid_len)?;
        at = entry.as_ref().ok().map(|entry| entry.end);
        Some(entry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(parts: &[(&str, &[u8], u8)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (mode, name, id) in parts {
            bytes.extend_from_slice(mode.as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend_from_slice(&[*id; 20]);
        }
        bytes
    }

    #[test]
    fn names_are_kept_as_bytes() {
        let long = vec![b'n'; 4096];
        let names: [&[u8]; 6] = [b"..", b".git", b"", b"\xff\xfe", b"a/b", &long];
        let parts: Vec<_> = names.iter().map(|name| ("100644", *name, 7)).collect();
        let bytes = tree(&parts);
        let read: Vec<_> = entries(&bytes, 20).map(|entry| entry.expect("parses").name.to_vec()).collect();
        assert_eq!(read, names.map(<[u8]>::to_vec));
    }

    #[test]
    fn modes_tell_folders_files_and_submodules() {
        use EntryKind::{Blob, Submodule, Tree};
        let modes = ["40000", "040000", "100644", "100755", "120000", "160000", "644"];
        let parts: Vec<_> = modes.iter().map(|mode| (*mode, b"x".as_slice(), 1)).collect();
        let bytes = tree(&parts);
        let kinds: Vec<_> = entries(&bytes, 20).map(|entry| entry.expect("parses").kind).collect();
        assert_eq!(kinds, [Tree, Tree, Blob, Blob, Blob, Submodule, Blob]);
    }

    #[test]
    fn what_stands_before_damage_is_read() {
        let mut bytes = tree(&[("40000", b"a", 1), ("100644", b"b", 2)]);
        bytes.truncate(bytes.len() - 1);
        let read: Vec<_> = entries(&bytes, 20).collect();
        assert_eq!(read[0].expect("the first is whole").name, b"a");
        assert_eq!(read[1].expect_err("the second is cut").at, 28);
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn damage_of_each_part_is_told() {
        for bytes in [b"x y\0".as_slice(), b"", b" ", b"100644", b"100644 name", b"99999 a\0", b"77777777777777 a\0"] {
            let read: Vec<_> = entries(bytes, 20).collect();
            assert_eq!(read.len(), usize::from(!bytes.is_empty()));
            assert!(read.iter().all(Result::is_err), "{bytes:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_without_a_crash(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let mut end = 0;
            for entry in entries(&bytes, 20).flatten() {
                proptest::prop_assert_eq!(entry.start, end);
                end = entry.end;
            }
            proptest::prop_assert!(end <= bytes.len());
        }
    }
}
