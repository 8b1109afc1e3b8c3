//! Puts hooks where git looks for them, and takes them away again. What is there already is kept and runs first; what belongs to
//! another program is left alone unless the user agrees.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    Stage,
    folder::{self, HooksFolder, NamedBy},
    git::{self, GitError},
    managers::{self, Manager},
    script::{self, BEFORE, Before, PASSED_ON},
};

/// What was done, or is left to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// A hook was written.
    Written(PathBuf),
    /// The one in its place was kept under another name, and runs first.
    Kept(PathBuf),
    /// It was there already.
    Same(PathBuf),
    /// Lines were added to a manager's file.
    Added(PathBuf),
    /// A hook or lines were taken away.
    Removed(PathBuf),
    /// An older hook is back in its place.
    Restored(PathBuf),
    /// A setting of the user's git was changed: name and value, or none.
    Set(&'static str, Option<PathBuf>),
    /// What the user has to run now, so that it is called.
    Next(&'static str),
    /// The user has to do it: why, in which file, and what to write there.
    Left {
        /// Why it was not done.
        why: String,
        /// The file.
        file: PathBuf,
        /// The lines.
        lines: String,
    },
}

/// Why nothing could be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file or folder.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Hooks of all repositories of a user need a folder.
    #[error("neither HOME nor XDG_CONFIG_HOME says where your settings are")]
    NoHome,
}

/// How hooks reach all repositories of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Global {
    /// core.hooksPath: all repositories at once, with their own hooks still run
    HooksPath,
    /// init.templateDir: repositories that are made or cloned from now on
    Template,
}

impl Global {
    /// Git's setting.
    pub fn setting(self) -> &'static str {
        match self {
            Self::HooksPath => "core.hooksPath",
            Self::Template => "init.templateDir",
        }
    }
}

/// What to install.
#[derive(Clone, Debug)]
pub struct Wish {
    /// For what.
    pub stages: Vec<Stage>,
    /// This program.
    pub program: PathBuf,
    /// Whether files of the repository or of another program may be changed.
    pub agreed: bool,
}

/// Installs in the repository that `folder` lies in; `top` is its working tree, where it has one.
pub fn in_repository(folder: &Path, top: Option<&Path>, wish: &Wish) -> Result<Vec<Done>, InstallError> {
    let hooks = folder::of_repository(folder)?;
    let mut done = Vec::new();
    let manager = top.and_then(|top| managers::find(top, &hooks));
    for stage in &wish.stages {
        match &manager {
            Some(manager) if *stage != Stage::PreReceive => add_call(manager, *stage, wish.agreed, &mut done)?,
            _ => {
                for name in stage.hooks() {
                    put(&hooks, top, name, wish, &mut done)?;
                }
            }
        }
    }
    Ok(done)
}

fn add_call(manager: &Manager, stage: Stage, agreed: bool, done: &mut Vec<Done>) -> Result<(), InstallError> {
    let addition = manager.addition(stage);
    if manager.calls(stage) {
        done.push(Done::Same(addition.file));
    } else if agreed && manager.add(stage).map_err(|source| at(&addition.file, source))? {
        done.push(Done::Added(addition.file));
        let next = Done::Next("lefthook install");
        // lefthook puts a hook into git's folder for each section that it knows of.
        if matches!(manager, Manager::Lefthook(_)) && !done.contains(&next) {
            done.push(next);
        }
    } else {
        let why = match manager {
            Manager::Framework(_) => "pre-commit keeps the hooks of this repository".to_owned(),
            _ if agreed => {
                format!("{} keeps the hooks of this repository, in a form that we do not change", manager.name())
            }
            _ => format!("{} keeps the hooks of this repository; with --yes this is added", manager.name()),
        };
        let left = Done::Left { why, file: addition.file, lines: addition.lines };
        // One entry of the framework is for all stages.
        if !done.contains(&left) {
            done.push(left);
        }
    }
    Ok(())
}

