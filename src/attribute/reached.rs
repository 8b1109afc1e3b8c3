//! Where reachability begins, and what is missing or broken within it.

use rustc_hash::FxHashSet;

use super::{
    Request,
    below::Below,
    commits::{CommitGraph, Reach},
    hot::Hot,
    objects::Objects,
    places::Finder,
    tree_graph::TreeGraph,
};
use crate::{
    blob::Fresh,
    location::Oid,
    problem::{Problem, ProblemKind},
    source::history::{
        object::{ObjectIx, ObjectKind},
        tree_entries::{EntryKind, entries},
        walk::{Options, Visit},
    },
};

/// Names of absent objects that a problem tells.
const TOLD: usize = 10;

/// Damaged objects that have a problem each; the rest is counted.
const MAX_DAMAGED: usize = 100;

/// Tips by what they lead to.
#[derive(Default)]
pub(super) struct Tips {
    /// Numbers of commits, HEAD's among them.
    pub commits: Vec<u32>,
    /// Numbers of commits that a reflog names.
    pub reflog_commits: Vec<u32>,
    /// Trees and blobs that are named by a ref or tag, in the order of their ids.
    pub others: Vec<ObjectIx>,
    /// The same.
    pub is_other: FxHashSet<ObjectIx>,
    /// Tags on the way.
    pub tags: FxHashSet<ObjectIx>,
    /// HEAD's commit.
    pub head: Option<u32>,
    /// Commits that count as having no parents.
    pub shallow: FxHashSet<u32>,
    /// Tips that the store lacks.
    pub absent: Vec<Oid>,
    /// Reflog entries that the store lacks.
    pub pruned_reflog: u64,
}

impl Tips {
    /// Looks up all tips of a request.
    pub fn new(graph: &CommitGraph, objects: &impl Objects, request: &Request<'_>) -> Self {
        let mut tips = Self::default();
        let commit = |oid: &Oid| objects.find(oid.as_bytes()).and_then(|object| graph.number(object));
        tips.head = request.head.as_ref().and_then(commit);
        tips.shallow = request.shallow.iter().filter_map(commit).collect();
        for oid in request.tips.iter().chain(&request.head) {
            match objects.find(oid.as_bytes()) {
                None => tips.absent.push(*oid),
                Some(tip) => tips.add(graph, tip, false),
            }
        }
        for oid in request.reflog {
            match objects.find(oid.as_bytes()) {
                None => tips.pruned_reflog += 1,
                Some(tip) => tips.add(graph, tip, true),
            }
        }
        tips.others = tips.is_other.iter().copied().collect();
        tips.others.sort_unstable_by_key(|object| objects.oid(*object));
        tips
    }

    fn add(&mut self, graph: &CommitGraph, tip: ObjectIx, reflog: bool) {
        let Some(object) = graph.peel(tip, &mut self.tags) else { return };
        match graph.number(object) {
            None => {
                self.is_other.insert(object);
            }
            Some(commit) if reflog => self.reflog_commits.push(commit),
            Some(commit) => self.commits.push(commit),
        }
    }
}

/// Tells what is absent or damaged, in two rounds: what the tips reach is a problem, what only a reflog reaches is counted.
#[derive(Default)]
pub(super) struct Lacking {
    told: FxHashSet<Oid>,
}

impl Lacking {
    /// Absent objects that are reachable by now and were not told before.
    pub fn objects(
        &mut self,
        graph: &CommitGraph,
        by_trees: &[(ObjectIx, Oid)],
        below: &Below<'_>,
        tips: &Tips,
        is_reached: impl Fn(u32) -> bool,
    ) -> Vec<Oid> {
        let is_reached = |object: &ObjectIx| match graph.number(*object) {
            Some(commit) => is_reached(commit),
            None => tips.tags.contains(object),
        };
        let is_shallow = |object| graph.number(object).is_some_and(|commit| tips.shallow.contains(&commit));
        let parents = graph.absent_parents.iter().filter(|(commit, _)| is_reached(commit) && !is_shallow(*commit));
        let by_commits = graph.absent.iter().filter(|(object, _)| is_reached(object));
        let by_trees = by_trees.iter().filter(|(tree, _)| below.has(*tree));
        let mut absent: Vec<Oid> = parents.chain(by_commits).chain(by_trees).map(|(_, oid)| *oid).collect();
        absent.extend(&tips.absent);
        absent.sort_unstable();
        absent.dedup();
        absent.retain(|oid| self.told.insert(*oid));
        absent
    }
}

