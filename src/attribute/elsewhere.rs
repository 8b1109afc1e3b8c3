//! Secrets outside of the folders of commits: in the index, in messages, in blobs that a ref names or that nothing refers to.

use bstr::ByteSlice;
use rustc_hash::FxHashSet;

use super::{
    commits::Reach,
    first::{First, Total},
    hot::Hot,
    objects::Objects,
    places::{Draft, Finder},
};
use crate::{location::SourceKind, source::history::object::ObjectIx};

impl<O: Objects> Finder<'_, O> {
    /// Places in the index that are in no commit.
    pub fn index_places(&self, first: &mut First<'_>, hot: &Hot<'_>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        let mut met = FxHashSet::default();
        for (path, oid) in self.request.index {
            let Some(index) = self.objects.find(oid.as_bytes()).and_then(|object| self.hits.index(object)) else {
                continue;
            };
            let known = first.paths.find(path, hot);
            for hit in &self.request.hits[index as usize].hits {
                if known.is_some_and(|known| first.has_met(known, hit.secret)) || !met.insert((path, hit.secret)) {
                    continue;
                }
                if !(self.request.paths)(path.as_bstr()) {
                    first.excluded += 1;
                    continue;
                }
                first.totals[hit.secret as usize].known += 1;
                drafts.push(self.without_commit(SourceKind::Staged, Some(path.clone()), index, hit));
            }
        }
        drafts
    }

    /// Adds hits in messages, in blobs that a ref or tag names, and in what nothing refers to.
    pub fn add_pathless(&self, hot: &Hot<'_>, drafts: &mut Vec<Draft>, totals: &mut [Total]) {
        let staged: FxHashSet<ObjectIx> = drafts
            .iter()
            .filter(|draft| draft.place.source == SourceKind::Staged)
            .map(|draft| draft.place.object)
            .collect();
        for (index, hits) in self.request.hits.iter().enumerate() {
            let commit = self.graph.number(hits.object);
            let source = match commit {
                Some(commit) if self.order.reach[commit as usize] >= Reach::Reflog => SourceKind::CommitMessage,
                None if self.tips.tags.contains(&hits.object) => SourceKind::TagMessage,
                None if self.tips.is_other.contains(&hits.object) => SourceKind::History,
                None if hot.has_reached(index) || staged.contains(&hits.object) => continue,
                _ if self.request.all_objects => SourceKind::Unreachable,
                _ => continue,
            };
            for hit in &hits.hits {
                let mut draft = self.without_commit(source, None, index as u32, hit);
                if let Some(commit) = commit.filter(|commit| self.order.reach[*commit as usize] != Reach::Not) {
                    draft.rank = self.order.rank[commit as usize];
                    draft.place.first = Some(hits.object);
                    draft.place.last = Some(hits.object);
                }
                totals[hit.secret as usize].known += 1;
                drafts.push(draft);
            }
        }
    }

    /// After an early end, or below paths that cannot be told: a secret without a place is told all the same.
    pub fn add_unplaced(&self, drafts: &mut Vec<Draft>, totals: &mut [Total]) {
        let mut placed: FxHashSet<u32> = drafts.iter().map(|draft| draft.place.secret).collect();
        for (index, hits) in self.request.hits.iter().enumerate() {
            for hit in hits.hits.iter().filter(|hit| placed.insert(hit.secret)) {
                totals[hit.secret as usize].known += 1;
                drafts.push(self.without_commit(SourceKind::History, None, index as u32, hit));
            }
        }
    }
}
