//! Making objects of a walk: inflating entries and applying deltas, with buffers that are used again.

use libdeflater::Decompressor;

use super::{
    delta::{self, SLACK, Sizes},
    entry::Entry,
    inflate::{Pool, inflate, plausible},
    pack::Pack,
};
use crate::blob::Copied;

/// A delta that says more than this is first checked to make it.
const CHECKED_BYTES: u64 = 1 << 20;

/// What became of an entry.
pub enum Made {
    /// The object's bytes, with slack, and its size.
    Object(Vec<u8>, usize),
    /// Not made, as it is above the limit: its size.
    TooBig(u64),
}

/// One thread's tools for making objects.
pub struct Maker {
    decompressor: Decompressor,
    /// Buffers to make objects in; they go back there after use.
    pub pool: Pool,
    /// What the last delta copied from its base.
    pub copied: Vec<Copied>,
    delta: Vec<u8>,
    /// Deltas above this many bytes are not inflated.
    delta_limit: usize,
}

impl Maker {
    /// Tools that inflate no delta above `delta_limit` bytes.
    pub fn new(delta_limit: usize) -> Self {
        let (pool, copied, delta) = (Pool::default(), Vec::new(), Vec::new());
        Self { decompressor: Decompressor::new(), pool, copied, delta, delta_limit }
    }

    /// Makes the whole object of the entry that spans these bytes of the pack.
    ///
    /// # Errors
    /// A sentence that says what is wrong; so below.
    pub fn whole(&mut self, pack: &Pack, span: (usize, usize), limit: usize) -> Result<Made, &'static str> {
        let (entry, compressed) = open(pack, span)?;
        if entry.size > limit as u64 {
            return Ok(Made::TooBig(entry.size));
        }
        let size = entry.size as usize;
        let mut bytes = self.pool.take(size);
        match inflate(&mut self.decompressor, compressed, size, &mut bytes) {
            Ok(()) => Ok(Made::Object(bytes, size)),
            Err(why) => {
                self.pool.give(bytes);
                Err(why)
            }
        }
    }

    /// Makes the object of a delta entry from its base; `copied` then says what was copied.
    pub fn delta(
        &mut self,
        pack: &Pack,
        span: (usize, usize),
        base: &[u8],
        limit: usize,
    ) -> Result<Made, &'static str> {
        let (sizes, len) = self.inflate_delta(pack, span)?;
        if sizes.object > limit as u64 {
            return Ok(Made::TooBig(sizes.object));
        }
        let delta = &self.delta[..len];
        if sizes.object > CHECKED_BYTES && !delta::makes(delta, sizes) {
            return Err("delta makes an object of another size than it says");
        }
        let size = sizes.object as usize;
        let mut bytes = self.pool.take(size);
        match delta::apply(base, delta, sizes, &mut bytes, &mut self.copied) {
            Ok(()) => Ok(Made::Object(bytes, size)),
            Err(why) => {
                self.pool.give(bytes);
                Err(why)
            }
        }
    }

    /// The sizes that a delta entry says.
    pub fn delta_sizes(&mut self, pack: &Pack, span: (usize, usize)) -> Result<Sizes, &'static str> {
        Ok(self.inflate_delta(pack, span)?.0)
    }

    /// Inflates a delta; its sizes, and its length.
    fn inflate_delta(&mut self, pack: &Pack, span: (usize, usize)) -> Result<(Sizes, usize), &'static str> {
        let (entry, compressed) = open(pack, span)?;
        if entry.size > self.delta_limit as u64 {
            return Err("delta is too large to be held");
        }
        let len = entry.size as usize;
        if self.delta.len() < len + SLACK {
            self.delta = vec![0; (len + SLACK).next_power_of_two()];
        }
        inflate(&mut self.decompressor, compressed, len, &mut self.delta)?;
        Ok((Sizes::parse(&self.delta[..len])?, len))
    }
}

/// The header and the compressed bytes of an entry.
fn open(pack: &Pack, (start, end): (usize, usize)) -> Result<(Entry, &[u8]), &'static str> {
    let entry = pack.entry(start)?;
    let data = start + entry.header;
    if data > end {
        return Err("entry runs into the next");
    }
    let compressed = pack.bytes(data, end);
    if !plausible(entry.size, compressed.len()) {
        return Err("entry says a size that its bytes cannot have");
    }
    Ok((entry, compressed))
}
