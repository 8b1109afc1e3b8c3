//! What a pattern must keep to so that detection can promise its results.
//!
//! A match has to be bounded in bytes, may not depend on where it is looked at from, and must pass one of the two lanes in
//! front of the regular expressions: a run of 16 token characters, or a literal at its start or inside it.

use std::ops::Range;

use regex_syntax::{
    ast::{self, Ast},
    hir::{Class, Hir, HirKind, literal::Extractor, translate::TranslatorBuilder},
};

use super::bytes::{HEAD, RUN, TOKEN};

/// Longest match in bytes that a rule may have.
pub const MAX_MATCH: usize = 64 << 10;

/// Most memory in bytes that a pattern's automaton may take, as [`automaton`] estimates it. Detection allows its own builder
/// more than that, so that no pattern which was accepted fails there.
const MAX_AUTOMATON: usize = 32 << 20;

/// Shortest anchor.
const ANCHOR: usize = 2;

/// More literals than this at the start of one pattern would make looking them up slow.
const LITERALS: usize = 64;

/// What is wrong with a pattern, and where in it (byte offsets).
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The offending portion; all of the pattern where it cannot be told.
    pub at: Range<usize>,
    /// What was expected.
    pub message: String,
}

/// Parses `pattern` as detection will: over bytes, without Unicode classes.
pub fn parse(pattern: &str) -> Result<Hir, Fault> {
    let fault = |span: &ast::Span, message: String| Fault { at: span.start.offset..span.end.offset, message };
    let ast = ast::parse::Parser::new()
        .parse(pattern)
        .map_err(|error| fault(error.span(), format!("not a regular expression: {}", error.kind())))?;
    ast::visit(&ast, Limits).map_err(|(span, message)| fault(&span, message))?;
    TranslatorBuilder::new()
        .utf8(false)
        .unicode(false)
        .build()
        .translate(pattern, &ast)
        .map_err(|error| fault(error.span(), format!("not a regular expression: {}", error.kind())))
}

/// Checks everything that a rule's pattern must keep to.
pub fn check(pattern: &str, anchor: Option<&str>) -> Result<(), Fault> {
    let hir = parse(pattern)?;
    let fault = |message: String| Err(Fault { at: 0..pattern.len(), message });
    let properties = hir.properties();
    if !properties.look_set_prefix_any().is_empty() {
        return fault("look-around at the start of a pattern: say what may stand before with `start`".into());
    }
    if !properties.look_set_suffix_any().is_empty() {
        return fault("look-around at the end of a pattern: say what may stand behind with `end`".into());
    }
    match (properties.minimum_len(), properties.maximum_len()) {
        (None, _) | (_, None) => return fault("expected a pattern that matches something".into()),
        (Some(0), _) => return fault("expected a pattern that cannot match nothing at all".into()),
        (_, Some(max)) if max > MAX_MATCH => {
            return fault(format!("expected a match of {MAX_MATCH} bytes at most; this one can have {max}"));
        }
        _ => {}
    }
    if automaton(&hir) > MAX_AUTOMATON {
        return fault("expected a smaller pattern: fewer alternatives or repetitions, which multiply".into());
    }
    if let Some(anchor) = anchor {
        if anchor.len() < ANCHOR {
            return fault(format!("expected an `anchor` of {ANCHOR} bytes or more"));
        }
        if !holds(&hir, anchor.as_bytes()) {
            return fault(format!(
                "expected a pattern of which every match holds the `anchor` `{anchor}`, outside of alternatives"
            ));
        }
    }
    if anchor.is_some() || begins_with_literals(&hir) || run_at_start(&hir).0 >= RUN {
        return Ok(());
    }
    fault(format!(
        "no lane: a pattern that begins with a literal of {HEAD} bytes or with {RUN} characters of [A-Za-z0-9_+/=-], \
         or an `anchor`"
    ))
}

/// Bytes of memory that a pattern's automaton takes, at most: a match of few bytes can still have many ways to be made.
fn automaton(hir: &Hir) -> usize {
    const STATE: usize = 64;
    let sum =
        |subs: &[Hir]| subs.iter().map(automaton).fold(STATE, |sum, sub| sum.saturating_add(sub).saturating_add(STATE));
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE,
        HirKind::Literal(literal) => STATE * literal.0.len(),
        HirKind::Class(Class::Bytes(class)) => STATE + 8 * class.ranges().len(),
        HirKind::Class(Class::Unicode(class)) => STATE + 64 * class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            automaton(&repetition.sub).saturating_add(STATE).saturating_mul(times)
        }
        HirKind::Capture(capture) => automaton(&capture.sub).saturating_add(2 * STATE),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => sum(subs),
    }
}

/// Refuses what would make a match unbounded, and groups that nobody reads.
struct Limits;

