//! From HEAD and the latest commit back to the earliest: which commit is the last that has a secret in a path. Only places
//! that are listed are looked for, and the sweep ends when all are found.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    first::{Listed, NO_COMMIT},
    hits::Classes,
    hot::{Hot, Node},
    paths::{PathId, Paths},
};

/// Fills in [`Listed::last`] of all places that a commit brought.
pub(super) struct Last<'a> {
    hot: &'a Hot<'a>,
    classes: &'a Classes,
    paths: &'a mut Paths,
    listed: &'a mut [Listed],
    /// By path: places there that are still looked for.
    at: FxHashMap<PathId, Vec<u32>>,
    entered: FxHashSet<(PathId, Node)>,
}

impl<'a> Last<'a> {
    /// Looks for all places of `listed`.
    pub fn new(hot: &'a Hot<'a>, classes: &'a Classes, paths: &'a mut Paths, listed: &'a mut [Listed]) -> Self {
        let mut at: FxHashMap<PathId, Vec<u32>> = FxHashMap::default();
        for (index, place) in listed.iter().enumerate().filter(|(_, place)| place.first != NO_COMMIT) {
            at.entry(place.path).or_default().push(index as u32);
            paths.pend(place.path, 1);
        }
        Self { hot, classes, paths, listed, at, entered: FxHashSet::default() }
    }

    /// Whether all places are found.
    pub fn is_done(&self) -> bool {
        !self.paths.is_pending(Paths::ROOT)
    }

    /// Takes the next root folder, going back, with the last commit that has it.
    pub fn root(&mut self, commit: u32, node: Node) {
        let mut stack = vec![(Paths::ROOT, node)];
        let mut below = Vec::new();
        while let Some((path, node)) = stack.pop() {
            if !self.paths.is_pending(path) || !self.entered.insert((path, node)) {
                continue;
            }
            self.paths.pending_below(path, &mut below);
            for (path, key) in below.drain(..) {
                let entries = self.hot.entries(node);
                let Ok(found) = entries.binary_search_by_key(&key, |entry| entry.key) else { continue };
                match entries[found].folder() {
                    Some(node) => stack.push((path, node)),
                    None => self.file(commit, path, entries[found].child),
                }
            }
        }
    }

    fn file(&mut self, commit: u32, path: PathId, class: u32) {
        let secrets = self.classes.secrets(class);
        let Some(places) = self.at.get_mut(&path) else { return };
        places.retain(|place| {
            let place = &mut self.listed[*place as usize];
            let found = secrets.binary_search(&place.secret).is_ok();
            if found {
                place.last = commit;
                self.paths.pend(path, -1);
            }
            !found
        });
    }
}
