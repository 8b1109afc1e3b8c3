//! All objects of a repository: its packs, loose objects and alternates.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rayon::prelude::*;

use super::{ids, loose::Loose, object::ObjectIx, pack::Pack};
use crate::{
    location::Oid,
    problem::{Problem, ProblemKind},
};

/// Up to this many packs and loose folders are asked one after the other; for more a common table is made.
const FEW: usize = 4;

/// Objects of one repository, opened for reading.
pub struct Store {
    /// Largest first. An object that several have is the first's.
    pub(super) sources: Vec<Source>,
    /// Index of the first object of each source, then the number of all.
    starts: Vec<u32>,
    /// One bit an object: set where an earlier source has the same object. Empty where there is one source.
    twins: Vec<u64>,
    /// Leading 32 bits of the id and index of each object, sorted by id, where there are more than [`FEW`] sources.
    merged: Option<Vec<(u32, u32)>>,
    oid_len: usize,
}

/// What holds objects.
pub(super) enum Source {
    Pack(Box<Pack>),
    Loose(Loose),
}

/// Why an object could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No pack and no loose file has it.
    #[error("object is absent")]
    Absent,
    /// It, or a delta base of it, is larger than the limit given.
    #[error("object of {0} bytes is over the limit")]
    TooBig(u64),
    /// Its bytes are not what the format says.
    #[error("{0}")]
    Corrupt(String),
}

impl Source {
    fn count(&self) -> usize {
        match self {
            Self::Pack(pack) => pack.count(),
            Self::Loose(loose) => loose.count(),
        }
    }

    fn oid(&self, position: usize) -> &[u8] {
        match self {
            Self::Pack(pack) => pack.oid(position),
            Self::Loose(loose) => loose.oid(position),
        }
    }

    pub(super) fn find(&self, oid: &[u8]) -> Option<usize> {
        match self {
            Self::Pack(pack) => pack.find(oid),
            Self::Loose(loose) => loose.find(oid),
        }
    }
}

impl Store {
    /// Opens every pack and loose folder under `object_dirs` (a repository's own first, then its alternates).
    /// What cannot be opened is a problem; the rest is still read.
    pub fn open(object_dirs: &[PathBuf], oid_len: usize) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut packs = Vec::new();
        let mut loose = Vec::new();
        for dir in object_dirs {
            open_packs(dir, oid_len, &mut packs, &mut problems);
            loose.push(Loose::open(dir, oid_len, &mut problems));
        }
        packs.sort_by(|a, b| b.count().cmp(&a.count()).then_with(|| a.name().cmp(b.name())));
        let packs = packs.into_iter().map(|pack| Source::Pack(Box::new(pack)));
        let loose = loose.into_iter().filter(|loose| loose.count() > 0).map(Source::Loose);

