//! Several reports made one: shards of a scan, or many repositories. A secret that stands in forty repositories is one finding
//! with all its places.
//!
//! A million findings do not fit in memory, so they stay in their files: a first pass notes for each its id, its rank and where
//! it lies, some fifty bytes; the findings are read again in the order of the result, one at a time.

mod extents;
mod join;

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{Report, SCHEMA, Summary, json, jsonl, read, read::ReadError};
use crate::{
    finding::{Finding, group},
    problem::Problem,
    severity,
};
use extents::Piece;

/// Why reports cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A file that cannot be read.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// A file that is no report, or one that this version does not read.
    #[error("{0}: {1}")]
    Read(PathBuf, ReadError),
}

/// Reports put together, whose findings still lie in their files.
pub struct Merged {
    /// Whether all of them are complete.
    pub complete: bool,
    /// Those of all of them.
    pub problems: Vec<Problem>,
    /// Sums, and what else is to be said.
    pub summary: Summary,
    inputs: Vec<Input>,
    /// Sorted by id.
    entries: Vec<Entry>,
    /// Where each finding's entries begin, the worst finding first.
    order: Vec<u32>,
}

struct Input {
    path: PathBuf,
    file: RefCell<File>,
    /// New names of targets that mean something else in another report.
    renamed: BTreeMap<String, String>,
}

/// A finding in a file.
struct Entry {
    /// Its id, hashed: equal ids have equal hashes, and others do not in practice (128 bits).
    id: u128,
    rank: Rank,
    offset: u64,
    len: u32,
    input: u16,
}

/// What comes first: severity, confidence and being there now; then the longest exposed.
type Rank = (Reverse<u8>, i64);

/// The reports of `paths`, json or jsonl.
///
/// # Errors
/// Where a file cannot be read or is no report.
pub fn merge(paths: &[PathBuf]) -> Result<Merged, MergeError> {
    let mut merged = Merged {
        complete: true,
        problems: vec![],
        summary: Summary { started_at: i64::MAX, ..Summary::default() },
        inputs: vec![],
        entries: vec![],
        order: vec![],
    };
    let mut heads = vec![];
    for path in paths {
        heads.push(merged.add(path)?);
    }
    merged.tell_targets_apart(&heads);
    for (at, head) in heads.into_iter().enumerate() {
        merged.take(at, head);
    }
    if merged.summary.started_at == i64::MAX {
        merged.summary.started_at = 0;
    }
    merged.problems.sort();
    merged.problems.dedup();
    merged.entries.sort_unstable_by_key(|entry| (entry.id, entry.input, entry.offset));
    merged.put_in_order()?;
    Ok(merged)
}

/// What a report says besides its findings.
struct Head {
    complete: bool,
    problems: Vec<Problem>,
    summary: Summary,
}

impl Merged {
    /// Notes where a report's findings lie.
    fn add(&mut self, path: &Path) -> Result<Head, MergeError> {
        let io_error = |error| MergeError::Io(path.to_owned(), error);
        let read_error = |error| MergeError::Read(path.to_owned(), error);
        let pieces = extents::pieces(&File::open(path).map_err(io_error)?).map_err(io_error)?;
        let number = self.inputs.len();
        let file = RefCell::new(File::open(path).map_err(io_error)?);
        self.inputs.push(Input { path: path.to_owned(), file, renamed: BTreeMap::new() });
        let mut problems = vec![];
        let mut tail = None;
        let mut count = 0;
        for piece in pieces.ok_or(read_error(ReadError::NotOurs))? {
            match piece {
                Piece::Finding(range) => {
                    count += 1;
                    self.note(number, &range, count)?;
                }
                Piece::Whole(range) => {
                    let value = self.inputs[number].value(&range)?;
                    match value.get("type").and_then(Value::as_str) {
                        Some("finding") => {
                            count += 1;
                            self.note(number, &range, count)?;
                        }
                        Some("problem") => problems.push(read::problem(value).map_err(read_error)?),
                        Some("summary") => tail = Some(value),
                        _ => return Err(read_error(ReadError::NotOurs)),
                    }
                }
                Piece::Document { before, behind } => {
                    let mut value = self.inputs[number].document(&before, &behind)?;
                    if let Value::Array(all) = value["problems"].take() {
                        for problem in all {
                            problems.push(read::problem(problem).map_err(read_error)?);
                        }
                    }
                    let mut summary = value["summary"].take();
                    if let Value::Object(summary) = &mut summary {
                        summary.insert("schema".into(), value["schema"].take());
                        summary.insert("complete".into(), value["complete"].take());
                    }
                    tail = Some(summary);
                }
            }
        }
        let tail = tail.ok_or(read_error(ReadError::NotOurs))?;
        match tail["schema"].as_u64() {
            Some(schema) if schema == u64::from(SCHEMA) => {}
            Some(schema) => return Err(read_error(ReadError::Schema(schema))),
            None => return Err(read_error(ReadError::NotOurs)),
        }
        let complete = tail["complete"].as_bool().unwrap_or_default();
        Ok(Head { complete, problems, summary: read::summary(tail).map_err(read_error)? })
    }

