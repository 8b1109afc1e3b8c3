//! Damaged stores: each damage is told, and everything else is still visited.

use std::{
    fs,
    path::{Path, PathBuf},
};

use keysweep::{
    problem::ProblemKind,
    source::history::store::{ReadError, Store},
};
use tempfile::TempDir;

use crate::{
    git::TestRepo,
    pack_builder::{Added, Op, PackBuilder, delta, object_id, zlib},
    walked::walk_all,
};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// A blob that has nothing to do with the damage.
const BYSTANDER: &[u8] = b"stands by and is visited\n";

/// Adds the bystander and a chain of three: a blob, a delta of it, and a delta of that.
fn family(pack: &mut PackBuilder) -> [Added; 3] {
    pack.whole("blob", BYSTANDER);
    let root = pack.whole("blob", ROOT);
    let child = pack.offset_delta(root.offset, &appended(ROOT, b"child\n"), object_id("blob", CHILD));
    let grandchild = pack.offset_delta(child.offset, &appended(CHILD, b"grandchild\n"), object_id("blob", GRANDCHILD));
    [root, child, grandchild]
}

const ROOT: &[u8] = b"the root of a family\n";
const CHILD: &[u8] = b"the root of a family\nchild\n";
const GRANDCHILD: &[u8] = b"the root of a family\nchild\ngrandchild\n";

fn appended(base: &[u8], more: &[u8]) -> Vec<u8> {
    delta(base.len(), &[Op::Copy(0, base.len()), Op::Insert(more.to_vec())])
}

fn overwrite(path: &Path, at: usize, new: &[u8]) {
    let mut bytes = fs::read(path).expect("is there");
    bytes[at..at + new.len()].copy_from_slice(new);
    make_writable(path);
    fs::write(path, bytes).expect("is written");
}

fn make_writable(path: &Path) {
    let mut permissions = fs::metadata(path).expect("is there").permissions();
    #[allow(clippy::permissions_set_readonly_false, reason = "a file of this test")]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).expect("may be changed");
}

#[test]
fn a_well_formed_pack_by_hand_is_read() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let [root, child, grandchild] = family(&mut pack);
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    assert_eq!(walked.problems, []);
    assert_eq!(walked.content(&root.oid), ROOT);
    assert_eq!(walked.content(&child.oid), CHILD);
    assert_eq!(walked.content(&grandchild.oid), GRANDCHILD);
    assert_eq!(walked.carried, 2);
}

#[test]
fn a_truncated_pack_is_told_and_its_first_objects_are_visited() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let [root, child, grandchild] = family(&mut pack);
    let path = pack.write(dir.path());
    let bytes = fs::read(&path).expect("is there");
    fs::write(&path, &bytes[..child.offset as usize + 25]).expect("is written");
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.problems.iter().any(|problem| problem.why.contains("cut short")), "{:?}", walked.problems);
    assert!(walked.has(&object_id("blob", BYSTANDER)));
    assert!(walked.has(&root.oid));
    assert!(walked.tells(&child.oid, "damaged") || walked.tells(&child.oid, "bytes cannot have"));
    assert!(walked.tells(&grandchild.oid, "outside the pack"));
}

#[test]
fn a_pack_of_a_few_bytes_is_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    family(&mut pack);
    let path = pack.write(dir.path());
    for len in [0, 3, 12, 31] {
        let bytes = fs::read(&path).expect("is there");
        fs::write(&path, &bytes[..len.min(bytes.len())]).expect("is written");
        let walked = walk_all(&[dir.path()], 20);
        assert!(walked.problems.iter().any(|problem| problem.why == "is no pack"), "{:?}", walked.problems);
        fs::write(&path, bytes).expect("is written");
    }
}

