//! The files of a `.git` folder that may hold credentials: its configuration and that of its worktrees and submodules.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use crate::source::history::repo::{Repo, is_git_dir};

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

/// The configuration that a `.git` file in `top` leads to, of a submodule or a linked worktree: relative to `top`. What lies below
/// `top` is left out, since the walk meets it.
pub fn linked(top: &Path) -> Vec<PathBuf> {
    let (Ok(Some(repo)), Ok(top)) = (Repo::of_work_tree(top), fs::canonicalize(top)) else { return Vec::new() };
    let mut folders = vec![repo.common_dir, repo.git_dir];
    folders.dedup();
    folders.retain(|folder| !folder.starts_with(&top));
    let files = folders.iter().flat_map(|folder| ["config", "config.worktree"].map(|name| folder.join(name)));
    let files = files.filter(|file| fs::symlink_metadata(file).is_ok_and(|meta| meta.is_file()));
    files.map(|file| relative(&top, &file)).collect()
}

/// How to get from one absolute path to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
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
