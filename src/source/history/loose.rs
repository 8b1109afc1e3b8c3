//! Loose objects: one zlib stream a file, `objects/ab/cdef...`.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use libdeflater::Decompressor;

use super::{
    delta::SLACK,
    ids,
    inflate::{inflate, plausible},
    object::ObjectKind,
    store::ReadError,
};
use crate::{
    location::Oid,
    problem::{Problem, ProblemKind},
};

/// Longest header: a kind, a space, twenty digits and a NUL.
const HEADER: usize = 32;
/// Where the bytes of a stored block begin: behind the stream's header, the block's type, its length and that again.
const STORED_BYTES: usize = 2 + 1 + 2 + 2;
/// As much of a file as surely holds the compressed header.
const HEAD_OF_FILE: usize = 4096;

/// The loose objects of one object directory.
pub struct Loose {
    dir: PathBuf,
    /// Ids one behind the other, sorted.
    ids: Vec<u8>,
    oid_len: usize,
}

/// A loose object's header.
struct Header {
    kind: ObjectKind,
    size: u64,
    len: usize,
}

impl Loose {
    /// Lists the loose objects of a directory. What cannot be listed becomes a problem.
    pub fn open(dir: &Path, oid_len: usize, problems: &mut Vec<Problem>) -> Self {
        let mut found = Vec::new();
        for byte in 0..=255u8 {
            let folder = dir.join(format!("{byte:02x}"));
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    problems.push(unreadable(&folder, &error));
                    continue;
                }
            };
            for entry in entries {
                match entry {
                    Ok(entry) => {
                        let hex = format!("{byte:02x}{}", entry.file_name().to_string_lossy());
                        // Temporary files of a running git have other names.
                        found.extend(Oid::from_hex(hex.as_bytes()).filter(|oid| oid.as_bytes().len() == oid_len));
                    }
                    Err(error) => problems.push(unreadable(&folder, &error)),
                }
            }
        }
        found.sort_unstable();
        let ids = found.iter().flat_map(|oid| oid.as_bytes().iter().copied()).collect();
        Self { dir: dir.to_owned(), ids, oid_len }
    }

    /// Number of objects.
    pub fn count(&self) -> usize {
        self.ids.len() / self.oid_len
    }

    /// Id at a position.
    pub fn oid(&self, position: usize) -> &[u8] {
        &self.ids[position * self.oid_len..][..self.oid_len]
    }

    /// Position of an id.
    pub fn find(&self, oid: &[u8]) -> Option<usize> {
        ids::position(0, self.count(), oid, |at| self.oid(at))
    }

    /// Kind and size in bytes, from the header alone.
    pub fn kind_and_size(&self, position: usize) -> Result<(ObjectKind, u64), ReadError> {
        let mut head = Vec::new();
        self.file(position)?.take(HEAD_OF_FILE as u64).read_to_end(&mut head).map_err(|error| lost(&error))?;
        let header = header(&mut Decompressor::new(), &head)?;
        Ok((header.kind, header.size))
    }

    /// Reads one object; `Err(TooBig)` above `limit` bytes, told by its header.
    pub fn read(&self, position: usize, limit: usize) -> Result<(ObjectKind, Vec<u8>), ReadError> {
        let mut file = self.file(position)?;
        let mut compressed = Vec::new();
        file.by_ref().take(HEAD_OF_FILE as u64).read_to_end(&mut compressed).map_err(|error| lost(&error))?;
        let mut decompressor = Decompressor::new();
        let header = header(&mut decompressor, &compressed)?;
        if header.size > limit as u64 {
            return Err(ReadError::TooBig(header.size));
        }
        // A stream that is longer than its content could ever need is not read to its end.
        let most = header.size + header.size / 64 + HEAD_OF_FILE as u64;
        file.take(most).read_to_end(&mut compressed).map_err(|error| lost(&error))?;
        if !plausible(header.size, compressed.len()) {
            return Err(ReadError::Corrupt("object says a size that its bytes cannot have".to_owned()));
        }
        let size = header.len + header.size as usize;
        let mut bytes = vec![0; size + SLACK];
        inflate(&mut decompressor, &compressed, size, &mut bytes).map_err(|why| ReadError::Corrupt(why.to_owned()))?;
        bytes.truncate(size);
        bytes.drain(..header.len);
        Ok((header.kind, bytes))
    }

    fn file(&self, position: usize) -> Result<File, ReadError> {
        let oid = self.oid(position);
        let hex: String = oid.iter().map(|byte| format!("{byte:02x}")).collect();
        File::open(self.dir.join(&hex[..2]).join(&hex[2..])).map_err(|error| lost(&error))
    }
}

/// Inflates the first bytes of a file and reads the header in them.
fn header(decompressor: &mut Decompressor, head: &[u8]) -> Result<Header, ReadError> {
    let mut out = [0; HEADER];
    let inflated = match head.get(STORED_BYTES..) {
        // A first block that is stored and not compressed is there to read.
        Some(stored) if head[2] & 0b110 == 0 => stored,
        // libdeflate has no streams; it stops with an error when the target is full, having written what fits.
        _ => {
            let _ = decompressor.zlib_decompress(head, &mut out);
            &out
        }
    };
    parse_header(&inflated[..inflated.len().min(HEADER)])
        .ok_or_else(|| ReadError::Corrupt("loose object has no readable header".to_owned()))
}

fn parse_header(bytes: &[u8]) -> Option<Header> {
    let end = memchr::memchr(0, bytes)?;
    let space = memchr::memchr(b' ', &bytes[..end])?;
    let kind = ObjectKind::from_word(&bytes[..space])?;
    let digits = &bytes[space + 1..end];
    if digits.is_empty() || digits.len() > 20 {
        return None;
    }
    let mut size = 0u64;
    for digit in digits {
        let digit = (*digit as char).to_digit(10)?;
        size = size.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(Header { kind, size, len: end + 1 })
}

fn lost(error: &std::io::Error) -> ReadError {
    if error.kind() == std::io::ErrorKind::NotFound {
        return ReadError::Absent;
    }
    ReadError::Corrupt(format!("loose object is unreadable: {error}"))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem { kind: ProblemKind::Unreadable, what: path.display().to_string(), why: error.to_string() }
}
