//! What can be said of a rule without looking for anything.

use regex_syntax::hir::{Hir, HirKind};

use super::{
    automata,
    draft::Draft,
    remark::{
        Remark,
        What::{AnyValue, NoEnd, NoNearMiss, NoPage, NoSource, SameName, ShortNear, Unfinished, WordPrefix},
    },
};
use crate::{
    detect::context::Language,
    rule::{
        Confidence, Rule,
        outline::{Lane, Outline},
        syntax,
    },
};

/// Words of fewer bytes stand in other words.
const NEAR: usize = 4;
/// With so many fixed bytes a pattern has a form of its own.
const FIXED: usize = 2;
/// So many lengths are more than a few.
const LENGTHS: usize = 3;

/// The remarks on each of these rules.
pub fn remarks(drafts: &[Draft<'_>]) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = drafts.iter().flat_map(of_words).collect();
    remarks.extend(same_names(drafts));
    for draft in drafts {
        if let Some(outline) = outline(&draft.loaded.rule) {
            remarks.extend(of_pattern(draft, &outline));
        }
    }
    remarks
}

/// What is known of a rule's pattern, if it has one.
fn outline(rule: &Rule) -> Option<Outline> {
    if rule.context.is_some() { None } else { Outline::of(rule).ok() }
}

fn of_words(draft: &Draft<'_>) -> Vec<Remark> {
    let rule = &draft.loaded.rule;
    let mut remarks = vec![];
    let steps = rule.by_hand.as_deref().map(|steps| &*steps.steps).unwrap_or_default();
    let texts = [&rule.issuer_name, &rule.name, &rule.opens, &rule.docs, &rule.source, &rule.rotate];
    for text in texts.into_iter().chain(steps).filter(|text| text.contains(super::super::new::TODO)) {
        let says = format!("still the words of the skeleton: {text}");
        remarks.push(draft.remark_at(&[&**text], Unfinished, says, "Write what the issuer's page says."));
    }
    if !is_address(&rule.docs) {
        let mend = "Write the address of the issuer's page about this credential.";
        remarks.push(draft.remark_at(&["docs ="], NoPage, "`docs` is not an address", mend));
    }
    if rule.rotate.trim().is_empty() {
        let mend = "Write an address, or what a person has to do.";
        remarks.push(draft.remark_at(&["rotate ="], NoPage, "`rotate` is empty", mend));
    }
    if rule.source.trim().is_empty() {
        let mend = "Write the address or the words of where the format was seen.";
        remarks.push(draft.remark_at(&["source ="], NoSource, "`source` is empty", mend));
    }
    if rule.documented < Confidence::High && rule.context.is_none() && !draft.says("source =") {
        let says = "the format is not documented, and nothing tells where it was seen";
        let mend = "Say in `source` where: client code, samples, another scanner; or `documented = \"high\"` if the page of `docs` says it.";
        remarks.push(draft.remark_at(&["documented ="], NoSource, says, mend));
    }
    if !rule.part_only && rule.by_hand.is_none() && rule.revoke.is_empty() {
        let says = "nothing tells how such a key is made useless";
        let mend = "Write a section `[by_hand]`, or `[[rule.revoke]]` (docs/rules.md, \"Revoke\").";
        remarks.push(draft.remark(NoEnd, says, mend));
    }
    remarks
}

fn is_address(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| rest.split('/').next().is_some_and(|host| host.contains('.')))
}

/// Findings tell the issuer and the rule's name: two of the same cannot be told from each other.
fn same_names(drafts: &[Draft<'_>]) -> Vec<Remark> {
    let named = |draft: &Draft<'_>| {
        let rule = &draft.loaded.rule;
        (rule.issuer.clone(), rule.name.to_lowercase(), rule.opens.clone())
    };
    let told = |draft: &&Draft<'_>| !draft.loaded.rule.part_only;
    let remark = |(at, draft): (usize, &Draft<'_>)| {
        let first = drafts[..at].iter().filter(told).find(|other| named(other) == named(draft))?;
        let says = format!("`{}` has the same name and opens the same", first.loaded.rule.id);
        Some(draft.remark_at(
            &["name ="],
            SameName,
            says,
            "Say in `name` or `opens` what this one is, or make one rule of both.",
        ))
    };
    drafts.iter().enumerate().filter(|(_, draft)| told(draft)).filter_map(remark).collect()
}

