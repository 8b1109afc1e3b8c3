//! Where something stands: object ids, commits, places.

use std::fmt;

use bstr::BString;

/// Name of a git object: 20 bytes (SHA-1) or 32 bytes (SHA-256).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid {
    bytes: [u8; 32],
    len: u8,
}

impl Oid {
    /// From raw bytes; `None` unless there are 20 or 32 of them.
    pub fn from_bytes(raw: &[u8]) -> Option<Self> {
        if raw.len() != 20 && raw.len() != 32 {
            return None;
        }
        let mut bytes = [0; 32];
        bytes[..raw.len()].copy_from_slice(raw);
        Some(Self { bytes, len: raw.len() as u8 })
    }

    /// From 40 or 64 hexadecimal digits.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        if hex.len() != 40 && hex.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let high = (pair[0] as char).to_digit(16)?;
            let low = (pair[1] as char).to_digit(16)?;
            *byte = (high * 16 + low) as u8;
        }
        Some(Self { bytes, len: (hex.len() / 2) as u8 })
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The id that stands for "no object" in diffs, reflogs and hook input.
    pub fn is_zero(&self) -> bool {
        self.bytes == [0; 32]
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What kind of text a place lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// A file of the working tree, or one named by the user.
    Tree,
    /// The index, compared with HEAD.
    Staged,
    /// A version of a file in history.
    History,
    /// The message of a commit, without its headers.
    CommitMessage,
    /// An annotated tag's message.
    TagMessage,
    /// Standard input.
    Stdin,
    /// An added line of a diff.
    Patch,
    /// An object that nothing refers to (`--all-objects`).
    Unreachable,
}

impl SourceKind {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Staged => "staged",
            Self::History => "history",
            Self::CommitMessage => "commit-message",
            Self::TagMessage => "tag-message",
            Self::Stdin => "stdin",
            Self::Patch => "patch",
            Self::Unreachable => "unreachable",
        }
    }
}

/// Position of a secret in a text. Lines and columns count from 1; a column counts bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Byte offset of the secret's first byte.
    pub offset: u32,
    /// Byte offset behind the secret's last byte.
    pub end: u32,
    /// Line of the first byte.
    pub line: u32,
    /// Column of the first byte.
    pub column: u32,
    /// Line of the last byte.
    pub end_line: u32,
}

impl Position {
    /// The same in a text whose first line has this number.
    pub fn below(self, first_line: u32) -> Self {
        Self { line: self.line + first_line - 1, end_line: self.end_line + first_line - 1, ..self }
    }
}

/// A commit as a report names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitInfo {
    /// Its id.
    pub oid: Oid,
    /// Author's name.
    pub author: BString,
    /// Author's mail address.
    pub email: BString,
    /// Committer date, seconds since 1970-01-01 UTC.
    pub date: i64,
    /// Offset of the committer's clock, in minutes east of UTC.
    pub offset_minutes: i32,
    /// First line of the message.
    pub subject: BString,
}

/// An annotated tag as a report names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagInfo {
    /// Its name, without `refs/tags/`.
    pub name: BString,
    /// Tagger's name; empty where the tag tells none, as very old ones do.
    pub tagger: BString,
    /// Tagger's mail address.
    pub email: BString,
    /// When it was made, seconds since 1970-01-01 UTC; 0 where the tag does not tell.
    pub date: i64,
    /// Offset of the tagger's clock, in minutes east of UTC.
    pub offset_minutes: i32,
}

/// One place where a secret stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Kind of text.
    pub source: SourceKind,
    /// The scan target it was found under: path or URL as the user gave it, or a nested repository below it.
    pub target: BString,
    /// Path relative to the repository or to the target; `None` for messages and unnamed standard input.
    pub path: Option<BString>,
    /// Where in that text; in history: in the version that brought it.
    pub position: Position,
    /// The version's blob, or the commit or tag object of a message.
    pub blob: Option<Oid>,
    /// The earliest commit that brought it to this path.
    pub commit: Option<CommitInfo>,
    /// The last commit that still has it in this path.
    pub last_commit: Option<CommitInfo>,
    /// The tag whose message it is.
    pub tag: Option<TagInfo>,
    /// Line in HEAD, where it still stands there.
    pub head_line: Option<u32>,
}
