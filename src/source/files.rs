//! Opens and reads files that others may have made: never a device, socket or FIFO, never more than asked for.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    path::Path,
};

use bstr::{BStr, BString, ByteSlice};

/// What came of reading a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// All of it is in the buffer: so many bytes of it.
    Whole(usize),
    /// It is over the limit.
    TooBig,
    /// It is a symbolic link.
    Symlink,
    /// It is neither a regular file nor a link.
    Special,
}

/// What is read of a file before its size is asked for: most files are smaller.
const AT_ONCE: usize = 1 << 16;

/// Reads a regular file into the start of `buffer`, which keeps its length where that suffices: a buffer used for many files is
/// neither allocated nor filled with zeros anew. A link is not followed.
///
/// The caller has seen by its folder's listing that it is a regular file; it may have been replaced meanwhile, which is looked
/// at again where a read does not show its end. A file that grows is read up to the limit.
pub fn read(path: &Path, limit: u64, buffer: &mut Vec<u8>) -> io::Result<Found> {
    read_open(open_unfollowed(path), limit, buffer)
}

/// The same of a file that was opened as [`read`] opens it, or could not be.
pub fn read_open(file: io::Result<File>, limit: u64, buffer: &mut Vec<u8>) -> io::Result<Found> {
    let mut file = match file {
        Ok(file) => file,
        Err(error) if is_link_error(&error) => return Ok(Found::Symlink),
        Err(error) => return Err(error),
    };
    let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1).min(AT_ONCE);
    if buffer.len() < room {
        buffer.resize(room, 0);
    }
    let first = file.read(&mut buffer[..room]);
    // A regular file gives all it has: less than asked for is its end. A FIFO gives nothing, a device as much as it is asked for.
    if let Ok(count @ 1..) = first
        && count < room
    {
        return Ok(Found::Whole(count));
    }
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(Found::Special);
    }
    if meta.len() > limit {
        return Ok(Found::TooBig);
    }
    fill(file, first?, meta.len(), limit, buffer)
}

/// Goes on behind the first `len` bytes with what the file holds: `size` bytes in all as it said, or fewer, or more.
fn fill(mut file: File, mut len: usize, size: u64, limit: u64, buffer: &mut Vec<u8>) -> io::Result<Found> {
    // One byte more than it said: a read that leaves room has met the end, and no second read is needed to see it.
    let mut room = usize::try_from(size).map_err(io::Error::other)?.max(len).saturating_add(1);
    loop {
        if buffer.len() < room {
            buffer.resize(room, 0);
        }
        match file.read(&mut buffer[len..room]) {
            Ok(count) if len + count < room => {
                len += count;
                return Ok(if len as u64 > limit { Found::TooBig } else { Found::Whole(len) });
            }
            Ok(count) => len += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if len as u64 > limit {
            return Ok(Found::TooBig);
        }
        // It grew since it was measured.
        room = room.saturating_mul(2).min(usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(2)).max(len + 1);
    }
}

/// Reads a small regular file, following a link to it; what is over `limit` bytes is cut off.
pub fn read_small(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut bytes = Vec::new();
    open(path, 0)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn open(path: &Path, flags: i32) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    // Should it have become a FIFO meanwhile, opening must not wait for a writer.
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | flags).open(path)
}

/// Opens a file for reading; a link is an error.
#[cfg(unix)]
pub fn open_unfollowed(path: &Path) -> io::Result<File> {
    open(path, libc::O_NOFOLLOW)
}

#[cfg(unix)]
fn is_link_error(error: &io::Error) -> bool {
    // ELOOP on Linux and macOS, EMLINK on FreeBSD.
    matches!(error.raw_os_error(), Some(libc::ELOOP | libc::EMLINK))
}

