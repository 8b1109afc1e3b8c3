//! Lists one folder: which of its files to read, which folders to enter, what to leave out and why.

use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use bstr::{BString, ByteSlice};

use super::{
    Options, git_folder,
    ignored::Rules,
    open::{Kind, Open},
    unreadable,
    work::Work,
};
use crate::{
    problem::{Problem, Skip, Tally},
    source::{
        files,
        history::repo::{Repo, is_git_dir},
    },
};

/// A folder to list.
pub struct Folder {
    /// Path below the target: empty, or ending with `/`.
    below: BString,
    /// Where it lies in a work tree, if in one.
    inside: Option<Inside>,
    is_target: bool,
}

/// A folder's place in a work tree.
struct Inside {
    work: Arc<Work>,
    /// Path below the top of the work tree: empty, or ending with `/`.
    path: BString,
    /// The rules of the folders above.
    rules: Option<Arc<Rules>>,
    /// The index entries below it.
    tracked: Range<usize>,
    /// Whether an ignore rule fits it or a folder above it: then only what is tracked in it is read.
    ignored: bool,
}

/// What a folder holds.
#[derive(Default)]
pub struct Listed {
    /// The folder itself; none where it could not be opened, and so nothing was found in it.
    pub folder: Option<Open>,
    /// Files to read, by their path below the folder.
    pub files: Vec<BString>,
    /// Folders to list.
    pub folders: Vec<Folder>,
    /// Tops of other repositories' work trees, and bare repositories.
    pub nested: Vec<PathBuf>,
    /// What was left out.
    pub tally: Tally,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

struct Entry {
    name: BString,
    kind: Kind,
}

impl Inside {
    fn start(work: Arc<Work>) -> Self {
        Self {
            path: work.start.clone(),
            rules: work.rules.clone(),
            tracked: work.tracked.below(work.tracked.all(), &work.start),
            ignored: false,
            work,
        }
    }
}

impl Folder {
    /// The folder that the user named. That an ignore rule fits it does not matter then.
    pub fn target(work: Option<Arc<Work>>) -> Self {
        Self { below: BString::default(), inside: work.map(Inside::start), is_target: true }
    }

    /// Lists it.
    pub fn list(mut self, root: &Path, options: &Options) -> Listed {
        let path = root.join(self.below.to_path_lossy());
        let mut listed = Listed::default();
        let entries = self.entries(&path, &mut listed);
        if self.is_bare(&path, &entries) {
            if !self.is_target {
                listed.nested.push(path.clone());
            }
            self.add_git_files(&path, "", options, &mut listed);
            return listed;
        }
        if entries.iter().any(|entry| entry.name == ".git") && !self.is_target {
            self.enter_repository(&path, options, &mut listed);
        }
        if let Some(inside) = self.inside.as_mut()
            && entries.iter().any(|entry| entry.name == ".gitignore")
        {
            let file = path.join(".gitignore");
            inside.rules = Rules::before(&file, inside.path.len(), inside.work.no_case, inside.rules.take());
        }
        for entry in entries {
            self.add(&path, entry, options, &mut listed);
        }
        listed
    }