#[test]
fn a_wrong_index_checksum_is_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let [_, _, grandchild] = family(&mut pack);
    let index = pack.write(dir.path()).with_extension("idx");
    let len = fs::metadata(&index).expect("is there").len() as usize;
    overwrite(&index, len - 1, &[0x55]);
    let walked = walk_all(&[dir.path()], 20);
    assert_eq!(walked.problems.len(), 1);
    assert_eq!(walked.problems[0].why, "checksum does not fit");
    assert_eq!(walked.content(&grandchild.oid), GRANDCHILD);
}

#[test]
fn unsorted_ids_in_an_index_are_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    family(&mut pack);
    let index = pack.write(dir.path()).with_extension("idx");
    let bytes = fs::read(&index).expect("is there");
    let (first, second) = (bytes[1032..1052].to_vec(), bytes[1052..1072].to_vec());
    overwrite(&index, 1032, &second);
    overwrite(&index, 1052, &first);
    let layout = keysweep::source::history::pack_index::Layout::parse(&bytes, 20).expect("is sound");
    assert!(layout.ids_are_sorted(&bytes));
    assert!(!layout.ids_are_sorted(&fs::read(&index).expect("is there")));
    let walked = walk_all(&[dir.path()], 20);
    assert!(!walked.problems.is_empty());
}

#[test]
fn a_fan_out_that_falls_is_told_and_the_pack_is_read_without_its_index() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let [_, _, grandchild] = family(&mut pack);
    let index = pack.write(dir.path()).with_extension("idx");
    overwrite(&index, 8, &[0xff; 4]);
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.problems.iter().any(|problem| problem.why.contains("fan-out is not sorted")));
    assert_eq!(walked.content(&grandchild.oid), GRANDCHILD);
    assert!(walked.has(&object_id("blob", BYSTANDER)));
}

#[test]
fn a_pack_without_index_is_told_and_read() {
    let repo = TestRepo::init();
    for version in 0..6 {
        repo.commit_file("file", format!("version {version}\n").repeat(40).as_bytes(), "version");
    }
    repo.git(&["repack", "-adfq"]);
    let with_index = walk_all(&[&repo.objects()], 20);
    let index = only_file(&repo.objects().join("pack"), "idx");
    fs::remove_file(index).expect("is removed");
    let walked = walk_all(&[&repo.objects()], 20);
    assert_eq!(walked.problems.len(), 1, "{:?}", walked.problems);
    assert_eq!(walked.problems[0].why, "pack has no index");
    assert_eq!(walked.objects, with_index.objects);
}

#[test]
fn an_index_without_pack_is_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    family(&mut pack);
    fs::remove_file(pack.write(dir.path())).expect("is removed");
    let walked = walk_all(&[dir.path()], 20);
    assert_eq!(walked.problems.len(), 1);
    assert_eq!(walked.problems[0].kind, ProblemKind::Unreadable);
    assert!(walked.problems[0].what.ends_with(".pack"));
}

#[test]
fn another_count_in_the_pack_than_in_its_index_is_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    family(&mut pack);
    let path = pack.write(dir.path());
    overwrite(&path, 8, &9u32.to_be_bytes());
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.problems.iter().any(|problem| problem.why == "has 9 objects, its index 4"));
    assert_eq!(walked.objects.len(), 4);
}

#[test]
fn a_pack_of_another_index_is_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    family(&mut pack);
    let path = pack.write(dir.path());
    let len = fs::metadata(&path).expect("is there").len() as usize;
    overwrite(&path, len - 4, b"cafe");
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.problems.iter().any(|problem| problem.why.contains("not the pack that its index was made for")));
    assert_eq!(walked.objects.len(), 4);
}

#[test]
fn bad_zlib_is_told_with_all_that_is_built_from_it() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let [root, child, grandchild] = family(&mut pack);
    let path = pack.write(dir.path());
    overwrite(&path, child.offset as usize - 6, &[0xff; 6]);
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.has(&object_id("blob", BYSTANDER)));
    assert!(walked.tells(&root.oid, "compressed bytes are damaged"));
    assert!(walked.tells(&child.oid, "cannot be read"));
    assert!(walked.tells(&grandchild.oid, "cannot be read"));
    assert_eq!(walked.objects.len(), 1);
}

