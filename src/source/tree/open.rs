//! An open folder. On Linux what is in it is opened by its name alone: for short files the walk along a long path costs as much as
//! reading them.

use std::{fs::File, io, path::PathBuf};

use bstr::{BStr, BString, ByteSlice};

use crate::source::files::{self, Found};

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Link,
    /// A device, socket or FIFO.
    Special,
}

/// A folder that is open.
pub struct Open {
    /// Where it lies.
    pub path: PathBuf,
    /// Path below the target: empty, or ending with `/`.
    pub below: BString,
    #[cfg(target_os = "linux")]
    folder: std::os::fd::OwnedFd,
}

impl Open {
    /// Reads a file in it, or below it, as [`files::read`] does.
    pub fn read(&self, name: &BStr, limit: u64, buffer: &mut Vec<u8>) -> io::Result<Found> {
        files::read_open(self.file(name), limit, buffer)
    }
}

#[cfg(target_os = "linux")]
impl Open {
    pub fn new(path: PathBuf, below: BString) -> io::Result<Self> {
        use rustix::fs::{Mode, OFlags};
        let folder = rustix::fs::open(&path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { path, below, folder })
    }

    /// Its entries. What cannot be told of one entry does not end the list.
    pub fn entries(&self, mut each: impl FnMut(BString, io::Result<Kind>)) -> io::Result<()> {
        use std::mem::MaybeUninit;

        use rustix::fs::{AtFlags, FileType, RawDir, statat};
        let kind = |kind: FileType| match kind {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            _ => Kind::Special,
        };
        let mut space = [MaybeUninit::<u8>::uninit(); 1 << 15];
        let mut entries = RawDir::new(&self.folder, &mut space);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let found = match entry.file_type() {
                // Some file systems tell it only when asked for each.
                FileType::Unknown => statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW)
                    .map(|stat| kind(FileType::from_raw_mode(stat.st_mode)))
                    .map_err(io::Error::from),
                known => Ok(kind(known)),
            };
            each(name.to_bytes().into(), found);
        }
        Ok(())
    }

    fn file(&self, name: &BStr) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags};
        // Should it have become a FIFO meanwhile, opening must not wait for a writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.folder, name.as_bytes(), flags, Mode::empty())?.into())
    }
}

#[cfg(not(target_os = "linux"))]
impl Open {
    pub fn new(path: PathBuf, below: BString) -> io::Result<Self> {
        Ok(Self { path, below })
    }

    /// Its entries. What cannot be told of one entry does not end the list.
    pub fn entries(&self, mut each: impl FnMut(BString, io::Result<Kind>)) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            let kind = entry.file_type().map(|kind| match () {
                () if kind.is_file() => Kind::File,
                () if kind.is_dir() => Kind::Folder,
                () if kind.is_symlink() => Kind::Link,
                () => Kind::Special,
            });
            each(files::path_bytes(std::path::Path::new(&entry.file_name())), kind);
        }
        Ok(())
    }

    fn file(&self, name: &BStr) -> io::Result<File> {
        files::open_unfollowed(&self.path.join(name.to_path_lossy()))
    }
}
