//! A work tree of a repository: what it tracks and what it ignores.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use bstr::{BString, ByteSlice};

use super::{ignored::Rules, tracked::Tracked};
use crate::{
    problem::Problem,
    source::{
        files,
        history::{
            config::Config,
            git_index,
            repo::{Environment, Repo, User},
        },
    },
};

/// A work tree.
pub struct Work {
    /// What git tracks in it.
    pub tracked: Tracked,
    /// Path of the target below the top of the work tree: empty, or ending with `/`.
    pub start: BString,
    /// The rules that hold in the target's parent folder, or everywhere.
    pub rules: Option<Arc<Rules>>,
    /// Whether names differ by case only in spelling (`core.ignoreCase`).
    pub no_case: bool,
}

/// Where a target lies in the work tree of a repository. Paths are shown from the top of that, as in history.
pub struct Around {
    /// The repository.
    pub repo: Repo,
    /// The top folder of its work tree.
    pub top: PathBuf,
    /// Path of the target's folder below it: empty, or ending with `/`.
    pub start: BString,
}

impl Around {
    /// The work tree that a target lies in, or one that is a file; none where it is in none.
    pub fn of(target: &Path, environment: &Environment) -> Result<Option<Self>, Problem> {
        let Some(repo) = Repo::discover_in(target, environment).map_err(|error| error.problem())? else {
            return Ok(None);
        };
        // A link to a file lies where the link is.
        let folder = if target.is_dir() { target } else { target.parent().unwrap_or(target) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let (Some(top), Ok(folder)) = (repo.work_tree.clone(), fs::canonicalize(folder)) else { return Ok(None) };
        let Ok(below) = folder.strip_prefix(&top) else { return Ok(None) };
        let mut start = files::path_bytes(below);
        if !start.is_empty() {
            start.push(b'/');
        }
        Ok(Some(Self { repo, top, start }))
    }
}

impl Work {
    /// The work tree that a target lies in.
    pub fn of_target(around: &Around, user: &User) -> Result<Self, Problem> {
        Self::open(&around.repo, &around.top, around.start.clone(), user)
    }

    /// The work tree of a repository met in the tree, if this is its top folder.
    pub fn nested(top: &Path, user: &User) -> Result<Option<Self>, Problem> {
        match Repo::of_work_tree(top).map_err(|error| error.problem())? {
            Some(repo) => Self::open(&repo, top, BString::default(), user).map(Some),
            None => Ok(None),
        }
    }

    fn open(repo: &Repo, top: &Path, start: BString, user: &User) -> Result<Self, Problem> {
        let index = git_index::open(&repo.index, repo)?;
        let no_case = repo.config.truth("core", "ignorecase") == Some(true);
        let mut rules = excludes_file(repo, top, user).and_then(|file| Rules::before(&file, 0, no_case, None));
        rules = Rules::before(&repo.common_dir.join("info/exclude"), 0, no_case, rules);
        // The folders above the target have rules of their own; the target's are read with its listing.
        let mut base = 0;
        for name in start.split_str(b"/").filter(|name| !name.is_empty()) {
            let folder = top.join(start[..base].to_path_lossy());
            rules = Rules::before(&folder.join(".gitignore"), base, no_case, rules);
            base += name.len() + 1;
        }
        Ok(Self { tracked: Tracked::new(index), start, rules, no_case })
    }
}

/// The file that `core.excludesFile` names in the repository's configuration or the user's, or git's default for it.
fn excludes_file(repo: &Repo, top: &Path, user: &User) -> Option<PathBuf> {
    let named = |config: &Config| Some(config.text("core", "excludesfile")?.to_owned());
    let named = named(&repo.config).or_else(|| {
        let mut config = Config::default();
        for file in &user.configs {
            config.read(&files::read_small(file, 1 << 20).unwrap_or_default());
        }
        named(&config)
    });
    match named {
        Some(path) => match path.strip_prefix(b"~/") {
            Some(below) => Some(user.home.as_ref()?.join(below.to_path_lossy())),
            None => Some(top.join(path.to_path_lossy())),
        },
        None => Some(user.git_home.as_ref()?.join("ignore")),
    }
}