fn put(
    hooks: &HooksFolder,
    top: Option<&Path>,
    name: &str,
    wish: &Wish,
    done: &mut Vec<Done>,
) -> Result<(), InstallError> {
    let file = hooks.path.join(name);
    let is_shared = match hooks.named_by {
        NamedBy::Git => None,
        NamedBy::User => Some("core.hooksPath of your own settings names a folder for all repositories; see --global"),
        NamedBy::Repository => top
            .is_some_and(|top| hooks.path.starts_with(top))
            .then_some("core.hooksPath names a folder that others share; with --yes the hook is written there"),
    };
    if let Some(why) = is_shared.filter(|_| !wish.agreed) {
        let lines = by_hand(name);
        done.push(Done::Left { why: why.to_owned(), file, lines });
        return Ok(());
    }
    replace(&file, name, &script::hook(name, &wish.program, Before::Kept), done)
}

/// What a person adds to a hook that we do not write.
fn by_hand(name: &str) -> String {
    let arguments = if name.starts_with("pre-") && name != "pre-push" { "" } else { " \"$@\"" };
    format!("keysweep hook run {name}{arguments} || exit 1\n")
}

/// Writes a hook; what is in its place and not ours is kept beside it.
fn replace(file: &Path, name: &str, text: &str, done: &mut Vec<Done>) -> Result<(), InstallError> {
    let failed = |source| at(file, source);
    if fs::symlink_metadata(file).is_ok() {
        let there = String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned();
        if there == text {
            done.push(Done::Same(file.to_owned()));
            return Ok(());
        }
        if !script::is_ours(&there) {
            let kept = kept(file);
            let why = if script::needs_its_name(&there) {
                Some("a hook is there that goes by its own name, so that it cannot be kept under another")
            } else if fs::symlink_metadata(&kept).is_ok() {
                Some("a hook is there, and one was kept already under the name that it would get")
            } else {
                None
            };
            if let Some(why) = why {
                done.push(Done::Left { why: why.to_owned(), file: file.to_owned(), lines: by_hand(name) });
                return Ok(());
            }
            fs::rename(file, &kept).map_err(failed)?;
            done.push(Done::Kept(kept));
        }
    }
    write(file, text).map_err(failed)?;
    done.push(Done::Written(file.to_owned()));
    Ok(())
}

fn kept(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(BEFORE);
    name.into()
}

/// Whole or not at all: git may run it at any time.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        temporary.as_file().set_permissions(fs::Permissions::from_mode(0o755))?;
    }
    temporary.persist(file)?;
    Ok(())
}

fn at(path: &Path, source: io::Error) -> InstallError {
    InstallError::File { path: path.to_owned(), source }
}

/// Installs for all repositories of the user; `settings` is the folder of the user's settings (`~/.config`).
pub fn for_user(how: Global, folder: &Path, settings: &Path, wish: &Wish) -> Result<Vec<Done>, InstallError> {
    let mut done = Vec::new();
    let own = own_folder(how, settings);
    let there = folder::of_user(how.setting(), folder)?;
    let hooks = match (&there, how) {
        (Some(there), Global::HooksPath) => there.clone(),
        (there, Global::Template) => there.clone().unwrap_or_else(|| own.clone()).join("hooks"),
        (None, Global::HooksPath) => own.clone(),
    };
    let is_own = how == Global::HooksPath && hooks == own;
    let wanted: Vec<&str> = wish.stages.iter().flat_map(|stage| stage.hooks()).copied().collect();
    for name in &wanted {
        let before = if is_own { Before::Own } else { Before::Kept };
        replace(&hooks.join(name), name, &script::hook(name, &wish.program, before), &mut done)?;
    }
    if is_own {
        for name in all_hooks().filter(|name| !wanted.contains(name)) {
            replace(&hooks.join(name), name, &script::pass_on(name), &mut Vec::new())?;
        }
    }
    if there.is_none() {
        git::ask(folder, &["config", "--global", how.setting(), &own.to_string_lossy()])?;
        done.push(Done::Set(how.setting(), Some(own)));
    }
    Ok(done)
}

/// The folder that we make for all repositories.
pub fn own_folder(how: Global, settings: &Path) -> PathBuf {
    settings.join("keysweep").join(match how {
        Global::HooksPath => "hooks",
        Global::Template => "template",
    })
}

