//! Puts the sweeps together and writes down the places.

use bstr::BString;
use rustc_hash::FxHashMap;

use super::{
    Attribution, HistoryPlace, MAX_PLACES, Request, SecretHit,
    below::Below,
    commits::{CommitGraph, Order, Reach},
    first::{First, Listed, NO_COMMIT, Total},
    hits::{Classes, HitIndex},
    hot::{Hot, Node},
    last::Last,
    objects::Objects,
    paths::{MAX_PATH, Paths},
    reached::{Lacking, Tips, absent_by_trees, absent_problem, damage},
    tree_graph::TreeGraph,
};
use crate::{
    location::SourceKind,
    problem::{Problem, ProblemKind},
    source::history::object::{ObjectIx, ObjectKind},
};

/// Commits between two looks at whether to stop.
const STOP_EVERY: usize = 256;

/// Everything that the walks found.
pub(super) struct Finder<'a, O> {
    pub objects: &'a O,
    pub request: &'a Request<'a>,
    pub graph: &'a CommitGraph,
    pub trees: &'a TreeGraph,
    pub hits: &'a HitIndex<'a>,
    pub tips: Tips,
    pub order: Order,
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// A distinct root folder, with the first and the last commit that has it.
struct Root {
    node: Node,
    first: usize,
    last: usize,
}

/// A place with what decides whether it is listed.
pub(super) struct Draft {
    pub place: HistoryPlace,
    /// Position of the commit in the order; behind all of them where there is none.
    pub rank: u32,
}

