//! The graph of folders: which folder has which folders and blobs with hits, under which name.

use rayon::iter::{IntoParallelRefIterator, IntoParallelRefMutIterator, ParallelIterator};
use rustc_hash::FxHashSet;

use super::{
    names::{Keys, Names},
    tree_walk::TreeRows,
};
use crate::{location::Oid, source::history::object::ObjectIx};

/// In an edge's target: it is a folder. Without, it is the index of an [`super::ObjectHits`].
pub(super) const FOLDER: u32 = 1 << 31;
/// Neither a folder nor a blob with hits.
pub(super) const COLD: u32 = u32::MAX;
/// An object that the store lacks.
pub(super) const ABSENT: u32 = u32::MAX - 1;
/// Indices from here on would be taken for the marks above.
pub(super) const MAX_OBJECTS: usize = (FOLDER - 2) as usize;

/// A folder's entry that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The name: its number during the walk, its key (see [`Keys`]) afterwards.
    pub name: u32,
    /// What is there.
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
    /// Names of edges.
    pub keys: Keys,
    /// Objects that a tree names and the store lacks: at least once each, with a tree that was looked up anew.
    pub absent: Vec<(ObjectIx, Oid)>,
    /// Every tree with an absent entry.
    pub lacking: Vec<ObjectIx>,
    /// Trees that do not parse to their end.
    pub damaged: Vec<(ObjectIx, String)>,
}

impl TreeGraph {
    /// Joins what the tasks of a walk over `count` objects collected.
    pub fn new(count: usize, names: Names, collected: Vec<TreeRows>) -> Self {
        let mut graph = Self {
            segments: Vec::new(),
            trees: Vec::with_capacity(collected.iter().map(|rows| rows.trees.len()).sum()),
            tree_of: vec![0; count],
            disordered: FxHashSet::default(),
            keys: names.rank(),
            absent: Vec::new(),
            lacking: Vec::new(),
            damaged: Vec::new(),
        };
        for rows in collected {
            let base = graph.segments.len() as u32;
            graph.trees.extend(rows.trees.into_iter().map(|tree| Tree { segment: tree.segment + base, ..tree }));
            graph.segments.extend(rows.full);
            graph.segments.push(rows.edges);
            graph.absent.extend(rows.absent);
            graph.lacking.extend(rows.lacking);
            graph.damaged.extend(rows.damaged);
        }
        for (index, tree) in graph.trees.iter().enumerate() {
            graph.tree_of[tree.object as usize] = index as u32 + 1;
        }
        graph.use_keys();
        graph
    }

    fn use_keys(&mut self) {
        let keys = &self.keys;
        self.segments.par_iter_mut().flatten().for_each(|edge| {
            edge.name = keys.key(edge.name, edge.target & FOLDER != 0);
        });
        self.keys.forget_numbers();
        let in_order = |tree: &&Tree| self.edges(ObjectIx(tree.object)).is_sorted_by(|a, b| a.name < b.name);
        self.disordered =
            self.trees.par_iter().filter(|tree| !in_order(tree)).map(|tree| ObjectIx(tree.object)).collect();
    }

    /// Whether a folder's entries are in order and no two have the same name, as git writes them.
    pub fn is_in_order(&self, object: ObjectIx) -> bool {
        !self.disordered.contains(&object)
    }

    /// Entries of a folder; none if nothing in it matters or it is no folder.
    pub fn edges(&self, object: ObjectIx) -> &[Edge] {
        match self.tree_of[object.0 as usize] {
            0 => &[],
            index => {
                let tree = &self.trees[index as usize - 1];
                &self.segments[tree.segment as usize][tree.start as usize..][..tree.len as usize]
            }
        }
    }
}
