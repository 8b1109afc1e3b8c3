//! Times attribution on a bare repository, with every blob that talks of a password as a hit:
//! `KEYSWEEP_BENCH_REPO=path/to/repo cargo bench --bench attribute`.

use std::{collections::HashMap, hash::BuildHasher, path::PathBuf, time::Instant};

use keysweep::{
    attribute::{CommitRows, ObjectHits, Request, SecretHit, attribute, collect_commits},
    blob::Fresh,
    location::{Oid, Position},
    source::history::{
        object::{ObjectIx, ObjectKind},
        store::Store,
        walk::{Options, Visit, walk},
    },
};
use memchr::memmem;

/// Distinct secrets that are made up.
const SECRETS: u64 = 500;

/// Finds made-up secrets.
struct Passwords;

impl Visit for Passwords {
    type Carried = ();
    type Collected = Vec<ObjectHits>;

    fn visit(&self, found: &mut Vec<ObjectHits>, object: ObjectIx, _: ObjectKind, bytes: &[u8], _: Fresh<'_>, (): &()) {
        let mut hits: Vec<SecretHit> = Vec::new();
        for offset in memmem::find_iter(bytes, b"password") {
            let word = &bytes[offset..bytes.len().min(offset + 24)];
            let secret = (rustc_hash::FxBuildHasher.hash_one(word) >> 20) % (SECRETS * 8);
            if secret >= SECRETS || hits.iter().any(|hit| u64::from(hit.secret) == secret) {
                continue;
            }
            let line = 1 + memchr::memchr_iter(b'\n', &bytes[..offset]).count() as u32;
            let position = Position { offset: offset as u32, end: offset as u32 + 8, line, column: 1, end_line: line };
            hits.push(SecretHit { secret: secret as u32, position });
        }
        if !hits.is_empty() {
            found.push(ObjectHits { object, hits });
        }
    }

    fn too_big(&self, _: &mut Vec<ObjectHits>, _: ObjectIx, _: ObjectKind, _: u64) {}
}

/// Ids of all refs, and of HEAD.
fn tips(repository: &std::path::Path) -> (Vec<Oid>, Option<Oid>) {
    let packed = std::fs::read_to_string(repository.join("packed-refs")).unwrap_or_default();
    let mut by_name = HashMap::new();
    let mut tips = Vec::new();
    for line in packed.lines() {
        if let Some((id, name)) = line.split_once(' ')
            && let Some(oid) = Oid::from_hex(id.as_bytes())
        {
            by_name.insert(name, oid);
            tips.push(oid);
        }
    }
    let head = std::fs::read_to_string(repository.join("HEAD")).unwrap_or_default();
    let head = head.trim();
    let head =
        head.strip_prefix("ref: ").and_then(|name| by_name.get(name).copied()).or(Oid::from_hex(head.as_bytes()));
    (tips, head)
}

fn main() {
    let Some(repository) = std::env::var_os("KEYSWEEP_BENCH_REPO").map(PathBuf::from) else {
        println!("KEYSWEEP_BENCH_REPO names no repository");
        return;
    };
    let (store, problems) = Store::open(&[repository.join("objects")], 20);
    println!("{} objects, {} problems", store.len(), problems.len());
    let blobs = Options { blobs: true, trees: false, commits_and_tags: false, max_size: 50 << 20 };
    let never = || false;
    let mut hits = walk(&store, blobs, &Passwords, &never).0.concat();
    hits.sort_by_key(|hits| hits.object);
    let (tips, head) = tips(&repository);
    println!("{} tips, {} hit blobs", tips.len(), hits.len());
    for _ in 0..5 {
        let start = Instant::now();
        let (commits, _): (Vec<CommitRows>, _) = collect_commits(&store, &never);
        let collected = start.elapsed();
        let request = Request {
            tips: &tips,
            reflog: &[],
            head,
            shallow: &[],
            index: &[],
            hits: &hits,
            paths: &|_| true,
            all_objects: false,
            max_tree: 50 << 20,
        };
        let found = attribute(&store, commits, &request, &never);
        println!(
            "commits {:.0?}, all {:.0?}: {} commits, {} places of {}, {} problems",
            collected,
            start.elapsed(),
            found.commits,
            found.places.len(),
            found.totals.iter().sum::<u64>(),
            found.problems.len()
        );
    }
}
