//! What helps a person who adds a rule: `rules new`, `lint`, `try` and `catalogue`.

use std::{fs, path::Path};

use serde_json::Value;

use crate::sandbox::Sandbox;

/// A file of the repository.
fn own(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name).display().to_string()
}

/// A rule file with nothing to remark.
const GOOD: &str = r#"issuer = "acme"
name = "Acme"
docs = "https://docs.acme.example/api-keys"
rotate = "https://console.acme.example/keys"

[by_hand]
steps = ["Open https://console.acme.example/keys", "Press Delete"]
gone_when = "the key is no longer in the list"

[[rule]]
id = "acme-api-key"
name = "API key"
opens = "Orders of an account."
kind = "api-key"
lifetime = "static"
confidence = "high"
pattern = 'acme_[A-Za-z0-9]{32}'
documented = "high"
examples = ["ACME_KEY=acme_{-}Tz81kQzn{-}0aLmV3Xc{-}9RtYb2Wd{-}7PfGh5Js"]
counterexamples = ["acme_{-}Tz81kQzn{-}0aLmV3Xc", "acme_customer_with_a_very_long_name_here"]
"#;

/// A second rule for the file, with what differs from a good one.
fn second(change: &[(&str, &str)]) -> String {
    let mut rule = GOOD[GOOD.find("[[rule]]").unwrap()..]
        .replace("acme-api-key", "acme-other")
        .replace("\"API key\"", "\"Other key\"")
        .replace("acme_", "acmo_");
    for (from, to) in change {
        assert!(rule.contains(from), "{from}");
        rule = rule.replace(from, to);
    }
    format!("{GOOD}\n{rule}")
}

/// The remarks on a file as `line what rule`.
fn remarks(text: &str) -> (i32, Vec<String>) {
    let sandbox = Sandbox::new();
    let run = sandbox.write("acme.toml", text).run(&["rules", "lint", "acme.toml", "--format", "json"]);
    let all: Vec<Value> = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    let shown = |one: &Value| {
        assert!(one["says"].as_str().unwrap().len() > 5 && one["mend"].as_str().unwrap().len() > 5, "{one}");
        format!("{} {} {}", one["line"], one["what"].as_str().unwrap(), one["rule"].as_str().unwrap())
    };
    (run.code, all.iter().map(shown).collect())
}

#[test]
fn the_rules_of_the_program_are_without_remarks() {
    let run = Sandbox::new().run(&["rules", "lint", &own("rules")]);
    assert!(run.code == 0, "{run:?}");
}

