//! `keysweep scan`: flags to options, what was scanned to reports.

use std::{
    collections::HashSet,
    env,
    ffi::OsString,
    fs,
    io::{self, Read},
    mem,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail, ensure};
use bstr::ByteSlice;
use clap::{ArgAction, ArgGroup};

use super::{
    asking::Asking,
    exit::{self, FailOn},
    outputs::Outputs,
    progress::Watch,
    size,
    stop::Stop,
};
use crate::{
    report::{Report, Summary},
    rule::{Confidence, RuleSet, Selection},
    scan::{self, Mode, Options, Progress, Scanned},
    source::targets::{self, Target},
};

const EXAMPLES: &str = "\
Examples:
  keysweep scan                              this folder and its history
  keysweep scan --tree-only src .env         files as they are now
  keysweep scan --range main..HEAD           the commits of a branch
  git diff | keysweep scan --patch -         what a diff adds
  keysweep scan https://github.com/me/repo   a clone, removed afterwards
  keysweep scan --targets repos.txt --report jsonl=found.jsonl

Exit code: 0 nothing found; 1 findings; 2 wrong use, or nothing could be scanned;
3 nothing found, but not all was scanned; 130 interrupted.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, group(ArgGroup::new("mode")))]
pub struct Args {
    /// Files, folders, repositories or URLs; - is standard input
    #[arg(value_name = "PATH")]
    paths: Vec<OsString>,
    /// More paths and URLs, one a line
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,
    /// What standard input is called
    #[arg(long, value_name = "NAME")]
    stdin_path: Option<String>,

    /// The working tree only
    #[arg(long, group = "mode", help_heading = "What is scanned")]
    tree_only: bool,
    /// The history only
    #[arg(long, group = "mode", help_heading = "What is scanned", conflicts_with = "include_ignored")]
    history_only: bool,
    /// What the next commit adds
    #[arg(long, group = "mode", help_heading = "What is scanned")]
    staged: bool,
    /// Each commit of a range
    #[arg(long, group = "mode", value_name = "A..B", help_heading = "What is scanned", value_parser = range)]
    range: Option<String>,
    /// Each commit since one
    #[arg(long, group = "mode", value_name = "COMMIT", help_heading = "What is scanned")]
    since_commit: Option<String>,
    /// The added lines of a diff on standard input
    #[arg(long, group = "mode", value_name = "-", help_heading = "What is scanned", value_parser = ["-"])]
    #[arg(hide_possible_values = true, conflicts_with_all = ["paths", "targets", "stdin_path"])]
    patch: Option<String>,
    /// Only what this ref reaches (repeatable)
    #[arg(long = "ref", value_name = "NAME", help_heading = "What is scanned")]
    #[arg(conflicts_with_all = ["tree_only", "staged", "range", "since_commit", "patch", "all_objects"])]
    refs: Vec<String>,
    /// Also objects that nothing refers to any more
    #[arg(long, help_heading = "What is scanned")]
    #[arg(conflicts_with_all = ["tree_only", "staged", "range", "since_commit", "patch"])]
    all_objects: bool,
    /// All refs of a URL, pull requests and notes too
    #[arg(long, help_heading = "What is scanned")]
    mirror: bool,
    /// Only paths that fit (repeatable)
    #[arg(long, value_name = "GLOB", help_heading = "What is scanned")]
    include: Vec<String>,
    /// No paths that fit (repeatable)
    #[arg(long, value_name = "GLOB", help_heading = "What is scanned")]
    exclude: Vec<String>,
    /// Read files that git ignores
    #[arg(long, help_heading = "What is scanned")]
    #[arg(conflicts_with_all = ["staged", "range", "since_commit", "patch"])]
    include_ignored: bool,
    /// Skip larger files
    #[arg(long, value_name = "SIZE", default_value = "50MiB", value_parser = size::parse)]
    #[arg(help_heading = "What is scanned")]
    max_size: u64,

