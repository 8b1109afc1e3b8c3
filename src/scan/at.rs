//! What our rules find at places that somebody else names: a path and a line, in the working tree or in a commit.

use std::path::Path;

use bstr::BString;
use sha1::{Digest, Sha1};

use super::{
    known,
    secrets::{Record, Secrets},
    texts,
};
use crate::{
    blob::Fresh,
    detect::Detector,
    finding::{Finding, Groups, group::Options},
    location::{Oid, Position, SourceKind},
    rule::Confidence,
    secret::Secret,
    source::{
        Origin, files,
        history::{
            objects::{Objects, blob_at},
            repo::{Environment, Repo},
        },
    },
    suppress::inline,
};

/// Texts above this many bytes are not read.
const MAX_TEXT: u64 = 50 << 20;

/// A place as somebody else names it.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// The commit whose file it is; the working tree's where there is none.
    pub commit: Option<String>,
    /// Path from the top of the repository.
    pub path: String,
    /// Line, from 1.
    pub line: Option<u32>,
    /// SHA-1 of the secret, in lower-case hexadecimal.
    pub sha1: Option<String>,
    /// The secret, or a text that it stands in.
    pub secret: Option<Secret>,
}

/// What was found at places.
#[derive(Debug, Default)]
pub struct Located {
    /// Findings, the worst first.
    pub findings: Vec<Finding>,
    /// Of each place whether something was found there.
    pub found: Vec<bool>,
}

/// Looks up places in the repository or folder `root`; `target` is how places name it.
pub fn locate(root: &Path, target: &BString, places: &[Named], detector: &Detector, options: &Options) -> Located {
    let repo = Repo::discover_in(root, &Environment::of_process()).ok().flatten();
    let objects = repo.as_ref().map(|repo| super::objects(repo));
    let (mut secrets, mut groups) = (Secrets::default(), Groups::default());
    let mut found = vec![];
    for place in places {
        let text = match (&place.commit, &repo, &objects) {
            (Some(commit), Some(repo), Some(objects)) => in_commit(&**objects, repo.oid_len, commit, &place.path),
            (Some(_), ..) => None,
            (None, ..) => in_tree(root, &place.path),
        };
        let hits = text.and_then(|(origin, bytes)| {
            let mut hits = texts::scan(detector, &inline::Reader::default(), &origin, &bytes, Fresh::All)?;
            hits.retain(|record, position| fits(place, record, position));
            (!hits.is_empty()).then_some(hits)
        });
        found.push(hits.is_some());
        if let Some(hits) = hits {
            hits.group(detector, &mut secrets, target, None, Confidence::Low, &mut groups);
        }
    }
    let outcome = groups.finish(options, |number, best| known(detector, &secrets, number, best));
    Located { findings: outcome.findings, found }
}

fn in_tree(root: &Path, path: &str) -> Option<(Origin, Vec<u8>)> {
    // A path of another machine, or out of the folder, is none here.
    let inside = Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    let bytes = inside.then(|| files::read_small(&root.join(path), MAX_TEXT).ok()).flatten()?;
    Some((Origin::file(SourceKind::Tree, path.into()), bytes))
}

fn in_commit(objects: &dyn Objects, oid_len: usize, commit: &str, path: &str) -> Option<(Origin, Vec<u8>)> {
    let commit = Oid::from_hex(commit.as_bytes())?;
    let (blob, bytes) = blob_at(objects, &commit, path.into(), oid_len, MAX_TEXT as usize).ok()?;
    let origin = Origin { blob: Some(blob), commit: Some(commit), ..Origin::file(SourceKind::History, path.into()) };
    Some((origin, bytes))
}

/// Whether what was found is what is named: by its value where that is known, else by its line.
fn fits(place: &Named, record: &Record, position: &Position) -> bool {
    let value = record.secret.expose();
    if let Some(sha1) = &place.sha1 {
        return Sha1::digest(value).iter().map(|byte| format!("{byte:02x}")).collect::<String>() == *sha1;
    }
    let on_line = place.line.is_none_or(|line| (position.line..=position.end_line).contains(&line));
    let same = place.secret.as_ref().is_none_or(|named| {
        let within = |a: &[u8], b: &[u8]| memchr::memmem::find(a, b).is_some();
        within(named.expose(), value) || within(value, named.expose())
    });
    on_line && same
}