#[test]
fn a_good_file_has_no_remarks_and_each_fault_has_its_own_with_its_line() {
    assert_eq!(remarks(GOOD), (0, vec![]));
    assert_eq!(remarks(&second(&[])), (0, vec![]));
    let cases: [(&[(&str, &str)], &str); 17] = [
        (&[("{32}'", "{32,}'")], "29 broken acme-other"),
        (&[("documented = \"high\"", "documented = \"low\"")], "28 broken acme-other"),
        (&[("'acmo_[A-Za-z0-9]{32}'", "'[a-z.]{3}acmo'")], "29 broken acme-other"),
        (&[("Orders of", "TODO: orders of")], "25 unfinished acme-other"),
        (&[("documented = \"high\"", "docs = \"the handbook\"\ndocumented = \"high\"")], "30 no-page acme-other"),
        (&[("documented = \"high\"", "documented = \"medium\"")], "30 no-source acme-other"),
        (&[("\"Other key\"", "\"Api key\"")], "24 same-name acme-other"),
        (&[("'acmo_[A", "'[A"), ("=acmo_", "=")], "29 any-value acme-other"),
        (
            &[("'acmo_[A", "'[A"), ("=acmo_", "="), ("documented", "near = { words = [\"key\"] }\ndocumented")],
            "30 short-near acme-other",
        ),
        (
            &[("acmo_", "live_"), ("0-9]{32}'", "0-9_-]{28,32}'"), ("a_very_long_name", "x")],
            "29 word-prefix acme-other",
        ),
        // Finds what the first finds, with more before it to go by.
        (
            &[
                ("acmo_", "acme_"),
                ("confidence = \"high\"", "confidence = \"low\""),
                ("{32}'", "{30,32}'"),
                ("{-}7PfGh5Js", "{-}7PfGh5"),
            ],
            "none",
        ),
        (&[("acmo_", "acme_"), ("[A-Za-z0-9]{32}", "[A-Za-z0-9]{32,32}")], "29 covered acme-other"),
        (&[("ACME_KEY=acmo_", "ACME_KEY=acmo")], "31 example acme-other"),
        (&[("{-}9RtYb2Wd{-}7PfGh5Js", "{-}abcdefgh{-}ijklmnop")], "31 not-random acme-other"),
        (
            &[("[\"acmo_{-}Tz81kQzn{-}0aLmV3Xc\"", "[\"acmo_{-}Tz81kQzn{-}0aLmV3Xc{-}Tz81kQzn{-}0aLmV3Xc\"")],
            "32 counterexample acme-other",
        ),
        (
            &[("[\"acmo_{-}Tz81kQzn{-}0aLmV3Xc\", \"acmo_customer", "[\"something\", \"customer")],
            "32 no-near-miss acme-other",
        ),
        (
            &[(
                "acmo_{-}Tz81kQzn{-}0aLmV3Xc{-}9RtYb2Wd{-}7PfGh5Js",
                concat!("acmo_", "Tz81kQzn", "0aLmV3Xc", "9RtYb2Wd", "7PfGh5Js"),
            )],
            "31 whole-key acme-other",
        ),
    ];
    let mut wrong = vec![];
    for (change, expected) in cases {
        let (code, told) = remarks(&second(change));
        let right = match expected {
            "none" => told.is_empty() && code == 0,
            _ => told == [expected] && code == 1,
        };
        if !right {
            wrong.push(format!("{change:?}: {expected}, but {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let (_, told) = remarks(&GOOD.replace("[by_hand]", "[by_hat]"));
    assert_eq!(told.len(), 1, "{told:?}");
    let without = format!("{}{}", &GOOD[..GOOD.find("[by_hand]").unwrap()], &GOOD[GOOD.find("[[rule]]").unwrap()..]);
    assert_eq!(remarks(&without).1, ["7 no-end acme-api-key"]);
}

#[test]
fn remarks_name_place_rule_and_what_to_do_and_unreadable_files_are_a_wrong_use() {
    let sandbox = Sandbox::new();
    sandbox.write("rules/acme.toml", second(&[("'acmo_[A", "'[A"), ("=acmo_", "=")]));
    let run = sandbox.run(&["rules", "lint"]);
    assert!(run.code == 1 && run.stdout.starts_with("rules/acme.toml:29: acme-other: any-value: "), "{run:?}");
    assert!(run.stdout.contains("near") && run.stdout.ends_with("1 remark in 1 file.\n"), "{run:?}");
    let run = sandbox.run(&["rules", "lint", "no-such-file.toml"]);
    assert!(run.code == 2 && run.stdout.is_empty() && run.stderr.contains("no-such-file"), "{run:?}");
}

#[test]
fn a_new_file_reads_says_what_is_missing_and_is_never_written_over_another() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["rules", "new", "acme-cloud"]);
    assert!(run.code == 0 && run.stdout.contains("cargo test --test rules acme-cloud"), "{run:?}");
    let text = sandbox.read("rules/acme-cloud.toml");
    assert!(sandbox.run(&["rules", "show", "acme-cloud", "--rules", "rules"]).code == 0);
    let run = sandbox.run(&["rules", "lint"]);
    let all_unfinished =
        run.stdout.lines().filter(|line| line.starts_with("rules/")).all(|line| line.contains("unfinished"));
    assert!(run.code == 1 && all_unfinished, "{run:?}");
    let again = sandbox.run(&["rules", "new", "acme-cloud"]);
    assert!(again.code == 2 && again.stderr.contains("acme-cloud.toml"), "{again:?}");
    assert_eq!(sandbox.read("rules/acme-cloud.toml"), text);
    let other = sandbox.run(&["rules", "new", "acme", "--to", "of/mine"]);
    assert!(other.code == 0 && sandbox.path().join("of/mine/acme.toml").exists(), "{other:?}");
    let bad = sandbox.run(&["rules", "new", "../acme"]);
    assert!(bad.code == 2 && !sandbox.path().parent().unwrap().join("acme.toml").exists(), "{bad:?}");
}

#[test]
fn a_try_tells_what_is_new_what_was_told_before_and_what_it_costs() {
    let sandbox = Sandbox::new();
    let key = |prefix: &str| format!("{prefix}{}", "Tz81kQzn{-}0aLmV3Xc{-}9RtYb2Wd{-}7PfGh5Js".replace("{-}", ""));
    sandbox.write(
        "acme.toml",
        second(&[
            ("acmo_[", "ghp_["),
            ("{32}'", "{36}'"),
            ("acmo_", "ghp_"),
            ("confidence = \"high\"", "confidence = \"low\""),
        ]),
    );
    sandbox.write("folder/new.txt", format!("nothing\nx = {}\n", key("acme_")));
    sandbox.write("folder/old.py", format!("token = \"{}\"\n", crate::sandbox::key()));
    let run = sandbox.run(&["rules", "try", "acme.toml", "folder", "--runs", "2"]);
    assert!(run.code == 0 && run.stdout.contains("new.txt:2:5  acme-api-key  high  acme_"), "{run:?}");
    assert!(run.stdout.contains("acme-api-key: 1 found, 1 of them new\n"), "{run:?}");
    // The program's own rule says more, so that this one tells nothing.
    assert!(run.stdout.contains("acme-other: 0 found, 0 of them new\n"), "{run:?}");
    assert!(!run.stdout.contains(&key("acme_")) && !run.stdout.contains(&crate::sandbox::key()), "{run:?}");
    assert!(run.stdout.contains("tried at 2 places") && run.stdout.contains("Time: "), "{run:?}");
    let run = sandbox.run(&["rules", "try", "acme.toml", "no-such-folder"]);
    assert!(run.code == 2 && run.stderr.contains("no-such-folder"), "{run:?}");
}

#[test]
fn a_try_of_a_file_that_is_in_the_program_tells_what_it_told_before_and_what_no_more() {
    let sandbox = Sandbox::new();
    let narrow =
        fs::read_to_string(own("rules/github.toml")).unwrap().replace("'ghp_[A-Za-z0-9]{36}'", "'ghp_[0-9]{36}'");
    sandbox.write("same/github.toml", fs::read_to_string(own("rules/github.toml")).unwrap());
    sandbox.write("narrow/github.toml", narrow);
    sandbox.write("a.txt", crate::sandbox::key());
    let same = sandbox.run(&["rules", "try", "same/github.toml", "a.txt"]);
    assert!(same.stdout.contains("github-pat-classic  high") && same.stdout.contains("as before"), "{same:?}");
    let narrow = sandbox.run(&["rules", "try", "narrow/github.toml", "a.txt"]);
    assert!(
        narrow.stdout.contains("told no more  high") && narrow.stdout.contains("was github-pat-classic"),
        "{narrow:?}"
    );
}

#[test]
fn the_catalogue_in_the_documentation_is_made_from_the_rules() {
    let run = Sandbox::new().run(&["rules", "catalogue"]);
    let shown = fs::read_to_string(own("docs/catalogue.md")).unwrap_or_default();
    assert!(
        run.code == 0 && run.stdout == shown,
        "docs/catalogue.md is stale: cargo run -- rules catalogue > docs/catalogue.md"
    );
    // One row a rule that is told, and one at the top for each count.
    let rows = shown.lines().filter(|line| line.starts_with("| ") && line.matches('`').count() >= 2).count();
    let told = keysweep::rule::RuleSet::embedded().iter().filter(|(_, rule)| !rule.part_only).count();
    assert_eq!(rows, told);
    assert!(shown.contains(&format!("| rules | {told} |")), "{}", &shown[..600]);
}

#[test]
fn help_of_each_command_has_examples() {
    for command in ["new", "lint", "try", "catalogue"] {
        let run = Sandbox::new().run(&["rules", command, "--help"]);
        assert!(run.code == 0 && run.stdout.contains("Example") && run.stdout.lines().count() <= 30, "{run:?}");
    }
}
