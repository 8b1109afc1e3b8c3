//! Deltas: a list of instructions that build an object from its base and from new bytes.
//!
//! Format: <https://git-scm.com/docs/gitformat-pack>, "Deltified representation".

use crate::blob::Copied;

/// Bytes that a target buffer has behind the object, so that short pieces are copied in one move of this width.
pub const SLACK: usize = 32;

/// The sizes at the start of a delta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Size of the base in bytes.
    pub base: u64,
    /// Size of the object that the delta makes.
    pub object: u64,
    /// Where the instructions begin.
    pub header: usize,
}

impl Sizes {
    /// Reads the start of a delta.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(delta: &[u8]) -> Result<Self, &'static str> {
        let (base, first) = size(delta)?;
        let (object, second) = size(&delta[first..])?;
        Ok(Self { base, object, header: first + second })
    }
}

fn size(bytes: &[u8]) -> Result<(u64, usize), &'static str> {
    let mut size = 0u64;
    for (at, byte) in bytes.iter().enumerate() {
        let bits = u64::from(byte & 0x7f);
        let shift = 7 * at as u32;
        if shift > 63 || (bits << shift) >> shift != bits {
            return Err("size in a delta does not fit 64 bits");
        }
        size |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok((size, at + 1));
        }
    }
    Err("delta is cut short")
}

/// Whether the instructions can make an object of the size that the delta says: the check before memory is asked for.
pub fn makes(delta: &[u8], sizes: Sizes) -> bool {
    let mut at = sizes.header;
    let mut made = 0u64;
    while let Some(op) = delta.get(at) {
        at += 1;
        if op & 0x80 == 0 {
            made += u64::from(*op);
            at += usize::from(*op);
        } else {
            let mut size = 0;
            at += (op & 0x0f).count_ones() as usize;
            for bit in 0..3 {
                if op & (0x10 << bit) != 0 {
                    size |= u64::from(delta.get(at).copied().unwrap_or(0)) << (8 * bit);
                    at += 1;
                }
            }
            made += if size == 0 { 0x10000 } else { size };
        }
    }
    made == sizes.object
}

/// Builds the object of `sizes.object` bytes at the start of `out`, which is at least [`SLACK`] bytes longer; what the slack
/// holds afterwards is undefined. `copied` becomes the ranges copied from the base: sorted, disjoint, contiguous ones joined.
///
/// # Errors
/// A sentence that says what is wrong; `out` and `copied` then hold a part.
pub fn apply(
    base: &[u8],
    delta: &[u8],
    sizes: Sizes,
    out: &mut [u8],
    copied: &mut Vec<Copied>,
) -> Result<(), &'static str> {
    const CUT: &str = "delta is cut short";
    copied.clear();
    if sizes.base != base.len() as u64 {
        return Err("delta was made for a base of another size");
    }
    let end = usize::try_from(sizes.object).map_err(|_| "object is larger than memory")?;
    assert!(out.len() >= end + SLACK, "the target has the size told and the slack");
    let mut at = 0;
    let mut next = sizes.header;
    let mut run = Copied { at: 0, from: 0, len: 0 };
    while next < delta.len() {
        let op = delta[next];
        next += 1;
        if op & 0x80 == 0 {
            let len = usize::from(op);
            if len == 0 {
                return Err("delta has a reserved instruction");
            }
            let source = delta.get(next..).ok_or(CUT)?;
            if len > source.len() {
                return Err(CUT);
            }
            if len > end - at {
                return Err("delta writes behind the object's end");
            }
            put(out, at, source, len);
            at += len;
            next += len;
        } else {
            let (from, len) = operands(delta, op, &mut next).ok_or(CUT)?;
            let source = base.get(from..).filter(|source| len <= source.len());
            let source = source.ok_or("delta copies from behind the base's end")?;
            if len > end - at {
                return Err("delta writes behind the object's end");
            }
            put(out, at, source, len);
            if run.len != 0 && run.at + run.len == at && run.from + run.len == from {
                run.len += len;
            } else {
                if run.len != 0 {
                    copied.push(run);
                }
                run = Copied { at, from, len };
            }
            at += len;
        }
    }
    if run.len != 0 {
        copied.push(run);
    }
    if at != end { Err("delta makes an object of another size than it says") } else { Ok(()) }
}

/// Offset and length of a copy instruction; `next` moves behind them.
#[inline(always)]
fn operands(delta: &[u8], op: u8, next: &mut usize) -> Option<(usize, usize)> {
    let used = (op & 0x7f).count_ones() as usize;
    let (mut from, mut len) = (0usize, 0usize);
    let operands = delta.get(*next..*next + used)?;
    let mut operands = operands.iter().map(|byte| usize::from(*byte));
    for bit in 0..4 {
        if op & (1 << bit) != 0 {
            from |= operands.next()? << (8 * bit);
        }
    }
    for bit in 0..3 {
        if op & (0x10 << bit) != 0 {
            len |= operands.next()? << (8 * bit);
        }
    }
    *next += used;
    Some((from, if len == 0 { 0x10000 } else { len }))
}

/// Copies the first `len` bytes of `source` to `out[at..]`; short ones by one wide move into the slack.
#[inline(always)]
fn put(out: &mut [u8], at: usize, source: &[u8], len: usize) {
    match (source.first_chunk::<SLACK>(), out[at..].first_chunk_mut::<SLACK>()) {
        (Some(wide), Some(target)) if len <= SLACK => *target = *wide,
        _ => out[at..at + len].copy_from_slice(&source[..len]),
    }
}
