//! Object folders: a repository's own and its alternates, which may have alternates of their own.

use std::{
    collections::VecDeque,
    fs, io,
    path::{Path, PathBuf},
};

use bstr::{BStr, ByteSlice};

use super::{Environment, OpenError, read_small};
use crate::{
    problem::{Problem, ProblemKind},
    source::files,
};

/// Alternates of more folders than this are a problem: git follows them only five deep.
const MOST: usize = 1000;

/// Every object folder once. One that is not there is a problem; cycles end by themselves.
pub fn all(
    common_dir: &Path,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) -> Result<Vec<PathBuf>, OpenError> {
    let own = environment.object_dir.clone().unwrap_or_else(|| common_dir.join("objects"));
    let own = match fs::canonicalize(&own) {
        Ok(path) => path,
        // That it is not there is told as damage of the repository.
        Err(error) if error.kind() == io::ErrorKind::NotFound => own,
        Err(source) => return Err(super::unreadable(&own, source)),
    };
    let mut found = vec![own.clone()];
    let mut waiting: VecDeque<_> = listed_in(&own)?.into();
    waiting.extend(environment.more_object_dirs.iter().cloned());
    while let Some(path) = waiting.pop_front() {
        let Ok(folder) = fs::canonicalize(&path) else {
            let why = "alternate object folder is not there".to_owned();
            problems.push(Problem { kind: ProblemKind::Absent, what: files::shown(&path), why });
            continue;
        };
        if found.contains(&folder) {
            continue;
        }
        if found.len() == MOST {
            let why = format!("more than {MOST} alternate object folders");
            problems.push(Problem { kind: ProblemKind::Unsupported, what: files::shown(&own), why });
            break;
        }
        match listed_in(&folder) {
            Ok(more) => waiting.extend(more),
            Err(error) => problems.push(error.problem()),
        }
        found.push(folder);
    }
    Ok(found)
}

/// The folders that `info/alternates` names; relative ones start at the object folder.
fn listed_in(folder: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let text = read_small(&folder.join("info/alternates"))?.unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    Ok(lines.map(|line| folder.join(unquoted(line.as_bstr()))).collect())
}

/// A path that may be quoted as C strings are.
pub fn unquoted(text: &BStr) -> PathBuf {
    match files::unquote(text) {
        Some((path, _)) => path.to_path_lossy().into_owned(),
        None => text.to_path_lossy().into_owned(),
    }
}
