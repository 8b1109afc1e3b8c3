//! Long chains, long lists, and objects beyond the limits.

use std::sync::atomic::{AtomicUsize, Ordering};

use keysweep::{
    blob::Fresh,
    source::history::{
        object::{ObjectIx, ObjectKind},
        store::Store,
        walk::{Options, Visit, walk},
    },
};
use tempfile::TempDir;

use crate::{
    pack_builder::{Op, PackBuilder, delta},
    walked::{EVERYTHING, walk_all, walk_some},
};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn name(number: u32) -> Vec<u8> {
    // Spread over the table, as ids are.
    let mut oid = vec![0; 20];
    oid[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_be_bytes());
    oid[4..8].copy_from_slice(&number.to_be_bytes());
    oid
}

#[test]
fn a_chain_of_10000_deltas_is_walked_and_read() {
    const LENGTH: u32 = 10_000;
    let dir = folder();
    let mut pack = PackBuilder::new();
    let mut content = b"0".repeat(100);
    let mut above = pack.whole("blob", &content);
    for number in 1..=LENGTH {
        let new = format!("{number:06}");
        let change = delta(100, &[Op::Insert(new.clone().into_bytes()), Op::Copy(6, 94)]);
        content[..6].copy_from_slice(new.as_bytes());
        above = pack.offset_delta(above.offset, &change, name(number));
    }
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    assert_eq!(walked.problems, []);
    assert_eq!(walked.objects.len(), LENGTH as usize + 1);
    assert_eq!(walked.carried, LENGTH as usize);
    assert_eq!(walked.content(&name(LENGTH)), content);

    let (store, _) = Store::open(&[dir.path().to_owned()], 20);
    let last = store.find(&name(LENGTH)).expect("is found");
    assert_eq!(store.read(last, 1000).expect("is read").1, content);
    assert_eq!(store.kind_and_size(last).expect("is read").1, 100);
}

#[test]
fn a_list_of_100000_children_is_walked() {
    const CHILDREN: u32 = 100_000;
    let dir = folder();
    let mut pack = PackBuilder::new();
    let root = pack.whole("blob", &b"0".repeat(100));
    let change = delta(100, &[Op::Copy(1, 99)]);
    for number in 1..=CHILDREN {
        pack.offset_delta(root.offset, &change, name(number));
    }
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    assert_eq!(walked.problems, []);
    assert_eq!(walked.objects.len(), CHILDREN as usize + 1);
}

/// A root of `size` bytes with a small child, a large child and a grandchild below that is small again.
fn large_family(size: usize) -> (TempDir, [Vec<u8>; 4]) {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let root = pack.whole("blob", &vec![b'a'; size]);
    let small = pack.offset_delta(root.offset, &delta(size, &[Op::Copy(0, 1000)]), name(1));
    let large = pack.offset_delta(root.offset, &delta(size, &[Op::Insert(b"b".to_vec()), Op::Copy(0, size)]), name(2));
    let under = pack.offset_delta(large.offset, &delta(size + 1, &[Op::Copy(0, 500)]), name(3));
    pack.write(dir.path());
    (dir, [root.oid, small.oid, large.oid, under.oid])
}

#[test]
fn objects_above_the_limit_are_told_and_serve_as_bases() {
    let (dir, [root, small, large, under]) = large_family(5 << 20);
    let walked = walk_all(&[dir.path()], 20);
    assert_eq!(walked.problems, []);
    assert_eq!(walked.too_big.len(), 2);
    assert!(walked.too_big.keys().any(|oid| oid.as_bytes() == root));
    assert!(walked.too_big.iter().any(|(oid, size)| oid.as_bytes() == large && *size == (5 << 20) + 1));
    assert_eq!(walked.content(&small), [b'a'; 1000]);
    assert_eq!(&walked.content(&under)[..3], b"baa");
    assert_eq!(walked.carried, 0);
}

#[test]
fn a_base_too_large_to_hold_is_told_for_each_child_that_needs_it() {
    let (dir, [root, small, large, under]) = large_family(100 << 20);
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.objects.is_empty());
    assert_eq!(walked.too_big.len(), 2);
    assert!(walked.too_big.keys().any(|oid| oid.as_bytes() == root));
    assert!(walked.too_big.keys().any(|oid| oid.as_bytes() == large));
    assert_eq!(walked.problems.len(), 2);
    assert!(walked.tells(&small, "too large to be held"));
    assert!(walked.tells(&under, "too large to be held"));
}

