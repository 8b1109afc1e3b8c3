//! `keysweep hook`: what git calls, and how it comes to be called. All that is looked at and told is in [`crate::hook`].

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, anyhow};
use clap::Subcommand;

use super::{clock::Clock, configured::Configuring, ids, scan::report as scan_report, stop::Stop, terminal};
use crate::{
    finding::printable::printable,
    hook::{
        SKIP, Stage, before, blocked,
        folder::{self, NamedBy},
        framework::{self, Variables},
        install::{self, Done, Global, State, Wish},
        pieces::{self, Given},
    },
    problem::{Problem, ProblemKind, Skip},
    report::Report,
    rule::Selection,
    scan::{self, Mode, Options, Piece, Silent},
    source::{
        files,
        history::repo::{Environment, Repo},
        targets::Target,
    },
    suppress,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keysweep hook install                     commits and pushes of this repository
  keysweep hook install --global            of all your repositories
  keysweep hook status
  KEYSWEEP_SKIP='test data' git commit      go on without looking, once")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put hooks where git looks for them
    Install(Install),
    /// Take them away and put back what was there
    Uninstall(Uninstall),
    /// Tell which hooks call keysweep
    Status,
    /// What git calls: looks at what it is about to pass on
    Run(Run),
    /// What the pre-commit framework calls, with names of files
    Files(Files),
}

#[derive(Debug, clap::Args)]
struct Install {
    /// When to look (repeatable) [default: pre-commit and pre-push]
    #[arg(long, value_name = "STAGE", value_enum)]
    stage: Vec<Stage>,
    /// For all your repositories: by hooks-path or by template
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "hooks-path")]
    global: Option<Global>,
    /// Change files of the repository, or of husky or lefthook, too
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, clap::Args)]
struct Uninstall {
    /// What was installed with --global
    #[arg(long)]
    global: bool,
    /// Change files of husky or lefthook too
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, clap::Args)]
struct Run {
    /// Which of git's hooks calls: pre-commit, commit-msg, pre-push, pre-receive
    #[arg(value_name = "HOOK", value_parser = git_hook)]
    hook: GitHook,
    /// An older hook to run first
    #[arg(long, value_name = "FILE", conflicts_with = "own")]
    before: Option<PathBuf>,
    /// Run the repository's own hook first
    #[arg(long)]
    own: bool,
    /// What git gives
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
struct Files {
    /// Named files
    #[arg(value_name = "FILE")]
    names: Vec<PathBuf>,
}

/// One of git's hooks, by its own name: `pre-merge-commit` looks at what `pre-commit` does, and is another file.
#[derive(Clone, Debug)]
struct GitHook {
    name: String,
    stage: Stage,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::Install(args) => args.run(),
            Command::Uninstall(args) => args.run(),
            Command::Status => status(),
            Command::Run(args) => args.run(),
            Command::Files(args) => args.run(),
        }
    }
}

impl Run {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let mut given = Given {
            arguments: self.arguments.clone(),
            merged: pieces::merged(names_of_variables()),
            ..Given::default()
        };
        if self.hook.stage.reads_input() && !io::stdin().is_terminal() {
            io::stdin().lock().read_to_end(&mut given.input).context("standard input")?;
        }
        let environment = Environment::of_process();
        if let Some(refused) = self.older(&given, &environment)? {
            return Ok(refused.into());
        }
        // A server's hook is not for those who push to leave out.
        if self.hook.stage != Stage::PreReceive && is_skipped() {
            return Ok(ExitCode::SUCCESS);
        }
        guarded(self.hook.stage, || {
            let repo = repository(&environment)?;
            look_at(self.hook.stage, pieces::of(self.hook.stage, &given, &repo)?)
        })
    }

    /// Runs the hook that comes before: `Some` exit code where it refuses.
    fn older(&self, given: &Given, environment: &Environment) -> anyhow::Result<Option<u8>> {
        let older = match (&self.before, self.own) {
            (Some(before), _) => before.clone(),
            (None, true) => {
                let Ok(repo) = repository(environment) else { return Ok(None) };
                repo.common_dir.join("hooks").join(&self.hook.name)
            }
            (None, false) => return Ok(None),
        };
        let input = self.hook.stage.reads_input().then_some(given.input.as_slice());
        before::run(&older, &given.arguments, input).with_context(|| older.display().to_string())
    }
}

