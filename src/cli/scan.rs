//! `keysweep scan`: flags to options, what was scanned to reports.

use std::{
    collections::{BTreeMap, HashSet},
    ffi::OsString,
    fs,
    io::{self, Read},
    mem,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use bstr::ByteSlice;
use clap::{ArgAction, ArgGroup, ValueEnum};

use super::{
    asking::Asking,
    configured::{self, Configured, Configuring, Suppressing},
    exit::{self, FailOn},
    ids,
    outputs::Outputs,
    progress::Watch,
    stop::Stop,
};
use crate::{
    config::{Config, size},
    finding::IdKey,
    report::{Report, Stats, Summary},
    rule::{Confidence, Selection},
    scan::{self, Mode, Options, Progress, Scanned},
    source::targets::{self, Target},
    suppress,
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
    /// Skip larger files [default: 50MiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse, help_heading = "What is scanned")]
    max_size: Option<u64>,
    /// Stop after so long, and report what was seen until then
    #[arg(long, value_name = "SECONDS", help_heading = "What is scanned")]
    time_limit: Option<u64>,

    /// Rules of your own as well: a folder of *.toml, or a file
    #[arg(long, value_name = "DIR", help_heading = "What is looked for")]
    rules: Vec<PathBuf>,
    /// Only this rule or issuer (repeatable)
    #[arg(long, value_name = "ID", help_heading = "What is looked for")]
    rule: Vec<String>,
    /// Not this rule or issuer (repeatable)
    #[arg(long, value_name = "ID", help_heading = "What is looked for")]
    skip_rule: Vec<String>,
    /// Show findings from this confidence on: low, medium, high [default: medium]
    #[arg(long, value_name = "LEVEL", help_heading = "What is looked for", value_enum, hide_possible_values = true)]
    confidence: Option<Level>,

    #[command(flatten)]
    configuring: Configuring,
    #[command(flatten)]
    suppressing: Suppressing,

    #[command(flatten)]
    outputs: Outputs,
    /// Put the secrets themselves into the reports
    #[arg(long, help_heading = "Output")]
    show_secrets: bool,
    /// What makes the scan fail: any, live, incomplete, never (repeatable)
    #[arg(long, value_name = "WHAT", help_heading = "Output", value_enum, hide_possible_values = true)]
    fail_on: Vec<FailOn>,
    /// Tell the time of each stage and the slowest rules
    #[arg(long, help_heading = "Output")]
    stats: bool,
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

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    Low,
    Medium,
    High,
}

impl Level {
    fn confidence(self) -> Confidence {
        match self {
            Self::Low => Confidence::Low,
            Self::Medium => Confidence::Medium,
            Self::High => Confidence::High,
        }
    }
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let stop = Stop::listen().context("cannot listen for Ctrl-C")?;
        let mut options = self.options()?;
        self.outputs.check()?;
        let id_key = options.id_key.as_deref().map_or_else(IdKey::default, IdKey::new);
        let configured = self.configuring.read(&options.targets, &id_key, options.now)?;
        let rules = Selection { only: options.only_rules.clone(), skip: options.skip_rules.clone() };
        let rules = Arc::new(configured.rules(&options.rule_dirs, &rules)?);
        let run = &configured.layers.run;
        let asking = self.asking.clone().with(run);
        let outputs = self.outputs.clone().with(run);
        let fail_on = self.fail_on(run);
        let threads = self.threads.or(run.threads.as_ref().map(|threads| threads.value));
        self.configure(&mut options, &configured);
        if self.verify {
            asking.check(&rules)?;
        }
        if let Some(threads) = threads {
            rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global()?;
        }
        let began = Instant::now();
        let watch = Watch::new(!self.no_progress, self.verbose > 0);
        let mut scanned = scan::run(&options, Arc::clone(&rules), &|| stop.asked(), &watch)?;
        scanned.problems.extend(configured.problems());
        let of_rules_off = scanned.take_rules_off();
        if self.verify {
            if asking.dry_run {
                drop(watch);
                asking.plan(&scanned.keys, &rules)?;
                return Ok(ExitCode::SUCCESS);
            }
            watch.stage("issuers");
            let keys = mem::take(&mut scanned.keys);
            asking.ask(&mut scanned.found.findings, keys, &rules, &stop, self.verbose > 1)?;
        }
        let stages = watch.stages();
        drop(watch);
        let mut suppressed = suppress::settle(&mut scanned.found.findings);
        suppressed.extend(of_rules_off);
        let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let stats = self.stats.then(|| Stats { stages, rules: mem::take(&mut scanned.slowest) });
        let mut report = report(scanned, &options, rules.len(), stop.asked(), elapsed_ms);
        report.summary.stats = stats;
        report.summary.suppressed = suppress::count(&suppressed);
        if self.suppressing.show_suppressed {
            report.suppressed = suppressed;
        }
        let code = exit::code(&report, &fail_on);
        asking.leave_out(&mut report);
        report.worst_first();
        outputs.clock()?.settle(&mut report);
        outputs.write(&report)?;
        Ok(code.into())
    }

    fn options(&self) -> anyhow::Result<Options> {
        let targets = self.all_targets()?;
        let only_never = self.fail_on.iter().all(|condition| *condition == FailOn::Never);
        ensure!(only_never || !self.fail_on.contains(&FailOn::Never), "--fail-on never excludes every other condition");
        let stdin = targets.contains(&Target::Stdin);
        ensure!(self.stdin_path.is_none() || stdin, "--stdin-path names standard input: give - as a path as well");
        let options = Options {
            targets,
            mode: self.mode(),
            refs: self.refs.clone(),
            all_objects: self.all_objects,
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            include_ignored: self.include_ignored,
            max_size: self.max_size.unwrap_or(scan::options::MAX_SIZE),
            time_limit: self.time_limit.map(Duration::from_secs),
            full_scan: self.full_scan,
            stats: self.stats,
            mirror: self.mirror,
            show_secrets: self.show_secrets,
            min_confidence: self.confidence.map_or(Confidence::Medium, Level::confidence),
            stdin_path: self.stdin_path.clone(),
            id_key: ids::own_key(),
            rule_dirs: self.rules.clone(),
            only_rules: self.rule.clone(),
            skip_rules: self.skip_rule.clone(),
            policy: Arc::default(),
            no_suppress: self.suppressing.no_suppress,
            now: self.outputs.clock()?.now(),
        };
        if let Some(flag) = self.asking.needs_verify().filter(|_| !self.verify) {
            bail!("{flag} is for asking issuers: give --verify as well");
        }
        ensure!(options.max_size <= size::MOST, "--max-size is at most 2GiB: places are counted in 32 bits");
        ensure!(!self.mirror || has_url(&options), "--mirror is for URLs: give one");
        Ok(options)
    }

    /// What configurations say and no flag does.
    fn configure(&self, options: &mut Options, configured: &Configured) {
        let run = &configured.layers.run;
        if let (None, Some(confidence)) = (self.confidence, &run.confidence) {
            options.min_confidence = confidence.value;
        }
        if let (None, Some(size)) = (self.max_size, &run.max_size) {
            options.max_size = size.value;
        }
        let mut policy = configured.policy.clone();
        policy.foreign_marks |= self.suppressing.respect_foreign_markers;
        options.policy = Arc::new(policy);
    }

    fn fail_on(&self, run: &Config) -> Vec<FailOn> {
        if !self.fail_on.is_empty() {
            return self.fail_on.clone();
        }
        let words = run.fail_on.iter().flat_map(|words| &words.value);
        words.filter_map(|word| FailOn::from_str(word, false).ok()).collect()
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

/// The report of a scan, before anything is said of what was suppressed.
pub fn report(scanned: Scanned, options: &Options, rules: usize, interrupted: bool, elapsed_ms: u64) -> Report {
    let mut notes = notes(options);
    notes.extend(configured::notes(&scanned.told, options, scanned.found.below_confidence));
    Report {
        complete: scanned.problems.is_empty() && !interrupted,
        findings: scanned.found.findings,
        suppressed: vec![],
        problems: scanned.problems,
        summary: Summary {
            targets: scanned.targets,
            remotes: scanned.remotes,
            rules,
            tally: scanned.tally,
            below_confidence: scanned.found.below_confidence,
            interrupted,
            suppressed: BTreeMap::new(),
            notes,
            started_at: options.now,
            elapsed_ms,
            stats: None,
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