fn of_pattern(draft: &Draft<'_>, outline: &Outline) -> Vec<Remark> {
    let rule = &draft.loaded.rule;
    // What has a fixed portion or a check needs no words nearby.
    let is_bare = outline.lane == Lane::Token
        && rule.checksum.is_none()
        && syntax::parse(&rule.pattern).is_ok_and(|hir| fixed_bytes(&hir) < FIXED);
    let mut remarks = vec![];
    if is_bare && rule.near.is_none() {
        let says = "nothing tells a value of this shape from any other";
        let mend = "Add `near` words: the issuer's name as it stands in variables, its host.";
        remarks.push(draft.remark_at(&["pattern ="], AnyValue, says, mend));
    }
    let words = rule.near.iter().flat_map(|near| near.words.iter());
    // A word of three that ends in a sign is a whole word.
    let short = |word: &&crate::rule::Text| word.len() < NEAR && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    for word in words.filter(short).filter(|_| is_bare) {
        let says = format!("the word `{word}` of `near` stands in many other words");
        let mend = "Write it as it stands in variables (`abc_`, `abc-`), or the issuer's host.";
        remarks.push(draft.remark_at(&[&format!("\"{word}\"")], ShortNear, says, mend));
    }
    remarks.extend(word_prefix(draft, outline));
    remarks.extend(far_misses(draft, outline));
    remarks
}

/// How many bytes of a match are given by the pattern, wherever they stand in it.
fn fixed_bytes(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Capture(capture) => fixed_bytes(&capture.sub),
        HirKind::Repetition(repetition) => repetition.min as usize * fixed_bytes(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().map(fixed_bytes).sum(),
        HirKind::Alternation(branches) => branches.iter().map(fixed_bytes).min().unwrap_or(0),
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => 0,
    }
}

/// `live_` and thirty characters may be the name of a thing: `live_view_of_the_whole_garden`.
fn word_prefix(draft: &Draft<'_>, outline: &Outline) -> Option<Remark> {
    let rule = &draft.loaded.rule;
    let unguarded = rule.near.is_none() && rule.checksum.is_none() && rule.confidence > Confidence::Low;
    let Lane::Prefix(literals) = &outline.lane else { return None };
    let word = literals.iter().find(|literal| is_made_of_words(literal)).filter(|_| unguarded && !rule.part_only)?;
    // Few names have just the length of a format that has only one.
    if outline.longest - outline.shortest < LENGTHS || !automata::matches_a_name(&rule.pattern, word.len()) {
        return None;
    }
    let says = format!("`{}` is a word, and names of things fit the pattern", String::from_utf8_lossy(word));
    let mend = "Add `near` words, ask for a digit or a capital at a fixed place, or say `confidence = \"low\"`.";
    Some(draft.remark_at(&["pattern ="], WordPrefix, says, mend))
}

fn is_made_of_words(literal: &[u8]) -> bool {
    let words: Vec<&[u8]> = literal.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| !word.is_empty()).collect();
    let is_word = |word: &&[u8]| word.len() >= 3 && Language::of_code().covered(word).longest == word.len();
    !words.is_empty() && words.iter().all(is_word)
}

/// Of a format with a literal, one counterexample at least has it: the near miss.
fn far_misses(draft: &Draft<'_>, outline: &Outline) -> Option<Remark> {
    let (Lane::Prefix(literals) | Lane::Literal(literals, ..)) = &outline.lane else { return None };
    let rule = &draft.loaded.rule;
    let near = |text: &str| {
        let text = text.to_ascii_lowercase();
        literals.iter().any(|literal| {
            let start = &literal[..literal.len().min(3)].to_ascii_lowercase();
            text.as_bytes().windows(start.len()).any(|window| window == start.as_slice())
        })
    };
    if rule.part_only {
        return None;
    }
    let none = !rule.counterexamples.iter().any(|text| near(text));
    let mend = "Add one that has it: a character too short, a wrong checksum, a letter beside it.";
    none.then(|| draft.remark_at(&["counterexamples ="], NoNearMiss, "no counterexample is near the format", mend))
}
