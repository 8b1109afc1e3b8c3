use super::*;
use crate::config::{Voice, parse};

fn rules() -> RuleSet {
    RuleSet::embedded()
}

fn gitleaks(text: &str) -> Imported {
    let detector = Detector::new(std::sync::Arc::new(rules())).unwrap();
    gitleaks::config(text, Path::new(".gitleaks.toml"), &detector, 0).unwrap()
}

/// What was written is read by ourselves.
fn readable(imported: &Imported) {
    let text = imported.draft.text("x");
    let read = parse(&text, Path::new("keysweep.toml"), Voice::Repository);
    assert!(read.is_ok(), "{text}\n{:?}", read.err());
    if let Some(rules) = &imported.rules {
        crate::rule::file::parse(rules, FILE, ISSUER).unwrap();
    }
}

fn left(imported: &Imported) -> String {
    imported.left.iter().map(|(what, why)| format!("{what}: {why}\n")).collect()
}

#[test]
fn a_configuration_of_gitleaks_is_carried_over() {
    let imported = gitleaks(
        r#"
title = "ours"
[extend]
useDefault = true
disabledRules = ["generic-api-key", "aws-access-token"]
[allowlist]
description = "tests"
paths = ['''(^|/)testdata/''', '''\.svg$''']
regexes = ['''EXAMPLE''']
stopwords = ["dummy"]
commits = ["0123456789abcdef0123456789abcdef01234567", "HEAD"]
[[allowlists]]
description = "both"
condition = "AND"
targetRules = ["github-pat"]
paths = ['''docs/''']
regexTarget = "line"
regexes = ['''example''']
[[rules]]
id = "acme-token"
description = "Acme's deploy token"
regex = '''\b(acme_[a-z0-9]{24})\b'''
keywords = ["acme_"]
entropy = 3.5
[[rules.allowlists]]
regexes = ['''acme_0{24}''']
[[rules]]
id = "acme-legacy"
regex = '''(?i)acme.{0,20}['"]([0-9a-f]{32})['"]'''
keywords = ["acme"]
[[rules]]
id = "env-file"
path = '''\.env$'''
[[rules]]
id = "github-pat"
regex = '''ghp_[0-9a-zA-Z]{36}'''
[[rules]]
id = "github-internal"
regex = '''ghint_[a-z0-9]{30}'''
[rules.allowlist]
stopwords = ["ghint_test"]
"#,
    );
    readable(&imported);
    let draft = &imported.draft;
    assert_eq!(draft.paths.exclude_patterns, ["(^|/)testdata/", r"\.svg$"]);
    assert_eq!(draft.paths.commits, ["0123456789abcdef0123456789abcdef01234567"]);
    assert_eq!(draft.rules.off, ["generic"]);
    assert_eq!(
        (&draft.allow[0].patterns[..], &draft.allow[0].rules[..]),
        (&["acme_0{24}".to_owned()][..], &[pattern::id("acme-legacy").replace("legacy", "token")][..])
    );
    let both = draft.allow.iter().find(|entry| entry.reason.as_deref() == Some("both")).unwrap();
    assert_eq!((&both.rules[0][..], &both.path_patterns[0][..], &both.lines[0][..]), ("github", "docs/", "example"));
    let text = imported.rules.as_deref().unwrap();
    let [(theirs, ours)] = &imported.covered[..] else { panic!("{:?}", imported.covered) };
    assert!(theirs == "github-pat" && ours.starts_with("github, which finds 32 of 32 "), "{ours}");
    assert!(text.contains("imported-github-internal"), "called like ours, and another format: {text}");
    assert!(text.contains("imported-acme-token") && text.contains("imported-acme-legacy"), "{text}");
    let left = left(&imported);
    for said in ["aws-access-token", "commit HEAD", "entropy 3.5", "env-file"] {
        assert!(left.contains(said), "{said} is not in\n{left}");
    }
}

#[test]
fn rules_that_were_carried_over_find_what_they_found() {
    let imported = gitleaks(
        r#"
[[rules]]
id = "acme-deploy"
regex = '''\b(acme_[a-z0-9]{24})(?:['"\s]|$)'''
[[rules]]
id = "acme-old-style"
regex = '''(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|:)[\s'"]{0,5}([0-9a-f]{32})(?:['"\s]|$)'''
keywords = ["acme"]
"#,
    );
    readable(&imported);
    let set = RuleSet::from_text(ISSUER, imported.rules.as_deref().unwrap()).unwrap();
    let detector = crate::detect::Detector::new(std::sync::Arc::new(set)).unwrap();
    let found = |text: &str| {
        let text = text.replace("{-}", "");
        let found = detector.scan(text.as_bytes(), crate::blob::Fresh::All, &Default::default());
        let secrets = found.matches.iter().map(|hit| found.bytes(&hit.position).to_vec());
        secrets.map(|secret| String::from_utf8(secret).unwrap()).collect::<Vec<_>>()
    };
    let key = "acme_{-}q7zk1vw9{-}xr3ty5ub{-}8nm2p001".replace("{-}", "");
    assert_eq!(found(&format!("x = '{key}'\n")), std::slice::from_ref(&key));
    assert!(found(&format!("x = 'y{key}'\n")).is_empty());
    let hex = "0f1e2d3c4b5a6978{-}8796a5b4c3d2e1f0".replace("{-}", "");
    assert_eq!(found(&format!("ACME_TOKEN = \"{hex}\"\n")), std::slice::from_ref(&hex));
    assert!(found(&format!("OTHER_TOKEN = \"{hex}\"\n")).is_empty());
}

