//! Which folders lie below the commits. All of them are visited, on all threads, since what is absent or damaged there has to be told;
//! those with secrets are few, and [`hot`](super::hot) looks at no others.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::tree_graph::{FOLDER, TreeGraph};
use crate::source::history::object::ObjectIx;

/// The folders below the roots that were added.
pub(super) struct Below<'a> {
    trees: &'a TreeGraph,
    /// One bit an object.
    met: Vec<AtomicU64>,
    no_trees: Mutex<Vec<ObjectIx>>,
}

impl<'a> Below<'a> {
    /// Nothing yet, of `count` objects.
    pub fn new(trees: &'a TreeGraph, count: usize) -> Self {
        let met = (0..=count / 64).map(|_| AtomicU64::new(0)).collect();
        Self { trees, met, no_trees: Mutex::default() }
    }

    /// Adds root folders and all below them.
    pub fn add(&self, roots: &[ObjectIx], stop: &(dyn Fn() -> bool + Sync)) {
        roots.par_iter().with_min_len(256).for_each_init(Vec::new, |open, root| {
            if self.meet(*root) && !stop() {
                open.push(*root);
            }
            while let Some(tree) = open.pop() {
                self.enter(tree, open);
            }
        });
    }

    fn enter(&self, tree: ObjectIx, open: &mut Vec<ObjectIx>) {
        let edges = self.trees.edges(tree);
        if edges.is_empty() && !self.trees.is_tree(tree) {
            self.no_trees.lock().unwrap_or_else(PoisonError::into_inner).push(tree);
        }
        let folders = edges.iter().filter(|edge| edge.target & FOLDER != 0);
        open.extend(folders.map(|edge| ObjectIx(edge.target & !FOLDER)).filter(|folder| self.meet(*folder)));
    }

    /// Whether a folder is met for the first time.
    fn meet(&self, tree: ObjectIx) -> bool {
        let (word, bit) = (&self.met[tree.0 as usize / 64], 1 << (tree.0 % 64));
        word.load(Relaxed) & bit == 0 && word.fetch_or(bit, Relaxed) & bit == 0
    }

    /// Whether a folder was added, or lies below one that was.
    pub fn has(&self, tree: ObjectIx) -> bool {
        self.met[tree.0 as usize / 64].load(Relaxed) >> (tree.0 % 64) & 1 == 1
    }

    /// What is named as a folder and was not read as one.
    pub fn no_trees(&self) -> Vec<ObjectIx> {
        let mut no_trees = self.no_trees.lock().unwrap_or_else(PoisonError::into_inner).clone();
        no_trees.sort_unstable();
        no_trees
    }
}
