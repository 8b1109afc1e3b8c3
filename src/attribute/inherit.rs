//! What is known of a tree's entries, and how it is handed down: most trees are deltas with one or two entries of their own.

use super::tree_graph::Edge;
use crate::blob::Copied;

/// A tree's entries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    /// Where each begins, and where the last ends.
    pub starts: Vec<u32>,
    /// Those that matter, in order.
    pub kept: Vec<Kept>,
}

/// An entry that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Where it begins.
    pub start: u32,
    /// What it was found to be.
    pub edge: Edge,
}

/// Hands out entries of the base that lie wholly inside copied ranges.
pub(super) struct Inherited<'a> {
    copied: &'a [Copied],
    base: &'a Resolved,
    /// The base's entry that comes next if nothing was left out.
    next: usize,
}

impl<'a> Inherited<'a> {
    /// `copied` are the ranges of a tree that stand in `base` as well.
    pub fn new(copied: &'a [Copied], base: &'a Resolved) -> Self {
        Self { copied, base, next: 0 }
    }

    /// Adds as many entries as the base has from offset `at` on; tells the offset behind them. Equal bytes are equal
    /// entries only where both begin at the start of an entry, so that is looked for first.
    pub fn take(&mut self, mut at: usize, resolved: &mut Resolved) -> usize {
        let starts = &self.base.starts;
        loop {
            while self.copied.first().is_some_and(|range| range.at + range.len <= at) {
                self.copied = &self.copied[1..];
            }
            let Some(range) = self.copied.first().filter(|range| range.at <= at) else { return at };
            let (from, limit) = (range.from + (at - range.at), range.from + range.len);
            if starts.get(self.next).is_none_or(|start| *start as usize != from) {
                match starts.binary_search_by_key(&from, |start| *start as usize) {
                    Ok(found) => self.next = found,
                    Err(_) => return at,
                }
            }
            let ends = &starts[self.next + 1..];
            let taken = ends.partition_point(|end| *end as usize <= limit);
            if taken == 0 {
                return at;
            }
            let end = ends[taken - 1];
            let shift = (at as u32).wrapping_sub(from as u32);
            let taken = &starts[self.next..self.next + taken];
            resolved.starts.extend(taken.iter().map(|start| start.wrapping_add(shift)));
            let kept = &self.base.kept[self.base.kept.partition_point(|kept| (kept.start as usize) < from)..];
            let kept = &kept[..kept.partition_point(|kept| kept.start < end)];
            resolved.kept.extend(kept.iter().map(|kept| Kept { start: kept.start.wrapping_add(shift), ..*kept }));
            self.next += taken.len();
            at += end as usize - from;
        }
    }
}
