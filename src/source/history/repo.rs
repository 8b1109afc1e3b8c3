//! Opens a git repository from its files. Nothing in it is executed, so it may belong to another user.
//!
//! Only the repository's own configuration is read, and of it only what says how the repository is laid out. A format that
//! we do not read is an error that names it, never an empty result.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bstr::ByteSlice;

use super::config::{self, Config};
use crate::{
    location::Oid,
    problem::{Problem, ProblemKind},
    source::files,
};

mod environment;
mod format;
mod object_dirs;

pub use environment::{Environment, User};

/// A repository's small files (HEAD, `gitdir:`, `commondir`, configuration, alternates) are read up to this many bytes.
const SMALL_FILE: u64 = 16 << 20;

/// An opened repository.
#[derive(Clone, Debug)]
pub struct Repo {
    /// Where HEAD and the index of this work tree lie.
    pub git_dir: PathBuf,
    /// Where refs, configuration and objects lie: differs from `git_dir` in a linked worktree.
    pub common_dir: PathBuf,
    /// Top folder of the working tree; `None` for a bare repository.
    pub work_tree: Option<PathBuf>,
    /// Object folders: the repository's own first, then its alternates, each once.
    pub object_dirs: Vec<PathBuf>,
    /// Bytes of an object id: 20 or 32.
    pub oid_len: usize,
    /// Commits whose parents a shallow clone lacks, sorted.
    pub shallow: Vec<Oid>,
    /// Whether it is a partial clone, in which objects may be absent by design.
    pub promisor: bool,
    /// The index file, which may not exist.
    pub index: PathBuf,
    /// Its own configuration.
    pub config: Config,
    /// What was wrong without keeping it from being opened, such as an alternate that is not there.
    pub problems: Vec<Problem>,
}

/// Why a repository could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its format is one that this version does not read.
    #[error("{}: repository format is not supported: {what}", path.display())]
    Unsupported {
        /// The git folder.
        path: PathBuf,
        /// The setting that says so.
        what: String,
    },
    /// There is no repository where one was named.
    #[error("{}: not a git repository: {why}", path.display())]
    NotARepository {
        /// The folder or `.git` file.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// The system would not let us read it.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Repo {
    /// Finds the repository that `path` lies in, going upwards; `None` where it lies in none. The environment is not looked at.
    pub fn discover(path: &Path) -> Result<Option<Self>, OpenError> {
        let start = fs::canonicalize(path).map_err(|source| unreadable(path, source))?;
        for folder in start.ancestors() {
            if let Some(repo) = Self::of_work_tree(folder)? {
                return Ok(Some(repo));
            }
            if is_git_dir(folder) {
                return Self::open(folder).map(Some);
            }
        }
        Ok(None)
    }

    /// Opens the repository that a folder is the top of: one that has a `.git` folder or file.
    pub fn of_work_tree(top: &Path) -> Result<Option<Self>, OpenError> {
        let Some(git_dir) = git_dir_at(&top.join(".git"))? else { return Ok(None) };
        let mut repo = Self::open(&git_dir)?;
        if repo.config.truth("core", "bare") != Some(true) {
            repo.work_tree = Some(top.to_owned());
        }
        Ok(Some(repo))
    }

    /// Opens the repository whose git folder this is. The environment is not looked at.
    pub fn open(git_dir: &Path) -> Result<Self, OpenError> {
        Self::open_with(git_dir, &Environment::default())
    }

    fn open_with(git_dir: &Path, environment: &Environment) -> Result<Self, OpenError> {
        let git_dir = fs::canonicalize(git_dir).map_err(|source| unreadable(git_dir, source))?;
        let common_dir = match &environment.common_dir {
            Some(path) => fs::canonicalize(path).map_err(|source| unreadable(path, source))?,
            None => common_dir(&git_dir)?,
        };
        let config = read_config(&git_dir, &common_dir)?;
        let oid_len = format::oid_len(&common_dir, &config)?;
        let mut problems: Vec<Problem> = damage(&git_dir, &common_dir, environment).into_iter().collect();
        let object_dirs = object_dirs::all(&common_dir, environment, &mut problems)?;
        let shallow = read_shallow(&common_dir)?;
        let promisor = config.settings().iter().any(|s| {
            (s.section == "remote" && s.key == "promisor" && config::is_true(s.value.as_ref().map(|v| v.as_bstr())))
                || (s.section == "extensions" && s.key == "partialclone")
        });
        Ok(Self {
            work_tree: work_tree(&git_dir, &common_dir, &config, environment),
            index: environment.index_file.clone().unwrap_or_else(|| git_dir.join("index")),
            git_dir,
            common_dir,
            object_dirs,
            oid_len,
            shallow,
            promisor,
            config,
            problems,
        })
    }

    /// Git folders that have a HEAD, an index and reflogs of their own: this one, the main one and every linked worktree's,
    /// sorted.
    pub fn git_dirs(&self) -> Vec<PathBuf> {
        let mut all = vec![self.git_dir.clone(), self.common_dir.clone()];
        if let Ok(worktrees) = fs::read_dir(self.common_dir.join("worktrees")) {
            all.extend(worktrees.flatten().map(|entry| entry.path()).filter(|path| path.join("HEAD").exists()));
        }
        all.sort();
        all.dedup();
        all
    }

    /// The kind of hash, for gix-index.
    pub fn hash_kind(&self) -> gix_index::hash::Kind {
        if self.oid_len == 32 { gix_index::hash::Kind::Sha256 } else { gix_index::hash::Kind::Sha1 }
    }

    /// Opens the same repository with libgit2, for revisions and merge bases.
    pub fn git2(&self) -> Result<git2::Repository, git2::Error> {
        prepare_libgit2();
        let flags = git2::RepositoryOpenFlags::NO_SEARCH | git2::RepositoryOpenFlags::NO_DOTGIT;
        let repository = git2::Repository::open_ext(&self.git_dir, flags, &[] as &[&Path])?;
        let odb = repository.odb()?;
        // libgit2 knows the environment's object folders not at all, and alternates of alternates only in part.
        let own = self.common_dir.join("objects");
        for folder in self.object_dirs.iter().filter(|folder| **folder != own) {
            if let Some(folder) = folder.to_str() {
                odb.add_disk_alternate(folder)?;
            }
        }
        drop(odb);
        Ok(repository)
    }
}