#[test]
fn bases_beyond_what_is_held_are_made_again() {
    // A comb: each node has the next node and a leaf, so that all nodes wait for their second child. Far more than is held.
    const SIZE: usize = 3 << 20;
    let dir = folder();
    let mut pack = PackBuilder::new();
    let mut content = vec![b'x'; SIZE];
    let root = pack.whole("blob", &content);
    let mut expected = vec![(root.oid.clone(), content.clone())];
    let mut number = 0;
    let mut row = vec![(root.offset, content.clone())];
    // A binary tree of four rows below the root.
    for _ in 0..4 {
        let mut next = Vec::new();
        for (offset, base) in row {
            for side in 0..2u8 {
                number += 1;
                let at = number as usize * 1000;
                let new = format!("node {number} side {side}").into_bytes();
                let rest = at + new.len();
                let change = delta(SIZE, &[Op::Copy(0, at), Op::Insert(new.clone()), Op::Copy(rest, SIZE - rest)]);
                content = base.clone();
                content[at..rest].copy_from_slice(&new);
                let added = pack.offset_delta(offset, &change, name(number));
                expected.push((added.oid.clone(), content.clone()));
                next.push((added.offset, content.clone()));
            }
        }
        row = next;
    }
    pack.write(dir.path());
    let walked = walk_some(&[dir.path()], 20, Options { max_size: SIZE, ..EVERYTHING });
    assert_eq!(walked.problems, []);
    assert_eq!(walked.carried, expected.len() - 1);
    for (oid, content) in expected {
        assert!(walked.content(&oid) == content);
    }
}

/// Ids in the order of their visits, and a checksum over all bytes: enough to compare, and little to keep.
struct Order;

impl Visit for Order {
    type Carried = ();
    type Collected = (Vec<ObjectIx>, u64);

    fn visit(&self, seen: &mut Self::Collected, object: ObjectIx, _: ObjectKind, bytes: &[u8], _: Fresh<'_>, (): &()) {
        seen.0.push(object);
        seen.1 = seen.1.wrapping_mul(31).wrapping_add(u64::from(libdeflater::adler32(bytes)));
    }

    fn too_big(&self, _: &mut Self::Collected, _: ObjectIx, _: ObjectKind, _: u64) {}
}

#[test]
fn a_large_family_is_shared_the_same_way_whatever_the_threads_do() {
    // 3,000 children of 40,000 bytes, each with a child of its own: 240 MB when rebuilt.
    const SIZE: usize = 40_000;
    let dir = folder();
    let mut pack = PackBuilder::new();
    let root = pack.whole("blob", &vec![b'a'; SIZE]);
    let mut number = 0;
    for _ in 0..3_000 {
        let mut base = root.offset;
        for _ in 0..2 {
            number += 1;
            let new = number.to_string().into_bytes();
            let copy = Op::Copy(0, SIZE - new.len());
            base = pack.offset_delta(base, &delta(SIZE, &[Op::Insert(new), copy]), name(number)).offset;
        }
    }
    pack.write(dir.path());
    let (store, _) = Store::open(&[dir.path().to_owned()], 20);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| walk(&store, EVERYTHING, &Order, &|| false))
    };
    let one = on(1);
    assert_eq!(one.1, []);
    assert_eq!(one.0.iter().map(|part| part.0.len()).sum::<usize>(), 6_001);
    assert!(one.0.iter().filter(|part| part.0.len() > 100).count() > 4, "it is not shared");
    assert_eq!(one, on(2));
    assert_eq!(one, on(16));
}

#[test]
fn a_walk_that_is_told_to_stop_ends_early() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let root = pack.whole("blob", &b"0".repeat(100));
    for number in 1..=10_000 {
        pack.offset_delta(root.offset, &delta(100, &[Op::Copy(1, 99)]), name(number));
    }
    pack.write(dir.path());
    let (store, _) = Store::open(&[dir.path().to_owned()], 20);
    let asked = AtomicUsize::new(0);
    let stop = || asked.fetch_add(1, Ordering::Relaxed) > 4;
    let (parts, _) = walk(&store, EVERYTHING, &Order, &stop);
    let visited: usize = parts.iter().map(|part| part.0.len()).sum();
    assert!(visited < 5_000, "{visited} were visited");
}
