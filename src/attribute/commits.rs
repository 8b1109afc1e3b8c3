//! The graph of commits and tags: collected in the walk that also scans their messages, then put in the order that decides
//! which commit is the earliest.

use rayon::slice::ParallelSliceMut;
use rustc_hash::{FxHashMap, FxHashSet};

use super::objects::{Objects, is_empty_tree};
use crate::{
    blob::Fresh,
    location::Oid,
    source::history::{
        commit::{Commit, Tag},
        object::{ObjectIx, ObjectKind},
        walk::Visit,
    },
};

const NONE: u32 = u32::MAX;

/// What one task of a walk over commits and tags remembers of them.
#[derive(Default)]
pub struct CommitRows {
    commits: Vec<Row>,
    parents: Vec<u32>,
    tags: Vec<(ObjectIx, Option<ObjectIx>)>,
    absent: Vec<(ObjectIx, Oid)>,
    absent_parents: Vec<(ObjectIx, Oid)>,
    damaged: Vec<(ObjectIx, &'static str)>,
}

struct Row {
    object: u32,
    tree: u32,
    date: i64,
    first_parent: u32,
    parents: u32,
}

impl CommitRows {
    /// Takes note of an object of a walk; trees and blobs are passed over.
    pub fn push(&mut self, objects: &impl Objects, object: ObjectIx, kind: ObjectKind, bytes: &[u8]) {
        match kind {
            ObjectKind::Commit => self.push_commit(objects, object, bytes),
            ObjectKind::Tag => self.push_tag(objects, object, bytes),
            ObjectKind::Tree | ObjectKind::Blob => {}
        }
    }

    fn push_commit(&mut self, objects: &impl Objects, object: ObjectIx, bytes: &[u8]) {
        let commit = Commit::parse(bytes);
        if let Some(why) = commit.damage {
            self.damaged.push((object, why));
        }
        let tree = commit.tree.and_then(|oid| {
            let found = objects.find(oid.as_bytes());
            if found.is_none() && !is_empty_tree(oid.as_bytes()) {
                self.absent.push((object, oid));
            }
            found
        });
        let first_parent = self.parents.len();
        for parent in commit.parents() {
            match objects.find(parent.as_bytes()) {
                Some(found) => self.parents.push(found.0),
                None => self.absent_parents.push((object, parent)),
            }
        }
        self.commits.push(Row {
            object: object.0,
            tree: tree.map_or(NONE, |tree| tree.0),
            date: commit.committer.date,
            first_parent: first_parent as u32,
            parents: (self.parents.len() - first_parent) as u32,
        });
    }

    /// Takes note of an object that a walk passed over because of its size.
    pub fn too_big(&mut self, object: ObjectIx, kind: ObjectKind) {
        if matches!(kind, ObjectKind::Commit | ObjectKind::Tag) {
            self.damaged.push((object, "it is over the size limit"));
        }
    }

    fn push_tag(&mut self, objects: &impl Objects, object: ObjectIx, bytes: &[u8]) {
        let Some(tag) = Tag::parse(bytes) else {
            self.damaged.push((object, "the tag names no object"));
            self.tags.push((object, None));
            return;
        };
        let target = objects.find(tag.target.as_bytes());
        if target.is_none() {
            self.absent.push((object, tag.target));
        }
        self.tags.push((object, target));
    }
}

/// Collects commits and tags and does nothing else with them.
pub(super) struct CommitVisit<'a, O> {
    pub objects: &'a O,
}

impl<O: Objects> Visit for CommitVisit<'_, O> {
    type Carried = ();
    type Collected = CommitRows;

    fn visit(
        &self,
        collected: &mut CommitRows,
        object: ObjectIx,
        kind: ObjectKind,
        bytes: &[u8],
        _: Fresh<'_>,
        (): &(),
    ) {
        collected.push(self.objects, object, kind, bytes);
    }

    fn too_big(&self, collected: &mut CommitRows, object: ObjectIx, kind: ObjectKind, _: u64) {
        collected.too_big(object, kind);
    }
}

/// All commits and tags of a store.
pub(super) struct CommitGraph {
    rows: Vec<Row>,
    parents: Vec<u32>,
    tags: FxHashMap<ObjectIx, Option<ObjectIx>>,
    /// Number of a commit by object index.
    number: Vec<u32>,
    /// Commits and tags, with the root folder or target they name and the store lacks.
    pub absent: Vec<(ObjectIx, Oid)>,
    /// Commits, with parents that the store lacks.
    pub absent_parents: Vec<(ObjectIx, Oid)>,
    /// Commits and tags whose headers are broken.
    pub damaged: Vec<(ObjectIx, &'static str)>,
    /// Commits, with parents that were not read as commits.
    pub no_commits: Vec<(u32, ObjectIx)>,
}

impl CommitGraph {
    /// Joins what the tasks of a walk over `count` objects collected. Commits are numbered by object index.
    pub fn new(count: usize, collected: Vec<CommitRows>) -> Self {
        let mut graph = Self {
            rows: Vec::with_capacity(collected.iter().map(|rows| rows.commits.len()).sum()),
            parents: Vec::with_capacity(collected.iter().map(|rows| rows.parents.len()).sum()),
            tags: FxHashMap::default(),
            number: vec![NONE; count],
            absent: Vec::new(),
            absent_parents: Vec::new(),
            damaged: Vec::new(),
            no_commits: Vec::new(),
        };
        for mut rows in collected {
            let base = graph.parents.len() as u32;
            graph.rows.extend(rows.commits.into_iter().map(|mut row| {
                row.first_parent += base;
                row
            }));
            graph.parents.append(&mut rows.parents);
            graph.tags.extend(rows.tags);
            graph.absent.append(&mut rows.absent);
            graph.absent_parents.append(&mut rows.absent_parents);
            graph.damaged.append(&mut rows.damaged);
        }
        graph.rows.par_sort_unstable_by_key(|row| row.object);
        graph.rows.dedup_by_key(|row| row.object);
        for (number, row) in graph.rows.iter().enumerate() {
            graph.number[row.object as usize] = number as u32;
        }
        for (number, row) in graph.rows.iter().enumerate() {
            let parents = &mut graph.parents[row.first_parent as usize..][..row.parents as usize];
            for parent in parents {
                let object = std::mem::replace(parent, graph.number[*parent as usize]);
                if *parent == NONE {
                    graph.no_commits.push((number as u32, ObjectIx(object)));
                }
            }
        }
        graph
    }

