//! Where reports go: one to standard output, any number to files.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

use super::{clock::Clock, terminal};
use crate::{
    config::Config,
    report::{self, Format, GroupBy, Look, Report, merge::Merged},
};

#[derive(Clone, Debug, clap::Args)]
pub struct Outputs {
    /// What goes to standard output: pretty, json, jsonl, sarif, html, markdown, csv, junit, gitlab,
    /// github [default: pretty]
    #[arg(long, short, value_name = "FORMAT", help_heading = "Output")]
    format: Option<Format>,
    /// Write a report to a file as well (repeatable)
    #[arg(long, value_name = "FORMAT=FILE", help_heading = "Output", value_parser = report_file)]
    report: Vec<(Format, PathBuf)>,
    /// Put findings together in markdown by author, issuer, path or commit
    #[arg(long, value_name = "WHAT", help_heading = "Output")]
    group_by: Option<GroupBy>,
    /// Leave out what the clock says, so that two runs write the same bytes
    #[arg(long, help_heading = "Output")]
    deterministic: bool,
}

impl Outputs {
    /// Before a long scan rather than behind it.
    pub fn check(&self) -> anyhow::Result<()> {
        for (at, (_, path)) in self.report.iter().enumerate() {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            ensure!(folder.is_dir(), "--report {}: there is no folder {}", path.display(), folder.display());
            ensure!(!path.is_dir(), "--report {}: this is a folder", path.display());
            let twice = self.report[..at].iter().any(|(_, other)| other == path);
            ensure!(!twice, "--report {}: two reports cannot go to one file", path.display());
        }
        Ok(())
    }

    /// The clock that reports are written by.
    pub fn clock(&self) -> anyhow::Result<Clock> {
        Clock::new(self.deterministic)
    }

    /// The same with what a configuration says and no flag does.
    pub fn with(mut self, config: &Config) -> Self {
        self.format = self.format.or(config.format.as_ref().map(|format| format.value));
        self
    }

    fn format(&self) -> Format {
        self.format.unwrap_or(Format::Pretty)
    }

    /// Files first: standard output may be closed.
    pub fn write(&self, report: &Report) -> anyhow::Result<()> {
        let look = Look { group_by: self.group_by, ..Look::PLAIN };
        for (format, path) in &self.report {
            report::file::save(report, *format, look, path).with_context(|| format!("--report {}", path.display()))?;
        }
        self.write_stdout(report, look)
    }

    /// The same for reports that may be too large for memory.
    pub fn write_merged(&self, merged: &Merged) -> anyhow::Result<()> {
        let look = Look { group_by: self.group_by, ..Look::PLAIN };
        for (format, path) in &self.report {
            let write = |out: &mut dyn Write| match format {
                Format::Json | Format::Jsonl => merged.write(*format == Format::Jsonl, out),
                format => merged.report()?.write(*format, look, out),
            };
            report::file::save_by(path, false, &write).with_context(|| format!("--report {}", path.display()))?;
        }
        match self.format() {
            Format::Json | Format::Jsonl => {
                let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
                let result = merged.write(self.format() == Format::Jsonl, &mut out).and_then(|()| out.flush());
                unless_closed(result)
            }
            _ => self.write_stdout(&merged.report()?, look),
        }
    }

    fn write_stdout(&self, report: &Report, look: Look) -> anyhow::Result<()> {
        let stdout = io::stdout().lock();
        let result = match self.format() {
            Format::Pretty => {
                let look = terminal::look();
                let choice = if look.colour { anstream::ColorChoice::Always } else { anstream::ColorChoice::Never };
                written(report, Format::Pretty, look, anstream::AutoStream::new(stdout, choice))
            }
            format => written(report, format, look, stdout),
        };
        unless_closed(result)
    }
}

/// A reader that has seen enough is no error.
fn unless_closed(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("standard output"),
    }
}

fn written(report: &Report, format: Format, look: report::Look, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    report.write(format, look, &mut out)?;
    out.flush()
}

fn report_file(text: &str) -> anyhow::Result<(Format, PathBuf)> {
    let (format, path) = text.split_once('=').context("write FORMAT=FILE, such as json=report.json")?;
    ensure!(!path.is_empty(), "write FORMAT=FILE, such as json=report.json");
    Ok((format.parse().map_err(anyhow::Error::msg)?, path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_file_is_a_format_and_a_path() {
        assert_eq!(report_file("json=a=b").unwrap(), (Format::Json, "a=b".into()));
        assert!(report_file("json").is_err() && report_file("xml=a").is_err() && report_file("json=").is_err());
    }
}
