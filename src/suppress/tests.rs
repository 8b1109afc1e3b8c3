use std::fs;

use super::*;
use crate::{
    finding::{Best, Groups, IdKey, Known, Sighting, Verification, group::Options},
    location::{CommitInfo, Oid, Place, Position, SourceKind},
    rule::Confidence,
    suppress::inline::OWN,
};

/// A finding with a place in a file of the tree, and one in that file's history.
fn finding(secret: &str) -> (Finding, Secret) {
    let secret = Secret::new(secret.as_bytes());
    let mut groups = Groups::default();
    for source in [SourceKind::Tree, SourceKind::History] {
        groups.add(sighting(source));
    }
    let rules = RuleSet::embedded();
    let rule = rules.get(rules.find("github-pat-classic").unwrap());
    let known = |_, _: &Best| Known { secret: secret.clone(), rule, public_prefix: 0, parts: vec![], evidence: vec![] };
    let id_key = IdKey::default();
    let options = Options { min_confidence: Confidence::Low, now: 0, show_secrets: false, id_key };
    let finding = groups.finish(&options, known).findings.remove(0);
    (finding, secret)
}

fn sighting(source: SourceKind) -> Sighting {
    let commit = || CommitInfo {
        oid: Oid::from_hex(b"0123456789012345678901234567890123456789").unwrap(),
        author: "Ana".into(),
        email: "ana@example.com".into(),
        date: 0,
        offset_minutes: 0,
        subject: "first".into(),
    };
    let place = Place {
        source,
        target: ".".into(),
        path: Some("a.env".into()),
        position: Position { offset: 0, end: 1, line: 1, column: 1, end_line: 1 },
        blob: None,
        commit: (source == SourceKind::History).then(commit),
        last_commit: (source == SourceKind::History).then(commit),
        tag: None,
        head_line: None,
    };
    Sighting { secret: 0, confidence: Confidence::High, grounds: None, place, excerpt: None, mark: None }
}

fn applied(policy: &Policy, mut all: Vec<(Finding, Secret)>) -> (Vec<Finding>, Told) {
    let rules = RuleSet::embedded();
    let (mut findings, secrets): (Vec<Finding>, Vec<Secret>) = all.drain(..).unzip();
    let told = policy.apply(&mut findings, secrets.iter(), &rules);
    (findings, told)
}

fn baseline(text: &str) -> Arc<Baseline> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.jsonl");
    fs::write(&path, format!("{{\"baseline\":1}}\n{text}\n")).unwrap();
    Arc::new(Baseline::read(&path, &IdKey::default()).unwrap().unwrap())
}

fn policy(own: Narrowing) -> Policy {
    Policy { others: Arc::new(own), today: jiff::civil::date(2026, 3, 1), ..Policy::default() }
}

fn mechanism(finding: &Finding) -> Option<Mechanism> {
    finding.suppressed.as_ref().map(|by| by.by)
}

#[test]
fn a_baseline_hides_one_secret_and_never_another_on_the_same_line() {
    let (one, other) = (finding("one-secret"), finding("another-secret"));
    let entry = format!("{{\"id\":\"{}\",\"reason\":\"ours\"}}", one.0.id);
    let policy = policy(Narrowing { baselines: vec![baseline(&entry)], ..Narrowing::default() });
    let (findings, told) = applied(&policy, vec![one, other]);
    assert_eq!((mechanism(&findings[0]), mechanism(&findings[1])), (Some(Mechanism::Baseline), None));
    assert_eq!(findings[0].suppressed.as_ref().unwrap().reason.as_deref(), Some("ours"));
    assert_eq!(told, Told::default());
}

#[test]
fn entries_that_expired_count_again_and_those_that_match_nothing_are_told() {
    let one = finding("one-secret");
    let gone = IdKey::default().id(b"gone");
    let lines = format!("{{\"id\":\"{}\",\"expires\":\"2026-02-28\"}}\n{{\"id\":\"{gone}\"}}", one.0.id);
    let policy = policy(Narrowing { baselines: vec![baseline(&lines)], ..Narrowing::default() });
    let (findings, told) = applied(&policy, vec![one]);
    assert_eq!((mechanism(&findings[0]), told.expired), (None, 1));
    assert_eq!(told.unmatched, [gone].into());
}

#[test]
fn a_mark_on_the_file_as_it_is_now_holds_for_its_past_and_for_no_other_file() {
    let marked = |words: &str| Some(Mark { mark: OWN, words: words.into(), ..Mark::default() });
    let mut one = finding("one-secret");
    one.0.places[0].mark = marked("github of a test");
    let mut other = finding("one-secret");
    other.0.places[0].mark = marked("");
    other.0.places[1].place.path = Some("b.env".into());
    let mut wrong = finding("one-secret");
    wrong.0.places.iter_mut().for_each(|shown| shown.mark = marked("slack"));
    let mut misspelt = finding("one-secret");
    misspelt.0.places.iter_mut().for_each(|shown| shown.mark = marked("github-pta x"));
    let mut by_id = finding("one-secret");
    let id = by_id.0.id.to_string();
    by_id.0.places.iter_mut().for_each(|shown| shown.mark = marked(&id));
    let (findings, told) = applied(&policy(Narrowing::default()), vec![one, other, wrong, misspelt, by_id]);
    let mechanisms: Vec<_> = findings.iter().map(mechanism).collect();
    assert_eq!(mechanisms, [Some(Mechanism::Inline), None, None, None, Some(Mechanism::Inline)]);
    assert_eq!(told.misspelt, ["github-pta".to_owned()].into());
    assert_eq!(told.without_reason, 1);
}

