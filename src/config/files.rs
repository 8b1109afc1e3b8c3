//! Where configurations lie, and which count for what is scanned.
//!
//! A repository's is one of [`NAMES`] at the top of its working tree; of a target in no repository it is looked for in the target itself. Of
//! several repositories in one run each has its own for its paths, allowed values, rules and baselines; what concerns the run as a whole
//! (own rules, limits, formats) is a repository's to say only where it is the only one.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
};

use bstr::ByteSlice;

use super::{
    At, Config, Setting,
    read::{self, Extends, Voice},
};
use crate::{
    location::Oid,
    rule::Complaint,
    source::{
        files,
        history::{
            objects::{Lookup, Objects, blob_at},
            repo::{Environment, OpenError, Repo},
        },
    },
};

/// Names of a repository's configuration, from its top on.
pub const NAMES: [&str; 3] = ["keysweep.toml", ".keysweep/config.toml", "pyproject.toml"];

/// A larger configuration is refused: it would be a mistake.
const MAX_SIZE: u64 = 8 << 20;

/// So many files may extend one another.
const MAX_DEPTH: usize = 8;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file says what cannot be.
    #[error(transparent)]
    Broken(#[from] Complaint),
    /// A file that cannot be read.
    #[error("{}: cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A repository with two.
    #[error("two configurations: {} and {}; keep one", .0.display(), .1.display())]
    Two(PathBuf, PathBuf),
    /// The repository of a target cannot be opened.
    #[error(transparent)]
    Repo(#[from] OpenError),
}

/// What configurations are asked for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The paths that are scanned.
    pub paths: &'a [&'a Path],
    /// Files that the user named (`--config`).
    pub named: &'a [PathBuf],
    /// The user's own file, where there may be one.
    pub user: Option<PathBuf>,
    /// Do not read those of repositories (`--no-config`).
    pub no_repository: bool,
    /// Git's variables.
    pub environment: &'a Environment,
}

/// A target's configuration and where its repository is.
#[derive(Clone, Debug)]
pub struct Home {
    /// The top of its working tree; the target's own folder where it is in no repository.
    pub top: PathBuf,
    /// Whether it lies in a git repository.
    pub in_repository: bool,
    /// All that counts for it.
    pub config: Config,
}

/// The configurations of a run.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// For the run as a whole.
    pub run: Config,
    /// What counts where no repository is: for standard input and URLs.
    pub user: Config,
    /// Of each path of the request, in its order. `None` for one that does not exist, and for a bare repository.
    pub homes: Vec<Option<Home>>,
    /// Configurations of repositories that could not be read, where there are several repositories.
    pub broken: Vec<(PathBuf, String)>,
}

/// `$XDG_CONFIG_HOME/keysweep/config.toml`, `~/.config/keysweep/config.toml`, or the same in `%APPDATA%`.
pub fn user_file() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = variable("XDG_CONFIG_HOME")
        .or_else(|| Some(variable("HOME")?.join(".config")))
        .or_else(|| variable("APPDATA"))?;
    Some(folder.join("keysweep").join("config.toml"))
}

/// Reads all that counts.
///
/// # Errors
/// Where a file is broken or cannot be read. Of several repositories a broken one is told in the result.
pub fn layers(request: &Request<'_>) -> Result<Layers, ConfigError> {
    let user = match request.user.as_deref().filter(|path| path.exists()) {
        Some(path) => of_file(path, Voice::User)?,
        None => Config::default(),
    };
    let named = request
        .named
        .iter()
        .try_fold(Config::default(), |weaker, path| of_file(path, Voice::User).map(|config| config.over(weaker)))?;
    let mut homes = request.paths.iter().map(|path| home(path, request.environment)).collect::<Result<Vec<_>, _>>()?;
    let mut tops: BTreeMap<PathBuf, Config> = BTreeMap::new();
    let mut broken = vec![];
    for top in homes.iter().flatten().map(|home| &home.top) {
        tops.entry(top.clone()).or_default();
    }
    let several = tops.len() > 1;
    for (top, config) in &mut tops {
        let own = if request.no_repository { Ok(Config::default()) } else { of_repository(top) };
        let own = match own {
            Err(error) if several => {
                broken.push((top.clone(), crate::problem::chain(&error)));
                Config::default()
            }
            own => own?,
        };
        *config = named.clone().over(own.over(user.clone()));
    }
    for home in homes.iter_mut().flatten() {
        home.config = tops[&home.top].clone();
    }
    let user = named.over(user);
    let run = if several { user.clone() } else { tops.into_values().next().unwrap_or_else(|| user.clone()) };
    Ok(Layers { run, user, homes, broken })
}

