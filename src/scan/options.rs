//! What the user asked for.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bstr::BString;

use crate::{
    location::Oid,
    rule::Confidence,
    source::{range::Range, targets::Target},
    suppress::{Policy, inline},
};

/// All that decides about a scan.
#[derive(Clone, Debug)]
pub struct Options {
    /// What to scan; one report over all of them.
    pub targets: Vec<Target>,
    /// Which texts of the targets.
    pub mode: Mode,
    /// Only what these refs reach; all refs if empty.
    pub refs: Vec<String>,
    /// Also objects that nothing refers to.
    pub all_objects: bool,
    /// Only paths that fit one of these globs.
    pub include: Vec<String>,
    /// No path that fits one of these.
    pub exclude: Vec<String>,
    /// Read untracked files that git ignores.
    pub include_ignored: bool,
    /// Texts above this many bytes are skipped.
    pub max_size: u64,
    /// How long it may take.
    pub time_limit: Option<Duration>,
    /// Search every byte of every version.
    pub full_scan: bool,
    /// Measure what each rule costs.
    pub stats: bool,
    /// Fetch all refs of a URL, pull requests and notes too.
    pub mirror: bool,
    /// Keep secrets in the report.
    pub show_secrets: bool,
    /// Findings below are counted only.
    pub min_confidence: Confidence,
    /// Name of standard input as a path.
    pub stdin_path: Option<String>,
    /// The organisation's own key for ids.
    pub id_key: Option<Vec<u8>>,
    /// Folders with more rules.
    pub rule_dirs: Vec<PathBuf>,
    /// Only these rules.
    pub only_rules: Vec<String>,
    /// Not these rules.
    pub skip_rules: Vec<String>,
    /// What does not count.
    pub policy: Arc<Policy>,
    /// Nothing is suppressed: marks are not read, `policy` is not asked.
    pub no_suppress: bool,
    /// The present, seconds since 1970-01-01 UTC.
    pub now: i64,
}

/// Texts above this many bytes are skipped where nobody says another.
pub const MAX_SIZE: u64 = 50 << 20;

impl Options {
    /// All of these targets: trees and histories, with all rules.
    pub fn of(targets: Vec<Target>, now: i64) -> Self {
        Self {
            targets,
            mode: Mode::Files { tree: true, history: true },
            refs: vec![],
            all_objects: false,
            include: vec![],
            exclude: vec![],
            include_ignored: false,
            max_size: MAX_SIZE,
            time_limit: None,
            full_scan: false,
            stats: false,
            mirror: false,
            show_secrets: false,
            min_confidence: Confidence::Medium,
            stdin_path: None,
            id_key: None,
            rule_dirs: vec![],
            only_rules: vec![],
            skip_rules: vec![],
            policy: Arc::default(),
            no_suppress: false,
            now,
        }
    }

    /// Which marks beside secrets are read.
    pub fn marks(&self) -> inline::Reader {
        inline::Reader {
            own: !self.no_suppress,
            foreign: self.policy.foreign_marks,
            lines: Arc::clone(&self.policy.lines),
        }
    }
}

/// Which texts of a target are scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The working tree, the history of the repository it lies in, or both.
    Files {
        /// The working tree.
        tree: bool,
        /// The history.
        history: bool,
    },
    /// What the next commit adds.
    Staged,
    /// The commits of a range, each by itself: `A..B`.
    Range(String),
    /// The commits since one: `COMMIT..HEAD`.
    SinceCommit(String),
    /// A diff on standard input.
    Patch,
    /// Several texts of one repository in one report: what a hook or a CI job looks at.
    Pieces(Vec<Piece>),
}

/// One of the texts of [`Mode::Pieces`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What the next commit adds.
    Staged {
        /// Commits that the next one merges, besides those that `MERGE_HEAD` names.
        merged: Vec<Oid>,
    },
    /// What a push brings: see [`crate::source::arriving`].
    Arriving(Range),
    /// These files as they lie on disk, relative to the target.
    Files(Vec<PathBuf>),
    /// The message of a commit to be.
    Message(BString),
    /// All of the history.
    History,
    /// The working tree.
    Tree,
}

/// What is told while a scan runs.
pub trait Progress: Sync {
    /// A stage begins.
    fn stage(&self, what: &str);
}

/// Tells nothing.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &str) {}
}