    fn entries(&self, path: &Path, listed: &mut Listed) -> Vec<Entry> {
        let mut entries = Vec::new();
        let problems = &mut listed.problems;
        let mut read = || -> io::Result<Open> {
            let folder = Open::new(path.to_owned(), self.below.clone())?;
            folder.entries(|name, kind| match kind {
                Ok(kind) => entries.push(Entry { name, kind }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => problems.push(unreadable(&path.join(name.to_path_lossy()), &error)),
            })?;
            Ok(folder)
        };
        match read() {
            Ok(folder) => listed.folder = Some(folder),
            // It went away since its parent was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_target => {}
            Err(error) => problems.push(unreadable(path, &error)),
        }
        entries
    }

    /// Whether it is a bare repository, which is read as history. One whose files are tracked is plain files to git.
    fn is_bare(&self, path: &Path, entries: &[Entry]) -> bool {
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        let tracked = self.inside.as_ref().is_some_and(|inside| !inside.tracked.is_empty());
        !tracked && has("HEAD") && has("objects") && has("refs") && is_git_dir(path)
    }

    /// From here on another repository's rules and index hold.
    fn enter_repository(&mut self, path: &Path, options: &Options, listed: &mut Listed) {
        match Work::nested(path, &options.environment.user) {
            Ok(None) => {}
            Ok(Some(work)) => {
                self.inside = Some(Inside::start(Arc::new(work)));
                listed.nested.push(path.to_owned());
            }
            Err(problem) => {
                self.inside = None;
                listed.problems.push(problem);
            }
        }
    }

    fn add(&self, path: &Path, entry: Entry, options: &Options, listed: &mut Listed) {
        let Entry { name, kind } = entry;
        if name == ".git" && self.add_git(path, kind, options, listed) {
            return;
        }
        if kind == Kind::Folder {
            return self.add_folder(&name, options, listed);
        }
        if self.ignores_file(&name) && !options.include_ignored {
            return listed.tally.skip(Skip::Ignored);
        }
        if !self.admits(&name, options) {
            return listed.tally.skip(Skip::Excluded);
        }
        match kind {
            Kind::File => listed.files.push(name),
            Kind::Link => listed.tally.skip(Skip::Symlink),
            Kind::Special | Kind::Folder => listed.tally.skip(Skip::Special),
        }
    }

    /// Whether the user asked for what is here by this name.
    fn admits(&self, name: &[u8], options: &Options) -> bool {
        options.filter.admits_all() || options.filter.admits([&self.below, name].concat().as_bstr())
    }

    fn add_folder(&self, name: &[u8], options: &Options, listed: &mut Listed) {
        let below = BString::from([&self.below, name, b"/"].concat());
        let Some(inside) = &self.inside else {
            listed.folders.push(Self { below, inside: None, is_target: false });
            return;
        };
        let mut path = inside.path.clone();
        path.extend_from_slice(name);
        // A submodule is one entry with the folder's own name. What lies below a folder that a sparse index tells as one is
        // tracked, all of it.
        let whole = inside.work.tracked.is_whole_folder(inside.tracked.clone());
        let submodule = inside.work.tracked.has(inside.tracked.clone(), &path);
        let ignored =
            (inside.ignored || Rules::ignore(inside.rules.as_ref(), path.as_bstr(), true)) && !options.include_ignored;
        path.push(b'/');
        let tracked =
            if whole { inside.tracked.clone() } else { inside.work.tracked.below(inside.tracked.clone(), &path) };
        if ignored && tracked.is_empty() && !submodule {
            return listed.tally.skip(Skip::Ignored);
        }
        let (work, rules) = (inside.work.clone(), inside.rules.clone());
        listed.folders.push(Self {
            below,
            inside: Some(Inside { work, path, rules, tracked, ignored }),
            is_target: false,
        });
    }

    /// Whether a file is untracked and an ignore rule fits it or a folder above it. Credentials that `git credential-store` keeps are
    /// read all the same.
    fn ignores_file(&self, name: &[u8]) -> bool {
        let Some(inside) = &self.inside else { return false };
        if name == b".git-credentials" || (inside.rules.is_none() && !inside.ignored) {
            return false;
        }
        let mut path = inside.path.clone();
        path.extend_from_slice(name);
        let tracked = &inside.work.tracked;
        if tracked.has(inside.tracked.clone(), &path) || tracked.is_whole_folder(inside.tracked.clone()) {
            return false;
        }
        inside.ignored || Rules::ignore(inside.rules.as_ref(), path.as_bstr(), false)
    }

    /// Takes what counts of a `.git` folder or file; false where it is no such thing, and so an entry like any other.
    fn add_git(&self, path: &Path, kind: Kind, options: &Options, listed: &mut Listed) -> bool {
        let dot_git = path.join(".git");
        if kind == Kind::Folder {
            let is_git = is_git_dir(&dot_git);
            if is_git {
                self.add_git_files(&dot_git, ".git/", options, listed);
            } else if let Ok(Some(damaged)) = Repo::of_work_tree(path) {
                listed.problems.extend(damaged.problems);
            }
            return is_git;
        }
        if kind == Kind::Link {
            listed.tally.skip(Skip::Symlink);
        }
        if self.is_target && kind == Kind::File {
            self.add_files(git_folder::linked(path), "", options, listed);
        }
        // A file that tells where the git folder lies, of a submodule or a linked worktree.
        kind == Kind::Link || kind == Kind::File
    }

    fn add_git_files(&self, git_dir: &Path, prefix: &str, options: &Options, listed: &mut Listed) {
        self.add_files(git_folder::files(git_dir), prefix, options, listed);
    }

    fn add_files(&self, files: Vec<PathBuf>, prefix: &str, options: &Options, listed: &mut Listed) {
        for file in files {
            let name = BString::from([prefix.as_bytes(), &files::path_bytes(&file)].concat());
            if self.admits(&name, options) {
                listed.files.push(name);
            } else {
                listed.tally.skip(Skip::Excluded);
            }
        }
    }
}
