//! Trees: entries follow each other without a gap up to the end or the first damage, as a slow reading of the format has them.
#![no_main]

use arbitrary::Arbitrary;
use keysweep::source::history::tree_entries::{EntryKind, entries, entry_at};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    Entry { mode: u16, name: &'a [u8], id: u8 },
    Odd { mode: u64, name: &'a [u8], id: u8 },
    Raw(&'a [u8]),
}

fuzz_target!(|pieces: Vec<Piece>| {
    for oid_len in [20, 32] {
        let mut bytes = Vec::new();
        for piece in &pieces {
            match piece {
                Piece::Entry { mode, name, id } => {
                    put(&mut bytes, (u64::from(*mode) << 3) & 0o177_777, name, *id, oid_len)
                }
                Piece::Odd { mode, name, id } => put(&mut bytes, *mode, name, *id, oid_len),
                Piece::Raw(raw) => bytes.extend_from_slice(raw),
            }
        }
        check(&bytes, oid_len);
    }
});

fn put(bytes: &mut Vec<u8>, mode: u64, name: &[u8], id: u8, oid_len: usize) {
    bytes.extend_from_slice(format!("{mode:o} ").as_bytes());
    bytes.extend_from_slice(name);
    bytes.push(0);
    bytes.resize(bytes.len() + oid_len, id);
}

fn check(bytes: &[u8], oid_len: usize) {
    let mut at = 0;
    let mut damaged = false;
    for entry in entries(bytes, oid_len) {
        assert!(!damaged, "damage comes last");
        match (entry, slow(&bytes[at..], oid_len)) {
            (Ok(entry), Some((kind, name, oid, len))) => {
                assert_eq!((entry.start, entry.end), (at, at + len));
                assert_eq!((entry.kind, entry.name, entry.oid), (kind, name, oid));
                assert_eq!(entry_at(bytes, at, oid_len), Some(Ok(entry)));
                at = entry.end;
            }
            (Err(damage), None) => {
                assert_eq!(damage.at, at);
                damaged = true;
            }
            (entry, slow) => panic!("{entry:?}, but read slowly {slow:?}"),
        }
    }
    assert!(damaged || at == bytes.len(), "all is read");
    assert_eq!(entry_at(bytes, bytes.len(), oid_len), None);
    assert_eq!(entry_at(bytes, bytes.len() + 1, oid_len), None);
}

/// Kind, name, id and length of the entry at the start.
fn slow(bytes: &[u8], oid_len: usize) -> Option<(EntryKind, &[u8], &[u8], usize)> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    if space == 0 || space > 10 || !bytes[..space].iter().all(|digit| (b'0'..=b'7').contains(digit)) {
        return None;
    }
    let mode = std::str::from_utf8(&bytes[..space]).ok().and_then(|mode| u64::from_str_radix(mode, 8).ok())?;
    let nul = space + bytes[space..].iter().position(|byte| *byte == 0)?;
    let oid = bytes.get(nul + 1..nul + 1 + oid_len)?;
    let kind = match mode >> 12 & 0o17 {
        0o4 => EntryKind::Tree,
        0o16 => EntryKind::Submodule,
        _ => EntryKind::Blob,
    };
    Some((kind, &bytes[space + 1..nul], oid, nul + 1 + oid_len))
}
