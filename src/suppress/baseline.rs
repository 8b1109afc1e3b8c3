//! Baselines: findings that are known and accepted, an entry a line of a JSON Lines file.
//!
//! An entry names a finding by its id, and an id is made of the secret alone: so it survives moved lines, renamed files, renamed
//! rules, rebase and squash, and never hides another secret. Lines are sorted by their bytes and those that stay keep every byte,
//! so that two branches merge by taking the lines of both; doubled lines and lines out of order are read all the same. The first
//! line, `{"baseline":1,"key":"..."}`, names the `KEYSWEEP_ID_KEY` that ids are made with by its fingerprint.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    finding::{FindingId, IdKey},
    source::files,
};

/// Where a repository keeps its own, from its top folder on.
pub const PATH: &str = ".keysweep/baseline.jsonl";

/// A larger baseline is refused: it would be a mistake.
const MAX_SIZE: u64 = 256 << 20;

/// Version of the file.
const VERSION: u32 = 1;

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The finding's id.
    pub id: String,
    /// The rule that found it when the entry was made; nothing is decided by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The secret as it may be shown; none for what nothing may be shown of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<String>,
    /// Why it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The day on which that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Date>,
    /// The last day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// It holds for a key that works, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub even_if_live: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    baseline: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The system would not let us read or write it.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line that is no entry.
    #[error("{}:{line}: {why}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Number of the line.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// Its ids were made with another key: nothing would match.
    #[error(
        "{}: its ids are made {}, those of this run {}; set KEYSWEEP_ID_KEY to the key that it was made with",
        path.display(), made(theirs.as_deref()), made(ours.as_deref())
    )]
    OtherKey {
        /// The file.
        path: PathBuf,
        /// The fingerprint in the file.
        theirs: Option<String>,
        /// That of this run.
        ours: Option<String>,
    },
}

fn made(fingerprint: Option<&str>) -> String {
    fingerprint.map_or("without a key".to_owned(), |print| format!("with the key {print}"))
}

/// A baseline as it was read.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// The file.
    pub path: PathBuf,
    /// Entries by id, each with its line as it stands in the file.
    entries: BTreeMap<FindingId, Vec<(Entry, String)>>,
}

impl Baseline {
    /// An empty one that will be written to this file.
    pub fn at(path: PathBuf) -> Self {
        Self { path, entries: BTreeMap::new() }
    }

    /// Reads a file; `None` where there is none.
    ///
    /// # Errors
    /// Where it cannot be read, a line is no entry, or its ids are made with another key.
    pub fn read(path: &Path, key: &IdKey) -> Result<Option<Self>, BaselineError> {
        let failed = |source| BaselineError::Io { path: path.to_owned(), source };
        let bytes = match files::read_small(path, MAX_SIZE + 1) {
            Ok(bytes) if bytes.len() as u64 > MAX_SIZE => return Err(failed(io::Error::other("larger than 256 MiB"))),
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let wrong = |line: usize, why: String| BaselineError::Line { path: path.to_owned(), line, why };
        let text = String::from_utf8(bytes).map_err(|_| wrong(1, "not UTF-8".to_owned()))?;
        let mut baseline = Self::at(path.to_owned());
        let mut has_head = false;
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            if let Ok(head) = serde_json::from_str::<Head>(line) {
                check_head(&head, path, at + 1, key)?;
                has_head = true;
                continue;
            }
            if line.starts_with("<<<<<<<") || line.starts_with("=======") || line.starts_with(">>>>>>>") {
                return Err(wrong(at + 1, "an unresolved merge: keep the lines of both sides".to_owned()));
            }
            let entry: Entry = serde_json::from_str(line)
                .map_err(|error| wrong(at + 1, format!("not an entry: {}", reason(&error))))?;
            let id = FindingId::from_text(&entry.id)
                .ok_or_else(|| wrong(at + 1, format!("`{}` is no finding's id", entry.id.escape_debug())))?;
            let same = baseline.entries.entry(id).or_default();
            if !same.iter().any(|(_, known)| known == line) {
                same.push((entry, line.to_owned()));
            }
        }
        if !has_head && !baseline.entries.is_empty() {
            return Err(wrong(1, "there is no line {\"baseline\":1}, which says what ids are made with".to_owned()));
        }
        Ok(Some(baseline))
    }

    /// The entry that holds for a finding today: of several the one that says most.
    pub fn entry(&self, id: &FindingId, today: Date) -> Option<&Entry> {
        let entries = self.entries.get(id)?.iter().map(|(entry, _)| entry);
        entries.filter(|entry| entry.expires.is_none_or(|last| today <= last)).max_by_key(|entry| entry.even_if_live)
    }

    /// Whether there are entries for a finding and all of them have expired.
    pub fn has_expired(&self, id: &FindingId, today: Date) -> bool {
        self.entries.contains_key(id) && self.entry(id, today).is_none()
    }

    /// Ids that it has an entry for.
    pub fn ids(&self) -> impl Iterator<Item = &FindingId> {
        self.entries.keys()
    }

    /// How many findings have an entry.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts in an entry in place of those of the same id.
    pub fn put(&mut self, id: FindingId, entry: Entry) {
        let line = serde_json::to_string(&entry).expect("an entry is strings and days");
        self.entries.insert(id, vec![(entry, line)]);
    }

    /// Takes out the entries of an id.
    pub fn remove(&mut self, id: &FindingId) {
        self.entries.remove(id);
    }

