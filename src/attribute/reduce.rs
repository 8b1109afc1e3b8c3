//! Reduces folders, from the deepest up: on all threads where they are as git writes them, on one where some are not.

use std::{
    hash::Hasher,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
};

use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::{
    hits::Classes,
    hot::{Entry, Node},
    tree_graph::{FOLDER, TreeGraph},
};
use crate::source::history::object::ObjectIx;

/// What is known of a folder: nothing yet.
pub(super) const UNSEEN: u32 = 0;
/// No secret lies below it.
pub(super) const COLD: u32 = 1;
/// This and its node.
pub(super) const FIRST: u32 = 2;

/// Root folders between two looks at whether to stop.
const STOP_EVERY: usize = 256;
/// Nodes that a thread remembers by itself.
const RECENT: usize = 1 << 12;

/// Nodes, each with entries of its own.
pub(super) struct Nodes {
    entries: Vec<Entry>,
    /// By node: where its entries begin; one more for the end of the last.
    starts: Vec<u32>,
    known: FxHashMap<u64, Node>,
    /// By node: the next with the same hash.
    same_hash: Vec<Node>,
}

impl Default for Nodes {
    fn default() -> Self {
        Self { entries: Vec::new(), starts: vec![0], known: FxHashMap::default(), same_hash: Vec::new() }
    }
}

impl Nodes {
    /// Entries of a node, sorted by key.
    pub fn entries(&self, node: Node) -> &[Entry] {
        &self.entries[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    /// The node with these entries.
    fn of(&mut self, hash: u64, entries: &[Entry]) -> Node {
        let first = self.known.get(&hash).copied();
        let mut candidate = first;
        while let Some(node) = candidate {
            if self.entries(node) == entries {
                return node;
            }
            candidate = Some(self.same_hash[node as usize]).filter(|next| *next != Node::MAX);
        }
        let node = self.same_hash.len() as Node;
        self.entries.extend_from_slice(entries);
        self.starts.push(self.entries.len() as u32);
        self.same_hash.push(first.unwrap_or(Node::MAX));
        self.known.insert(hash, node);
        node
    }
}

/// What no honest repository has.
#[derive(Default)]
pub(super) struct Strange {
    /// By number: a key, and how many entries of that name come before it in their folder.
    pub aliases: Vec<(u32, u32)>,
    alias_of: FxHashMap<(u32, u32), u32>,
    /// Folders with secrets that lie inside themselves.
    pub rings: u64,
}

impl Strange {
    /// Two entries of one name cannot be told apart by it: from the second on they get a name of their own that reads the same.
    fn name_apart(&mut self, keys: usize, entries: &mut [Entry]) {
        entries.sort_unstable_by_key(|entry| (entry.key, entry.child));
        let mut before = (u32::MAX, 0);
        for entry in entries.iter_mut() {
            before = if entry.key == before.0 { (entry.key, before.1 + 1) } else { (entry.key, 0) };
            if before.1 == 0 {
                continue;
            }
            let next = (keys + self.aliases.len()) as u32;
            let alias = *self.alias_of.entry(before).or_insert(next);
            if alias == next {
                self.aliases.push(before);
            }
            entry.key = alias;
        }
        entries.sort_unstable_by_key(|entry| entry.key);
    }
}

/// Folders, and what is known of them by now.
pub(super) struct Reduction<'r> {
    pub trees: &'r TreeGraph,
    pub classes: &'r Classes,
    /// By object.
    pub state: &'r [AtomicU32],
    /// By hit index: a folder that was looked at has it.
    pub reached: &'r [AtomicBool],
    pub nodes: &'r Mutex<Nodes>,
}

/// Why not all was reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undone {
    /// It was time to stop.
    Stopped,
    /// A folder is not as git writes it: its name may depend on what was reduced before.
    Strange,
}

impl Reduction<'_> {
    /// Reduces all folders below these, unless one of them is strange.
    pub fn on_all_threads(&self, roots: &[ObjectIx], stop: &(dyn Fn() -> bool + Sync)) -> Result<(), Undone> {
        let worker = || Worker::new(self, None);
        roots.par_chunks(STOP_EVERY).map_init(worker, |worker, some| worker.some(some, stop)).collect()
    }

    /// Reduces all folders below these, one after the other.
    pub fn on_one(
        &self,
        roots: &[ObjectIx],
        strange: &mut Strange,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Undone> {
        let mut worker = Worker::new(self, Some(strange));
        roots.chunks(STOP_EVERY).try_for_each(|some| worker.some(some, stop))
    }
}

