//! What the next commit adds compared with HEAD: read from the index and its blobs, not from the working tree.

use rayon::prelude::*;

use super::{
    Outcome, Stop, Visit,
    change::{self, Judge, Newer, StagedFolder},
    globs::PathFilter,
    history::{commit::Commit, git_index, object::ObjectKind, objects::Objects, refs, repo::Repo, store::ReadError},
    stopped,
};
use crate::{
    location::{Oid, SourceKind},
    problem::{Problem, ProblemKind},
};

/// What to read of a change.
#[derive(Clone, Debug)]
pub struct Options {
    /// Blobs above this many bytes are skipped and counted.
    pub max_size: u64,
    /// Paths to read.
    pub filter: PathFilter,
}

/// A commit object is read up to this many bytes.
const COMMIT_LIMIT: usize = 64 << 20;

/// Shows every staged file that has lines which neither its version in HEAD has nor a file that goes away in the same change. The
/// rest of it is there as context. Both sides of a conflict are shown.
pub fn scan<T: Send>(
    repo: &Repo,
    objects: &dyn Objects,
    options: &Options,
    visit: &Visit<'_, T>,
    stop: &Stop<'_>,
) -> Outcome<T> {
    let mut outcome = Outcome::default();
    let index = match git_index::open(&repo.index, repo) {
        Ok(Some(index)) => index,
        Ok(None) => return outcome,
        Err(problem) => {
            outcome.problems.push(problem);
            return outcome;
        }
    };
    let head = refs::head(repo).and_then(|head| head.map(|commit| tree_of(objects, &commit)).transpose());
    let head = head.unwrap_or_else(|problem| {
        // Everything counts as new then.
        outcome.problems.push(problem);
        None
    });
    let top = StagedFolder::top(&index);
    if head.is_some() && top.written_tree() == head {
        return outcome;
    }
    let changes = change::compare(objects, Newer::Staged(top), head.as_slice(), stop);
    outcome.problems.extend(changes.problems);
    let judge = Judge {
        objects,
        source: SourceKind::Staged,
        commit: None,
        max_size: options.max_size,
        filter: &options.filter,
        visit,
    };
    let deleted = judge.deleted(if changes.changed.is_empty() { &[] } else { &changes.deleted });
    let moved = deleted.lines();
    let judged = changes.changed.par_iter().map(|changed| {
        let mut judged = Outcome::default();
        if !stop() {
            judge.judge(changed, &deleted, &moved, &mut judged);
        }
        judged
    });
    judged.collect::<Vec<_>>().into_iter().for_each(|judged| outcome.add(judged));
    if stop() {
        outcome.problems.push(stopped("staged changes"));
    }
    outcome.problems.sort();
    outcome
}

/// The root tree of a commit.
fn tree_of(objects: &dyn Objects, commit: &Oid) -> Result<Oid, Problem> {
    let problem = |kind, why: String| Problem { kind, what: format!("commit {commit}"), why };
    match objects.read(commit, COMMIT_LIMIT) {
        Ok((ObjectKind::Commit, bytes)) => {
            Commit::parse(&bytes).tree.ok_or_else(|| problem(ProblemKind::Corrupt, "no tree header".to_owned()))
        }
        Ok(_) => Err(problem(ProblemKind::Corrupt, "not a commit".to_owned())),
        Err(error @ ReadError::Absent) => Err(problem(ProblemKind::Absent, error.to_string())),
        Err(error) => Err(problem(ProblemKind::Corrupt, error.to_string())),
    }
}
