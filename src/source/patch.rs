//! Diffs (`--patch -`): unified ones and git's, alone, in mails or in the output of `git show` and `git log -p`.
//!
//! Each hunk is shown as the new file has it, added lines fresh and the rest as context, with the number of its first line. Text that
//! belongs to no diff, such as a mail's message, is shown whole: it becomes a commit's message.

use std::io::{self, BufRead};

use bstr::ByteSlice;
use rayon::prelude::*;

use super::{Outcome, Stop, Visit, globs::PathFilter, stopped};
use crate::{
    blob::Fresh,
    problem::{Problem, ProblemKind, Skip},
};

mod headers;
mod parser;

use parser::{Parser, Piece};

/// What to read of a diff.
#[derive(Clone, Debug)]
pub struct Options {
    /// Lines above this many bytes are skipped and counted.
    pub max_size: u64,
    /// Paths to read.
    pub filter: PathFilter,
}

/// Pieces are shown once they are this many bytes together.
const BATCH: usize = 8 << 20;

/// Reads a diff to its end. It is not held in memory as a whole, whatever its size.
pub fn scan<T: Send>(input: &mut dyn BufRead, options: &Options, visit: &Visit<'_, T>, stop: &Stop<'_>) -> Outcome<T> {
    let mut scan = Scan { options, visit, outcome: Outcome::default() };
    let mut parser = Parser::default();
    let limit = usize::try_from(options.max_size).unwrap_or(usize::MAX);
    let mut line = Vec::new();
    loop {
        if stop() {
            scan.outcome.problems.push(stopped("diff"));
            break;
        }
        match read_line(input, limit, &mut line) {
            Ok(Line::End) => break,
            Ok(Line::Whole) => parser.line(&line),
            Ok(Line::TooLong) => {
                scan.outcome.tally.skip(Skip::TooBig);
                parser.line(&line);
            }
            Err(error) => {
                let (kind, what) = (ProblemKind::Unreadable, "diff on standard input".to_owned());
                scan.outcome.problems.push(Problem { kind, what, why: error.to_string() });
                break;
            }
        }
        if parser.waiting_bytes() >= BATCH {
            scan.show(parser.take());
        }
    }
    parser.finish();
    scan.show(parser.take());
    scan.outcome.tally.files = parser.files();
    scan.outcome
}

struct Scan<'s, T> {
    options: &'s Options,
    visit: &'s Visit<'s, T>,
    outcome: Outcome<T>,
}

impl<T: Send> Scan<'_, T> {
    fn show(&mut self, pieces: Vec<Piece>) {
        let (kept, left_out): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|piece| {
            piece.origin.path.as_ref().is_none_or(|path| self.options.filter.admits(path.as_bstr()))
        });
        left_out.iter().filter(|piece| piece.is_first).for_each(|_| self.outcome.tally.skip(Skip::Excluded));
        for piece in &kept {
            self.outcome.tally.bytes += piece.text.len() as u64;
            self.outcome.tally.fresh_bytes += piece.fresh.iter().map(|range| range.len() as u64).sum::<u64>();
        }
        let shown = kept.par_iter().map(|piece| (self.visit)(&piece.origin, &piece.text, Fresh::Ranges(&piece.fresh)));
        self.outcome.found.extend(shown.collect::<Vec<_>>().into_iter().flatten());
    }
}

enum Line {
    Whole,
    /// Over the limit: only its first bytes are there, enough to tell what kind of line it is.
    TooLong,
    End,
}

/// Bytes of a line that is too long which are kept: the columns of a combined diff.
const KEPT: usize = 64;

fn read_line(input: &mut dyn BufRead, limit: usize, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let mut too_long = false;
    loop {
        let read = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read.is_empty() && line.is_empty() {
            return Ok(Line::End);
        }
        let end = memchr::memchr(b'\n', read).map(|end| end + 1);
        let part = &read[..end.unwrap_or(read.len())];
        if !too_long && line.len() + part.len() > limit.max(KEPT) {
            too_long = true;
            line.extend_from_slice(&part[..part.len().min(KEPT)]);
            line.truncate(KEPT);
            // What follows the columns is gone; the line itself stays, so that those behind it keep their numbers.
            let columns = line.iter().take_while(|byte| matches!(byte, b'+' | b'-' | b' ')).count();
            line.truncate(columns);
            line.push(b'\n');
        } else if !too_long {
            line.extend_from_slice(part);
        }
        let (used, at_end) = (part.len(), end.is_some() || read.is_empty());
        input.consume(used);
        if at_end {
            return Ok(if too_long { Line::TooLong } else { Line::Whole });
        }
    }
}
