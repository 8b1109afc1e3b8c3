//! Reports: what a run found, and what it could not look at, written down.
//!
//! A [`Report`] is a value; each format is a file here and a function from the report to bytes. Formats see masked text only:
//! a secret is in a report where the user asked for it ([`Finding::secret`](crate::finding::Finding::secret)) and nowhere
//! else. Fields that depend on the clock (`started_at`, `elapsed_ms`, `exposed_days`) come in from outside, so that the same
//! report gives the same bytes.

mod brief;
mod counts;
mod csv;
pub mod diff;
pub mod file;
pub mod foreign;
mod github;
mod gitlab;
mod grouped;
mod html;
mod json;
mod jsonl;
mod junit;
mod link;
mod markdown;
pub mod merge;
mod next_step;
pub(crate) mod places;
pub(crate) mod pretty;
pub mod read;
mod safe_json;
#[cfg(test)]
pub(crate) mod sample;
mod sarif;
mod stats;
mod steps;
mod wire;
pub(crate) mod words;

use std::{cmp::Reverse, collections::BTreeMap, fmt, io, io::Write, str::FromStr};

pub use counts::{Counts, verdict};
pub use grouped::GroupBy;
pub use stats::{RuleTime, Stage, Stats};

use crate::{
    finding::{Finding, Mechanism},
    problem::{Problem, Tally},
    severity,
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
    /// The web address of the repository of a target, without credentials: `https://github.com/acme/app`.
    pub remotes: BTreeMap<String, String>,
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
    /// Where the time went, if the user asked for it.
    pub stats: Option<Stats>,
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
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// A page for a browser.
    Html,
    /// For a pull request or a ticket.
    Markdown,
    /// For a spreadsheet: RFC 4180.
    Csv,
    /// For a CI server that shows tests.
    Junit,
    /// For GitLab: its secret detection report.
    Gitlab,
    /// For GitHub's log of a job: workflow commands.
    Github,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Pretty,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Html,
        Self::Markdown,
        Self::Csv,
        Self::Junit,
        Self::Gitlab,
        Self::Github,
    ];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pretty => "pretty",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
            Self::Junit => "junit",
            Self::Gitlab => "gitlab",
            Self::Github => "github",
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

/// What the place where a report is shown can do, and how the user wants it.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Colours and weights by escape sequences.
    pub colour: bool,
    /// Hyperlinks by escape sequences (OSC 8).
    pub links: bool,
    /// Columns.
    pub width: usize,
    /// What findings are put together by, in markdown.
    pub group_by: Option<GroupBy>,
}

impl Look {
    /// For files and pipes.
    pub const PLAIN: Self = Self { colour: false, links: false, width: 80, group_by: None };
}

impl Report {
    /// Whether there was nothing that could be scanned. An empty folder is scanned; a path that does not exist is not.
    pub fn saw_nothing(&self) -> bool {
        let tally = &self.summary.tally;
        tally.files + tally.blobs + tally.commits == 0 && self.findings.is_empty() && !self.problems.is_empty()
    }

    /// Puts the worst findings first; those of one severity keep their order.
    pub fn worst_first(&mut self) {
        self.findings.sort_by_cached_key(|finding| Reverse(severity::of(finding).severity));
    }

    /// Writes it in this format. `look` matters to formats for people only.
    pub fn write(&self, format: Format, look: Look, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Pretty => pretty::write(self, look, out),
            Format::Json => json::write(self, out),
            Format::Jsonl => jsonl::write(self, out),
            Format::Sarif => sarif::write(self, out),
            Format::Html => html::write(self, out),
            Format::Markdown => markdown::write(self, look.group_by, out),
            Format::Csv => csv::write(self, out),
            Format::Junit => junit::write(self, out),
            Format::Gitlab => gitlab::write(self, out),
            Format::Github => github::write(self, out),
        }
    }
}
