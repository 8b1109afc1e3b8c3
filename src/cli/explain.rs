//! `keysweep explain`: why something is reported, or is not.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, ensure};
use serde::Serialize;

use super::rules::{Format, Which};
use crate::{
    detect::Detector,
    finding::printable::utf8,
    rule::{Confidence, RuleSet, Selection},
    scan::explain::{Explained, explain},
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keysweep explain config/settings.py        all that looks like a credential there
  keysweep explain config/settings.py:12     the same for one line
  keysweep explain --text 'token = abc123'   a text as it is given

A value without a format is judged by what stands around it and by its path. The score is
the sum of what each piece of evidence adds (log-odds).")]
pub struct Args {
    /// A file, and a line of it
    #[arg(value_name = "FILE[:LINE]", required_unless_present = "text")]
    place: Option<PathBuf>,
    /// A text instead of a file
    #[arg(long, value_name = "TEXT", conflicts_with = "place")]
    text: Option<String>,
    /// The path that the text is judged as if it stood there
    #[arg(long, value_name = "NAME", requires = "text")]
    as_path: Option<String>,
    #[command(flatten)]
    which: Which,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let (bytes, path, line) = self.input()?;
        let rules = RuleSet::load(&self.which.rules, &Selection::default())?;
        let detector = Detector::new(Arc::new(rules))?;
        let mut all = explain(&detector, &bytes, path.as_deref());
        all.retain(|one| line.is_none_or(|line| one.line == line));
        let mut out = io::stdout().lock();
        match self.which.format {
            Format::Json => {
                let shown: Vec<Shown> = all.iter().map(Shown::new).collect();
                serde_json::to_writer_pretty(&mut out, &shown).map_err(io::Error::from)?;
                writeln!(out)?;
            }
            Format::Pretty => write_all(&all, &mut out)?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Bytes, the path that they are judged by, and the line that is asked for.
    #[allow(clippy::type_complexity, reason = "three things of one place")]
    fn input(&self) -> anyhow::Result<(Vec<u8>, Option<Vec<u8>>, Option<u32>)> {
        if let Some(text) = &self.text {
            return Ok((text.clone().into_bytes(), self.as_path.clone().map(String::into_bytes), None));
        }
        let place = self.place.as_deref().unwrap_or(Path::new(""));
        let (file, line) = if place.exists() { (place.to_owned(), None) } else { split(place) };
        ensure!(!file.is_dir(), "{}: a folder; give a file", file.display());
        let bytes = fs::read(&file).with_context(|| format!("{}: cannot be read", file.display()))?;
        let path = file.strip_prefix(".").unwrap_or(&file);
        Ok((bytes, Some(path.as_os_str().as_encoded_bytes().to_vec()), line))
    }
}

/// `FILE:LINE` taken apart.
fn split(place: &Path) -> (PathBuf, Option<u32>) {
    let text = place.to_string_lossy();
    match text.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?))) {
        Some((file, line)) => (file.into(), Some(line)),
        None => (place.to_owned(), None),
    }
}

fn write_all(all: &[Explained], out: &mut impl Write) -> io::Result<()> {
    if all.is_empty() {
        return writeln!(out, "Nothing here looks like a credential to any rule.");
    }
    for (at, one) in all.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        write(one, out)?;
    }
    Ok(())
}

fn write(one: &Explained, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}:{}  {}  {}", one.line, one.column, one.rule, utf8(one.masked.as_bytes()))?;
    writeln!(out, "  {}", one.verdict)?;
    for reason in &one.evidence {
        match reason.weight {
            Some(weight) => {
                let (sign, weight) = if weight < 0 { ('-', -weight) } else { ('+', weight) };
                writeln!(out, "    {sign}{}.{:02}  {}", weight / 100, weight % 100, utf8(reason.says.as_bytes()))?;
            }
            None => writeln!(out, "    {}: {}", reason.name, utf8(reason.says.as_bytes()))?,
        }
    }
    one.change.iter().try_for_each(|change| writeln!(out, "  would change it: {}", utf8(change.as_bytes())))
}

/// A candidate for programs.
#[derive(Serialize)]
struct Shown<'a> {
    line: u32,
    column: u32,
    rule: &'a str,
    name: &'a str,
    masked: &'a str,
    confidence: Option<Confidence>,
    verdict: &'a str,
    evidence: Vec<ShownReason<'a>>,
    change: &'a [String],
}

#[derive(Serialize)]
struct ShownReason<'a> {
    name: &'a str,
    says: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<i32>,
}

impl<'a> Shown<'a> {
    fn new(one: &'a Explained) -> Self {
        let reason = |reason: &'a crate::finding::Reason| ShownReason {
            name: &reason.name,
            says: &reason.says,
            weight: reason.weight,
        };
        Self {
            line: one.line,
            column: one.column,
            rule: &one.rule,
            name: &one.name,
            masked: &one.masked,
            confidence: one.confidence,
            verdict: &one.verdict,
            evidence: one.evidence.iter().map(reason).collect(),
            change: &one.change,
        }
    }
}
