//! A pack without a usable index: its entries are found by inflating one after the other, and their names by hashing what they
//! hold. Slow, and meant for the rare pack that a crash or a careless copy left like this.

use libdeflater::Decompressor;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{
    delta::SLACK,
    entry::Entry,
    inflate::{inflate, plausible},
    object::{ObjectIx, ObjectKind},
    pack::{HEADER, Pack},
    pack_index::{self, digest},
    store::Store,
    walk::{Options, Visit, walk},
};
use crate::{blob::Fresh, location::Oid};

/// Larger entries are not looked behind, and larger objects get no name.
const LARGEST: usize = 256 << 20;
/// A ref-delta is named after its base, so each round may name what the round before could not.
const ROUNDS: usize = 50;

/// What could be found out about a pack.
pub struct Found {
    /// An index of the objects that have a name now.
    pub index: Vec<u8>,
    /// Entries that were found.
    pub entries: usize,
    /// Of these, the ones with a name.
    pub named: usize,
}

/// Makes an index for the bytes of a pack. `open` makes a pack of an index's bytes.
pub fn index(pack: &[u8], oid_len: usize, open: impl Fn(Vec<u8>) -> Option<Pack>) -> Found {
    let offsets = entry_offsets(pack, oid_len);
    let checksum = &pack[pack.len() - oid_len..];
    let mut names: Vec<Option<Oid>> = vec![None; offsets.len()];
    for _ in 0..ROUNDS {
        let ids = (0u32..).zip(&names).map(|(number, name)| name.unwrap_or_else(|| placeholder(number, oid_len)));
        let table = pack_index::write(ids.zip(offsets.iter().copied()).collect(), checksum, oid_len);
        let Some(provisional) = open(table) else { break };
        let before = names.iter().flatten().count();
        for (offset, name) in hash_all(provisional, oid_len) {
            if let Ok(at) = offsets.binary_search(&offset) {
                names[at] = Some(name);
            }
        }
        let named = names.iter().flatten().count();
        if named == before || named == names.len() {
            break;
        }
    }
    let named: Vec<(Oid, u64)> =
        names.iter().zip(&offsets).filter_map(|(name, offset)| Some(((*name)?, *offset))).collect();
    let count = named.len();
    Found { index: pack_index::write(named, checksum, oid_len), entries: offsets.len(), named: count }
}

/// Offsets of the entries, as far as they can be told.
fn entry_offsets(pack: &[u8], oid_len: usize) -> Vec<u64> {
    let count = pack[8..HEADER].first_chunk().map_or(0, |four| u32::from_be_bytes(*four));
    let entries = &pack[..pack.len() - oid_len];
    let mut decompressor = Decompressor::new();
    let mut buffer = Vec::new();
    let mut offsets = Vec::new();
    let mut at = HEADER;
    while offsets.len() < count as usize && at < entries.len() {
        let Ok(entry) = Entry::parse(&entries[at..], oid_len) else { break };
        let compressed = &entries[at + entry.header..];
        let Some(len) = stream_len(&mut decompressor, compressed, entry.size, &mut buffer) else { break };
        offsets.push(at as u64);
        at += entry.header + len;
    }
    offsets
}

/// Length of the zlib stream at the start of `compressed`, which inflates to `size` bytes. It ends with the checksum of these,
/// so the end is looked for where that stands.
fn stream_len(decompressor: &mut Decompressor, compressed: &[u8], size: u64, buffer: &mut Vec<u8>) -> Option<usize> {
    let size = usize::try_from(size).ok().filter(|size| *size <= LARGEST)?;
    if !plausible(size as u64, compressed.len()) {
        return None;
    }
    if buffer.len() < size + SLACK {
        buffer.resize(size + SLACK, 0);
    }
    inflate(decompressor, compressed, size, buffer).ok()?;
    let checksum = libdeflater::adler32(&buffer[..size]).to_be_bytes();
    memchr::memmem::find_iter(compressed, &checksum)
        .map(|at| at + checksum.len())
        .find(|len| inflate(decompressor, &compressed[..*len], size, buffer).is_ok())
}

/// An id that no object has.
fn placeholder(number: u32, oid_len: usize) -> Oid {
    let mut id = [0; 32];
    id[oid_len - 4..oid_len].copy_from_slice(&number.to_be_bytes());
    Oid::from_bytes(&id[..oid_len]).expect("ids of a store have 20 or 32 bytes")
}

/// Offsets and names of all objects of a pack that can be made.
fn hash_all(pack: Pack, oid_len: usize) -> Vec<(u64, Oid)> {
    let store = Store::of_pack(pack, oid_len);
    let options = Options { blobs: true, trees: true, commits_and_tags: true, max_size: LARGEST };
    let (parts, _) = walk(&store, options, &Hash { oid_len }, &|| false);
    let names: Vec<(ObjectIx, Oid)> = parts.into_iter().flatten().collect();
    names.par_iter().filter_map(|(object, name)| Some((store.offset(*object)?, *name))).collect()
}

struct Hash {
    oid_len: usize,
}

impl Visit for Hash {
    type Carried = ();
    type Collected = Vec<(ObjectIx, Oid)>;

    fn visit(
        &self,
        named: &mut Self::Collected,
        object: ObjectIx,
        kind: ObjectKind,
        bytes: &[u8],
        _: Fresh<'_>,
        (): &(),
    ) {
        let mut whole = format!("{} {}\0", kind.as_str(), bytes.len()).into_bytes();
        whole.extend_from_slice(bytes);
        named.extend(Oid::from_bytes(&digest(&whole, self.oid_len)).map(|name| (object, name)));
    }

    fn too_big(&self, _: &mut Self::Collected, _: ObjectIx, _: ObjectKind, _: u64) {}
}
