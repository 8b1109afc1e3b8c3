//! A range of commits (`--range A..B`, `--since-commit C`), each by itself: what it adds compared with all of its parents, and
//! its message. So a key that comes and goes inside the range is seen, with its commit.

use bstr::ByteSlice;
use rayon::prelude::*;

use super::{
    Origin, Outcome, Stop, Visit,
    change::{self, Judge, Newer},
    files,
    globs::PathFilter,
    history::{commit::Commit, object::ObjectKind, objects::Objects, repo::Repo, store::ReadError},
    stopped,
};
use crate::{
    blob::Fresh,
    location::{Oid, SourceKind},
    problem::{Problem, ProblemKind},
};

/// What to read of a range.
#[derive(Clone, Debug)]
pub struct Options {
    /// Blobs above this many bytes are skipped and counted.
    pub max_size: u64,
    /// Paths to read. Messages have no path and are always read.
    pub filter: PathFilter,
}

/// Commits that are reached from some and not from others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// Reached from these,
    pub tips: Vec<Oid>,
    /// but not from these.
    pub hidden: Vec<Oid>,
}

/// Why a range means nothing.
#[derive(Debug, thiserror::Error)]
pub enum RangeError {
    /// A revision that names no commit here.
    #[error("revision {name:?}: {why}")]
    BadRevision {
        /// The revision as given.
        name: String,
        /// What git's library says.
        why: String,
    },
    /// History between the commits could not be walked.
    #[error("commits of the range: {0}")]
    Walk(String),
}

/// A commit object is read up to this many bytes.
const COMMIT_LIMIT: usize = 64 << 20;

impl Range {
    /// Reads `A..B` (reached from B and not from A), `A...B` (reached from one of them only) or `B` (all reached from it). A side
    /// that is left out is HEAD.
    pub fn parse(repo: &Repo, text: &str) -> Result<Self, RangeError> {
        let repository = open(repo)?;
        let head = |name: &str| if name.is_empty() { "HEAD".to_owned() } else { name.to_owned() };
        if let Some((from, to)) = text.split_once("...") {
            let tips = vec![commit(&repository, &head(from))?, commit(&repository, &head(to))?];
            let bases = repository.merge_bases(tips[0], tips[1]);
            let hidden = match bases {
                Ok(bases) => bases.iter().map(|base| ours(*base)).collect(),
                Err(error) if error.code() == git2::ErrorCode::NotFound => Vec::new(),
                Err(error) => return Err(RangeError::Walk(error.message().to_owned())),
            };
            return Ok(Self { tips: tips.into_iter().map(ours).collect(), hidden });
        }
        if let Some((from, to)) = text.split_once("..") {
            let (from, to) = (commit(&repository, &head(from))?, commit(&repository, &head(to))?);
            return Ok(Self { tips: vec![ours(to)], hidden: vec![ours(from)] });
        }
        Ok(Self { tips: vec![ours(commit(&repository, text)?)], hidden: Vec::new() })
    }

    /// The commits since `from`: `from..HEAD`.
    pub fn since(repo: &Repo, from: &str) -> Result<Self, RangeError> {
        let repository = open(repo)?;
        let (from, head) = (commit(&repository, from)?, commit(&repository, "HEAD")?);
        Ok(Self { tips: vec![ours(head)], hidden: vec![ours(from)] })
    }

    /// Its commits, parents before children.
    pub fn commits(&self, repo: &Repo) -> Result<Vec<Oid>, RangeError> {
        let repository = open(repo)?;
        let walk = || -> Result<Vec<Oid>, git2::Error> {
            let mut walk = repository.revwalk()?;
            walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)?;
            for oid in &self.tips {
                walk.push(theirs(oid)?)?;
            }
            for oid in &self.hidden {
                walk.hide(theirs(oid)?)?;
            }
            walk.map(|oid| oid.map(ours)).collect()
        };
        walk().map_err(|error| RangeError::Walk(error.message().to_owned()))
    }
}

/// Shows the message of every commit, and every file of it that has lines which no parent's version has, nor a file that goes away
/// in the same commit.
pub fn scan<T: Send>(
    repo: &Repo,
    objects: &dyn Objects,
    range: &Range,
    options: &Options,
    visit: &Visit<'_, T>,
    stop: &Stop<'_>,
) -> Result<Outcome<T>, RangeError> {
    let commits = range.commits(repo)?;
    let scanner = Scanner { repo, objects, options, visit, stop };
    let scanned: Vec<_> = commits.par_iter().map(|commit| scanner.commit(commit)).collect();
    let mut outcome = Outcome::default();
    scanned.into_iter().for_each(|scanned| outcome.add(scanned));
    if stop() {
        outcome.problems.push(stopped("range of commits"));
    }
    outcome.problems.sort();
    outcome.problems.dedup();
    Ok(outcome)
}

