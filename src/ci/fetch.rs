//! A checkout in CI often has one commit. What an event is about is fetched, with the checkout's own credentials and as deep as needed;
//! what cannot be had is said.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Stdio},
};

use super::plan::Wanted;
use crate::{
    location::Oid,
    source::{
        history::{
            commit::{Commit, Tag},
            object::ObjectKind,
            objects::{Lookup, Objects},
            refs,
            repo::{Environment, OpenError, Repo},
        },
        range::{Range, RangeError},
    },
};

/// The remote of a checkout.
const REMOTE: &str = "origin";

/// Each deeper than the one before by so much; then all of it.
const DEEPER: u32 = 20;

/// What is here after fetching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The commits to scan; `None` for what is no range.
    pub range: Option<Range>,
    /// Why not all is here.
    pub missing: Option<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Why nothing can be scanned.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The repository.
    #[error(transparent)]
    Repo(#[from] OpenError),
    /// There is none.
    #[error("no git repository is checked out here: use actions/checkout before this step")]
    NoRepository,
    /// The commits.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// What the event is about is neither here nor to be had.
    #[error("commit {0} is not here and could not be fetched: {1}")]
    NoTip(Oid, String),
}

/// Opens the repository of a folder.
pub fn open(folder: &Path) -> Result<Repo, FetchError> {
    Repo::discover_in(folder, &Environment::of_process())?.ok_or(FetchError::NoRepository)
}

/// Fetches what a plan needs and is not here.
pub fn bring(folder: &Path, wanted: &Wanted) -> Result<Brought, FetchError> {
    let nothing = Brought { range: None, missing: None, notes: Vec::new() };
    match wanted {
        Wanted::Nothing | Wanted::Tree => Ok(nothing),
        Wanted::History => history(folder, nothing),
        Wanted::Commits { tip, hidden, hidden_branch, hidden_branches, commits } => {
            let mut asked = vec![tip.to_string()];
            asked.extend(hidden.iter().map(Oid::to_string));
            let all = "+refs/heads/*:refs/remotes/origin/*".to_owned();
            asked.extend(hidden_branch.iter().map(|name| format!("+refs/heads/{name}:refs/remotes/{REMOTE}/{name}")));
            asked.extend(hidden_branches.then_some(all));
            let known = Known { hidden, branch: hidden_branch.as_deref(), branches: *hidden_branches };
            commits_of(folder, *tip, &known, &asked, *commits)
        }
    }
}

fn history(folder: &Path, mut brought: Brought) -> Result<Brought, FetchError> {
    if open(folder)?.shallow.is_empty() {
        return Ok(brought);
    }
    let refs = ["+refs/heads/*:refs/remotes/origin/*".to_owned(), "+refs/tags/*:refs/tags/*".to_owned()];
    if let Err(why) = fetch(folder, Depth::All, &refs) {
        brought.missing =
            Some(format!("the checkout is shallow, and the rest of the history could not be fetched: {why}"));
    }
    Ok(brought)
}

/// What is known already.
struct Known<'k> {
    hidden: &'k [Oid],
    branch: Option<&'k str>,
    branches: bool,
}

enum Depth {
    /// So many commits from each end.
    Commits(u32),
    /// All of it, of a repository that is shallow.
    All,
    /// What is missing in a repository that is not.
    Missing,
}

fn commits_of(
    folder: &Path,
    tip: Oid,
    known: &Known<'_>,
    asked: &[String],
    commits: u32,
) -> Result<Brought, FetchError> {
    let first = commits.saturating_add(2);
    let depths = [None, Some(first), Some(first.saturating_mul(DEEPER)), Some(u32::MAX)];
    let mut refused = None;
    let mut notes = Vec::new();
    for depth in depths {
        if let Some(depth) = depth {
            let is_shallow = !open(folder)?.shallow.is_empty();
            let depth = match (is_shallow, depth) {
                (false, _) => Depth::Missing,
                (true, u32::MAX) => Depth::All,
                (true, depth) => Depth::Commits(depth),
            };
            if let Err(why) = fetch(folder, depth, asked) {
                // What was there before a forced push may be gone from the server.
                let kept: Vec<String> = asked
                    .iter()
                    .filter(|ask| !known.hidden.iter().any(|oid| **ask == oid.to_string()))
                    .cloned()
                    .collect();
                let is_enough = kept.len() < asked.len() && fetch(folder, Depth::Missing, &kept).is_ok();
                refused = Some(why);
                if !is_enough {
                    break;
                }
            }
        }
        let repo = open(folder)?;
        if depth.is_none() && !has_all_known(&repo, known)? {
            continue;
        }
        if let Some(range) = range(&repo, tip, known)?.filter(|range| is_whole(&repo, range).unwrap_or(false)) {
            if !known.hidden.iter().all(|oid| range.hidden.contains(oid)) {
                notes.push(
                    "What was there before this push is gone: what no other branch has was looked at.".to_owned(),
                );
            }
            return Ok(Brought { range: Some(range), missing: None, notes });
        }
    }
    let repo = open(folder)?;
    let why = refused.unwrap_or_else(|| "the server gives no more".to_owned());
    let range = range(&repo, tip, known)?.ok_or_else(|| FetchError::NoTip(tip, why.clone()))?;
    let missing = format!("the checkout is shallow, and not all commits of this event could be fetched: {why}");
    Ok(Brought { range: Some(range), missing: Some(missing), notes })
}