    /// Writes it: whole, or not at all. The folder is made where it is missing.
    ///
    /// # Errors
    /// Where the system does not let us.
    pub fn write(&self, key: &IdKey) -> Result<(), BaselineError> {
        let failed = |source| BaselineError::Io { path: self.path.clone(), source };
        let text = self.text(key);
        if fs::read(&self.path).is_ok_and(|known| known == text.as_bytes()) {
            return Ok(());
        }
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".baseline-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// The file's text.
    pub fn text(&self, key: &IdKey) -> String {
        let head = Head { baseline: VERSION, key: key.fingerprint() };
        let head = serde_json::to_string(&head).expect("a number and a string");
        let lines: BTreeSet<&str> =
            self.entries.values().flatten().map(|(_, line)| line.as_str()).chain([&*head]).collect();
        lines.into_iter().flat_map(|line| [line, "\n"]).collect()
    }
}

fn check_head(head: &Head, path: &Path, line: usize, key: &IdKey) -> Result<(), BaselineError> {
    if head.baseline != VERSION {
        let why = format!("a baseline of version {}; this program reads {VERSION}", head.baseline);
        return Err(BaselineError::Line { path: path.to_owned(), line, why });
    }
    let ours = key.fingerprint();
    match head.key == ours {
        true => Ok(()),
        false => Err(BaselineError::OtherKey { path: path.to_owned(), theirs: head.key.clone(), ours }),
    }
}

/// What serde says, without the position: a line is one entry.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line").map_or(text.clone(), |(why, _)| why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "ks1-ovxmugpb6ffae6faoj4v";
    const OTHER: &str = "ks1-aaxmugpb6ffae6faoj4v";

    fn entry(id: &str) -> Entry {
        let none = None::<String>;
        Entry {
            id: id.into(),
            rule: none.clone(),
            masked: none.clone(),
            reason: none.clone(),
            who: none,
            when: None,
            expires: None,
            even_if_live: false,
        }
    }

    fn read(text: &str) -> Result<Baseline, BaselineError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.jsonl");
        fs::write(&path, text).unwrap();
        Baseline::read(&path, &IdKey::default()).map(Option::unwrap)
    }

    fn id(text: &str) -> FindingId {
        FindingId::from_text(text).unwrap()
    }

    #[test]
    fn lines_that_stay_keep_every_byte_and_all_are_sorted() {
        let odd = format!("{{ \"id\" : \"{ID}\",  \"reason\":\"a\\u0062c\"}}");
        let mut baseline = read(&format!("{odd}\n{{\"baseline\":1}}\n")).unwrap();
        baseline.put(id(OTHER), Entry { reason: Some("because".into()), ..entry(OTHER) });
        let text = baseline.text(&IdKey::default());
        let expected = format!("{odd}\n{{\"baseline\":1}}\n{{\"id\":\"{OTHER}\",\"reason\":\"because\"}}\n");
        assert_eq!(text, expected);
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines.join("\n") + "\n", text);
    }

    #[test]
    fn the_lines_of_two_branches_together_are_a_baseline() {
        let ours = format!("{{\"baseline\":1}}\n{{\"id\":\"{ID}\",\"reason\":\"one\"}}\n");
        let theirs = format!("{{\"baseline\":1}}\n{{\"id\":\"{ID}\",\"reason\":\"two\"}}\n{{\"id\":\"{OTHER}\"}}\n");
        let merged = read(&format!("{ours}{theirs}")).unwrap();
        assert_eq!(merged.len(), 2);
        assert_eq!(merged.text(&IdKey::default()).lines().count(), 4);
    }

    #[test]
    fn an_entry_holds_up_to_its_last_day() {
        let baseline = read(&format!("{{\"baseline\":1}}\n{{\"id\":\"{ID}\",\"expires\":\"2026-03-01\"}}\n")).unwrap();
        let day = |day: i8| jiff::civil::date(2026, 3, day);
        assert!(baseline.entry(&id(ID), day(1)).is_some() && baseline.entry(&id(ID), day(2)).is_none());
        assert!(baseline.has_expired(&id(ID), day(2)) && !baseline.has_expired(&id(OTHER), day(2)));
    }

    #[test]
    fn what_is_no_entry_is_told_with_its_line() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert!(error("{\"baseline\":1}\n{\"id\":\"x\"}\n").contains(":2: `x` is no finding's id"));
        assert!(error(&format!("{{\"baseline\":1}}\n{{\"id\":\"{ID}\",\"live\":1}}")).contains("unknown field `live`"));
        assert!(error("{\"baseline\":2}").contains("version 2"));
        assert!(error("<<<<<<< HEAD\n").contains("unresolved merge"));
        assert!(error(&format!("{{\"id\":\"{ID}\"}}\n")).contains("no line"));
    }

    #[test]
    fn another_key_is_an_error_and_not_a_thousand_findings() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.jsonl");
        let key = IdKey::new(b"of the organisation");
        let mut baseline = Baseline::at(path.clone());
        baseline.put(id(ID), entry(ID));
        baseline.write(&key).unwrap();
        assert_eq!(Baseline::read(&path, &key).unwrap().unwrap().len(), 1);
        let error = Baseline::read(&path, &IdKey::default()).unwrap_err().to_string();
        assert!(error.contains("KEYSWEEP_ID_KEY") && error.contains(&key.fingerprint().unwrap()), "{error}");
        assert!(!fs::read_to_string(&path).unwrap().contains("organisation"));
    }
}