struct Scanner<'s, T> {
    repo: &'s Repo,
    objects: &'s dyn Objects,
    options: &'s Options,
    visit: &'s Visit<'s, T>,
    stop: &'s Stop<'s>,
}

impl<T: Send> Scanner<'_, T> {
    fn commit(&self, oid: &Oid) -> Outcome<T> {
        let mut outcome = Outcome::default();
        if (self.stop)() {
            return outcome;
        }
        let Some(bytes) = self.read(oid, &mut outcome) else { return outcome };
        let commit = Commit::parse(&bytes);
        outcome.tally.commits += 1;
        outcome.tally.bytes += bytes.len() as u64;
        outcome.tally.fresh_bytes += commit.message.len() as u64;
        let origin = Origin {
            source: SourceKind::CommitMessage,
            path: None,
            blob: Some(*oid),
            commit: Some(*oid),
            tag: None,
            first_line: 1,
        };
        outcome.found.extend((self.visit)(&origin, commit.message, Fresh::All));

        let Some(tree) = commit.tree else {
            outcome.problems.push(problem(oid, ProblemKind::Corrupt, "no tree header".to_owned()));
            return outcome;
        };
        let older = self.parents(oid, &commit, &mut outcome);
        let changes = change::compare(self.objects, Newer::Tree(tree), &older, self.stop);
        outcome.problems.extend(changes.problems);
        let judge = Judge {
            objects: self.objects,
            source: SourceKind::History,
            commit: Some(*oid),
            max_size: self.options.max_size,
            filter: &self.options.filter,
            visit: self.visit,
        };
        let deleted = judge.deleted(if changes.changed.is_empty() { &[] } else { &changes.deleted });
        let moved = deleted.lines();
        for changed in &changes.changed {
            if (self.stop)() {
                break;
            }
            judge.judge(changed, &deleted, &moved, &mut outcome);
        }
        outcome
    }

    /// The root trees of a commit's parents. Where a shallow clone ends, there are none, and all of the commit counts as new.
    fn parents(&self, oid: &Oid, commit: &Commit<'_>, outcome: &mut Outcome<T>) -> Vec<Oid> {
        if self.repo.shallow.binary_search(oid).is_ok() {
            if commit.parents().next().is_some() {
                let why = "its parents are beyond the end of a shallow clone".to_owned();
                outcome.problems.push(problem(oid, ProblemKind::Shallow, why));
            }
            return Vec::new();
        }
        let mut trees = Vec::new();
        for parent in commit.parents() {
            trees.extend(self.read(&parent, outcome).and_then(|bytes| Commit::parse(&bytes).tree));
        }
        trees
    }

    fn read(&self, oid: &Oid, outcome: &mut Outcome<T>) -> Option<Vec<u8>> {
        let (kind, why) = match self.objects.read(oid, COMMIT_LIMIT) {
            Ok((ObjectKind::Commit, bytes)) => return Some(bytes),
            Ok(_) => (ProblemKind::Corrupt, "not a commit".to_owned()),
            Err(error @ ReadError::Absent) => (ProblemKind::Absent, error.to_string()),
            Err(error) => (ProblemKind::Corrupt, error.to_string()),
        };
        outcome.problems.push(problem(oid, kind, why));
        None
    }
}

fn problem(oid: &Oid, kind: ProblemKind, why: String) -> Problem {
    Problem { kind, what: format!("commit {oid}"), why }
}

fn open(repo: &Repo) -> Result<git2::Repository, RangeError> {
    repo.git2().map_err(|error| RangeError::Walk(error.message().to_owned()))
}

fn commit(repository: &git2::Repository, name: &str) -> Result<git2::Oid, RangeError> {
    let found = repository.revparse_single(name).and_then(|object| object.peel_to_commit());
    found.map(|commit| commit.id()).map_err(|error| RangeError::BadRevision {
        name: files::plain(name.as_bytes().as_bstr()),
        why: error.message().to_owned(),
    })
}

fn ours(oid: git2::Oid) -> Oid {
    Oid::from_bytes(oid.as_bytes()).expect("libgit2's ids have 20 or 32 bytes")
}

fn theirs(oid: &Oid) -> Result<git2::Oid, git2::Error> {
    git2::Oid::from_bytes(oid.as_bytes())
}
