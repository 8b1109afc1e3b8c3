//! A file mapped for reading, that may shrink while it is in use.

use std::{fs::File, io, ops::Deref, path::Path};

use memmap2::Mmap;

use super::bus_error::Guard;

/// The bytes of a file: mapped, or made in memory.
pub struct Map(Bytes);

enum Bytes {
    Mapped { map: Mmap, guard: Guard },
    Owned(Vec<u8>),
}

impl Map {
    /// Maps a whole file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        if usize::try_from(len).is_err() {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than the address space"));
        }
        // Mapping nothing is an error on some systems.
        if len == 0 {
            return Ok(Self::of(Vec::new()));
        }
        // SAFETY: the file is only read, through `&[u8]`. Git never writes into a pack or index once it has its name; where
        // somebody cuts it short all the same, the guard puts zeros in the place of what is gone.
        let map = unsafe { Mmap::map(&file)? };
        let guard = Guard::new(&map);
        Ok(Self(Bytes::Mapped { map, guard }))
    }

    /// Bytes that stand in for a file.
    pub fn of(bytes: Vec<u8>) -> Self {
        Self(Bytes::Owned(bytes))
    }

    /// Whether a part could not be read since it was opened; zeros stand in its place.
    pub fn has_shrunk(&self) -> bool {
        match &self.0 {
            Bytes::Mapped { guard, .. } => guard.was_hit(),
            Bytes::Owned(_) => false,
        }
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Mapped { map, .. } => map,
            Bytes::Owned(bytes) => bytes,
        }
    }
}