    fn note(&mut self, input: usize, range: &Range<u64>, count: usize) -> Result<(), MergeError> {
        let finding = self.inputs[input].finding(range, count)?;
        self.entries.push(Entry {
            id: id(&finding),
            rank: rank(&finding),
            offset: range.start,
            len: u32::try_from(range.end - range.start).unwrap_or(u32::MAX),
            input: input as u16,
        });
        Ok(())
    }

    /// A target such as `.` may be another repository in each report: then it is called by its remote, or by its report.
    fn tell_targets_apart(&mut self, heads: &[Head]) {
        let mut meanings: BTreeMap<&str, BTreeSet<Option<&String>>> = BTreeMap::new();
        for head in heads {
            for target in &head.summary.targets {
                meanings.entry(target).or_default().insert(head.summary.remotes.get(target));
            }
        }
        for (input, head) in self.inputs.iter_mut().zip(heads) {
            for target in head.summary.targets.iter().filter(|target| meanings[target.as_str()].len() > 1) {
                let by_report = || format!("{} of {}", target, input.path.display());
                let name = head.summary.remotes.get(target).cloned().unwrap_or_else(by_report);
                input.renamed.insert(target.clone(), name);
            }
        }
    }

    fn take(&mut self, input: usize, head: Head) {
        let renamed = &self.inputs[input].renamed;
        let name = |target: String| renamed.get(&target).cloned().unwrap_or(target);
        let Summary {
            targets,
            remotes,
            rules,
            tally,
            below_confidence,
            suppressed,
            interrupted,
            notes,
            started_at,
            elapsed_ms,
            stats: _,
        } = head.summary;
        let own = &mut self.summary;
        for target in targets.into_iter().map(name) {
            if !own.targets.contains(&target) {
                own.targets.push(target);
            }
        }
        own.remotes.extend(remotes.into_iter().map(|(target, remote)| (name(target), remote)));
        own.rules = own.rules.max(rules);
        own.tally.add(&tally);
        own.below_confidence += below_confidence;
        for (by, count) in suppressed {
            *own.suppressed.entry(by).or_default() += count;
        }
        own.interrupted |= interrupted;
        own.notes.extend(notes.into_iter().filter(|note| !own.notes.contains(note)).collect::<Vec<_>>());
        own.started_at = own.started_at.min(started_at);
        own.elapsed_ms = own.elapsed_ms.saturating_add(elapsed_ms);
        self.complete &= head.complete;
        self.problems.extend(head.problems);
    }

