//! Where the findings of a report lie in its file, without reading it as a whole.
//!
//! A report is one JSON document with a list of findings, or an object a line. Brackets and strings are all that has to be
//! seen for that; what they hold is parsed later, one finding at a time.

use std::{
    io::{self, BufReader, Read},
    ops::Range,
};

/// A part of a report's file, by byte offsets.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// An element of a document's findings.
    Finding(Range<u64>),
    /// An object by itself.
    Whole(Range<u64>),
    /// A document, before and behind its list of findings.
    Document {
        /// Up to the list's opening bracket.
        before: Range<u64>,
        /// From behind its closing one.
        behind: Range<u64>,
    },
}

/// The pieces of a file in their order, a document behind its findings. `None` where brackets do not match or there is
/// something other than objects.
pub fn pieces(file: impl Read) -> io::Result<Option<Vec<Piece>>> {
    let mut scanner = Scanner::default();
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut chunk = vec![0; 1 << 16];
    loop {
        let read = reader.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        for byte in &chunk[..read] {
            if !scanner.next(*byte) {
                return Ok(None);
            }
            scanner.at += 1;
        }
    }
    Ok((scanner.depth == 0 && !scanner.in_string).then_some(scanner.pieces))
}

#[derive(Default)]
struct Scanner {
    at: u64,
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// Start of the outermost object, and of the element in a list of findings.
    start: u64,
    element: u64,
    /// The last string in the outermost object: a key, where a list begins behind it.
    key: Vec<u8>,
    /// The list of findings of this document.
    in_list: bool,
    list: Option<Range<u64>>,
    pieces: Vec<Piece>,
}

/// Longer keys are none of ours.
const LONGEST_KEY: usize = 16;

impl Scanner {
    /// Whether the text can still be a report.
    fn next(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ if self.depth == 1 && self.key.len() < LONGEST_KEY => self.key.push(byte),
                _ => {}
            }
            return true;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if self.depth == 1 {
                    self.key.clear();
                }
                self.depth > 0
            }
            b'{' | b'[' => self.open(byte),
            b'}' | b']' => self.close(),
            _ => self.depth > 0 || byte.is_ascii_whitespace(),
        }
    }

    fn open(&mut self, byte: u8) -> bool {
        match (self.depth, byte) {
            (0, b'[') => return false,
            (0, _) => self.start = self.at,
            (1, b'[') if self.key == b"findings" && self.list.is_none() => {
                self.in_list = true;
                self.list = Some(self.at..self.at);
            }
            (2, b'{') if self.in_list => self.element = self.at,
            _ => {}
        }
        self.depth += 1;
        true
    }

    fn close(&mut self) -> bool {
        let Some(depth) = self.depth.checked_sub(1) else { return false };
        self.depth = depth;
        let end = self.at + 1;
        match depth {
            0 => {
                let whole = self.start..end;
                self.pieces.push(match self.list.take() {
                    Some(list) => Piece::Document { before: whole.start..list.start, behind: list.end..whole.end },
                    None => Piece::Whole(whole),
                });
            }
            1 if self.in_list => {
                self.in_list = false;
                if let Some(list) = &mut self.list {
                    list.end = end;
                }
            }
            2 if self.in_list => self.pieces.push(Piece::Finding(self.element..end)),
            _ => {}
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Option<Vec<String>> {
        let cut = |range: &Range<u64>| &text[range.start as usize..range.end as usize];
        let show = |piece: &Piece| match piece {
            Piece::Finding(range) => format!("finding {}", cut(range)),
            Piece::Whole(range) => format!("whole {}", cut(range)),
            Piece::Document { before, behind } => format!("document {}|{}", cut(before), cut(behind)),
        };
        pieces(text.as_bytes()).unwrap().map(|pieces| pieces.iter().map(show).collect())
    }

    #[test]
    fn a_document_is_told_by_its_list_and_lines_are_objects() {
        let document = r#"{"a": [1, {}], "findings": [{"x": "]}\"{"}, {"y": [{}]}], "b": {"findings": [{}]}} "#;
        assert_eq!(
            texts(document).unwrap(),
            [
                r#"finding {"x": "]}\"{"}"#,
                r#"finding {"y": [{}]}"#,
                r#"document {"a": [1, {}], "findings": |, "b": {"findings": [{}]}}"#
            ]
        );
        let lines = "{\"type\":\"finding\"}\n\n{\"type\":\"summary\",\"findings\":1,\"x\":[2]}\n";
        assert_eq!(
            texts(lines).unwrap(),
            ["whole {\"type\":\"finding\"}", "whole {\"type\":\"summary\",\"findings\":1,\"x\":[2]}"]
        );
    }

    #[test]
    fn what_does_not_match_is_no_report() {
        for text in ["[]", "{", "}", "{\"a", "text", "{}]"] {
            assert_eq!(texts(text), None, "{text}");
        }
    }
}