#[test]
fn places_that_are_not_listed_may_be_without_a_mark() {
    let mut one = finding("one-secret");
    one.0.places.iter_mut().for_each(|shown| shown.mark = Some(Mark { mark: OWN, ..Mark::default() }));
    one.0.places_total = 3;
    assert_eq!(mechanism(&applied(&policy(Narrowing::default()), vec![one]).0[0]), None);
}

#[test]
fn allowed_values_fit_all_conditions_of_an_entry() {
    let allow = |entry: Allow| {
        let policy = policy(Narrowing { allow: vec![Arc::new(entry)], ..Narrowing::default() });
        mechanism(&applied(&policy, vec![finding("one-Secret")]).0[0])
    };
    let lines = |line: &str| Some(IgnoreLines::new(&[line]).unwrap());
    let hit = Some(Mechanism::Allowed);
    assert_eq!(allow(Allow { values: vec![Secret::new(b"one-Secret")], ..Allow::default() }), hit);
    assert_eq!(allow(Allow { values: vec![Secret::new(b"one")], ..Allow::default() }), None);
    assert_eq!(allow(Allow { patterns: vec![allow::pattern("^one").unwrap()], ..Allow::default() }), hit);
    assert_eq!(allow(Allow { words: vec!["secret".into()], ..Allow::default() }), hit);
    let secret = || vec!["secret".to_owned()];
    assert_eq!(allow(Allow { words: secret(), rules: vec!["github".into()], ..Allow::default() }), hit);
    assert_eq!(allow(Allow { words: secret(), rules: vec!["slack*".into()], ..Allow::default() }), None);
    assert_eq!(allow(Allow { words: secret(), paths: lines("*.env"), ..Allow::default() }), hit);
    assert_eq!(allow(Allow { words: secret(), paths: lines("/sub/a.env"), ..Allow::default() }), None);
    assert_eq!(allow(Allow { words: secret(), commits: vec!["0123456".into()], ..Allow::default() }), None);
    let past = Some(jiff::civil::date(2026, 2, 1));
    assert_eq!(allow(Allow { words: secret(), expires: past, ..Allow::default() }), None);
}

#[test]
fn a_live_key_counts_unless_the_entry_says_even_if_live() {
    let (mut one, mut other) = (finding("one-secret"), finding("another-secret"));
    for finding in [&mut one.0, &mut other.0] {
        finding.verification = Some(Verification::of(Verdict::Live, "for a test"));
    }
    let lines = format!("{{\"id\":\"{}\"}}\n{{\"id\":\"{}\",\"even_if_live\":true}}", one.0.id, other.0.id);
    let policy = policy(Narrowing { baselines: vec![baseline(&lines)], ..Narrowing::default() });
    let (mut findings, _) = applied(&policy, vec![one, other]);
    let suppressed = settle(&mut findings);
    assert_eq!((findings.len(), suppressed.len()), (1, 1));
    assert!(findings[0].evidence[0].says.contains("the key works") && findings[0].suppressed.is_none());
    assert_eq!(count(&suppressed), [(Mechanism::Baseline, 1)].into());
}

#[test]
fn rules_that_are_off_or_not_among_the_only_ones_do_not_count() {
    let off = |own: Narrowing| mechanism(&applied(&policy(own), vec![finding("one-secret")]).0[0]);
    let names = |name: &str| vec![name.to_owned()];
    assert_eq!(off(Narrowing { rules_off: names("github"), ..Narrowing::default() }), Some(Mechanism::RuleOff));
    assert_eq!(off(Narrowing { rules_only: names("github-*"), ..Narrowing::default() }), None);
    assert_eq!(off(Narrowing { rules_only: names("slack"), ..Narrowing::default() }), Some(Mechanism::RuleOff));
}

#[test]
fn a_nested_repository_is_under_the_target_that_it_lies_in() {
    let own = |name: &str| Arc::new(Narrowing { rules_off: vec![name.into()], ..Narrowing::default() });
    let targets = [("a".into(), own("a")), ("a/b".into(), own("ab")), ("a-b".into(), own("a-b"))].into();
    let policy = Policy { targets, others: own("others"), ..Policy::default() };
    let of = |target: &str| policy.of(target.into()).rules_off[0].clone();
    assert_eq!(
        [of("a"), of("a/x"), of("a/b/c"), of("a-b"), of("ab"), of("z")],
        ["a", "a", "ab", "a-b", "others", "others"]
    );
}
