//! File and folder names, each kept once. Numbers are given out by many threads in any order; [`Names::rank`] replaces them
//! by ones that follow the bytes, so that nothing behind it depends on the threads.

use std::sync::{Mutex, PoisonError};

use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

const SHARDS: usize = 32;

/// Gives a number to each distinct name.
#[derive(Default)]
pub(super) struct Names {
    shards: [Mutex<FxHashMap<Box<[u8]>, u32>>; SHARDS],
}

impl Names {
    /// The name's number.
    pub fn number(&self, name: &[u8]) -> u32 {
        let shard = (FxBuildHasher.hash_one(name) >> 7) as usize % SHARDS;
        let mut names = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = names.get(name) {
            return *number;
        }
        let number = (names.len() * SHARDS + shard) as u32;
        names.insert(name.into(), number);
        number
    }

    /// Orders all names as git orders the entries of a tree.
    pub fn rank(self) -> Keys {
        let shards = self.shards.map(|shard| shard.into_inner().unwrap_or_else(PoisonError::into_inner));
        let longest = shards.iter().map(FxHashMap::len).max().unwrap_or_default();
        let mut names: Vec<(Box<[u8]>, u32)> = shards.into_iter().flatten().collect();
        names.sort_unstable();
        let mut keys: Vec<(u32, bool)> =
            (0..names.len() as u32).flat_map(|name| [(name, false), (name, true)]).collect();
        let name = |key: &(u32, bool)| text(&names[key.0 as usize].0, key.1);
        keys.sort_by(|a, b| name(a).cmp(name(b)).then(a.1.cmp(&b.1)));
        let mut key_of = vec![[0; 2]; longest * SHARDS];
        for (key, (name, folder)) in keys.iter().enumerate() {
            key_of[names[*name as usize].1 as usize][usize::from(*folder)] = key as u32;
        }
        let names = names.into_iter().map(|(name, _)| name).collect();
        Keys { names, keys, key_of }
    }
}

/// What a name is sorted by.
fn text(name: &[u8], folder: bool) -> impl Iterator<Item = &u8> + Clone {
    let slash: &[u8] = if folder { b"/" } else { b"" };
    name.iter().chain(slash)
}

/// Names in the order of git's trees, where a folder counts as if a `/` stood behind it. One name has a key as a file and
/// another as a folder.
pub(super) struct Keys {
    names: Vec<Box<[u8]>>,
    keys: Vec<(u32, bool)>,
    key_of: Vec<[u32; 2]>,
}

impl Keys {
    /// The key of a name's number.
    pub fn key(&self, number: u32, folder: bool) -> u32 {
        self.key_of[number as usize][usize::from(folder)]
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// The name behind a key.
    pub fn name(&self, key: u32) -> &[u8] {
        &self.names[self.keys[key as usize].0 as usize]
    }

    /// The key of a name, if it was met.
    pub fn find(&self, name: &[u8], folder: bool) -> Option<u32> {
        let wanted = (text(name, folder), folder);
        self.keys
            .binary_search_by(|(at, is_folder)| {
                text(&self.names[*at as usize], *is_folder).cmp(wanted.0.clone()).then(is_folder.cmp(&wanted.1))
            })
            .ok()
            .map(|key| key as u32)
    }

    /// Forgets the numbers given out before ranking, which are of no use once all are replaced.
    pub fn forget_numbers(&mut self) {
        self.key_of = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_the_order_of_a_tree() {
        let names = Names::default();
        let wanted: [(&[u8], bool); 7] =
            [(b"", false), (b"", true), (b"a", false), (b"a.b", false), (b"a", true), (b"a0", false), (b"\xff", true)];
        let numbers: Vec<u32> = wanted.iter().rev().map(|(name, _)| names.number(name)).rev().collect();
        assert_eq!(names.number(b"a"), numbers[2]);
        let keys = names.rank();
        let order: Vec<u32> =
            wanted.iter().zip(&numbers).map(|((_, folder), number)| keys.key(*number, *folder)).collect();
        assert!(order.is_sorted_by(|a, b| a < b), "{order:?}");
        assert!(wanted.iter().zip(&order).all(|((name, _), key)| keys.name(*key) == *name));
        assert!(wanted.iter().zip(&order).all(|((name, folder), key)| keys.find(name, *folder) == Some(*key)));
        assert_eq!((keys.len(), keys.find(b"b", false)), (10, None));
    }
}
