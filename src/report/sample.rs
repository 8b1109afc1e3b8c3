//! A report as a real scan gives it, for the tests of all formats.

use super::{Report, Summary};
use crate::{
    finding::{
        Groups, IdKey, Known, KnownPart, Reason, Sighting,
        group::Options,
        mask::{Span, excerpt},
    },
    location::{CommitInfo, Oid, Place, Position, SourceKind},
    problem::{Problem, ProblemKind, Skip, Tally},
    rule::{Confidence, Kind, Lifetime, PartSpec, Rule},
    secret::Secret,
};

const DAY: i64 = 86_400;
const NOW: i64 = 1_760_000_000;

/// Four findings of all confidences, with and without history, parts and many places; problems and skips.
pub fn report() -> Report {
    let rules = rules();
    let mut groups = Groups::default();
    let deploy = commit(1, NOW - 1360 * DAY, "Add the deploy job for the staging cluster");
    let tidy = commit(2, NOW - 900 * DAY, "Move settings to the environment");
    let line = b"      token: 'AAAA' # the bot's";
    let masked = "ghp_********wXyZ".to_owned();
    let shown = excerpt(line, 14..18, &[Span { range: 14..18, masked }]);
    groups.add(sighting(0, Confidence::High, tree(".github/workflows/deploy.yml", 14), Some(shown)));
    groups.add(sighting(
        0,
        Confidence::High,
        history(".github/workflows/deploy.yml", 9, &deploy, &tidy, Some(14)),
        None,
    ));
    for n in 0..40 {
        groups.add(sighting(0, Confidence::High, history(&format!("deploy/{n:02}.sh"), 3, &tidy, &tidy, None), None));
    }
    let aws = commit(3, NOW - 2011 * DAY, "Backups to S3");
    let line = b"AWS_SECRET_ACCESS_KEY=AAAA";
    let shown = excerpt(line, 22..26, &[Span { range: 22..26, masked: "********4sQx".to_owned() }]);
    groups.add(sighting(1, Confidence::High, history("scripts/backup/nightly.env", 2, &aws, &tidy, None), Some(shown)));
    groups.add(sighting(
        2,
        Confidence::Medium,
        tree("config/database.yml", 31),
        Some("url: postgres://app:********@db.example.com/app".to_owned()),
    ));
    let message = Place { path: None, source: SourceKind::CommitMessage, ..history("", 5, &tidy, &tidy, None) };
    groups.add(sighting(3, Confidence::Medium, message, None));
    groups.add(sighting(4, Confidence::Low, tree("test/fixtures/users.yml", 3), None));
    let options =
        Options { min_confidence: Confidence::Medium, now: NOW, show_secrets: false, id_key: IdKey::default() };
    let outcome = groups.finish(&options, |number, _| known(number, &rules));
    Report {
        complete: false,
        findings: outcome.findings,
        suppressed: vec![],
        problems: problems(),
        summary: summary(outcome.below_confidence),
    }
}

fn known(number: u32, rules: &[Rule]) -> Known<'_> {
    let text = [
        "ghp_{-}q7Zk1vW9{-}xR3tY5uB{-}8nM2pL4s{-}a1B2c3D4{-}wXyZ",
        "q7Zk1vW9{-}xR3tY5uB{-}8nM2pL4s{-}a1B2c3D4{-}e5F6{-}4sQx",
        "hunter2-and-more",
        "https://hooks.example.com/services/{-}q7Zk1vW9{-}xR3tY5uB{-}8nM2",
        "password1",
    ];
    let rule = &rules[(number as usize).min(3)];
    let id = || Secret::new(b"1111-2222-3333");
    Known {
        secret: Secret::new(text[number as usize].replace("{-}", "").as_bytes()),
        rule,
        public_prefix: [4, 0, 0, 35, 0][number as usize],
        parts: rule.parts.iter().map(|_| KnownPart { spec: 0, value: id(), public_prefix: 4, at: (1, 19) }).collect(),
        evidence: reasons(number),
    }
}

fn reasons(number: u32) -> Vec<Reason> {
    let reason = |name: &str, says: &str, weight| Reason { name: name.into(), says: says.into(), weight };
    match number {
        0 => vec![reason("checksum", "valid", None)],
        2 => vec![
            reason("entropy", "entropy of the value's characters, sixteenths of a bit each: 52", Some(113)),
            reason("path_test", "the path says test, spec or fixture: 0", Some(-41)),
        ],
        _ => vec![],
    }
}

