//! Repositories made by git: the walk and single reads give what `git cat-file` gives.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use keysweep::{
    location::Oid,
    source::history::{object::ObjectKind, store::Store},
};

use crate::{
    git::TestRepo,
    walked::{EVERYTHING, Walked, walk_all, walk_some, walk_store},
};

/// Commits versions of a few files, so that git finds deltas.
fn with_history(repo: &TestRepo, versions: usize) {
    let mut lines: Vec<String> =
        (0..200).map(|line| format!("line {line} of a file that grows and changes\n")).collect();
    for version in 0..versions {
        lines[version * 7 % 200] = format!("version {version} changed this line\n");
        lines.insert(version * 13 % 200, format!("version {version} added this line\n"));
        repo.commit_file("src/large.txt", lines.concat().as_bytes(), &format!("version {version}\n\nwith a body"));
        if version % 5 == 0 {
            repo.commit_file(&format!("small/{version}.txt"), version.to_string().as_bytes(), "small");
            repo.git(&["tag", "-a", "-m", "a tag's text", &format!("v{version}")]);
        }
    }
    repo.commit_file("empty", b"", "empty");
}

/// Everything that git has, by `cat-file`.
fn by_git(repo: &TestRepo) -> BTreeMap<Oid, (ObjectKind, Vec<u8>)> {
    let out = repo.git(&["cat-file", "--batch-all-objects", "--batch"]);
    let mut objects = BTreeMap::new();
    let mut rest = &out[..];
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).expect("a line");
        let mut words = rest[..end].split(|byte| *byte == b' ');
        let oid = words.next().and_then(Oid::from_hex).expect("an id");
        let kind = words.next().and_then(ObjectKind::from_word).expect("a kind");
        let size: usize = std::str::from_utf8(words.next().expect("a size")).expect("digits").parse().expect("a size");
        objects.insert(oid, (kind, rest[end + 1..][..size].to_vec()));
        rest = &rest[end + 1 + size + 1..];
    }
    objects
}

fn assert_same_as_git(repo: &TestRepo, dirs: &[&Path], oid_len: usize) -> Walked {
    let expected = by_git(repo);
    let walked = walk_all(dirs, oid_len);
    assert_eq!(walked.problems, []);
    assert_eq!(walked.objects, expected);

    let dirs: Vec<PathBuf> = dirs.iter().map(|dir| dir.to_path_buf()).collect();
    let (store, _) = Store::open(&dirs, oid_len);
    for (oid, (kind, content)) in &expected {
        let ix = store.find(oid.as_bytes()).expect("is found");
        assert_eq!(store.oid(ix), *oid);
        assert_eq!(store.read(ix, 1 << 20).expect("is read"), (*kind, content.clone()));
        assert_eq!(store.kind_and_size(ix).expect("is read"), (*kind, content.len() as u64));
        let mut other = oid.as_bytes().to_vec();
        *other.last_mut().expect("has bytes") ^= 1;
        assert!(store.find(&other).is_none());
    }
    walked
}

#[test]
fn loose_objects_are_read() {
    let repo = TestRepo::init();
    with_history(&repo, 8);
    let walked = assert_same_as_git(&repo, &[&repo.objects()], 20);
    assert_eq!(walked.carried, 0);
}

#[test]
fn a_pack_of_deltas_is_read() {
    let repo = TestRepo::init();
    with_history(&repo, 40);
    repo.git(&["gc", "--quiet", "--aggressive", "--prune=now"]);
    let walked = assert_same_as_git(&repo, &[&repo.objects()], 20);
    assert!(walked.carried > 30, "only {} were deltas", walked.carried);
}

#[test]
fn an_index_of_version_1_is_read() {
    let repo = TestRepo::init();
    with_history(&repo, 20);
    repo.git(&["-c", "pack.indexVersion=1", "repack", "-adq"]);
    assert_same_as_git(&repo, &[&repo.objects()], 20);
}

#[test]
fn ref_deltas_are_read() {
    let repo = TestRepo::init();
    with_history(&repo, 20);
    repo.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"]);
    let walked = assert_same_as_git(&repo, &[&repo.objects()], 20);
    assert!(walked.carried > 10);
}

