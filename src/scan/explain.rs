//! Why something in a text is reported, or is not: each candidate with its rule, what speaks for and against it, the verdict,
//! and what would change it.

use crate::{
    blob::Fresh,
    detect::{
        Carried, Detector, Found, Raw,
        context::{self, evidence::Evidence},
    },
    finding::{Reason, mask},
    judge,
    rule::{Confidence, Rule},
};

/// A candidate and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// Id of the rule.
    pub rule: String,
    /// What its issuer calls such a credential.
    pub name: String,
    /// The value as it may be shown.
    pub masked: String,
    /// How sure we are; `None` where it is not reported at all.
    pub confidence: Option<Confidence>,
    /// The verdict in words.
    pub verdict: String,
    /// What speaks for and against it, what weighs most first.
    pub evidence: Vec<Reason>,
    /// What would make it another verdict.
    pub change: Vec<String>,
}

/// All candidates of a text, in the order of their places. `path` is evidence for what has no format.
pub fn explain(detector: &Detector, bytes: &[u8], path: Option<&[u8]>) -> Vec<Explained> {
    let found = detector.scan(bytes, Fresh::All, &Carried::default());
    let explainer = Explainer { detector, found: &found, path };
    let mut all: Vec<(u32, Explained)> = vec![];
    for raw in &found.carried.raws {
        all.push((raw.secret_start, explainer.of_format(raw)));
    }
    if found.carried.reading == crate::blob::Reading::Text {
        all.extend(explainer.of_contexts());
    }
    all.sort_by(|a, b| (a.0, &a.1.rule).cmp(&(b.0, &b.1.rule)));
    all.dedup_by(|a, b| a.0 == b.0 && a.1 == b.1);
    all.into_iter().map(|(_, explained)| explained).collect()
}

struct Explainer<'a> {
    detector: &'a Detector,
    found: &'a Found<'a>,
    path: Option<&'a [u8]>,
}

impl Explainer<'_> {
    fn of_format(&self, raw: &Raw) -> Explained {
        let rule = self.detector.rules().get(raw.rule);
        let secret = &self.found.text[raw.secret_start as usize..raw.secret_end as usize];
        let kept =
            self.found.matches.iter().find(|hit| hit.rule == raw.rule && hit.position.offset == raw.secret_start);
        let evidence = kept.and_then(|hit| hit.evidence.as_deref());
        let confidence = kept.and_then(|_| judge::confidence(rule, secret, evidence, self.path));
        let why = judge::format::judge(rule, secret).why;
        let verdict = match (kept, confidence) {
            (None, _) if rule.part_only => "found only together with another value".to_owned(),
            (None, _) => self.shadowed(raw),
            (_, None) => format!("not reported: {}", why.unwrap_or("it is none")),
            (_, Some(confidence)) => reported(confidence),
        };
        let mut change = vec![];
        match why {
            Some(why) => change.push(format!("another value: {why}")),
            None if kept.is_some() && confidence < Some(Confidence::High) => {
                change.push("a name beside it that says what it is would make it surer".to_owned());
            }
            None => {}
        }
        if confidence == Some(Confidence::Low) {
            change.push("--confidence low reports it".to_owned());
        }
        let evidence = judge::reasons(rule, secret, None, self.path);
        self.explained(raw.secret_start, rule, secret, confidence, verdict, evidence, change)
    }

    /// What another match has, or what an id became a part of.
    fn shadowed(&self, raw: &Raw) -> String {
        let id = |rule| self.detector.rules().get(rule).id.to_string();
        let overlaps = |start: u32, end: u32| start < raw.secret_end && raw.secret_start < end;
        for hit in &self.found.matches {
            if overlaps(hit.position.offset, hit.position.end) {
                return format!("not told by itself: {} says more about the same text", id(hit.rule));
            }
            if hit.parts.iter().any(|part| overlaps(part.position.offset, part.position.end)) {
                return format!("a part of the {} in line {}", id(hit.rule), hit.position.line);
            }
        }
        "not told by itself: another match says more about the same text".to_owned()
    }

    /// What has a name or the like, also where no path could make it a finding.
    fn of_contexts(&self) -> Vec<(u32, Explained)> {
        let text = &*self.found.text;
        let mut candidates = vec![];
        context::anchors(text, 0..text.len(), |at| candidates.extend(context::candidate_at(text, at)));
        candidates.sort_by_key(|one| (one.value.start, one.anchor));
        candidates.dedup_by_key(|one| one.value.clone());
        let explain = |one: &context::Candidate| {
            let class = context::class_of(text, one);
            let (_, rule) = self.detector.rules().iter().find(|(_, rule)| rule.context == Some(class))?;
            Some((one.value.start as u32, self.of_context(one, rule)))
        };
        candidates.iter().filter_map(explain).collect()
    }

    fn of_context(&self, one: &context::Candidate, rule: &Rule) -> Explained {
        let secret = &self.found.text[one.value.clone()];
        let evidence = Evidence::of(&self.found.text, one);
        let verdict = judge::context::judge(&evidence, self.path);
        let [start, end] = [one.value.start as u32, one.value.end as u32];
        let shadow = self.found.matches.iter().find(|hit| {
            let overlaps = hit.position.offset < end && start < hit.position.end;
            let is_another = (hit.position.offset, hit.position.end) != (start, end);
            overlaps && (is_another || self.detector.rules().get(hit.rule).context.is_none())
        });
        let (confidence, words) = match (shadow, verdict.confidence) {
            (Some(hit), _) => {
                let id = &self.detector.rules().get(hit.rule).id;
                (None, format!("not told by itself: {id} says more about the same text"))
            }
            (None, None) => (None, format!("not reported: its score is {:.2}", verdict.score)),
            (None, Some(confidence)) => {
                (Some(confidence), format!("{}: its score is {:.2}", reported(confidence), verdict.score))
            }
        };
        let change = match shadow {
            Some(_) => vec![],
            None => what_changes(&evidence, self.path, &verdict),
        };
        let evidence = judge::reasons(rule, secret, Some(&evidence), self.path);
        self.explained(start, rule, secret, confidence, words, evidence, change)
    }

    #[allow(clippy::too_many_arguments, reason = "they are the fields of one value")]
    fn explained(
        &self,
        start: u32,
        rule: &Rule,
        secret: &[u8],
        confidence: Option<Confidence>,
        verdict: String,
        evidence: Vec<Reason>,
        change: Vec<String>,
    ) -> Explained {
        let before = &self.found.text[..start as usize];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let public = self.detector.rules().find(&rule.id).map_or(0, |ix| self.detector.public_prefix(ix));
        Explained {
            line: memchr::memchr_iter(b'\n', before).count() as u32 + 1,
            column: (before.len() - line_start + 1) as u32,
            rule: rule.id.to_string(),
            name: rule.name.to_string(),
            masked: mask::mask(secret, public, rule.kind),
            confidence,
            verdict,
            evidence,
            change,
        }
    }
}

