//! Git's index files: any bytes are read or are a problem that names the file.
//!
//! Input: a byte of which bit 0 says SHA-256; two bytes, the length of a shared index; that; the index. Where the index has a
//! `link` extension, the shared index is put where it points, so that split indexes are read to their end.
#![no_main]

use std::{fs, path::Path, sync::OnceLock};

use keysweep::source::history::{git_index, repo::Repo};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    repo: Repo,
}

static PLACES: OnceLock<[Place; 2]> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let [flags, high, low, rest @ ..] = bytes else { return };
    let sha256 = flags & 1 == 1;
    let shared_len = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
    let (shared, index) = rest.split_at(shared_len);
    let places = PLACES.get_or_init(|| [place(false), place(true)]);
    let place = &places[usize::from(sha256)];
    let folder = place.folder.path();
    let shared_at = shared_name(index, if sha256 { 32 } else { 20 }).map(|name| folder.join(name));
    if let Some(path) = &shared_at {
        fs::write(path, shared).expect("the folder takes files");
    }
    read(&place.repo, index);
    if let Some(path) = &shared_at {
        fs::remove_file(path).expect("it was written");
    }
});

fn read(repo: &Repo, index: &[u8]) {
    fs::write(&repo.index, index).expect("the folder takes files");
    match git_index::objects(&repo.index, repo) {
        Ok(objects) => {
            assert!(objects.iter().all(|(_, oid)| oid.as_bytes().len() == repo.oid_len));
        }
        Err(problem) => assert!(!problem.what.is_empty() && !problem.why.is_empty()),
    }
}

fn shared_name(index: &[u8], oid_len: usize) -> Option<String> {
    let at = index.windows(4).position(|word| word == b"link")? + 8;
    let id = index.get(at..at + oid_len)?;
    Some(format!("sharedindex.{}", id.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

fn place(sha256: bool) -> Place {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    make_repository(folder.path(), sha256).expect("a new folder takes files");
    let repo = Repo::open(folder.path()).expect("it was made as git does");
    Place { folder, repo }
}

fn make_repository(folder: &Path, sha256: bool) -> std::io::Result<()> {
    fs::create_dir(folder.join("objects"))?;
    fs::create_dir(folder.join("refs"))?;
    fs::write(folder.join("HEAD"), "ref: refs/heads/main\n")?;
    let config = if sha256 {
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n"
    } else {
        "[core]\n\trepositoryformatversion = 0\n"
    };
    fs::write(folder.join("config"), config)
}
