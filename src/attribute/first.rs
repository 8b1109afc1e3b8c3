//! From the earliest commit to the latest: which (path, secret) is met for the first time, and so who brought it.
//!
//! An ancestor always comes first in the order, so the first commit that has a secret in a path has no parent that has it.

use bstr::BStr;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    MAX_PLACES,
    hits::Classes,
    hot::{Entry, Hot, Node},
    paths::{PathId, Paths},
};

/// Distinct (path, secret) that are told apart one by one. What comes after is counted by arithmetic: ten folders nested
/// in each other ten times have 10,000,000,000 paths.
const MAX_KNOWN: usize = 1 << 20;
/// Entries that are looked at one by one.
const MAX_WORK: u64 = 1 << 27;
/// (folder, secret) that the arithmetic may remember.
const MAX_COUNTS: usize = 1 << 22;

/// A place that is listed.
pub(super) struct Listed {
    pub secret: u32,
    pub path: PathId,
    /// The commit that brought it, or `NO_COMMIT`.
    pub first: u32,
    /// The last commit that has it, once known.
    pub last: u32,
}

/// Instead of a commit's number: a folder that no commit has.
pub(super) const NO_COMMIT: u32 = u32::MAX;

/// What the sweep has found so far.
pub(super) struct First<'a> {
    hot: &'a Hot<'a>,
    classes: &'a Classes,
    filter: &'a dyn Fn(&BStr) -> bool,
    pub paths: Paths,
    entered: FxHashSet<(PathId, Node)>,
    known: FxHashSet<(PathId, u32)>,
    allowed: FxHashMap<PathId, bool>,
    pub listed: Vec<Listed>,
    /// By secret: places listed, places in all.
    pub totals: Vec<Total>,
    /// (path, secret) that the filter left out.
    pub excluded: u64,
    /// There are paths over [`MAX_PATH`](super::paths::MAX_PATH), which were left out.
    pub too_long: bool,
    work: u64,
    counts: FxHashMap<Node, Box<[(u32, u64)]>>,
    counted: usize,
}

/// How many places a secret has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub listed: u32,
    pub known: u64,
    /// Beyond those known one by one, by arithmetic: exact for a first commit, afterwards the most that one commit adds.
    pub more: u64,
}

struct Frame {
    path: PathId,
    node: Node,
    next: usize,
}

impl<'a> First<'a> {
    /// `secrets` is one more than the largest secret.
    pub fn new(hot: &'a Hot<'a>, classes: &'a Classes, filter: &'a dyn Fn(&BStr) -> bool, secrets: usize) -> Self {
        Self {
            hot,
            classes,
            filter,
            paths: Paths::new(),
            entered: FxHashSet::default(),
            known: FxHashSet::default(),
            allowed: FxHashMap::default(),
            listed: Vec::new(),
            totals: vec![Total::default(); secrets],
            excluded: 0,
            too_long: false,
            work: 0,
            counts: FxHashMap::default(),
            counted: 0,
        }
    }

    /// Takes the next root folder in order, with the first commit that has it.
    pub fn root(&mut self, commit: u32, node: Node) {
        let mut frames = Vec::new();
        self.enter(&mut frames, Paths::ROOT, node);
        while let Some(frame) = frames.last_mut() {
            if self.known.len() >= MAX_KNOWN || self.work >= MAX_WORK {
                return self.count_rest(commit, &frames);
            }
            let Some(entry) = self.hot.entries(frame.node).get(frame.next).copied() else {
                frames.pop();
                continue;
            };
            frame.next += 1;
            self.work += 1;
            let Some(path) = self.below(frame.path, &entry) else { continue };
            match entry.folder() {
                Some(node) => self.enter(&mut frames, path, node),
                None => self.file(commit, path, entry.child),
            }
        }
    }

    /// Path of an entry of the folder at `above`, unless it is too long.
    fn below(&mut self, above: PathId, entry: &Entry) -> Option<PathId> {
        let path = self.paths.below(above, entry.key, self.hot.name(entry.key));
        self.too_long |= path.is_none();
        path
    }

    fn enter(&mut self, frames: &mut Vec<Frame>, path: PathId, node: Node) {
        if self.entered.insert((path, node)) {
            frames.push(Frame { path, node, next: 0 });
        }
    }

    fn file(&mut self, commit: u32, path: PathId, class: u32) {
        for secret in self.classes.secrets(class) {
            self.meet(commit, path, *secret);
        }
    }

