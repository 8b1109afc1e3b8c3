//! What was done, line by line: JSON, append-only, mode 0600. A line is on the disk before its request goes out. Each holds the hash of
//! the one before, so that a line that was lost or edited shows. Ids and words, never a secret.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::Outcome;

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A plan is being applied.
    Began,
    /// A request is about to be sent.
    Sending,
    /// Its answer, or that there was none.
    Answered,
    /// What became of a key.
    Outcome,
    /// A request that takes it back is about to be sent.
    Undoing,
    /// Its answer.
    Undone,
}

/// What is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// When, seconds since 1970-01-01 UTC.
    pub at: i64,
    /// Digest of the plan.
    pub plan: String,
    /// What happened.
    pub event: Event,
    /// Id of the finding.
    pub finding: Option<String>,
    /// Its rule.
    pub rule: Option<String>,
    /// The way.
    pub way: Option<String>,
    /// The request in words.
    pub request: Option<String>,
    /// Of an answer: whether it means yes.
    pub yes: Option<bool>,
    /// Of an outcome.
    pub outcome: Option<Outcome>,
    /// Words.
    pub says: Option<String>,
}

/// A line: a record in its place in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// What happened.
    pub record: Record,
    /// Hash of the line before; of none, zeros.
    pub previous: String,
    /// Hash of this line.
    pub hash: String,
}

/// Why there is no journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system's word.
    #[error("the journal {0}: {1}")]
    Io(PathBuf, io::Error),
    /// Not a file.
    #[error("the journal {0}: not a plain file")]
    NotAFile(PathBuf),
    /// A line that is not what was written.
    #[error("the journal {0}: line {1} was lost or edited; look into it, then go on with another file (--journal)")]
    Broken(PathBuf, u64),
}

/// A journal's file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Length of the file, number and hash of its last line, when it was last looked at.
    length: u64,
    number: u64,
    hash: String,
}

const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Journal {
    /// Opens or makes the file, and checks what is in it. A last line that was never finished is taken away: its request was not sent.
    ///
    /// # Errors
    /// Where it cannot be read or written, or was changed.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let io = |error| JournalError::Io(path.to_owned(), error);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(io)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(io)?;
        if !file.metadata().map_err(io)?.is_file() {
            return Err(JournalError::NotAFile(path.to_owned()));
        }
        let open = Open { file, length: 0, number: 0, hash: NONE.into() };
        let journal = Self { path: path.to_owned(), file: Mutex::new(open) };
        journal.locked(|journal, open| journal.catch_up(open).map(drop))?;
        Ok(journal)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All lines, in order.
    ///
    /// # Errors
    /// Where it cannot be read, or was changed.
    pub fn lines(&self) -> Result<Vec<Line>, JournalError> {
        self.locked(|journal, open| {
            (open.length, open.number, open.hash) = (0, 0, NONE.into());
            journal.catch_up(open)
        })
    }

    /// Adds records, one line each, and returns once they are on the disk.
    ///
    /// # Errors
    /// Where that fails: then nothing may be sent.
    pub fn write(&self, records: &[Record]) -> Result<(), JournalError> {
        self.locked(|journal, open| {
            journal.catch_up(open)?;
            let mut text = vec![];
            let (mut number, mut previous) = (open.number, open.hash.clone());
            for record in records {
                number += 1;
                let hash = hash(number, record, &previous);
                let line = Line { number, record: record.clone(), previous, hash: hash.clone() };
                serde_json::to_writer(&mut text, &line).expect("plain data has a JSON form");
                text.push(b'\n');
                previous = hash;
            }
            let result = open.file.write_all(&text).and_then(|()| open.file.sync_all());
            if let Err(error) = result {
                // What was written in part is no line.
                let _ = open.file.set_len(open.length);
                return Err(JournalError::Io(journal.path.clone(), error));
            }
            (open.length, open.number, open.hash) = (open.length + text.len() as u64, number, previous);
            Ok(())
        })
    }

    /// With the file to ourselves: other runs write to it as well.
    fn locked<T>(&self, work: impl FnOnce(&Self, &mut Open) -> Result<T, JournalError>) -> Result<T, JournalError> {
        let mut open = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        open.file.lock().map_err(|error| JournalError::Io(self.path.clone(), error))?;
        let result = work(self, &mut open);
        let unlocked = open.file.unlock();
        result.and_then(|value| unlocked.map(|()| value).map_err(|error| JournalError::Io(self.path.clone(), error)))
    }

    /// Reads and checks the lines that were added since the last look.
    fn catch_up(&self, open: &mut Open) -> Result<Vec<Line>, JournalError> {
        let io = |error| JournalError::Io(self.path.clone(), error);
        let length = open.file.metadata().map_err(io)?.len();
        if length == open.length {
            return Ok(vec![]);
        }
        if length < open.length {
            return Err(JournalError::Broken(self.path.clone(), open.number));
        }
        let mut text = vec![];
        open.file.seek(SeekFrom::Start(open.length)).map_err(io)?;
        open.file.read_to_end(&mut text).map_err(io)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            open.file.set_len(open.length + whole as u64).map_err(io)?;
        }
        let mut lines = vec![];
        for line in text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let broken = || JournalError::Broken(self.path.clone(), open.number + 1);
            let line: Line = serde_json::from_slice(line).map_err(|_| broken())?;
            let fits = line.number == open.number + 1
                && line.previous == open.hash
                && line.hash == hash(line.number, &line.record, &line.previous);
            if !fits {
                return Err(broken());
            }
            (open.number, open.hash) = (line.number, line.hash.clone());
            lines.push(line);
        }
        open.length += whole as u64;
        Ok(lines)
    }
}

