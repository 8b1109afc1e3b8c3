//! The variables by which git tells a hook, or a user tells git, where a repository's parts lie.
//!
//! They speak of the *current* repository, so they count for one target only: the one that git itself would take them for.
//! A target counts as the current repository when it is the working folder, lies in the named work tree without a nearer
//! repository of its own, or lies in the very repository that the variables name. All others are found from their files.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use bstr::{BStr, ByteSlice};

use super::{OpenError, Repo, is_git_dir, object_dirs::unquoted, unreadable};

/// Git's variables, with paths made absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// `GIT_COMMON_DIR`.
    pub common_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`.
    pub work_tree: Option<PathBuf>,
    /// `GIT_INDEX_FILE`.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`.
    pub object_dir: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES` and `GIT_QUARANTINE_PATH`.
    pub more_object_dirs: Vec<PathBuf>,
    /// The folder that git would start from.
    pub current_dir: PathBuf,
    /// Where the user's own settings lie; counts for every repository.
    pub user: User,
}

/// Where git keeps settings of the user and of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME/git` or its default below `home`.
    pub git_home: Option<PathBuf>,
    /// Configuration files; a later one wins.
    pub configs: Vec<PathBuf>,
}

impl User {
    fn from_variables(variable: &impl Fn(&str) -> Option<PathBuf>) -> Self {
        let home = variable("HOME");
        let config_home = variable("XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")));
        let git_home = config_home.map(|folder| folder.join("git"));
        let system = variable("GIT_CONFIG_SYSTEM").unwrap_or_else(|| "/etc/gitconfig".into());
        let mut configs: Vec<_> = variable("GIT_CONFIG_NOSYSTEM").is_none().then_some(system).into_iter().collect();
        match variable("GIT_CONFIG_GLOBAL") {
            Some(file) => configs.push(file),
            None => {
                configs.extend(git_home.iter().map(|folder| folder.join("config")));
                configs.extend(home.iter().map(|folder| folder.join(".gitconfig")));
            }
        }
        Self { home, git_home, configs }
    }
}

impl Environment {
    /// Reads the process's variables. Git passes them relative to the working folder.
    pub fn of_process() -> Self {
        Self::from_variables(env::current_dir().unwrap_or_default(), |name| {
            env::var_os(name).map(PathBuf::from).filter(|value| !value.as_os_str().is_empty())
        })
    }

    /// The same from any variables.
    pub fn from_variables(current_dir: PathBuf, variable: impl Fn(&str) -> Option<PathBuf>) -> Self {
        let path = |name: &str| variable(name).map(|value| current_dir.join(value));
        let mut more_object_dirs = Vec::new();
        if let Some(list) = variable("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
            let list = crate::source::files::path_bytes(&list);
            more_object_dirs.extend(listed(list.as_bstr()).into_iter().map(|folder| current_dir.join(folder)));
        }
        // Pushed objects wait here until the hooks agree. Git names the folder twice; a hook may have unset the other.
        more_object_dirs.extend(path("GIT_QUARANTINE_PATH").filter(|folder| folder.is_dir()));
        Self {
            git_dir: path("GIT_DIR"),
            common_dir: path("GIT_COMMON_DIR"),
            work_tree: path("GIT_WORK_TREE"),
            index_file: path("GIT_INDEX_FILE"),
            object_dir: path("GIT_OBJECT_DIRECTORY"),
            more_object_dirs,
            current_dir,
            user: User::from_variables(&variable),
        }
    }

    fn names_nothing(&self) -> bool {
        *self == Self { current_dir: self.current_dir.clone(), user: self.user.clone(), ..Self::default() }
    }
}

impl Repo {
    /// Finds the repository that `path` lies in as [`Repo::discover`] does, with the environment honoured where it speaks of
    /// this repository.
    pub fn discover_in(path: &Path, environment: &Environment) -> Result<Option<Self>, OpenError> {
        if environment.names_nothing() {
            return Self::discover(path);
        }
        let own = Self::discover(path);
        let Some(current) = Self::current(environment)? else { return own };
        let target = fs::canonicalize(path).map_err(|source| unreadable(path, source))?;
        let counts = match &own {
            _ if fs::canonicalize(&environment.current_dir).is_ok_and(|current| current == target) => true,
            Ok(Some(own)) => own.git_dir == current.git_dir,
            Ok(None) => current.work_tree.as_ref().is_some_and(|top| target.starts_with(top)),
            Err(_) => false,
        };
        if counts { Ok(Some(current)) } else { own }
    }

    /// The repository that git would take in this environment.
    fn current(environment: &Environment) -> Result<Option<Self>, OpenError> {
        let Some(git_dir) = &environment.git_dir else {
            let Some(found) = Self::discover(&environment.current_dir)? else { return Ok(None) };
            let mut repo = Self::open_with(&found.git_dir, environment)?;
            if environment.work_tree.is_none() {
                repo.work_tree = found.work_tree;
            }
            return Ok(Some(repo));
        };
        let git_dir = if git_dir.is_dir() {
            git_dir.clone()
        } else {
            super::git_dir_at(git_dir)?.unwrap_or_else(|| git_dir.clone())
        };
        if environment.common_dir.is_none() && environment.object_dir.is_none() && !is_git_dir(&git_dir) {
            return Err(OpenError::NotARepository { path: git_dir, why: "GIT_DIR names it".to_owned() });
        }
        let mut repo = Self::open_with(&git_dir, environment)?;
        let configured = repo.config.text("core", "worktree").is_some();
        if environment.work_tree.is_none() && !configured && repo.config.truth("core", "bare") != Some(true) {
            // Git's rule: with GIT_DIR alone, the working folder is the top of the work tree.
            repo.work_tree = fs::canonicalize(&environment.current_dir).ok();
        }
        Ok(Some(repo))
    }
}

/// The folders of a list that is separated as `PATH` is; one that begins with `"` is quoted.
fn listed(mut list: &BStr) -> Vec<PathBuf> {
    let separator = if cfg!(windows) { b';' } else { b':' };
    let mut folders = Vec::new();
    while !list.is_empty() {
        let end = match crate::source::files::unquote(list) {
            Some((_, length)) => length,
            None => list.find_byte(separator).unwrap_or(list.len()),
        };
        if end > 0 {
            folders.push(unquoted(list[..end].as_bstr()));
        }
        list = list[end..].strip_prefix(&[separator]).unwrap_or_default().as_bstr();
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternate_lists_may_quote_a_folder_with_a_colon() {
        let folders = listed(BStr::new(b"/a:\"/b:\\303\\244\":rel"));
        assert_eq!(folders, [PathBuf::from("/a"), PathBuf::from("/b:\u{e4}"), PathBuf::from("rel")]);
    }

    #[test]
    fn paths_start_at_the_working_folder() {
        let environment =
            Environment::from_variables("/w".into(), |name| (name == "GIT_INDEX_FILE").then(|| ".git/i".into()));
        assert_eq!(environment.index_file, Some(PathBuf::from("/w/.git/i")));
        assert!(!environment.names_nothing());
    }
}
