//! All objects of a repository, scanned in delta order.

use crate::{
    attribute::CommitRows,
    blob::Fresh,
    detect::{Carried, Detector},
    location::Position,
    problem::{Problem, Skip, Tally},
    rule::RuleIx,
    scan::{evidences::Evidences, marks::Marks, secrets::Secrets},
    source::history::{
        commit::message,
        object::{ObjectIx, ObjectKind},
        store::Store,
        walk::{self, Visit},
    },
    suppress::inline,
};

/// A secret in an object: its first occurrence there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The object.
    pub object: ObjectIx,
    /// Number of the secret.
    pub secret: u32,
    /// The rule that found it there.
    pub rule: RuleIx,
    /// Where it stands.
    pub position: Position,
    /// Number of what stands around it there.
    pub evidence: Option<u32>,
    /// Number of the mark beside it there; `None` where not all of its occurrences in the object have the same.
    pub mark: Option<u32>,
}

/// Everything found in a repository's objects.
#[derive(Default)]
pub struct Objects {
    /// Hits, sorted.
    pub hits: Vec<Hit>,
    /// What stands around hits, by number.
    pub evidence: Evidences,
    /// Marks beside hits, by number.
    pub marks: Marks,
    /// Commits and tags, for attribution.
    pub commits: Vec<CommitRows>,
    /// What was seen.
    pub tally: Tally,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// How to scan.
#[derive(Clone, Debug)]
pub struct Options {
    /// Search all bytes of every version (`--full-scan`).
    pub full: bool,
    /// Objects above this many bytes are skipped.
    pub max_size: usize,
    /// Which marks beside secrets are read.
    pub marks: inline::Reader,
}

/// Scans blobs, and the text of commits and tags.
pub fn scan(
    store: &Store,
    detector: &Detector,
    options: Options,
    secrets: &mut Secrets,
    stop: &(dyn Fn() -> bool + Sync),
) -> Objects {
    let kinds = walk::Options { blobs: true, trees: false, commits_and_tags: true, max_size: options.max_size };
    let (collected, problems) =
        walk::walk(store, kinds, &Scan { store, detector, full: options.full, marks: options.marks }, stop);
    let mut objects = Objects { problems, ..Objects::default() };
    for task in collected {
        let numbers = secrets.merge(detector, task.secrets);
        let evidences = objects.evidence.merge(task.evidence);
        let marks = objects.marks.merge(task.marks);
        objects.hits.extend(task.hits.into_iter().map(|hit| Hit {
            secret: numbers[hit.secret as usize],
            evidence: hit.evidence.map(|number| evidences[number as usize]),
            mark: hit.mark.map(|number| marks[number as usize]),
            ..hit
        }));
        objects.commits.push(task.commits);
        objects.tally.add(&task.tally);
    }
    objects.hits.sort_unstable();
    objects
}

struct Scan<'d> {
    store: &'d Store,
    detector: &'d Detector,
    full: bool,
    marks: inline::Reader,
}

/// What one task of the walk found; its secrets have numbers of their own.
#[derive(Default)]
struct Collected {
    secrets: Secrets,
    hits: Vec<Hit>,
    evidence: Evidences,
    marks: Marks,
    commits: CommitRows,
    tally: Tally,
}

impl Visit for Scan<'_> {
    type Carried = Carried;
    type Collected = Collected;

    fn visit(
        &self,
        collected: &mut Collected,
        object: ObjectIx,
        kind: ObjectKind,
        bytes: &[u8],
        fresh: Fresh<'_>,
        base: &Carried,
    ) -> Carried {
        collected.commits.push(self.store, object, kind, bytes);
        let (text, fresh) = match kind {
            ObjectKind::Commit | ObjectKind::Tag => (message(bytes), Fresh::All),
            _ if self.full => (bytes, Fresh::All),
            _ => (bytes, fresh),
        };
        let found = self.detector.scan(text, fresh, base);
        collected.tally.blobs += u64::from(kind == ObjectKind::Blob);
        collected.tally.bytes += bytes.len() as u64;
        collected.tally.fresh_bytes += found.searched as u64;
        let first = collected.hits.len();
        for hit in &found.matches {
            let secret = collected.secrets.add(self.detector, &found, hit);
            let evidence = hit.evidence.as_ref().map(|evidence| collected.evidence.number(evidence));
            let mark = self.marks.mark(&found.text, hit.position.offset as usize..hit.position.end as usize);
            let mark = mark.map(|mark| collected.marks.number(mark));
            collected.hits.push(Hit { object, secret, rule: hit.rule, position: hit.position, evidence, mark });
        }
        keep_first_occurrences(&mut collected.hits, first);
        found.carried
    }

    fn too_big(&self, collected: &mut Collected, object: ObjectIx, kind: ObjectKind, _: u64) {
        collected.commits.too_big(object, kind);
        if kind == ObjectKind::Blob {
            collected.tally.skip(Skip::TooBig);
        }
    }
}

/// Of the hits from `first` on, which are one object's, keeps the first of each secret.
fn keep_first_occurrences(hits: &mut Vec<Hit>, first: usize) {
    if hits.len() - first < 2 {
        return;
    }
    let mut own = hits.split_off(first);
    own.sort_unstable_by_key(|hit| (hit.secret, hit.position, hit.rule));
    own.dedup_by(|later, first| {
        let same = later.secret == first.secret;
        if same && later.mark != first.mark {
            first.mark = None;
        }
        same
    });
    hits.append(&mut own);
}
