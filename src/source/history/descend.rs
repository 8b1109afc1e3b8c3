//! Going down a family of deltas: from a root to all that is built from it, depth first and by a loop, so that a chain of ten
//! thousand or a list of a million children need no more than their turn.
//!
//! The smallest family of children goes first, and a parent's bytes are given up when its last child is made: so few are held
//! at a time, about the logarithm of the family's size. Beyond a bound the oldest are dropped and made again when needed.

mod alone;
mod settle;

use std::mem;

use super::{
    delta::SLACK,
    family::{Family, Start},
    make::{Made, Maker},
    object::ObjectKind,
    pack::Pack,
    queue::{Number, Queue},
    store::{ReadError, Source, Store},
    walk::{Options, Visit},
};
use crate::{location::Oid, problem::Problem};

/// A base may have this many bytes, or half again as many as the largest object that is visited.
const BASE_BYTES: usize = 64 << 20;
/// Bases that wait for their next child may together have this many bytes, or as many as the largest object visited.
const HELD_BYTES: usize = 8 << 20;
/// Children of which about this many rebuilt bytes hang are a part for another thread.
const PART_BYTES: u64 = 16 << 20;
/// And at least this many times the size of their base, which a part holds.
const PART_BASES: u64 = 64;
/// Objects between two looks at whether to stop.
const STOP_EVERY: u32 = 256;

/// One thread's tools, and what its current task has collected.
pub(super) struct Descent<'s, V: Visit> {
    store: &'s Store,
    options: Options,
    visit: &'s V,
    queue: &'s Queue<Part<V::Carried>>,
    number: Number,
    base_limit: usize,
    held_limit: usize,
    maker: Maker,
    stack: Vec<Frame<V::Carried>>,
    /// Bytes held by the frames of the stack.
    held: usize,
    orphans: Vec<(u32, Orphan)>,
    named: usize,
    unnamed: usize,
    collected: V::Collected,
    problems: Vec<Problem>,
}

/// A node whose children are being made.
struct Frame<C> {
    node: u32,
    kind: ObjectKind,
    /// The object, and slack behind it; empty when given up.
    bytes: Vec<u8>,
    size: usize,
    /// What its visit left; `None` where it was not visited, so that its children are new all over.
    carried: Option<C>,
    /// What is left of its list of children.
    next: u32,
    end: u32,
}

/// Some children of a node in a large family, for any thread to go on with.
pub(super) struct Part<C> {
    source: usize,
    frame: Frame<C>,
}

/// Why a node has no base to be built from.
#[derive(Clone, Copy)]
enum Orphan {
    /// The node's base cannot be read.
    Unreadable(u32),
    /// The node's base, of this kind and size, is too large to be held.
    TooLarge(u32, ObjectKind, u64),
}

/// The pack that a family lies in.
#[derive(Clone, Copy)]
struct Ground<'s> {
    source: usize,
    pack: &'s Pack,
    family: &'s Family,
}

impl<'s, V: Visit> Descent<'s, V> {
    pub(super) fn new(store: &'s Store, options: Options, visit: &'s V, queue: &'s Queue<Part<V::Carried>>) -> Self {
        let base_limit = BASE_BYTES.max(options.max_size.saturating_add(options.max_size / 2));
        Self {
            store,
            options,
            visit,
            queue,
            number: (0, None),
            base_limit,
            held_limit: HELD_BYTES.max(options.max_size),
            maker: Maker::new(base_limit),
            stack: Vec::new(),
            held: 0,
            orphans: Vec::new(),
            named: 0,
            unnamed: 0,
            collected: V::Collected::default(),
            problems: Vec::new(),
        }
    }

    /// Begins a piece of work.
    pub(super) fn begin(&mut self, number: Number) {
        self.number = number;
    }

    /// What was collected since the last call.
    pub(super) fn finish(&mut self) -> (V::Collected, Vec<Problem>) {
        (mem::take(&mut self.collected), mem::take(&mut self.problems))
    }

    /// Visits a root and all that is built from it.
    pub(super) fn family(&mut self, source: usize, root: usize, stop: &dyn Fn() -> bool) {
        let Source::Pack(pack) = &self.store.sources[source] else { return };
        let family = pack.family();
        let root = family.roots[root];
        let ground = Ground { source, pack, family };
        let made = match root.start {
            Start::Whole(kind) => self.make_whole(ground, root.node, kind),
            Start::Elsewhere => self.make_from_elsewhere(ground, root.node),
            Start::Broken(why) => Err(ReadError::Corrupt(why.to_owned())),
        };
        let frame = match made {
            Ok((kind, made)) => self.settle(ground, root.node, kind, made, None),
            Err(error) => self.rescue(ground, root.node, &error),
        };
        self.stack.extend(frame);
        self.finish_family(ground, root.node, stop);
    }

    /// Visits what is built from the children that a part is about.
    pub(super) fn part(&mut self, part: Part<V::Carried>, stop: &dyn Fn() -> bool) {
        let Source::Pack(pack) = &self.store.sources[part.source] else { return };
        let node = part.frame.node;
        self.stack.push(part.frame);
        self.finish_family(Ground { source: part.source, pack, family: pack.family() }, node, stop);
    }

    fn finish_family(&mut self, ground: Ground<'s>, root: u32, stop: &dyn Fn() -> bool) {
        loop {
            if self.descend(ground, stop) {
                self.stack.clear();
                self.orphans.clear();
                self.queue.stop();
                break;
            }
            let Some((node, orphan)) = self.orphans.pop() else { break };
            let frame = self.adopt(ground, node, orphan);
            self.stack.extend(frame);
        }
        self.held = 0;
        self.count_unnamed(ground, root);
    }

