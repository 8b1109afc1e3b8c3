//! The working tree: files as they lie on disk.
//!
//! Inside a git repository its own ignore rules hold, and its own only; a tracked file is read whatever they say. Outside of one
//! everything is read. Of a `.git` folder only the configuration is read, which may hold credentials in URLs and headers.
//!
//! Paths are shown relative to the target; a target that is a file is shown by its name. Folders are listed in rounds and their
//! files read in between, so memory stays bounded in a tree of any size and depth.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bstr::{BString, ByteSlice};
use rayon::prelude::*;

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
mod pattern;
mod tracked;
mod work;

use folder::{Folder, Listed};
use work::Work;

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

/// Folders listed in one round.
const ROUND: usize = 256;

/// Files that wait before they are read, unless no folder is left.
const BATCH: usize = 4096;

/// Reads a file, or every file below a folder.
pub fn walk<T: Send>(root: &Path, options: &Options, visit: &Visit<'_, T>, stop: &Stop<'_>) -> Outcome<T> {
    let reader = Reader { root, options, visit, stop };
    let mut walk = Walk { reader, found: Vec::new(), outcome: Outcome::default() };
    match fs::metadata(root) {
        Ok(meta) if meta.is_dir() => walk.folder(),
        Ok(meta) if meta.is_file() => walk.single_file(),
        Ok(_) => walk.outcome.tally.skip(Skip::Special),
        Err(error) => walk.outcome.problems.push(unreadable(root, &error)),
    }
    walk.finish()
}

struct Reader<'w, T> {
    root: &'w Path,
    options: &'w Options,
    visit: &'w Visit<'w, T>,
    stop: &'w Stop<'w>,
}

struct Walk<'w, T> {
    reader: Reader<'w, T>,
    found: Vec<(BString, T)>,
    outcome: Outcome<T>,
}

/// What came of one file.
struct Seen<T> {
    path: BString,
    result: Result<Found, io::Error>,
    found: Option<T>,
}

impl<T: Send> Reader<'_, T> {
    /// Files in the order given; ends early when stopped.
    fn read_all(&self, batch: Vec<BString>) -> Vec<Seen<T>> {
        let scratch = || (Vec::new(), PathBuf::new());
        let seen = batch.into_par_iter().with_max_len(256).map_init(scratch, |(buffer, path), shown| {
            if (self.stop)() {
                return None;
            }
            path.as_mut_os_string().clear();
            path.push(self.root);
            path.push(shown.to_path_lossy());
            Some(self.read(path, shown, buffer))
        });
        seen.while_some().collect()
    }

    /// Reads one file and shows it to the closure.
    fn read(&self, path: &Path, shown: BString, buffer: &mut Vec<u8>) -> Seen<T> {
        let result = files::read(path, self.options.max_size, buffer);
        let mut origin = Origin::file(SourceKind::Tree, shown);
        let found = match result {
            Ok(Found::Whole(len)) => (self.visit)(&origin, &buffer[..len], Fresh::All),
            _ => None,
        };
        Seen { path: origin.path.take().unwrap_or_default(), result, found }
    }
}

impl<T: Send> Walk<'_, T> {
    /// A target that is a file is read whatever ignore rules say: the user named it.
    fn single_file(&mut self) {
        // A link that the user named is followed.
        let root = self.reader.root;
        let path = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let name = files::path_bytes(Path::new(root.file_name().unwrap_or(root.as_os_str())));
        if !self.reader.options.filter.admits(name.as_bstr()) {
            return self.outcome.tally.skip(Skip::Excluded);
        }
        self.count(vec![self.reader.read(&path, name, &mut Vec::new())]);
    }

    fn folder(&mut self) {
        let Reader { root, options, stop, .. } = self.reader;
        // Where the repository or its index cannot be read, everything is read as if it were in none.
        let work = Work::of_target(root, &options.environment).unwrap_or_else(|problem| {
            self.outcome.problems.push(problem);
            None
        });
        let mut waiting = vec![Folder::target(work.map(Arc::new))];
        let mut batch = Vec::new();
        while !waiting.is_empty() && !stop() {
            let round = waiting.split_off(waiting.len().saturating_sub(ROUND));
            let listed: Vec<Listed> = round.into_par_iter().map(|folder| folder.list(root, options)).collect();
            for mut listed in listed {
                waiting.append(&mut listed.folders);
                batch.append(&mut listed.files);
                self.outcome.nested.append(&mut listed.nested);
                self.outcome.problems.append(&mut listed.problems);
                self.outcome.tally.add(&listed.tally);
            }
            if batch.len() >= BATCH || waiting.is_empty() {
                self.count(self.reader.read_all(std::mem::take(&mut batch)));
            }
        }
        if stop() {
            self.outcome.problems.push(stopped(&files::shown(root)));
        }
    }

    fn count(&mut self, seen: Vec<Seen<T>>) {
        let outcome = &mut self.outcome;
        for Seen { path, result, found } in seen {
            match result {
                Ok(Found::Whole(len)) => {
                    outcome.tally.files += 1;
                    outcome.tally.bytes += len as u64;
                    outcome.tally.fresh_bytes += len as u64;
                }
                Ok(Found::TooBig) => outcome.tally.skip(Skip::TooBig),
                Ok(Found::Symlink) => outcome.tally.skip(Skip::Symlink),
                Ok(Found::Special) => outcome.tally.skip(Skip::Special),
                // It went away since its folder was listed: there is nothing to read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => outcome.problems.push(unreadable(&self.reader.root.join(path.to_path_lossy()), &error)),
            }
            if let Some(found) = found {
                self.found.push((path, found));
            }
        }
    }

    fn finish(mut self) -> Outcome<T> {
        self.found.sort_by(|a, b| a.0.cmp(&b.0));
        self.outcome.found = self.found.into_iter().map(|(_, found)| found).collect();
        self.outcome.problems.sort();
        self.outcome.nested.sort();
        self.outcome
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem { kind: ProblemKind::Unreadable, what: files::shown(path), why: error.to_string() }
}
