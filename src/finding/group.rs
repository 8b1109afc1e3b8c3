//! From places to findings.
//!
//! Places come in any order and in any number, from several threads' results; they are put to their secret's number as they
//! come. A secret keeps the [`MAX_PLACES`] that come first in a report and counts the rest, so that memory depends on
//! the number of secrets. What comes out depends on the set of places only, not on their order.

use std::sync::Arc;

use bstr::BString;
use rayon::prelude::*;

use super::{
    About, Finding, IdKey, Mark, Masker, Part, Reason, ShownPlace,
    mask::{self, STARS},
};
use crate::{
    detect::context::evidence::Evidence,
    location::{CommitInfo, Place, SourceKind},
    rule::{Confidence, Kind, Rule},
    secret::Secret,
};

/// Places that a finding lists at most; the others are counted.
pub const MAX_PLACES: usize = 1000;

const SECONDS_A_DAY: i64 = 86_400;

/// A secret seen in a place.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Number of the secret; small numbers, each distinct secret one.
    pub secret: u32,
    /// How sure we are of this place.
    pub confidence: Confidence,
    /// What stands around it there, where that tells something.
    pub grounds: Option<Arc<Evidence>>,
    /// Where.
    pub place: Place,
    /// The line there, with every secret in it masked ([`mask::excerpt`]), where it is at hand.
    pub excerpt: Option<String>,
    /// A mark beside it.
    pub mark: Option<Mark>,
}

/// What is known about a secret apart from its places.
#[derive(Clone, Debug)]
pub struct Known<'r> {
    /// Its bytes.
    pub secret: Secret,
    /// The rule that says most about it.
    pub rule: &'r Rule,
    /// How many first bytes are the same in all secrets of the rule.
    pub public_prefix: usize,
    /// Its companions.
    pub parts: Vec<KnownPart>,
    /// What speaks for and against it.
    pub evidence: Vec<Reason>,
}

/// The place of a secret that says most, as far as judgement is concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Best {
    /// What stands around it.
    pub grounds: Option<Arc<Evidence>>,
    /// The path.
    pub path: Option<BString>,
}

/// A companion that was found.
#[derive(Clone, Debug)]
pub struct KnownPart {
    /// Index in the rule's `parts`.
    pub spec: u16,
    /// Its bytes.
    pub value: Secret,
    /// How many first bytes are the same in all values of the companion's rule.
    pub public_prefix: usize,
    /// Line and column in the text it was found in.
    pub at: (u32, u32),
}

/// How findings are made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Findings below are counted only.
    pub min_confidence: Confidence,
    /// The present, seconds since 1970-01-01 UTC.
    pub now: i64,
    /// Keep the secrets for `--show-secrets`.
    pub show_secrets: bool,
    /// What ids are made with.
    pub id_key: IdKey,
}

/// What grouping gives.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The worst first.
    pub findings: Vec<Finding>,
    /// The number of each finding's secret, in the order of the findings.
    pub numbers: Vec<u32>,
    /// How many were left out for their confidence.
    pub below_confidence: u64,
    /// Masks the secrets of all findings in other texts of a report.
    pub masker: Masker,
}

/// Places put to their secrets.
#[derive(Debug, Default)]
pub struct Groups(Vec<Group>);

#[derive(Debug, Default)]
struct Group {
    total: u64,
    places: Vec<ShownPlace>,
    confidence: Option<Confidence>,
    best: Best,
    first_seen: Option<i64>,
    last_seen: Option<i64>,
    in_head: Option<bool>,
}

impl Groups {
    /// Takes in one place. Each place is given once.
    pub fn add(&mut self, sighting: Sighting) {
        let group = self.group(sighting.secret);
        let place = &sighting.place;
        group.total += 1;
        group.take_best(sighting.confidence, sighting.grounds, place.path.as_ref());
        let date = |commit: &CommitInfo| commit.date;
        if let Some(first) = place.commit.as_ref().map(date) {
            group.first_seen = Some(group.first_seen.map_or(first, |known| known.min(first)));
        }
        group.last_seen = group.last_seen.max(place.last_commit.as_ref().or(place.commit.as_ref()).map(date));
        group.in_head = group.in_head.max(in_head(place));
        group.places.push(ShownPlace { place: sighting.place, excerpt: sighting.excerpt, mark: sighting.mark });
        if group.places.len() >= 4 * MAX_PLACES {
            group.keep_first();
        }
    }

