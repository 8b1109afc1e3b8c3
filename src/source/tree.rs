//! The working tree: files as they lie on disk.
//!
//! Inside a git repository its own ignore rules hold, and its own only; a tracked file is read whatever they say. Outside of one
//! everything is read. Of a `.git` folder only the configuration is read, which may hold credentials in URLs and headers.
//!
//! Paths are shown from the top of the work tree that the target lies in, as history shows them; outside of one from the target, and
//! a target that is a file by its name. Each folder is a task, which reads its files as soon as it has listed them; the folders in
//! it are tasks of their own, the last found first.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bstr::{BStr, BString, ByteSlice};
use rayon::Scope;

use super::{
    Origin, Outcome, Stop, Visit,
    files::{self, Found},
    globs::PathFilter,
    history::repo::Environment,
    stopped,
};
use crate::{
    blob::Fresh,
    location::SourceKind,
    problem::{Problem, ProblemKind, Skip},
};

mod folder;
mod git_folder;
mod ignored;
mod open;
pub(super) mod pattern;
mod tracked;
mod work;

use folder::{Folder, Listed};
use open::Open;
use work::{Around, Work};

/// What to read of a tree.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files above this many bytes are skipped and counted.
    pub max_size: u64,
    /// Read untracked files that git's ignore rules name. Otherwise they are skipped and counted: a folder that is ignored as a
    /// whole and holds nothing tracked is not entered, and counts as one. A `.git-credentials` file is read even when ignored, in
    /// every folder that is entered.
    pub include_ignored: bool,
    /// Paths to read.
    pub filter: PathFilter,
    /// Git's variables, for the target that is the current repository.
    pub environment: Environment,
}

/// Files of one folder that a task reads.
const FILES: usize = 128;

/// Reads a file, or every file below a folder.
pub fn walk<T: Send>(root: &Path, options: &Options, visit: &Visit<'_, T>, stop: &Stop<'_>) -> Outcome<T> {
    let meta = match fs::metadata(root) {
        Ok(meta) => meta,
        Err(error) => return Outcome { problems: vec![unreadable(root, &error)], ..Outcome::default() },
    };
    let (walk, around) = Walk::new(root, options, visit, stop);
    if meta.is_dir() {
        walk.target(around);
    } else if meta.is_file() {
        walk.single_file();
    } else {
        walk.with(|seen| seen.outcome.tally.skip(Skip::Special));
    }
    walk.finish()
}

/// Reads these files below a folder, whatever ignore rules say: the user named them. A link is not followed, and what is not there
/// is a problem.
pub fn named<T: Send>(
    root: &Path,
    mut names: Vec<BString>,
    options: &Options,
    visit: &Visit<'_, T>,
    stop: &Stop<'_>,
) -> Outcome<T> {
    names.sort();
    names.dedup();
    let (walk, _) = Walk::new(root, options, visit, stop);
    names.retain(|name| match fs::symlink_metadata(root.join(name.to_path_lossy())) {
        Ok(meta) if meta.is_dir() => false,
        Ok(_) if walk.options.filter.admits(name.as_bstr()) => true,
        Ok(_) => {
            walk.with(|seen| seen.outcome.tally.skip(Skip::Excluded));
            false
        }
        Err(error) => {
            walk.with(|seen| seen.outcome.problems.push(unreadable(&root.join(name.to_path_lossy()), &error)));
            false
        }
    });
    match Open::new(root.to_owned(), BString::default()) {
        Ok(folder) => rayon::scope(|scope| {
            let (walk, folder) = (&walk, &folder);
            for some in names.chunks(FILES) {
                scope.spawn(move |_| walk.files(folder, some, Seen::default()));
            }
        }),
        Err(error) => walk.with(|seen| seen.outcome.problems.push(unreadable(root, &error))),
    }
    if stop() {
        walk.with(|seen| seen.outcome.problems.push(stopped("named files")));
    }
    walk.finish()
}

/// The file on disk that a path of a target means, as a scan of its working tree shows it.
pub fn on_disk(target: &Path, shown: &BStr, environment: &Environment) -> PathBuf {
    match Around::of(target, environment) {
        Ok(Some(around)) => around.top.join(shown.to_path_lossy()),
        _ if target.is_dir() => target.join(shown.to_path_lossy()),
        _ => target.to_owned(),
    }
}

struct Walk<'w, T> {
    root: &'w Path,
    /// Stands before each path that is shown: leads from the top of the work tree to the target.
    start: BString,
    options: Options,
    visit: &'w Visit<'w, T>,
    stop: &'w Stop<'w>,
    /// Buffers that no task uses now.
    buffers: Mutex<Vec<Vec<u8>>>,
    seen: Mutex<Seen<T>>,
}

/// What all tasks saw, in whatever order.
struct Seen<T> {
    found: Vec<(BString, T)>,
    outcome: Outcome<T>,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self { found: Vec::new(), outcome: Outcome::default() }
    }
}

