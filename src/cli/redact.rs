//! `keysweep redact`: masks secrets in what comes through.

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;

use crate::{
    detect::Detector,
    rule::{Confidence, RuleSet, Selection},
    scan::redact::{self, Options},
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keysweep redact < app.log > shared.log
  tail -f app.log | keysweep redact
  kubectl get secret x -o json | keysweep redact --json
  git diff | keysweep redact

A line goes out as soon as it is complete. What stands behind a value counts only where it came in with it.")]
pub struct Args {
    /// The text is JSON or JSON Lines, and stays it
    #[arg(long)]
    json: bool,
    /// Mask values of this confidence and above: low, medium, high
    #[arg(long, value_name = "LEVEL", default_value = "medium", hide_possible_values = true)]
    confidence: Level,
    /// Rules of your own as well: a folder of *.toml, or a file
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// Tell on standard error how many values were masked
    #[arg(long)]
    count: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    Low,
    Medium,
    High,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let rules = RuleSet::load(&self.rules, &Selection::default())?;
        let detector = Detector::new(Arc::new(rules))?;
        let min_confidence = match self.confidence {
            Level::Low => Confidence::Low,
            Level::Medium => Confidence::Medium,
            Level::High => Confidence::High,
        };
        let options = Options { min_confidence, json: self.json };
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let counts = match redact::redact(&detector, options, &mut io::stdin().lock(), &mut out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
            counts => counts.context("redact")?,
        };
        out.flush()?;
        if self.count {
            anstream::eprintln!("{} masked in {} bytes", counts.masked, counts.bytes);
        }
        Ok(ExitCode::SUCCESS)
    }
}
