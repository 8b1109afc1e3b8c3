//! The configuration of a pull request's base: a pull request must not switch its own check off, so what it changes there counts
//! once it is merged, and is told until then.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{location::Oid, source::history::repo::Repo};

/// The files by which a repository narrows what is said of it.
const FILES: [&str; 3] = ["keysweep.toml", "pyproject.toml", ".keysweep"];

/// Why the base's files cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// Reading them.
    #[error("configuration of commit {0}: {1}")]
    Read(Oid, String),
    /// Writing them where they are read.
    #[error("{}: {}", .0.display(), .1)]
    Write(PathBuf, io::Error),
}

/// Writes the files of a commit below a folder of our own. Returns those that `head` has otherwise.
pub fn write(repo: &Repo, base: &Oid, head: &Oid, folder: &Path) -> Result<Vec<String>, BaseError> {
    let failed = |oid: &Oid| {
        let oid = *oid;
        move |error: git2::Error| BaseError::Read(oid, error.message().to_owned())
    };
    let repository = repo.git2().map_err(failed(base))?;
    let base_files = files(&repository, base).map_err(failed(base))?;
    for (name, id) in &base_files {
        let blob = repository.find_blob(*id).map_err(failed(base))?;
        let path = folder.join(name);
        let written =
            fs::create_dir_all(path.parent().unwrap_or(folder)).and_then(|()| fs::write(&path, blob.content()));
        written.map_err(|error| BaseError::Write(path, error))?;
    }
    let head_files = files(&repository, head).map_err(failed(head))?;
    let mut changed: Vec<String> = base_files
        .iter()
        .chain(&head_files)
        .filter(|file| !(base_files.contains(file) && head_files.contains(file)))
        .map(|(name, _)| name.clone())
        .collect();
    changed.sort();
    changed.dedup();
    // A project's file is ours only by its table; that it differs says nothing.
    changed.retain(|name| name != "pyproject.toml");
    Ok(changed)
}

/// The files, by name, as a commit has them.
fn files(repository: &git2::Repository, commit: &Oid) -> Result<Vec<(String, git2::Oid)>, git2::Error> {
    let tree = repository.find_commit(git2::Oid::from_bytes(commit.as_bytes())?)?.tree()?;
    let mut found = Vec::new();
    for name in FILES {
        let Ok(entry) = tree.get_path(Path::new(name)) else { continue };
        match entry.kind() {
            Some(git2::ObjectType::Blob) => found.push((name.to_owned(), entry.id())),
            Some(git2::ObjectType::Tree) => {
                let folder = repository.find_tree(entry.id())?;
                let blobs = folder.iter().filter(|entry| entry.kind() == Some(git2::ObjectType::Blob));
                found.extend(blobs.filter_map(|entry| Some((format!("{name}/{}", entry.name().ok()?), entry.id()))));
            }
            _ => {}
        }
    }
    Ok(found)
}
