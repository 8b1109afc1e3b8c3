//! What the next commit adds compared with HEAD: read from the index and its blobs, not from the working tree.

use bstr::ByteSlice;
use rayon::prelude::*;

use super::{
    Outcome, Stop, Visit,
    change::{self, Judge, Newer, StagedFolder},
    files,
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
    /// Commits that the next one merges, besides those that `MERGE_HEAD` names: what they have is not new.
    pub merged: Vec<Oid>,
}

/// A commit object is read up to this many bytes.
const COMMIT_LIMIT: usize = 64 << 20;

/// Shows every staged file that has lines which neither its version in HEAD has nor a file that goes away in the same change. The
/// rest of it is there as context. In a merge the versions of all sides count as known.
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
    let mut older: Vec<Oid> = head.into_iter().collect();
    for commit in merge_heads(repo).iter().chain(&options.merged) {
        match tree_of(objects, commit) {
            Ok(tree) => older.push(tree),
            Err(problem) => outcome.problems.push(problem),
        }
    }
    let changes = change::compare(objects, Newer::Staged(top), &older, stop);
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

/// The commits that a merge under way brings.
fn merge_heads(repo: &Repo) -> Vec<Oid> {
    let text = files::read_small(&repo.git_dir.join("MERGE_HEAD"), MERGE_HEADS).unwrap_or_default();
    text.lines().filter_map(Oid::from_hex).collect()
}

/// `MERGE_HEAD` is read up to this many bytes: more sides than git merges.
const MERGE_HEADS: u64 = 1 << 20;

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
