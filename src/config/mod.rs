//! Configuration: what a user or a repository wants always, so that nobody has to type it.
//!
//! A file is read into a [`Config`] ([`mod@read`]), several are put on each other, the later one stronger ([`Config::over`]); each value keeps
//! the file, line and column that it comes from. In order: the user's own file, the repository's, `--config`; flags are stronger than
//! all. What a repository says can narrow what is said of it, never widen what is sent: hosts, certificates, canaries and what is owned count
//! only in the user's own file and in one named by `--config`, and a rule that a repository brings never asks anybody.

pub mod files;
pub mod import;
mod layers;
mod read;
mod shape;
pub mod size;

use std::{fmt, path::PathBuf, sync::Arc};

use jiff::civil::Date;
use regex_automata::meta::Regex;

pub use self::{
    files::{Home, Layers, Request, layers},
    read::{Voice, parse},
};
use crate::{
    report::Format,
    rule::{Complaint, Confidence},
    suppress::Allow,
};

/// Where a value is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// The file as it was named.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl At {
    /// A complaint about what is said there.
    pub fn complaint(&self, message: impl Into<String>) -> Complaint {
        Complaint { file: self.file.to_string(), line: self.line, column: self.column, message: message.into() }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A value, and where it is said.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where.
    pub at: At,
}

/// What configurations say, put together.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The files, the weakest first.
    pub files: Vec<PathBuf>,
    /// Findings from this confidence on.
    pub confidence: Option<Setting<Confidence>>,
    /// What makes a scan fail: words of `--fail-on`.
    pub fail_on: Option<Setting<Vec<String>>>,
    /// Findings of newer rules only warn.
    pub rules_as_of: Option<Setting<Date>>,
    /// Marks of other scanners count.
    pub foreign_marks: Option<Setting<bool>>,
    /// Baselines besides the repository's own.
    pub baselines: Vec<Setting<PathBuf>>,
    /// Paths that are left out: lines of a `.gitignore`.
    pub exclude: Vec<Setting<String>>,
    /// Paths that are left out: regular expressions.
    pub exclude_patterns: Vec<Setting<(String, Regex)>>,
    /// Commits that are left out: beginnings of ids.
    pub commits: Vec<Setting<String>>,
    /// Rules or issuers that are off.
    pub rules_off: Vec<Setting<String>>,
    /// The only rules or issuers that count.
    pub rules_only: Vec<Setting<String>>,
    /// Rules of the user's own: folders and files.
    pub rule_files: Vec<Setting<RuleFiles>>,
    /// Changes to rules.
    pub changes: Vec<Setting<Change>>,
    /// Values that are known.
    pub allow: Vec<Setting<Arc<Allow>>>,
    /// Larger texts are skipped, in bytes.
    pub max_size: Option<Setting<u64>>,
    /// How many threads.
    pub threads: Option<Setting<u16>>,
    /// What goes to standard output.
    pub format: Option<Setting<Format>>,
    /// Hosts of the user's own: issuer and host.
    pub hosts: Vec<Setting<(String, String)>>,
    /// Certificates to trust as well.
    pub ca_files: Vec<Setting<PathBuf>>,
    /// Most time for one request, in seconds.
    pub verify_timeout: Option<Setting<u64>>,
    /// Accounts, ids and patterns (with `*`) of keys that call their owner when they are used.
    pub canaries: Vec<Setting<String>>,
    /// Organisations and accounts that are ours.
    pub owned: Vec<Setting<String>>,
}

/// Rules that a configuration brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFiles {
    /// A folder of `*.toml`, or a file.
    pub path: PathBuf,
    /// Their issuers may be asked: not where a repository brings them.
    pub may_ask: bool,
}

/// What is different about a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// A rule, an issuer, or either with `*` and `?`.
    pub rule: String,
    /// Its confidence where nothing else speaks for or against a match.
    pub confidence: Option<Confidence>,
    /// More words that may stand near a match.
    pub names: Vec<String>,
}