#[test]
fn another_copy_stands_in_for_a_damaged_object_and_its_children() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let [_, child, _] = family(&mut pack);
    let path = pack.write(dir.path());
    overwrite(&path, child.offset as usize - 6, &[0xff; 6]);
    let mut other = PackBuilder::new();
    other.whole("blob", ROOT);
    other.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    assert_eq!(walked.problems, []);
    assert_eq!(walked.objects.len(), 4);

    let (store, _) = Store::open(&[dir.path().to_owned()], 20);
    let ix = store.find(&object_id("blob", ROOT)).expect("is found");
    assert_eq!(store.read(ix, 100).expect("is read").1, ROOT);
}

#[test]
fn more_than_a_hundred_objects_built_from_a_bad_one_are_counted() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    pack.whole("blob", BYSTANDER);
    let bad = pack.raw(3, ROOT.len() as u64, b"", b"no zlib stream", object_id("blob", ROOT));
    for number in 0..250 {
        let more = format!("{number}\n").into_bytes();
        let content = [ROOT, &more].concat();
        pack.offset_delta(bad.offset, &appended(ROOT, &more), object_id("blob", &content));
    }
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    assert_eq!(walked.objects.len(), 1);
    assert_eq!(walked.problems.len(), 101);
    assert!(walked.tells(&bad.oid, "and 151 more objects"));
}

#[test]
fn a_delta_out_of_bounds_is_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let [root, _, _] = family(&mut pack);
    let bad = delta(ROOT.len(), &[Op::Copy(5, ROOT.len())]);
    let behind = pack.offset_delta(root.offset, &bad, vec![1; 20]);
    let mut long = delta(ROOT.len(), &[Op::Copy(0, 4)]);
    long[1] = 3;
    let writes = pack.offset_delta(root.offset, &long, vec![2; 20]);
    long[1] = 5;
    let short = pack.offset_delta(root.offset, &long, vec![3; 20]);
    let other = pack.offset_delta(root.offset, &delta(ROOT.len() + 1, &[Op::Copy(0, 4)]), vec![4; 20]);
    let cut = appended(ROOT, b"cut");
    let cut = pack.offset_delta(root.offset, &cut[..cut.len() - 1], vec![5; 20]);
    let empty = pack.offset_delta(root.offset, b"", vec![6; 20]);
    let reserved = pack.offset_delta(root.offset, &[ROOT.len() as u8, 1, 0], vec![7; 20]);
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.tells(&behind.oid, "behind the base's end"));
    assert!(walked.tells(&writes.oid, "behind the object's end"));
    assert!(walked.tells(&short.oid, "another size than it says"));
    assert!(walked.tells(&other.oid, "base of another size"));
    assert!(walked.tells(&cut.oid, "cut short"));
    assert!(walked.tells(&empty.oid, "cut short"));
    assert!(walked.tells(&reserved.oid, "reserved"));
    assert_eq!((walked.objects.len(), walked.problems.len()), (4, 7));
}

#[test]
fn a_circle_of_deltas_is_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let [root, _, _] = family(&mut pack);
    let (one, two, own) = (vec![1; 20], vec![2; 20], vec![3; 20]);
    pack.ref_delta(&two, &appended(ROOT, b"1"), one.clone());
    pack.ref_delta(&one, &appended(ROOT, b"2"), two.clone());
    pack.ref_delta(&own, &appended(ROOT, b"3"), own.clone());
    let hangs = pack.ref_delta(&two, &appended(ROOT, b"4"), vec![4; 20]);
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    for oid in [&one, &two, &own, &hangs.oid] {
        assert!(walked.tells(oid, "circle"), "{:?}", walked.problems);
    }
    assert_eq!(walked.objects.len(), 4);

    let (store, _) = Store::open(&[dir.path().to_owned()], 20);
    let read = |oid: &[u8]| store.read(store.find(oid).expect("is found"), 1000);
    assert!(matches!(read(&own), Err(ReadError::Corrupt(why)) if why.contains("circle")));
    assert!(read(&root.oid).is_ok());
}