fn rules() -> Vec<Rule> {
    let github = rule("github-pat-classic", "GitHub", "personal access token (classic)", Kind::PersonalAccessToken);
    let github = Rule {
        opens: "Everything its owner may do at GitHub within the token's scopes: private code, packages, workflows."
            .into(),
        rotate: "https://github.com/settings/tokens".into(),
        ..github
    };
    let aws = rule("aws-secret-access-key", "AWS", "secret access key", Kind::ApiKey);
    let part = PartSpec { name: "account".into(), rule: "aws-account".into(), shared: true };
    let aws = Rule {
        opens: "What the IAM user may do in its AWS account.".into(),
        rotate: "https://console.aws.amazon.com/iam/home#/security_credentials".into(),
        lifetime: Lifetime::Static,
        parts: vec![part].into(),
        ..aws
    };
    let url = rule("url-password", "URL", "password in a URL", Kind::Password);
    let url = Rule {
        opens: "What stands behind the address.".into(),
        rotate: "Set a new password at the server, then in whatever uses it.".into(),
        ..url
    };
    let hook = rule("example-webhook", "Example", "incoming webhook", Kind::Webhook);
    let hook = Rule {
        opens: "Posting messages to one channel.".into(),
        rotate: "https://example.com/apps".into(),
        lifetime: Lifetime::Static,
        ..hook
    };
    vec![github, aws, url, hook]
}

fn rule(id: &'static str, issuer: &'static str, name: &'static str, kind: Kind) -> Rule {
    let lifetime = Lifetime::Unknown;
    let issuer_name = issuer.into();
    Rule { issuer: issuer.to_lowercase().into(), issuer_name, name: name.into(), kind, lifetime, ..Rule::bare(id, "x") }
}

pub fn commit(n: u8, date: i64, subject: &str) -> CommitInfo {
    CommitInfo {
        oid: Oid::from_bytes(&[n.wrapping_mul(0x3f); 20]).unwrap(),
        author: ["Ana Prieto", "Jörg Lind", "陳大文"][usize::from(n) - 1].into(),
        email: "dev@example.com".into(),
        date,
        offset_minutes: 120,
        subject: subject.into(),
    }
}

fn tree(path: &str, line: u32) -> Place {
    Place {
        source: SourceKind::Tree,
        target: ".".into(),
        path: Some(path.into()),
        position: Position { offset: 100, end: 140, line, column: 15, end_line: line },
        blob: None,
        commit: None,
        last_commit: None,
        tag: None,
        head_line: None,
    }
}

fn history(path: &str, line: u32, first: &CommitInfo, last: &CommitInfo, head_line: Option<u32>) -> Place {
    Place {
        source: SourceKind::History,
        blob: Oid::from_bytes(&[0xab; 20]),
        commit: Some(first.clone()),
        last_commit: Some(last.clone()),
        head_line,
        ..tree(path, line)
    }
}

fn sighting(secret: u32, confidence: Confidence, place: Place, excerpt: Option<String>) -> Sighting {
    Sighting { secret, confidence, grounds: None, place, excerpt, mark: None }
}

fn problems() -> Vec<Problem> {
    let problem = |kind, what: &str, why: &str| Problem { kind, what: what.into(), why: why.into() };
    vec![
        problem(ProblemKind::Unreadable, "var/secrets", "permission denied"),
        problem(
            ProblemKind::Corrupt,
            "object 5f3c1e0b7a9d4c2e8f6a1b3c5d7e9f0a2b4c6d8e",
            "its compressed bytes end early; it and 3 versions made from it were not scanned",
        ),
    ]
}

fn summary(below_confidence: u64) -> Summary {
    let skipped = [(Skip::Ignored, 1204), (Skip::TooBig, 3), (Skip::Symlink, 1)].into();
    let tally =
        Tally { files: 4_812, blobs: 98_421, commits: 39_736, bytes: 5_812_345_678, fresh_bytes: 612_345_678, skipped };
    Summary {
        targets: vec![".".into()],
        remotes: [(".".to_owned(), "https://github.com/acme/app".to_owned())].into(),
        rules: 62,
        tally,
        below_confidence,
        suppressed: Default::default(),
        interrupted: false,
        notes: vec![],
        started_at: NOW,
        elapsed_ms: 2_740,
        stats: None,
    }
}
