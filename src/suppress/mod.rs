//! Suppression: findings that somebody has looked at and that do not count.
//!
//! By four ways: a mark beside the secret ([`inline`]), an entry of a [`baseline`], an entry `[[allow]]` of a configuration
//! ([`mod@allow`]), a rule that a configuration turned off. A finding is suppressed where each of its places is; it is counted by what
//! did it, and never dropped silently. A key that works counts all the same, unless the mark or entry says `even_if_live`: so this
//! stage has two halves, [`Policy::apply`] after judgement and [`settle`] after the issuers were asked.

pub mod allow;
pub mod baseline;
pub mod inline;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bstr::{BStr, BString, ByteSlice};
use jiff::civil::Date;
use regex_automata::meta::Regex;

pub use self::{allow::Allow, baseline::Baseline};
use crate::{
    finding::{
        Finding, FindingId, Mark, Mechanism, ShownPlace, Suppressed, Verdict,
        group::{in_head, is_now},
    },
    rule::RuleSet,
    secret::Secret,
    source::globs::IgnoreLines,
};

/// What a target's configuration and baselines say about its findings.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    /// Paths that are left out, as lines of a `.gitignore` at the top of the repository.
    pub paths: Option<IgnoreLines>,
    /// Values that are known.
    pub allow: Vec<Arc<Allow>>,
    /// Rules or issuers that are turned off.
    pub rules_off: Vec<String>,
    /// The only rules or issuers that count, where there are any.
    pub rules_only: Vec<String>,
    /// Its own baseline and the organisation's.
    pub baselines: Vec<Arc<Baseline>>,
    /// Beginnings of ids of commits that do not count.
    pub commits: Vec<String>,
}

/// What all targets' configurations say.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Of each target, by its name in places.
    pub targets: BTreeMap<BString, Arc<Narrowing>>,
    /// Of all others.
    pub others: Arc<Narrowing>,
    /// Marks of other scanners count.
    pub foreign_marks: bool,
    /// Patterns of all entries' `lines`, each with its text.
    pub lines: Arc<Vec<(String, Regex)>>,
    /// Findings of rules that are newer than this do not make a scan fail.
    pub rules_as_of: Option<Date>,
    /// The present day.
    pub today: Date,
}

/// What is to be said about suppression besides the findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Baselines' entries whose day has passed and whose finding is still there.
    pub expired: usize,
    /// Entries that no finding has.
    pub unmatched: BTreeSet<FindingId>,
    /// Marks that name a rule that there is not.
    pub misspelt: BTreeSet<String>,
    /// Marks without a reason that suppress a finding.
    pub without_reason: usize,
}

impl Policy {
    /// The narrowing that counts for a place: a nested repository is under that of the target it lies in.
    pub fn of(&self, target: &BStr) -> &Narrowing {
        if let Some(own) = self.targets.get(target) {
            return own;
        }
        let around = self.targets.iter().rev().find(|(outer, _)| {
            let inside = target.strip_prefix(outer.as_slice());
            inside.is_some_and(|rest| outer.ends_with(b"/") || rest.starts_with(b"/"))
        });
        around.map_or(&*self.others, |(_, own)| own)
    }