#[test]
fn a_circle_of_deltas_over_two_packs_is_told() {
    let dir = folder();
    let (one, two) = (vec![1; 20], vec![2; 20]);
    for (own, base) in [(&one, &two), (&two, &one)] {
        let mut pack = PackBuilder::new();
        pack.ref_delta(base, &appended(ROOT, b"x"), own.clone());
        pack.write(dir.path());
    }
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.tells(&one, "circle"), "{:?}", walked.problems);
    assert!(walked.tells(&two, "circle"));
}

#[test]
fn an_absent_base_is_told_with_all_that_is_built_from_it() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    pack.whole("blob", BYSTANDER);
    let orphan = pack.ref_delta(&[9; 20], &appended(ROOT, b"child\n"), object_id("blob", CHILD));
    let child = pack.offset_delta(orphan.offset, &appended(CHILD, b"grandchild\n"), object_id("blob", GRANDCHILD));
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.tells(&orphan.oid, "is absent"));
    assert!(walked.tells(&orphan.oid, &"09".repeat(20)));
    assert!(walked.tells(&child.oid, "cannot be read"));
    assert_eq!(walked.objects.len(), 1);
}

#[test]
fn an_offset_delta_whose_base_begins_nowhere_is_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let [root, _, _] = family(&mut pack);
    let inside = pack.offset_delta(root.offset + 1, &appended(ROOT, b"x"), vec![1; 20]);
    let before = pack.raw(6, 3, &[0x81, 0xff, 0x7f], &zlib(b"abc"), vec![2; 20]);
    let itself = pack.raw(6, 3, &[0], &zlib(b"abc"), vec![3; 20]);
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    for oid in [&inside.oid, &before.oid, &itself.oid] {
        assert!(walked.tells(oid, "no entry begins"), "{:?}", walked.problems);
    }
    assert_eq!(walked.objects.len(), 4);
}

#[test]
fn an_entry_of_unknown_type_is_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    family(&mut pack);
    let zero = pack.raw(0, 3, b"", &zlib(b"abc"), vec![1; 20]);
    let five = pack.raw(5, 3, b"", &zlib(b"abc"), vec![2; 20]);
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.tells(&zero.oid, "unknown type") && walked.tells(&five.oid, "unknown type"));
    assert_eq!(walked.objects.len(), 4);
}

#[test]
fn a_huge_declared_size_asks_for_no_memory() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let [root, _, _] = family(&mut pack);
    let whole = pack.raw(3, 1_000_000, b"", &zlib(b"small"), vec![1; 20]);
    let huge = pack.raw(3, u64::MAX >> 4, b"", &zlib(b"small"), vec![2; 20]);
    // A delta that says 2^60 bytes is too big, whatever it would make; one that says a little less than the limit is checked.
    let mut says = vec![ROOT.len() as u8];
    says.extend([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10, 0x91, 0, 1]);
    let too_big = pack.offset_delta(root.offset, &says, vec![3; 20]);
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.tells(&whole.oid, "a size that its bytes cannot have"), "{:?}", walked.problems);
    assert!(walked.too_big.len() + walked.problems.len() == 3);
    assert!(walked.tells(&huge.oid, "a size that its bytes cannot have") || walked.too_big.len() == 2);
    assert!(walked.too_big.keys().any(|oid| oid.as_bytes() == too_big.oid));
    assert_eq!(walked.objects.len(), 4);

    let (store, _) = Store::open(&[dir.path().to_owned()], 20);
    for oid in [&whole.oid, &huge.oid, &too_big.oid] {
        assert!(store.read(store.find(oid).expect("is found"), usize::MAX).is_err());
    }
}

