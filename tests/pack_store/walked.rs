//! What a walk saw, in a form to compare.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use keysweep::{
    blob::Fresh,
    location::Oid,
    problem::Problem,
    source::history::{
        object::{ObjectIx, ObjectKind},
        store::Store,
        walk::{Options, Visit, walk},
    },
};

pub const MAX_SIZE: usize = 1 << 20;

/// What a walk saw.
#[derive(Debug, Default)]
pub struct Walked {
    /// Kind and content of each object visited.
    pub objects: BTreeMap<Oid, (ObjectKind, Vec<u8>)>,
    /// Objects that were too big, with their size.
    pub too_big: BTreeMap<Oid, u64>,
    /// Problems of opening and of the walk.
    pub problems: Vec<Problem>,
    /// Objects that were visited as a delta of a base visited before.
    pub carried: usize,
    /// Ids in the order of the visits.
    pub order: Vec<Oid>,
}

impl Walked {
    /// The content of an object.
    pub fn content(&self, oid: &[u8]) -> &[u8] {
        &self.objects[&Oid::from_bytes(oid).expect("an id")].1
    }

    /// Whether an object was visited.
    pub fn has(&self, oid: &[u8]) -> bool {
        self.objects.contains_key(&Oid::from_bytes(oid).expect("an id"))
    }

    /// Whether a problem names the object and says these words.
    pub fn tells(&self, oid: &[u8], words: &str) -> bool {
        let oid = Oid::from_bytes(oid).expect("an id").to_string();
        self.problems.iter().any(|problem| problem.what.contains(&oid) && problem.why.contains(words))
    }
}

/// Keeps what it sees, and checks that copied ranges tell the truth about the base.
struct Keep<'s>(&'s Store);

#[derive(Default)]
struct Kept {
    objects: Vec<(Oid, ObjectKind, Vec<u8>)>,
    too_big: Vec<(Oid, u64)>,
    carried: usize,
}

impl Visit for Keep<'_> {
    type Carried = Option<Arc<Vec<u8>>>;
    type Collected = Kept;

    fn visit(
        &self,
        kept: &mut Kept,
        object: ObjectIx,
        kind: ObjectKind,
        bytes: &[u8],
        fresh: Fresh<'_>,
        base: &Self::Carried,
    ) -> Self::Carried {
        match (fresh, base) {
            (Fresh::All, None) => {}
            (Fresh::Copied(copied), Some(base)) => {
                kept.carried += 1;
                for range in copied {
                    assert!(range.len > 0);
                    assert_eq!(bytes[range.at..range.at + range.len], base[range.from..range.from + range.len]);
                }
                for pair in copied.windows(2) {
                    let end = pair[0].at + pair[0].len;
                    assert!(end <= pair[1].at, "sorted and disjoint");
                    assert!(end < pair[1].at || pair[0].from + pair[0].len != pair[1].from, "joined");
                }
            }
            (fresh, base) => panic!("{fresh:?} with base {}", base.is_some()),
        }
        kept.objects.push((self.0.oid(object), kind, bytes.to_vec()));
        Some(Arc::new(bytes.to_vec()))
    }

    fn too_big(&self, kept: &mut Kept, object: ObjectIx, _: ObjectKind, size: u64) {
        kept.too_big.push((self.0.oid(object), size));
    }
}

/// All kinds, objects up to [`MAX_SIZE`].
pub const EVERYTHING: Options = Options { blobs: true, trees: true, commits_and_tags: true, max_size: MAX_SIZE };

/// Walks everything; panics where an object is visited twice.
pub fn walk_all(dirs: &[&Path], oid_len: usize) -> Walked {
    walk_some(dirs, oid_len, EVERYTHING)
}

/// Walks what the options ask for.
pub fn walk_some(dirs: &[&Path], oid_len: usize, options: Options) -> Walked {
    let dirs: Vec<PathBuf> = dirs.iter().map(|dir| dir.to_path_buf()).collect();
    let (store, problems) = Store::open(&dirs, oid_len);
    walk_store(&store, problems, options)
}

/// Walks an open store.
pub fn walk_store(store: &Store, problems: Vec<Problem>, options: Options) -> Walked {
    let mut walked = Walked { problems, ..Walked::default() };
    let (parts, problems) = walk(store, options, &Keep(store), &|| false);
    walked.problems.extend(problems);
    for part in parts {
        walked.carried += part.carried;
        for (oid, kind, content) in part.objects {
            walked.order.push(oid);
            assert!(walked.objects.insert(oid, (kind, content)).is_none(), "{oid} is visited twice");
        }
        for (oid, size) in part.too_big {
            assert!(walked.too_big.insert(oid, size).is_none(), "{oid} is told twice");
        }
    }
    walked
}