    /// Leaves children of a frame to other threads where much is built from them; the frame keeps the last ones.
    fn share(&mut self, ground: Ground<'s>, frame: &mut Frame<V::Carried>) {
        let each = frame.size as u64 + 64;
        let enough = PART_BYTES.max(PART_BASES * each);
        if u64::from(ground.family.members(frame.node)) * each < 2 * enough {
            return;
        }
        let mut weight = 0;
        let (mut first, end) = (frame.next, frame.end);
        for (at, members) in (first..).zip(ground.family.members_between(first, end)) {
            weight += u64::from(members) * each;
            if weight >= enough && at + 1 < end {
                let (node, kind, size) = (frame.node, frame.kind, frame.size);
                let (bytes, carried) = (frame.bytes[..size + SLACK].to_vec(), frame.carried.clone());
                let frame = Frame { node, kind, bytes, size, carried, next: first, end: at + 1 };
                let number = (self.number.0, Some((ground.source, first)));
                self.queue.add(number, Part { source: ground.source, frame });
                (first, weight) = (at + 1, 0);
            }
        }
        frame.next = first;
    }

    /// Makes all that is built from the frames of the stack. True when asked to stop.
    fn descend(&mut self, ground: Ground<'s>, stop: &dyn Fn() -> bool) -> bool {
        let mut until_stop = STOP_EVERY;
        while let Some(mut frame) = self.stack.pop() {
            self.held = self.held.saturating_sub(frame.bytes.len());
            if frame.bytes.is_empty() && !self.restore(ground, &mut frame) {
                continue;
            }
            let mut lower = None;
            while frame.next < frame.end && lower.is_none() {
                until_stop -= 1;
                if until_stop == 0 {
                    if stop() {
                        return true;
                    }
                    until_stop = STOP_EVERY;
                }
                let child = ground.family.child(frame.next);
                frame.next += 1;
                if frame.next < frame.end {
                    ground.pack.expect(ground.family.span(ground.family.child(frame.next)).0);
                }
                lower = self.child(ground, child, &frame);
            }
            if frame.next < frame.end {
                self.hold(frame);
            } else {
                self.maker.pool.give(frame.bytes);
            }
            self.stack.extend(lower);
        }
        false
    }

    /// Makes and visits a child of a frame's node.
    fn child(&mut self, ground: Ground<'s>, child: u32, base: &Frame<V::Carried>) -> Option<Frame<V::Carried>> {
        let limit = self.limit(ground, child);
        match self.maker.delta(ground.pack, ground.family.span(child), &base.bytes[..base.size], limit) {
            Ok(made) => self.settle(ground, child, base.kind, made, base.carried.as_ref()),
            Err(why) => self.rescue(ground, child, &ReadError::Corrupt(why.to_owned())),
        }
    }

    /// Puts a frame aside until its next child's turn; drops the bytes of the oldest where too many are held.
    fn hold(&mut self, frame: Frame<V::Carried>) {
        self.held += frame.bytes.len();
        self.stack.push(frame);
        let mut oldest = self.stack.iter_mut();
        while self.held > self.held_limit {
            let Some(frame) = oldest.next() else { break };
            self.held -= frame.bytes.len();
            frame.bytes = Vec::new();
        }
    }

    /// Makes the bytes of a frame again. False where that fails: its children then are orphans.
    fn restore(&mut self, ground: Ground<'s>, frame: &mut Frame<V::Carried>) -> bool {
        let position = ground.family.position(frame.node);
        match self.store.read_at(ground.source, position as usize, self.base_limit) {
            Ok((_, mut bytes)) if bytes.len() == frame.size => {
                bytes.resize(frame.size + SLACK, 0);
                frame.bytes = bytes;
                true
            }
            _ => {
                let rest = (frame.next..frame.end).map(|at| ground.family.child(at));
                self.orphans.extend(rest.map(|child| (child, Orphan::Unreadable(frame.node))));
                false
            }
        }
    }

    /// The size up to which an object is worth making: a larger one is not visited, but may be a base.
    fn limit(&self, ground: Ground<'s>, node: u32) -> usize {
        if ground.family.members(node) > 1 { self.base_limit } else { self.options.max_size }
    }

    fn make_whole(&mut self, ground: Ground<'s>, node: u32, kind: ObjectKind) -> Result<(ObjectKind, Made), ReadError> {
        let limit = self.limit(ground, node);
        let made = self.maker.whole(ground.pack, ground.family.span(node), limit);
        made.map(|made| (kind, made)).map_err(|why| ReadError::Corrupt(why.to_owned()))
    }

    /// Makes a root that is a delta of an object in another pack, or of a loose one.
    fn make_from_elsewhere(&mut self, ground: Ground<'s>, node: u32) -> Result<(ObjectKind, Made), ReadError> {
        let span = ground.family.span(node);
        let corrupt = |why: &str| ReadError::Corrupt(why.to_owned());
        let entry = ground.pack.entry(span.0).map_err(corrupt)?;
        let id = ground.pack.base_id(span.0, &entry);
        let base = self.store.find(id).ok_or_else(|| match Oid::from_bytes(id) {
            Some(oid) => ReadError::Corrupt(format!("its delta base {oid} is absent")),
            None => ReadError::Absent,
        })?;
        let (kind, bytes) = self.store.read(base, self.base_limit).map_err(|error| {
            ReadError::Corrupt(format!("its delta base {} cannot be read: {error}", self.store.oid(base)))
        })?;
        let limit = self.limit(ground, node);
        self.maker.delta(ground.pack, span, &bytes, limit).map(|made| (kind, made)).map_err(corrupt)
    }
}
