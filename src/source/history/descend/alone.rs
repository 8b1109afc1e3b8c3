//! Objects of a walk that stand by themselves: loose ones, and those of a pack that hang from nothing.

use std::ops::Range;

use super::Descent;
use crate::{
    blob::Fresh,
    source::history::{
        object::{ObjectIx, ObjectKind},
        store::{ReadError, Source},
        walk::{Visit, object_problem},
    },
};

impl<V: Visit> Descent<'_, V> {
    /// Runs the slow checks of a pack.
    pub(in crate::source::history) fn check(&mut self, source: usize) {
        if let Source::Pack(pack) = &self.store.sources[source] {
            self.problems.extend(pack.check_index());
        }
    }

    /// Visits loose objects.
    pub(in crate::source::history) fn loose(&mut self, source: usize, range: Range<usize>) {
        let Source::Loose(loose) = &self.store.sources[source] else { return };
        for position in range {
            let object = self.store.ix(source, position as u32);
            if !self.store.is_first_copy(object) {
                continue;
            }
            let read = match loose.kind_and_size(position) {
                Ok((kind, _)) if !self.options.wants(kind) => continue,
                Ok((kind, size)) if size > self.options.max_size as u64 => {
                    self.visit.too_big(&mut self.collected, object, kind, size);
                    continue;
                }
                Ok(_) => loose.read(position, self.options.max_size),
                Err(error) => Err(error),
            };
            self.single(object, read);
        }
    }

    /// Looks elsewhere for the objects of a pack that hang from nothing.
    pub(in crate::source::history) fn lost(&mut self, source: usize) {
        let Source::Pack(pack) = &self.store.sources[source] else { return };
        for (position, why) in &pack.family().lost {
            let object = self.store.ix(source, *position);
            if self.store.is_first_copy(object) {
                self.single(object, Err(ReadError::Corrupt((*why).to_owned())));
            }
        }
    }

    /// Visits one object by itself, or another copy of it.
    fn single(&mut self, object: ObjectIx, read: Result<(ObjectKind, Vec<u8>), ReadError>) {
        let read = read.or_else(|error| self.store.read_elsewhere(object, self.options.max_size).ok_or(error));
        match read {
            Ok((kind, bytes)) => {
                if self.options.wants(kind) {
                    let none = V::Carried::default();
                    self.visit.visit(&mut self.collected, object, kind, &bytes, Fresh::All, &none);
                }
            }
            Err(error) => self.problems.push(object_problem(self.store, object, &error)),
        }
    }
}
