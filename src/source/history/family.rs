//! Which entry of a pack is a delta of which: lists of children, from entry headers alone.
//!
//! Nodes are the entries in order of their offset, so that the next node's offset bounds an entry's compressed bytes. Some 20
//! bytes an object stay.

use std::ops::Range;

use rayon::prelude::*;

use super::{entry::Form, object::ObjectKind, pack::Pack};

/// The forest of a pack's deltas.
pub struct Family {
    /// Offset and position in the index of each node, packed: `offset << bits | position`.
    keys: Vec<u64>,
    bits: u32,
    end: usize,
    /// Children of node `n` are `children[first_child[n]..first_child[n + 1]]`, smallest family first.
    first_child: Vec<u32>,
    children: Vec<u32>,
    /// Nodes in the family of a node, itself included.
    members: Vec<u32>,
    /// The nodes that are no delta of a node of this pack.
    pub roots: Vec<Root>,
    /// Positions in the index of objects that have no place in the forest, with the reason.
    pub lost: Vec<(u32, &'static str)>,
}

/// A node to begin at.
#[derive(Clone, Copy, Debug)]
pub struct Root {
    /// The node.
    pub node: u32,
    /// Where its bytes come from.
    pub start: Start,
    /// About how many bytes its family has when rebuilt.
    pub weight: u64,
}

/// Where a root's bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From the entry itself.
    Whole(ObjectKind),
    /// A ref-delta whose base is not in this pack.
    Elsewhere,
    /// The entry's header cannot be read.
    Broken(&'static str),
}

/// So many entries before its turn a header is fetched.
const AHEAD: usize = 16;
/// The base of a root.
const NO_BASE: u32 = u32::MAX;

/// Where a node hangs, as long as the lists are being made.
#[derive(Clone, Copy)]
enum Link {
    Child(u32),
    Root(Start, u64),
}

/// Where some nodes hang that follow one another.
struct Linked {
    bases: Vec<u32>,
    /// Their weight is the size of the root alone.
    roots: Vec<Root>,
    /// Whether the base of one stands behind it: a ref-delta may, an offset delta never does.
    forward: bool,
}

impl Linked {
    fn of(nodes: &Nodes<'_>, some: Range<usize>) -> Self {
        let mut linked = Self { bases: Vec::with_capacity(some.len()), roots: Vec::new(), forward: false };
        for node in some {
            nodes.expect(node + AHEAD);
            let base = match nodes.link(node) {
                Link::Child(base) => base,
                Link::Root(start, weight) => {
                    linked.roots.push(Root { node: node as u32, start, weight });
                    NO_BASE
                }
            };
            linked.forward |= base != NO_BASE && base as usize >= node;
            linked.bases.push(base);
        }
        linked
    }
}

/// Nodes in stretches, for all threads.
fn chunks(count: usize) -> impl IndexedParallelIterator<Item = Range<usize>> {
    const CHUNK: usize = 4096;
    (0..count.div_ceil(CHUNK)).into_par_iter().map(move |chunk| chunk * CHUNK..count.min((chunk + 1) * CHUNK))
}

impl Family {
    /// Reads all entry headers of a pack.
    pub fn of(pack: &Pack) -> Self {
        let mut lost = Vec::new();
        let bits = usize::BITS - pack.count().leading_zeros();
        let keys = keys(pack, bits, &mut lost);
        let nodes = Nodes::new(&keys, bits, pack);
        let linked: Vec<Linked> = chunks(keys.len()).map(|chunk| Linked::of(&nodes, chunk)).collect();
        let forward = linked.iter().any(|linked| linked.forward);
        let mut bases = Vec::with_capacity(keys.len());
        let mut roots = Vec::new();
        for linked in linked {
            bases.extend(linked.bases);
            roots.extend(linked.roots);
        }

        let (first_child, mut children) = lists(&bases);
        let members = match forward {
            false => count_members(&bases),
            true => count_members_from_roots(&bases, &first_child, &children, |node| {
                lost.push(((keys[node] & ((1 << bits) - 1)) as u32, "delta bases form a circle"));
            }),
        };
        sort_children(&first_child, &mut children, &members);
        for root in &mut roots {
            let Root { node, weight, .. } = root;
            *weight = weight.saturating_add(64).saturating_mul(u64::from(members[*node as usize]));
        }
        Self { keys, bits, end: pack.end(), first_child, children, members, roots, lost }
    }

