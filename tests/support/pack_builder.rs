//! Packs written by hand, well-formed or not.

use std::path::{Path, PathBuf};

use libdeflater::{CompressionLvl, Compressor};

/// A piece of a delta.
#[allow(dead_code, reason = "each test binary uses a part")]
#[derive(Clone, Debug)]
pub enum Op {
    /// Copy from the base: offset and length.
    Copy(usize, usize),
    /// New bytes.
    Insert(Vec<u8>),
}

/// An entry that was added: its name, and where it begins.
#[derive(Clone, Debug)]
pub struct Added {
    /// The id it stands under in the index.
    pub oid: Vec<u8>,
    /// Offset in the pack.
    pub offset: u64,
}

/// A pack in the making, with SHA-1 ids.
pub struct PackBuilder {
    bytes: Vec<u8>,
    entries: Vec<Added>,
}

#[allow(dead_code, reason = "each test binary uses a part")]
impl PackBuilder {
    /// A pack without entries.
    pub fn new() -> Self {
        Self { bytes: b"PACK\0\0\0\x02\0\0\0\0".to_vec(), entries: Vec::new() }
    }

    /// Adds a whole object of kind `commit`, `tree`, `blob` or `tag`.
    pub fn whole(&mut self, kind: &str, content: &[u8]) -> Added {
        let number = ["commit", "tree", "blob", "tag"].iter().position(|word| *word == kind).expect("a kind") + 1;
        self.raw(number as u8, content.len() as u64, b"", &zlib(content), object_id(kind, content))
    }

    /// Adds a delta of an entry before, for an object of this name.
    pub fn offset_delta(&mut self, base: u64, delta: &[u8], oid: Vec<u8>) -> Added {
        let distance = self.bytes.len() as u64 - base;
        self.raw(6, delta.len() as u64, &distance_bytes(distance), &zlib(delta), oid)
    }

    /// Adds a delta of an object by its name.
    pub fn ref_delta(&mut self, base: &[u8], delta: &[u8], oid: Vec<u8>) -> Added {
        self.raw(7, delta.len() as u64, base, &zlib(delta), oid)
    }

    /// Adds an entry byte by byte: type, size, what stands before the compressed bytes, and these.
    pub fn raw(&mut self, form: u8, size: u64, base: &[u8], compressed: &[u8], oid: Vec<u8>) -> Added {
        let added = Added { oid, offset: self.bytes.len() as u64 };
        let mut rest = size >> 4;
        let mut byte = form << 4 | (size & 15) as u8;
        while rest > 0 {
            self.bytes.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        self.bytes.push(byte);
        self.bytes.extend_from_slice(base);
        self.bytes.extend_from_slice(compressed);
        self.entries.push(added.clone());
        added
    }

    /// The length so far: where the next entry begins.
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Writes pack and index into `objects/pack`; the pack's path.
    pub fn write(mut self, objects: &Path) -> PathBuf {
        self.bytes[8..12].copy_from_slice(&(self.entries.len() as u32).to_be_bytes());
        let checksum = sha1(&self.bytes);
        self.bytes.extend_from_slice(&checksum);
        let hex: String = checksum.iter().map(|byte| format!("{byte:02x}")).collect();
        let dir = objects.join("pack");
        std::fs::create_dir_all(&dir).expect("folder is made");
        let path = dir.join(format!("pack-{hex}.pack"));
        std::fs::write(&path, &self.bytes).expect("pack is written");
        std::fs::write(path.with_extension("idx"), index(&mut self.entries, &checksum)).expect("index is written");
        path
    }
}

/// An index, version 2, without large offsets.
fn index(entries: &mut [Added], pack_checksum: &[u8]) -> Vec<u8> {
    entries.sort_by(|a, b| a.oid.cmp(&b.oid));
    let mut bytes = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255u8 {
        let upto = entries.iter().filter(|entry| entry.oid[0] <= first).count() as u32;
        bytes.extend_from_slice(&upto.to_be_bytes());
    }
    entries.iter().for_each(|entry| bytes.extend_from_slice(&entry.oid));
    // Nobody here reads the checksums of single entries.
    bytes.resize(bytes.len() + 4 * entries.len(), 0);
    entries.iter().for_each(|entry| bytes.extend_from_slice(&(entry.offset as u32).to_be_bytes()));
    bytes.extend_from_slice(pack_checksum);
    let checksum = sha1(&bytes);
    bytes.extend_from_slice(&checksum);
    bytes
}

/// A delta for a base of `base_len` bytes.
#[allow(dead_code, reason = "each test binary uses a part")]
pub fn delta(base_len: usize, ops: &[Op]) -> Vec<u8> {
    let made = ops.iter().map(|op| match op {
        Op::Copy(_, len) => *len,
        Op::Insert(bytes) => bytes.len(),
    });
    let made: usize = made.sum();
    let mut bytes = size_bytes(base_len);
    bytes.extend(size_bytes(made));
    for op in ops {
        match op {
            Op::Insert(new) => new.chunks(127).for_each(|part| {
                bytes.push(part.len() as u8);
                bytes.extend_from_slice(part);
            }),
            Op::Copy(from, len) => copy(&mut bytes, *from, *len),
        }
    }
    bytes
}

fn copy(bytes: &mut Vec<u8>, mut from: usize, mut len: usize) {
    while len > 0 {
        let part = len.min(0xff_ffff);
        let at = bytes.len();
        bytes.push(0x80);
        for bit in 0..4 {
            let byte = (from >> (8 * bit)) as u8;
            if byte != 0 {
                bytes[at] |= 1 << bit;
                bytes.push(byte);
            }
        }
        // A length of 0x10000 is said by leaving it out.
        for bit in 0..3 {
            let byte = (part >> (8 * bit)) as u8;
            if byte != 0 && part != 0x1_0000 {
                bytes[at] |= 0x10 << bit;
                bytes.push(byte);
            }
        }
        from += part;
        len -= part;
    }
}

/// A zlib stream of these bytes.
#[allow(dead_code, reason = "each test binary uses a part")]
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::new(6).expect("a level"));
    let mut out = vec![0; compressor.zlib_compress_bound(bytes.len())];
    let len = compressor.zlib_compress(bytes, &mut out).expect("has the room told");
    out.truncate(len);
    out
}

/// The id of an object.
#[allow(dead_code, reason = "each test binary uses a part")]
pub fn object_id(kind: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{kind} {}\0", content.len()).into_bytes();
    bytes.extend_from_slice(content);
    sha1(&bytes)
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    use sha1::Digest as _;
    sha1::Sha1::digest(bytes).to_vec()
}

fn size_bytes(mut size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while size >= 0x80 {
        bytes.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    bytes.push(size as u8);
    bytes
}

fn distance_bytes(mut distance: u64) -> Vec<u8> {
    let mut bytes = vec![(distance & 0x7f) as u8];
    while distance >= 0x80 {
        distance = (distance >> 7) - 1;
        bytes.push((distance & 0x7f) as u8 | 0x80);
    }
    bytes.reverse();
    bytes
}