#[test]
fn a_size_that_is_not_the_object_s_is_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    family(&mut pack);
    let less = pack.raw(3, 3, b"", &zlib(b"four"), vec![1; 20]);
    let more = pack.raw(3, 5, b"", &zlib(b"four"), vec![2; 20]);
    let far_less = pack.raw(3, 1, b"", &zlib(&[b'x'; 5000]), vec![3; 20]);
    pack.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    for oid in [&less.oid, &more.oid, &far_less.oid] {
        assert!(walked.tells(oid, "another size than the header says"), "{:?}", walked.problems);
    }
    assert_eq!(walked.objects.len(), 4);
}

#[test]
fn a_base_in_another_pack_is_used() {
    let dir = folder();
    let mut thin = PackBuilder::new();
    let root = object_id("blob", ROOT);
    let child = thin.ref_delta(&root, &appended(ROOT, b"child\n"), object_id("blob", CHILD));
    let grandchild = thin.offset_delta(child.offset, &appended(CHILD, b"grandchild\n"), object_id("blob", GRANDCHILD));
    thin.write(dir.path());
    let mut other = PackBuilder::new();
    other.whole("blob", BYSTANDER);
    other.whole("blob", ROOT);
    other.write(dir.path());
    let walked = walk_all(&[dir.path()], 20);
    assert_eq!(walked.problems, []);
    assert_eq!(walked.content(&child.oid), CHILD);
    assert_eq!(walked.content(&grandchild.oid), GRANDCHILD);

    let (store, _) = Store::open(&[dir.path().to_owned()], 20);
    let ix = store.find(&grandchild.oid).expect("is found");
    assert_eq!(store.read(ix, 100).expect("is read").1, GRANDCHILD);
    assert_eq!(store.kind_and_size(ix).expect("is read").1, GRANDCHILD.len() as u64);
}

#[test]
fn a_loose_base_is_used() {
    let repo = TestRepo::init();
    repo.git_with_input(&["hash-object", "-w", "--stdin"], ROOT);
    let mut thin = PackBuilder::new();
    let child = thin.ref_delta(&object_id("blob", ROOT), &appended(ROOT, b"child\n"), object_id("blob", CHILD));
    thin.write(&repo.objects());
    let walked = walk_all(&[&repo.objects()], 20);
    assert_eq!(walked.problems, []);
    assert_eq!(walked.content(&child.oid), CHILD);
}

#[test]
fn damaged_loose_objects_are_told() {
    let dir = folder();
    let put = |oid: &[u8], bytes: &[u8]| {
        let hex: String = oid.iter().map(|byte| format!("{byte:02x}")).collect();
        fs::create_dir_all(dir.path().join(&hex[..2])).expect("folder is made");
        fs::write(dir.path().join(&hex[..2]).join(&hex[2..]), bytes).expect("is written");
    };
    let good = zlib(b"blob 5\0hello");
    put(&[1; 20], &good);
    put(&[2; 20], b"");
    put(&[3; 20], b"no zlib stream at all, but some text");
    put(&[4; 20], &good[..good.len() - 3]);
    put(&[5; 20], &zlib(b"blob 4\0hello"));
    put(&[6; 20], &zlib(b"blob 6\0hello"));
    put(&[7; 20], &zlib(b"glob 5\0hello"));
    put(&[8; 20], &zlib(b"blob 999999999999999999999\0hello"));
    put(&[9; 20], &zlib(b"blob 900000\0hello"));
    put(&[10; 20], &zlib(b"blob 5000000000\0hello"));
    fs::write(dir.path().join("01/tmp_obj_x"), b"in the making").expect("is written");
    let walked = walk_all(&[dir.path()], 20);
    assert_eq!(walked.content(&[1; 20]), b"hello");
    assert_eq!(walked.objects.len(), 1);
    assert!(walked.tells(&[2; 20], "no readable header"));
    assert!(walked.tells(&[3; 20], "no readable header"));
    assert!(walked.tells(&[4; 20], "damaged"));
    assert!(walked.tells(&[5; 20], "another size"));
    assert!(walked.tells(&[6; 20], "another size"));
    assert!(walked.tells(&[7; 20], "no readable header"));
    assert!(walked.tells(&[8; 20], "no readable header"));
    assert!(walked.tells(&[9; 20], "bytes cannot have"));
    assert_eq!(walked.too_big.values().collect::<Vec<_>>(), [&5_000_000_000]);
}

