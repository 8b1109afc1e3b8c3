//! Which lines of a text are new.

use std::{collections::HashSet, ops::Range};

/// Lines that stood somewhere before. The end of a line does not count: a changed line ending makes nothing new.
#[derive(Default)]
pub struct KnownLines<'t> {
    // The standard hasher is seeded: texts are foreign, and could be made to collide under a plain one.
    lines: HashSet<&'t [u8]>,
}

impl<'t> KnownLines<'t> {
    /// Adds all lines of a text.
    pub fn add(&mut self, text: &'t [u8]) {
        self.lines.extend(lines(text).map(|(line, _)| line));
    }

    /// The lines of `text` that are not known, with their ends, neighbours joined: sorted and disjoint.
    pub fn fresh(&self, text: &[u8], others: &KnownLines<'_>) -> Vec<Range<usize>> {
        let mut fresh: Vec<Range<usize>> = Vec::new();
        for (line, range) in lines(text) {
            if self.lines.contains(line) || others.lines.contains(line) {
                continue;
            }
            match fresh.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => fresh.push(range),
            }
        }
        fresh
    }
}

/// The lines of a text without their ends, and where they stand with them.
fn lines(text: &[u8]) -> impl Iterator<Item = (&[u8], Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let end = memchr::memchr(b'\n', rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        let range = at..at + end.map_or(rest.len(), |end| end + 1);
        at = range.end;
        Some((line.strip_suffix(b"\r").unwrap_or(line), range))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh<'t>(old: &[u8], new: &'t [u8]) -> Vec<&'t [u8]> {
        let mut known = KnownLines::default();
        known.add(old);
        known.fresh(new, &KnownLines::default()).into_iter().map(|range| &new[range]).collect()
    }

    #[test]
    fn new_lines_are_joined_and_moved_ones_are_not_new() {
        assert_eq!(fresh(b"a\nb\nc\n", b"c\nx\ny\na\nz"), [b"x\ny\n".as_slice(), b"z"]);
        assert_eq!(fresh(b"", b"a\n"), [b"a\n"]);
        assert_eq!(fresh(b"a", b"").len(), 0);
    }

    #[test]
    fn another_line_ending_makes_nothing_new() {
        assert_eq!(fresh(b"a\nb", b"a\r\nb\r\n").len(), 0);
    }
}