/// The commits, as far as they are here; `None` where the last one is not.
fn range(repo: &Repo, tip: Oid, known: &Known<'_>) -> Result<Option<Range>, FetchError> {
    let objects = lookup(repo)?;
    if objects.read(&tip, LIMIT).is_err() {
        return Ok(None);
    }
    let mut hidden: BTreeSet<Oid> =
        known.hidden.iter().copied().filter(|oid| objects.read(oid, LIMIT).is_ok()).collect();
    let lost = hidden.len() < known.hidden.len();
    for found in refs::every(repo).tips {
        let name = found.name.strip_prefix(format!("refs/remotes/{REMOTE}/").as_bytes()).unwrap_or_default().to_vec();
        let is_branch = known.branch.is_some_and(|branch| branch.as_bytes() == name);
        // A forced push: whatever else the remote has is known.
        let is_other = !name.is_empty() && (known.branches || (lost && found.oid != tip));
        if is_branch || is_other {
            hidden.insert(found.oid);
        }
    }
    Ok(Some(Range { tips: vec![tip], hidden: hidden.into_iter().collect() }))
}

/// Whether all is here that is known already.
fn has_all_known(repo: &Repo, known: &Known<'_>) -> Result<bool, FetchError> {
    let objects = lookup(repo)?;
    let tracked = known.branch.map(|branch| format!("refs/remotes/{REMOTE}/{branch}"));
    let has_branch = |name: &String| refs::every(repo).tips.iter().any(|tip| tip.name == name.as_str());
    Ok(known.hidden.iter().all(|oid| objects.read(oid, LIMIT).is_ok()) && tracked.as_ref().is_none_or(has_branch))
}

/// Whether no commit of the range is where the shallow checkout ends. Where what is known is cut off as well, a range that goes down to
/// the first commit of all may have more in it than it should.
fn is_whole(repo: &Repo, range: &Range) -> Result<bool, FetchError> {
    if repo.shallow.is_empty() {
        return Ok(true);
    }
    let objects = lookup(repo)?;
    let commits =
        Range { tips: peeled(&objects, &range.tips), hidden: peeled(&objects, &range.hidden) }.commits(repo)?;
    let is_end = |oid: &Oid| {
        let parents = objects.read(oid, LIMIT).map(|(_, bytes)| Commit::parse(&bytes).parents().count());
        repo.shallow.binary_search(oid).is_ok() || parents.is_ok_and(|parents| parents == 0)
    };
    Ok(!commits.iter().any(is_end))
}

/// Commits and tags are read up to this many bytes.
const LIMIT: usize = 64 << 20;

/// The commits that tags name.
fn peeled(objects: &Lookup<'_>, oids: &[Oid]) -> Vec<Oid> {
    let commit = |oid: &Oid| {
        let mut oid = *oid;
        for _ in 0..16 {
            match objects.read(&oid, LIMIT).ok()? {
                (ObjectKind::Commit, _) => return Some(oid),
                (ObjectKind::Tag, bytes) => oid = Tag::parse(&bytes)?.target,
                _ => return None,
            }
        }
        None
    };
    oids.iter().filter_map(commit).collect()
}

fn lookup(repo: &Repo) -> Result<Lookup<'_>, FetchError> {
    Lookup::new(repo).map_err(|error| RangeError::Walk(error.message().to_owned()).into())
}

/// One `git fetch`. What is asked for is ids and refspecs, never options: each begins with a digit or a `+`.
fn fetch(folder: &Path, depth: Depth, asked: &[String]) -> Result<(), String> {
    let mut git = Command::new("git");
    git.current_dir(folder).args([
        "-c",
        "core.hooksPath=/dev/null",
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
    ]);
    match depth {
        Depth::Commits(depth) => drop(git.arg(format!("--depth={depth}"))),
        Depth::All => drop(git.arg("--unshallow")),
        Depth::Missing => {}
    }
    git.arg(REMOTE).args(asked).env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
    let output = git.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(text
        .lines()
        .find(|line| line.contains("fatal:"))
        .unwrap_or("git fetch failed")
        .trim_start_matches("fatal: ")
        .to_owned())
}
