//! Headers of pack entries: kind, size, and the base of a delta.
//!
//! Format: <https://git-scm.com/docs/gitformat-pack>, "Object entries".

use super::object::ObjectKind;

/// The header of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the entry holds.
    pub form: Form,
    /// Size in bytes of what its compressed bytes inflate to: an object, or a delta.
    pub size: u64,
    /// Length of the header: the compressed bytes begin there. The id of a ref-delta's base ends there.
    pub header: usize,
}

/// What an entry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A whole object.
    Whole(ObjectKind),
    /// A delta of the entry that begins this many bytes before.
    OffsetDelta(u64),
    /// A delta of an object named by id.
    RefDelta,
}

impl Entry {
    /// Reads the header at the start of `bytes`.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(bytes: &[u8], oid_len: usize) -> Result<Self, &'static str> {
        const CUT: &str = "entry header is cut short";
        let mut at = 1;
        let mut byte = *bytes.first().ok_or(CUT)?;
        let form = (byte >> 4) & 7;
        let mut size = u64::from(byte & 15);
        let mut shift = 4;
        while byte & 0x80 != 0 {
            byte = *bytes.get(at).ok_or(CUT)?;
            at += 1;
            let bits = u64::from(byte & 0x7f);
            if shift > 60 || (bits << shift) >> shift != bits {
                return Err("entry size does not fit 64 bits");
            }
            size |= bits << shift;
            shift += 7;
        }
        let form = match form {
            1 => Form::Whole(ObjectKind::Commit),
            2 => Form::Whole(ObjectKind::Tree),
            3 => Form::Whole(ObjectKind::Blob),
            4 => Form::Whole(ObjectKind::Tag),
            6 => {
                let (distance, len) = base_distance(&bytes[at..])?;
                at += len;
                Form::OffsetDelta(distance)
            }
            7 => {
                at += oid_len;
                if bytes.len() < at {
                    return Err(CUT);
                }
                Form::RefDelta
            }
            _ => return Err("entry has an unknown type"),
        };
        Ok(Self { form, size, header: at })
    }
}

/// The distance back to an offset delta's base: seven bits a byte, most significant first, each further byte adding one.
fn base_distance(bytes: &[u8]) -> Result<(u64, usize), &'static str> {
    let mut distance = 0u64;
    for (at, byte) in bytes.iter().enumerate() {
        distance |= u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok((distance, at + 1));
        }
        distance = distance
            .checked_add(1)
            .filter(|distance| *distance < 1 << 56)
            .map(|distance| distance << 7)
            .ok_or("distance to the delta's base does not fit 64 bits")?;
    }
    Err("entry header is cut short")
}