#[test]
fn fingerprints_are_places_with_or_without_a_commit() {
    let imported = gitleaks::ignored(
        "# a comment\n0123456789abcdef0123456789abcdef01234567:a/b:c.py:generic-api-key:12\nx.env:aws-access-token:3\nnonsense\n",
    );
    let place = |commit: Option<&str>, path: &str, line, called: &str| Accepted {
        commit: commit.map(str::to_owned),
        path: path.to_owned(),
        line: Some(line),
        sha1: None,
        called: called.to_owned(),
    };
    assert_eq!(
        imported.accepted,
        [
            place(Some("0123456789abcdef0123456789abcdef01234567"), "a/b:c.py", 12, "generic-api-key"),
            place(None, "x.env", 3, "aws-access-token"),
        ]
    );
    assert!(left(&imported).starts_with("nonsense: "));
}

#[test]
fn a_baseline_of_detect_secrets_gives_places_and_exclusions() {
    let text = r#"{ "version": "1.5.0",
        "plugins_used": [{ "name": "Base64HighEntropyString", "limit": 4.5 }, { "name": "Own", "path": "file://own.py" }],
        "filters_used": [
            { "path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["\\.lock$"] },
            { "path": "detect_secrets.filters.regex.should_exclude_line", "pattern": ["nonce"] },
            { "path": "detect_secrets.filters.wordlist.should_exclude_secret", "file_name": "words.txt" },
            { "path": "detect_secrets.filters.heuristic.is_lock_file" }
        ],
        "results": { "a\\b.py": [
            { "type": "Secret Keyword", "filename": "a\\b.py", "hashed_secret": "AB", "is_verified": false, "line_number": 7 },
            { "type": "Secret Keyword", "filename": "a\\b.py", "hashed_secret": "CD", "is_secret": true, "line_number": 8 }
        ] } }"#;
    let imported = detect_secrets::baseline(text).unwrap();
    readable(&imported);
    assert_eq!(imported.draft.paths.exclude_patterns, [r"\.lock$", r"(^|/)\.secrets\.baseline$"]);
    assert_eq!(imported.draft.allow[0].lines, ["nonce"]);
    assert_eq!(
        (imported.accepted.len(), &*imported.accepted[0].path, imported.accepted[0].sha1.as_deref()),
        (1, "a/b.py", Some("ab"))
    );
    let left = left(&imported);
    assert!(
        left.contains("plugin Own") && left.contains("should_exclude_secret") && left.contains("called a secret"),
        "{left}"
    );
}

#[test]
fn yaml_of_trufflehog_and_kingfisher_is_carried_over() {
    let imported = yaml::trufflehog(
        "detectors:\n- name: Acme\n  keywords: [acme]\n  regex:\n    token: 'acme_[0-9a-f]{32}'\n  verify:\n  - endpoint: http://x\n  exclude_words: [test]\n",
    )
    .unwrap();
    readable(&imported);
    assert!(imported.rules.as_deref().unwrap().contains("acme_") && left(&imported).contains("verify"));
    assert_eq!(imported.draft.allow[0].words, ["test"]);
    let imported = yaml::kingfisher(
        "rules:\n- name: Acme key\n  id: custom.acme.1\n  pattern: |\n    (?x)\n    \\b\n    (\n      acme_[A-Za-z0-9]{30}\n    )\n    \\b\n  min_entropy: 3.3\n",
    )
    .unwrap();
    readable(&imported);
    assert!(imported.rules.as_deref().unwrap().contains("imported-custom-acme-1"), "{:?}", imported.left);
    let imported =
        yaml::kingfisher("ExactFindings:\n  matches:\n  - filepath: a.py\n    fingerprint: 123\n    linenum: 4\n")
            .unwrap();
    assert_eq!((imported.accepted[0].line, &*imported.accepted[0].path), (Some(4), "a.py"));
    assert_eq!(yaml::excluded("# c\n^vendor/\n\n(\n").draft.paths.exclude_patterns, ["^vendor/"]);
}

#[test]
fn rules_of_theirs_have_counterparts_here() {
    let rules = rules();
    let ours = |id: &str| counterpart(id, &rules).unwrap_or_default();
    let all = [
        "generic-api-key",
        "private-key",
        "github-pat",
        "gcp-api-key",
        "aws-access-token",
        "slack-bot-token",
        "stripe-access-token",
        "hashicorp-tf-api-token",
        "telegram-bot-api-token",
        "acme-x",
    ];
    assert_eq!(
        all.map(ours),
        ["generic", "private-key", "github", "google", "aws", "slack", "stripe", "hashicorp", "telegram", ""]
    );
}