    fn meet(&mut self, commit: u32, path: PathId, secret: u32) {
        if !self.known.insert((path, secret)) {
            return;
        }
        if !self.is_allowed(path) {
            self.excluded += 1;
            return;
        }
        let total = &mut self.totals[secret as usize];
        total.known += 1;
        if total.listed < MAX_PLACES {
            total.listed += 1;
            self.listed.push(Listed { secret, path, first: commit, last: NO_COMMIT });
        }
    }

    fn is_allowed(&mut self, path: PathId) -> bool {
        *self.allowed.entry(path).or_insert_with(|| (self.filter)(BStr::new(&self.paths.text(path, self.hot))))
    }

    /// Whether a secret was met in a path.
    pub fn has_met(&self, path: PathId, secret: u32) -> bool {
        self.known.contains(&(path, secret))
    }

    /// Counts what the folders on the stack have left, and lists what secrets without a full list find there.
    fn count_rest(&mut self, commit: u32, frames: &[Frame]) {
        let mut sums: FxHashMap<u32, u64> = FxHashMap::default();
        for frame in frames.iter().rev() {
            let rest: Vec<Entry> = self.hot.entries(frame.node)[frame.next..].to_vec();
            for entry in rest {
                let Some(path) = self.below(frame.path, &entry) else { continue };
                if entry.folder().is_some_and(|node| !self.entered.insert((path, node))) {
                    continue;
                }
                let secrets = self.secrets_at(&entry);
                for (secret, count) in &secrets {
                    let sum = sums.entry(*secret).or_default();
                    *sum = sum.saturating_add(*count);
                    self.list_rest(commit, path, &entry, *secret);
                }
            }
        }
        for (secret, sum) in sums {
            let total = &mut self.totals[secret as usize];
            total.more = total.more.max(sum);
        }
    }

    /// Lists places of one secret below an entry, in the order of paths, until its list is full.
    fn list_rest(&mut self, commit: u32, path: PathId, entry: &Entry, secret: u32) {
        let mut stack = vec![(path, *entry)];
        while let Some((path, entry)) = stack.pop() {
            if self.totals[secret as usize].listed >= MAX_PLACES || self.work >= 2 * MAX_WORK {
                return;
            }
            self.work += 1;
            let Some(node) = entry.folder() else {
                let before = self.totals[secret as usize];
                self.meet(commit, path, secret);
                // It is in the arithmetic already.
                self.totals[secret as usize].known = before.known;
                continue;
            };
            for below in (0..self.hot.entries(node).len()).rev() {
                let below = self.hot.entries(node)[below];
                if self.secrets_at(&below).iter().any(|(found, _)| *found == secret) {
                    stack.extend(self.below(path, &below).map(|path| (path, below)));
                }
            }
        }
    }

    /// Secrets at or below an entry, with the number of their paths.
    fn secrets_at(&mut self, entry: &Entry) -> Vec<(u32, u64)> {
        let Some(node) = entry.folder() else {
            return self.classes.secrets(entry.child).iter().map(|secret| (*secret, 1)).collect();
        };
        let mut stack = vec![node];
        while let Some(node) = stack.last().copied() {
            if self.counts.contains_key(&node) {
                stack.pop();
                continue;
            }
            let missing: Vec<Node> = self
                .hot
                .entries(node)
                .iter()
                .filter_map(Entry::folder)
                .filter(|below| !self.counts.contains_key(below))
                .collect();
            if missing.is_empty() {
                let sums = self.sum(node);
                self.counted += sums.len() + 1;
                self.counts.insert(node, sums);
            }
            stack.extend(missing);
        }
        self.counts[&node].to_vec()
    }

    fn sum(&mut self, node: Node) -> Box<[(u32, u64)]> {
        let mut sums: FxHashMap<u32, u64> = FxHashMap::default();
        let mut add = |secret: u32, count: u64| {
            let sum = sums.entry(secret).or_default();
            *sum = sum.saturating_add(count);
        };
        for entry in self.hot.entries(node) {
            match entry.folder() {
                Some(below) => self.counts[&below].iter().for_each(|(secret, count)| add(*secret, *count)),
                None => self.classes.secrets(entry.child).iter().for_each(|secret| add(*secret, 1)),
            }
        }
        if self.counted > MAX_COUNTS {
            return Box::default();
        }
        let mut sums: Vec<(u32, u64)> = sums.into_iter().collect();
        sums.sort_unstable();
        sums.into_boxed_slice()
    }
}
