//! The scan in delta order against a plain scan of every blob that libgit2 reads, on real repositories:
//! `cargo bench --bench differential -- REPO...`. Ends with an error where the two differ.
//!
//! Where libgit2 does not open a repository, or cannot give an object, `git cat-file` is asked. The places of what is found are
//! compared with those of a slow walk ([`places`]).

mod places;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::Arc,
    time::Instant,
};

use keysweep::{
    blob::Fresh,
    detect::{Carried, Detector},
    location::Oid,
    rule::RuleSet,
    scan::{
        history::{self, Options},
        secrets::Secrets,
    },
    source::history::{
        object::{ObjectIx, ObjectKind},
        repo::Repo,
        store::Store,
    },
};
use rayon::prelude::*;

/// Larger blobs are read by neither.
const MAX_SIZE: usize = 50 << 20;

/// What a scan found: blob, rule, secret.
type Found = BTreeSet<(Oid, String, Vec<u8>)>;

/// Blobs one by one, as somebody else reads them.
#[derive(Default)]
struct Plain {
    found: Found,
    blobs: u64,
    bytes: u64,
    /// By what read them.
    readers: BTreeMap<&'static str, u64>,
    unread: BTreeSet<Oid>,
}

fn main() -> ExitCode {
    let detector = Detector::new(Arc::new(RuleSet::embedded())).expect("embedded rules are sound");
    let repos: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).filter(|arg| arg.exists()).collect();
    if repos.is_empty() {
        println!("nothing to compare: name repositories");
        return ExitCode::SUCCESS;
    }
    let differing = repos.iter().filter(|repo| !agree(&detector, repo)).count();
    println!("{} repositories, {differing} of them differ", repos.len());
    ExitCode::from(u8::from(differing > 0))
}

fn agree(detector: &Detector, path: &Path) -> bool {
    let repo = Repo::discover(path).ok().flatten().unwrap_or_else(|| panic!("{} is no repository", path.display()));
    let (store, _) = Store::open(&repo.object_dirs, repo.oid_len);
    let start = Instant::now();
    let by_delta = by_delta(detector, &store);
    let (fast, start) = (start.elapsed(), Instant::now());
    let plain = plainly(detector, path, &store);
    println!(
        "{}: {} blobs, {} bytes, read by {:?}, {} by neither; {} (blob, rule, secret) in delta order in {:.1} s, plainly in {:.1} s",
        path.display(),
        plain.blobs,
        plain.bytes,
        plain.readers,
        plain.unread.len(),
        by_delta.len(),
        fast.as_secs_f32(),
        start.elapsed().as_secs_f32(),
    );
    let differing: Vec<_> = by_delta.symmetric_difference(&plain.found).collect();
    for (blob, rule, secret) in differing.iter().take(20) {
        let side =
            if plain.found.contains(&(*blob, rule.clone(), secret.clone())) { "plainly" } else { "in delta order" };
        println!("  {blob} {rule}: a secret of {} bytes only {side}", secret.len());
    }
    let Some(compared) = places::compare(detector, path) else { return differing.is_empty() };
    println!("  {} places of it in {} commits, {} differ", compared.places, compared.commits, compared.differing.len());
    compared.differing.iter().take(20).for_each(|place| println!("  {place}"));
    differing.is_empty() && compared.differing.is_empty()
}

fn by_delta(detector: &Detector, store: &Store) -> Found {
    let mut secrets = Secrets::default();
    let options = Options { full: false, max_size: MAX_SIZE, marks: Default::default() };
    let objects = history::scan(store, detector, options, &mut secrets, &|| false);
    let name = |hit: &history::Hit| {
        let secret = secrets.records()[hit.secret as usize].secret.expose().to_vec();
        (store.oid(hit.object), detector.rules().get(hit.rule).id.to_string(), secret)
    };
    // Messages are no blobs.
    let is_blob = |hit: &&history::Hit| store.kind(hit.object).is_ok_and(|kind| kind == ObjectKind::Blob);
    objects.hits.iter().filter(is_blob).map(name).collect()
}

fn plainly(detector: &Detector, path: &Path, store: &Store) -> Plain {
    let parts: Vec<u32> = (0..store.len() as u32).step_by(4096).collect();
    let read = |first: &u32| {
        let repo = git2::Repository::open(path).ok();
        let odb = repo.as_ref().and_then(|repo| repo.odb().ok());
        let mut plain = Plain::default();
        for ix in (*first..(store.len() as u32).min(first + 4096)).map(ObjectIx) {
            if store.is_first_copy(ix) {
                plain.look(detector, path, odb.as_ref(), store.oid(ix));
            }
        }
        plain
    };
    parts.par_iter().map(read).reduce(Plain::default, Plain::and)
}

impl Plain {
    fn look(&mut self, detector: &Detector, path: &Path, odb: Option<&git2::Odb<'_>>, oid: Oid) {
        let by_git2 = odb.and_then(|odb| odb.read(git2::Oid::from_bytes(oid.as_bytes()).ok()?).ok());
        let (reader, bytes) = match by_git2 {
            Some(object) if object.kind() != git2::ObjectType::Blob => return,
            Some(object) => ("libgit2", object.data().to_vec()),
            None => match by_git(path, oid) {
                Some((kind, _)) if kind != "blob" => return,
                Some((_, bytes)) => ("git", bytes),
                None => {
                    self.unread.insert(oid);
                    return;
                }
            },
        };
        if bytes.len() > MAX_SIZE {
            return;
        }
        self.blobs += 1;
        self.bytes += bytes.len() as u64;
        *self.readers.entry(reader).or_default() += 1;
        let scanned = detector.scan(&bytes, Fresh::All, &Carried::default());
        let mut seen = BTreeSet::new();
        for hit in scanned.matches.iter().filter(|hit| seen.insert(scanned.bytes(&hit.position))) {
            let rule = detector.rules().get(hit.rule).id.to_string();
            self.found.insert((oid, rule, scanned.bytes(&hit.position).to_vec()));
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.found.extend(other.found);
        self.blobs += other.blobs;
        self.bytes += other.bytes;
        for (reader, count) in other.readers {
            *self.readers.entry(reader).or_default() += count;
        }
        self.unread.extend(other.unread);
        self
    }
}

/// Kind and bytes of an object.
fn by_git(path: &Path, oid: Oid) -> Option<(String, Vec<u8>)> {
    let git = |args: &[&str]| {
        let done = Command::new("git").arg("-C").arg(path).arg("cat-file").args(args).output().ok()?;
        done.status.success().then_some(done.stdout)
    };
    let id = oid.to_string();
    let kind = String::from_utf8(git(&["-t", &id])?).ok()?.trim().to_owned();
    let bytes = git(&[&kind, &id])?;
    Some((kind, bytes))
}
