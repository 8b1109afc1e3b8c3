//! `keysweep report`: stored reports, without the repositories that they are of.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;

use super::outputs::Outputs;
use crate::report::{Report, read};

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
        }
    }
}

impl Convert {
    fn run(&self) -> anyhow::Result<ExitCode> {
        self.outputs.check()?;
        let mut report = stored(&self.file)?;
        self.outputs.clock()?.settle(&mut report);
        self.outputs.write(&report)?;
        Ok(ExitCode::SUCCESS)
    }
}

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
