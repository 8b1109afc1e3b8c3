//! Folders reduced to what matters: which secrets lie at which path below them. Folders that are equal in that are one node,
//! so that most commits turn out to change nothing, whatever they changed.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
};

use super::{
    hits::Classes,
    names::Keys,
    reduce::{FIRST, Nodes, Reduction, Strange, UNSEEN, Undone},
    tree_graph::{FOLDER, TreeGraph},
};
use crate::source::history::object::ObjectIx;

/// A node of the reduced graph: a folder with secrets somewhere below it.
pub(super) type Node = u32;

/// An entry of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Name, as a key of [`Keys`] or an alias of one.
    pub key: u32,
    /// `FOLDER` and a node, or the class of a blob.
    pub child: u32,
}

impl Entry {
    /// The node below, if it is a folder.
    pub fn folder(&self) -> Option<Node> {
        (self.child & FOLDER != 0).then_some(self.child & !FOLDER)
    }
}

/// The reduced graph.
pub(super) struct Hot<'a> {
    trees: &'a TreeGraph,
    classes: &'a Classes,
    /// By object: unseen, cold, or `FIRST` and its node.
    state: Vec<AtomicU32>,
    nodes: Nodes,
    /// By hit index: a folder that was looked at has it.
    reached: Vec<AtomicBool>,
    strange: Strange,
}

impl<'a> Hot<'a> {
    /// Nothing reduced yet. `count` is the number of objects, `hits` that of blobs with hits.
    pub fn new(trees: &'a TreeGraph, classes: &'a Classes, count: usize, hits: usize) -> Self {
        let state = std::iter::repeat_with(|| AtomicU32::new(UNSEEN)).take(count + 1).collect();
        let reached = std::iter::repeat_with(|| AtomicBool::new(false)).take(hits).collect();
        Self { trees, classes, state, nodes: Nodes::default(), reached, strange: Strange::default() }
    }

    /// Reduces folders and all below them. Whether that was stopped before its end.
    pub fn reduce(&mut self, roots: &[ObjectIx], stop: &(dyn Fn() -> bool + Sync)) -> bool {
        let nodes = Mutex::default();
        let (state, reached) = (&self.state, &self.reached);
        let reduction = Reduction { trees: self.trees, classes: self.classes, state, reached, nodes: &nodes };
        let mut end = reduction.on_all_threads(roots, stop);
        if end == Err(Undone::Strange) {
            self.state.iter().for_each(|state| state.store(UNSEEN, Relaxed));
            *nodes.lock().unwrap_or_else(PoisonError::into_inner) = Nodes::default();
            end = reduction.on_one(roots, &mut self.strange, stop);
        }
        self.nodes = nodes.into_inner().unwrap_or_else(PoisonError::into_inner);
        end.is_err()
    }

    /// Whether a folder that was looked at has a blob, by hit index.
    pub fn has_reached(&self, hit: usize) -> bool {
        self.reached[hit].load(Relaxed)
    }

    /// Folders with secrets that lie inside themselves, which no honest repository has.
    pub fn rings(&self) -> u64 {
        self.strange.rings
    }

    /// Node of a folder that was reduced; `None` if no secret is below it.
    pub fn node(&self, tree: ObjectIx) -> Option<Node> {
        self.state[tree.0 as usize].load(Relaxed).checked_sub(FIRST)
    }

    /// Whether some folder has two entries of one name.
    pub fn has_twins(&self) -> bool {
        !self.strange.aliases.is_empty()
    }

    /// Entries of a node, sorted by key.
    pub fn entries(&self, node: Node) -> &[Entry] {
        self.nodes.entries(node)
    }

    /// Name behind an entry's key.
    pub fn name(&self, key: u32) -> &[u8] {
        self.keys().name(self.plain(key).0)
    }

    /// Key of a name, if it was met.
    pub fn key(&self, name: &[u8], folder: bool) -> Option<u32> {
        self.keys().find(name, folder)
    }

    /// The key without its alias, and how many entries of that name come before it in their folder.
    pub fn plain(&self, key: u32) -> (u32, u32) {
        match (key as usize).checked_sub(self.keys().len()) {
            None => (key, 0),
            Some(alias) => self.strange.aliases[alias],
        }
    }

    fn keys(&self) -> &Keys {
        &self.trees.keys
    }

    /// Follows keys from a root folder down to a blob; tells its hit index.
    pub fn blob_at(&self, root: ObjectIx, keys: &[u32]) -> Option<u32> {
        let mut tree = root;
        for (depth, key) in keys.iter().enumerate() {
            let target = self.entry(tree, *key)?;
            if target & FOLDER == 0 {
                return (depth + 1 == keys.len()).then_some(target);
            }
            tree = ObjectIx(target & !FOLDER);
        }
        None
    }

    fn entry(&self, tree: ObjectIx, key: u32) -> Option<u32> {
        let edges = self.trees.edges(tree);
        let (key, nth) = self.plain(key);
        if self.trees.is_in_order(tree) {
            return edges.binary_search_by_key(&key, |edge| edge.name).ok().map(|found| edges[found].target);
        }
        // Twins come in the order they had when the folder's node was made.
        let mut twins: Vec<Entry> =
            edges.iter().filter(|edge| edge.name == key).filter_map(|edge| self.hot(edge)).collect();
        twins.sort_unstable_by_key(|entry| entry.child);
        let wanted = twins.get(nth as usize)?;
        edges.iter().find(|edge| edge.name == key && self.hot(edge) == Some(*wanted)).map(|edge| edge.target)
    }

    fn hot(&self, edge: &super::tree_graph::Edge) -> Option<Entry> {
        let child = match edge.target & FOLDER {
            0 => self.classes.class(edge.target),
            _ => FOLDER | self.node(ObjectIx(edge.target & !FOLDER))?,
        };
        Some(Entry { key: edge.name, child })
    }
}
