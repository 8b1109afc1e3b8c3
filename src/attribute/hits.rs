//! Blobs in which secrets stand, by object and by what they hold.

use rustc_hash::FxHashMap;

use super::{ObjectHits, SecretHit};
use crate::source::history::object::ObjectIx;

/// Looks hits up by object.
pub(super) struct HitIndex<'a> {
    hits: &'a [ObjectHits],
    /// A bit for each object: small enough to stay in cache, where most questions end.
    has: Vec<u64>,
}

impl<'a> HitIndex<'a> {
    /// `hits` are sorted by object, all below `count`.
    pub fn new(hits: &'a [ObjectHits], count: usize) -> Self {
        let mut has = vec![0; count.div_ceil(64)];
        for hit in hits {
            has[hit.object.0 as usize / 64] |= 1 << (hit.object.0 % 64);
        }
        Self { hits, has }
    }

    /// Which hits are an object's.
    pub fn index(&self, object: ObjectIx) -> Option<u32> {
        if self.has[object.0 as usize / 64] >> (object.0 % 64) & 1 == 0 {
            return None;
        }
        self.hits.binary_search_by_key(&object, |hits| hits.object).ok().map(|index| index as u32)
    }

    /// Where a secret stands in a blob.
    pub fn of(&self, index: u32, secret: u32) -> Option<&'a SecretHit> {
        self.hits[index as usize].hits.iter().find(|hit| hit.secret == secret)
    }
}

/// Blobs with the same secrets are one class: a change of a file that leaves its secrets alone is then no change at all.
pub(super) struct Classes {
    /// By hit index.
    class: Vec<u32>,
    /// By class: its secrets, sorted.
    secrets: Vec<Box<[u32]>>,
}

impl Classes {
    /// Classes are numbered by their first blob.
    pub fn new(hits: &[ObjectHits]) -> Self {
        let mut known: FxHashMap<Box<[u32]>, u32> = FxHashMap::default();
        let mut secrets: Vec<Box<[u32]>> = Vec::new();
        let class = hits
            .iter()
            .map(|hits| {
                let mut set: Vec<u32> = hits.hits.iter().map(|hit| hit.secret).collect();
                set.sort_unstable();
                set.dedup();
                let set = set.into_boxed_slice();
                *known.entry(set.clone()).or_insert_with(|| {
                    secrets.push(set);
                    secrets.len() as u32 - 1
                })
            })
            .collect();
        Self { class, secrets }
    }

    /// Class of a blob, by hit index.
    pub fn class(&self, hit: u32) -> u32 {
        self.class[hit as usize]
    }

    /// Secrets of a class, sorted.
    pub fn secrets(&self, class: u32) -> &[u32] {
        &self.secrets[class as usize]
    }
}
