//! Attribution: which commit brought a secret to a path, which is the last that has it, is it still in HEAD.
//!
//! It goes up from the blobs with hits, in memory: one walk over commits, one over trees that keeps only edges to folders and
//! to such blobs ([`tree_walk`]); folders that hold the same secrets at the same paths become one ([`hot`]), so that most
//! commits need no look; then one sweep from the earliest commit on ([`first`]) and one back from the latest ([`last`]).
//!
//! Definitions. A commit *has* a secret in a path if the blob there holds it. The commits are in order by corrected date
//! (git's generation number v2), then committer date, then id: an ancestor always comes first. The commit that brought a secret is the
//! first that has it, and so none of its parents has it; the last is the last that has it, or HEAD itself.

mod below;
mod commits;
mod elsewhere;
mod first;
mod hits;
mod hot;
mod inherit;
mod last;
mod later;
mod marks;
mod names;
mod objects;
mod paths;
mod places;
mod reached;
mod reduce;
mod tree_graph;
mod tree_walk;

use bstr::{BStr, BString};

pub use self::{commits::CommitRows, objects::Objects};
use self::{
    commits::{CommitGraph, Order},
    hits::HitIndex,
    reached::Tips,
    tree_graph::{MAX_OBJECTS, TreeGraph},
    tree_walk::TreeVisit,
};
use crate::{
    location::{CommitInfo, Oid, Position, SourceKind, TagInfo},
    problem::{Problem, ProblemKind},
    source::history::{
        commit::{Commit, Tag},
        object::ObjectIx,
        store::ReadError,
        walk::Options,
    },
};

/// Places of one secret that are listed; the rest is counted.
pub const MAX_PLACES: u32 = 1000;

/// The secrets of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectHits {
    /// A blob, or a commit or tag whose message holds them.
    pub object: ObjectIx,
    /// One for each distinct secret.
    pub hits: Vec<SecretHit>,
}

/// A secret in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretHit {
    /// Number of the secret: the caller's, from 0 on without large gaps.
    pub secret: u32,
    /// Its first occurrence in the object.
    pub position: Position,
}

/// What to attribute, and where to look.
pub struct Request<'a> {
    /// Commits, tags, trees or blobs from which everything reachable counts.
    pub tips: &'a [Oid],
    /// Further tips that may be gone without harm: reflog entries.
    pub reflog: &'a [Oid],
    /// The commit that is checked out. It is a tip as well.
    pub head: Option<Oid>,
    /// Commits that count as having no parents.
    pub shallow: &'a [Oid],
    /// Paths and blobs of the index.
    pub index: &'a [(BString, Oid)],
    /// Sorted by object, each once.
    pub hits: &'a [ObjectHits],
    /// Which paths are asked for.
    pub paths: &'a (dyn Fn(&BStr) -> bool + Sync),
    /// Objects that nothing refers to count too: what commits among them have in their folders, messages, and blobs without any
    /// place.
    pub all_objects: bool,
    /// Trees above this many bytes are not read.
    pub max_tree: usize,
}

/// Where a secret stands in history. All its occurrences in one path, over all commits, are one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPlace {
    /// The secret's number.
    pub secret: u32,
    /// `History`, `CommitMessage`, `TagMessage`, `Staged` (in the index and no commit) or `Unreachable`.
    pub source: SourceKind,
    /// `None` for messages, and blobs that only a tag or no commit names.
    pub path: Option<BString>,
    /// The version that brought it; the commit or tag of a message.
    pub object: ObjectIx,
    /// Where in that version.
    pub position: Position,
    /// The commit that brought it. `None` if no commit has it.
    pub first: Option<ObjectIx>,
    /// The last commit that has it.
    pub last: Option<ObjectIx>,
    /// Its line in HEAD, if it is still there.
    pub head_line: Option<u32>,
}

/// What is known of the places of all secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribution {
    /// At most [`MAX_PLACES`] a secret: those that came first. Sorted by secret, then the order of commits, then path.
    pub places: Vec<HistoryPlace>,
    /// By secret: how many places it has, listed or not.
    pub totals: Vec<u64>,
    /// Places that the path filter left out.
    pub excluded: u64,
    /// Reachable commits.
    pub commits: u64,
    /// Reflog entries of which something is gone.
    pub pruned_reflog: u64,
    /// It was stopped before the end. Secrets whose place was not found by then have one without path and commit.
    pub stopped: bool,
    /// Damage and absence in what is reachable.
    pub problems: Vec<Problem>,
}

/// Commits and tags above this many bytes are not read where they are reported or walked for attribution alone.
const MAX_COMMIT: usize = 16 << 20;

/// Walks over all commits and tags for attribution alone. A walk that does more feeds a [`CommitRows`] of its own.
pub fn collect_commits<O: Objects>(objects: &O, stop: &(dyn Fn() -> bool + Sync)) -> (Vec<CommitRows>, Vec<Problem>) {
    let options = Options { blobs: false, trees: false, commits_and_tags: true, max_size: MAX_COMMIT };
    objects.walk(options, &commits::CommitVisit { objects }, stop)
}

/// Attributes hits in a store's objects. `commits` comes from a walk over all commits and tags; `stop` is asked now and then,
/// and once it says true the result is told as far as it is known.
pub fn attribute<O: Objects>(
    objects: &O,
    commits: Vec<CommitRows>,
    request: &Request<'_>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Attribution {
    if objects.count() > MAX_OBJECTS {
        let problem = Problem {
            kind: ProblemKind::Unsupported,
            what: "history".to_owned(),
            why: format!("{} objects are more than can be attributed", objects.count()),
        };
        return Attribution { problems: vec![problem], ..Attribution::default() };
    }
    let hits = HitIndex::new(request.hits, objects);
    let tree_graph = || {
        let visit = TreeVisit::new(objects, &hits);
        let options = Options { blobs: false, trees: true, commits_and_tags: false, max_size: request.max_tree };
        let (rows, problems) = objects.walk(options, &visit, stop);
        let (names, found) = visit.finish();
        (TreeGraph::new(objects.count(), names, found, rows), problems)
    };
    let commit_graph = || {
        let graph = CommitGraph::new(objects.count(), commits);
        let tips = Tips::new(&graph, objects, request);
        let order =
            Order::new(&graph, objects, &tips.commits, &tips.reflog_commits, &tips.shallow, request.all_objects);
        (graph, tips, order)
    };
    let ((trees, mut problems), (graph, tips, order)) = rayon::join(tree_graph, commit_graph);
    let mut attribution =
        places::Finder { objects, request, graph: &graph, trees: &trees, hits: &hits, tips, order, stop }.find();
    attribution.problems.append(&mut problems);
    attribution.problems.sort();
    attribution.problems.dedup();
    attribution
}

/// What a report tells of a commit.
pub fn commit_info(objects: &impl Objects, commit: ObjectIx) -> Result<CommitInfo, ReadError> {
    let (_, bytes) = objects.read(commit, MAX_COMMIT)?;
    Ok(Commit::parse(&bytes).info(objects.oid(commit)))
}

/// What a report tells of an annotated tag; `None` if it cannot be read.
pub fn tag_info(objects: &impl Objects, tag: ObjectIx) -> Option<TagInfo> {
    let (_, bytes) = objects.read(tag, MAX_COMMIT).ok()?;
    Tag::parse(&bytes).map(|tag| tag.info())
}
