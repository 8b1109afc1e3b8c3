//! The files of a `.git` folder that may hold credentials: its configuration and that of its worktrees and submodules.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::source::history::repo::is_git_dir;

/// A submodule's name may have slashes; its submodules lie in its own folder. So deep at most.
const DEEPEST: usize = 32;

/// Paths of those files, relative to the git folder.
pub fn files(git_dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    configuration(git_dir, Path::new(""), &mut found);
    let mut waiting = vec![(PathBuf::from("modules"), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let Ok(entries) = fs::read_dir(git_dir.join(&folder)) else { continue };
        for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            let below = folder.join(entry.file_name());
            let next = if is_git_dir(&entry.path()) {
                configuration(git_dir, &below, &mut found);
                below.join("modules")
            } else {
                below
            };
            if depth < DEEPEST {
                waiting.push((next, depth + 1));
            }
        }
    }
    found
}

fn configuration(git_dir: &Path, below: &Path, found: &mut Vec<PathBuf>) {
    let mut add = |path: PathBuf| {
        if fs::symlink_metadata(git_dir.join(&path)).is_ok_and(|meta| meta.is_file()) {
            found.push(path);
        }
    };
    add(below.join("config"));
    add(below.join("config.worktree"));
    for entry in fs::read_dir(git_dir.join(below).join("worktrees")).into_iter().flatten().flatten() {
        add(below.join("worktrees").join(entry.file_name()).join("config.worktree"));
    }
}
