//! Attribution against an independent walk over every commit and every file with git2, on random histories: merges of up to
//! four parents, several roots, files that move, vanish and come back, clocks that lie.

mod attribute_support;

use std::collections::{BTreeMap, BTreeSet};

use attribute_support::{Memory, hits, markers, oid_of, request, run};
use keysweep::{
    attribute::{Attribution, Objects},
    location::{Oid, SourceKind},
    source::history::store::Store,
};
use proptest::prelude::*;

const PATHS: [&str; 9] = ["a", "b/c", "b/d/e", "b/d.x", "b.y", "z/z/z/z", "z/z/w", "\u{e9}/..txt", "m n"];

#[derive(Clone, Debug)]
struct Step {
    parents: Vec<prop::sample::Index>,
    date: i64,
    edits: Vec<(usize, Option<u8>)>,
    /// Which parent a merge takes a file from.
    takes: u32,
}

#[derive(Clone, Debug)]
struct History {
    steps: Vec<Step>,
    tips: Vec<prop::sample::Index>,
    head: Option<prop::sample::Index>,
}

fn history() -> impl Strategy<Value = History> {
    let edit = (0..PATHS.len(), prop::option::weighted(0.75, 0u8..32));
    let parents = prop_oneof![
        1 => prop::collection::vec(any::<prop::sample::Index>(), 0..1),
        8 => prop::collection::vec(any::<prop::sample::Index>(), 1..2),
        3 => prop::collection::vec(any::<prop::sample::Index>(), 2..5),
    ];
    let step = (parents, -3i64..8, prop::collection::vec(edit, 0..4), any::<u32>())
        .prop_map(|(parents, date, edits, takes)| Step { parents, date, edits, takes });
    (
        prop::collection::vec(step, 1..18),
        prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        prop::option::of(any::<prop::sample::Index>()),
    )
        .prop_map(|(steps, tips, head)| History { steps, tips, head })
}

/// Content by number: which of three markers it holds, and on which lines.
fn content(number: u8) -> String {
    let mut text = "first\n".repeat(usize::from(number >> 3));
    for secret in (0..3).filter(|secret| number >> secret & 1 == 1) {
        text += &format!("x = KEY{secret};\nagain KEY{secret};\n");
    }
    text
}

fn build(repository: &git2::Repository, history: &History) -> Vec<git2::Oid> {
    let mut commits: Vec<(git2::Oid, BTreeMap<usize, u8>)> = Vec::new();
    for (number, step) in history.steps.iter().enumerate() {
        let mut parents: Vec<usize> = Vec::new();
        if !commits.is_empty() {
            // Mostly the latest commits, so that there is a trunk.
            parents = step.parents.iter().map(|index| commits.len() - 1 - index.index(commits.len().min(5))).collect();
            let mut met = BTreeSet::new();
            parents.retain(|parent| met.insert(*parent));
        }
        let mut files = BTreeMap::new();
        for path in 0..PATHS.len() {
            let from = parents.get((step.takes >> path) as usize % parents.len().max(1));
            files.extend(from.and_then(|parent| commits[*parent].1.get(&path)).map(|content| (path, *content)));
        }
        for (path, new) in &step.edits {
            match new {
                Some(new) => files.insert(*path, *new),
                None => files.remove(path),
            };
        }
        let tree = write_tree(repository, &files.iter().map(|(path, new)| (PATHS[*path], *new)).collect::<Vec<_>>());
        let time = git2::Time::new(1_000_000 + number as i64 + step.date * 3, 60);
        let signature = git2::Signature::new("A", "a@example.com", &time).expect("is a signature");
        let parents: Vec<git2::Commit<'_>> =
            parents.iter().map(|parent| repository.find_commit(commits[*parent].0).expect("was made")).collect();
        let parents: Vec<_> = parents.iter().collect();
        let message = format!("commit {number} {}", if number % 7 == 3 { "KEY9;" } else { "" });
        let tree = repository.find_tree(tree).expect("was made");
        let commit = repository.commit(None, &signature, &signature, &message, &tree, &parents).expect("is written");
        commits.push((commit, files));
    }
    commits.into_iter().map(|(commit, _)| commit).collect()
}

fn write_tree(repository: &git2::Repository, files: &[(&str, u8)]) -> git2::Oid {
    let mut builder = repository.treebuilder(None).expect("a new tree");
    let mut folders: BTreeMap<&str, Vec<(&str, u8)>> = BTreeMap::new();
    for (path, new) in files {
        match path.split_once('/') {
            Some((folder, rest)) => folders.entry(folder).or_default().push((rest, *new)),
            None => {
                let blob = repository.blob(content(*new).as_bytes()).expect("is written");
                builder.insert(path, blob, 0o100_644).expect("a name");
            }
        }
    }
    for (folder, files) in folders {
        builder.insert(folder, write_tree(repository, &files), 0o040_000).expect("a name");
    }
    builder.write().expect("is written")
}

/// What is told of one (path, secret).
#[derive(Debug, PartialEq, Eq)]
struct Told {
    first: Oid,
    blob: Oid,
    line: u32,
    last: Oid,
    head_line: Option<u32>,
}

/// (path, secret) of one commit, with blob and line.
type Files = BTreeMap<(String, u32), (Oid, u32)>;

