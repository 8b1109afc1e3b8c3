//! What is seen when all rules look at a rule's examples.

use std::collections::BTreeSet;

use super::{
    automata,
    draft::Draft,
    remark::{
        Remark,
        What::{Counterexample, Covered, Example, NotRandom, WholeKey},
    },
};
use crate::{
    blob::Fresh,
    detect::{Carried, Detector, Found, Match, Pattern, Raw},
    judge,
    rule::{Boundary, Kind, Near, Rule, RuleIx},
};

/// The remarks on a rule that is one of the detector's.
pub fn remarks(detector: &Detector, draft: &Draft<'_>) -> Vec<Remark> {
    let rule = &draft.loaded.rule;
    let ix = detector.rules().find(&rule.id).expect("it was put into the set");
    let looked = Looked { detector, draft, rule, ix, alone: Alone::new(ix, rule) };
    let scans: Vec<Found<'_>> = rule.examples.iter().map(|text| scan(detector, text)).collect();
    let mut remarks = vec![];
    match looked.covered(&scans) {
        Some(remark) => remarks.push(remark),
        None => remarks
            .extend(scans.iter().zip(rule.examples.iter()).filter_map(|(found, text)| looked.example(found, text))),
    }
    remarks.extend(rule.examples.iter().flat_map(|text| looked.values(text)));
    remarks.extend(rule.counterexamples.iter().filter_map(|text| looked.counterexample(text)));
    remarks
}

fn scan<'t>(detector: &Detector, text: &'t str) -> Found<'t> {
    detector.scan(text.as_bytes(), Fresh::All, &Carried::default())
}

struct Looked<'l> {
    detector: &'l Detector,
    draft: &'l Draft<'l>,
    rule: &'l Rule,
    ix: RuleIx,
    /// Its pattern, where it has one.
    alone: Option<Alone>,
}

/// A pattern tried at every byte.
struct Alone(Pattern);

impl Alone {
    fn new(ix: RuleIx, rule: &Rule) -> Option<Self> {
        if rule.context.is_some() { None } else { Pattern::new(ix, rule).ok().map(Self) }
    }

    fn find(&self, text: &str) -> Vec<Raw> {
        (0..text.len()).filter_map(|at| self.0.try_at(text.as_bytes(), at)).collect()
    }
}

fn secret<'t>(text: &'t str, raw: &Raw) -> &'t [u8] {
    &text.as_bytes()[raw.secret_start as usize..raw.secret_end as usize]
}

