//! Look-ups put off until there are many. To find one id among a million costs several cache misses; to find a hundred
//! thousand in their own order costs few, and trees ask for millions.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use rayon::prelude::*;

use super::{
    hits::HitIndex,
    objects::{Objects, is_empty_tree},
    tree_graph::{FOLDER, MAX_OBJECTS},
};
use crate::{location::Oid, source::history::object::ObjectIx};

/// Look-ups that are done at once.
const BATCH: usize = 1 << 17;
/// Ids of which a thread remembers that it asked for them: trees that lie near each other in a pack have most of theirs in
/// common. About what fits in its cache.
const RECENT: usize = 1 << 13;
/// Buffers: threads beyond these share.
const BUFFERS: usize = 16;
/// Instead of a number: a file, which is only asked whether it is there.
const FILE: u32 = u32::MAX;

/// Look-ups of many threads.
#[derive(Default)]
pub(super) struct Later {
    buffers: [Mutex<Buffer>; BUFFERS],
    numbers: AtomicU32,
}

/// Look-ups of one thread.
#[derive(Default)]
pub(super) struct Buffer {
    /// Ids one behind the other.
    ids: Vec<u8>,
    asked: Vec<Asked>,
    /// Empty until first used.
    recent: Vec<Option<(Oid, u32)>>,
    found: Found,
}

struct Asked {
    number: u32,
    tree: ObjectIx,
}

/// What the look-ups found.
#[derive(Default)]
pub(super) struct Found {
    /// Numbers given out, with the target of an edge (see [`super::tree_graph::Edge`]).
    pub folders: Vec<(u32, u32)>,
    /// How many numbers were given out.
    pub numbers: u32,
    /// Absent objects, each with a tree that names it and not with all.
    pub absent: Vec<(ObjectIx, Oid)>,
}

impl Later {
    /// The buffer of this thread.
    pub fn buffer(&self) -> MutexGuard<'_, Buffer> {
        let thread = rayon::current_thread_index().unwrap_or_default();
        self.buffers[thread % BUFFERS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a folder that `tree` names, and gives the number under which it will be found. `None` if there are more of
    /// them than numbers.
    pub fn folder(&self, buffer: &mut Buffer, id: &[u8], tree: ObjectIx) -> Option<u32> {
        if let Some(number) = buffer.recent(id).filter(|number| *number != FILE) {
            return Some(number);
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        if number as usize > MAX_OBJECTS {
            self.numbers.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        buffer.ask(id, number, tree);
        Some(number)
    }

    /// Does what is left, and tells all that was found.
    pub fn finish<O: Objects>(self, objects: &O, hits: &HitIndex<'_>) -> Found {
        let mut all = Found { numbers: self.numbers.into_inner(), ..Found::default() };
        let flushed: Vec<Found> = self
            .buffers
            .into_par_iter()
            // As many as there are threads have much left: none of these threads shall do it for others.
            .with_max_len(1)
            .map(|buffer| {
                let mut buffer = buffer.into_inner().unwrap_or_else(PoisonError::into_inner);
                buffer.flush(objects, hits);
                buffer.found
            })
            .collect();
        for mut found in flushed {
            all.folders.append(&mut found.folders);
            all.absent.append(&mut found.absent);
        }
        all
    }
}

impl Buffer {
    /// Asks whether a file that `tree` names is there.
    pub fn file(&mut self, id: &[u8], tree: ObjectIx) {
        if self.recent(id).is_none() {
            self.ask(id, FILE, tree);
        }
    }

    fn ask(&mut self, id: &[u8], number: u32, tree: ObjectIx) {
        self.ids.extend_from_slice(id);
        self.asked.push(Asked { number, tree });
        self.recent[slot(id)] = Oid::from_bytes(id).map(|oid| (oid, number));
    }

    /// The number under which this id was asked for lately.
    fn recent(&mut self, id: &[u8]) -> Option<u32> {
        if self.recent.is_empty() {
            self.recent = vec![None; RECENT];
        }
        let (oid, number) = self.recent[slot(id)].as_ref()?;
        (oid.as_bytes() == id).then_some(*number)
    }

    /// Does the look-ups if there are many.
    pub fn flush_if_full<O: Objects>(&mut self, objects: &O, hits: &HitIndex<'_>) {
        if self.asked.len() >= BATCH {
            self.flush(objects, hits);
        }
    }

    fn flush<O: Objects>(&mut self, objects: &O, hits: &HitIndex<'_>) {
        let len = objects.oid_len();
        let id = |at: u32| &self.ids[at as usize * len..][..len];
        let lead = |at: u32| id(at).first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let mut order: Vec<(u64, u32)> = (0..self.asked.len() as u32).map(|at| (lead(at), at)).collect();
        // Of ids that begin alike, most are the same: their order does not matter.
        order.sort_unstable();
        let mut before: Option<(u32, Option<ObjectIx>)> = None;
        for (_, at) in order {
            let asked = &self.asked[at as usize];
            let found = match before {
                Some((same, found)) if id(same) == id(at) => found,
                _ => {
                    let found = objects.find(id(at));
                    if found.is_none() && !is_empty_tree(id(at)) {
                        self.found.absent.extend(Oid::from_bytes(id(at)).map(|oid| (asked.tree, oid)));
                    }
                    found
                }
            };
            before = Some((at, found));
            if let (Some(found), true) = (found, asked.number != FILE) {
                // The mode may lie. What has hits is a blob.
                let target = hits.index(found).unwrap_or(FOLDER | found.0);
                self.found.folders.push((asked.number, target));
            }
        }
        self.ids.clear();
        self.asked.clear();
    }
}

fn slot(id: &[u8]) -> usize {
    id.first_chunk().map_or(0, |bytes| usize::from(u16::from_le_bytes(*bytes))) % RECENT
}
