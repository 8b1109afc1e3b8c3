//! Asks the user's git, for installing only: where hooks lie is git's to say (system, user, repository, worktree, includes). A
//! hook that runs asks nothing.

use std::{
    io,
    path::Path,
    process::{Command, Output},
};

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git.
    #[error("git cannot be run: {0}")]
    Start(#[from] io::Error),
    /// Git refused.
    #[error("git {command}: {why}")]
    Refused {
        /// What it was asked.
        command: String,
        /// What it said.
        why: String,
    },
}

/// What git prints, without the last line's end; `None` where it says no by exit code 1 and without a word.
pub fn ask(folder: &Path, arguments: &[&str]) -> Result<Option<String>, GitError> {
    let output = Command::new("git").current_dir(folder).args(arguments).output()?;
    match output.status.code() {
        Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim_end_matches(['\r', '\n']).to_owned())),
        Some(1) if output.stderr.is_empty() => Ok(None),
        _ => Err(refused(arguments, &output)),
    }
}

fn refused(arguments: &[&str], output: &Output) -> GitError {
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    GitError::Refused { command: arguments.join(" "), why }
}