    /// Rules of your own as well: a folder of *.toml, or a file
    #[arg(long, value_name = "DIR", help_heading = "What is looked for")]
    rules: Vec<PathBuf>,
    /// Only this rule or issuer (repeatable)
    #[arg(long, value_name = "ID", help_heading = "What is looked for")]
    rule: Vec<String>,
    /// Not this rule or issuer (repeatable)
    #[arg(long, value_name = "ID", help_heading = "What is looked for")]
    skip_rule: Vec<String>,
    /// Show findings from this confidence on: low, medium, high
    #[arg(long, value_name = "LEVEL", default_value = "medium", help_heading = "What is looked for")]
    #[arg(value_enum, hide_possible_values = true)]
    confidence: Level,

    #[command(flatten)]
    outputs: Outputs,
    /// Put the secrets themselves into the reports
    #[arg(long, help_heading = "Output")]
    show_secrets: bool,
    /// What makes the scan fail: any, live, incomplete, never (repeatable)
    #[arg(long, value_name = "WHAT", help_heading = "Output", value_enum, hide_possible_values = true)]
    fail_on: Vec<FailOn>,
    /// No moving line on the terminal
    #[arg(long, help_heading = "Output")]
    no_progress: bool,
    /// Tell what takes how long; twice: each request to an issuer
    #[arg(long, short, help_heading = "Output", action = ArgAction::Count)]
    verbose: u8,

    /// Ask the issuers which keys work
    #[arg(long, help_heading = "Verify")]
    verify: bool,
    #[command(flatten)]
    asking: Asking,

    /// How many threads [default: one a core]
    #[arg(long, value_name = "N", help_heading = "How", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Search every byte of every version: slower, finds the same
    #[arg(long, help_heading = "How")]
    full_scan: bool,
}

