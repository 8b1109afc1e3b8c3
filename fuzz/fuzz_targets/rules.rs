//! Rule files: any text is a set of rules or a complaint that points into it, and what is accepted can be searched for.
#![no_main]

use std::sync::Arc;

use arbitrary::Arbitrary;
use keysweep::{
    blob::Fresh,
    detect::{Carried, Detector},
    rule::{RuleError, RuleSet},
};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// A file's text as it is; its examples are scanned.
    Text(&'a str),
    /// A good file around a pattern.
    Rule {
        pattern: &'a str,
        anchor: Option<&'a str>,
        near: Option<(&'a str, u16, u16)>,
        start: u8,
        end: u8,
        scanned: &'a [u8],
    },
}

const BOUNDARIES: [&str; 3] = ["word", "token", "any"];

fuzz_target!(|input: Input| match input {
    Input::Text(text) => try_out(text, &[]),
    Input::Rule { pattern, anchor, near, start, end, scanned } => {
        let mut text = format!(
            "issuer = 'fuzz'\nname = 'F'\ndocs = 'd'\nrotate = 'r'\n[[rule]]\nid = 'fuzz-x'\nname = 'n'\nopens = 'o'\n\
             kind = 'api-key'\nlifetime = 'static'\nconfidence = 'high'\ndocumented = 'high'\nexamples = ['e']\n\
             counterexamples = ['c', 'd']\nstart = '{}'\nend = '{}'\npattern = {}\n",
            BOUNDARIES[usize::from(start) % 3],
            BOUNDARIES[usize::from(end) % 3],
            quoted(pattern)
        );
        if let Some(anchor) = anchor {
            text += &format!("anchor = {}\n", quoted(anchor));
        }
        if let Some((word, before, after)) = near {
            text += &format!("near = {{ words = [{}], before = {before}, after = {after} }}\n", quoted(word));
        }
        try_out(&text, scanned);
    }
});

fn quoted(text: &str) -> String {
    let escaped: String = text.chars().map(|char| format!("\\U{:08x}", u32::from(char))).collect();
    format!("\"{escaped}\"")
}

fn try_out(text: &str, scanned: &[u8]) {
    match RuleSet::from_text("fuzz", text) {
        Ok(rules) => search(rules, scanned),
        Err(RuleError::Broken(complaint)) => {
            let line = text.split('\n').nth(complaint.line - 1).expect("the line is one of the text");
            assert!(complaint.column <= line.chars().count() + 1, "the column is one of the line: {complaint}");
            assert!(!complaint.message.is_empty());
        }
        Err(other) => panic!("{other}"),
    }
}

fn search(rules: RuleSet, scanned: &[u8]) {
    let examples: Vec<Vec<u8>> = rules
        .iter()
        .flat_map(|(_, rule)| {
            rule.examples.iter().chain(rule.counterexamples.iter()).map(|text| text.as_bytes().to_vec())
        })
        .collect();
    let Ok(detector) = Detector::new(Arc::new(rules)) else { return };
    for text in examples.iter().map(Vec::as_slice).chain([scanned]) {
        let found = detector.scan(text, Fresh::All, &Carried::default());
        for one in &found.matches {
            found.bytes(&one.position);
        }
    }
}
