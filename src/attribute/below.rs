//! Which folders lie below the commits. All of them are visited, on all threads, since what is absent or damaged there has to be told;
//! those with secrets are few, and [`hot`](super::hot) looks at no others.

use std::sync::{Mutex, PoisonError};

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::{
    marks::Marks,
    tree_graph::{FOLDER, TreeGraph},
};
use crate::source::history::object::ObjectIx;

/// The folders below the roots that were added.
pub(super) struct Below<'a> {
    trees: &'a TreeGraph,
    met: Marks,
    no_trees: Mutex<Vec<ObjectIx>>,
}

impl<'a> Below<'a> {
    /// Nothing yet, of `count` objects.
    pub fn new(trees: &'a TreeGraph, count: usize) -> Self {
        Self { trees, met: Marks::new(count), no_trees: Mutex::default() }
    }

    /// Adds root folders and all below them.
    pub fn add(&self, roots: &[ObjectIx], stop: &(dyn Fn() -> bool + Sync)) {
        roots.par_iter().with_min_len(256).for_each_init(Vec::new, |open, root| {
            if self.met.add(*root) && !stop() {
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
        open.extend(folders.map(|edge| ObjectIx(edge.target & !FOLDER)).filter(|folder| self.met.add(*folder)));
    }

    /// Whether a folder was added, or lies below one that was.
    pub fn has(&self, tree: ObjectIx) -> bool {
        self.met.has(tree)
    }

    /// What is named as a folder and was not read as one.
    pub fn no_trees(&self) -> Vec<ObjectIx> {
        let mut no_trees = self.no_trees.lock().unwrap_or_else(PoisonError::into_inner).clone();
        no_trees.sort_unstable();
        no_trees
    }
}
