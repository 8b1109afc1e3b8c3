//! What was not looked at, and why: problems and skips. Every stage returns them; a report tells all of them.

use std::{collections::BTreeMap, path::Path};

/// Something inside the asked selection that could not be scanned as it should.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Kind, as a word for machines: `unreadable`, `corrupt`, `absent`, `shallow`, `stopped`, `timeout`, `unsupported`.
    pub kind: ProblemKind,
    /// The file, object or repository, stripped of control characters.
    pub what: String,
    /// The reason, for a person.
    pub why: String,
}

/// An error and what is behind it, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(behind) = source {
        text.push_str(&format!(": {behind}"));
        source = behind.source();
    }
    text
}

/// Kinds of problem. Each makes a scan incomplete, except where said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// A file or folder that the system would not let us read.
    Unreadable,
    /// Bytes that are not what their format says.
    Corrupt,
    /// An object that is referred to and not there (a partial clone's blobs).
    Absent,
    /// History cut off by a shallow clone.
    Shallow,
    /// The scan was stopped before its end.
    Stopped,
    /// The scan was over its time limit.
    Timeout,
    /// A repository format that this version does not read.
    Unsupported,
}

impl Problem {
    /// The same with the repository that it is a problem of: one report may be over many. An absolute path names it already, unless
    /// it is one of a clone, whose folder `own` is temporary and tells a reader nothing.
    pub fn of_repository(mut self, name: &str, own: &Path, is_clone: bool) -> Self {
        if !Path::new(&self.what).is_absolute() {
            self.what = format!("{} in {name}", self.what);
        }
        if is_clone {
            let own = own.display().to_string();
            self.what = self.what.replace(&own, name);
            self.why = self.why.replace(&own, name);
        }
        self
    }
}

impl ProblemKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Unreadable, Self::Corrupt, Self::Absent, Self::Shallow, Self::Stopped, Self::Timeout, Self::Unsupported];

    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Corrupt => "corrupt",
            Self::Absent => "absent",
            Self::Shallow => "shallow",
            Self::Stopped => "stopped",
            Self::Timeout => "timeout",
            Self::Unsupported => "unsupported",
        }
    }
}

/// Why something was left out on purpose. Declared skips leave a scan complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// Ignored by git's ignore files.
    Ignored,
    /// Above `--max-size`.
    TooBig,
    /// Left out by `--include` or `--exclude`.
    Excluded,
    /// A symbolic link.
    Symlink,
    /// A device, socket or FIFO.
    Special,
    /// A reflog entry whose objects were pruned.
    PrunedReflog,
}

impl Skip {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Ignored, Self::TooBig, Self::Excluded, Self::Symlink, Self::Special, Self::PrunedReflog];

    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::TooBig => "too-big",
            Self::Excluded => "excluded",
            Self::Symlink => "symlink",
            Self::Special => "special",
            Self::PrunedReflog => "pruned-reflog",
        }
    }
}

/// Counts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files of working trees that were scanned.
    pub files: u64,
    /// Versions of files in history that were scanned.
    pub blobs: u64,
    /// Commits in the selection.
    pub commits: u64,
    /// Bytes of everything scanned.
    pub bytes: u64,
    /// Bytes that no earlier version had, and that were really searched.
    pub fresh_bytes: u64,
    /// What was left out, by reason.
    pub skipped: BTreeMap<Skip, u64>,
}

impl Tally {
    /// Counts one skip.
    pub fn skip(&mut self, reason: Skip) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Adds another tally's counts.
    pub fn add(&mut self, other: &Tally) {
        self.files += other.files;
        self.blobs += other.blobs;
        self.commits += other.commits;
        self.bytes += other.bytes;
        self.fresh_bytes += other.fresh_bytes;
        for (reason, count) in &other.skipped {
            *self.skipped.entry(*reason).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(what: &str, is_clone: bool) -> String {
        let problem = Problem { kind: ProblemKind::Corrupt, what: what.to_owned(), why: String::new() };
        problem.of_repository("https://host/x", Path::new("/tmp/k/repo.git"), is_clone).what
    }

    #[test]
    fn a_problem_names_its_repository() {
        assert_eq!(of("object 1234", false), "object 1234 in https://host/x");
        assert_eq!(of("/tmp/k/repo.git/packed-refs", false), "/tmp/k/repo.git/packed-refs");
        assert_eq!(of("/tmp/k/repo.git/packed-refs", true), "https://host/x/packed-refs");
    }
}