fn reported(confidence: Confidence) -> String {
    match confidence {
        Confidence::High => "reported, high confidence".to_owned(),
        Confidence::Medium => "reported, medium confidence".to_owned(),
        Confidence::Low => "low confidence: reported only with --confidence low".to_owned(),
    }
}

/// How far the next confidence is, and which evidence stands most in its way.
fn what_changes(evidence: &Evidence, path: Option<&[u8]>, verdict: &judge::context::Verdict) -> Vec<String> {
    let mut change = vec![];
    if let Some(why) = verdict.held_down {
        change.push(format!("it is held down: {why}"));
        return change;
    }
    let lines = judge::context::lines(evidence, path);
    let next = ["low", "medium", "high"].into_iter().zip(lines).find(|(_, least)| verdict.score < *least);
    if let Some((word, least)) = next {
        change.push(format!("{word} confidence begins at a score of {least:.2}, {:.2} more", least - verdict.score));
        let against = judge::context::pushes(evidence, path).into_iter().filter(|push| push.by < 0.0).take(2);
        change.extend(against.map(|push| format!("against it: {} ({}): {:+.2}", push.text, push.value, push.by)));
    }
    change
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rule::RuleSet;

    fn explained(text: &str, path: &str) -> Vec<Explained> {
        let detector = Detector::new(Arc::new(RuleSet::embedded())).unwrap();
        explain(&detector, text.replace("{-}", "").as_bytes(), Some(path.as_bytes()))
    }

    #[test]
    fn a_password_is_told_with_what_speaks_for_it() {
        let all = explained("a = 1\ndb_password = \"q7Lw{-}Zr2NvXk9{-}TbPe4uFy\"\n", "config/settings.ini");
        let [one] = &all[..] else { panic!("{all:?}") };
        assert_eq!((&*one.rule, one.line, one.column), ("generic-password", 2, 16));
        assert!(one.confidence >= Some(Confidence::Medium) && one.verdict.starts_with("reported"), "{one:?}");
        assert!(!one.evidence.is_empty() && !one.masked.contains("q7Lw"));
    }

    #[test]
    fn what_is_not_reported_says_why_and_what_would_change_it() {
        let all = explained("password = \"secret\"\n", "tests/login_test.py");
        let [one] = &all[..] else { panic!("{all:?}") };
        assert!(one.confidence <= Some(Confidence::Low), "{one:?}");
        assert!(!one.change.is_empty(), "{one:?}");
        let all = explained("AWS_ACCESS_KEY_ID=AKIA{-}XXXXXXXX{-}XXXXXXXX\n", "a.env");
        let one = all.iter().find(|one| one.rule.starts_with("aws")).unwrap();
        assert!(one.confidence.is_none() && one.verdict.contains("filler"), "{one:?}");
    }

    #[test]
    fn a_context_whose_value_has_a_format_is_said_to_be_told_by_that() {
        let rules = RuleSet::embedded();
        let example = rules.get(rules.find("npm-access-token").unwrap()).examples[0].to_string();
        let start = example.find("npm_").unwrap();
        let all = explained(&format!("secret_token = \"{}\"\n", &example[start..start + 40]), "a.py");
        let told: Vec<_> = all.iter().map(|one| (&*one.rule, one.confidence.is_some())).collect();
        assert!(told.contains(&("npm-access-token", true)) && told.contains(&("generic-secret", false)), "{all:?}");
    }
}
