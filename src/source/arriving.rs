//! What a push brings: the commits of a range each by itself, and what its tips name besides: messages of annotated tags, and
//! trees and blobs that a tag or a ref names without a commit.

use std::collections::BTreeSet;

use super::{
    Origin, Outcome, Stop, Visit,
    change::{self, Changed, Judge, Newer},
    history::{
        commit::{self, Tag},
        object::ObjectKind,
        objects::Objects,
        repo::Repo,
        store::ReadError,
    },
    range::{self, Options, Range, RangeError},
};
use crate::{
    blob::Fresh,
    location::{Oid, SourceKind},
    problem::{Problem, ProblemKind},
};

/// An object that a tip names is read up to this many bytes, a blob up to the limit of the options.
const OBJECT_LIMIT: usize = 64 << 20;

/// Git itself follows tags of tags without end; nobody nests them deeper.
const MOST_TAGS: usize = 64;

/// Shows what is reached from the tips of `range`, which may be objects of any kind, and not from what it hides. What is hidden
/// and is not here (a commit that only the other side has) hides nothing.
///
/// # Errors
/// Where history between the commits cannot be walked.
pub fn scan<T: Send>(
    repo: &Repo,
    objects: &dyn Objects,
    range: &Range,
    options: &Options,
    visit: &Visit<'_, T>,
    stop: &Stop<'_>,
) -> Result<Outcome<T>, RangeError> {
    let mut arriving = Arriving { objects, options, visit, stop, outcome: Outcome::default(), known: BTreeSet::new() };
    let mut hidden = Vec::new();
    for oid in &range.hidden {
        arriving.hide(oid, &mut hidden);
    }
    let mut tips = Vec::new();
    for oid in &range.tips {
        arriving.tip(oid, &mut tips);
    }
    let mut outcome = arriving.outcome;
    if !tips.is_empty() {
        outcome.add(range::scan(repo, objects, &Range { tips, hidden }, options, visit, stop)?);
    }
    outcome.problems.sort();
    outcome.problems.dedup();
    Ok(outcome)
}

struct Arriving<'a, T> {
    objects: &'a dyn Objects,
    options: &'a Options,
    visit: &'a Visit<'a, T>,
    stop: &'a Stop<'a>,
    outcome: Outcome<T>,
    /// Tags, trees and blobs that are hidden or were shown already.
    known: BTreeSet<Oid>,
}

impl<T: Send> Arriving<'_, T> {
    /// Notes what a hidden ref names, down to its commit.
    fn hide(&mut self, oid: &Oid, commits: &mut Vec<Oid>) {
        let mut oid = *oid;
        for _ in 0..MOST_TAGS {
            match self.objects.read(&oid, OBJECT_LIMIT) {
                Ok((ObjectKind::Commit, _)) => return commits.push(oid),
                Ok((ObjectKind::Tag, bytes)) => {
                    self.known.insert(oid);
                    let Some(tag) = Tag::parse(&bytes) else { return };
                    oid = tag.target;
                }
                Ok(_) => {
                    self.known.insert(oid);
                    return;
                }
                Err(_) => return,
            }
        }
    }

    /// Shows what a tip names, and notes the commit at its end.
    fn tip(&mut self, oid: &Oid, commits: &mut Vec<Oid>) {
        let mut oid = *oid;
        for _ in 0..MOST_TAGS {
            if self.known.contains(&oid) {
                return;
            }
            match self.objects.read(&oid, OBJECT_LIMIT) {
                Ok((ObjectKind::Commit, _)) => return commits.push(oid),
                Ok((ObjectKind::Tag, bytes)) => {
                    self.known.insert(oid);
                    self.tag(oid, &bytes);
                    match Tag::parse(&bytes) {
                        Some(tag) => oid = tag.target,
                        None => return self.problem(&oid, ProblemKind::Corrupt, "a tag that names nothing".to_owned()),
                    }
                }
                Ok((kind, _)) => {
                    self.known.insert(oid);
                    return self.bare(oid, kind);
                }
                Err(ReadError::TooBig(_)) => {
                    self.known.insert(oid);
                    return self.bare(oid, ObjectKind::Blob);
                }
                Err(error @ ReadError::Absent) => return self.problem(&oid, ProblemKind::Absent, error.to_string()),
                Err(error) => return self.problem(&oid, ProblemKind::Corrupt, error.to_string()),
            }
        }
    }

    fn tag(&mut self, oid: Oid, bytes: &[u8]) {
        let message = commit::message(bytes);
        self.outcome.tally.bytes += bytes.len() as u64;
        self.outcome.tally.fresh_bytes += message.len() as u64;
        let origin = Origin {
            source: SourceKind::TagMessage,
            path: None,
            blob: Some(oid),
            commit: None,
            tag: Tag::parse(bytes).map(|tag| tag.info()),
            first_line: 1,
        };
        self.outcome.found.extend((self.visit)(&origin, message, Fresh::All));
    }

    /// A tree or a blob that no commit brings.
    fn bare(&mut self, oid: Oid, kind: ObjectKind) {
        let changed = if kind == ObjectKind::Tree {
            let changes = change::compare(self.objects, Newer::Tree(oid), &[], self.stop);
            self.outcome.problems.extend(changes.problems);
            changes.changed
        } else {
            vec![Changed { path: oid.to_string().into(), blob: oid, before: Vec::new() }]
        };
        let judge = Judge {
            objects: self.objects,
            source: SourceKind::History,
            commit: None,
            max_size: self.options.max_size,
            filter: &self.options.filter,
            visit: self.visit,
        };
        let deleted = judge.deleted(&[]);
        for changed in &changed {
            judge.judge(changed, &deleted, &deleted.lines(), &mut self.outcome);
        }
    }

    fn problem(&mut self, oid: &Oid, kind: ProblemKind, why: String) {
        self.outcome.problems.push(Problem { kind, what: format!("object {oid}"), why });
    }
}