/// The git folder that a `.git` folder or file stands for.
fn git_dir_at(dot_git: &Path) -> Result<Option<PathBuf>, OpenError> {
    let Ok(meta) = fs::metadata(dot_git) else { return Ok(None) };
    if meta.is_dir() {
        return Ok((is_git_dir(dot_git) || has_part(dot_git)).then(|| dot_git.to_owned()));
    }
    if !meta.is_file() {
        return Ok(None);
    }
    let text = read_small(dot_git)?.unwrap_or_default();
    let Some(target) = text.strip_prefix(b"gitdir:") else {
        return Err(OpenError::NotARepository { path: dot_git.to_owned(), why: "no `gitdir:` line".to_owned() });
    };
    let target = target.trim().to_path_lossy();
    let git_dir = dot_git.parent().unwrap_or(Path::new(".")).join(target);
    if is_git_dir(&git_dir) {
        return Ok(Some(git_dir));
    }
    Err(OpenError::NotARepository { path: dot_git.to_owned(), why: format!("{} is none", git_dir.display()) })
}

/// Whether a folder called `.git` has anything of a git folder, which is damaged where it is none.
fn has_part(path: &Path) -> bool {
    ["HEAD", "objects", "refs", "config"].iter().any(|part| path.join(part).exists())
}

/// What a git folder lacks, so that git does not take it for one. What there is of it is read all the same.
fn damage(git_dir: &Path, common_dir: &Path, environment: &Environment) -> Option<Problem> {
    let objects = environment.object_dir.clone().unwrap_or_else(|| common_dir.join("objects"));
    let lacking = [
        (!has_head(git_dir), "HEAD that names a branch or commit"),
        (!objects.is_dir(), "objects folder"),
        (!common_dir.join("refs").is_dir(), "refs folder"),
    ];
    let lacking: Vec<_> = lacking.iter().filter(|(lacks, _)| *lacks).map(|(_, what)| format!("no {what}")).collect();
    let problem = |why| Problem { kind: ProblemKind::Corrupt, what: files::shown(git_dir), why };
    (!lacking.is_empty()).then(|| problem(format!("a damaged git folder: {}", lacking.join(", "))))
}