    /// Takes in a place that is not to be listed, as its confidence is below what is asked for and the secret too weak to be
    /// the same one wherever its text stands.
    pub fn add_unlisted(&mut self, secret: u32, confidence: Confidence) {
        let group = self.group(secret);
        group.confidence = group.confidence.max(Some(confidence));
    }

    /// Counts places of a secret that are too many to walk.
    pub fn count_more(&mut self, secret: u32, places: u64) {
        let group = self.group(secret);
        group.total = group.total.saturating_add(places);
    }

    /// Makes the findings. `known` tells about the secret of a number; it is asked for those that have a place.
    pub fn finish<'r>(self, options: &Options, known: impl Fn(u32, &Best) -> Known<'r> + Sync) -> Outcome {
        let mut shown = Vec::new();
        let mut below_confidence = 0;
        for (number, group) in self.0.into_iter().enumerate() {
            match group.confidence {
                Some(confidence) if confidence >= options.min_confidence => {
                    shown.push((number as u32, confidence, group));
                }
                Some(_) => below_confidence += 1,
                None => {}
            }
        }
        let mut made: Vec<(Finding, Secret, u32)> = shown
            .into_par_iter()
            .map(|(number, confidence, group)| {
                let known = known(number, &group.best);
                let (finding, secret) = group.finish(known, confidence, options);
                (finding, secret, number)
            })
            .collect();
        let masker = Masker::new(made.iter().map(|(finding, secret, _)| (secret.expose(), &*finding.masked)));
        made.sort_by(|(a, ..), (b, ..)| rank(a).cmp(&rank(b)).then_with(|| a.id.cmp(&b.id)));
        let (mut findings, numbers): (Vec<Finding>, Vec<u32>) =
            made.into_iter().map(|(finding, _, number)| (finding, number)).unzip();
        for shown in findings.iter_mut().flat_map(|finding| &mut finding.places) {
            mask_place(shown, &masker);
        }
        Outcome { findings, numbers, below_confidence, masker }
    }

    fn group(&mut self, secret: u32) -> &mut Group {
        let at = secret as usize;
        if self.0.len() <= at {
            self.0.resize_with(at + 1, Group::default);
        }
        &mut self.0[at]
    }
}

impl Group {
    /// Of places of one confidence the same one, in whatever order they come.
    fn take_best(&mut self, confidence: Confidence, grounds: Option<Arc<Evidence>>, path: Option<&BString>) {
        let key = |best: &Best| (best.grounds.clone(), best.path.clone());
        let new = Best { grounds, path: path.cloned() };
        if Some(confidence) > self.confidence || Some(confidence) == self.confidence && key(&new) < key(&self.best) {
            self.best = new;
        }
        self.confidence = self.confidence.max(Some(confidence));
    }

    /// Sorts the places and keeps those that a report lists.
    fn keep_first(&mut self) {
        self.places.sort_by(|a, b| (!is_now(&a.place), &a.place).cmp(&(!is_now(&b.place), &b.place)));
        self.places.truncate(MAX_PLACES);
    }

    fn finish(mut self, known: Known<'_>, confidence: Confidence, options: &Options) -> (Finding, Secret) {
        self.keep_first();
        let days = self.first_seen.map(|first| (options.now.saturating_sub(first) / SECONDS_A_DAY).max(0));
        let finding = Finding {
            id: options.id_key.id(known.secret.expose()),
            about: About::of(known.rule),
            confidence,
            masked: mask::mask(known.secret.expose(), known.public_prefix, known.rule.kind),
            secret: options.show_secrets.then(|| known.secret.clone()),
            places: self.places,
            places_total: self.total,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            in_head: self.in_head,
            exposed_days: days.map(|days| u32::try_from(days).unwrap_or(u32::MAX)),
            parts: parts(&known, options.show_secrets),
            evidence: known.evidence,
            verification: None,
            suppressed: None,
            warning: None,
        };
        (finding, known.secret)
    }
}

