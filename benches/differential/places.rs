//! The places of a history against a slow walk with libgit2, which looks up every path in every commit.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use bstr::ByteSlice;
use keysweep::{
    blob::Fresh,
    detect::{Carried, Detector},
    location::{Oid, SourceKind},
    rule::{Confidence, RuleSet},
    scan::{
        self,
        options::{Mode, Options, Silent},
    },
    source::targets::Target,
};
use rayon::prelude::*;

/// What is told of a secret in a path: the commit that brought it, the last that has it, whether HEAD has it.
type Told = (Oid, Oid, bool);

/// How many places were compared, and those that differ.
pub struct Compared {
    pub places: usize,
    pub commits: usize,
    pub differing: Vec<String>,
}

/// A path and a secret, with what the scan tells of them.
struct Place {
    path: String,
    secret: Vec<u8>,
    told: Told,
}

/// Compares all places in files of a repository's history; `None` where libgit2 does not open it.
pub fn compare(detector: &Detector, path: &Path) -> Option<Compared> {
    git2::Repository::open(path).ok()?;
    let places = told(path);
    let history = History::read(path);
    let paths: BTreeSet<&str> = places.iter().map(|place| place.path.as_str()).collect();
    let mut differing = vec![];
    for wanted in &paths {
        let blobs = history.blobs_at(path, wanted);
        let holds = holding(detector, path, &blobs);
        for place in places.iter().filter(|place| place.path == *wanted) {
            let has: Vec<bool> =
                blobs.iter().map(|blob| blob.is_some_and(|blob| holds[&blob].contains(&place.secret))).collect();
            let found = history.judge(&has);
            if found != Some(place.told) {
                differing.push(format!("{wanted}: told {:?}, the slow walk found {found:?}", place.told));
            }
        }
    }
    Some(Compared { places: places.len(), commits: history.commits.len(), differing })
}

fn told(path: &Path) -> Vec<Place> {
    let mut options = Options::of(vec![Target::Path(path.to_owned())], 0);
    options.mode = Mode::Files { tree: false, history: true };
    options.show_secrets = true;
    options.no_suppress = true;
    options.min_confidence = Confidence::Low;
    let scanned =
        scan::run(&options, Arc::new(RuleSet::embedded()), &|| false, &Silent).expect("there is a history to scan");
    let mut places = vec![];
    for finding in &scanned.found.findings {
        let secret = finding.secret.as_ref().expect("was asked for").expose();
        for place in finding.places.iter().map(|shown| &shown.place).filter(|place| place.source == SourceKind::History)
        {
            let (Some(path), Some(first), Some(last)) = (&place.path, &place.commit, &place.last_commit) else {
                continue;
            };
            // A path that holds the secret itself is told with the secret masked: it cannot be looked up.
            if path.contains_str("********") {
                continue;
            }
            let told = (first.oid, last.oid, place.head_line.is_some());
            places.push(Place { path: path.to_string(), secret: secret.to_vec(), told });
        }
    }
    places
}

/// An id of libgit2 as one of ours: its own cannot be told apart by hash where SHA-256 is compiled in, since that goes over bytes
/// behind a SHA-1.
fn ours(id: git2::Oid) -> Oid {
    Oid::from_bytes(id.as_bytes()).expect("an id")
}

fn theirs(id: Oid) -> git2::Oid {
    git2::Oid::from_bytes(id.as_bytes()).expect("an id")
}

struct Commit {
    id: Oid,
    tree: Oid,
    parents: Vec<usize>,
    /// Corrected date, committer date, id: an ancestor comes first.
    order: (i64, i64, Oid),
}

/// All commits, ancestors first.
struct History {
    commits: Vec<Commit>,
    head: Option<usize>,
}