impl<O: Objects> Finder<'_, O> {
    /// Finds all places.
    pub fn find(self) -> Attribution {
        let mut attribution = Attribution { commits: self.order.commits.len() as u64, ..Attribution::default() };
        let classes = Classes::new(self.request.hits);
        let mut hot = Hot::new(self.trees, &classes, self.objects.count(), self.request.hits.len());
        self.reduce(&mut hot, &mut attribution);
        let roots = self.roots(&hot);

        let secrets = self.request.hits.iter().flat_map(|hits| &hits.hits).map(|hit| hit.secret as usize + 1).max();
        let mut first = First::new(&hot, &classes, self.request.paths, secrets.unwrap_or_default());
        attribution.stopped |= !self.sweep(roots.iter().map(|root| (root.first, root.node)), |commit, node| {
            first.root(commit, node);
            false
        });
        for node in self.tips.others.iter().filter_map(|tree| hot.node(*tree)) {
            first.root(NO_COMMIT, node);
        }

        let mut drafts = self.index_places(&mut first, &hot);
        let First { mut paths, mut listed, mut totals, excluded, too_long, .. } = first;
        attribution.excluded = excluded;
        attribution.stopped |= !self.sweep_back(&hot, &classes, roots, &mut paths, &mut listed);

        drafts.extend(listed.iter().filter_map(|listed| self.draft(listed, &paths, &hot)));
        self.add_pathless(&hot, &mut drafts, &mut totals);
        if too_long {
            attribution.problems.push(long_paths());
        }
        if attribution.stopped || too_long {
            self.add_unplaced(&mut drafts, &mut totals);
        }
        if hot.has_twins() {
            let rank = |commit| self.graph.number(commit).map(|commit| self.order.rank[commit as usize]);
            merge_twins(&mut drafts, &mut totals, rank);
        }
        attribution.totals = totals.iter().map(|total| total.known.saturating_add(total.more)).collect();
        attribution.places = self.list(drafts);
        attribution
    }

    /// Visits all folders within reach, those of the tips before those of the reflog, tells what is missing there, and reduces
    /// them.
    fn reduce(&self, hot: &mut Hot<'_>, attribution: &mut Attribution) {
        let mut lacking = Lacking::default();
        let below = Below::new(self.trees, self.objects.count());
        // A blob that a ref or tag names is no folder, and nobody said it was one.
        let named: Vec<_> = self.tips.others.iter().copied().filter(|tip| !self.is_blob(*tip)).collect();
        below.add(&named, self.stop);
        let [tips, reflogs, orphans] = [Reach::Tip, Reach::Reflog, Reach::Orphan].map(|reach| self.roots_within(reach));
        below.add(&tips, self.stop);
        let (graph, reach) = (self.graph, &self.order.reach);
        let by_trees = absent_by_trees(self.objects, self.trees, &below, self.request.max_tree, self.stop);
        let is_tip = |commit: u32| reach[commit as usize] == Reach::Tip;
        let absent = lacking.objects(graph, &by_trees, &below, &self.tips, is_tip);
        attribution.problems.extend(absent_problem(&absent));

        below.add(&reflogs, self.stop);
        let is_old = |commit: u32| reach[commit as usize] >= Reach::Reflog;
        let gone = lacking.objects(graph, &by_trees, &below, &self.tips, is_old);
        attribution.pruned_reflog = self.tips.pruned_reflog + gone.len() as u64;
        // What was pruned below them is not asked for: all objects are those that are here.
        below.add(&orphans, self.stop);

        let roots = [tips, reflogs, orphans, self.tips.others.clone()].concat();
        attribution.stopped |= hot.reduce(&roots, self.stop);
        attribution.problems.extend(damage(self, &below, hot));
    }

    fn is_blob(&self, tip: ObjectIx) -> bool {
        let kind = || self.objects.read(tip, self.request.max_tree).map(|(kind, _)| kind);
        !self.trees.is_tree(tip) && matches!(kind(), Ok(ObjectKind::Blob))
    }

    /// Root folders of the commits within reach of this kind, in their order.
    fn roots_within(&self, reach: Reach) -> Vec<ObjectIx> {
        let commits = self.order.commits.iter().filter(|commit| self.order.reach[**commit as usize] == reach);
        commits.filter_map(|commit| self.graph.tree(*commit)).collect()
    }

    /// Distinct root folders in the order of their first commit.
    fn roots(&self, hot: &Hot<'_>) -> Vec<Root> {
        let mut roots: Vec<Root> = Vec::new();
        let mut root_of: FxHashMap<Node, usize> = FxHashMap::default();
        for (rank, commit) in self.order.commits.iter().enumerate() {
            let Some(node) = self.graph.tree(*commit).and_then(|tree| hot.node(tree)) else { continue };
            let root = *root_of.entry(node).or_insert_with(|| {
                roots.push(Root { node, first: rank, last: rank });
                roots.len() - 1
            });
            roots[root].last = rank;
        }
        roots
    }

    /// Hands root folders to a sweep until it is done (`true`), or it is time to stop (`false`).
    fn sweep(&self, roots: impl Iterator<Item = (usize, Node)>, mut enter: impl FnMut(u32, Node) -> bool) -> bool {
        for (number, (rank, node)) in roots.enumerate() {
            if number % STOP_EVERY == 0 && (self.stop)() {
                return false;
            }
            if enter(self.order.commits[rank], node) {
                break;
            }
        }
        true
    }

    fn sweep_back(
        &self,
        hot: &Hot<'_>,
        classes: &Classes,
        mut roots: Vec<Root>,
        paths: &mut Paths,
        listed: &mut [Listed],
    ) -> bool {
        let mut last = Last::new(hot, classes, paths, listed);
        if let Some(head) = self.tips.head
            && let Some(node) = self.graph.tree(head).and_then(|tree| hot.node(tree))
        {
            last.root(head, node);
        }
        roots.sort_unstable_by_key(|root| std::cmp::Reverse(root.last));
        self.sweep(roots.iter().map(|root| (root.last, root.node)), |commit, node| {
            last.root(commit, node);
            last.is_done()
        })
    }

    /// Writes down a place that the sweeps found.
    fn draft(&self, listed: &Listed, paths: &Paths, hot: &Hot<'_>) -> Option<Draft> {
        let keys = paths.keys(listed.path);
        let blob_of = |commit: u32| self.graph.tree(commit).and_then(|tree| hot.blob_at(tree, &keys));
        let blob = match listed.first {
            NO_COMMIT => self.tips.others.iter().find_map(|tree| {
                hot.blob_at(*tree, &keys).filter(|blob| self.hits.of(*blob, listed.secret).is_some())
            })?,
            commit => blob_of(commit)?,
        };
        let hit = self.hits.of(blob, listed.secret)?;
        let path = Some(paths.text(listed.path, hot));
        let mut draft = self.without_commit(SourceKind::History, path, blob, hit);
        if listed.first != NO_COMMIT {
            draft.rank = self.order.rank[listed.first as usize];
            draft.place.first = Some(self.graph.object(listed.first));
            draft.place.last = (listed.last != NO_COMMIT).then(|| self.graph.object(listed.last));
            let is_orphan = |commit: u32| commit == NO_COMMIT || self.order.reach[commit as usize] == Reach::Orphan;
            if is_orphan(listed.first) && is_orphan(listed.last) {
                draft.place.source = SourceKind::Unreachable;
            }
            let head = self.tips.head.filter(|head| *head == listed.last).and_then(blob_of);
            draft.place.head_line =
                head.and_then(|blob| self.hits.of(blob, listed.secret)).map(|hit| hit.position.line);
        }
        Some(draft)
    }

    /// A place in an object, by hit index, that no commit brought.
    pub fn without_commit(&self, source: SourceKind, path: Option<BString>, index: u32, hit: &SecretHit) -> Draft {
        let place = HistoryPlace {
            secret: hit.secret,
            source,
            path,
            object: self.request.hits[index as usize].object,
            position: hit.position,
            first: None,
            last: None,
            head_line: None,
        };
        Draft { place, rank: u32::MAX }
    }

    /// Sorts the places and cuts each secret's list.
    fn list(&self, mut drafts: Vec<Draft>) -> Vec<HistoryPlace> {
        drafts.sort_unstable_by(|a, b| {
            let oid = |draft: &Draft| self.objects.oid(draft.place.object);
            a.key().cmp(&b.key()).then_with(|| oid(a).cmp(&oid(b)))
        });
        let mut secret = u32::MAX;
        let mut listed = 0;
        drafts.retain(|draft| {
            listed = if draft.place.secret == secret { listed + 1 } else { 1 };
            secret = draft.place.secret;
            listed <= MAX_PLACES
        });
        drafts.into_iter().map(|draft| draft.place).collect()
    }
}