    /// Number of commits.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// A commit's number.
    pub fn number(&self, object: ObjectIx) -> Option<u32> {
        Some(self.number[object.0 as usize]).filter(|number| *number != NONE)
    }

    /// A commit's object.
    pub fn object(&self, number: u32) -> ObjectIx {
        ObjectIx(self.rows[number as usize].object)
    }

    /// A commit's root folder; `None` if it is absent.
    pub fn tree(&self, number: u32) -> Option<ObjectIx> {
        Some(self.rows[number as usize].tree).filter(|tree| *tree != NONE).map(ObjectIx)
    }

    /// Follows a tip through tags; every tag on the way is added to `tags`. `None` if the end is absent or a cycle.
    pub fn peel(&self, tip: ObjectIx, tags: &mut FxHashSet<ObjectIx>) -> Option<ObjectIx> {
        let mut object = tip;
        for _ in 0..=self.tags.len() {
            match self.tags.get(&object) {
                None => return Some(object),
                Some(target) => {
                    tags.insert(object);
                    object = (*target)?;
                }
            }
        }
        None
    }

    fn parents(&self, number: u32) -> &[u32] {
        let row = &self.rows[number as usize];
        &self.parents[row.first_parent as usize..][..row.parents as usize]
    }
}

/// The reachable commits, in the order that attribution is told in: by corrected date (the commit's own, or one more than
/// the latest of its parents', so that an ancestor always comes first), then committer date, then id.
pub(super) struct Order {
    /// Commit numbers, the earliest first.
    pub commits: Vec<u32>,
    /// By commit number: its position in `commits`, if reached.
    pub rank: Vec<u32>,
    /// By commit number: how it was reached.
    pub reach: Vec<Reach>,
    /// Commits that are their own ancestors, which no honest repository has.
    pub rings: u64,
}

/// How a commit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Not at all.
    Not,
    /// From nothing, but all objects were asked for.
    Orphan,
    /// From a reflog only.
    Reflog,
    /// From a tip.
    Tip,
}

impl Order {
    /// Goes from `tips`, then from `reflog`, to all ancestors, and with `orphans` on to all commits that are left. Commits in
    /// `shallow` count as having no parents.
    pub fn new(
        graph: &CommitGraph,
        objects: &impl Objects,
        tips: &[u32],
        reflog: &[u32],
        shallow: &FxHashSet<u32>,
        orphans: bool,
    ) -> Self {
        let mut order =
            Self { commits: Vec::new(), rank: vec![NONE; graph.len()], reach: vec![Reach::Not; graph.len()], rings: 0 };
        let mut corrected = vec![i64::MIN; graph.len()];
        for (from, reach) in [(tips, Reach::Tip), (reflog, Reach::Reflog)] {
            for tip in from {
                order.visit(graph, *tip, reach, shallow, &mut corrected);
            }
        }
        for orphan in 0..if orphans { graph.len() as u32 } else { 0 } {
            order.visit(graph, orphan, Reach::Orphan, shallow, &mut corrected);
        }
        let key = |number: &u32| (corrected[*number as usize], graph.rows[*number as usize].date);
        order.commits.par_sort_unstable_by(|a, b| {
            key(a).cmp(&key(b)).then_with(|| objects.oid(graph.object(*a)).cmp(&objects.oid(graph.object(*b))))
        });
        for (rank, commit) in order.commits.iter().enumerate() {
            order.rank[*commit as usize] = rank as u32;
        }
        order
    }

    fn visit(&mut self, graph: &CommitGraph, tip: u32, reach: Reach, shallow: &FxHashSet<u32>, corrected: &mut [i64]) {
        let parents = |commit: u32| if shallow.contains(&commit) { &[][..] } else { graph.parents(commit) };
        let mut stack: Vec<(u32, usize)> = Vec::new();
        if self.reach[tip as usize] == Reach::Not {
            self.reach[tip as usize] = reach;
            stack.push((tip, 0));
        }
        while let Some((commit, next)) = stack.last_mut() {
            let commit = *commit;
            if let Some(parent) = parents(commit).get(*next).copied() {
                *next += 1;
                if parent == NONE {
                    continue;
                }
                if self.reach[parent as usize] == Reach::Not {
                    self.reach[parent as usize] = reach;
                    stack.push((parent, 0));
                } else if corrected[parent as usize] == i64::MIN {
                    self.rings += 1;
                }
                continue;
            }
            let latest = parents(commit).iter().filter(|parent| **parent != NONE).map(|p| corrected[*p as usize]).max();
            let own = graph.rows[commit as usize].date;
            corrected[commit as usize] = latest.map_or(own, |latest| own.max(latest.saturating_add(1)));
            self.commits.push(commit);
            stack.pop();
        }
    }
}
