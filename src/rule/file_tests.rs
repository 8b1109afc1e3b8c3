//! The texts of complaints: a person has to mend a file by them.

use super::*;

const GOOD: &str = r#"issuer = "acme"
name = "Acme"
docs = "https://acme.example"
rotate = "https://acme.example/keys"

[[rule]]
id = "acme-key"
name = "API key"
opens = "Everything."
kind = "api-key"
lifetime = "static"
confidence = "high"
pattern = 'acme_[a-z0-9]{24}'
documented = "high"
examples = ["acme_{-}abcdefgh{-}abcdefgh{-}abcdefgh"]
counterexamples = ["acme_short", "acme_key_of_the_door"]
"#;

fn read(text: &str) -> Result<Vec<Loaded>, Complaint> {
    parse(text, "rules/acme.toml", "acme")
}

/// The complaint about the good file with `from` replaced by `to`.
fn complaint(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    match read(&GOOD.replacen(from, to, 1)) {
        Ok(_) => "none".into(),
        Err(complaint) => complaint.to_string(),
    }
}

#[test]
fn a_good_file_is_read_and_its_marks_are_gone() {
    let rules = read(GOOD).expect("a good file");
    assert_eq!(rules.len(), 1);
    let rule = &rules[0].rule;
    assert_eq!(rule.examples[0], format!("acme_{}", "abcdefgh".repeat(3)));
    assert_eq!((&*rule.docs, &*rule.source), ("https://acme.example", "https://acme.example"));
    assert_eq!((rule.start, rule.end, rule.part_only), (Boundary::Word, Boundary::Word, false));
}

#[test]
fn marks_are_taken_out_of_every_text() {
    let rules = read(&GOOD.replace("acme_[", "ac{-}me_[").replace("Everything", "Every{-}thing")).expect("a good file");
    assert_eq!(rules[0].rule.pattern, "acme_[a-z0-9]{24}");
    assert_eq!(rules[0].rule.opens, "Everything.");
}

#[test]
fn complaints_name_the_place_and_what_was_expected() {
    let cases = [
        ("confidence = \"high\"", "confidence = high"),
        ("lifetime = \"static\"", "lifetime = 7"),
        ("name = \"API key\"", "name = 7"),
        ("opens =", "opnes ="),
        ("\"api-key\"", "\"apikey\""),
        ("docs =", "dcos ="),
        ("opens = \"Everything.\"\n", ""),
        ("docs = \"https://acme.example\"\n", ""),
        ("examples = [\"acme_{-}abcdefgh{-}abcdefgh{-}abcdefgh\"]\ncounter", "counter"),
        ("issuer = \"acme\"", "issuer = \"acne\""),
        ("\"acme-key\"", "\"key\""),
        ("\"acme-key\"", "\"acme--key\""),
        ("[a-z0-9]{24}'", "[a-z0-9'"),
        ("{24}'", "{24,}'"),
        ("acme_[a-z0-9]{24}'", "[a-z0-9]{12}'"),
        ("{24}'", "{24}\\b'"),
        ("documented", "anchor = \":AA\"\ndocumented"),
        ("[\"acme_short\", \"acme_key_of_the_door\"]", "[\"acme_short\"]"),
        ("\"acme_short\"", "\"\""),
        ("documented", "near = { words = [\"acme\", \"ab\"] }\ndocumented"),
        ("documented", "near = { words = [\"acme\"], before = 5000 }\ndocumented"),
        ("documented", "near = { words = [\"acme\"], befor = 50 }\ndocumented"),
        ("documented", "near = { words = [] }\ndocumented"),
        ("documented = \"high\"", "documented = \"low\""),
    ];
    let told: Vec<String> =
        cases.iter().map(|(from, to)| format!("{from} -> {to}\n  {}", complaint(from, to))).collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_format_hardly_known_needs_a_source() {
    let low = GOOD.replace("= \"high\"", "= \"low\"");
    assert_eq!(
        read(&low).expect_err("no source").to_string(),
        "rules/acme.toml:14:14: expected a `source`: say where a format that is hardly known was seen"
    );
}