#[cfg(not(unix))]
fn open(path: &Path, _flags: i32) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Opens a file for reading; a link is an error.
#[cfg(not(unix))]
pub fn open_unfollowed(path: &Path) -> io::Result<File> {
    if fs::symlink_metadata(path)?.is_symlink() {
        return Err(io::Error::new(io::ErrorKind::FilesystemLoop, "symbolic link"));
    }
    open(path, 0)
}

#[cfg(not(unix))]
fn is_link_error(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::FilesystemLoop
}

/// Bytes of a path, with `/` between folders.
pub fn path_bytes(path: &Path) -> BString {
    let bytes = <[u8]>::from_path(path).map_or_else(|| path.to_string_lossy().into_owned().into(), BString::from);
    if cfg!(windows) { bytes.replace("\\", "/").into() } else { bytes }
}

/// A path for a message.
pub fn shown(path: &Path) -> String {
    plain(path_bytes(path).as_bstr())
}

/// Text of a scanned file or name for a message: control characters become `?`.
pub fn plain(text: &BStr) -> String {
    text.to_str_lossy().chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// A text in double quotes with C escapes, as git quotes names: what it stands for, and its length with the quotes.
pub fn unquote(text: &BStr) -> Option<(BString, usize)> {
    let mut bytes = text.strip_prefix(b"\"")?.iter().copied().enumerate();
    let mut name = Vec::new();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((name.into(), at + 2)),
            b'\\' => name.push(match bytes.next()?.1 {
                b'a' => 7,
                b'b' => 8,
                b't' => b'\t',
                b'n' => b'\n',
                b'v' => 11,
                b'f' => 12,
                b'r' => b'\r',
                first @ b'0'..=b'3' => {
                    let digit = |byte: u8| matches!(byte, b'0'..=b'7').then(|| byte - b'0');
                    (first - b'0') << 6 | digit(bytes.next()?.1)? << 3 | digit(bytes.next()?.1)?
                }
                other => other,
            }),
            byte => name.push(byte),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_names_are_read_as_git_writes_them() {
        let (name, length) = unquote(BStr::new(b"\"a/\\303\\244\\t\\\"\" rest")).unwrap();
        assert_eq!((name.as_slice(), length), ("a/\u{e4}\t\"".as_bytes(), 16));
        assert_eq!(unquote(BStr::new(b"\"open")), None);
        assert_eq!(unquote(BStr::new(b"\"\\39\"")), None);
    }

    fn with(content: &[u8], limit: u64) -> Option<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, content).unwrap();
        let mut buffer = vec![7; 10_000];
        match read(&path, limit, &mut buffer).unwrap() {
            Found::Whole(len) => Some(buffer[..len].to_vec()),
            Found::TooBig => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_replaces_what_the_buffer_held() {
        let long = vec![b'x'; 100_000];
        for content in [b"".as_slice(), b"abc", &long] {
            assert_eq!(with(content, content.len() as u64).as_deref(), Some(content));
        }
    }

    #[test]
    fn a_file_over_the_limit_is_not_read() {
        assert_eq!(with(b"abcd", 3), None);
    }

    #[test]
    fn a_file_that_grew_or_shrank_since_it_was_measured_is_read_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, vec![b'x'; 50_000]).unwrap();
        for said in [0, 10, 49_999, 50_000, 1_000_000] {
            let found = fill(File::open(&path).unwrap(), 0, said, 60_000, &mut Vec::new()).unwrap();
            assert_eq!(found, Found::Whole(50_000));
        }
        assert_eq!(fill(File::open(&path).unwrap(), 0, 10, 49_999, &mut Vec::new()).unwrap(), Found::TooBig);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_fifos_are_told_and_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        assert_eq!(read(&link, 10, &mut Vec::new()).unwrap(), Found::Symlink);
        let socket = folder.path().join("socket");
        let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(read_small(&socket, 10).is_err());
        assert_eq!(read(Path::new("/dev/zero"), 10_000_000, &mut Vec::new()).unwrap(), Found::Special);
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert_eq!(read(&pipe, 10, &mut Vec::new()).unwrap(), Found::Special);
    }
}
