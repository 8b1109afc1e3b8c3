//! The graph of folders: which folder has which folders and blobs with hits, under which name.

use rayon::iter::{IntoParallelRefIterator, IntoParallelRefMutIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    later::Found,
    marks::Marks,
    names::{Keys, Names},
    tree_walk::TreeRows,
};
use crate::{location::Oid, source::history::object::ObjectIx};

/// In an edge's target: it is a folder. Without, it is the index of an [`super::ObjectHits`].
pub(super) const FOLDER: u32 = 1 << 31;
/// More objects could not be told from the mark above.
pub(super) const MAX_OBJECTS: usize = (FOLDER - 2) as usize;

/// Folders in one another in honest repositories.
const DEEP: usize = 32;

/// A folder's entry that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The name: its number during the walk, its key (see [`Keys`]) afterwards.
    pub name: u32,
    /// What is there. During the walk, a folder is the number of a look-up that was put off.
    pub target: u32,
}

/// Where the edges of a tree lie.
#[derive(Clone, Copy)]
pub(super) struct Tree {
    pub object: u32,
    pub segment: u32,
    pub start: u32,
    pub len: u32,
}

/// All folders of a store, with the entries that matter.
pub(super) struct TreeGraph {
    segments: Vec<Vec<Edge>>,
    trees: Vec<Tree>,
    /// By object: one more than the index in `trees`, or 0.
    tree_of: Vec<u32>,
    disordered: FxHashSet<ObjectIx>,
    /// What was read as a folder.
    read: Marks,
    /// Folders with a secret somewhere below them.
    hot: Marks,
    /// Names of edges.
    pub keys: Keys,
    /// Objects that the store lacks, each with a tree that names it and not with all.
    pub absent: Vec<(ObjectIx, Oid)>,
    /// Trees that do not parse to their end.
    pub damaged: Vec<(ObjectIx, String)>,
}

impl TreeGraph {
    /// Joins what the tasks of a walk over `count` objects collected. A folder that is absent is one more, without entries.
    pub fn new(count: usize, names: Names, found: Found, collected: Vec<TreeRows>) -> Self {
        let mut graph = Self {
            segments: Vec::new(),
            trees: Vec::with_capacity(collected.iter().map(|rows| rows.trees.len()).sum()),
            tree_of: vec![0; count + 1],
            disordered: FxHashSet::default(),
            read: Marks::new(count),
            hot: Marks::new(count),
            keys: names.rank(),
            absent: found.absent,
            damaged: Vec::new(),
        };
        collected.par_iter().flat_map_iter(|rows| &rows.seen).for_each(|tree| {
            graph.read.add(*tree);
        });
        for rows in collected {
            let base = graph.segments.len() as u32;
            graph.trees.extend(rows.trees.into_iter().map(|tree| Tree { segment: tree.segment + base, ..tree }));
            graph.segments.extend(rows.full);
            graph.segments.push(rows.edges);
            graph.damaged.extend(rows.damaged);
        }
        for (index, tree) in graph.trees.iter().enumerate() {
            graph.tree_of[tree.object as usize] = index as u32 + 1;
        }
        let mut targets = vec![FOLDER | count as u32; found.numbers as usize];
        for (number, target) in found.folders {
            targets[number as usize] = target;
        }
        graph.settle(&targets);
        graph.find_hot();
        graph
    }

    /// Puts the targets of folders and the keys of names in place.
    fn settle(&mut self, targets: &[u32]) {
        let keys = &self.keys;
        self.segments.par_iter_mut().flatten().for_each(|edge| {
            if edge.target & FOLDER != 0 {
                edge.target = targets[(edge.target & !FOLDER) as usize];
            }
            edge.name = keys.key(edge.name, edge.target & FOLDER != 0);
        });
        self.keys.forget_numbers();
        let in_order = |tree: &&Tree| self.edges(ObjectIx(tree.object)).is_sorted_by(|a, b| a.name < b.name);
        self.disordered =
            self.trees.par_iter().filter(|tree| !in_order(tree)).map(|tree| ObjectIx(tree.object)).collect();
    }

    /// Goes over all folders until no more turn out to have a secret below them, which is as often as secrets lie deep. Where
    /// they lie deeper than honest ones, it goes up from the folders that are known instead.
    fn find_hot(&self) {
        let leads = |edge: &Edge| edge.target & FOLDER == 0 || self.is_hot(ObjectIx(edge.target & !FOLDER));
        let is_more = |tree: &Tree| {
            let folder = ObjectIx(tree.object);
            !self.is_hot(folder) && self.edges_of(tree).iter().any(leads) && self.hot.add(folder)
        };
        for _ in 0..DEEP {
            if self.trees.par_iter().filter(|tree| is_more(tree)).count() == 0 {
                return;
            }
        }
        self.go_up();
    }

    fn go_up(&self) {
        let mut above: FxHashMap<ObjectIx, Vec<ObjectIx>> = FxHashMap::default();
        for tree in &self.trees {
            for edge in self.edges_of(tree).iter().filter(|edge| edge.target & FOLDER != 0) {
                above.entry(ObjectIx(edge.target & !FOLDER)).or_default().push(ObjectIx(tree.object));
            }
        }
        let folders = self.trees.iter().map(|tree| ObjectIx(tree.object));
        let mut open: Vec<ObjectIx> = folders.filter(|folder| self.is_hot(*folder)).collect();
        while let Some(folder) = open.pop() {
            let above = above.remove(&folder).unwrap_or_default();
            open.extend(above.into_iter().filter(|above| self.hot.add(*above)));
        }
    }

    /// Whether a secret lies somewhere below a folder.
    pub fn is_hot(&self, folder: ObjectIx) -> bool {
        self.hot.has(folder)
    }

    /// Whether a folder's entries are in order and no two have the same name, as git writes them.
    pub fn is_in_order(&self, object: ObjectIx) -> bool {
        !self.disordered.contains(&object)
    }

    /// Whether an object was read as a folder.
    pub fn is_tree(&self, object: ObjectIx) -> bool {
        self.read.has(object)
    }

    /// Entries of a folder; none if nothing in it matters or it is no folder.
    pub fn edges(&self, object: ObjectIx) -> &[Edge] {
        match self.tree_of[object.0 as usize] {
            0 => &[],
            index => self.edges_of(&self.trees[index as usize - 1]),
        }
    }

    fn edges_of(&self, tree: &Tree) -> &[Edge] {
        &self.segments[tree.segment as usize][tree.start as usize..][..tree.len as usize]
    }
}
