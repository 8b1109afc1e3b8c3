//! One walk over all trees, which keeps edges to folders and to blobs with hits, and no other.
//!
//! Most trees are stored as a delta of another version of the folder, with one or two new entries. Only those are looked up
//! in the store, where each look costs a cache miss; what they were found to be is carried to the trees built from this one.

use std::sync::Arc;

use super::{
    hits::HitIndex,
    names::Names,
    objects::{Objects, is_empty_tree},
    tree_graph::{ABSENT, COLD, Edge, FOLDER, Tree},
};
use crate::{
    blob::{Copied, Fresh},
    location::Oid,
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
    /// Names met so far.
    pub names: Names,
    oid_len: usize,
}

/// What a tree's entries were found to be, for the trees that are deltas of it: one row an entry and one for the end.
type Rows = Option<Arc<Vec<Resolved>>>;

#[derive(Clone, Copy)]
pub(super) struct Resolved {
    start: u32,
    edge: Edge,
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
    /// Absent objects that were looked up, with the tree that names them.
    pub absent: Vec<(ObjectIx, Oid)>,
    /// Trees with an absent entry, looked up or inherited.
    pub lacking: Vec<ObjectIx>,
    /// Trees that do not parse to their end.
    pub damaged: Vec<(ObjectIx, String)>,
}

impl<'a, O: Objects> TreeVisit<'a, O> {
    /// Looks for `hits` in trees of `objects`.
    pub fn new(objects: &'a O, hits: &'a HitIndex<'a>) -> Self {
        Self { objects, hits, names: Names::default(), oid_len: objects.oid_len() }
    }

    fn resolve(&self, collected: &mut TreeRows, tree: ObjectIx, entry: &TreeEntry<'_>) -> Edge {
        let cold = Edge { name: 0, target: COLD };
        if entry.kind == EntryKind::Submodule {
            return cold;
        }
        let Some(found) = self.objects.find(entry.oid) else {
            if is_empty_tree(entry.oid) {
                return cold;
            }
            collected.absent.extend(Oid::from_bytes(entry.oid).map(|oid| (tree, oid)));
            return Edge { name: 0, target: ABSENT };
        };
        // The mode may lie. What has hits is a blob.
        let target = match (self.hits.index(found), entry.kind) {
            (Some(hit), _) => hit,
            (None, EntryKind::Tree) => FOLDER | found.0,
            (None, _) => return cold,
        };
        Edge { name: self.names.number(entry.name), target }
    }

    fn rows(
        &self,
        collected: &mut TreeRows,
        tree: ObjectIx,
        bytes: &[u8],
        copied: &[Copied],
        base: &[Resolved],
    ) -> Vec<Resolved> {
        let mut rows = Vec::with_capacity(base.len() + 8);
        let mut inherited = Inherited { copied, base, next: 0 };
        let mut at = 0;
        loop {
            at = inherited.take(at, &mut rows);
            let entry = match entry_at(bytes, at, self.oid_len) {
                None => break,
                Some(Ok(entry)) => entry,
                Some(Err(damage)) => {
                    collected.damaged.push((tree, format!("{} at byte {}", damage.why, damage.at)));
                    break;
                }
            };
            rows.push(Resolved { start: at as u32, edge: self.resolve(collected, tree, &entry) });
            at = entry.end;
        }
        rows.push(Resolved { start: at as u32, edge: Edge { name: 0, target: COLD } });
        rows
    }
}

/// Hands out rows of the base for entries that lie wholly inside copied ranges.
struct Inherited<'a> {
    copied: &'a [Copied],
    base: &'a [Resolved],
    next: usize,
}