fn hash(number: u64, record: &Record, previous: &str) -> String {
    let text = serde_json::to_vec(&(number, record, previous)).expect("plain data has a JSON form");
    blake3::hash(&text).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(finding: &str) -> Record {
        Record {
            at: 1,
            plan: "ksp1-x".into(),
            event: Event::Sending,
            finding: Some(finding.into()),
            rule: None,
            way: None,
            request: None,
            yes: None,
            outcome: None,
            says: None,
        }
    }

    fn made(folder: &Path) -> PathBuf {
        let path = folder.join("deep/journal.jsonl");
        let journal = Journal::open(&path).expect("a journal");
        journal.write(&[record("a"), record("b")]).expect("written");
        journal.write(&[record("c")]).expect("written");
        path
    }

    #[test]
    fn lines_are_read_again_and_two_journals_of_one_file_share_its_chain() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = made(folder.path());
        let (one, two) = (Journal::open(&path).expect("good"), Journal::open(&path).expect("good"));
        one.write(&[record("d")]).expect("written");
        two.write(&[record("e")]).expect("written");
        one.write(&[record("f")]).expect("written");
        let lines = two.lines().expect("good");
        let findings: Vec<&str> = lines.iter().filter_map(|line| line.record.finding.as_deref()).collect();
        assert_eq!(findings, ["a", "b", "c", "d", "e", "f"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_line_that_was_lost_or_edited_shows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = made(folder.path());
        let text = fs::read_to_string(&path).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        let cases = [
            text.replace("\"finding\":\"b\"", "\"finding\":\"x\""),
            format!("{}\n{}\n", lines[0], lines[2]),
            format!("{}\n{}\n", lines[1], lines[2]),
            format!("{text}{}\n", lines[2]),
            format!("{text}nothing\n"),
        ];
        for case in cases {
            fs::write(&path, &case).expect("written");
            assert!(matches!(Journal::open(&path), Err(JournalError::Broken(..))), "{case}");
        }
    }

    #[test]
    fn a_line_that_was_never_finished_is_taken_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = made(folder.path());
        let text = fs::read_to_string(&path).expect("text");
        fs::write(&path, &text[..text.len() - 20]).expect("written");
        let journal = Journal::open(&path).expect("good");
        journal.write(&[record("d")]).expect("written");
        let findings: Vec<_> =
            journal.lines().expect("good").into_iter().filter_map(|line| line.record.finding).collect();
        assert_eq!(findings, ["a", "b", "d"]);
    }
}
