//! Pack indices (`.idx`), versions 1 and 2: which objects a pack has, and where.
//!
//! Format: <https://git-scm.com/docs/gitformat-pack>, "Original (version 1) pack-*.idx files" and "Version 2".

use super::ids;
use crate::location::Oid;

const MAGIC: [u8; 4] = [0xff, b't', b'O', b'c'];
const FANOUT: usize = 256 * 4;
/// Set in an offset that is a place in the table of offsets beyond 31 bits.
const WIDE: u32 = 0x8000_0000;

/// Where the tables of an index lie in its bytes.
#[derive(Clone, Debug)]
pub struct Layout {
    version: u32,
    count: usize,
    oid_len: usize,
    fanout: usize,
    /// First id, and the distance from one to the next.
    oids: usize,
    stride: usize,
    offsets: usize,
    wide: usize,
    trailer: usize,
}

impl Layout {
    /// Checks the header, the length and the fan-out of an index.
    ///
    /// # Errors
    /// A sentence that says what is wrong. After success no other method reads outside the same bytes.
    pub fn parse(bytes: &[u8], oid_len: usize) -> Result<Self, String> {
        let version = match (bytes.first_chunk::<4>(), bytes.get(4..8)) {
            (Some(&MAGIC), Some(version)) => number(version, 0),
            _ => 1,
        };
        let fanout = match version {
            1 => 0,
            2 => 8,
            other => return Err(format!("index version {other} is not known")),
        };
        let oids = fanout + FANOUT;
        if bytes.len() < oids + 2 * oid_len {
            return Err("index is cut short".to_owned());
        }
        let mut last = 0;
        for slot in 0..256 {
            let upto = number(bytes, fanout + slot * 4);
            if upto < last {
                return Err("index fan-out is not sorted".to_owned());
            }
            last = upto;
        }
        let count = last as usize;
        let trailer = bytes.len() - 2 * oid_len;
        let room = trailer - oids;
        let layout = if version == 1 {
            if count.checked_mul(4 + oid_len) != Some(room) {
                return Err(format!("index has the wrong length for {count} objects"));
            }
            Self {
                version,
                count,
                oid_len,
                fanout,
                oids: oids + 4,
                stride: 4 + oid_len,
                offsets: oids,
                wide: trailer,
                trailer,
            }
        } else {
            let narrow =
                count.checked_mul(oid_len + 8).filter(|narrow| *narrow <= room && (room - narrow).is_multiple_of(8));
            let Some(narrow) = narrow else {
                return Err(format!("index has the wrong length for {count} objects"));
            };
            let offsets = oids + count * (oid_len + 4);
            Self { version, count, oid_len, fanout, oids, stride: oid_len, offsets, wide: oids + narrow, trailer }
        };
        Ok(layout)
    }

    /// Number of objects.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Id at a position.
    pub fn oid<'b>(&self, bytes: &'b [u8], position: usize) -> &'b [u8] {
        let at = self.oids + position * self.stride;
        &bytes[at..at + self.oid_len]
    }

    /// Offset in the pack of the object at a position; `None` where it points outside the index's own table.
    pub fn offset(&self, bytes: &[u8], position: usize) -> Option<u64> {
        if self.version == 1 {
            return Some(u64::from(number(bytes, self.offsets + position * self.stride)));
        }
        let narrow = number(bytes, self.offsets + position * 4);
        if narrow & WIDE == 0 {
            return Some(u64::from(narrow));
        }
        let at = self.wide + (narrow & !WIDE) as usize * 8;
        let wide = bytes[..self.trailer].get(at..at + 8)?;
        wide.first_chunk().map(|wide| u64::from_be_bytes(*wide))
    }

    /// Position of an id.
    pub fn find(&self, bytes: &[u8], oid: &[u8]) -> Option<usize> {
        let first = usize::from(*oid.first()?);
        let low = if first == 0 { 0 } else { number(bytes, self.fanout + (first - 1) * 4) as usize };
        let high = number(bytes, self.fanout + first * 4) as usize;
        // The leading byte is the same for all of them: look at what follows it.
        let found = ids::position(low, high, &oid[1..], |at| &self.oid(bytes, at)[1..])?;
        (self.oid(bytes, found) == oid).then_some(found)
    }

    /// The checksum of the pack that this index belongs to.
    pub fn pack_checksum<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.trailer..self.trailer + self.oid_len]
    }

    /// Whether the index's own checksum fits its bytes.
    pub fn checksum_fits(&self, bytes: &[u8]) -> bool {
        let (covered, checksum) = bytes.split_at(bytes.len() - self.oid_len);
        digest(covered, self.oid_len) == checksum
    }

    /// Whether the ids are sorted, as every look-up takes for granted.
    pub fn ids_are_sorted(&self, bytes: &[u8]) -> bool {
        (1..self.count).all(|at| self.oid(bytes, at - 1) <= self.oid(bytes, at))
    }
}

/// An index, version 2, of these ids and offsets.
pub fn write(mut entries: Vec<(Oid, u64)>, pack_checksum: &[u8], oid_len: usize) -> Vec<u8> {
    entries.sort_unstable();
    let mut bytes = [&MAGIC[..], &2u32.to_be_bytes()].concat();
    for first in 0..=255u8 {
        let upto = entries.partition_point(|(oid, _)| oid.as_bytes()[0] <= first) as u32;
        bytes.extend_from_slice(&upto.to_be_bytes());
    }
    entries.iter().for_each(|(oid, _)| bytes.extend_from_slice(oid.as_bytes()));
    // Checksums of single entries, which nobody reads.
    bytes.resize(bytes.len() + 4 * entries.len(), 0);
    let mut wide = Vec::new();
    for (_, offset) in &entries {
        let narrow = u32::try_from(*offset).ok().filter(|narrow| *narrow < WIDE).unwrap_or_else(|| {
            wide.push(*offset);
            WIDE | (wide.len() - 1) as u32
        });
        bytes.extend_from_slice(&narrow.to_be_bytes());
    }
    wide.iter().for_each(|offset| bytes.extend_from_slice(&offset.to_be_bytes()));
    bytes.extend_from_slice(pack_checksum);
    let checksum = digest(&bytes, oid_len);
    bytes.extend_from_slice(&checksum);
    bytes
}

/// SHA-1 or SHA-256, by the length of the ids.
pub fn digest(bytes: &[u8], oid_len: usize) -> Vec<u8> {
    if oid_len == 20 {
        use sha1::Digest as _;
        sha1::Sha1::digest(bytes).to_vec()
    } else {
        use sha2::Digest as _;
        sha2::Sha256::digest(bytes).to_vec()
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk().map_or(0, |four| u32::from_be_bytes(*four))
}
