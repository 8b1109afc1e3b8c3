//! `keysweep find`: every place of one known value.

use std::{
    fs,
    io::{self, IsTerminal, Read},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Instant,
};

use anyhow::{Context, bail, ensure};
use bstr::ByteSlice;
use zeroize::Zeroizing;

use super::{clock::Clock, exit, ids, outputs::Outputs, progress::Watch, stop::Stop};
use crate::{
    config::size,
    report::{Report, Summary},
    rule::{Confidence, RuleSet, given},
    scan::{self, Mode, Options, Progress},
    source::targets::{self, Target},
};

const EXAMPLES: &str = "\
Examples:
  keysweep find - < leaked.txt               this folder and its history
  pass show aws/ci | keysweep find - ~/src   all repositories below a folder
  keysweep find - --targets repos.txt        many repositories and URLs

The value is looked for as it is, in base64 at any alignment, in hexadecimal, percent-encoded and
with escape sequences. Ignored files and objects that nothing refers to are looked at, too.

Exit code: 0 not there; 1 found; 2 wrong use; 3 not found, but not all was looked at.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// - : the value comes on standard input
    #[arg(value_name = "-")]
    value: String,
    /// Files, folders, repositories or URLs
    #[arg(value_name = "PATH")]
    paths: Vec<std::ffi::OsString>,
    /// More paths and URLs, one a line
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,
    /// Skip larger files [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    max_size: Option<u64>,
    #[command(flatten)]
    outputs: Outputs,
    /// No moving line on the terminal
    #[arg(long, help_heading = "Output")]
    no_progress: bool,
}

/// What is larger is not a file that somebody put a key into.
const MAX_SIZE: u64 = 1 << 30;

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let stop = Stop::listen().context("cannot listen for Ctrl-C")?;
        // Whatever it is, it is not repeated.
        ensure!(
            self.value == "-",
            "the value is read from standard input, so that it is in no list of processes: write -"
        );
        self.outputs.check()?;
        let options = self.options()?;
        let value = value()?;
        let rules = Arc::new(RuleSet::new(given::rules(&value)?));
        drop(value);
        let began = Instant::now();
        let watch = Watch::new(!self.no_progress, false);
        watch.stage("places");
        let scanned = scan::run(&options, rules, &|| stop.asked(), &watch)?;
        drop(watch);
        let report = Report {
            complete: scanned.problems.is_empty() && !stop.asked(),
            findings: scanned.found.findings,
            suppressed: vec![],
            problems: scanned.problems,
            summary: Summary {
                targets: scanned.targets,
                tally: scanned.tally,
                interrupted: stop.asked(),
                started_at: options.now,
                elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                ..Summary::default()
            },
        };
        let code = exit::code(&report, &[]);
        self.outputs.write(&report)?;
        Ok(code.into())
    }

    fn options(&self) -> anyhow::Result<Options> {
        let parse = |text: &std::ffi::OsString| Target::parse(text.as_encoded_bytes().as_bstr());
        let mut targets = self.paths.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        if let Some(file) = &self.targets {
            let text = fs::read(file).with_context(|| format!("--targets {}", file.display()))?;
            let listed = targets::list(&text).with_context(|| format!("--targets {}", file.display()))?;
            ensure!(!listed.is_empty(), "--targets {}: no path or URL in it", file.display());
            targets.extend(listed);
        }
        ensure!(!targets.contains(&Target::Stdin), "standard input holds the value, so it cannot be looked through");
        if targets.is_empty() {
            targets.push(Target::Path(".".into()));
        }
        let max_size = self.max_size.unwrap_or(MAX_SIZE);
        ensure!(max_size <= size::MOST, "--max-size is at most 2GiB: places are counted in 32 bits");
        let now = Clock::Runs.now();
        Ok(Options {
            mode: Mode::Files { tree: true, history: true },
            all_objects: true,
            include_ignored: true,
            max_size,
            mirror: true,
            min_confidence: Confidence::Low,
            no_suppress: true,
            id_key: ids::own_key(),
            ..Options::of(targets, now)
        })
    }
}

/// The value without the end of its last line; from a terminal without echo.
fn value() -> anyhow::Result<Zeroizing<Vec<u8>>> {
    if io::stdin().is_terminal() {
        let typed = Zeroizing::new(rpassword::prompt_password("value (not shown): ")?);
        return Ok(Zeroizing::new(typed.as_bytes().to_vec()));
    }
    let mut value = Zeroizing::new(vec![]);
    io::stdin().lock().take(1 << 20).read_to_end(&mut value)?;
    let end = value.trim_end_with(|char| matches!(char, '\n' | '\r')).len();
    value.truncate(end);
    if value.is_empty() {
        bail!("there is no value on standard input");
    }
    Ok(value)
}