impl ast::Visitor for Limits {
    type Output = ();
    type Err = (ast::Span, String);

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        use ast::{GroupKind, RepetitionKind, RepetitionRange};
        match ast {
            Ast::Repetition(repetition) => match &repetition.op.kind {
                RepetitionKind::ZeroOrMore
                | RepetitionKind::OneOrMore
                | RepetitionKind::Range(RepetitionRange::AtLeast(_)) => {
                    Err((repetition.op.span, "unbounded repetition: write {m,n}".to_owned()))
                }
                _ => Ok(()),
            },
            Ast::Group(group) => match &group.kind {
                GroupKind::CaptureIndex(_) => Err((group.span, "a group without a name: write (?:...)".to_owned())),
                GroupKind::CaptureName { name, .. } if name.name != "secret" => {
                    Err((name.span, format!("a group called `{}`: only `secret` has a meaning", name.name)))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// Whether every match begins with one of a few literals that are long enough to be looked up.
pub fn begins_with_literals(hir: &Hir) -> bool {
    let prefixes = Extractor::new().extract(hir);
    prefixes.literals().is_some_and(|literals| {
        !literals.is_empty() && literals.len() <= LITERALS && literals.iter().all(|literal| literal.len() >= HEAD)
    })
}

/// How many bytes at the start of every match are token characters, and whether all of every match is.
fn run_at_start(hir: &Hir) -> (usize, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, true),
        HirKind::Literal(literal) => {
            let run = literal.0.iter().take_while(|byte| TOKEN[usize::from(**byte)]).count();
            (run, run == literal.0.len())
        }
        HirKind::Class(Class::Bytes(class)) => {
            let all = class.iter().all(|range| (range.start()..=range.end()).all(|byte| TOKEN[usize::from(byte)]));
            (usize::from(all), all)
        }
        HirKind::Class(Class::Unicode(_)) => (0, false),
        HirKind::Repetition(repetition) => match run_at_start(&repetition.sub) {
            (run, true) => (run * repetition.min as usize, true),
            (run, false) => (if repetition.min > 0 { run } else { 0 }, false),
        },
        HirKind::Capture(capture) => run_at_start(&capture.sub),
        HirKind::Concat(subs) => {
            let mut total = 0;
            for sub in subs {
                let (run, whole) = run_at_start(sub);
                total += run;
                if !whole {
                    return (total, false);
                }
            }
            (total, true)
        }
        HirKind::Alternation(subs) => subs
            .iter()
            .map(run_at_start)
            .reduce(|(a, whole_a), (b, whole_b)| (a.min(b), whole_a && whole_b))
            .unwrap_or((0, false)),
    }
}

/// Whether every match holds `literal` as an element of the pattern's topmost sequence, which is where detection looks.
fn holds(hir: &Hir, literal: &[u8]) -> bool {
    match hir.kind() {
        HirKind::Literal(own) => own.0.windows(literal.len()).any(|window| window == literal),
        HirKind::Capture(capture) => holds(&capture.sub, literal),
        HirKind::Concat(subs) => subs.iter().any(|sub| holds(sub, literal)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(pattern: &str) -> String {
        match check(pattern, None) {
            Ok(()) => "fine".into(),
            Err(fault) => format!("{}..{}: {}", fault.at.start, fault.at.end, fault.message),
        }
    }

    #[test]
    fn a_bounded_pattern_with_a_prefix_or_a_run_is_fine() {
        assert_eq!(message("ghp_[A-Za-z0-9]{36}"), "fine");
        assert_eq!(message("[0-9a-f]{32}"), "fine");
        assert_eq!(message("(?:sk|rk)_live_[0-9a-zA-Z]{24,100}"), "fine");
        assert_eq!(check("[0-9]{8,10}:AA[A-Za-z0-9_-]{33}", Some(":AA")), Ok(()));
    }

    #[test]
    fn what_is_unbounded_names_its_place() {
        assert_eq!(message("abc[a-z]+"), "8..9: unbounded repetition: write {m,n}");
        assert_eq!(message("abc[a-z]{3,}x"), "8..12: unbounded repetition: write {m,n}");
        assert_eq!(message("abc(x)"), "3..6: a group without a name: write (?:...)");
        assert!(message("abcd{40000}{3}").contains("65536"), "{}", message("abcd{40000}{3}"));
    }

    #[test]
    fn what_depends_on_its_surroundings_or_matches_nothing_is_refused() {
        assert!(message(r"\bghp_[a-z]{20}").contains("`start`"));
        assert!(message(r"ghp_[a-z]{20}\b").contains("`end`"));
        assert!(message(r"(?:ghp_[a-z]{20}|xyz\b)").contains("`end`"));
        assert!(message(r"(?:abc){0,3}").contains("nothing at all"));
        assert!(message("ghp_[a-z").starts_with("4..5: not a regular expression"));
    }

    #[test]
    fn a_pattern_that_no_lane_lets_through_is_refused() {
        assert!(message("ab[a-z]{4}:[0-9]{20}").starts_with("0..20: no lane"));
        assert!(check("[a-z]{4}(?:Q~)?[a-z]{4}", Some("Q~")).is_err());
        assert!(check("[a-z]{4}Q~[a-z]{4}", Some("Q~")).is_ok());
    }
}
