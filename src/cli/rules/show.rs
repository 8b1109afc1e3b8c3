//! One rule, as a person and as a program reads it.

use std::io::{self, Write};

use serde::Serialize;

use super::{
    super::{request_text, way_text},
    word,
};
use crate::rule::{
    Boundary, Confidence, Context, Kind, Lifetime, Near, PartSpec, Rule, Verify,
    revoke::{ByHand, Way},
};

/// All about a rule, a line each.
pub fn show(rule: &Rule, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", rule.id)?;
    let mut row = |label: &str, value: &str| {
        if value.is_empty() { Ok(()) } else { writeln!(out, "  {label:<11} {value}") }
    };
    row("issuer", &rule.issuer_name)?;
    row("name", &rule.name)?;
    row("opens", &rule.opens)?;
    row("kind", &word(rule.kind))?;
    row("lifetime", &word(rule.lifetime))?;
    row("confidence", &word(rule.confidence))?;
    row("pattern", &rule.pattern)?;
    row("context", &rule.context.map(word).unwrap_or_default())?;
    row("anchor", rule.anchor.as_deref().unwrap_or_default())?;
    if rule.context.is_none() {
        row("between", &format!("{}, {}", word(rule.start), word(rule.end)))?;
    }
    row("near", &rule.near.as_ref().map(near).unwrap_or_default())?;
    for part in rule.parts.iter() {
        row("with", &format!("{} ({})", part.name, part.rule))?;
    }
    row("checksum", rule.checksum.as_deref().unwrap_or_default())?;
    row("documented", &rule.docs)?;
    row("rotate", &rule.rotate)?;
    let verify = rule.verify.as_deref().map(request_text::lines).unwrap_or_default();
    let revoke = rule.revoke.iter().flat_map(way_text::lines);
    let by_hand = rule.by_hand.as_deref().map(way_text::by_hand).unwrap_or_default();
    for (label, line) in verify.into_iter().chain(revoke).chain(by_hand) {
        row(label, &line)?;
    }
    Ok(())
}

fn near(near: &Near) -> String {
    let words = near.words.iter().map(|word| &**word).collect::<Vec<_>>().join(", ");
    match near.after {
        0 => format!("{words}: within {} bytes before", near.before),
        after => format!("{words}: within {} bytes before or {after} behind", near.before),
    }
}

/// A rule for programs. Examples stay in the rule files: they hold whole keys once their marks are taken out.
#[derive(Serialize)]
pub struct Shown<'r> {
    id: &'r str,
    issuer: &'r str,
    issuer_name: &'r str,
    name: &'r str,
    opens: &'r str,
    kind: Kind,
    lifetime: Lifetime,
    confidence: Confidence,
    pattern: Option<&'r str>,
    context: Option<Context>,
    anchor: Option<&'r str>,
    start: Boundary,
    end: Boundary,
    near: Option<NearShown<'r>>,
    part_only: bool,
    parts: Vec<PartShown<'r>>,
    checksum: Option<&'r str>,
    docs: &'r str,
    rotate: &'r str,
    verify: Option<&'r Verify>,
    #[serde(skip_serializing_if = "<[Way]>::is_empty")]
    revoke: &'r [Way],
    #[serde(skip_serializing_if = "Option::is_none")]
    by_hand: Option<&'r ByHand>,
}

#[derive(Serialize)]
struct NearShown<'r> {
    words: Vec<&'r str>,
    before: u32,
    after: u32,
}

#[derive(Serialize)]
struct PartShown<'r> {
    name: &'r str,
    rule: &'r str,
    shared: bool,
}

impl<'r> NearShown<'r> {
    fn new(near: &'r Near) -> Self {
        Self { words: near.words.iter().map(|word| &**word).collect(), before: near.before, after: near.after }
    }
}

impl<'r> PartShown<'r> {
    fn new(part: &'r PartSpec) -> Self {
        Self { name: &part.name, rule: &part.rule, shared: part.shared }
    }
}

impl<'r> Shown<'r> {
    /// Of one rule.
    pub fn new(rule: &'r Rule) -> Self {
        Self {
            id: &rule.id,
            issuer: &rule.issuer,
            issuer_name: &rule.issuer_name,
            name: &rule.name,
            opens: &rule.opens,
            kind: rule.kind,
            lifetime: rule.lifetime,
            confidence: rule.confidence,
            pattern: Some(&*rule.pattern).filter(|pattern| !pattern.is_empty()),
            context: rule.context,
            anchor: rule.anchor.as_deref(),
            start: rule.start,
            end: rule.end,
            near: rule.near.as_ref().map(NearShown::new),
            part_only: rule.part_only,
            parts: rule.parts.iter().map(PartShown::new).collect(),
            checksum: rule.checksum.as_deref(),
            docs: &rule.docs,
            rotate: &rule.rotate,
            verify: rule.verify.as_deref(),
            revoke: &rule.revoke,
            by_hand: rule.by_hand.as_deref(),
        }
    }
}