impl Files {
    fn run(&self) -> anyhow::Result<ExitCode> {
        if is_skipped() {
            return Ok(ExitCode::SUCCESS);
        }
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let variables = Variables {
            from: variable("PRE_COMMIT_FROM_REF"),
            to: variable("PRE_COMMIT_TO_REF"),
            remote: variable("PRE_COMMIT_REMOTE_NAME"),
            local: variable("PRE_COMMIT_LOCAL_BRANCH"),
        };
        let stage = if variables.remote.is_some() { Stage::PrePush } else { Stage::PreCommit };
        guarded(stage, || {
            let environment = Environment::of_process();
            let repo = repository(&environment)?;
            let merged = pieces::merged(names_of_variables());
            let pieces = framework::pieces(&self.names, &variables, &merged, &repo, &environment.current_dir)?;
            let is_message = matches!(pieces.first(), Some(Piece::Message(_)));
            look_at(if is_message { Stage::CommitMsg } else { stage }, pieces)
        })
    }
}

/// What goes wrong stops git, with the reason and the way around.
fn guarded(stage: Stage, act: impl FnOnce() -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    act().or_else(|error| {
        let mut out = Vec::new();
        blocked::write_error(&format!("{error:#}"), stage, terminal::look_of_errors(), &mut out)?;
        io::stderr().write_all(&out)?;
        Ok(ExitCode::FAILURE)
    })
}

/// Whether the user wants one run to pass, with a reason, which is repeated.
fn is_skipped() -> bool {
    let reason = env::var_os(SKIP).filter(|reason| !reason.is_empty());
    if let Some(reason) = &reason {
        anstream::eprintln!("keysweep did not look: {SKIP}={}", printable(reason.as_encoded_bytes()));
    }
    reason.is_some()
}

fn repository(environment: &Environment) -> anyhow::Result<Repo> {
    Repo::discover_in(Path::new("."), environment)?.ok_or_else(|| anyhow!("this folder is in no git repository"))
}

