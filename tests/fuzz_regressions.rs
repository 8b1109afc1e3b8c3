//! What the fuzz targets found (`docs/fuzzing.md`), each as a test of its own.
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]

use std::sync::Arc;

use keysweep::{
    blob::Fresh,
    detect::{Carried, Detector},
    rule::{RuleError, RuleSet},
};

/// A rule file around a pattern.
fn rules(pattern: &str) -> Result<RuleSet, RuleError> {
    RuleSet::from_text(
        "fuzz",
        &format!(
            "issuer = 'fuzz'\nname = 'F'\ndocs = 'd'\nrotate = 'r'\n[[rule]]\nid = 'fuzz-x'\nname = 'n'\nopens = 'o'\n\
             kind = 'api-key'\nlifetime = 'static'\nconfidence = 'high'\ndocumented = 'high'\nexamples = ['e']\n\
             counterexamples = ['c', 'd']\npattern = '{pattern}'\n"
        ),
    )
}

/// Alternatives of a match of the longest length.
fn alternatives(count: usize) -> String {
    let classes =
        ["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op", "qr", "st", "uv", "wx", "yz", "AB", "CD", "EF", "GH"];
    let all: Vec<String> = classes.iter().take(count).map(|class| format!("[{class}]{{60000}}")).collect();
    format!("abcd(?:{})", all.join("|"))
}

#[test]
fn a_pattern_with_too_large_an_automaton_is_a_complaint_and_no_crash() {
    let complaint = rules(&alternatives(17)).unwrap_err().to_string();
    assert!(complaint.starts_with("fuzz.toml:15:"), "{complaint}");
    assert!(complaint.contains("expected a smaller pattern"), "{complaint}");
}

#[test]
fn the_largest_patterns_that_are_accepted_can_be_searched_for() {
    // The most classes with the most alternatives, and the costliest class, that the check lets through.
    let odd: String = (0..128).map(|at| format!("\\x{:02x}", at * 2 + 1)).collect();
    let most =
        |make: &dyn Fn(usize) -> String| (1..).map(make).take_while(|pattern| rules(pattern).is_ok()).last().unwrap();
    let many = most(&alternatives);
    let costly = most(&|count| format!("abcd[{odd}]{{0,{}}}", count * 4000));
    for (pattern, text) in [(many, "ab".repeat(30_000)), (costly, "ac".repeat(9))] {
        let detector = Detector::new(Arc::new(rules(&pattern).unwrap())).unwrap();
        let text = format!("abcd{text} ");
        assert_eq!(detector.scan(text.as_bytes(), Fresh::All, &Carried::default()).matches.len(), 1);
    }
}
