//! Pack indices: no bytes make a look-up read outside, and a table that was written is read back.
#![no_main]

use std::ops::Range;

use arbitrary::Arbitrary;
use keysweep::{
    location::Oid,
    source::history::pack_index::{self, Layout},
};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// Bytes as they are.
    Raw { sha256: bool, bytes: &'a [u8] },
    /// A table of these objects, in either version, with some bytes changed.
    Made { sha256: bool, old: bool, objects: Vec<(u8, u16, u64)>, spoil: Vec<(u16, u8)>, asked: Vec<[u8; 32]> },
}

fuzz_target!(|input: Input| match input {
    Input::Raw { sha256, bytes } => look_up(bytes, oid_len(sha256), &[]),
    Input::Made { sha256, old, objects, spoil, asked } => {
        let oid_len = oid_len(sha256);
        let mut entries: Vec<(Oid, u64)> = objects.iter().map(|object| entry(*object, oid_len)).collect();
        entries.sort_unstable();
        let mut bytes = if old {
            old_version(&entries, oid_len)
        } else {
            pack_index::write(entries.clone(), &vec![7; oid_len], oid_len)
        };
        if spoil.is_empty() {
            read_back(&bytes, &entries, oid_len, old);
        }
        for (at, byte) in spoil {
            let len = bytes.len();
            bytes[usize::from(at) % len] ^= byte;
        }
        look_up(&bytes, oid_len, &asked);
    }
});

fn oid_len(sha256: bool) -> usize {
    if sha256 { 32 } else { 20 }
}

/// Ids differ in few bytes, at their start and at their end, so that look-ups meet equal and nearly equal ones.
fn entry((first, last, offset): (u8, u16, u64), oid_len: usize) -> (Oid, u64) {
    let mut id = vec![if last % 2 == 0 { 0 } else { 0xff }; oid_len];
    id[0] = first;
    id[oid_len - 2..].copy_from_slice(&last.to_be_bytes());
    (Oid::from_bytes(&id).expect("20 or 32 bytes"), offset >> (last % 40))
}

fn old_version(entries: &[(Oid, u64)], oid_len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for first in 0..=255u8 {
        let upto = entries.iter().filter(|(oid, _)| oid.as_bytes()[0] <= first).count() as u32;
        bytes.extend_from_slice(&upto.to_be_bytes());
    }
    for (oid, offset) in entries {
        bytes.extend_from_slice(&(*offset as u32).to_be_bytes());
        bytes.extend_from_slice(oid.as_bytes());
    }
    bytes.extend_from_slice(&vec![7; oid_len]);
    let checksum = pack_index::digest(&bytes, oid_len);
    bytes.extend_from_slice(&checksum);
    bytes
}

fn read_back(bytes: &[u8], entries: &[(Oid, u64)], oid_len: usize, old: bool) {
    let layout = Layout::parse(bytes, oid_len).expect("it was written as the format says");
    assert_eq!(layout.count(), entries.len());
    assert!(layout.checksum_fits(bytes) && layout.ids_are_sorted(bytes));
    assert_eq!(layout.pack_checksum(bytes), vec![7; oid_len]);
    for (at, (oid, offset)) in entries.iter().enumerate() {
        assert_eq!(layout.oid(bytes, at), oid.as_bytes());
        assert_eq!(layout.offset(bytes, at), Some(if old { u64::from(*offset as u32) } else { *offset }));
        let found = layout.find(bytes, oid.as_bytes()).expect("it is in the table");
        assert_eq!(entries[found].0, *oid);
    }
}

/// Everything that can be asked of an index, whatever is in it.
fn look_up(bytes: &[u8], oid_len: usize, asked: &[[u8; 32]]) {
    let Ok(layout) = Layout::parse(bytes, oid_len) else { return };
    let count = layout.count();
    assert!(count * oid_len <= bytes.len(), "no more objects than there is room for");
    layout.checksum_fits(bytes);
    assert_eq!(layout.pack_checksum(bytes).len(), oid_len);
    let ids: Vec<&[u8]> = (0..count).map(|at| layout.oid(bytes, at)).collect();
    (0..count).for_each(|at| {
        layout.offset(bytes, at);
    });
    let sorted = layout.ids_are_sorted(bytes);
    assert_eq!(sorted, ids.is_sorted());
    let fan_out_is_true = sorted && (0..=255u8).all(|first| fan(bytes, first) == span(&ids, first));
    let asked = asked.iter().map(|id| &id[..oid_len]);
    for id in ids.iter().copied().chain(asked) {
        let found = layout.find(bytes, id);
        assert!(found.is_none_or(|at| ids[at] == id), "what is found is what was asked for");
        if fan_out_is_true {
            assert_eq!(found.is_some(), ids.contains(&id));
        }
    }
}

/// Where the fan-out says that ids with this first byte stand.
fn fan(bytes: &[u8], first: u8) -> Range<usize> {
    let table = if bytes.starts_with(b"\xfftOc") { 8 } else { 0 };
    let upto = |slot: usize| {
        let number = &bytes[table + slot * 4..][..4];
        u32::from_be_bytes(number.try_into().expect("four bytes")) as usize
    };
    let first = usize::from(first);
    (if first == 0 { 0 } else { upto(first - 1) })..upto(first)
}

fn span(ids: &[&[u8]], first: u8) -> Range<usize> {
    ids.partition_point(|id| id[0] < first)..ids.partition_point(|id| id[0] <= first)
}
