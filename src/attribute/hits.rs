//! Blobs in which secrets stand, by object and by what they hold.

use rustc_hash::FxHashMap;

use super::{ObjectHits, SecretHit, objects::Objects};
use crate::source::history::object::ObjectIx;

/// Looks hits up by object.
pub(super) struct HitIndex<'a> {
    hits: &'a [ObjectHits],
    /// A bit for each object: small enough to stay in cache, where most questions end.
    has: Vec<u64>,
    /// A bit for each beginning of an id: clear if no hit's id begins so.
    begins: Vec<u64>,
}

/// Bits of an id that are told apart before it is looked up.
const BEGIN_BITS: u32 = 21;

impl<'a> HitIndex<'a> {
    /// `hits` are sorted by object.
    pub fn new(hits: &'a [ObjectHits], objects: &impl Objects) -> Self {
        let mut has = vec![0; objects.count().div_ceil(64)];
        let mut begins = vec![0; 1 << (BEGIN_BITS - 6)];
        for hit in hits {
            has[hit.object.0 as usize / 64] |= 1 << (hit.object.0 % 64);
            let begin = begin(objects.oid(hit.object).as_bytes());
            begins[begin / 64] |= 1 << (begin % 64);
        }
        Self { hits, has, begins }
    }

    /// Whether an id can be that of an object with hits.
    pub fn may_have(&self, id: &[u8]) -> bool {
        let begin = begin(id);
        self.begins[begin / 64] >> (begin % 64) & 1 == 1
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

fn begin(id: &[u8]) -> usize {
    id.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes) >> (u32::BITS - BEGIN_BITS)) as usize
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