    /// Marks the findings that do not count; `secrets` are theirs, in the same order. What a rule says that is off comes out of the list.
    pub fn apply<'s>(
        &self,
        findings: &mut [Finding],
        secrets: impl Iterator<Item = &'s Secret>,
        rules: &RuleSet,
    ) -> Told {
        let mut told = Told::default();
        let mut seen: BTreeSet<FindingId> = BTreeSet::new();
        for (finding, secret) in findings.iter_mut().zip(secrets) {
            seen.insert(finding.id.clone());
            finding.suppressed = self.suppressed(finding, secret, rules, &mut told);
            told.without_reason += usize::from(finding.suppressed.as_ref().is_some_and(|by| by.reason.is_none()));
            finding.warning = self.warning(finding, rules);
        }
        let all = self.targets.values().chain([&self.others]).flat_map(|own| &own.baselines);
        told.unmatched = all.flat_map(|baseline| baseline.ids()).filter(|id| !seen.contains(*id)).cloned().collect();
        told
    }

    fn suppressed(&self, finding: &Finding, secret: &Secret, rules: &RuleSet, told: &mut Told) -> Option<Suppressed> {
        let marked = marked_now(finding);
        let mut first = None;
        let mut all = true;
        let mut expired = false;
        for shown in &finding.places {
            let place = &shown.place;
            let own = self.of(place.target.as_bstr());
            let mark = shown
                .mark
                .as_ref()
                .or_else(|| marked.get(&(place.target.as_bstr(), place.path.as_ref()?.as_bstr())).copied());
            let by = self
                .by_rule(own, finding)
                .or_else(|| {
                    mark.filter(|mark| !mark.mark.is_empty())
                        .and_then(|mark| by_mark(mark, finding, rules, &mut told.misspelt))
                })
                .or_else(|| self.by_baseline(own, finding, &mut expired))
                .or_else(|| self.by_allow(own, finding, secret, shown));
            match by {
                Some(by) => first = first.or(Some(by)),
                None => all = false,
            }
        }
        told.expired += usize::from(expired);
        // Places that are not listed may be without a mark.
        let by_place = |by: &Suppressed| !matches!(by.by, Mechanism::Baseline | Mechanism::RuleOff);
        first.filter(|by| all && (finding.places_total == finding.places.len() as u64 || !by_place(by)))
    }

    fn by_rule(&self, own: &Narrowing, finding: &Finding) -> Option<Suppressed> {
        let names = |name: &String| allow::names(name, &finding.about.rule, &finding.about.issuer);
        let off = own.rules_off.iter().any(names) || (!own.rules_only.is_empty() && !own.rules_only.iter().any(names));
        off.then(|| Suppressed {
            by: Mechanism::RuleOff,
            reason: Some("its rule is off".to_owned()),
            at: None,
            even_if_live: true,
        })
    }

    fn by_baseline(&self, own: &Narrowing, finding: &Finding, expired: &mut bool) -> Option<Suppressed> {
        for baseline in &own.baselines {
            if let Some(entry) = baseline.entry(&finding.id, self.today) {
                return Some(Suppressed {
                    by: Mechanism::Baseline,
                    reason: entry.reason.clone(),
                    at: Some(crate::source::files::shown(&baseline.path)),
                    even_if_live: entry.even_if_live,
                });
            }
            *expired |= baseline.has_expired(&finding.id, self.today);
        }
        None
    }

    fn by_allow(&self, own: &Narrowing, finding: &Finding, secret: &Secret, shown: &ShownPlace) -> Option<Suppressed> {
        let brought = || shown.place.commit.as_ref().map(|commit| commit.oid.to_string());
        if !own.commits.is_empty()
            && brought().is_some_and(|oid| own.commits.iter().any(|start| oid.starts_with(start)))
        {
            let reason = Some("its commit is left out".to_owned());
            return Some(Suppressed { by: Mechanism::Allowed, reason, at: None, even_if_live: false });
        }
        let covers = |allow: &&Arc<Allow>| allow.covers(finding, secret, shown, self.today);
        own.allow.iter().find(covers).map(|allow| Suppressed {
            by: Mechanism::Allowed,
            reason: allow.reason.clone(),
            at: Some(allow.at.clone()),
            even_if_live: allow.even_if_live,
        })
    }

    fn warning(&self, finding: &Finding, rules: &RuleSet) -> Option<String> {
        let as_of = self.rules_as_of?;
        let rule = rules.get(rules.find(&finding.about.rule)?);
        let since: Date = rule.since.as_deref()?.parse().ok()?;
        (since > as_of).then(|| format!("its rule is of {since}, and rules_as_of is {as_of}"))
    }
}

/// Paths in which every place of the present has a mark: what is said of a file as it is now holds for its past. The present is the
/// working tree, and HEAD where the tree was not looked at or has the file no more.
fn marked_now(finding: &Finding) -> BTreeMap<(&BStr, &BStr), &Mark> {
    let mut marked: BTreeMap<(&BStr, &BStr), (bool, Option<&Mark>)> = BTreeMap::new();
    for shown in finding.places.iter().filter(|shown| is_now(&shown.place)) {
        let Some(path) = &shown.place.path else { continue };
        let (in_head, mark) = (in_head(&shown.place).is_some(), shown.mark.as_ref());
        let known = marked.entry((shown.place.target.as_bstr(), path.as_bstr())).or_insert((in_head, mark));
        match (known.0, in_head) {
            (true, false) => *known = (false, mark),
            (false, true) => {}
            _ => known.1 = known.1.and(mark),
        }
    }
    marked.into_iter().filter_map(|(key, (_, mark))| Some((key, mark?))).collect()
}

fn by_mark(mark: &Mark, finding: &Finding, rules: &RuleSet, misspelt: &mut BTreeSet<String>) -> Option<Suppressed> {
    let reason = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    if mark.mark != inline::OWN {
        return Some(Suppressed {
            by: Mechanism::ForeignMark,
            reason: reason(&mark.words),
            at: Some(mark.mark.to_owned()),
            even_if_live: false,
        });
    }
    let said = inline::said(&mark.words, rules);
    if let Some(only) = &said.only {
        let is_id = FindingId::from_text(only).is_some();
        if !is_id && !allow::is_known(only, rules) {
            misspelt.insert(only.clone());
        }
        if *only != *finding.id.as_str() && !allow::names(only, &finding.about.rule, &finding.about.issuer) {
            return None;
        }
    }
    Some(Suppressed { by: Mechanism::Inline, reason: said.reason, at: None, even_if_live: said.even_if_live })
}

/// Takes the suppressed out of the findings; those whose key works come back, with a word about it.
pub fn settle(findings: &mut Vec<Finding>) -> Vec<Finding> {
    for finding in findings.iter_mut() {
        let is_live = finding.verification.as_ref().is_some_and(|said| said.verdict == Verdict::Live);
        if is_live && let Some(by) = finding.suppressed.take_if(|by| !by.even_if_live) {
            finding.evidence.insert(
                0,
                crate::finding::Reason {
                    name: "live_though_suppressed".to_owned(),
                    says: format!("suppressed ({}), and the key works", by.by.as_str()),
                    weight: None,
                },
            );
        }
    }
    findings.extract_if(.., |finding| finding.suppressed.is_some()).collect()
}

/// How many findings each mechanism suppressed.
pub fn count(suppressed: &[Finding]) -> BTreeMap<Mechanism, u64> {
    let mut counts = BTreeMap::new();
    for by in suppressed.iter().filter_map(|finding| finding.suppressed.as_ref()) {
        *counts.entry(by.by).or_default() += 1;
    }
    counts
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
