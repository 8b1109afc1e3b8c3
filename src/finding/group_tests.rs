use bstr::BString;

use super::*;
use crate::{
    location::{Oid, Position},
    rule::PartSpec,
};

fn rule(kind: Kind) -> Rule {
    Rule { kind, issuer: "acme".into(), issuer_name: "Acme".into(), ..Rule::bare("acme-key", "acme_[a-z0-9]{24}") }
}

fn key(end: &str) -> Secret {
    Secret::new(format!("acme_{{-}}q7zk1vw9{{-}}xr3ty5ub{{-}}8nm2{end}").replace("{-}", "").as_bytes())
}

fn commit(date: i64, subject: &[u8]) -> CommitInfo {
    CommitInfo {
        oid: Oid::from_bytes(&[7; 20]).unwrap(),
        author: "Jane".into(),
        email: "jane@example.com".into(),
        date,
        offset_minutes: 0,
        subject: subject.into(),
    }
}

fn place(path: &str, line: u32, commit: Option<CommitInfo>, head_line: Option<u32>) -> Place {
    Place {
        source: if commit.is_some() { SourceKind::History } else { SourceKind::Tree },
        target: ".".into(),
        path: Some(path.into()),
        position: Position { offset: 0, end: 1, line, column: 1, end_line: line },
        blob: None,
        last_commit: commit.clone(),
        commit,
        head_line,
        tag: None,
    }
}

fn sighting(secret: u32, confidence: Confidence, place: Place) -> Sighting {
    Sighting { secret, confidence, grounds: None, place, excerpt: None, mark: None }
}

fn options() -> Options {
    Options {
        min_confidence: Confidence::Medium,
        now: 100 * SECONDS_A_DAY + 5,
        show_secrets: false,
        id_key: IdKey::default(),
    }
}

fn finish(groups: Groups, rule: &Rule) -> Outcome {
    let known = |number: u32, _: &Best| Known {
        secret: key(&format!("p{number:03}")),
        rule,
        public_prefix: 5,
        parts: vec![],
        evidence: vec![],
    };
    groups.finish(&options(), known)
}

#[test]
fn a_secret_in_many_places_is_one_finding_with_its_dates() {
    let mut groups = Groups::default();
    groups.add(sighting(0, Confidence::Low, place("b", 1, Some(commit(40 * SECONDS_A_DAY, b"Two")), None)));
    groups.add(sighting(0, Confidence::High, place("a", 2, Some(commit(30 * SECONDS_A_DAY, b"One")), Some(9))));
    groups.add(sighting(0, Confidence::Low, place("z", 3, None, None)));
    let outcome = finish(groups, &rule(Kind::ApiKey));
    let [finding] = &outcome.findings[..] else { panic!("{outcome:?}") };
    assert_eq!((finding.confidence, finding.places_total), (Confidence::High, 3));
    assert_eq!((finding.first_seen, finding.last_seen), (Some(30 * SECONDS_A_DAY), Some(40 * SECONDS_A_DAY)));
    assert_eq!((finding.exposed_days, finding.in_head), (Some(70), Some(true)));
    let paths: Vec<_> = finding.places.iter().map(|shown| shown.place.path.clone().unwrap()).collect();
    assert_eq!(paths, ["z", "a", "b"], "what is there now comes first");
}

#[test]
fn findings_come_worst_first_and_those_below_the_asked_confidence_are_counted() {
    let mut groups = Groups::default();
    let old = Some(commit(1, b""));
    groups.add(sighting(0, Confidence::Low, place("a", 1, None, None)));
    groups.add(sighting(1, Confidence::Medium, place("a", 2, None, None)));
    groups.add(sighting(2, Confidence::High, place("a", 3, old.clone(), None)));
    groups.add(sighting(4, Confidence::High, place("a", 4, old, Some(1))));
    let outcome = finish(groups, &rule(Kind::ApiKey));
    let lines: Vec<u32> = outcome.findings.iter().map(|finding| finding.places[0].place.position.line).collect();
    assert_eq!((lines, outcome.below_confidence), (vec![4, 3, 2], 1));
}

#[test]
fn the_first_thousand_places_are_the_same_whatever_order_they_came_in() {
    let paths: Vec<u32> = (0..9000).collect();
    let listed = |order: &mut dyn Iterator<Item = &u32>| {
        let mut groups = Groups::default();
        order.for_each(|n| groups.add(sighting(0, Confidence::High, place(&format!("{n:05}"), 1, None, None))));
        groups.count_more(0, 10_000_000_000);
        let finding = finish(groups, &rule(Kind::ApiKey)).findings.remove(0);
        assert_eq!(finding.places_total, 10_000_009_000);
        finding.places.into_iter().map(|shown| shown.place.path.unwrap()).collect::<Vec<BString>>()
    };
    let forward = listed(&mut paths.iter());
    assert_eq!(forward, listed(&mut paths.iter().rev()));
    assert_eq!((forward.len(), &forward[999]), (1000, &BString::from("00999")));
}

#[test]
fn a_secret_in_a_subject_or_path_is_masked_there() {
    let secret = key("p000");
    let subject = [b"Rotate ", secret.expose()].concat();
    let mut groups = Groups::default();
    let mut at = place("x", 1, Some(commit(5, &subject)), None);
    at.path = Some(secret.expose().into());
    groups.add(sighting(0, Confidence::High, at));
    let outcome = finish(groups, &rule(Kind::ApiKey));
    let shown = &outcome.findings[0].places[0].place;
    assert_eq!(shown.commit.as_ref().unwrap().subject, "Rotate acme_********p000");
    assert_eq!(shown.path.as_ref().unwrap(), "acme_********p000");
    assert!(outcome.findings[0].secret.is_none());
}

#[test]
fn parts_are_plain_only_where_their_name_says_that_they_are_no_secret() {
    let mut rule = rule(Kind::M2mClient);
    let spec = |name: &str| PartSpec { name: name.to_owned().into(), rule: "x".into(), shared: false };
    rule.parts = vec![spec("client_id"), spec("pass"), spec("host"), spec("id")].into();
    let found =
        |spec, value: &str| KnownPart { spec, value: Secret::new(value.as_bytes()), public_prefix: 0, at: (3, 4) };
    let mut groups = Groups::default();
    groups.add(sighting(0, Confidence::High, place("a", 1, None, None)));
    let known = |_, _: &Best| Known {
        secret: key("p000"),
        rule: &rule,
        public_prefix: 5,
        parts: vec![found(0, "me"), found(1, "hunter2"), found(2, "u:p@db")],
        evidence: vec![],
    };
    let parts = groups.finish(&options(), known).findings.remove(0).parts;
    let shown: Vec<_> = parts.iter().map(|part| (&*part.name, part.value.as_deref(), part.masked)).collect();
    assert_eq!(
        shown,
        [
            ("client_id", Some("me"), false),
            ("pass", Some("********"), true),
            ("host", Some("********@db"), false),
            ("id", None, false)
        ]
    );
}
