//! Secrets of a report, read again from where they lie: a report holds none.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use bstr::ByteSlice;

use crate::{
    blob::Fresh,
    detect::{Carried, Detector},
    finding::{Finding, IdKey},
    location::{Oid, Place, SourceKind},
    scan::secrets::Record,
    source::history::repo::{Environment, Repo},
    verify::Key,
};

/// Texts above this many bytes are not read again.
const MAX_TEXT: usize = 50 << 20;

/// The key of each finding, as it is known where the finding stands now; `None` where none of its places has it any more.
pub fn keys(findings: &[Finding], detector: &Detector, id_key: &IdKey) -> Vec<Option<Key>> {
    let mut reader = Reader { repositories: HashMap::new(), environment: Environment::of_process() };
    findings.iter().map(|finding| reader.key(finding, detector, id_key)).collect()
}

struct Reader {
    repositories: HashMap<PathBuf, Option<Repo>>,
    environment: Environment,
}

impl Reader {
    fn key(&mut self, finding: &Finding, detector: &Detector, id_key: &IdKey) -> Option<Key> {
        // A part may stand in one of the places only.
        let mut best: Option<Key> = None;
        for shown in &finding.places {
            let Some(text) = self.text(&shown.place) else { continue };
            let Some(key) = key_in(&text, finding, detector, id_key) else { continue };
            let complete = key.parts.len() == detector.rules().get(key.rule).parts.len();
            if best.as_ref().is_none_or(|best| key.parts.len() > best.parts.len()) {
                best = Some(key);
            }
            if complete {
                break;
            }
        }
        best
    }

    /// The text that a place lies in.
    fn text(&mut self, place: &Place) -> Option<Vec<u8>> {
        let target = PathBuf::from(place.target.to_os_str().ok()?);
        match place.source {
            SourceKind::Stdin | SourceKind::Patch => None,
            SourceKind::Tree => {
                let path = place.path.as_ref()?.to_path().ok()?;
                let file = if target.is_dir() { target.join(path) } else { target };
                let small = fs::metadata(&file).is_ok_and(|file| file.is_file() && file.len() <= MAX_TEXT as u64);
                small.then(|| fs::read(file).ok()).flatten()
            }
            SourceKind::Staged
            | SourceKind::History
            | SourceKind::CommitMessage
            | SourceKind::TagMessage
            | SourceKind::Unreachable => self.object(&target, &place.blob?),
        }
    }

    fn object(&mut self, target: &Path, oid: &Oid) -> Option<Vec<u8>> {
        let environment = &self.environment;
        let open = || Repo::discover_in(target, environment).ok().flatten();
        let repo = self.repositories.entry(target.to_owned()).or_insert_with(open).as_ref()?;
        let objects = super::objects(repo);
        objects.read(oid, MAX_TEXT).ok().map(|(_, bytes)| bytes)
    }
}

/// The match in `text` that is the finding's: its id says so, and an id is made of the secret alone.
fn key_in(text: &[u8], finding: &Finding, detector: &Detector, id_key: &IdKey) -> Option<Key> {
    let found = detector.scan(text, Fresh::All, &Carried::default());
    let matches = found.matches.iter().filter(|hit| *detector.rules().get(hit.rule).id == *finding.about.rule);
    let mut keys: Vec<Key> = matches
        .map(|hit| Record::of(&found, hit))
        .filter(|record| id_key.id(record.secret.expose()) == finding.id)
        .map(|record| super::key_of(detector, &record, &finding.masked))
        .collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.parts.len()));
    keys.into_iter().next()
}