    /// Offset of a node's entry, and where the next begins.
    pub fn span(&self, node: u32) -> (usize, usize) {
        let next = self.keys.get(node as usize + 1).map_or(self.end, |key| (key >> self.bits) as usize);
        ((self.keys[node as usize] >> self.bits) as usize, next)
    }

    /// Position in the index of a node's object.
    pub fn position(&self, node: u32) -> u32 {
        (self.keys[node as usize] & ((1 << self.bits) - 1)) as u32
    }

    /// Where in the list of all children a node's begin and end.
    pub fn child_range(&self, node: u32) -> (u32, u32) {
        (self.first_child[node as usize], self.first_child[node as usize + 1])
    }

    /// A place in the list of all children.
    pub fn child(&self, at: u32) -> u32 {
        self.children[at as usize]
    }

    /// The children of a node, smallest family first.
    pub fn children(&self, node: u32) -> &[u32] {
        let (first, end) = self.child_range(node);
        &self.children[first as usize..end as usize]
    }

    /// Number of nodes below those from one place to another in the list of all children, these included.
    pub fn members_between(&self, first: u32, end: u32) -> impl Iterator<Item = u32> {
        self.children[first as usize..end as usize].iter().map(|child| self.members(*child))
    }

    /// Number of nodes in a node's family, itself included.
    pub fn members(&self, node: u32) -> u32 {
        self.members[node as usize]
    }
}

/// The sorted keys; what has no usable offset is lost.
fn keys(pack: &Pack, bits: u32, lost: &mut Vec<(u32, &'static str)>) -> Vec<u64> {
    const NOWHERE: u64 = u64::MAX;
    let key = |position: usize| match pack.offset(position) {
        Some(offset) if (offset as u64) << bits >> bits == offset as u64 => (offset as u64) << bits | position as u64,
        _ => NOWHERE,
    };
    let mut keys: Vec<u64> = (0..pack.count()).into_par_iter().with_min_len(4096).map(key).collect();
    if keys.contains(&NOWHERE) {
        lost.extend(
            (0..).zip(&keys).filter(|(_, key)| **key == NOWHERE).map(|(at, _)| (at, "offset lies outside the pack")),
        );
        keys.retain(|key| *key != NOWHERE);
    }
    keys.par_sort_unstable();
    keys.dedup_by(|later, kept| {
        let same = *later >> bits == *kept >> bits;
        if same {
            lost.push(((*later & ((1 << bits) - 1)) as u32, "another object has the same offset"));
        }
        same
    });
    keys
}

/// Nodes while links are made: finds a node by its offset, and by its position where a ref-delta asks for it.
struct Nodes<'p> {
    keys: &'p [u64],
    bits: u32,
    pack: &'p Pack,
    /// For each stretch of `1 << shift` bytes of the pack, the first node in it or behind.
    stretches: Vec<u32>,
    shift: u32,
}

impl<'p> Nodes<'p> {
    fn new(keys: &'p [u64], bits: u32, pack: &'p Pack) -> Self {
        let shift = (pack.end() / keys.len().max(1)).max(1).ilog2();
        let mut stretches = Vec::with_capacity((pack.end() >> shift) + 2);
        for (node, key) in (0..).zip(keys) {
            let stretch = (key >> bits >> shift) as usize;
            if stretches.len() <= stretch {
                stretches.resize(stretch + 1, node);
            }
        }
        stretches.resize((pack.end() >> shift) + 2, keys.len() as u32);
        Self { keys, bits, pack, stretches, shift }
    }

    fn at(&self, offset: usize) -> Option<u32> {
        let stretch = offset >> self.shift;
        let (low, high) = (*self.stretches.get(stretch)? as usize, *self.stretches.get(stretch + 1)? as usize);
        let found = self.keys[low..high].partition_point(|key| ((key >> self.bits) as usize) < offset);
        let key = self.keys[low..high].get(found)?;
        ((key >> self.bits) as usize == offset).then_some((low + found) as u32)
    }