struct Frame {
    tree: ObjectIx,
    next: usize,
    /// Where its entries begin among those found.
    base: usize,
    /// Name under which it stands in the folder above.
    key: u32,
}

struct Worker<'r> {
    all: &'r Reduction<'r>,
    /// The folders being worked on, each in the one before it.
    frames: Vec<Frame>,
    open: FxHashSet<ObjectIx>,
    /// Entries of these folders.
    found: Vec<Entry>,
    recent: FxHashMap<u64, (Node, Box<[Entry]>)>,
    /// `None` where nothing strange may be met.
    strange: Option<&'r mut Strange>,
}

impl<'r> Worker<'r> {
    fn new(all: &'r Reduction<'r>, strange: Option<&'r mut Strange>) -> Self {
        let (frames, found) = (Vec::new(), Vec::new());
        Self { all, frames, open: FxHashSet::default(), found, recent: FxHashMap::default(), strange }
    }

    fn some(&mut self, roots: &[ObjectIx], stop: &(dyn Fn() -> bool + Sync)) -> Result<(), Undone> {
        if stop() {
            return Err(Undone::Stopped);
        }
        roots.iter().try_for_each(|root| self.reduce(*root))
    }

    fn state(&self, tree: ObjectIx) -> u32 {
        self.all.state[tree.0 as usize].load(Relaxed)
    }

    fn reduce(&mut self, root: ObjectIx) -> Result<(), Undone> {
        self.frames.clear();
        self.open.clear();
        self.found.clear();
        if self.all.trees.is_hot(root) && self.state(root) == UNSEEN {
            self.enter(root, 0);
        }
        while let Some(frame) = self.frames.pop() {
            self.go_on(frame)?;
        }
        Ok(())
    }

    fn enter(&mut self, tree: ObjectIx, key: u32) {
        self.open.insert(tree);
        self.frames.push(Frame { tree, next: 0, base: self.found.len(), key });
    }

    /// Takes a folder's entries up to one that has to be reduced first, or finishes it.
    fn go_on(&mut self, mut frame: Frame) -> Result<(), Undone> {
        let all = self.all;
        for edge in &all.trees.edges(frame.tree)[frame.next..] {
            frame.next += 1;
            if edge.target & FOLDER == 0 {
                all.reached[edge.target as usize].store(true, Relaxed);
                self.found.push(Entry { key: edge.name, child: all.classes.class(edge.target) });
                continue;
            }
            let tree = ObjectIx(edge.target & !FOLDER);
            if !all.trees.is_hot(tree) {
                continue;
            }
            match self.state(tree) {
                COLD => {}
                UNSEEN if self.open.contains(&tree) => {
                    self.strange.as_mut().ok_or(Undone::Strange)?.rings += 1;
                }
                UNSEEN => {
                    self.frames.push(frame);
                    self.enter(tree, edge.name);
                    return Ok(());
                }
                node => self.found.push(Entry { key: edge.name, child: FOLDER | (node - FIRST) }),
            }
        }
        let node = self.close(frame.base)?;
        // Hot by a ring alone, it has nothing; that is remembered, or folders full of such would be gone through again and again.
        all.state[frame.tree.0 as usize].store(node.map_or(COLD, |node| node + FIRST), Relaxed);
        self.open.remove(&frame.tree);
        if !self.frames.is_empty() {
            self.found.extend(node.map(|node| Entry { key: frame.key, child: FOLDER | node }));
        }
        Ok(())
    }

    /// Takes a finished folder's entries, and finds or makes its node.
    fn close(&mut self, base: usize) -> Result<Option<Node>, Undone> {
        let entries = &mut self.found[base..];
        if entries.is_empty() {
            return Ok(None);
        }
        if !entries.is_sorted_by(|a, b| a.key < b.key) {
            let strange = self.strange.as_mut().ok_or(Undone::Strange)?;
            strange.name_apart(self.all.trees.keys.len(), entries);
        }
        let mut hasher = FxHasher::default();
        for entry in &*entries {
            hasher.write_u64(u64::from(entry.key) << 32 | u64::from(entry.child));
        }
        let hash = hasher.finish();
        let node = match self.recent.get(&hash) {
            Some((node, own)) if **own == *entries => *node,
            _ => {
                let node = self.all.nodes.lock().unwrap_or_else(PoisonError::into_inner).of(hash, entries);
                if self.recent.len() == RECENT {
                    self.recent.clear();
                }
                self.recent.insert(hash, (node, (&*entries).into()));
                node
            }
        };
        self.found.truncate(base);
        Ok(Some(node))
    }
}