/// Scans, and tells on standard error what stops git; nothing where there is nothing.
fn look_at(stage: Stage, pieces: Vec<Piece>) -> anyhow::Result<ExitCode> {
    if pieces.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let stop = Stop::listen().context("cannot listen for Ctrl-C")?;
    let report = report(pieces, &stop)?;
    let mut out = Vec::new();
    if let Some(count) = report.summary.tally.skipped.get(&Skip::TooBig) {
        writeln!(out, "keysweep did not look at files above 50 MiB: {count}")?;
    }
    let stops = !report.findings.is_empty() || !report.problems.is_empty();
    if stops {
        blocked::write(&report, stage, terminal::look_of_errors(), &mut out)?;
    }
    io::stderr().write_all(&out)?;
    Ok(if stops { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn report(pieces: Vec<Piece>, stop: &Stop) -> anyhow::Result<Report> {
    let mut options = options(pieces);
    let id_key = ids::key();
    let configured = Configuring::default().read(&options.targets, &id_key, options.now)?;
    let rules = Arc::new(configured.rules(&[], &Selection::default())?);
    configured.settle(&mut options);
    let count = rules.len();
    let mut scanned = scan::run(&options, rules, &|| stop.asked(), &Silent)?;
    let mut suppressed = scanned.take_rules_off();
    suppressed.extend(suppress::settle(&mut scanned.found.findings));
    scanned.problems.extend(configured.problems());
    scanned.problems.retain(is_about_what_is_passed_on);
    let mut report = scan_report(scanned, &options, count, stop.asked(), 0);
    report.summary.suppressed = suppress::count(&suppressed);
    report.summary.notes.clear();
    Ok(report)
}

/// What lies beyond the end of a shallow clone is not here, so that it cannot be passed on.
fn is_about_what_is_passed_on(problem: &Problem) -> bool {
    problem.kind != ProblemKind::Shallow
}

fn options(pieces: Vec<Piece>) -> Options {
    Options {
        mode: Mode::Pieces(pieces),
        id_key: ids::own_key(),
        ..Options::of(vec![Target::Path(".".into())], Clock::Runs.now())
    }
}

fn names_of_variables() -> impl Iterator<Item = OsString> {
    env::vars_os().map(|(name, _)| name)
}

fn git_hook(name: &str) -> anyhow::Result<GitHook> {
    let names = || Stage::ALL.map(|stage| stage.hooks().join(", ")).join(", ");
    let stage = Stage::of_hook(name).ok_or_else(|| anyhow!("there are {}", names()))?;
    Ok(GitHook { name: name.to_owned(), stage })
}

impl Install {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let environment = Environment::of_process();
        let stages = if self.stage.is_empty() { Stage::DEFAULT.to_vec() } else { self.stage.clone() };
        let wish = Wish { stages, program: env::current_exe().context("where this program lies")?, agreed: self.yes };
        let folder = &environment.current_dir;
        let done = match self.global {
            Some(how) => install::for_user(how, folder, &settings(&environment)?, &wish)?,
            None => install::in_repository(folder, repository(&environment)?.work_tree.as_deref(), &wish)?,
        };
        tell(&done)?;
        if self.global == Some(Global::Template) {
            writeln!(io::stdout(), "repositories that are here already get it by `git init` in them")?;
        }
        Ok(if done.iter().any(|done| matches!(done, Done::Left { .. })) {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

impl Uninstall {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let environment = Environment::of_process();
        let folder = &environment.current_dir;
        let done = if self.global {
            install::out_of_user(folder, &settings(&environment)?)?
        } else {
            install::out_of_repository(folder, repository(&environment)?.work_tree.as_deref(), self.yes)?
        };
        tell(&done)?;
        if done.is_empty() {
            writeln!(io::stdout(), "no hook of keysweep is here")?;
        }
        Ok(if done.iter().any(|done| matches!(done, Done::Left { .. })) {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

/// The folder of the user's settings.
fn settings(environment: &Environment) -> anyhow::Result<PathBuf> {
    let git = environment.user.git_home.as_deref().and_then(Path::parent);
    Ok(git.ok_or(install::InstallError::NoHome)?.to_owned())
}

fn tell(done: &[Done]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for done in done {
        let shown = |path: &Path| printable(&files::path_bytes(path));
        match done {
            Done::Written(file) => writeln!(out, "written   {}", shown(file))?,
            Done::Kept(file) => writeln!(out, "kept      {}, which runs first", shown(file))?,
            Done::Same(file) => writeln!(out, "is there  {}", shown(file))?,
            Done::Added(file) => writeln!(out, "added to  {}", shown(file))?,
            Done::Next(command) => writeln!(out, "now run   {command}")?,
            Done::Removed(file) => writeln!(out, "removed   {}", shown(file))?,
            Done::Restored(file) => writeln!(out, "is back   {}", shown(file))?,
            Done::Set(name, Some(value)) => writeln!(out, "set       {name} = {} in your git settings", shown(value))?,
            Done::Set(name, None) => writeln!(out, "unset     {name} in your git settings")?,
            Done::Left { why, file, lines } => {
                writeln!(out, "left      {why}.\n          {}:\n", shown(file))?;
                for line in lines.lines() {
                    writeln!(out, "    {line}")?;
                }
                writeln!(out)?;
            }
        }
    }
    Ok(())
}

fn status() -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let repo = repository(&environment)?;
    let hooks = folder::of_repository(&environment.current_dir)?;
    let mut out = io::stdout().lock();
    let by = match hooks.named_by {
        NamedBy::Git => "",
        NamedBy::Repository => " (core.hooksPath of the repository)",
        NamedBy::User => " (core.hooksPath of your git settings)",
    };
    writeln!(out, "hooks are in {}{by}", printable(&files::path_bytes(&hooks.path)))?;
    let mut is_on = false;
    for stage in Stage::ALL {
        let state = install::state(stage, &hooks, repo.work_tree.as_deref());
        // A server's hook is not missed in a working tree.
        if stage == Stage::PreReceive && repo.work_tree.is_some() && matches!(state, State::Off(_)) {
            continue;
        }
        is_on |= !matches!(state, State::Off(_));
        let text = match state {
            State::On(_, None) => "on".to_owned(),
            State::On(_, Some(before)) => format!("on, behind {}", printable(&files::path_bytes(&before))),
            State::Managed(name, file) => format!("on, by {name}: {}", printable(&files::path_bytes(&file))),
            State::Off(None) => format!("off: keysweep hook install --stage {stage}"),
            State::Off(Some(_)) => format!("off, another hook is there: keysweep hook install --stage {stage}"),
        };
        writeln!(out, "{:<12} {text}", stage.to_string())?;
    }
    Ok(if is_on { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
