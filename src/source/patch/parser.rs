//! Takes a diff apart, line by line. The counts in a hunk's header say which lines belong to it, so nothing that a file contains
//! can be mistaken for a header, nor a mail's signature for a removed line.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use super::headers::{FileHeader, HunkHeader};
use crate::{location::SourceKind, source::Origin};

/// A piece is closed when it is this many bytes, and goes on as another one.
const MOST: usize = 4 << 20;

/// So many bytes of a closed piece, at most, are repeated as context of the next, lest a secret over several lines is cut in two.
const REPEATED: usize = 64 << 10;

/// Part of a new file, or text outside of diffs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Whose it is.
    pub origin: Origin,
    /// Lines as the new file has them.
    pub text: Vec<u8>,
    /// The added ones.
    pub fresh: Vec<Range<usize>>,
    /// Whether it is the first piece of its file.
    pub is_first: bool,
}

/// Reads lines and makes pieces.
#[derive(Default)]
pub struct Parser {
    file: FileHeader,
    files: u64,
    within: Within,
    /// Whether a piece of the current file was made.
    has_piece: bool,
    hunk: Option<Hunk>,
    message: Option<Piece>,
    /// Number of the line last read.
    number: u64,
    pieces: Vec<Piece>,
    waiting: usize,
}

/// Where lines that are in no hunk belong.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Within {
    #[default]
    Nothing,
    /// Between the first header of a file and its first hunk.
    Headers,
    /// A binary file's content, in base 85.
    Binary,
}

/// A hunk whose lines are not all read.
struct Hunk {
    old: Vec<u64>,
    new: u64,
    next_line: u64,
    piece: Piece,
}

impl Parser {
    /// Reads one line, with its end.
    pub fn line(&mut self, line: &[u8]) {
        self.number += 1;
        if let Some(hunk) = &mut self.hunk {
            match hunk.line(line) {
                Taken::Yes => {
                    if hunk.piece.text.len() >= MOST {
                        let piece = hunk.go_on();
                        self.push(piece);
                    }
                    return;
                }
                Taken::NotMine => self.close_hunk(),
            }
        }
        let bare = line.trim_end_with(|char| matches!(char, '\n' | '\r'));
        if let Some(header) = HunkHeader::read(bare) {
            self.close_message();
            self.open_hunk(header);
        } else if let Some(file) = FileHeader::of_diff_line(bare) {
            self.file = file;
            self.begin_file();
        } else if let Some(name) = bare.strip_prefix(b"--- ") {
            if self.file.read_old(name) {
                self.begin_file();
            }
        } else if let Some(name) = bare.strip_prefix(b"+++ ") {
            self.file.read_new(name);
        } else if !self.is_header(bare) {
            self.text(line);
        }
    }

    /// Closes what is open at the end of the input.
    pub fn finish(&mut self) {
        self.close_hunk();
        self.close_message();
    }

    /// Pieces that are ready.
    pub fn take(&mut self) -> Vec<Piece> {
        self.waiting = 0;
        std::mem::take(&mut self.pieces)
    }

    /// How large they are together.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting
    }

    /// Files whose diffs were read.
    pub fn files(&self) -> u64 {
        self.files
    }

    fn begin_file(&mut self) {
        self.close_message();
        self.files += 1;
        self.has_piece = false;
        self.within = Within::Headers;
    }

    fn open_hunk(&mut self, header: HunkHeader) {
        self.within = Within::Nothing;
        let HunkHeader { old, new, first_line } = header;
        let piece = piece(SourceKind::Patch, self.file.path.clone(), first_line);
        let hunk = Hunk { old, new, next_line: first_line.max(1), piece };
        // A hunk of no lines ends where it begins.
        self.hunk = (!hunk.is_done()).then_some(hunk);
    }

    fn close_hunk(&mut self) {
        if let Some(hunk) = self.hunk.take() {
            self.push(hunk.piece);
        }
    }

    /// A line that is in no diff.
    fn text(&mut self, line: &[u8]) {
        let number = self.number;
        let message = self.message.get_or_insert_with(|| piece(SourceKind::CommitMessage, None, number));
        message.text.extend_from_slice(line);
        if message.text.len() >= MOST {
            self.close_message();
        }
    }

    fn close_message(&mut self) {
        if let Some(mut message) = self.message.take()
            && !message.text.trim().is_empty()
        {
            message.fresh.push(0..message.text.len());
            self.push(message);
        }
    }

    fn push(&mut self, mut piece: Piece) {
        if piece.fresh.is_empty() {
            return;
        }
        piece.is_first = piece.origin.path.is_some() && !self.has_piece;
        self.has_piece |= piece.is_first;
        self.waiting += piece.text.len();
        self.pieces.push(piece);
    }

    /// Whether a line is a header of git's that says nothing about content, or of a binary file's content.
    fn is_header(&mut self, line: &[u8]) -> bool {
        const HEADERS: [&[u8]; 13] = [
            b"index ",
            b"old mode ",
            b"new mode ",
            b"mode ",
            b"deleted file mode ",
            b"new file mode ",
            b"similarity index ",
            b"dissimilarity index ",
            b"rename ",
            b"copy ",
            b"Binary files ",
            b"GIT binary patch",
            b"\\ No newline",
        ];
        let is_header = match self.within {
            Within::Nothing => false,
            Within::Headers => HEADERS.iter().any(|header| line.starts_with(header)),
            Within::Binary => is_binary(line),
        };
        self.within = match self.within {
            _ if !is_header => Within::Nothing,
            _ if line == b"GIT binary patch" => Within::Binary,
            within => within,
        };
        if let Some(name) = line.strip_prefix(b"rename to ").filter(|_| is_header) {
            self.file.renamed(name);
        }
        is_header
    }
}

