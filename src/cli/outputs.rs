//! Where reports go: one to standard output, any number to files.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

use super::terminal;
use crate::{
    config::Config,
    report::{self, Format, Report},
};

#[derive(Clone, Debug, clap::Args)]
pub struct Outputs {
    /// What goes to standard output: pretty, json, jsonl [default: pretty]
    #[arg(long, short, value_name = "FORMAT", help_heading = "Output")]
    format: Option<Format>,
    /// Write a report to a file as well (repeatable)
    #[arg(long, value_name = "FORMAT=FILE", help_heading = "Output", value_parser = report_file)]
    report: Vec<(Format, PathBuf)>,
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

    /// The same with what a configuration says and no flag does.
    pub fn with(mut self, config: &Config) -> Self {
        self.format = self.format.or(config.format.as_ref().map(|format| format.value));
        self
    }

    /// Files first: standard output may be closed.
    pub fn write(&self, report: &Report) -> anyhow::Result<()> {
        for (format, path) in &self.report {
            report::file::save(report, *format, path).with_context(|| format!("--report {}", path.display()))?;
        }
        let stdout = io::stdout().lock();
        let result = match self.format.unwrap_or(Format::Pretty) {
            Format::Pretty => {
                let look = terminal::look();
                let choice = if look.colour { anstream::ColorChoice::Always } else { anstream::ColorChoice::Never };
                written(report, Format::Pretty, look, anstream::AutoStream::new(stdout, choice))
            }
            format => written(report, format, report::Look::PLAIN, stdout),
        };
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.context("standard output"),
        }
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
