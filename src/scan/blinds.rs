//! Names may hold keys: a file called like its token, a branch, a folder that cannot be read. What a report tells besides the
//! secrets themselves goes through here: secrets of the findings are masked, and whatever reads as one by itself.

use bstr::BString;
use rustc_hash::FxHashMap;

use super::texts;
use crate::{
    blob::Fresh,
    detect::{Carried, Detector, Match},
    finding::{Finding, Masker},
    judge,
    location::Place,
    problem::Problem,
    rule::Confidence,
};

/// Masks names; each distinct one is looked at once.
pub struct Blinds<'b> {
    detector: &'b Detector,
    masker: &'b Masker,
    known: FxHashMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'b> Blinds<'b> {
    /// `masker` knows the secrets of all findings.
    pub fn new(detector: &'b Detector, masker: &'b Masker) -> Self {
        Self { detector, masker, known: FxHashMap::default() }
    }

    /// Masks what problems name.
    pub fn draw_over_problems(&mut self, problems: &mut [Problem]) {
        for problem in problems {
            for text in [&mut problem.what, &mut problem.why] {
                if let Some(masked) = self.masked(text.as_bytes()) {
                    *text = crate::finding::printable::utf8(&masked);
                }
            }
        }
    }

    /// Masks targets, paths, commits, tags and lines of all places.
    pub fn draw_over_findings(&mut self, findings: &mut [Finding]) {
        for shown in findings.iter_mut().flat_map(|finding| &mut finding.places) {
            if let Some(excerpt) = shown.excerpt.as_mut()
                && let Some(masked) = self.masked(excerpt.as_bytes())
            {
                *excerpt = crate::finding::printable::utf8(&masked);
            }
            let Place { target, path, commit, last_commit, tag, .. } = &mut shown.place;
            self.draw_over(target);
            path.iter_mut().for_each(|path| self.draw_over(path));
            let of_tag = tag.iter_mut().flat_map(|tag| [&mut tag.name, &mut tag.tagger, &mut tag.email]);
            of_tag.for_each(|text| self.draw_over(text));
            for commit in [commit, last_commit].into_iter().flatten() {
                [&mut commit.subject, &mut commit.author, &mut commit.email]
                    .into_iter()
                    .for_each(|it| self.draw_over(it));
            }
        }
    }

    /// Masks what people wrote about suppression: the comment beside one secret may hold another.
    pub fn draw_over_reasons(&mut self, findings: &mut [Finding]) {
        for by in findings.iter_mut().filter_map(|finding| finding.suppressed.as_mut()) {
            if let Some(masked) = by.reason.as_ref().and_then(|reason| self.masked(reason.as_bytes())) {
                by.reason = Some(crate::finding::printable::utf8(&masked));
            }
        }
    }

    fn draw_over(&mut self, text: &mut BString) {
        if let Some(masked) = self.masked(text) {
            *text = masked.into();
        }
    }

    /// The text without secrets; `None` if it holds none.
    pub fn masked(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let by_itself = self.without_matches(text);
        let masked = self.masker.mask(by_itself.as_deref().unwrap_or(text)).or(by_itself);
        self.known.insert(text.to_vec(), masked.clone());
        masked
    }

    fn is_sure(&self, hit: &Match, secret: &[u8]) -> bool {
        let rule = self.detector.rules().get(hit.rule);
        judge::confidence(rule, secret, hit.evidence.as_deref(), None) > Some(Confidence::Low)
    }

    /// What a rule of low confidence makes of a path is no reason to hide where a finding is.
    fn without_matches(&self, text: &[u8]) -> Option<Vec<u8>> {
        let found = self.detector.scan(text, Fresh::All, &Carried::default());
        let sure: Vec<_> =
            found.matches.iter().filter(|hit| self.is_sure(hit, found.bytes(&hit.position))).cloned().collect();
        let (mut out, mut from) = (vec![], 0);
        for span in texts::spans(self.detector, text, &sure) {
            out.extend_from_slice(&text[from..span.range.start]);
            out.extend_from_slice(span.masked.as_bytes());
            from = span.range.end;
        }
        (from > 0).then(|| [&out[..], &text[from..]].concat())
    }
}
