//! Reading single objects, wherever they lie: their chain of delta bases is followed by a loop, over packs and loose files.

use std::cell::RefCell;

use libdeflater::Decompressor;

use super::{
    delta::{self, SLACK, Sizes},
    entry::Form,
    inflate::{inflate, plausible},
    loose::Loose,
    object::{ObjectIx, ObjectKind},
    pack::Pack,
    store::{ReadError, Source, Store},
};

thread_local! {
    static DECOMPRESSOR: RefCell<Decompressor> = RefCell::new(Decompressor::new());
}

/// A delta on the way to an object's base.
struct Link<'s> {
    pack: &'s Pack,
    /// Where the compressed bytes begin.
    data: usize,
    size: u64,
}

/// Where a chain of deltas ends.
enum Base<'s> {
    Entry(ObjectKind, Link<'s>),
    Loose(&'s Loose, usize),
}

impl Store {
    /// Reads one object, wherever it lies. Nothing much larger than `limit` bytes is allocated.
    ///
    /// # Errors
    /// `TooBig` also where a delta base is over the limit.
    pub fn read(&self, ix: ObjectIx, limit: usize) -> Result<(ObjectKind, Vec<u8>), ReadError> {
        let (source, position) = self.place(ix.0);
        match self.read_at(source, position, limit) {
            Ok(read) => Ok(read),
            Err(ReadError::TooBig(size)) => Err(ReadError::TooBig(size)),
            Err(error) => self.read_elsewhere(ix, limit).ok_or(error),
        }
    }

    /// Reads another copy of an object than the one at this index, if there is one that can be read.
    pub(super) fn read_elsewhere(&self, ix: ObjectIx, limit: usize) -> Option<(ObjectKind, Vec<u8>)> {
        if self.sources.len() < 2 {
            return None;
        }
        let oid = self.oid(ix);
        let (own, _) = self.place(ix.0);
        let others = self.sources.iter().enumerate().filter(|(source, _)| *source != own);
        let mut copies = others.filter_map(|(source, objects)| Some((source, objects.find(oid.as_bytes())?)));
        copies.find_map(|(source, position)| self.read_at(source, position, limit).ok())
    }

    /// Kind of an object, from headers alone.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn kind(&self, ix: ObjectIx) -> Result<ObjectKind, ReadError> {
        let (source, position) = self.place(ix.0);
        match self.chain(source, position)?.1 {
            Base::Entry(kind, _) => Ok(kind),
            Base::Loose(loose, position) => Ok(loose.kind_and_size(position)?.0),
        }
    }

    /// Kind and size of an object in bytes. Of a delta only its first bytes and its bases' headers are needed.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn kind_and_size(&self, ix: ObjectIx) -> Result<(ObjectKind, u64), ReadError> {
        let (source, position) = self.place(ix.0);
        let (deltas, base) = self.chain(source, position)?;
        let (kind, size) = match base {
            Base::Entry(kind, entry) => (kind, entry.size),
            Base::Loose(loose, position) => loose.kind_and_size(position)?,
        };
        let Some(last) = deltas.first() else { return Ok((kind, size)) };
        let delta = last.inflate(usize::MAX)?;
        Ok((kind, Sizes::parse(&delta).map_err(corrupt)?.object))
    }

    /// Reads the object at a position of a source.
    pub(super) fn read_at(
        &self,
        source: usize,
        position: usize,
        limit: usize,
    ) -> Result<(ObjectKind, Vec<u8>), ReadError> {
        let (mut deltas, base) = self.chain(source, position)?;
        let (kind, mut bytes) = match base {
            Base::Entry(kind, entry) => (kind, entry.inflate(limit)?),
            Base::Loose(loose, position) => loose.read(position, limit)?,
        };
        let mut copied = Vec::new();
        while let Some(link) = deltas.pop() {
            let delta = link.inflate(limit)?;
            let sizes = Sizes::parse(&delta).map_err(corrupt)?;
            if sizes.object > limit as u64 {
                return Err(ReadError::TooBig(sizes.object));
            }
            if !delta::makes(&delta, sizes) {
                return Err(corrupt("delta makes an object of another size than it says"));
            }
            let size = sizes.object as usize;
            let mut made = vec![0; size + SLACK];
            delta::apply(&bytes, &delta, sizes, &mut made, &mut copied).map_err(corrupt)?;
            made.truncate(size);
            bytes = made;
        }
        Ok((kind, bytes))
    }

    /// The deltas from an object down to its base; the object's own first.
    fn chain(&self, mut source: usize, mut position: usize) -> Result<(Vec<Link<'_>>, Base<'_>), ReadError> {
        let mut deltas = Vec::new();
        loop {
            let pack = match &self.sources[source] {
                Source::Pack(pack) => pack,
                Source::Loose(loose) => return Ok((deltas, Base::Loose(loose, position))),
            };
            let offset = pack.offset(position).ok_or_else(|| corrupt("offset lies outside the pack"))?;
            let next = self.chain_in_pack(pack, offset, &mut deltas)?;
            if deltas.len() > self.len() {
                return Err(corrupt("delta bases form a circle"));
            }
            match next {
                Next::Base(base) => return Ok((deltas, base)),
                Next::Elsewhere(ix) => (source, position) = self.place(ix.0),
            }
        }
    }

    fn chain_in_pack<'s>(
        &'s self,
        pack: &'s Pack,
        mut offset: usize,
        deltas: &mut Vec<Link<'s>>,
    ) -> Result<Next<'s>, ReadError> {
        loop {
            let entry = pack.entry(offset).map_err(corrupt)?;
            let link = Link { pack, data: offset + entry.header, size: entry.size };
            match entry.form {
                Form::Whole(kind) => return Ok(Next::Base(Base::Entry(kind, link))),
                Form::OffsetDelta(distance) => {
                    let base = usize::try_from(distance).ok().filter(|distance| *distance != 0);
                    let base = base.and_then(|distance| offset.checked_sub(distance));
                    let base = base.filter(|base| *base >= super::pack::HEADER);
                    offset = base.ok_or_else(|| corrupt("no entry begins where the delta's base should"))?;
                }
                Form::RefDelta => {
                    let id = pack.base_id(offset, &entry);
                    match pack.find(id) {
                        Some(position) => {
                            offset = pack.offset(position).ok_or_else(|| corrupt("offset lies outside the pack"))?;
                        }
                        None => {
                            deltas.push(link);
                            return self.find(id).map(Next::Elsewhere).ok_or_else(|| corrupt("delta's base is absent"));
                        }
                    }
                }
            }
            deltas.push(link);
            if deltas.len() > self.len() {
                return Err(corrupt("delta bases form a circle"));
            }
        }
    }
}

/// Where a chain goes on when it leaves a pack, or that it ends there.
enum Next<'s> {
    Base(Base<'s>),
    Elsewhere(ObjectIx),
}

impl Link<'_> {
    fn inflate(&self, limit: usize) -> Result<Vec<u8>, ReadError> {
        let compressed = self.pack.bytes(self.data, self.pack.end());
        if self.size > limit as u64 {
            return Err(ReadError::TooBig(self.size));
        }
        if !plausible(self.size, compressed.len()) {
            return Err(corrupt("entry says a size that its bytes cannot have"));
        }
        let size = self.size as usize;
        let mut bytes = vec![0; size + SLACK];
        DECOMPRESSOR.with_borrow_mut(|own| inflate(own, compressed, size, &mut bytes)).map_err(corrupt)?;
        bytes.truncate(size);
        Ok(bytes)
    }
}

fn corrupt(why: &str) -> ReadError {
    ReadError::Corrupt(why.to_owned())
}
