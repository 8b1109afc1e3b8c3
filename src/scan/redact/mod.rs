//! A filter that masks secrets in a stream: logs, diffs, prompts.
//!
//! Text goes out line by line as it comes in, so that `tail -f app.log | keysweep redact` keeps up. What was given out stays at hand as
//! context for what follows, since a name before a value tells what it is. A private key over many lines is held back until it is whole. A
//! line without an end is given out in pieces that never cut through a secret.

mod json;

use std::{
    borrow::Cow,
    io::{self, Read, Write},
};

use memchr::{memchr, memmem, memrchr};

use crate::{
    blob::Fresh,
    detect::{Carried, Detector},
    finding::{
        group::is_public,
        mask::{self, Span},
    },
    judge,
    rule::{Confidence, Kind},
};

/// How a stream is masked.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Values below this confidence stay.
    pub min_confidence: Confidence,
    /// The text is JSON or JSON Lines and stays it.
    pub json: bool,
}

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes read.
    pub bytes: u64,
    /// Values masked, each occurrence.
    pub masked: u64,
}

/// Bytes read at once.
const READ: usize = 1 << 20;
/// What was given out and is still looked at.
const CONTEXT: usize = 4 << 10;
/// A line of this many bytes is not waited for.
const LONG_LINE: usize = 4 << 20;
/// Held back of a line that is not waited for: longer than what decides about a match.
const OVERLAP: usize = 64 << 10;
/// A private key is held back for so long.
const LONGEST_KEY: usize = 64 << 10;

/// Masks what `input` holds; writes to `output` as soon as a line is complete.
///
/// # Errors
/// Where reading or writing fails, and for UTF-16.
pub fn redact(
    detector: &Detector,
    options: Options,
    input: &mut dyn Read,
    output: &mut dyn Write,
) -> io::Result<Counts> {
    let mut filter = Filter { detector, options, held: vec![], done: 0, counts: Counts::default() };
    let mut piece = vec![0; READ];
    loop {
        let count = match input.read(&mut piece) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if filter.counts.bytes == 0 && matches!(piece[..count], [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
            let why = "the text is UTF-16: convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        filter.counts.bytes += count as u64;
        filter.held.extend_from_slice(&piece[..count]);
        filter.give(count == 0, output)?;
        if count == 0 {
            return Ok(filter.counts);
        }
    }
}

struct Filter<'d> {
    detector: &'d Detector,
    options: Options,
    /// Context, then what is not yet given out.
    held: Vec<u8>,
    /// Where that begins.
    done: usize,
    counts: Counts,
}

impl Filter<'_> {
    /// Gives out what can be.
    fn give(&mut self, is_end: bool, output: &mut dyn Write) -> io::Result<()> {
        let Some(ready) = self.ready(is_end) else { return Ok(()) };
        let spans = self.spans(ready.scan);
        let end = match spans.iter().find(|span| span.range.contains(&ready.give)) {
            // In a line that was not waited for.
            Some(cut) if ready.give < ready.scan => cut.range.start.max(self.done),
            _ => ready.give,
        };
        let mut from = self.done;
        for span in spans.iter().filter(|span| span.range.end > self.done && span.range.start < end) {
            if span.range.start >= from {
                output.write_all(&self.held[from..span.range.start])?;
                output.write_all(span.masked.as_bytes())?;
                self.counts.masked += 1;
            }
            from = from.max(span.range.end);
        }
        output.write_all(&self.held[from.min(end)..end])?;
        output.flush()?;
        self.done = from.max(end);
        let drop = self.done.saturating_sub(CONTEXT);
        // From the beginning of a line on, where one begins: half a word is no context.
        let drop = memchr(b'\n', &self.held[drop..self.done]).map_or(drop, |newline| drop + newline + 1);
        self.held.drain(..drop);
        self.done -= drop;
        Ok(())
    }

    /// How far the text is looked at, and how far it is given out.
    fn ready(&self, is_end: bool) -> Option<Ready> {
        let all = self.held.len();
        if is_end {
            return (all > self.done).then_some(Ready { scan: all, give: all });
        }
        let new = &self.held[self.done..];
        let mut end = match memrchr(b'\n', new) {
            Some(newline) => self.done + newline + 1,
            None if new.len() < LONG_LINE => return None,
            None => return Some(Ready { scan: all, give: all - OVERLAP }),
        };
        if let Some(open) = open_key(&self.held[self.done..end], all - self.done) {
            end = self.done + open;
        }
        (end > self.done).then_some(Ready { scan: end, give: end })
    }

    /// What is masked in the first `end` bytes, in order, without overlaps.
    fn spans(&self, end: usize) -> Vec<Span> {
        let text = plain(&self.held[..end]);
        let found = self.detector.scan(&text, Fresh::All, &Carried::default());
        let rules = self.detector.rules();
        let mut spans: Vec<Span> = vec![];
        for hit in &found.matches {
            let rule = rules.get(hit.rule);
            let range = hit.position.offset as usize..hit.position.end as usize;
            let confidence = judge::confidence(rule, &text[range.clone()], hit.evidence.as_deref(), None);
            if confidence < Some(self.options.min_confidence) {
                continue;
            }
            let masked = mask::mask(&text[range.clone()], self.detector.public_prefix(hit.rule), rule.kind);
            spans.push(Span { range, masked });
            for part in hit.parts.iter().filter(|part| !is_public(&rule.parts[usize::from(part.spec)].name)) {
                let range = part.position.offset as usize..part.position.end as usize;
                spans.push(Span { masked: mask::mask(&text[range.clone()], 0, Kind::ApiKey), range });
            }
        }
        spans.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
        let mut last = 0;
        spans.retain(|span| {
            let apart = span.range.start >= last;
            last = last.max(span.range.end);
            apart
        });
        if self.options.json { json::fitted(&text, spans) } else { spans }
    }
}

struct Ready {
    scan: usize,
    give: usize,
}

/// A block is read as text whatever it looks like: positions must stay those of the stream.
fn plain(block: &[u8]) -> Cow<'_, [u8]> {
    let is_marked = matches!(block, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    if !is_marked && memchr(0, block).is_none() {
        return Cow::Borrowed(block);
    }
    let mut text: Vec<u8> = block.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
    if is_marked {
        text[0] = b' ';
    }
    Cow::Owned(text)
}

/// Where the line of a private key begins that has no end yet; `None` if there is none, or it is too long to be one. `new` is what
/// could be given out, of `all` bytes that are there.
fn open_key(new: &[u8], all: usize) -> Option<usize> {
    let begin = memmem::rfind(new, b"-----BEGIN ")?;
    let rest = &new[begin..];
    let head = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
    let is_open = memmem::find(head, b"PRIVATE KEY").is_some() && memmem::find(rest, b"-----END ").is_none();
    (is_open && all - begin < LONGEST_KEY).then(|| memrchr(b'\n', &new[..begin]).map_or(0, |newline| newline + 1))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
