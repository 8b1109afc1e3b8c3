//! Objects held in memory, so that attribution can be tried on graphs of any shape; those that no hash allows included.

use std::collections::HashMap;

use keysweep::{
    attribute::{Attribution, ObjectHits, Objects, Request, SecretHit, attribute, collect_commits},
    blob::{Copied, Fresh},
    location::{Oid, Position},
    problem::Problem,
    source::history::{
        object::{ObjectIx, ObjectKind},
        store::ReadError,
        walk::{Options, Visit},
    },
};

/// Objects in memory. Trees are walked as deltas of the tree before them.
#[derive(Default)]
pub struct Memory {
    objects: Vec<(Oid, ObjectKind, Vec<u8>)>,
    index: HashMap<Oid, u32>,
}

impl Memory {
    /// Adds an object under any name.
    pub fn insert(&mut self, oid: Oid, kind: ObjectKind, bytes: Vec<u8>) -> Oid {
        if !self.index.contains_key(&oid) {
            self.index.insert(oid, self.objects.len() as u32);
            self.objects.push((oid, kind, bytes));
        }
        oid
    }

    /// Adds an object under a name made of a number.
    #[allow(dead_code)]
    pub fn add(&mut self, kind: ObjectKind, bytes: Vec<u8>) -> Oid {
        self.insert(name(self.objects.len() as u32), kind, bytes)
    }

    /// Takes an object away; the indices of others stay.
    #[allow(dead_code)]
    pub fn remove(&mut self, oid: Oid) {
        self.index.remove(&oid);
    }

    /// All of a repository's objects.
    #[allow(dead_code)]
    pub fn of(repository: &git2::Repository) -> Self {
        let odb = repository.odb().expect("has a database");
        let mut oids = Vec::new();
        odb.foreach(|oid| {
            oids.push(*oid);
            true
        })
        .expect("can be listed");
        oids.sort();
        let mut memory = Self::default();
        for oid in oids {
            let object = odb.read(oid).expect("can be read");
            let kind = match object.kind() {
                git2::ObjectType::Commit => ObjectKind::Commit,
                git2::ObjectType::Tree => ObjectKind::Tree,
                git2::ObjectType::Tag => ObjectKind::Tag,
                _ => ObjectKind::Blob,
            };
            memory.insert(oid_of(oid), kind, object.data().to_vec());
        }
        memory
    }

    /// A hit for each marker in blobs and messages.
    #[allow(dead_code)]
    pub fn hits(&self) -> Vec<ObjectHits> {
        hits(self)
    }
}

/// A hit for each marker `KEY<digit>;` in blobs and messages.
pub fn hits(objects: &impl Objects) -> Vec<ObjectHits> {
    let read = (0..objects.count() as u32).map(|index| (ObjectIx(index), objects.read(ObjectIx(index), usize::MAX)));
    read.filter_map(|(object, read)| match read.expect("can be read") {
        (ObjectKind::Tree, _) => None,
        (_, bytes) => Some(ObjectHits { object, hits: markers(&bytes) }),
    })
    .filter(|hits| !hits.hits.is_empty())
    .collect()
}

/// A name made of a number.
#[allow(dead_code)]
pub fn name(number: u32) -> Oid {
    let mut raw = [7; 20];
    raw[..4].copy_from_slice(&number.to_be_bytes());
    Oid::from_bytes(&raw).expect("has 20 bytes")
}

/// git2's id as ours.
#[allow(dead_code)]
pub fn oid_of(oid: git2::Oid) -> Oid {
    Oid::from_bytes(oid.as_bytes()).expect("has 20 bytes")
}

/// The first occurrence of each marker.
pub fn markers(bytes: &[u8]) -> Vec<SecretHit> {
    let mut found: Vec<SecretHit> = Vec::new();
    for offset in 0..bytes.len().saturating_sub(4) {
        let [b'K', b'E', b'Y', digit @ b'0'..=b'9', b';'] = bytes[offset..offset + 5] else { continue };
        let secret = u32::from(digit - b'0');
        if found.iter().all(|hit| hit.secret != secret) {
            let line = 1 + bytes[..offset].iter().filter(|byte| **byte == b'\n').count() as u32;
            let (offset, end) = (offset as u32, offset as u32 + 5);
            found.push(SecretHit { secret, position: Position { offset, end, line, column: 1, end_line: line } });
        }
    }
    found
}

/// A request for all paths.
pub fn request<'a>(tips: &'a [Oid], head: Option<Oid>, hits: &'a [ObjectHits]) -> Request<'a> {
    Request {
        tips,
        reflog: &[],
        head,
        shallow: &[],
        index: &[],
        hits,
        paths: &|_| true,
        all_objects: false,
        max_tree: usize::MAX,
    }
}

/// Attributes without ever stopping.
pub fn run(objects: &impl Objects, request: &Request<'_>) -> Attribution {
    let (commits, problems) = collect_commits(objects, &|| false);
    assert_eq!(problems, []);
    attribute(objects, commits, request, &|| false)
}

impl Objects for Memory {
    fn count(&self) -> usize {
        self.objects.len()
    }

    fn oid_len(&self) -> usize {
        20
    }

    fn find(&self, oid: &[u8]) -> Option<ObjectIx> {
        self.index.get(&Oid::from_bytes(oid)?).copied().map(ObjectIx)
    }

    fn oid(&self, object: ObjectIx) -> Oid {
        self.objects[object.0 as usize].0
    }

    fn read(&self, object: ObjectIx, _: usize) -> Result<(ObjectKind, Vec<u8>), ReadError> {
        let (_, kind, bytes) = &self.objects[object.0 as usize];
        Ok((*kind, bytes.clone()))
    }

    fn walk<V: Visit>(
        &self,
        options: Options,
        visit: &V,
        _: &(dyn Fn() -> bool + Sync),
    ) -> (Vec<V::Collected>, Vec<Problem>) {
        let (mut even, mut odd) = (V::Collected::default(), V::Collected::default());
        let mut base: Option<(&[u8], V::Carried)> = None;
        for (index, (oid, kind, bytes)) in self.objects.iter().enumerate() {
            let wanted = match kind {
                ObjectKind::Blob => options.blobs,
                ObjectKind::Tree => options.trees,
                ObjectKind::Commit | ObjectKind::Tag => options.commits_and_tags,
            };
            if !wanted || !self.index.contains_key(oid) {
                continue;
            }
            let collected = if index % 2 == 0 { &mut even } else { &mut odd };
            let object = ObjectIx(index as u32);
            let carried = match base.as_ref().filter(|_| *kind == ObjectKind::Tree && index % 5 != 0) {
                None => visit.visit(collected, object, *kind, bytes, Fresh::All, &V::Carried::default()),
                Some((base, carried)) => {
                    visit.visit(collected, object, *kind, bytes, Fresh::Copied(&ends_in_common(bytes, base)), carried)
                }
            };
            base = (*kind == ObjectKind::Tree).then_some((bytes, carried));
        }
        (vec![even, odd], Vec::new())
    }
}

/// The longest common start and end, as copied ranges.
fn ends_in_common(bytes: &[u8], base: &[u8]) -> Vec<Copied> {
    let start = bytes.iter().zip(base).take_while(|(a, b)| a == b).count();
    let rest = bytes.len().min(base.len()) - start;
    let end = bytes.iter().rev().zip(base.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let ranges =
        [Copied { at: 0, from: 0, len: start }, Copied { at: bytes.len() - end, from: base.len() - end, len: end }];
    ranges.into_iter().filter(|range| range.len > 0).collect()
}
