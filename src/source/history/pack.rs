//! One pack with its index.

use std::{
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{entry::Entry, family::Family, map::Map, pack_index::Layout, unindexed};
use crate::problem::{Problem, ProblemKind};

/// Header of a pack: `PACK`, version, number of objects.
pub const HEADER: usize = 12;

/// A pack and its index, mapped.
pub struct Pack {
    /// The pack's file name, for problems.
    name: String,
    bytes: Map,
    index_bytes: Map,
    layout: Layout,
    oid_len: usize,
    /// Where the entries end: the pack's checksum follows.
    end: usize,
    family: OnceLock<Family>,
    checked: AtomicBool,
}

impl Pack {
    /// Opens a pack by the path of its index; where there is none that can be used, one is made, and a problem told.
    ///
    /// # Errors
    /// The problem that makes the pack unusable. Lesser ones are added to `problems`.
    pub fn open(index_path: &Path, oid_len: usize, problems: &mut Vec<Problem>) -> Result<Self, Problem> {
        let pack_path = index_path.with_extension("pack");
        let bytes = Map::open(&pack_path).map_err(|error| unreadable(&pack_path, &error))?;
        if bytes.len() < HEADER + oid_len || bytes[..4] != *b"PACK" {
            return Err(corrupt(&pack_path, "is no pack"));
        }
        let version = number(&bytes[4..8]);
        if version != 2 && version != 3 {
            return Err(corrupt(&pack_path, format!("pack version {version} is not known")));
        }
        let index = match Map::open(index_path) {
            Ok(index_bytes) => match Layout::parse(&index_bytes, oid_len) {
                Ok(layout) => Some((index_bytes, layout)),
                Err(why) => {
                    problems.push(corrupt(index_path, why));
                    None
                }
            },
            Err(error) => {
                problems.push(match error.kind() {
                    std::io::ErrorKind::NotFound => corrupt(&pack_path, "pack has no index"),
                    _ => unreadable(index_path, &error),
                });
                None
            }
        };
        let (index_bytes, layout) = match index {
            Some(index) => index,
            None => make_index(&pack_path, &bytes, oid_len, problems)?,
        };
        let pack = Self::assemble(&pack_path, bytes, index_bytes, layout, oid_len);
        problems.extend(pack.check_ends());
        Ok(pack)
    }

    fn assemble(path: &Path, bytes: Map, index_bytes: Map, layout: Layout, oid_len: usize) -> Self {
        let end = bytes.len() - oid_len;
        let name = path.display().to_string();
        Self {
            name,
            bytes,
            index_bytes,
            layout,
            oid_len,
            end,
            family: OnceLock::new(),
            checked: AtomicBool::new(false),
        }
    }

    /// Whether the pack's own count and checksum are those of the index.
    fn check_ends(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let path = Path::new(&self.name);
        let count = number(&self.bytes[8..HEADER]) as usize;
        if count != self.layout.count() {
            problems.push(corrupt(path, format!("has {count} objects, its index {}", self.layout.count())));
        }
        if self.bytes[self.end..] != *self.layout.pack_checksum(&self.index_bytes) {
            problems.push(corrupt(path, "is cut short, or not the pack that its index was made for"));
        }
        problems
    }

    /// The pack's path, for problems.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of objects.
    pub fn count(&self) -> usize {
        self.layout.count()
    }

    /// Id at a position of the index.
    pub fn oid(&self, position: usize) -> &[u8] {
        self.layout.oid(&self.index_bytes, position)
    }

    /// Position of an id in the index.
    pub fn find(&self, oid: &[u8]) -> Option<usize> {
        self.layout.find(&self.index_bytes, oid)
    }

    /// Offset of the entry at a position of the index; `None` where it lies outside the pack.
    pub fn offset(&self, position: usize) -> Option<usize> {
        let offset = usize::try_from(self.layout.offset(&self.index_bytes, position)?).ok()?;
        (HEADER..self.end).contains(&offset).then_some(offset)
    }

    /// Where the entries end.
    pub fn end(&self) -> usize {
        self.end
    }

    /// The bytes from `start` to `end`, which lie within the entries.
    pub fn bytes(&self, start: usize, end: usize) -> &[u8] {
        &self.bytes[start..end]
    }

    /// Has the processor fetch the start of an entry that is read soon: the wait for it costs more than its header's reading.
    #[inline]
    pub fn expect(&self, offset: usize) {
        #[cfg(target_arch = "x86_64")]
        for line in [0, 64] {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: a prefetch reads nothing, whatever the address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(self.bytes.as_ptr().wrapping_add(offset + line).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = offset;
    }

    /// The header of the entry at an offset.
    pub fn entry(&self, offset: usize) -> Result<Entry, &'static str> {
        Entry::parse(&self.bytes[offset..self.end], self.oid_len)
    }

    /// The id of the base of the ref-delta at an offset.
    pub fn base_id(&self, offset: usize, entry: &Entry) -> &[u8] {
        let end = offset + entry.header;
        &self.bytes[end - self.oid_len..end]
    }

    /// Which entry is a delta of which, worked out on first use.
    pub fn family(&self) -> &Family {
        self.family.get_or_init(|| Family::of(self))
    }

    /// The problem of a pack or index that was cut short while it was read.
    pub fn check_length(&self) -> Option<Problem> {
        let shrunk = self.bytes.has_shrunk() || self.index_bytes.has_shrunk();
        shrunk.then(|| corrupt(Path::new(&self.name), "shrank, or could not be read, while it was in use"))
    }

    /// Checks that take the whole index: its checksum, and the order of its ids. Only the first call checks and tells.
    pub fn check_index(&self) -> Option<Problem> {
        if self.checked.swap(true, Ordering::Relaxed) {
            return None;
        }
        let why = if !self.layout.checksum_fits(&self.index_bytes) {
            "checksum does not fit"
        } else if !self.layout.ids_are_sorted(&self.index_bytes) {
            "ids are not sorted"
        } else {
            return None;
        };
        Some(corrupt(&Path::new(&self.name).with_extension("idx"), why))
    }
}

/// Makes the index of a pack that has none.
fn make_index(
    path: &Path,
    bytes: &[u8],
    oid_len: usize,
    problems: &mut Vec<Problem>,
) -> Result<(Map, Layout), Problem> {
    let open = |table: Vec<u8>| {
        let layout = Layout::parse(&table, oid_len).ok()?;
        let again = Map::open(path).ok().filter(|again| again.len() == bytes.len())?;
        Some(Pack::assemble(path, again, Map::of(table), layout, oid_len))
    };
    let found = unindexed::index(bytes, oid_len, open);
    if found.named < found.entries {
        let why = format!("{} of its objects cannot be named without the index", found.entries - found.named);
        problems.push(corrupt(path, why));
    }
    let layout = Layout::parse(&found.index, oid_len).map_err(|why| corrupt(path, why))?;
    Ok((Map::of(found.index), layout))
}

fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |four| u32::from_be_bytes(*four))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem { kind: ProblemKind::Unreadable, what: path.display().to_string(), why: error.to_string() }
}

fn corrupt(path: &Path, why: impl Into<String>) -> Problem {
    Problem { kind: ProblemKind::Corrupt, what: path.display().to_string(), why: why.into() }
}