fn home(path: &Path, environment: &Environment) -> Result<Option<Home>, ConfigError> {
    let Ok(whole) = fs::canonicalize(path) else { return Ok(None) };
    // What is wrong with a repository the scan tells, and does not end for it.
    let (top, in_repository) = match Repo::discover_in(path, environment) {
        Ok(Some(repo)) => match repo.work_tree.and_then(|top| fs::canonicalize(top).ok()) {
            Some(top) => (top, true),
            None => return Ok(None),
        },
        Ok(None) | Err(_) if whole.is_dir() => (whole.clone(), false),
        Ok(None) | Err(_) => (whole.parent().unwrap_or(&whole).to_owned(), false),
    };
    Ok(Some(Home { top, in_repository, config: Config::default() }))
}

/// The configuration of the repository with this top folder; an empty one where there is none.
///
/// # Errors
/// Where there are two, or it is broken.
pub fn of_repository(top: &Path) -> Result<Config, ConfigError> {
    let mut found: Option<PathBuf> = None;
    for name in NAMES {
        let path = top.join(name);
        let is_one = path.is_file() && (name != "pyproject.toml" || names_us(&path));
        match found {
            Some(first) if is_one => return Err(ConfigError::Two(shortest(&first), shortest(&path))),
            _ if is_one => found = Some(path),
            _ => {}
        }
    }
    found.map_or_else(|| Ok(Config::default()), |path| of_file(&path, Voice::Repository))
}

/// Most of them say nothing of us, and need not be read as TOML.
fn names_us(project: &Path) -> bool {
    files::read_small(project, MAX_SIZE)
        .is_ok_and(|text| text.contains_str("tool.keysweep") || text.contains_str("keysweep ="))
}

/// Reads a file and those that it extends.
///
/// # Errors
/// Where one of them is broken or cannot be read.
pub fn of_file(path: &Path, voice: Voice) -> Result<Config, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: shortest(path), source };
    let text = files::read_small(path, MAX_SIZE).map_err(unreadable)?;
    of_text(text, &shortest(path), voice, 0)
}

fn of_text(text: Vec<u8>, path: &Path, voice: Voice, depth: usize) -> Result<Config, ConfigError> {
    let text = String::from_utf8(text).map_err(|_| Complaint {
        file: files::shown(path),
        line: 1,
        column: 1,
        message: "not UTF-8".to_owned(),
    })?;
    let Some((own, extends)) = read::parse(&text, path, voice)? else { return Ok(Config::default()) };
    let mut weaker = Config::default();
    for extended in extends {
        if depth == MAX_DEPTH {
            return Err(extended.at.complaint("too many files extend one another: is it a circle?").into());
        }
        let (text, path) = extended_text(&extended)?;
        weaker = of_text(text, &path, voice, depth + 1)?.over(weaker);
    }
    Ok(own.over(weaker))
}

fn extended_text(extends: &Setting<Extends>) -> Result<(Vec<u8>, PathBuf), Complaint> {
    let at = &extends.at;
    match &extends.value {
        Extends::File(path) => {
            let text = files::read_small(path, MAX_SIZE)
                .map_err(|error| at.complaint(format!("{}: {error}", files::shown(path))))?;
            Ok((text, path.clone()))
        }
        Extends::Pinned { repository, commit, file } => {
            let text =
                pinned(repository, commit, file).map_err(|why| pinned_complaint(at, repository, commit, &why))?;
            // Paths in it are relative to the repository that it comes from.
            Ok((text, repository.join(file)))
        }
    }
}

fn pinned_complaint(at: &At, repository: &Path, commit: &str, why: &str) -> Complaint {
    at.complaint(format!("{} at {}: {why}", files::shown(repository), &commit[..12]))
}

/// A file of a commit of a repository on disk.
fn pinned(repository: &Path, commit: &str, file: &str) -> Result<Vec<u8>, String> {
    let repo = Repo::discover(repository).map_err(|error| error.to_string())?.ok_or("not a git repository")?;
    let objects = Lookup::new(&repo).map_err(|error| error.message().to_owned())?;
    let commit = Oid::from_hex(commit.as_bytes()).ok_or("no id")?;
    objects.read(&commit, MAX_SIZE as usize).map_err(|_| "there is no such commit")?;
    let found = blob_at(&objects, &commit, file.into(), repo.oid_len, MAX_SIZE as usize);
    found.map(|(_, text)| text).map_err(|_| format!("there is no {file} in it"))
}

/// From the working folder on, where it lies below it: as a person would name it.
pub fn shortest(path: &Path) -> PathBuf {
    let below = |folder: PathBuf| path.strip_prefix(folder).ok().map(Path::to_owned);
    let here = env::current_dir().ok();
    let real = here.as_ref().and_then(|folder| fs::canonicalize(folder).ok());
    [here, real].into_iter().flatten().find_map(below).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
