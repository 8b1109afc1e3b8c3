//! When git asks.

use std::fmt;

/// What is looked at. Several of git's hooks may ask for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Stage {
    /// What the next commit adds
    PreCommit,
    /// The message of the next commit
    CommitMsg,
    /// The commits that a push takes along
    PrePush,
    /// The commits that a push brings to a server
    PreReceive,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PreCommit, Self::CommitMsg, Self::PrePush, Self::PreReceive];

    /// Those that are installed where nothing else is said: rebase and cherry-pick ask no hook before they commit, so that only
    /// the push sees what they made.
    pub const DEFAULT: [Self; 2] = [Self::PreCommit, Self::PrePush];

    /// Git's names for its hooks that ask for this. A merge commits without `pre-commit`, and so does `git am`.
    pub fn hooks(self) -> &'static [&'static str] {
        match self {
            Self::PreCommit => &["pre-commit", "pre-merge-commit", "pre-applypatch"],
            Self::CommitMsg => &["commit-msg", "applypatch-msg"],
            Self::PrePush => &["pre-push"],
            Self::PreReceive => &["pre-receive"],
        }
    }

    /// By the name of one of git's hooks.
    pub fn of_hook(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.hooks().contains(&name))
    }

    /// Whether git tells it something on standard input.
    pub fn reads_input(self) -> bool {
        matches!(self, Self::PrePush | Self::PreReceive)
    }

    /// The command that asks for it, as a person would repeat it.
    pub fn command(self) -> &'static str {
        match self {
            Self::PreCommit | Self::CommitMsg => "git commit",
            Self::PrePush | Self::PreReceive => "git push",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hooks()[0])
    }
}