fn long_paths() -> Problem {
    let why = format!("files in paths of more than {MAX_PATH} bytes are told without path and commit");
    Problem { kind: ProblemKind::Unsupported, what: "history".to_owned(), why }
}

impl Draft {
    fn key(&self) -> (u32, u32, SourceKind, &Option<BString>) {
        (self.place.secret, self.rank, self.place.source, &self.place.path)
    }
}

/// A folder with two entries of one name was swept as if they were two: their places are one.
fn merge_twins(drafts: &mut Vec<Draft>, totals: &mut [Total], rank: impl Fn(ObjectIx) -> Option<u32>) {
    let order = |a: &Draft, b: &Draft| {
        (a.place.secret, a.place.source, &a.place.path, a.rank).cmp(&(
            b.place.secret,
            b.place.source,
            &b.place.path,
            b.rank,
        ))
    };
    drafts.sort_by(order);
    drafts.dedup_by(|later, kept| {
        let (twin, kept) = (&later.place, &mut kept.place);
        let same = kept.source == SourceKind::History
            && kept.path.is_some()
            && (twin.secret, twin.source, &twin.path) == (kept.secret, kept.source, &kept.path);
        if same {
            totals[kept.secret as usize].known -= 1;
            // HEAD is the last wherever it still has the secret.
            let is_later = twin.head_line.is_some() || twin.last.and_then(&rank) > kept.last.and_then(&rank);
            if kept.head_line.is_none() && is_later {
                kept.last = twin.last;
                kept.head_line = twin.head_line;
            }
        }
        same
    });
}