/// Absent objects with trees that name them: all such trees, unless one of them is within reach anyway.
pub(super) fn absent_by_trees(
    objects: &impl Objects,
    trees: &TreeGraph,
    below: &Below<'_>,
    max_tree: usize,
    stop: &(dyn Fn() -> bool + Sync),
) -> Vec<(ObjectIx, Oid)> {
    let reached: FxHashSet<Oid> =
        trees.absent.iter().filter(|(tree, _)| below.has(*tree)).map(|(_, oid)| *oid).collect();
    let open: FxHashSet<Oid> = trees.absent.iter().map(|(_, oid)| *oid).filter(|oid| !reached.contains(oid)).collect();
    let mut by_trees = trees.absent.clone();
    if !open.is_empty() {
        let options = Options { blobs: false, trees: true, commits_and_tags: false, max_size: max_tree };
        let naming = Naming { wanted: &open, oid_len: objects.oid_len() };
        by_trees.extend(objects.walk(options, &naming, stop).0.into_iter().flatten());
    }
    by_trees
}

/// Looks for all trees that name some objects.
struct Naming<'a> {
    wanted: &'a FxHashSet<Oid>,
    oid_len: usize,
}

impl Visit for Naming<'_> {
    type Carried = ();
    type Collected = Vec<(ObjectIx, Oid)>;

    fn visit(&self, found: &mut Self::Collected, tree: ObjectIx, _: ObjectKind, bytes: &[u8], _: Fresh<'_>, (): &()) {
        let entries = entries(bytes, self.oid_len).flatten().filter(|entry| entry.kind != EntryKind::Submodule);
        let oids = entries.filter_map(|entry| Oid::from_bytes(entry.oid));
        found.extend(oids.filter(|oid| self.wanted.contains(oid)).map(|oid| (tree, oid)));
    }

    fn too_big(&self, _: &mut Self::Collected, _: ObjectIx, _: ObjectKind, _: u64) {}
}

/// The one problem that tells of all absent objects.
pub(super) fn absent_problem(absent: &[Oid]) -> Option<Problem> {
    let names = absent.iter().take(TOLD).map(Oid::to_string).collect::<Vec<_>>().join(", ");
    let (what, why) = match absent.len() {
        0 => return None,
        1 => ("1 object".to_owned(), format!("is absent: {names}")),
        count if count > TOLD => (format!("{count} objects"), format!("are absent: {names}, ...")),
        count => (format!("{count} objects"), format!("are absent: {names}")),
    };
    Some(Problem { kind: ProblemKind::Absent, what, why })
}

/// Damage of commits, tags and trees within reach.
pub(super) fn damage<O: Objects>(finder: &Finder<'_, O>, below: &Below<'_>, hot: &Hot<'_>) -> Vec<Problem> {
    let Finder { objects, graph, trees, tips, order, request, .. } = finder;
    let all_objects = request.all_objects;
    let corrupt = |word: &str, object: ObjectIx, why: &str| Problem {
        kind: ProblemKind::Corrupt,
        what: format!("{word} {}", objects.oid(object)),
        why: why.to_owned(),
    };
    let mut problems = Vec::new();
    for (object, why) in &graph.damaged {
        match graph.number(*object) {
            Some(commit) if all_objects || order.reach[commit as usize] != Reach::Not => {
                problems.push(corrupt("commit", *object, why));
            }
            None if all_objects || tips.tags.contains(object) => problems.push(corrupt("tag", *object, why)),
            _ => {}
        }
    }
    let trees = trees.damaged.iter().filter(|(tree, _)| all_objects || below.has(*tree));
    problems.extend(trees.map(|(tree, why)| corrupt("tree", *tree, why)));
    let is_reached = |commit: u32| all_objects || order.reach[commit as usize] != Reach::Not;
    let parents = graph.no_commits.iter().filter(|(commit, _)| is_reached(*commit));
    let parents = parents.map(|(_, object)| (*object, ObjectKind::Commit));
    // The last index stands for all folders that are absent.
    let no_trees = below.no_trees();
    let folders = no_trees.iter().filter(|object| (object.0 as usize) < objects.count());
    let folders = folders.map(|object| (*object, ObjectKind::Tree));
    problems.extend(parents.chain(folders).filter_map(|(object, named)| {
        let why = |kind: ObjectKind| format!("is a {} and named as a {}", kind.as_str(), named.as_str());
        // What cannot be read was told by the walk.
        let (kind, _) = objects.read(object, request.max_tree).ok()?;
        (kind != named).then(|| corrupt("object", object, &why(kind)))
    }));
    if problems.len() > MAX_DAMAGED {
        problems.sort();
        let more = problems.split_off(MAX_DAMAGED).len();
        let (what, why) = (format!("{more} more objects"), "are damaged as well".to_owned());
        problems.push(Problem { kind: ProblemKind::Corrupt, what, why });
    }
    for (rings, what) in [(order.rings, "commits"), (hot.rings(), "trees")] {
        if rings > 0 {
            let why = format!("{rings} of them are their own ancestors");
            problems.push(Problem { kind: ProblemKind::Corrupt, what: what.to_owned(), why });
        }
    }
    problems
}