/// UTF-16 grows by half where it is read.
const MAX_SIZE: u64 = 2 << 30;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    Low,
    Medium,
    High,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let stop = Stop::listen().context("cannot listen for Ctrl-C")?;
        let options = self.options()?;
        self.outputs.check()?;
        let rules = Selection { only: options.only_rules.clone(), skip: options.skip_rules.clone() };
        let rules = Arc::new(RuleSet::load(&options.rule_dirs, &rules)?);
        if self.verify {
            self.asking.check(&rules)?;
        }
        if let Some(threads) = self.threads {
            rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global()?;
        }
        let began = Instant::now();
        let watch = Watch::new(!self.no_progress, self.verbose > 0);
        let mut scanned = scan::run(&options, Arc::clone(&rules), &|| stop.asked(), &watch)?;
        if self.verify {
            if self.asking.dry_run {
                drop(watch);
                self.asking.plan(&scanned.keys, &rules)?;
                return Ok(ExitCode::SUCCESS);
            }
            watch.stage("issuers");
            let keys = mem::take(&mut scanned.keys);
            self.asking.ask(&mut scanned.found.findings, keys, &rules, &stop, self.verbose > 1)?;
        }
        drop(watch);
        let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut report = report(scanned, &options, rules.len(), stop.asked(), elapsed_ms);
        let code = exit::code(&report, &self.fail_on);
        self.asking.leave_out(&mut report);
        self.outputs.write(&report)?;
        Ok(code.into())
    }

    fn options(&self) -> anyhow::Result<Options> {
        let targets = self.all_targets()?;
        let only_never = self.fail_on.iter().all(|condition| *condition == FailOn::Never);
        ensure!(only_never || !self.fail_on.contains(&FailOn::Never), "--fail-on never excludes every other condition");
        let stdin = targets.contains(&Target::Stdin);
        ensure!(self.stdin_path.is_none() || stdin, "--stdin-path names standard input: give - as a path as well");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
        let options = Options {
            targets,
            mode: self.mode(),
            refs: self.refs.clone(),
            all_objects: self.all_objects,
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            include_ignored: self.include_ignored,
            max_size: self.max_size,
            full_scan: self.full_scan,
            mirror: self.mirror,
            show_secrets: self.show_secrets,
            min_confidence: match self.confidence {
                Level::Low => Confidence::Low,
                Level::Medium => Confidence::Medium,
                Level::High => Confidence::High,
            },
            stdin_path: self.stdin_path.clone(),
            id_key: env::var_os("KEYSWEEP_ID_KEY").map(|key| key.into_encoded_bytes()).filter(|key| !key.is_empty()),
            rule_dirs: self.rules.clone(),
            only_rules: self.rule.clone(),
            skip_rules: self.skip_rule.clone(),
            now,
        };
        if let Some(flag) = self.asking.needs_verify().filter(|_| !self.verify) {
            bail!("{flag} is for asking issuers: give --verify as well");
        }
        ensure!(self.max_size <= MAX_SIZE, "--max-size is at most 2GiB: places are counted in 32 bits");
        ensure!(!self.mirror || has_url(&options), "--mirror is for URLs: give one");
        Ok(options)
    }

    fn mode(&self) -> Mode {
        if let Some(range) = &self.range {
            Mode::Range(range.clone())
        } else if let Some(commit) = &self.since_commit {
            Mode::SinceCommit(commit.clone())
        } else if self.staged {
            Mode::Staged
        } else if self.patch.is_some() {
            Mode::Patch
        } else {
            let history = !self.tree_only;
            Mode::Files { tree: !self.history_only && self.refs.is_empty(), history }
        }
    }

    /// The paths given, and those of `--targets`; this folder if there are none.
    fn all_targets(&self) -> anyhow::Result<Vec<Target>> {
        let parse = |text: &OsString| Target::parse(text.as_encoded_bytes().as_bstr());
        let mut targets = self.paths.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        if let Some(file) = &self.targets {
            let name = || format!("--targets {}", file.display());
            let listed = targets::list(&read(file).with_context(name)?).with_context(name)?;
            ensure!(!listed.is_empty(), "{}: no path or URL in it", name());
            targets.extend(listed);
        }
        if targets.is_empty() {
            targets.push(Target::Path(".".into()));
        }
        let mut seen = HashSet::new();
        targets.retain(|target| seen.insert(target.shown()));
        Ok(targets)
    }
}

fn report(scanned: Scanned, options: &Options, rules: usize, interrupted: bool, elapsed_ms: u64) -> Report {
    Report {
        complete: scanned.problems.is_empty() && !interrupted,
        findings: scanned.found.findings,
        problems: scanned.problems,
        summary: Summary {
            targets: scanned.targets,
            rules,
            tally: scanned.tally,
            below_confidence: scanned.found.below_confidence,
            interrupted,
            notes: notes(options),
            started_at: options.now,
            elapsed_ms,
        },
    }
}

/// What a user should know of how a target was read.
fn notes(options: &Options) -> Vec<String> {
    let of_url = match options.mirror {
        _ if !has_url(options) => return vec![],
        true => "Of a URL, what its host keeps without a ref cannot be seen.",
        false => {
            "Of a URL, branches and tags were read; pull requests and notes are with --mirror, and what its host keeps \
             without a ref cannot be seen."
        }
    };
    vec![of_url.to_owned()]
}

fn has_url(options: &Options) -> bool {
    options.targets.iter().any(|target| matches!(target, Target::Url(_)))
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if file != Path::new("-") {
        return fs::read(file);
    }
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    Ok(text)
}

fn range(text: &str) -> anyhow::Result<String> {
    match text.split_once("..") {
        Some((from, to)) if !from.is_empty() || !matches!(to, "" | ".") => Ok(text.to_owned()),
        _ => bail!("write A..B, such as main..HEAD"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_dots_and_an_end() {
        assert!(range("main..HEAD").is_ok() && range("..HEAD").is_ok() && range("a...b").is_ok());
        assert!(range("main").is_err() && range("..").is_err() && range("...").is_err());
    }
}
