//! One walk over all trees, which keeps edges to folders and to blobs with hits, and no other.
//!
//! Most trees are stored as a delta of another version of the folder, with one or two new entries. Only those are looked up
//! in the store, where each look costs a cache miss; what they were found to be is carried to the trees built from this one.

use std::sync::Arc;

use super::{
    hits::HitIndex,
    inherit::{Inherited, Kept, Resolved},
    later::{Buffer, Found, Later},
    names::Names,
    objects::Objects,
    tree_graph::{Edge, FOLDER, Tree},
};
use crate::{
    blob::{Copied, Fresh},
    source::history::{
        object::{ObjectIx, ObjectKind},
        tree_entries::{EntryKind, TreeEntry, entry_at},
        walk::Visit,
    },
};

/// Edges a segment holds before another is begun: vectors that double would take up to three times what is in them.
const SEGMENT: usize = 1 << 14;

/// Visits trees.
pub(super) struct TreeVisit<'a, O> {
    objects: &'a O,
    hits: &'a HitIndex<'a>,
    names: Names,
    later: Later,
    oid_len: usize,
}

/// What one task of the walk keeps.
#[derive(Default)]
pub(super) struct TreeRows {
    /// Segments that are full.
    pub full: Vec<Vec<Edge>>,
    /// The segment that is being filled.
    pub edges: Vec<Edge>,
    /// Where the edges of each tree lie.
    pub trees: Vec<Tree>,
    /// Trees that do not parse to their end.
    pub damaged: Vec<(ObjectIx, String)>,
    /// All of them.
    pub seen: Vec<ObjectIx>,
}

impl<'a, O: Objects> TreeVisit<'a, O> {
    /// Looks for `hits` in trees of `objects`.
    pub fn new(objects: &'a O, hits: &'a HitIndex<'a>) -> Self {
        Self { objects, hits, names: Names::default(), later: Later::default(), oid_len: objects.oid_len() }
    }

    /// What an entry is, as far as it can be said now.
    fn edge(&self, later: &mut Buffer, tree: ObjectIx, entry: &TreeEntry<'_>) -> Option<Edge> {
        let target = match entry.kind {
            EntryKind::Submodule => return None,
            EntryKind::Tree => FOLDER | self.later.folder(later, entry.oid, tree)?,
            EntryKind::Blob => {
                let hit = self.hits.may_have(entry.oid).then(|| self.objects.find(entry.oid)).flatten();
                let Some(hit) = hit.and_then(|found| self.hits.index(found)) else {
                    later.file(entry.oid, tree);
                    return None;
                };
                hit
            }
        };
        Some(Edge { name: self.names.number(entry.name), target })
    }

    /// Does what was put off, for [`TreeGraph::new`](super::tree_graph::TreeGraph::new).
    pub fn finish(self) -> (Names, Found) {
        (self.names, self.later.finish(self.objects, self.hits))
    }

    fn resolve(
        &self,
        collected: &mut TreeRows,
        tree: ObjectIx,
        bytes: &[u8],
        copied: &[Copied],
        base: &Resolved,
    ) -> Resolved {
        let mut resolved = Resolved {
            starts: Vec::with_capacity(base.starts.len() + 4),
            kept: Vec::with_capacity(base.kept.len() + 2),
        };
        let mut inherited = Inherited::new(copied, base);
        let mut later = self.later.buffer();
        let mut at = 0;
        loop {
            at = inherited.take(at, &mut resolved);
            let entry = match entry_at(bytes, at, self.oid_len) {
                None => break,
                Some(Ok(entry)) => entry,
                Some(Err(damage)) => {
                    collected.damaged.push((tree, format!("{} at byte {}", damage.why, damage.at)));
                    break;
                }
            };
            let start = at as u32;
            at = entry.end;
            resolved.starts.push(start);
            let edge = self.edge(&mut later, tree, &entry);
            resolved.kept.extend(edge.map(|edge| Kept { start, edge }));
        }
        later.flush_if_full(self.objects, self.hits);
        resolved.starts.push(at as u32);
        resolved
    }
}

impl<O: Objects> Visit for TreeVisit<'_, O> {
    type Carried = Option<Arc<Resolved>>;
    type Collected = TreeRows;

    fn visit(
        &self,
        collected: &mut TreeRows,
        object: ObjectIx,
        kind: ObjectKind,
        bytes: &[u8],
        fresh: Fresh<'_>,
        base: &Self::Carried,
    ) -> Self::Carried {
        if kind != ObjectKind::Tree {
            return None;
        }
        collected.seen.push(object);
        if u32::try_from(bytes.len()).is_err() {
            collected.damaged.push((object, "4 GiB and more".to_owned()));
            return None;
        }
        let resolved = match (fresh, base) {
            (Fresh::Copied(copied), Some(base)) => self.resolve(collected, object, bytes, copied, base),
            _ => self.resolve(collected, object, bytes, &[], &Resolved::default()),
        };
        collected.keep(object, &resolved.kept);
        Some(Arc::new(resolved))
    }

    fn too_big(&self, collected: &mut TreeRows, object: ObjectIx, kind: ObjectKind, size: u64) {
        if kind == ObjectKind::Tree {
            collected.damaged.push((object, format!("{size} bytes are over the limit")));
        }
    }
}