#[test]
fn sha256_repositories_are_read() {
    let repo = TestRepo::init_with(&["--object-format=sha256"]);
    with_history(&repo, 20);
    assert_same_as_git(&repo, &[&repo.objects()], 32);
    repo.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"]);
    let walked = assert_same_as_git(&repo, &[&repo.objects()], 32);
    assert!(walked.carried > 10);
}

/// As many packs as asked, overlapping each other, and loose objects.
fn with_packs(repo: &TestRepo, packs: usize) {
    for round in 0..packs {
        for version in 0..4 {
            let text = format!("round {round} version {version}\n").repeat(30);
            repo.commit_file(&format!("file-{}", version % 2), text.as_bytes(), "round");
        }
        let revisions = if round % 2 == 0 { "HEAD\n" } else { "HEAD~2..HEAD\n" };
        let prefix = repo.objects().join("pack/pack").display().to_string();
        repo.git_with_input(&["pack-objects", "--quiet", "--revs", "--no-reuse-delta", &prefix], revisions.as_bytes());
    }
}

#[test]
fn an_object_in_several_packs_is_visited_once() {
    for packs in [2, 3, 9] {
        let repo = TestRepo::init();
        with_packs(&repo, packs);
        assert_same_as_git(&repo, &[&repo.objects()], 20);
    }
}

#[test]
fn a_multi_pack_index_changes_nothing() {
    let repo = TestRepo::init();
    with_packs(&repo, 6);
    repo.git(&["multi-pack-index", "write"]);
    assert_same_as_git(&repo, &[&repo.objects()], 20);
}

#[test]
fn objects_of_an_alternate_are_read() {
    let lender = TestRepo::init();
    with_history(&lender, 10);
    lender.git(&["repack", "-adq"]);
    let repo = TestRepo::init();
    let alternates = repo.objects().join("info/alternates");
    std::fs::write(&alternates, format!("{}\n", lender.objects().display())).expect("is written");
    repo.git(&["fetch", "--quiet", &lender.path().display().to_string(), "main"]);
    repo.git(&["reset", "--quiet", "--hard", "FETCH_HEAD"]);
    repo.commit_file("own.txt", b"not the lender's", "own");
    assert_same_as_git(&repo, &[&repo.objects(), &lender.objects()], 20);
}

#[test]
fn only_the_asked_kinds_are_visited() {
    let repo = TestRepo::init();
    with_history(&repo, 10);
    let count = |wanted: &[ObjectKind]| by_git(&repo).values().filter(|(kind, _)| wanted.contains(kind)).count();
    for packed in [false, true] {
        if packed {
            repo.git(&["repack", "-adq"]);
        }
        for (blobs, trees, commits_and_tags, kinds) in [
            (true, false, false, &[ObjectKind::Blob][..]),
            (false, true, false, &[ObjectKind::Tree]),
            (false, false, true, &[ObjectKind::Commit, ObjectKind::Tag]),
        ] {
            let options = keysweep::source::history::walk::Options { blobs, trees, commits_and_tags, ..EVERYTHING };
            let walked = walk_some(&[&repo.objects()], 20, options);
            assert!(walked.objects.values().all(|(kind, _)| kinds.contains(kind)));
            assert_eq!(walked.objects.len(), count(kinds));
        }
    }
}

#[test]
fn the_order_of_visits_does_not_depend_on_threads() {
    let repo = TestRepo::init();
    with_history(&repo, 30);
    repo.git(&["repack", "-adq"]);
    with_packs(&repo, 2);
    let (store, _) = Store::open(&[repo.objects()], 20);
    let order = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| walk_store(&store, Vec::new(), EVERYTHING).order)
    };
    let one = order(1);
    assert_eq!(one, order(2));
    assert_eq!(one, order(16));
}

#[test]
fn an_empty_store_has_no_objects_and_no_problem() {
    let repo = TestRepo::init();
    let walked = walk_all(&[&repo.objects()], 20);
    assert!(walked.objects.is_empty());
    assert_eq!(walked.problems, []);
}
