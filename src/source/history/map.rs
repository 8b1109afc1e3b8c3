//! A file mapped for reading.

use std::{fs::File, io, ops::Deref, path::Path};

use memmap2::Mmap;

/// The bytes of a file, mapped; an empty file has none.
pub struct Map {
    map: Option<Mmap>,
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
            return Ok(Self { map: None });
        }
        // SAFETY: the file is only read through `&[u8]`. Git never writes into a pack or index once it has its name.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { map: Some(map) })
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }
}