fn all_hooks() -> impl Iterator<Item = &'static str> {
    let staged = Stage::ALL.into_iter().flat_map(|stage| stage.hooks().iter().copied());
    staged.chain(PASSED_ON.into_iter().filter(|name| Stage::of_hook(name).is_none()))
}

/// Takes our hooks out of a repository.
pub fn out_of_repository(folder: &Path, top: Option<&Path>, agreed: bool) -> Result<Vec<Done>, InstallError> {
    let hooks = folder::of_repository(folder)?;
    let mut done = Vec::new();
    if hooks.named_by != NamedBy::User {
        remove(&hooks.path, &mut done)?;
    }
    let Some(manager) = top.and_then(|top| managers::find(top, &hooks)) else { return Ok(done) };
    for stage in Stage::ALL.into_iter().filter(|stage| manager.calls(*stage)) {
        let addition = manager.addition(stage);
        if agreed && manager.remove(stage).map_err(|source| at(&addition.file, source))? {
            done.push(Done::Removed(addition.file));
        } else {
            let how = if agreed { "" } else { "; with --yes they are" };
            let why =
                format!("{} keeps the hooks of this repository: these lines are not taken out{how}", manager.name());
            let left = Done::Left { why, file: addition.file, lines: addition.lines };
            if !done.contains(&left) {
                done.push(left);
            }
        }
    }
    Ok(done)
}

/// Takes our hooks and settings away from the user.
pub fn out_of_user(folder: &Path, settings: &Path) -> Result<Vec<Done>, InstallError> {
    let mut done = Vec::new();
    for how in [Global::HooksPath, Global::Template] {
        let Some(there) = folder::of_user(how.setting(), folder)? else { continue };
        let own = own_folder(how, settings);
        let is_own = there == own;
        remove(&if how == Global::Template { there.join("hooks") } else { there }, &mut done)?;
        if is_own {
            git::ask(folder, &["config", "--global", "--unset", how.setting()])?;
            done.push(Done::Set(how.setting(), None));
            // What somebody else put there stays.
            let _ = fs::remove_dir(own.join("hooks"));
            let _ = fs::remove_dir(&own);
        }
    }
    Ok(done)
}

fn remove(hooks: &Path, done: &mut Vec<Done>) -> Result<(), InstallError> {
    for name in all_hooks() {
        let file = hooks.join(name);
        let is_ours = fs::read_to_string(&file).is_ok_and(|text| script::is_ours(&text));
        if !is_ours {
            continue;
        }
        fs::remove_file(&file).map_err(|source| at(&file, source))?;
        done.push(Done::Removed(file.clone()));
        let kept = kept(&file);
        if fs::symlink_metadata(&kept).is_ok() {
            fs::rename(&kept, &file).map_err(|source| at(&kept, source))?;
            done.push(Done::Restored(file));
        }
    }
    Ok(())
}

/// How one of git's hooks stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It calls us: the file, and the hook that runs before it.
    On(PathBuf, Option<PathBuf>),
    /// A manager calls us.
    Managed(&'static str, PathBuf),
    /// It does not call us: the hook that is there instead.
    Off(Option<PathBuf>),
}

/// How a stage stands in a repository.
pub fn state(stage: Stage, hooks: &HooksFolder, top: Option<&Path>) -> State {
    let file = hooks.path.join(stage.to_string());
    let text = fs::read_to_string(&file).unwrap_or_default();
    if script::is_ours(&text) && text.contains("hook run") {
        let kept = kept(&file);
        let before = fs::symlink_metadata(&kept).is_ok().then_some(kept);
        return State::On(file, before);
    }
    if text.contains(&format!("keysweep hook run {stage}")) {
        return State::On(file, None);
    }
    let manager = top.and_then(|top| managers::find(top, hooks)).filter(|manager| manager.calls(stage));
    match manager {
        Some(manager) => State::Managed(manager.name(), manager.addition(stage).file),
        None => State::Off(fs::symlink_metadata(&file).is_ok().then_some(file)),
    }
}