impl Inherited<'_> {
    /// Adds rows for as many entries from offset `at` on as the base has; tells the offset behind them. Equal bytes are
    /// equal entries only where both begin at the start of an entry, so that is looked for first.
    fn take(&mut self, mut at: usize, rows: &mut Vec<Resolved>) -> usize {
        loop {
            while self.copied.first().is_some_and(|range| range.at + range.len <= at) {
                self.copied = &self.copied[1..];
            }
            let Some(range) = self.copied.first().filter(|range| range.at <= at) else { return at };
            let (from, limit) = (range.from + (at - range.at), range.from + range.len);
            if self.base.get(self.next).is_none_or(|row| row.start as usize != from) {
                match self.base.binary_search_by_key(&from, |row| row.start as usize) {
                    Ok(found) => self.next = found,
                    Err(_) => return at,
                }
            }
            let first = self.next;
            let rest = &self.base[first..];
            let taken = rest[1..].iter().take_while(|row| row.start as usize <= limit).count();
            if taken == 0 {
                return at;
            }
            let shift = (at as u32).wrapping_sub(from as u32);
            rows.extend(rest[..taken].iter().map(|row| Resolved { start: row.start.wrapping_add(shift), ..*row }));
            self.next += taken;
            at = at + self.base[self.next].start as usize - from;
        }
    }
}

impl<O: Objects> Visit for TreeVisit<'_, O> {
    type Carried = Rows;
    type Collected = TreeRows;

    fn visit(
        &self,
        collected: &mut TreeRows,
        object: ObjectIx,
        kind: ObjectKind,
        bytes: &[u8],
        fresh: Fresh<'_>,
        base: &Rows,
    ) -> Rows {
        if kind != ObjectKind::Tree {
            return None;
        }
        if u32::try_from(bytes.len()).is_err() {
            collected.damaged.push((object, "4 GiB and more".to_owned()));
            return None;
        }
        let rows = match (fresh, base) {
            (Fresh::Copied(copied), Some(base)) => self.rows(collected, object, bytes, copied, base),
            _ => self.rows(collected, object, bytes, &[], &[]),
        };
        collected.keep(object, &rows);
        Some(Arc::new(rows))
    }

    fn too_big(&self, collected: &mut TreeRows, object: ObjectIx, kind: ObjectKind, size: u64) {
        if kind == ObjectKind::Tree {
            collected.damaged.push((object, format!("{size} bytes are over the limit")));
        }
    }
}

impl TreeRows {
    fn keep(&mut self, object: ObjectIx, rows: &[Resolved]) {
        if self.edges.len() + rows.len() > SEGMENT && !self.edges.is_empty() {
            self.full.push(std::mem::take(&mut self.edges));
        }
        let start = self.edges.len();
        let mut lacks = false;
        for row in rows {
            match row.edge.target {
                COLD => {}
                ABSENT => lacks = true,
                _ => self.edges.push(row.edge),
            }
        }
        if lacks {
            self.lacking.push(object);
        }
        let len = (self.edges.len() - start) as u32;
        if len > 0 {
            self.trees.push(Tree { object: object.0, segment: self.full.len() as u32, start: start as u32, len });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        attribute::{ObjectHits, SecretHit, tree_graph::TreeGraph},
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

    /// A tree made of slices of another and of new entries, cut anywhere, with what was copied.
    fn delta(
        base: &[u8],
        pieces: &[(Option<(prop::sample::Index, prop::sample::Index)>, Vec<u8>)],
    ) -> (Vec<u8>, Vec<Copied>) {
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
            let (index, (bytes, copied)) = (HitIndex::new(&hits, 200), delta(&base, &pieces));
            let visit = TreeVisit::new(&Numbered, &index);
            let mut collected = TreeRows::default();
            let tree = |collected: &mut TreeRows, object, bytes: &[u8], fresh: Fresh<'_>, base: &Rows| {
                visit.visit(collected, ObjectIx(object), ObjectKind::Tree, bytes, fresh, base)
            };
            let carried = tree(&mut collected, 100, &base, Fresh::All, &None);
            let by_delta = tree(&mut collected, 101, &bytes, Fresh::Copied(&copied), &carried).expect("has rows");
            let plain = tree(&mut collected, 102, &bytes, Fresh::All, &None).expect("has rows");
            let rows = |rows: &[Resolved]| rows.iter().map(|row| (row.start, row.edge)).collect::<Vec<_>>();
            prop_assert_eq!(rows(&by_delta), rows(&plain));
            prop_assert_eq!(collected.lacking.contains(&ObjectIx(101)), collected.lacking.contains(&ObjectIx(102)));
            let graph = TreeGraph::new(200, visit.names, vec![collected]);
            prop_assert_eq!(graph.edges(ObjectIx(101)), graph.edges(ObjectIx(102)));
        }
    }
}