    /// The worst first. What is in several reports is ranked as what it becomes.
    fn put_in_order(&mut self) -> Result<(), MergeError> {
        let mut ranked: Vec<(Rank, u128, u32)> = vec![];
        let mut start = 0;
        for group in self.entries.chunk_by(|a, b| a.id == b.id) {
            let rank = if group.len() == 1 { group[0].rank } else { rank(&self.joined(group)?) };
            ranked.push((rank, group[0].id, start));
            start += group.len() as u32;
        }
        ranked.sort_unstable();
        self.order = ranked.into_iter().map(|(.., start)| start).collect();
        Ok(())
    }

    /// How many findings there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The findings, the worst first; each is read from its files when it is asked for.
    pub fn findings(&self) -> impl Iterator<Item = io::Result<Finding>> + '_ {
        self.order.iter().map(|start| {
            let group = &self.entries[*start as usize..];
            let len = group.iter().take_while(|entry| entry.id == group[0].id).count();
            self.joined(&group[..len]).map_err(io::Error::other)
        })
    }

    /// Writes it as json or, an object a line, as jsonl; one finding at a time is in memory.
    pub fn write(&self, lines: bool, out: &mut dyn io::Write) -> io::Result<()> {
        let Self { complete, problems, summary, .. } = self;
        match lines {
            true => jsonl::write_stream(*complete, self.findings(), &[], problems, summary, out),
            false => json::write_stream(*complete, self.findings(), &[], problems, summary, out),
        }
    }

    /// All of it in memory, for formats that need that.
    pub fn report(&self) -> io::Result<Report> {
        let (problems, summary) = (self.problems.clone(), self.summary.clone());
        let findings = self.findings().collect::<Result<_, _>>()?;
        Ok(Report { complete: self.complete, findings, suppressed: vec![], problems, summary })
    }

    fn joined(&self, group: &[Entry]) -> Result<Finding, MergeError> {
        let read = |entry: &Entry| {
            let range = entry.offset..entry.offset + u64::from(entry.len);
            self.inputs[usize::from(entry.input)].finding(&range, 0)
        };
        Ok(join::join(group.iter().map(read).collect::<Result<_, _>>()?))
    }
}

impl Input {
    fn finding(&self, range: &Range<u64>, count: usize) -> Result<Finding, MergeError> {
        let mut finding =
            read::finding(count, self.value(range)?).map_err(|error| MergeError::Read(self.path.clone(), error))?;
        for shown in &mut finding.places {
            if let Some(name) =
                std::str::from_utf8(&shown.place.target).ok().and_then(|target| self.renamed.get(target))
            {
                shown.place.target = name.as_str().into();
            }
        }
        Ok(finding)
    }

    fn value(&self, range: &Range<u64>) -> Result<Value, MergeError> {
        self.parsed(&self.bytes(range)?)
    }

    /// A document without its findings.
    fn document(&self, before: &Range<u64>, behind: &Range<u64>) -> Result<Value, MergeError> {
        self.parsed(&[&self.bytes(before)?[..], b"[]", &self.bytes(behind)?].concat())
    }

    fn parsed(&self, text: &[u8]) -> Result<Value, MergeError> {
        serde_json::from_slice(text).map_err(|_| MergeError::Read(self.path.clone(), ReadError::NotOurs))
    }

    fn bytes(&self, range: &Range<u64>) -> Result<Vec<u8>, MergeError> {
        let mut file = self.file.borrow_mut();
        let mut bytes = vec![0; (range.end - range.start) as usize];
        let read = file.seek(SeekFrom::Start(range.start)).and_then(|_| file.read_exact(&mut bytes));
        read.map(|()| bytes).map_err(|error| MergeError::Io(self.path.clone(), error))
    }
}

fn id(finding: &Finding) -> u128 {
    let hash = blake3::hash(finding.id.as_str().as_bytes());
    hash.as_bytes()[..16].iter().fold(0, |id, byte| id << 8 | u128::from(*byte))
}

fn rank(finding: &Finding) -> Rank {
    let now = finding.places.first().is_some_and(|shown| group::is_now(&shown.place));
    let class = (severity::of(finding).severity as u8) << 3 | (finding.confidence as u8) << 1 | u8::from(now);
    (Reverse(class), finding.first_seen.unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