/// Whether a line may be of a binary file's content: it has a letter for its length and no blank.
fn is_binary(line: &[u8]) -> bool {
    let is_data = || line.len() <= 66 && line[0].is_ascii_alphabetic() && line.iter().all(u8::is_ascii_graphic);
    line.is_empty() || line.starts_with(b"literal ") || line.starts_with(b"delta ") || is_data()
}

enum Taken {
    Yes,
    NotMine,
}

impl Hunk {
    fn is_done(&self) -> bool {
        self.new == 0 && self.old.iter().all(|count| *count == 0)
    }

    fn line(&mut self, line: &[u8]) -> Taken {
        if line.starts_with(b"\\") {
            self.end_without_newline();
            return Taken::Yes;
        }
        if self.is_done() {
            return Taken::NotMine;
        }
        let versions = self.old.len();
        // Mail programs take blanks off the end of a line: an empty one is context.
        let is_blank = line.trim_end_with(|char| matches!(char, '\n' | '\r')).is_empty();
        let columns = if is_blank { &[b' '; 64][..versions] } else { line.get(..versions).unwrap_or_default() };
        if columns.len() < versions || columns.iter().any(|column| !matches!(column, b' ' | b'+' | b'-')) {
            return Taken::NotMine;
        }
        let (is_removed, is_added) = (columns.contains(&b'-'), columns.contains(&b'+'));
        for (count, column) in self.old.iter_mut().zip(columns) {
            // A removed line is in the versions marked; another in those not marked.
            if (*column == b'-') == is_removed && *column != b'+' {
                *count = count.saturating_sub(1);
            }
        }
        if !is_removed {
            self.new = self.new.saturating_sub(1);
            self.next_line += 1;
            self.add(if is_blank { line } else { &line[versions..] }, is_added);
        }
        Taken::Yes
    }

    fn add(&mut self, text: &[u8], is_added: bool) {
        let start = self.piece.text.len();
        self.piece.text.extend_from_slice(text);
        let end = self.piece.text.len();
        match self.piece.fresh.last_mut() {
            _ if !is_added => {}
            Some(last) if last.end == start => last.end = end,
            _ => self.piece.fresh.push(start..end),
        }
    }

    /// The line before has no end. Where it was a removed one, this is about the old version, and changes nothing that matters.
    fn end_without_newline(&mut self) {
        if self.new == 0 && self.piece.text.ends_with(b"\n") {
            self.piece.text.pop();
            let end = self.piece.text.len();
            if let Some(last) = self.piece.fresh.last_mut() {
                last.end = last.end.min(end);
            }
        }
    }

    /// Takes the piece so far; the next begins with the last lines of it.
    fn go_on(&mut self) -> Piece {
        let text = &self.piece.text;
        let from = text.len().saturating_sub(REPEATED);
        let from =
            if from == 0 { 0 } else { memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |end| from + end + 1) };
        let repeated = text[from..].to_vec();
        let lines = memchr::memchr_iter(b'\n', &repeated).count() as u64;
        let mut next = piece(self.piece.origin.source, self.piece.origin.path.clone(), self.next_line - lines);
        next.text = repeated;
        std::mem::replace(&mut self.piece, next)
    }
}

fn piece(source: SourceKind, path: Option<BString>, first_line: u64) -> Piece {
    let first_line = u32::try_from(first_line.max(1)).unwrap_or(u32::MAX);
    let origin = Origin { source, path, blob: None, commit: None, tag: None, first_line };
    Piece { origin, text: Vec::new(), fresh: Vec::new(), is_first: false }
}