impl<'w, T: Send> Walk<'w, T> {
    fn new(root: &'w Path, options: &Options, visit: &'w Visit<'w, T>, stop: &'w Stop<'w>) -> (Self, Option<Around>) {
        let mut seen = Seen::default();
        // Where the repository cannot be read, everything is read as if it were in none.
        let around = Around::of(root, &options.environment).unwrap_or_else(|problem| {
            seen.outcome.problems.push(problem);
            None
        });
        let start = around.as_ref().map(|around| around.start.clone()).unwrap_or_default();
        let options = Options { filter: options.filter.clone().below(start.as_bstr()), ..options.clone() };
        (Self { root, start, options, visit, stop, buffers: Mutex::default(), seen: Mutex::new(seen) }, around)
    }

    /// A file or folder below the target as it is shown.
    fn origin(&self, below: &[u8]) -> Origin {
        Origin::file(SourceKind::Tree, [self.start.as_slice(), below].concat().into())
    }

    fn with(&self, act: impl FnOnce(&mut Seen<T>)) {
        act(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A target that is a file is read whatever ignore rules say: the user named it.
    fn single_file(&self) {
        // A link that the user named is followed.
        let path = fs::canonicalize(self.root).unwrap_or_else(|_| self.root.to_owned());
        let name = files::path_bytes(Path::new(self.root.file_name().unwrap_or(self.root.as_os_str())));
        let mut seen = Seen::default();
        if self.options.filter.admits(name.as_bstr()) {
            let mut buffer = Vec::new();
            let read = files::read(&path, self.options.max_size, &mut buffer);
            self.see(read, &self.origin(&name), &buffer, || path, &mut seen);
        } else {
            seen.outcome.tally.skip(Skip::Excluded);
        }
        self.with(|all| all.add(seen));
    }

    fn target(&self, around: Option<Around>) {
        let work = around.and_then(|around| {
            // Where the index cannot be read, everything is read as if nothing were tracked and nothing ignored.
            let work = Work::of_target(&around, &self.options.environment.user);
            work.map_err(|problem| self.with(|seen| seen.outcome.problems.push(problem))).ok()
        });
        let target = Folder::target(work.map(Arc::new));
        rayon::scope(|scope| self.folder(scope, target));
        if (self.stop)() {
            self.with(|seen| seen.outcome.problems.push(stopped(&files::shown(self.root))));
        }
    }

    fn folder<'s>(&'s self, scope: &Scope<'s>, folder: Folder) {
        if (self.stop)() {
            return;
        }
        let Listed { folder, files, folders, nested, tally, problems } = folder.list(self.root, &self.options);
        for folder in folders {
            scope.spawn(move |scope| self.folder(scope, folder));
        }
        let seen = Seen { found: Vec::new(), outcome: Outcome { found: Vec::new(), tally, problems, nested } };
        let Some(folder) = folder.map(Arc::new) else { return self.with(|all| all.add(seen)) };
        let (first, others) = files.split_at(files.len().min(FILES));
        for some in others.chunks(FILES).map(<[BString]>::to_vec) {
            let folder = Arc::clone(&folder);
            scope.spawn(move |_| self.files(&folder, &some, Seen::default()));
        }
        self.files(&folder, first, seen);
    }

    /// Reads files of a folder, and adds what is seen there to `seen` and to what all tasks saw.
    fn files(&self, folder: &Open, names: &[BString], mut seen: Seen<T>) {
        let mut buffer = self.buffers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let mut origin = self.origin(&folder.below);
        let start = origin.path.as_ref().map_or(0, |path| path.len());
        for name in names {
            if (self.stop)() {
                break;
            }
            let path = origin.path.get_or_insert_default();
            path.truncate(start);
            path.extend_from_slice(name);
            let read = folder.read(name.as_bstr(), self.options.max_size, &mut buffer);
            self.see(read, &origin, &buffer, || folder.path.join(name.to_path_lossy()), &mut seen);
        }
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        self.with(|all| all.add(seen));
    }

    /// Shows what was read of a file to the closure, or notes why nothing was.
    fn see(
        &self,
        read: io::Result<Found>,
        origin: &Origin,
        buffer: &[u8],
        path: impl FnOnce() -> PathBuf,
        seen: &mut Seen<T>,
    ) {
        let tally = &mut seen.outcome.tally;
        match read {
            Ok(Found::Whole(len)) => {
                tally.files += 1;
                tally.bytes += len as u64;
                tally.fresh_bytes += len as u64;
                let found = (self.visit)(origin, &buffer[..len], Fresh::All);
                seen.found.extend(found.map(|found| (origin.path.clone().unwrap_or_default(), found)));
            }
            Ok(Found::TooBig) => tally.skip(Skip::TooBig),
            Ok(Found::Symlink) => tally.skip(Skip::Symlink),
            Ok(Found::Special) => tally.skip(Skip::Special),
            // It went away since its folder was listed: there is nothing to read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => seen.outcome.problems.push(unreadable(&path(), &error)),
        }
    }

    fn finish(self) -> Outcome<T> {
        let Seen { mut found, mut outcome } = self.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_by(|a, b| a.0.cmp(&b.0));
        outcome.found = found.into_iter().map(|(_, found)| found).collect();
        outcome.problems.sort();
        outcome.nested.sort();
        outcome
    }
}

impl<T> Seen<T> {
    fn add(&mut self, other: Self) {
        self.found.extend(other.found);
        self.outcome.add(other.outcome);
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem { kind: ProblemKind::Unreadable, what: files::shown(path), why: error.to_string() }
}
