//! From what git tells a hook to the texts that are looked at.

use std::{ffi::OsString, io, path::PathBuf};

use bstr::{BStr, ByteSlice, ByteVec};

use super::{
    Stage,
    pushed::{self, InputError},
};
use crate::{
    location::Oid,
    scan::Piece,
    source::{files, history::repo::Repo},
};

/// What git gave a hook.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its standard input.
    pub input: Vec<u8>,
    /// Commits that a merge under way brings: see [`merged`].
    pub merged: Vec<Oid>,
}

/// Why a hook cannot tell what to look at.
#[derive(Debug, thiserror::Error)]
pub enum GivenError {
    /// The lines of a push.
    #[error(transparent)]
    Input(#[from] InputError),
    /// An argument is missing: it was not git that called.
    #[error("git gives a {0} hook {1}; it is not there")]
    Argument(Stage, &'static str),
    /// The file of a commit's message.
    #[error("{}: {}", .0.display(), .1)]
    Message(PathBuf, io::Error),
}

/// A message is read up to this many bytes.
const MESSAGE: u64 = 64 << 20;

/// What a stage looks at; nothing where nothing arrives.
pub fn of(stage: Stage, given: &Given, repo: &Repo) -> Result<Vec<Piece>, GivenError> {
    let first = || given.arguments.first();
    Ok(match stage {
        Stage::PreCommit => vec![Piece::Staged { merged: given.merged.clone() }],
        Stage::CommitMsg => {
            let file = PathBuf::from(first().ok_or(GivenError::Argument(stage, "the file of the message"))?);
            vec![message(file)?]
        }
        Stage::PrePush => {
            let changes = pushed::leaving(&given.input)?;
            let remote = first().ok_or(GivenError::Argument(stage, "the remote's name"))?;
            let remote = files::path_bytes(remote.as_ref());
            arriving(pushed::to_remote(repo, &changes, remote.as_bstr()))
        }
        Stage::PreReceive => arriving(pushed::to_here(repo, &pushed::arriving(&given.input)?)),
    })
}

fn arriving(range: crate::source::range::Range) -> Vec<Piece> {
    if range.tips.is_empty() { vec![] } else { vec![Piece::Arriving(range)] }
}

/// The text of a message's file.
pub fn message(file: PathBuf) -> Result<Piece, GivenError> {
    let text = files::read_small(&file, MESSAGE).map_err(|error| GivenError::Message(file, error))?;
    Ok(Piece::Message(kept(text.as_bstr()).to_owned()))
}

/// What git keeps of a message: `git commit --verbose` puts a diff below a line that it cuts at. Comments are kept here, since
/// whether git keeps them depends on how it was called.
fn kept(text: &BStr) -> &BStr {
    const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------";
    let mut end = 0;
    for line in text.lines_with_terminator() {
        let trimmed = line.trim_end();
        // Before it stands what begins a comment.
        let is_mark = |byte: &u8| byte.is_ascii_punctuation();
        if trimmed.strip_suffix(SCISSORS).is_some_and(|before| before.iter().all(is_mark)) {
            return text[..end].as_bstr();
        }
        end += line.len();
    }
    text
}

/// The commits that git says in variables to merge, before it writes `MERGE_HEAD`: `GITHEAD_<id>`.
pub fn merged(variables: impl Iterator<Item = OsString>) -> Vec<Oid> {
    let id = |name: OsString| Oid::from_hex(Vec::from_os_string(name).ok()?.strip_prefix(b"GITHEAD_")?);
    let mut ids: Vec<Oid> = variables.filter_map(id).collect();
    ids.sort();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_message_what_git_cuts_off_is_left_out() {
        let text = BStr::new("subject\n# comment\n# ------------------------ >8 ------------------------\ndiff\n");
        assert_eq!(kept(text), "subject\n# comment\n");
        let named = BStr::new("a line ------------------------ >8 ------------------------\nmore\n");
        assert_eq!(kept(named), named);
    }

    #[test]
    fn merged_commits_are_named_by_variables() {
        let names = ["PATH", "GITHEAD_1111111111111111111111111111111111111111", "GITHEAD_x"].map(OsString::from);
        assert_eq!(merged(names.into_iter()).len(), 1);
    }

    #[test]
    fn a_message_that_cannot_be_read_is_an_error() {
        assert!(message(PathBuf::from("/nonexistent/message")).is_err());
    }
}
