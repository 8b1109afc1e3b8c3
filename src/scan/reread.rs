//! Secrets of a report, read again from where they lie: a report holds none.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use bstr::{BString, ByteSlice};

use crate::{
    blob::Fresh,
    detect::{Carried, Detector},
    finding::{Finding, FindingId, IdKey},
    location::{Oid, Place, SourceKind},
    scan::secrets::Record,
    source::{
        history::repo::{Environment, Repo},
        tree,
    },
    verify::Key,
};

/// Texts above this many bytes are not read again.
const MAX_TEXT: usize = 50 << 20;

/// The key of each finding, as it is known where the finding stands now; `None` where none of its places has it any more.
pub fn keys(findings: &[Finding], detector: &Detector, id_key: &IdKey) -> Vec<Option<Key>> {
    let mut reader = Reader { repositories: HashMap::new(), environment: Environment::of_process(), read: None };
    findings.iter().map(|finding| reader.key(finding, detector, id_key)).collect()
}

struct Reader {
    repositories: HashMap<PathBuf, Option<Repo>>,
    environment: Environment,
    /// What was found in the text that was read last: findings of one text come one after the other.
    read: Option<(TextId, Vec<Known>)>,
}

/// Which text it is: whose, and its path or object.
type TextId = (SourceKind, PathBuf, Option<BString>, Option<Oid>);

/// A secret of a text, its id once it was asked for.
struct Known {
    record: Record,
    id: Option<FindingId>,
}

impl Reader {
    fn key(&mut self, finding: &Finding, detector: &Detector, id_key: &IdKey) -> Option<Key> {
        // A part may stand in one of the places only.
        let mut best: Option<Key> = None;
        for shown in &finding.places {
            let Some(key) = self.key_at(&shown.place, finding, detector, id_key) else { continue };
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

    /// The secret in a place's text that is the finding's: its id says so, and an id is made of the secret alone.
    fn key_at(&mut self, place: &Place, finding: &Finding, detector: &Detector, id_key: &IdKey) -> Option<Key> {
        let target = PathBuf::from(place.target.to_os_str().ok()?);
        let id = (place.source, target, place.path.clone(), place.blob);
        if self.read.as_ref().is_none_or(|(read, _)| *read != id) {
            let known = self.text(place).map(|text| secrets(&text, detector)).unwrap_or_default();
            self.read = Some((id, known));
        }
        let known = self.read.as_mut().map(|(_, known)| known)?;
        let of_rule = |known: &&mut Known| *detector.rules().get(known.record.rule).id == *finding.about.rule;
        let mut keys: Vec<Key> = known
            .iter_mut()
            .filter(of_rule)
            .filter_map(|known| {
                let id = known.id.get_or_insert_with(|| id_key.id(known.record.secret.expose()));
                (*id == finding.id).then(|| super::key_of(detector, &known.record, &finding.masked))
            })
            .collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.parts.len()));
        keys.into_iter().next()
    }

    /// The text that a place lies in.
    fn text(&mut self, place: &Place) -> Option<Vec<u8>> {
        let target = PathBuf::from(place.target.to_os_str().ok()?);
        match place.source {
            SourceKind::Stdin | SourceKind::Patch => None,
            SourceKind::Tree => {
                let file = tree::on_disk(&target, place.path.as_ref()?.as_bstr(), &self.environment);
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

fn secrets(text: &[u8], detector: &Detector) -> Vec<Known> {
    let found = detector.scan(text, Fresh::All, &Carried::default());
    found.matches.iter().map(|hit| Known { record: Record::of(&found, hit), id: None }).collect()
}
