//! Reports: what a run found, and what it could not look at, written down.
//!
//! A [`Report`] is a value; each format is a file here and a function from the report to bytes. Formats see masked text only:
//! a secret is in a report where the user asked for it ([`Finding::secret`](crate::finding::Finding::secret)) and nowhere
//! else. Fields that depend on the clock (`started_at`, `elapsed_ms`, `exposed_days`) come in from outside, so that the same
//! report gives the same bytes.

pub mod file;
pub mod foreign;
mod json;
mod jsonl;
mod next_step;
mod pretty;
pub mod read;
mod safe_json;
#[cfg(test)]
pub(crate) mod sample;
mod wire;
mod words;

use std::{collections::BTreeMap, fmt, io, io::Write, str::FromStr};

use crate::{
    finding::{Finding, Mechanism},
    problem::{Problem, Tally},
};

/// Version of the json and jsonl formats (`docs/report.schema.json`). Grows when a reader of the old one would break.
pub const SCHEMA: u32 = 1;

/// Everything a run has to say.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whether all of the asked selection was looked at.
    pub complete: bool,
    /// The worst first.
    pub findings: Vec<Finding>,
    /// Findings that do not count, only where they are to be shown; `summary.suppressed` counts them always.
    pub suppressed: Vec<Finding>,
    /// What could not be scanned as it should.
    pub problems: Vec<Problem>,
    /// Counts, and what else is to be said about the run.
    pub summary: Summary,
}

/// About the run as a whole.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// What was scanned, as the user named it; without passwords in URLs.
    pub targets: Vec<String>,
    /// How many rules took part.
    pub rules: usize,
    /// What was seen and what was left out.
    pub tally: Tally,
    /// Findings left out for their confidence. What no path could lift to the asked one is not searched for and not counted.
    pub below_confidence: u64,
    /// Findings that do not count, by what keeps them from it.
    pub suppressed: BTreeMap<Mechanism, u64>,
    /// Stopped before its end (Ctrl-C).
    pub interrupted: bool,
    /// What a reader should know and no count tells, a sentence each.
    pub notes: Vec<String>,
    /// When the run began, seconds since 1970-01-01 UTC.
    pub started_at: i64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

/// A form that a report can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    Pretty,
    /// One document.
    Json,
    /// An object a line.
    Jsonl,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pretty, Self::Json, Self::Jsonl];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pretty => "pretty",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|format| format.as_str() == name);
        known.ok_or_else(|| {
            format!("no format is called `{name}`; there are {}", Self::ALL.map(Self::as_str).join(", "))
        })
    }
}

/// What the place where a report is shown can do.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Colours and weights by escape sequences.
    pub colour: bool,
    /// Hyperlinks by escape sequences (OSC 8).
    pub links: bool,
    /// Columns.
    pub width: usize,
}

impl Look {
    /// For files and pipes.
    pub const PLAIN: Self = Self { colour: false, links: false, width: 80 };
}

impl Report {
    /// Whether there was nothing that could be scanned. An empty folder is scanned; a path that does not exist is not.
    pub fn saw_nothing(&self) -> bool {
        let tally = &self.summary.tally;
        tally.files + tally.blobs + tally.commits == 0 && self.findings.is_empty() && !self.problems.is_empty()
    }

    /// Writes it in this format. `look` matters to the format for people only.
    pub fn write(&self, format: Format, look: Look, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Pretty => pretty::write(self, look, out),
            Format::Json => json::write(self, out),
            Format::Jsonl => jsonl::write(self, out),
        }
    }
}