impl History {
    fn read(path: &Path) -> Self {
        let repo = git2::Repository::open(path).expect("was opened");
        let mut walk = repo.revwalk().expect("can walk");
        walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE).expect("can sort");
        // What is no commit is passed over.
        walk.push_glob("*").expect("refs can be read");
        let _ = walk.push_head();
        let mut index: HashMap<Oid, usize> = HashMap::new();
        let mut commits: Vec<Commit> = vec![];
        for id in walk.map(|id| id.expect("is read")) {
            let commit = repo.find_commit(id).expect("is read");
            let parents: Vec<usize> =
                commit.parent_ids().filter_map(|parent| index.get(&ours(parent)).copied()).collect();
            let date = commit.committer().when().seconds();
            let floor = parents.iter().map(|parent| commits[*parent].order.0 + 1).max().unwrap_or(i64::MIN);
            let (id, tree) = (ours(id), ours(commit.tree_id()));
            index.insert(id, commits.len());
            commits.push(Commit { id, tree, parents, order: (floor.max(date), date, id) });
        }
        let head = repo.head().ok().and_then(|head| head.peel_to_commit().ok()).map(|head| index[&ours(head.id())]);
        Self { commits, head }
    }

    /// By commit: the blob at a path.
    fn blobs_at(&self, repo: &Path, path: &str) -> Vec<Option<Oid>> {
        let look = |some: &[Commit]| {
            let repo = git2::Repository::open(repo).expect("was opened");
            // By depth: what was found below a folder.
            let mut known: Vec<HashMap<Oid, Option<Oid>>> = vec![HashMap::new(); path.split('/').count()];
            some.iter().map(|commit| below(&repo, commit.tree, path, &mut known)).collect::<Vec<_>>()
        };
        self.commits.par_chunks(8192).flat_map_iter(look).collect()
    }

    /// What the commits that have a secret say.
    fn judge(&self, has: &[bool]) -> Option<Told> {
        let having = || self.commits.iter().zip(has).filter(|(_, has)| **has).map(|(commit, _)| commit);
        let brought = |commit: &&Commit| !commit.parents.iter().any(|parent| has[*parent]);
        let first = having().filter(brought).min_by_key(|commit| commit.order)?;
        let last = having().max_by_key(|commit| commit.order)?;
        let head = self.head.filter(|head| has[*head]);
        Some((first.id, head.map_or(last.id, |head| self.commits[head].id), head.is_some()))
    }
}

/// The blob at a path below a folder.
fn below(repo: &git2::Repository, tree: Oid, path: &str, known: &mut [HashMap<Oid, Option<Oid>>]) -> Option<Oid> {
    let (own, deeper) = known.split_first_mut()?;
    if let Some(found) = own.get(&tree) {
        return *found;
    }
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let read = repo.find_tree(theirs(tree)).ok();
    let entry = read.as_ref().and_then(|tree| tree.get_name_bytes(name.as_bytes()));
    let found = match (entry, rest) {
        (Some(entry), Some(rest)) if entry.kind() == Some(git2::ObjectType::Tree) => {
            below(repo, ours(entry.id()), rest, deeper)
        }
        (Some(entry), None) if entry.kind() == Some(git2::ObjectType::Blob) => Some(ours(entry.id())),
        _ => None,
    };
    own.insert(tree, found);
    found
}

/// The secrets of each blob, found by a plain scan of it.
fn holding(detector: &Detector, repo: &Path, blobs: &[Option<Oid>]) -> HashMap<Oid, HashSet<Vec<u8>>> {
    let distinct: Vec<Oid> = blobs.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let read = |some: &[Oid]| {
        let repo = git2::Repository::open(repo).expect("was opened");
        let secrets = |id: &Oid| {
            let Ok(blob) = repo.find_blob(theirs(*id)) else { return (*id, HashSet::new()) };
            let scanned = detector.scan(blob.content(), Fresh::All, &Carried::default());
            (*id, scanned.matches.iter().map(|hit| scanned.bytes(&hit.position).to_vec()).collect())
        };
        some.iter().map(secrets).collect::<Vec<_>>()
    };
    distinct.par_chunks(64).flat_map_iter(read).collect()
}
