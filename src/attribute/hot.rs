//! Folders reduced to what matters: which secrets lie at which path below them. Folders that are equal in that are one node,
//! so that most commits turn out to change nothing, whatever they changed.

use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use super::{
    hits::Classes,
    names::Keys,
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

const UNSEEN: u32 = 0;
const OPEN: u32 = 1;
const COLD: u32 = 2;
const FIRST: u32 = 3;

/// The reduced graph.
pub(super) struct Hot<'a> {
    trees: &'a TreeGraph,
    classes: &'a Classes,
    /// By object: unseen, being worked on, cold, or `FIRST` and its node.
    state: Vec<u32>,
    entries: Vec<Entry>,
    /// By node: where its entries begin; one more for the end of the last.
    starts: Vec<u32>,
    known: FxHashMap<u64, Node>,
    /// By node: the next with the same hash.
    same_hash: Vec<Node>,
    aliases: Vec<(u32, u32)>,
    alias_of: FxHashMap<(u32, u32), u32>,
    /// By hit index: a folder that was looked at has it.
    pub reached: Vec<bool>,
    /// Folders with secrets that lie inside themselves, which no honest repository has.
    pub rings: u64,
}

struct Frame {
    tree: ObjectIx,
    next: usize,
    /// Where its entries begin on the shared stack.
    base: usize,
    /// Name under which it stands in the folder above.
    key: u32,
}

impl<'a> Hot<'a> {
    /// Nothing reduced yet. `count` is the number of objects, `hits` that of blobs with hits.
    pub fn new(trees: &'a TreeGraph, classes: &'a Classes, count: usize, hits: usize) -> Self {
        Self {
            trees,
            classes,
            state: vec![UNSEEN; count + 1],
            entries: Vec::new(),
            starts: vec![0],
            known: FxHashMap::default(),
            same_hash: Vec::new(),
            aliases: Vec::new(),
            alias_of: FxHashMap::default(),
            reached: vec![false; hits],
            rings: 0,
        }
    }

    /// Reduces a folder and all below it; `None` if no secret is there.
    pub fn reduce(&mut self, root: ObjectIx) -> Option<Node> {
        let trees = self.trees;
        let mut frames = Vec::new();
        let mut found: Vec<Entry> = Vec::new();
        if trees.is_hot(root) && self.state[root.0 as usize] == UNSEEN {
            self.state[root.0 as usize] = OPEN;
            frames.push(Frame { tree: root, next: 0, base: 0, key: 0 });
        }
        while let Some(frame) = frames.last_mut() {
            let mut below = None;
            for edge in &trees.edges(frame.tree)[frame.next..] {
                frame.next += 1;
                if edge.target & FOLDER == 0 {
                    self.reached[edge.target as usize] = true;
                    found.push(Entry { key: edge.name, child: self.classes.class(edge.target) });
                    continue;
                }
                let tree = ObjectIx(edge.target & !FOLDER);
                if !trees.is_hot(tree) {
                    continue;
                }
                match self.state[tree.0 as usize] {
                    COLD => {}
                    OPEN => self.rings += 1,
                    UNSEEN => {
                        self.state[tree.0 as usize] = OPEN;
                        below = Some(Frame { tree, next: 0, base: found.len(), key: edge.name });
                        break;
                    }
                    node => found.push(Entry { key: edge.name, child: FOLDER | (node - FIRST) }),
                }
            }
            if let Some(below) = below {
                frames.push(below);
                continue;
            }
            let Frame { tree, base, key, .. } = *frame;
            frames.pop();
            let node = self.close(&mut found, base);
            // Hot by a ring alone, it has nothing; that is remembered, or folders full of such would be gone through again and again.
            self.state[tree.0 as usize] = node.map_or(COLD, |node| node + FIRST);
            if !frames.is_empty() {
                found.extend(node.map(|node| Entry { key, child: FOLDER | node }));
            }
        }
        self.node(root)
    }

    /// Takes a finished folder's entries off the stack and finds or makes its node.
    fn close(&mut self, found: &mut Vec<Entry>, base: usize) -> Option<Node> {
        if found.len() == base {
            return None;
        }
        let entries = &mut found[base..];
        if !entries.is_sorted_by(|a, b| a.key < b.key) {
            entries.sort_unstable_by_key(|entry| (entry.key, entry.child));
            self.name_apart(entries);
        }
        let mut hasher = FxHasher::default();
        for entry in &*entries {
            hasher.write_u64(u64::from(entry.key) << 32 | u64::from(entry.child));
        }
        let hash = hasher.finish();
        let first = self.known.get(&hash).copied();
        let mut candidate = first;
        while let Some(node) = candidate {
            if self.entries(node) == &*entries {
                found.truncate(base);
                return Some(node);
            }
            candidate = Some(self.same_hash[node as usize]).filter(|next| *next != Node::MAX);
        }
        let node = self.same_hash.len() as Node;
        self.entries.extend_from_slice(entries);
        self.starts.push(self.entries.len() as u32);
        self.same_hash.push(first.unwrap_or(Node::MAX));
        self.known.insert(hash, node);
        found.truncate(base);
        Some(node)
    }

    /// Two entries of one name cannot be told apart by it: from the second on they get a name of their own that reads the same.
    fn name_apart(&mut self, entries: &mut [Entry]) {
        let mut before = (u32::MAX, 0);
        for entry in entries.iter_mut() {
            before = if entry.key == before.0 { (entry.key, before.1 + 1) } else { (entry.key, 0) };
            if before.1 == 0 {
                continue;
            }
            let next = (self.trees.keys.len() + self.aliases.len()) as u32;
            let alias = *self.alias_of.entry(before).or_insert(next);
            if alias == next {
                self.aliases.push(before);
            }
            entry.key = alias;
        }
        entries.sort_unstable_by_key(|entry| entry.key);
    }

    /// Node of a folder that was reduced; `None` if no secret is below it.
    pub fn node(&self, tree: ObjectIx) -> Option<Node> {
        self.state[tree.0 as usize].checked_sub(FIRST)
    }

    /// Whether some folder has two entries of one name.
    pub fn has_twins(&self) -> bool {
        !self.aliases.is_empty()
    }

    /// Entries of a node, sorted by key.
    pub fn entries(&self, node: Node) -> &[Entry] {
        &self.entries[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
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
            Some(alias) => self.aliases[alias],
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
