//! Where a finding stands, in words.

use std::path::{Path, absolute};

use bstr::ByteSlice;

use super::link;
use crate::{
    finding::{Finding, ShownPlace, group, printable::printable},
    location::{CommitInfo, Place, SourceKind, TagInfo},
};

/// A place as it is told: places that a person would call the same are told once.
pub struct Told<'f> {
    pub shown: &'f ShownPlace,
    /// `config/deploy.yml:14`.
    pub name: String,
    /// What else is to be known: `in HEAD`, `history only`.
    pub state: &'static str,
}

/// The first `limit` places of a finding, and how many remain. A file's line in the tree and in HEAD are one.
pub fn told(finding: &Finding, many_targets: bool, limit: usize) -> (Vec<Told<'_>>, u64) {
    let mut told: Vec<Told<'_>> = Vec::new();
    let mut covered = 0;
    for shown in &finding.places {
        let name = name(&shown.place, many_targets);
        let state = state(&shown.place);
        if let Some(same) = told.iter_mut().find(|known| known.name == name) {
            if state == "in HEAD" {
                same.state = state;
            }
            covered += 1;
        } else if told.len() < limit {
            told.push(Told { shown, name, state });
            covered += 1;
        }
    }
    (told, finding.places_total.saturating_sub(covered))
}

/// The commit that first brought it.
pub fn first_commit(finding: &Finding) -> Option<&CommitInfo> {
    let commits = finding.places.iter().filter_map(|shown| shown.place.commit.as_ref());
    commits.min_by_key(|commit| (commit.date, commit.oid))
}

/// The first tag that it stands in and that tells its date.
pub fn first_tag(finding: &Finding) -> Option<&TagInfo> {
    let tags = finding.places.iter().filter_map(|shown| shown.place.tag.as_ref());
    tags.filter(|tag| tag.date != 0).min_by_key(|tag| (tag.date, &tag.name))
}

/// The first 9 digits of a commit's id.
pub fn short(commit: &CommitInfo) -> String {
    let mut id = commit.oid.to_string();
    id.truncate(9);
    id
}

/// The file's address, where it is on this machine. A path counts from the top of the work tree that the target lies in.
pub fn address(place: &Place) -> Option<String> {
    let target = place.target.to_path().ok()?;
    let path = place.path.as_ref().and_then(|path| path.to_path().ok()).unwrap_or(Path::new(""));
    let target = absolute(target).ok()?;
    let file = match target.ancestors().find(|folder| folder.join(".git").exists()) {
        Some(top) => top.join(path),
        None if target.is_dir() => target.join(path),
        None => target,
    };
    let there = group::is_now(place) && file.is_file();
    there.then(|| format!("file://{}", link::escaped(file.as_os_str().as_encoded_bytes())))
}

/// First and last line, in HEAD where it still stands there.
pub fn lines(place: &Place) -> (u32, u32) {
    let first = place.head_line.unwrap_or(place.position.line);
    (first, first.saturating_add(place.position.end_line.saturating_sub(place.position.line)))
}

/// A place as people name it.
pub fn name(place: &Place, many_targets: bool) -> String {
    let line = place.head_line.unwrap_or(place.position.line);
    let path = place.path.as_ref().map(|path| printable(path));
    let name = match (place.source, path) {
        (SourceKind::CommitMessage, _) => match &place.commit {
            Some(commit) => format!("message of commit {}", short(commit)),
            None => "message of a commit".to_owned(),
        },
        (SourceKind::TagMessage, _) => match &place.tag {
            Some(tag) => format!("message of tag {}", printable(&tag.name)),
            None => "message of a tag".to_owned(),
        },
        (SourceKind::Stdin, None) => format!("standard input:{line}"),
        (_, Some(path)) => format!("{path}:{line}"),
        (_, None) => match place.blob {
            Some(blob) => format!("object {blob}:{line}"),
            None => format!("line {line}"),
        },
    };
    if many_targets { format!("{}: {name}", printable(&place.target)) } else { name }
}

/// What else is to be known of a place.
pub fn state(place: &Place) -> &'static str {
    match (place.source, group::in_head(place)) {
        (SourceKind::Staged, _) => "staged",
        (SourceKind::Patch, _) => "added by the diff",
        (SourceKind::Unreachable, _) => "in an object that nothing refers to",
        (SourceKind::CommitMessage | SourceKind::TagMessage, _) => "",
        (_, Some(true)) => "in HEAD",
        (_, Some(false)) => "history only",
        (_, None) => "",
    }
}