/// By the definitions alone: every file of every commit is read.
fn oracle(repository: &git2::Repository, tips: &[git2::Oid], head: Option<git2::Oid>) -> BTreeMap<(String, u32), Told> {
    let mut walk = repository.revwalk().expect("can walk");
    walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE).expect("can sort");
    tips.iter().chain(&head).for_each(|tip| walk.push(*tip).expect("is a commit"));
    let mut corrected: BTreeMap<git2::Oid, i64> = BTreeMap::new();
    let mut has: BTreeMap<git2::Oid, Files> = BTreeMap::new();
    for oid in walk {
        let oid = oid.expect("is read");
        let commit = repository.find_commit(oid).expect("is read");
        let floor = commit.parent_ids().map(|parent| corrected[&parent] + 1).max().unwrap_or(i64::MIN);
        corrected.insert(oid, floor.max(commit.committer().when().seconds()));
        let mut files = BTreeMap::new();
        let tree = commit.tree().expect("is read");
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            if let Some(git2::ObjectType::Blob) = entry.kind() {
                let blob = repository.find_blob(entry.id()).expect("is read");
                for hit in markers(blob.content()) {
                    let path = format!("{folder}{}", entry.name().expect("is text"));
                    files.insert((path, hit.secret), (oid_of(entry.id()), hit.position.line));
                }
            }
            git2::TreeWalkResult::Ok
        })
        .expect("can be walked");
        has.insert(oid, files);
    }
    let order = |oid: &git2::Oid| {
        let own = repository.find_commit(*oid).expect("is read").committer().when().seconds();
        (corrected[oid], own, *oid)
    };
    let all: BTreeSet<&(String, u32)> = has.values().flat_map(BTreeMap::keys).collect();
    all.into_iter()
        .map(|place| {
            let having: Vec<git2::Oid> =
                has.iter().filter(|(_, files)| files.contains_key(place)).map(|(oid, _)| *oid).collect();
            let brought = |oid: &&git2::Oid| {
                let commit = repository.find_commit(**oid).expect("is read");
                commit.parent_ids().all(|parent| !has[&parent].contains_key(place))
            };
            let first = having.iter().filter(brought).min_by_key(|oid| order(oid)).expect("someone brought it");
            let in_head = head.and_then(|head| has[&head].get(place));
            let last = having.iter().max_by_key(|oid| order(oid)).expect("someone has it");
            let (blob, line) = has[first][place];
            let told = Told {
                first: oid_of(*first),
                blob,
                line,
                last: oid_of(if in_head.is_some() { head.expect("is there") } else { *last }),
                head_line: in_head.map(|(_, line)| *line),
            };
            (place.clone(), told)
        })
        .collect()
}

/// What attribution tells of files.
fn told(objects: &impl Objects, found: &Attribution) -> BTreeMap<(String, u32), Told> {
    let files = found.places.iter().filter(|place| place.source == SourceKind::History);
    files
        .map(|place| {
            let path = place.path.as_ref().expect("a file has a path").to_string();
            let told = Told {
                first: objects.oid(place.first.expect("a commit brought it")),
                blob: objects.oid(place.object),
                line: place.position.line,
                last: objects.oid(place.last.expect("a commit has it")),
                head_line: place.head_line,
            };
            ((path, place.secret), told)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn each_place_has_the_commits_that_a_slow_walk_finds(history in history()) {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = git2::Repository::init_bare(folder.path()).expect("a repository");
        let commits = build(&repository, &history);
        let tips: Vec<git2::Oid> = history.tips.iter().map(|tip| commits[tip.index(commits.len())]).collect();
        let head = history.head.map(|head| commits[head.index(commits.len())]);
        let expected = oracle(&repository, &tips, head);

        let tips: Vec<Oid> = tips.into_iter().map(oid_of).collect();
        let memory = Memory::of(&repository);
        check(&memory, &tips, head.map(oid_of), &expected)?;
        let (loose, problems) = Store::open(&[folder.path().join("objects")], 20);
        prop_assert_eq!(&problems, &[]);
        check(&loose, &tips, head.map(oid_of), &expected)?;
        let packed = tempfile::tempdir().expect("a folder");
        pack(&repository, &packed.path().join("pack"));
        let (packed, problems) = Store::open(&[packed.path().to_owned()], 20);
        prop_assert_eq!(&problems, &[]);
        check(&packed, &tips, head.map(oid_of), &expected)?;
    }
}

fn check(
    objects: &impl Objects,
    tips: &[Oid],
    head: Option<Oid>,
    expected: &BTreeMap<(String, u32), Told>,
) -> Result<(), TestCaseError> {
    let hits = hits(objects);
    let found = run(objects, &request(tips, head, &hits));
    prop_assert_eq!(&found.problems, &[]);
    prop_assert_eq!(&told(objects, &found), expected);
    prop_assert_eq!(found.totals.iter().sum::<u64>(), found.places.len() as u64);
    Ok(())
}

/// Writes all objects to one pack, with deltas.
fn pack(repository: &git2::Repository, folder: &std::path::Path) {
    std::fs::create_dir(folder).expect("can be made");
    let mut builder = repository.packbuilder().expect("a new pack");
    builder.set_threads(1);
    repository
        .odb()
        .expect("has a database")
        .foreach(|oid| builder.insert_object(*oid, Some("name")).is_ok())
        .expect("can be listed");
    builder.write(folder, 0).expect("is written");
}