impl Looked<'_> {
    /// The credentials that the rule finds in a text by itself.
    fn finds<'t>(&self, text: &'t str) -> Vec<&'t [u8]> {
        match &self.alone {
            Some(alone) => alone.find(text).iter().map(|raw| secret(text, raw)).collect(),
            None => {
                let found = scan(self.detector, text);
                let own = found.matches.iter().filter(|hit| hit.rule == self.ix && self.is_told(&found, hit));
                own.map(|hit| &text.as_bytes()[hit.position.offset as usize..hit.position.end as usize]).collect()
            }
        }
    }

    fn is_told(&self, found: &Found<'_>, hit: &Match) -> bool {
        judge::confidence(self.rule, found.bytes(&hit.position), hit.evidence.as_deref(), None).is_some()
    }

    /// The rule that finds all that this one does.
    fn covered(&self, scans: &[Found<'_>]) -> Option<Remark> {
        if self.alone.is_none() || self.rule.part_only {
            return None;
        }
        // Only what takes part in every example is worth the proof.
        let beside = |found: &Found<'_>| -> BTreeSet<RuleIx> {
            let raws = &found.carried.raws;
            let own: Vec<&Raw> = raws.iter().filter(|raw| raw.rule == self.ix).collect();
            let same = |raw: &&Raw| {
                own.iter().any(|own| {
                    own.start == raw.start && (own.secret_start, own.secret_end) == (raw.secret_start, raw.secret_end)
                })
            };
            raws.iter().filter(same).map(|raw| raw.rule).filter(|rule| *rule != self.ix).collect()
        };
        let others = scans.iter().map(beside).reduce(|a, b| &a & &b)?;
        others.into_iter().find_map(|other| self.covered_by(other))
    }

    fn covered_by(&self, other: RuleIx) -> Option<Remark> {
        let outer = self.detector.rules().get(other);
        // Of equals the first is told.
        let wins = (self.detector.rank(other), self.ix) > (self.detector.rank(self.ix), other);
        let said = |rule: &Rule| (rule.issuer.clone(), rule.kind, rule.lifetime, rule.confidence, rule.opens.clone());
        let redundant =
            said(outer) == said(self.rule) && outer.verify == self.rule.verify && outer.revoke == self.rule.revoke;
        if outer.part_only || !(wins || redundant) || !stands_wherever(outer, self.rule) {
            return None;
        }
        // Where both match the same, the other is the one that is never told.
        if !wins && automata::covers(&self.rule.pattern, &outer.pattern) == Some(true) {
            return None;
        }
        let how = match automata::covers(&outer.pattern, &self.rule.pattern) {
            Some(true) => "all that it matches",
            Some(false) => return None,
            None => "all of its examples",
        };
        let says = format!("`{}` finds {how}", outer.id);
        let mend = match wins {
            true => "It is never told: make its pattern say more, or its confidence greater, or leave it out.",
            false => "It tells nothing that the other does not: make one rule of both.",
        };
        Some(self.draft.remark_at(&["pattern ="], Covered, says, mend))
    }

    /// An example yields its own rule, with all rules at work.
    fn example(&self, found: &Found<'_>, text: &str) -> Option<Remark> {
        let own = if self.rule.part_only {
            !self.finds(text).is_empty()
        } else {
            found.matches.iter().any(|hit| hit.rule == self.ix)
        };
        if own {
            return None;
        }
        let others: BTreeSet<&str> = found.matches.iter().map(|hit| &*self.detector.rules().get(hit.rule).id).collect();
        let others: Vec<String> = others.into_iter().map(|id| format!("`{id}`")).collect();
        Some(match others.is_empty() {
            true => {
                self.at(text, Example, "finds nothing in this example", "Mend the pattern, `near`, or the example.")
            }
            false => self.at(
                text,
                Example,
                format!("this example is told as {}", others.join(", ")),
                "Make the pattern say more than the other's: a longer prefix, a fixed length, a greater confidence.",
            ),
        })
    }

    /// The values of an example are such as the issuer gives out, and stand nowhere without their marks.
    fn values(&self, text: &str) -> Vec<Remark> {
        let mut remarks = vec![];
        for value in self.finds(text) {
            let verdict = judge::format::judge(self.rule, value);
            let worse = verdict.confidence.is_none_or(|confidence| confidence < self.rule.confidence);
            // What an invented value decodes to is nobody's business.
            let sound = judge::format::structure_of(self.rule, value).sound != Some(false);
            if verdict.decided && worse && sound && self.rule.kind != Kind::PrivateKey && self.alone.is_some() {
                let says = format!("the value of this example: {}", verdict.why.unwrap_or("it is none"));
                remarks.push(self.at(
                    text,
                    NotRandom,
                    says,
                    "Write a random one, with a right checksum where there is one.",
                ));
            }
            let whole = str::from_utf8(value).is_ok_and(|value| self.draft.source.text.contains(value));
            if whole && !self.rule.part_only {
                let mend = "Break it with the mark {-} after the prefix and after every 8 characters.";
                remarks.push(self.at(text, WholeKey, "a whole key stands in the file", mend));
            }
        }
        remarks
    }

    fn counterexample(&self, text: &str) -> Option<Remark> {
        let told = |value: &&[u8]| self.alone.is_none() || judge::confidence(self.rule, value, None, None).is_some();
        self.finds(text).iter().find(|value| told(value))?;
        let mend = "Mend the pattern, or take another counterexample.";
        Some(self.at(text, Counterexample, "this counterexample is found", mend))
    }

    /// A remark where a text of the rule stands.
    fn at(&self, text: &str, what: super::remark::What, says: impl Into<String>, mend: &str) -> Remark {
        // Quotes and line breaks are written in other ways in the file.
        let shown = text.split(['\n', '"', '\\']).max_by_key(|part| part.len()).unwrap_or(text);
        let field = if what == Counterexample { "counterexamples =" } else { "examples =" };
        self.draft.remark_at(&[text, shown, field], what, says, mend)
    }
}

/// Whether `outer` may stand wherever `inner` may: its neighbours and its words ask no more.
fn stands_wherever(outer: &Rule, inner: &Rule) -> bool {
    let allows = |outer: Boundary, inner: Boundary| {
        let rank = |boundary| match boundary {
            Boundary::Any => 0,
            Boundary::Word => 1,
            Boundary::Token => 2,
        };
        rank(outer) <= rank(inner)
    };
    let near = match (&outer.near, &inner.near) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(outer), Some(inner)) => near_allows(outer, inner),
    };
    allows(outer.start, inner.start) && allows(outer.end, inner.end) && near
}

/// Whether a word of `outer` is near wherever one of `inner` is.
fn near_allows(outer: &Near, inner: &Near) -> bool {
    let holds = |word: &str| {
        let word = word.to_ascii_lowercase();
        outer.words.iter().any(|other| word.contains(&*other.to_ascii_lowercase()))
    };
    outer.before >= inner.before && outer.after >= inner.after && inner.words.iter().all(|word| holds(word))
}
