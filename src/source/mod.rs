//! Sources: where bytes come from. Each yields blobs; none knows what is looked for.
//!
//! A source is a function that reads something, calls a closure with every blob it meets and collects what the closure
//! returns. The closure runs on rayon's pool; results come back in an order that depends on the input alone.

use std::path::PathBuf;

use bstr::BString;

use crate::{
    blob::Fresh,
    location::{Oid, SourceKind, TagInfo},
    problem::{Problem, ProblemKind, Tally},
};

pub mod arriving;
mod change;
pub mod clone;
pub mod files;
pub mod globs;
pub mod history;
mod lines;
pub mod patch;
pub mod range;
pub mod staged;
pub mod stdin;
pub mod targets;
pub mod tree;

/// Where a blob comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Kind of text.
    pub source: SourceKind,
    /// Its path, relative to the target (working tree) or to the repository (staged, ranges); as the diff names it (patches).
    pub path: Option<BString>,
    /// The object it was read from.
    pub blob: Option<Oid>,
    /// The commit it was read from.
    pub commit: Option<Oid>,
    /// The tag whose message it is.
    pub tag: Option<TagInfo>,
    /// Line number of the blob's first line, from 1. More than 1 only for a hunk of a diff.
    pub first_line: u32,
}

impl Origin {
    /// A whole file of this kind.
    pub fn file(source: SourceKind, path: BString) -> Self {
        Self { source, path: Some(path), blob: None, commit: None, tag: None, first_line: 1 }
    }
}

/// What is done with each blob. What it returns is collected.
pub type Visit<'v, T> = dyn Fn(&Origin, &[u8], Fresh<'_>) -> Option<T> + Sync + 'v;

/// Asked now and then; once it says true, the source ends early and says so.
pub type Stop<'s> = dyn Fn() -> bool + Sync + 's;

/// What a source brought.
#[derive(Clone, Debug)]
pub struct Outcome<T> {
    /// What the closure returned, in the order of the input (paths sorted by bytes, commits parents first).
    pub found: Vec<T>,
    /// Counts.
    pub tally: Tally,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Repositories met below the target that are not the target's own (working tree only).
    pub nested: Vec<PathBuf>,
}

impl<T> Default for Outcome<T> {
    fn default() -> Self {
        Self { found: Vec::new(), tally: Tally::default(), problems: Vec::new(), nested: Vec::new() }
    }
}

impl<T> Outcome<T> {
    /// Adds what another source brought.
    pub fn add(&mut self, other: Outcome<T>) {
        self.found.extend(other.found);
        self.tally.add(&other.tally);
        self.problems.extend(other.problems);
        self.nested.extend(other.nested);
    }
}

/// Says that a source ended early.
fn stopped(what: &str) -> Problem {
    Problem { kind: ProblemKind::Stopped, what: what.to_owned(), why: "stopped".to_owned() }
}
