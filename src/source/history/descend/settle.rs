//! What becomes of each node of a family: visited, too big, taken from another copy, or a problem.

use super::{Descent, Frame, Ground, Orphan};
use crate::{
    blob::Fresh,
    problem::{Problem, ProblemKind},
    source::history::{
        delta::SLACK,
        make::Made,
        object::ObjectKind,
        store::ReadError,
        walk::{Visit, object_problem},
    },
};

/// Objects that hang from a bad one and are named each; the others are counted.
const NAMED: usize = 100;

impl<'s, V: Visit> Descent<'s, V> {
    /// Visits what was made. A frame where it has children that can be built from it.
    pub(super) fn settle(
        &mut self,
        ground: Ground<'s>,
        node: u32,
        kind: ObjectKind,
        made: Made,
        base: Option<&V::Carried>,
    ) -> Option<Frame<V::Carried>> {
        let object = self.store.ix(ground.source, ground.family.position(node));
        let first_copy = self.store.is_first_copy(object);
        let (bytes, size) = match made {
            Made::Object(bytes, size) => (bytes, size),
            Made::TooBig(size) => {
                if first_copy {
                    self.visit.too_big(&mut self.collected, object, kind, size);
                }
                let children = ground.family.children(node).iter();
                self.orphans.extend(children.map(|child| (*child, Orphan::TooLarge(node, kind, size))));
                return None;
            }
        };
        let mut carried = None;
        if size > self.options.max_size {
            if first_copy {
                self.visit.too_big(&mut self.collected, object, kind, size as u64);
            }
        } else if first_copy {
            let none = V::Carried::default();
            let (fresh, base) = match base {
                Some(base) => (Fresh::Copied(&self.maker.copied), base),
                None => (Fresh::All, &none),
            };
            carried = Some(self.visit.visit(&mut self.collected, object, kind, &bytes[..size], fresh, base));
        }
        let (next, end) = ground.family.child_range(node);
        if next == end {
            self.maker.pool.give(bytes);
            return None;
        }
        let mut frame = Frame { node, kind, bytes, size, carried, next, end };
        self.share(ground, &mut frame);
        Some(frame)
    }

    /// Takes another copy of an object that cannot be made, or tells the problem and leaves its children orphans.
    pub(super) fn rescue(&mut self, ground: Ground<'s>, node: u32, error: &ReadError) -> Option<Frame<V::Carried>> {
        let object = self.store.ix(ground.source, ground.family.position(node));
        if let Some((kind, mut bytes)) = self.store.read_elsewhere(object, self.base_limit) {
            if !self.options.wants(kind) {
                return None;
            }
            let size = bytes.len();
            bytes.resize(size + SLACK, 0);
            return self.settle(ground, node, kind, Made::Object(bytes, size), None);
        }
        if self.named < NAMED {
            self.named += 1;
            self.problems.push(object_problem(self.store, object, error));
        } else {
            self.unnamed += 1;
        }
        let children = ground.family.children(node).iter();
        self.orphans.extend(children.map(|child| (*child, Orphan::Unreadable(node))));
        None
    }

    /// Deals with a node whose base is not to be had.
    pub(super) fn adopt(&mut self, ground: Ground<'s>, node: u32, orphan: Orphan) -> Option<Frame<V::Carried>> {
        let base = |node| self.store.oid(self.store.ix(ground.source, ground.family.position(node)));
        match orphan {
            Orphan::Unreadable(parent) => {
                let why = format!("its delta base {} cannot be read", base(parent));
                self.rescue(ground, node, &ReadError::Corrupt(why))
            }
            Orphan::TooLarge(parent, kind, parent_size) => {
                let why = format!("its delta base {} of {parent_size} bytes is too large to be held", base(parent));
                match self.maker.delta_sizes(ground.pack, ground.family.span(node)) {
                    Ok(sizes) if sizes.object > self.options.max_size as u64 => {
                        self.settle(ground, node, kind, Made::TooBig(sizes.object), None)
                    }
                    Ok(_) => self.rescue(ground, node, &ReadError::Corrupt(why)),
                    Err(why) => self.rescue(ground, node, &ReadError::Corrupt(why.to_owned())),
                }
            }
        }
    }

    pub(super) fn count_unnamed(&mut self, ground: Ground<'s>, root: u32) {
        if self.unnamed > 0 {
            let root = self.store.oid(self.store.ix(ground.source, ground.family.position(root)));
            self.problems.push(Problem {
                kind: ProblemKind::Corrupt,
                what: format!("object {root}"),
                why: format!("and {} more objects that are deltas of it", self.unnamed),
            });
        }
        (self.named, self.unnamed) = (0, 0);
    }
}
