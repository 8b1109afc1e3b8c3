//! The scan of a repository's objects in delta order finds the same (rule, secret, blob) as a plain scan of every blob that git
//! itself reads: for every rule, over generated histories, in every way git can store them.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which stand outside of test functions")]

mod histories;
#[path = "../support/git.rs"]
mod support;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use histories::History;
use keysweep::{
    blob::Fresh,
    detect::{Carried, Detector},
    location::Oid,
    rule::RuleSet,
    scan::{
        history::{self, Options},
        secrets::Secrets,
    },
    source::history::store::Store,
};
use proptest::prelude::*;
use support::TestRepo;

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(Arc::new(RuleSet::embedded())).expect("embedded rules are sound"));

/// What a scan found: rule, secret, blob.
type Found = BTreeSet<(String, Vec<u8>, Oid)>;

fn by_delta(object_dirs: &[PathBuf], oid_len: usize, full: bool) -> Found {
    let (store, problems) = Store::open(object_dirs, oid_len);
    assert_eq!(problems, []);
    let mut secrets = Secrets::default();
    let objects = history::scan(
        &store,
        &DETECTOR,
        Options { full, max_size: 50 << 20, marks: Default::default() },
        &mut secrets,
        &|| false,
    );
    assert_eq!(objects.problems, []);
    let name = |hit: &history::Hit| {
        let secret = secrets.records()[hit.secret as usize].secret.expose().to_vec();
        (DETECTOR.rules().get(hit.rule).id.to_string(), secret, store.oid(hit.object))
    };
    objects.hits.iter().map(name).collect()
}

/// Every blob as `git cat-file` gives it, each searched whole.
fn plainly(repo: &TestRepo) -> Found {
    let mut found = Found::new();
    for (oid, bytes) in blobs(repo) {
        let scanned = DETECTOR.scan(&bytes, Fresh::All, &Carried::default());
        let mut seen = BTreeSet::new();
        for hit in scanned.matches.iter().filter(|hit| seen.insert(scanned.bytes(&hit.position))) {
            let rule = DETECTOR.rules().get(hit.rule).id.to_string();
            found.insert((rule, scanned.bytes(&hit.position).to_vec(), oid));
        }
    }
    found
}

fn blobs(repo: &TestRepo) -> Vec<(Oid, Vec<u8>)> {
    let batch = repo.git(&["cat-file", "--batch", "--batch-all-objects"]);
    let (mut rest, mut blobs) = (batch.as_slice(), vec![]);
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head: Vec<&[u8]> = rest[..end].split(|byte| *byte == b' ').collect();
        let size: usize = std::str::from_utf8(head[2]).unwrap().parse().unwrap();
        let content = &rest[end + 1..end + 1 + size];
        if head[1] == b"blob" {
            blobs.push((Oid::from_hex(head[0]).unwrap(), content.to_vec()));
        }
        rest = &rest[end + size + 2..];
    }
    blobs
}

fn check(repo: &TestRepo, more_dirs: &[PathBuf], oid_len: usize) -> usize {
    let dirs: Vec<PathBuf> = std::iter::once(repo.objects()).chain(more_dirs.iter().cloned()).collect();
    let expected = plainly(repo);
    let told = by_delta(&dirs, oid_len, false);
    assert_eq!(
        told.symmetric_difference(&expected).collect::<Vec<_>>(),
        Vec::<&_>::new(),
        "delta scan against plain scan"
    );
    assert_eq!(by_delta(&dirs, oid_len, true), expected, "full scan against plain scan");
    expected.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn random_histories_packed_hard(history in histories::random()) {
        let repo = TestRepo::init();
        history.write(&repo);
        repo.git(&["gc", "--quiet", "--aggressive", "--prune=now"]);
        check(&repo, &[], 20);
    }

    #[test]
    fn random_histories_in_several_packs_and_loose(history in histories::random()) {
        let repo = TestRepo::init();
        for (number, part) in history.parts(3).iter().enumerate() {
            part.write(&repo);
            // By turns, a delta names its base by offset or by id.
            let by_offset = format!("repack.useDeltaBaseOffset={}", number % 2 == 1);
            repo.git(&["-c", &by_offset, "repack", "--quiet", "-d", "--window=50", "--depth=50"]);
        }
        repo.commit_file("loose", b"nothing\n", "loose");
        check(&repo, &[], 20);
    }
}

#[test]
fn every_rule_is_found_in_every_version_that_has_its_example() {
    let repo = TestRepo::init();
    History::of_examples(DETECTOR.rules()).write(&repo);
    repo.git(&["gc", "--quiet", "--aggressive", "--prune=now"]);
    let found = check(&repo, &[], 20);
    assert!(found > DETECTOR.rules().len(), "only {found} found: the examples did not reach the scan");
}

#[test]
fn sha256_repositories_are_scanned_the_same() {
    let repo = TestRepo::init_with(&["--object-format=sha256"]);
    History::of_examples(DETECTOR.rules()).write(&repo);
    repo.git(&["gc", "--quiet", "--prune=now"]);
    assert!(check(&repo, &[], 32) > 0);
}

#[test]
fn objects_of_an_alternate_are_scanned_the_same() {
    let base = TestRepo::init();
    let history = History::of_examples(DETECTOR.rules());
    history.write(&base);
    base.git(&["gc", "--quiet", "--prune=now"]);
    let repo = TestRepo::init();
    let info = repo.objects().join("info");
    std::fs::create_dir_all(&info).unwrap();
    std::fs::write(info.join("alternates"), format!("{}\n", base.objects().display())).unwrap();
    repo.commit_file("own", b"own\n", "own");
    assert!(check(&repo, &[base.objects()], 20) > 0);
}