fn has_head(git_dir: &Path) -> bool {
    let Ok(Some(head)) = read_small(&git_dir.join("HEAD")) else { return false };
    let head = head.trim();
    head.starts_with(b"ref:") || Oid::from_hex(head).is_some()
}

/// Whether a folder looks like a git folder: a HEAD, and objects and refs here or in the common folder.
pub fn is_git_dir(path: &Path) -> bool {
    if !has_head(path) {
        return false;
    }
    let common = common_dir(path).unwrap_or_else(|_| path.to_owned());
    common.join("refs").is_dir() && common.join("objects").is_dir()
}

fn common_dir(git_dir: &Path) -> Result<PathBuf, OpenError> {
    let Some(text) = read_small(&git_dir.join("commondir"))? else { return Ok(git_dir.to_owned()) };
    let path = git_dir.join(text.trim_end().to_path_lossy());
    fs::canonicalize(&path).map_err(|source| unreadable(&path, source))
}

fn read_config(git_dir: &Path, common_dir: &Path) -> Result<Config, OpenError> {
    let mut config = Config::default();
    config.read(&read_small(&common_dir.join("config"))?.unwrap_or_default());
    if config.truth("extensions", "worktreeconfig") == Some(true) {
        config.read(&read_small(&git_dir.join("config.worktree"))?.unwrap_or_default());
    }
    Ok(config)
}

fn work_tree(git_dir: &Path, common_dir: &Path, config: &Config, environment: &Environment) -> Option<PathBuf> {
    let found = if let Some(path) = &environment.work_tree {
        path.clone()
    } else if let Ok(Some(dot_git)) = read_small(&git_dir.join("gitdir"))
        && git_dir != common_dir
    {
        git_dir.join(dot_git.trim_end().to_path_lossy()).parent()?.to_owned()
    } else if config.truth("core", "bare") == Some(true) {
        return None;
    } else if let Some(path) = config.text("core", "worktree") {
        git_dir.join(path.to_path_lossy())
    } else if git_dir.file_name()? == ".git" {
        git_dir.parent()?.to_owned()
    } else {
        return None;
    };
    fs::canonicalize(found).ok()
}

fn read_shallow(common_dir: &Path) -> Result<Vec<Oid>, OpenError> {
    let text = read_small(&common_dir.join("shallow"))?.unwrap_or_default();
    let mut shallow: Vec<_> = text.lines().filter_map(|line| Oid::from_hex(line.trim())).collect();
    shallow.sort();
    Ok(shallow)
}

/// Reads a regular file of a repository; `None` where there is none. What is over [`SMALL_FILE`] is cut.
fn read_small(path: &Path) -> Result<Option<Vec<u8>>, OpenError> {
    match files::read_small(path, SMALL_FILE) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(unreadable(path, source)),
    }
}

fn unreadable(path: &Path, source: io::Error) -> OpenError {
    OpenError::Unreadable { path: path.to_owned(), source }
}

impl OpenError {
    /// The same as a problem of a report.
    pub fn problem(&self) -> Problem {
        let (kind, path, why) = match self {
            Self::Unsupported { path, what } => (ProblemKind::Unsupported, path, what.clone()),
            Self::NotARepository { path, why } => (ProblemKind::Corrupt, path, why.clone()),
            Self::Unreadable { path, source } => (ProblemKind::Unreadable, path, source.to_string()),
        };
        Problem { kind, what: files::shown(path), why }
    }
}

/// libgit2 keeps these settings for the whole process.
fn prepare_libgit2() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: both calls write libgit2's global state without a lock; `Once` lets one thread do it, before any repository
        // is opened, as libgit2 is opened nowhere else. Owner checks protect those who run a repository's hooks and
        // filters; nothing of it is run here. The extensions named change nothing in how libgit2 reads revisions.
        unsafe {
            let _ = git2::opts::set_verify_owner_validation(false);
            let _ = git2::opts::set_extensions(format::HARMLESS);
        }
    });
}
