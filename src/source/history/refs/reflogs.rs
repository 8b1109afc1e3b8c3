//! Reflogs: what refs pointed to before. `git stash` keeps all but its newest entry only there.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use bstr::BString;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::{Tip, TipKind, Tips};
use crate::{
    location::Oid,
    problem::{Problem, ProblemKind},
    source::{files, history::repo::Repo},
};

/// Adds both ids of every line of every log. An entry whose object is not there was pruned, and is counted.
pub fn add(repo: &Repo, has: &(dyn Fn(&Oid) -> bool + Sync), found: &mut Tips) {
    let mut logs = Vec::new();
    for git_dir in repo.git_dirs() {
        list(&git_dir.join("logs"), BString::default(), &mut logs);
    }
    logs.sort();
    let read: Vec<_> = logs.par_iter().map(|(path, name)| (path, name, read(path))).collect();
    let mut seen = FxHashSet::default();
    for (path, name, (oids, error)) in read {
        if let Some(error) = error {
            let (kind, what) = (ProblemKind::Unreadable, files::shown(path));
            found.problems.push(Problem { kind, what, why: error.to_string() });
        }
        for oid in oids {
            if oid.is_zero() || !seen.insert(oid) {
                continue;
            }
            if has(&oid) {
                found.tips.push(Tip { name: name.clone(), oid, kind: TipKind::Reflog });
            } else {
                found.pruned += 1;
            }
        }
    }
}

fn list(path: &Path, name: BString, logs: &mut Vec<(PathBuf, BString)>) {
    let mut waiting = vec![(path.to_owned(), name)];
    while let Some((path, name)) = waiting.pop() {
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        if meta.is_file() {
            logs.push((path, name));
        } else if meta.is_dir() {
            waiting.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| {
                let last = files::path_bytes(Path::new(&entry.file_name()));
                let name =
                    if name.is_empty() { last } else { [name.as_slice(), b"/", last.as_slice()].concat().into() };
                (entry.path(), name)
            }));
        }
    }
}

/// Ids of a log, in order, without immediate repeats. A line that is no entry is passed over, as git does.
fn read(path: &Path) -> (Vec<Oid>, Option<io::Error>) {
    let mut oids = Vec::new();
    let mut add = |hex: &[u8]| {
        if let Some(oid) = Oid::from_hex(hex)
            && oids.last() != Some(&oid)
        {
            oids.push(oid);
        }
    };
    let error = line_starts(path, &mut |start| {
        let mut fields = start.splitn(3, |byte| *byte == b' ');
        fields.next().into_iter().chain(fields.next()).for_each(&mut add);
    });
    (oids, error.err())
}

/// Two ids of 64 digits, each with its blank.
const START: usize = 130;

/// Calls `line` with the first bytes of every line: a log may be of any size, and a line too.
fn line_starts(path: &Path, line: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let mut start = Vec::with_capacity(START);
    loop {
        let read = reader.fill_buf()?;
        if read.is_empty() {
            line(&start);
            return Ok(());
        }
        let end = memchr::memchr(b'\n', read);
        let part = &read[..end.unwrap_or(read.len())];
        start.extend_from_slice(&part[..part.len().min(START - start.len())]);
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            line(&start);
            start.clear();
        }
    }
}
