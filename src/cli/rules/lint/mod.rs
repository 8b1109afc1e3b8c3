//! `keysweep rules lint`: what a careful reviewer of rule files would say.
//!
//! What a file may not say at all the reader of rule files refuses; it is told here with the rest ([`check`]). [`alone`] looks at one
//! rule, [`together`] runs all rules over the examples, [`automata`] shows what holds of all that a pattern matches.

mod alone;
mod automata;
mod check;
mod draft;
mod remark;
mod together;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use super::{super::exit, Format};
use crate::rule::set;

pub use remark::Remark;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keysweep rules lint                     the files of the folder rules/
  keysweep rules lint rules/acme.toml     one file, beside the rules of the program

Exit code: 0 if nothing is found, 1 if something is, 2 if a file cannot be read.")]
pub struct Args {
    /// Rule files, or folders of them
    #[arg(value_name = "FILE", default_value = "rules")]
    files: Vec<PathBuf>,
    /// pretty or json
    #[arg(long, short, value_name = "FORMAT", default_value = "pretty", hide_possible_values = true)]
    format: Format,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let mut files = vec![];
        for given in &self.files {
            files.extend(set::files_of(given)?);
        }
        let remarks = check::check(&files)?;
        let mut out = io::stdout().lock();
        match self.format {
            Format::Json => {
                serde_json::to_writer_pretty(&mut out, &remarks).map_err(io::Error::from)?;
                writeln!(out)?;
            }
            Format::Pretty => write(&remarks, files.len(), &mut out)?,
        }
        Ok(if remarks.is_empty() { ExitCode::SUCCESS } else { exit::FOUND.into() })
    }
}

fn write(remarks: &[Remark], files: usize, out: &mut impl Write) -> io::Result<()> {
    for remark in remarks {
        writeln!(out, "{remark}")?;
    }
    let plural = |number, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    writeln!(out, "{} in {}.", plural(remarks.len(), "remark"), plural(files, "file"))
}