impl TreeRows {
    fn keep(&mut self, object: ObjectIx, kept: &[Kept]) {
        if kept.is_empty() {
            return;
        }
        if self.edges.len() + kept.len() > SEGMENT && !self.edges.is_empty() {
            self.full.push(std::mem::take(&mut self.edges));
        }
        let (segment, start) = (self.full.len() as u32, self.edges.len() as u32);
        self.edges.extend(kept.iter().map(|kept| kept.edge));
        self.trees.push(Tree { object: object.0, segment, start, len: kept.len() as u32 });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        attribute::{ObjectHits, SecretHit, tree_graph::TreeGraph},
        location::Oid,
        location::Position,
        problem::Problem,
        source::history::{store::ReadError, walk::Options},
    };

    /// Object `n` has the id of twenty bytes `n`; those from 200 on are absent.
    struct Numbered;

    impl Objects for Numbered {
        fn count(&self) -> usize {
            200
        }

        fn oid_len(&self) -> usize {
            20
        }

        fn find(&self, oid: &[u8]) -> Option<ObjectIx> {
            (oid[0] < 200).then(|| ObjectIx(u32::from(oid[0])))
        }

        fn oid(&self, object: ObjectIx) -> Oid {
            Oid::from_bytes(&[object.0 as u8; 20]).expect("has 20 bytes")
        }

        fn read(&self, _: ObjectIx, _: usize) -> Result<(ObjectKind, Vec<u8>), ReadError> {
            Err(ReadError::Absent)
        }

        fn walk<V: Visit>(
            &self,
            _: Options,
            _: &V,
            _: &(dyn Fn() -> bool + Sync),
        ) -> (Vec<V::Collected>, Vec<Problem>) {
            (Vec::new(), Vec::new())
        }
    }

    fn hits() -> Vec<ObjectHits> {
        let position = Position { offset: 0, end: 1, line: 1, column: 1, end_line: 1 };
        (0..50).map(|n| ObjectHits { object: ObjectIx(n), hits: vec![SecretHit { secret: 0, position }] }).collect()
    }

    fn entry() -> impl Strategy<Value = Vec<u8>> {
        let mode = prop_oneof![Just("100644"), Just("40000"), Just("160000")];
        // The second kind of name looks like an entry, so that a copy may begin at what is none in the base.
        let name = prop_oneof![8 => "[a-c]{0,3}", 1 => Just("x 100644 y".to_owned())];
        let id = prop_oneof![0u8..60, 190..210u8];
        (mode, name, id)
            .prop_map(|(mode, name, id)| [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &[id; 20]].concat())
    }

    /// A stretch copied from the base, if any, and bytes put behind it.
    type Piece = (Option<(prop::sample::Index, prop::sample::Index)>, Vec<u8>);

    /// A tree made of slices of another and of new entries, cut anywhere, with what was copied.
    fn delta(base: &[u8], pieces: &[Piece]) -> (Vec<u8>, Vec<Copied>) {
        let (mut bytes, mut copied): (Vec<u8>, Vec<Copied>) = (Vec::new(), Vec::new());
        for (copy, new) in pieces {
            if let Some((from, to)) = copy {
                let (a, b) = (from.index(base.len() + 1), to.index(base.len() + 1));
                let (from, to) = (a.min(b), a.max(b));
                let at = bytes.len();
                match copied.last_mut() {
                    Some(last) if last.at + last.len == at && last.from + last.len == from => last.len += to - from,
                    _ if to > from => copied.push(Copied { at, from, len: to - from }),
                    _ => {}
                }
                bytes.extend_from_slice(&base[from..to]);
            }
            bytes.extend_from_slice(new);
        }
        (bytes, copied)
    }

    proptest! {
        #[test]
        fn inherited_entries_are_what_parsing_finds(
            base in prop::collection::vec(entry(), 0..12),
            pieces in prop::collection::vec((prop::option::of(any::<(prop::sample::Index, prop::sample::Index)>()), prop_oneof![entry(), Just(Vec::new())]), 1..6),
        ) {
            let (hits, base) = (hits(), base.concat());
            let (index, (bytes, copied)) = (HitIndex::new(&hits, &Numbered), delta(&base, &pieces));
            let visit = TreeVisit::new(&Numbered, &index);
            let mut collected = TreeRows::default();
            let tree = |collected: &mut TreeRows, object, bytes: &[u8], fresh: Fresh<'_>, base: &Option<Arc<Resolved>>| {
                visit.visit(collected, ObjectIx(object), ObjectKind::Tree, bytes, fresh, base)
            };
            let carried = tree(&mut collected, 100, &base, Fresh::All, &None);
            let by_delta = tree(&mut collected, 101, &bytes, Fresh::Copied(&copied), &carried).expect("has rows");
            let plain = tree(&mut collected, 102, &bytes, Fresh::All, &None).expect("has rows");
            let starts = |resolved: &Resolved| resolved.kept.iter().map(|kept| kept.start).collect::<Vec<_>>();
            prop_assert_eq!(&by_delta.starts, &plain.starts);
            prop_assert_eq!(starts(&by_delta), starts(&plain));
            let (names, found) = visit.finish();
            let graph = TreeGraph::new(200, names, found, vec![collected]);
            prop_assert_eq!(graph.edges(ObjectIx(101)), graph.edges(ObjectIx(102)));
        }
    }
}
