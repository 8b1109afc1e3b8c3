//! `keysweep report`: stored reports, without the repositories that they are of.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, ensure};
use clap::ValueEnum;

use super::{exit, outputs::Outputs};
use crate::report::{
    Report,
    diff::{self, Change, Diff},
    merge, read,
};

#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write a stored report in another format
    #[command(after_help = "Examples:
  keysweep report convert found.json --format markdown
  keysweep report convert found.jsonl --report html=found.html --report sarif=found.sarif

Reads json and jsonl. Secrets that a report shows are not taken over.")]
    Convert(Convert),
    /// Tell what is new, gone, now live and now dead
    #[command(after_help = "Examples:
  keysweep report diff last-week.json today.json
  keysweep report diff main.json branch.json --format markdown --fail-on new

Exit code: 0 nothing that --fail-on names, 1 otherwise, 2 wrong use.")]
    Diff(DiffArgs),
    /// Make one report of several
    #[command(after_help = "Examples:
  keysweep report merge team-a.jsonl team-b.jsonl --format jsonl > all.jsonl
  keysweep report merge shards/*.json --report html=all.html --format json

A secret that stands in several reports is one finding with all its places. With json and jsonl a
million findings need little memory.")]
    Merge(Merge),
}

#[derive(Debug, clap::Args)]
struct DiffArgs {
    /// The earlier report
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The later report
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// pretty, json or markdown
    #[arg(long, short, value_name = "FORMAT", default_value = "pretty", hide_possible_values = true)]
    format: Form,
    /// What makes it fail: new, live, any, never (repeatable) [default: new, live]
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    fail_on: Vec<FailOn>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Pretty,
    Json,
    Markdown,
}

/// What makes a comparison fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A finding that was not there
    New,
    /// A key that was not known to be live
    Live,
    /// Any finding of the later report
    Any,
    /// Nothing
    Never,
}

#[derive(Debug, clap::Args)]
struct Merge {
    /// Reports in json or jsonl
    #[arg(value_name = "REPORT", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Debug, clap::Args)]
struct Convert {
    /// A report in json or jsonl; - is standard input
    #[arg(value_name = "REPORT")]
    file: PathBuf,
    #[command(flatten)]
    outputs: Outputs,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::Convert(args) => args.run(),
            Command::Diff(args) => args.run(),
            Command::Merge(args) => args.run(),
        }
    }
}

impl Convert {
    fn run(&self) -> anyhow::Result<ExitCode> {
        self.outputs.check()?;
        let mut report = stored(&self.file)?;
        report.worst_first();
        self.outputs.clock()?.settle(&mut report);
        self.outputs.write(&report)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl DiffArgs {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let only_never = self.fail_on.iter().all(|condition| *condition == FailOn::Never);
        ensure!(only_never || !self.fail_on.contains(&FailOn::Never), "--fail-on never excludes every other condition");
        ensure!(self.old != self.new || self.old != Path::new("-"), "only one of the reports can be standard input");
        let (old, new) = (stored(&self.old)?, stored(&self.new)?);
        let diff = diff::diff(&old, &new);
        let form = match self.format {
            Form::Pretty => diff::Form::Pretty,
            Form::Json => diff::Form::Json,
            Form::Markdown => diff::Form::Markdown,
        };
        let mut out = io::stdout().lock();
        diff.write(form, &mut out)?;
        Ok(if fails(&diff, &self.fail_on) { exit::FOUND.into() } else { ExitCode::SUCCESS })
    }
}

fn fails(diff: &Diff<'_>, fail_on: &[FailOn]) -> bool {
    let fail_on = if fail_on.is_empty() { &[FailOn::New, FailOn::Live] } else { fail_on };
    let any_of = |changes: &[Change]| changes.iter().any(|change| diff.count(*change) > 0);
    fail_on.iter().any(|condition| match condition {
        FailOn::New => any_of(&[Change::New]),
        FailOn::Live => any_of(&[Change::NowLive]),
        FailOn::Any => any_of(&[Change::New, Change::NowLive, Change::Still, Change::NowDead]),
        FailOn::Never => false,
    })
}

impl Merge {
    fn run(&self) -> anyhow::Result<ExitCode> {
        self.outputs.check()?;
        ensure!(self.files.len() <= MOST, "at most {MOST} reports at once: merge them in steps");
        let mut merged = merge::merge(&self.files)?;
        self.outputs.clock()?.settle_merged(&mut merged);
        self.outputs.write_merged(&merged)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Each is an open file.
const MOST: usize = 1000;

/// A report from a file, or from standard input.
fn stored(file: &Path) -> anyhow::Result<Report> {
    let name = || file.display().to_string();
    let mut text = vec![];
    if file == Path::new("-") {
        io::stdin().read_to_end(&mut text).with_context(name)?;
    } else {
        text = fs::read(file).with_context(name)?;
    }
    read::report(&text).with_context(name)
}
