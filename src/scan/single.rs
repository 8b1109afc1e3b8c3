//! One key that the user gave, as a finding like any other.

use crate::{
    finding::{Best, Finding, Groups, IdKey, Known, KnownPart, Sighting, group::Options},
    location::{Place, Position, SourceKind},
    rule::{Confidence, RuleIx, RuleSet, pattern, syntax},
    secret::Secret,
    verify::Key,
};

/// The finding of a key on standard input, and the key.
pub fn finding(
    rules: &RuleSet,
    ix: RuleIx,
    secret: Secret,
    parts: Vec<(String, Secret)>,
    id_key: &IdKey,
    now: i64,
) -> (Finding, Key) {
    let rule = rules.get(ix);
    let place = Place {
        source: SourceKind::Stdin,
        target: "-".into(),
        path: None,
        position: Position { offset: 0, end: secret.len() as u32, line: 1, column: 1, end_line: 1 },
        blob: None,
        commit: None,
        last_commit: None,
        tag: None,
        head_line: None,
    };
    let mut groups = Groups::default();
    groups.add(Sighting { secret: 0, confidence: Confidence::High, grounds: None, place, excerpt: None, mark: None });
    let spec = |name: &str| rule.parts.iter().position(|part| part.name == name).map(|at| at as u16);
    let known = |_, _: &Best| Known {
        secret: secret.clone(),
        rule,
        public_prefix: pattern::parse(&rule.pattern).map_or(0, |hir| syntax::fixed_start(syntax::secret(&hir))),
        parts: parts
            .iter()
            .filter_map(|(name, value)| {
                Some(KnownPart { spec: spec(name)?, value: value.clone(), public_prefix: 0, at: (1, 1) })
            })
            .collect(),
        evidence: vec![],
    };
    let options = Options { min_confidence: Confidence::Low, now, show_secrets: false, id_key: id_key.clone() };
    let finding = groups.finish(&options, known).findings.remove(0);
    let key = Key { rule: ix, secret: secret.clone(), parts: parts.clone(), masked: finding.masked.clone() };
    (finding, key)
}