    fn expect(&self, node: usize) {
        if let Some(key) = self.keys.get(node) {
            self.pack.expect((key >> self.bits) as usize);
        }
    }

    fn link(&self, node: usize) -> Link {
        let offset = (self.keys[node] >> self.bits) as usize;
        let entry = match self.pack.entry(offset) {
            Ok(entry) => entry,
            Err(why) => return Link::Root(Start::Broken(why), 0),
        };
        match entry.form {
            Form::Whole(kind) => Link::Root(Start::Whole(kind), entry.size),
            Form::OffsetDelta(distance) => {
                let base = usize::try_from(distance).ok().filter(|distance| *distance != 0);
                let base = base.and_then(|distance| offset.checked_sub(distance)).and_then(|base| self.at(base));
                base.map_or(Link::Root(Start::Broken("no entry begins where the delta's base should"), 0), Link::Child)
            }
            Form::RefDelta => {
                let base = self.pack.find(self.pack.base_id(offset, &entry));
                let base = base.and_then(|position| self.pack.offset(position)).and_then(|base| self.at(base));
                base.map_or(Link::Root(Start::Elsewhere, entry.size), Link::Child)
            }
        }
    }
}

/// Children of all nodes, one list behind the other.
fn lists(bases: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut first = vec![0u32; bases.len() + 2];
    for base in bases.iter().filter(|base| **base != NO_BASE) {
        first[*base as usize + 2] += 1;
    }
    for at in 2..first.len() {
        first[at] += first[at - 1];
    }
    let mut children = vec![0; *first.last().expect("has at least two") as usize];
    // While the lists are filled, `first[n + 1]` is where node n's next child goes; then it is where n's list ends.
    for (base, node) in bases.iter().zip(0..) {
        if *base != NO_BASE {
            let next = &mut first[*base as usize + 1];
            children[*next as usize] = node;
            *next += 1;
        }
    }
    first.pop();
    (first, children)
}

/// Sizes of all families, where each base stands before its deltas.
fn count_members(bases: &[u32]) -> Vec<u32> {
    let mut members = vec![1u32; bases.len()];
    for (node, base) in bases.iter().enumerate().rev().filter(|(_, base)| **base != NO_BASE) {
        members[*base as usize] += members[node];
    }
    members
}

/// The same whatever stands before what; tells the nodes that hang from no root.
fn count_members_from_roots(
    bases: &[u32],
    first: &[u32],
    children: &[u32],
    mut unreached: impl FnMut(usize),
) -> Vec<u32> {
    let mut members = vec![1u32; bases.len()];
    let mut reached = vec![false; bases.len()];
    let mut order: Vec<u32> = Vec::with_capacity(bases.len());
    order.extend(bases.iter().zip(0..).filter(|(base, _)| **base == NO_BASE).map(|(_, node)| node));
    let mut at = 0;
    while let Some(&node) = order.get(at) {
        reached[node as usize] = true;
        order.extend_from_slice(&children[first[node as usize] as usize..first[node as usize + 1] as usize]);
        at += 1;
    }
    for node in order.iter().rev() {
        let base = bases[*node as usize];
        if base != NO_BASE {
            members[base as usize] += members[*node as usize];
        }
    }
    (0..bases.len()).filter(|node| !reached[*node]).for_each(&mut unreached);
    members
}

/// Sorts the children of each node, on all threads.
fn sort_children(first: &[u32], children: &mut [u32], members: &[u32]) {
    const CHUNK: usize = 1 << 14;
    let mut rest = children;
    let mut parts = Vec::new();
    for some in (0..first.len() - 1).step_by(CHUNK).map(|node| &first[node..first.len().min(node + CHUNK + 1)]) {
        let (own, behind) = rest.split_at_mut((some[some.len() - 1] - some[0]) as usize);
        parts.push((some, own));
        rest = behind;
    }
    parts.into_par_iter().for_each(|(first, children)| {
        for ends in first.windows(2) {
            let list = &mut children[(ends[0] - first[0]) as usize..(ends[1] - first[0]) as usize];
            if list.len() > 1 {
                list.sort_unstable_by_key(|child| (members[*child as usize], *child));
            }
        }
    });
}