#[test]
fn offsets_outside_the_pack_and_shared_offsets_are_told() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    let mut entries = vec![pack.whole("blob", BYSTANDER)];
    entries.extend(family(&mut pack));
    let index = pack.write(dir.path()).with_extension("idx");
    let mut oids: Vec<_> = entries[1..].iter().map(|entry| entry.oid.clone()).collect();
    oids.push(object_id("blob", BYSTANDER));
    let count = oids.len() + 1;
    let offsets = 1032 + count * 24;
    overwrite(&index, offsets, &0x7fff_ffffu32.to_be_bytes());
    overwrite(&index, offsets + 4, &0x8000_0000u32.to_be_bytes());
    let walked = walk_all(&[dir.path()], 20);
    let outside = walked.problems.iter().filter(|problem| problem.why.contains("outside the pack")).count();
    assert!(outside >= 2, "{:?}", walked.problems);

    let shared = fs::read(&index).expect("is there")[offsets + 8..offsets + 12].to_vec();
    overwrite(&index, offsets, &shared);
    let walked = walk_all(&[dir.path()], 20);
    assert!(walked.problems.iter().any(|problem| problem.why.contains("same offset")), "{:?}", walked.problems);
}

#[test]
fn a_pack_that_shrinks_is_told_and_nothing_crashes() {
    let dir = folder();
    let mut pack = PackBuilder::new();
    pack.whole("blob", BYSTANDER);
    // Noise does not compress: the pack has many pages.
    let mut state = 1u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let noise: Vec<u8> = noise.take(500_000).collect();
    let last = pack.whole("blob", &noise);
    let path = pack.write(dir.path());
    let (store, problems) = Store::open(&[dir.path().to_owned()], 20);
    assert_eq!(problems, []);
    fs::OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(8192)).expect("is cut");
    let walked = crate::walked::walk_store(&store, Vec::new(), crate::walked::EVERYTHING);
    assert!(walked.has(&object_id("blob", BYSTANDER)));
    assert!(!walked.has(&last.oid));
    assert!(walked.problems.iter().any(|problem| problem.why.contains("shrank")), "{:?}", walked.problems);
    assert!(store.read(store.find(&last.oid).expect("is found"), 1 << 20).is_err());
}

fn only_file(dir: &Path, extension: &str) -> PathBuf {
    let mut paths = fs::read_dir(dir).expect("is there").map(|entry| entry.expect("is listed").path());
    paths.find(|path| path.extension().is_some_and(|own| own == extension)).expect("is there")
}

#[test]
fn a_loose_object_that_git_packs_and_removes_during_the_scan_is_not_lost_when_a_pack_has_it() {
    let repo = TestRepo::init();
    repo.git_with_input(&["hash-object", "-w", "--stdin"], ROOT);
    let lender = folder();
    let mut pack = PackBuilder::new();
    pack.whole("blob", ROOT);
    pack.write(lender.path());
    let dirs = [repo.objects(), lender.path().to_owned()];
    let (store, _) = Store::open(&dirs, 20);
    let oid = object_id("blob", ROOT);
    let hex: String = oid.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::remove_file(repo.objects().join(&hex[..2]).join(&hex[2..])).expect("is removed");
    let walked = crate::walked::walk_store(&store, Vec::new(), crate::walked::EVERYTHING);
    assert_eq!(walked.problems, []);
    assert_eq!(walked.content(&oid), ROOT);
    for copy in 0..2 {
        let ix = keysweep::source::history::object::ObjectIx(copy);
        assert_eq!(store.read(ix, 100).expect("is read").1, ROOT);
    }
}