impl About {
    fn of(rule: &Rule) -> Self {
        Self {
            rule: rule.id.to_string(),
            name: rule.name.to_string(),
            issuer: rule.issuer.to_string(),
            issuer_name: rule.issuer_name.to_string(),
            kind: rule.kind,
            lifetime: rule.lifetime,
            opens: rule.opens.to_string(),
            rotate: rule.rotate.to_string(),
        }
    }
}

/// Whether HEAD has it; `None` where the place is not one of history, and where nobody looked: in a range, and after an
/// early end.
pub fn in_head(place: &Place) -> Option<bool> {
    match place.source {
        SourceKind::History if place.head_line.is_some() => Some(true),
        SourceKind::History => place.last_commit.is_some().then_some(false),
        SourceKind::Unreachable => Some(place.head_line.is_some()),
        SourceKind::CommitMessage | SourceKind::TagMessage => None,
        SourceKind::Tree | SourceKind::Staged | SourceKind::Stdin | SourceKind::Patch => None,
    }
}

/// Whether it stands there now, rather than in the past.
pub fn is_now(place: &Place) -> bool {
    let is_message = matches!(place.source, SourceKind::CommitMessage | SourceKind::TagMessage);
    in_head(place).unwrap_or(!is_message)
}

/// What a person should see first: sure ones, those that are still there, the longest exposed; then what belongs together.
fn rank(finding: &Finding) -> impl Ord + '_ {
    let now = finding.places.first().is_some_and(|shown| is_now(&shown.place));
    let first = finding.first_seen.unwrap_or(i64::MAX);
    (std::cmp::Reverse((finding.confidence, now)), first, &finding.about.issuer, &finding.about.rule)
}

/// The rule's companions: those found, and those that are missing.
fn parts(known: &Known<'_>, show_secrets: bool) -> Vec<Part> {
    let found = |spec: usize| known.parts.iter().find(|part| usize::from(part.spec) == spec);
    let specs = known.rule.parts.iter().enumerate();
    specs.map(|(spec, about)| part(&about.name, found(spec), show_secrets)).collect()
}

fn part(name: &str, found: Option<&KnownPart>, show_secrets: bool) -> Part {
    let plain = is_public(name);
    let value = found.map(|part| match part.value.expose() {
        value if plain && !value.contains(&b'@') => super::printable::printable(value),
        value if plain => format!("{STARS}@{}", super::printable::printable(after_userinfo(value))),
        value => mask::mask(value, part.public_prefix, Kind::ApiKey),
    });
    Part {
        name: name.to_owned(),
        value,
        masked: !plain,
        secret: found.filter(|_| show_secrets && !plain).map(|part| part.value.clone()),
        at: found.map(|part| part.at),
    }
}

/// Names of companions that are no secrets. Any other is masked.
pub fn is_public(name: &str) -> bool {
    const PUBLIC: [&str; 16] = [
        "id",
        "host",
        "azure_host",
        "domain",
        "endpoint",
        "service",
        "shop",
        "site",
        "region",
        "tenant",
        "account",
        "organisation",
        "project",
        "workspace",
        "user",
        "username",
    ];
    PUBLIC.contains(&name) || name.ends_with("_id")
}

/// A host may come with a user and password in front.
fn after_userinfo(value: &[u8]) -> &[u8] {
    value.rsplit(|byte| *byte == b'@').next().unwrap_or_default()
}

fn mask_place(shown: &mut ShownPlace, masker: &Masker) {
    let mask = |text: &mut bstr::BString| {
        if let Some(masked) = masker.mask(text) {
            *text = masked.into();
        }
    };
    shown.place.path.as_mut().map(mask);
    for commit in [&mut shown.place.commit, &mut shown.place.last_commit].into_iter().flatten() {
        [&mut commit.subject, &mut commit.author, &mut commit.email].into_iter().for_each(mask);
    }
    if let Some(masked) = shown.excerpt.as_ref().and_then(|text| masker.mask(text.as_bytes())) {
        shown.excerpt = Some(super::printable::printable(&masked));
    }
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