        let mut sources: Vec<Source> = Vec::new();
        let mut starts = vec![0u32];
        for source in packs.chain(loose) {
            let next = starts[sources.len()] as usize + source.count();
            match u32::try_from(next) {
                Ok(next) => {
                    starts.push(next);
                    sources.push(source);
                }
                Err(_) => problems.push(Problem {
                    kind: ProblemKind::Unsupported,
                    what: "object store".to_owned(),
                    why: format!("has more than {} objects", u32::MAX),
                }),
            }
        }
        let mut store = Self { sources, starts, twins: Vec::new(), merged: None, oid_len };
        if store.sources.len() > FEW {
            store.merge();
        } else if store.sources.len() > 1 {
            store.mark_twins();
        }
        (store, problems)
    }

    /// A store of one pack.
    pub(super) fn of_pack(pack: Pack, oid_len: usize) -> Self {
        let starts = vec![0, pack.count() as u32];
        Self { sources: vec![Source::Pack(Box::new(pack))], starts, twins: Vec::new(), merged: None, oid_len }
    }

    /// Where in its pack an object's entry begins; `None` for loose ones.
    pub(super) fn offset(&self, ix: ObjectIx) -> Option<u64> {
        let (source, position) = self.place(ix.0);
        match &self.sources[source] {
            Source::Pack(pack) => pack.offset(position).map(|offset| offset as u64),
            Source::Loose(_) => None,
        }
    }

    /// Number of distinct indices: objects are `ObjectIx(0)..ObjectIx(len)`.
    pub fn len(&self) -> usize {
        self.starts[self.sources.len()] as usize
    }

    /// Whether there is no object at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Works out beforehand which entry is a delta of which, for a walk.
    pub fn order(&self) {
        self.sources.iter().for_each(|source| {
            if let Source::Pack(pack) = source {
                pack.family();
            }
        });
    }

    /// Length of ids in bytes: 20 or 32.
    pub fn oid_len(&self) -> usize {
        self.oid_len
    }

    /// Index of an object.
    pub fn find(&self, oid: &[u8]) -> Option<ObjectIx> {
        if oid.len() != self.oid_len {
            return None;
        }
        let Some(merged) = &self.merged else {
            let mut sources = self.sources.iter().zip(&self.starts);
            return sources.find_map(|(source, start)| source.find(oid).map(|at| ObjectIx(start + at as u32)));
        };
        let lead = lead(oid);
        let guess = ((u64::from(lead) * merged.len() as u64) >> 32) as usize;
        let mut at = first_not_below(merged, lead, guess);
        while let Some((_, ix)) = merged.get(at).filter(|(other, _)| *other == lead) {
            if self.id(*ix) == oid {
                return Some(ObjectIx(*ix));
            }
            at += 1;
        }
        None
    }

    /// Name of an object.
    pub fn oid(&self, ix: ObjectIx) -> Oid {
        Oid::from_bytes(self.id(ix.0)).expect("ids of a store have 20 or 32 bytes")
    }

    /// Whether `find` gives this index: false for the second and further copies of an object.
    pub fn is_first_copy(&self, ix: ObjectIx) -> bool {
        self.twins.get(ix.0 as usize / 64).is_none_or(|bits| bits >> (ix.0 % 64) & 1 == 0)
    }

    /// The source of an object, and the position in it.
    pub(super) fn place(&self, ix: u32) -> (usize, usize) {
        let source = self.starts.partition_point(|start| *start <= ix) - 1;
        (source, (ix - self.starts[source]) as usize)
    }

    /// Index of the object at a position of a source.
    pub(super) fn ix(&self, source: usize, position: u32) -> ObjectIx {
        ObjectIx(self.starts[source] + position)
    }

    fn id(&self, ix: u32) -> &[u8] {
        let (source, position) = self.place(ix);
        self.sources[source].oid(position)
    }

    fn mark_twins(&mut self) {
        let start = self.starts[1];
        let later: Vec<u32> = (start..self.len() as u32)
            .into_par_iter()
            .with_min_len(4096)
            .filter(|ix| {
                let (source, position) = self.place(*ix);
                let oid = self.sources[source].oid(position);
                self.sources[..source].iter().any(|earlier| earlier.find(oid).is_some())
            })
            .collect();
        if !later.is_empty() {
            self.set_twins(later.into_iter());
        }
    }

    fn set_twins(&mut self, twins: impl Iterator<Item = u32>) {
        let mut bits = vec![0u64; self.len().div_ceil(64)];
        for ix in twins {
            bits[ix as usize / 64] |= 1 << (ix % 64);
        }
        self.twins = bits;
    }

    /// Makes the common table: eight bytes an object.
    fn merge(&mut self) {
        let key = |ix: u32| (lead(self.id(ix)), ix);
        let mut all: Vec<(u32, u32)> = (0..self.len() as u32).into_par_iter().with_min_len(4096).map(key).collect();
        all.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.id(a.1).cmp(self.id(b.1))).then(a.1.cmp(&b.1)));
        let mut twins = Vec::new();
        all.dedup_by(|later, kept| {
            let same = later.0 == kept.0 && self.id(later.1) == self.id(kept.1);
            if same {
                twins.push(later.1);
            }
            same
        });
        if !twins.is_empty() {
            self.set_twins(twins.into_iter());
        }
        self.merged = Some(all);
    }
}

/// The first entry whose leading bits are not below `lead`, looked for from `guess` in growing steps.
fn first_not_below(table: &[(u32, u32)], lead: u32, guess: usize) -> usize {
    let (mut low, mut high) = (guess.min(table.len()), guess.min(table.len()));
    let mut step = 16;
    while low > 0 && table[low - 1].0 >= lead {
        low = low.saturating_sub(step);
        step *= 2;
    }
    step = 16;
    while high < table.len() && table[high].0 < lead {
        high = (high + step).min(table.len());
        step *= 2;
    }
    low + table[low..high].partition_point(|(other, _)| *other < lead)
}

fn lead(oid: &[u8]) -> u32 {
    (ids::leading(oid) >> 32) as u32
}

/// Opens the packs of one object directory: each index with its pack.
fn open_packs(dir: &Path, oid_len: usize, packs: &mut Vec<Pack>, problems: &mut Vec<Problem>) {
    let dir = dir.join("pack");
    let entries = match fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => {
            problems.push(Problem {
                kind: ProblemKind::Unreadable,
                what: dir.display().to_string(),
                why: error.to_string(),
            });
            return;
        }
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort_unstable();
    let has = |path: &Path, extension: &str| path.extension().is_some_and(|own| own == extension);
    for path in &paths {
        let alone = has(path, "pack") && !paths.contains(&path.with_extension("idx"));
        if has(path, "idx") || alone {
            match Pack::open(&path.with_extension("idx"), oid_len, problems) {
                Ok(pack) => packs.push(pack),
                Err(problem) => problems.push(problem),
            }
        }
    }
}
