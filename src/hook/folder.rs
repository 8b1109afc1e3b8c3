//! Where git looks for hooks.

use std::path::{Path, PathBuf};

use super::git::{self, GitError};

/// The folder of a repository's hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HooksFolder {
    /// The folder, which may not exist.
    pub path: PathBuf,
    /// Who says so.
    pub named_by: NamedBy,
    /// The value of `core.hooksPath`, where that says so.
    pub setting: Option<String>,
}

/// Who says where hooks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// Nobody: `hooks` in the git folder.
    Git,
    /// `core.hooksPath` of the repository.
    Repository,
    /// `core.hooksPath` of the user or of the machine, for all repositories.
    User,
}

/// The hooks of the repository that a folder lies in.
pub fn of_repository(folder: &Path) -> Result<HooksFolder, GitError> {
    let path = git::ask(folder, &["rev-parse", "--git-path", "hooks"])?.unwrap_or_default();
    let named = git::ask(folder, &["config", "--show-scope", "--get", "core.hooksPath"])?;
    let (named_by, setting) = match named.as_deref().and_then(|line| line.split_once('\t')) {
        None => (NamedBy::Git, None),
        Some(("local" | "worktree" | "command", value)) => (NamedBy::Repository, Some(value.to_owned())),
        Some((_, value)) => (NamedBy::User, Some(value.to_owned())),
    };
    Ok(HooksFolder { path: folder.join(path), named_by, setting })
}

/// A path that the user's settings name, for all repositories.
pub fn of_user(key: &str, folder: &Path) -> Result<Option<PathBuf>, GitError> {
    Ok(git::ask(folder, &["config", "--global", "--type=path", "--get", key])?.map(PathBuf::from))
}
