//! Texts that lie before us whole: files, staged changes, commits of a range, diffs, standard input.

use std::sync::Arc;

use bstr::BString;

use crate::{
    blob::Fresh,
    detect::{Carried, Detector, Found, Match, context::evidence::Evidence},
    finding::{
        Groups, Mark, Sighting,
        mask::{self, Span},
    },
    judge,
    location::{CommitInfo, Place, Position},
    rule::Confidence,
    scan::secrets::{Record, Secrets},
    source::Origin,
    suppress::inline,
};

/// What was found in one text.
#[derive(Debug)]
pub struct TextHits {
    /// Where the text comes from.
    pub origin: Origin,
    hits: Vec<TextHit>,
}

#[derive(Debug)]
struct TextHit {
    record: Record,
    position: Position,
    confidence: Confidence,
    grounds: Option<Arc<Evidence>>,
    excerpt: String,
    mark: Option<Mark>,
}

/// Scans a text; `None` if there is nothing in it.
pub fn scan(
    detector: &Detector,
    marks: &inline::Reader,
    origin: &Origin,
    bytes: &[u8],
    fresh: Fresh<'_>,
) -> Option<TextHits> {
    let mut found = detector.scan(bytes, fresh, &Carried::default());
    let path = origin.path.as_ref().map(|path| path.as_slice());
    let confidences = keep_judged(detector, &mut found, path);
    if found.matches.is_empty() {
        return None;
    }
    let spans = spans(detector, &found.text, &found.matches);
    let hits = found.matches.iter().zip(confidences).map(|(hit, confidence)| TextHit {
        record: Record::of(&found, hit),
        position: hit.position.below(origin.first_line),
        confidence,
        grounds: hit.evidence.clone(),
        excerpt: excerpt(&found.text, hit.position, &spans),
        mark: marks.mark(&found.text, hit.position.offset as usize..hit.position.end as usize),
    });
    Some(TextHits { origin: origin.clone(), hits: hits.collect() })
}

impl TextHits {
    /// Keeps the hits that are asked for.
    pub fn retain(&mut self, wanted: impl Fn(&Record, &Position) -> bool) {
        self.hits.retain(|hit| wanted(&hit.record, &hit.position));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// Puts each occurrence to its secret.
    pub fn group(
        self,
        detector: &Detector,
        secrets: &mut Secrets,
        target: &BString,
        commit: Option<&CommitInfo>,
        min_confidence: Confidence,
        groups: &mut Groups,
    ) {
        for hit in self.hits {
            let place = Place {
                source: self.origin.source,
                target: target.clone(),
                path: self.origin.path.clone(),
                position: hit.position,
                blob: self.origin.blob,
                commit: commit.cloned(),
                last_commit: None,
                tag: self.origin.tag.clone(),
                head_line: None,
            };
            let TextHit { record, confidence, grounds, excerpt, mark, .. } = hit;
            let secret = secrets.add_record(detector, record);
            if confidence < min_confidence && judge::stands_for_itself(grounds.as_deref()) {
                groups.add_unlisted(secret, confidence);
                continue;
            }
            groups.add(Sighting { secret, confidence, grounds, place, excerpt: Some(excerpt), mark });
        }
    }
}

/// Keeps the matches that are credentials in a text of this path; returns how sure each is.
pub fn keep_judged(detector: &Detector, found: &mut Found<'_>, path: Option<&[u8]>) -> Vec<Confidence> {
    let mut confidences = vec![];
    let text = &found.text;
    found.matches.retain(|hit| {
        let secret = &text[hit.position.offset as usize..hit.position.end as usize];
        let rule = detector.rules().get(hit.rule);
        let confidence = judge::confidence(rule, secret, hit.evidence.as_deref(), path);
        confidences.extend(confidence);
        confidence.is_some()
    });
    confidences
}

/// What is shown in place of each secret of a text.
pub fn spans(detector: &Detector, text: &[u8], matches: &[Match]) -> Vec<Span> {
    let of = |hit: &Match| {
        let range = hit.position.offset as usize..hit.position.end as usize;
        let rule = detector.rules().get(hit.rule);
        Span { masked: mask::mask(&text[range.clone()], detector.public_prefix(hit.rule), rule.kind), range }
    };
    matches.iter().map(of).collect()
}

/// The masked line around a secret. Other occurrences of it nearby, which no rule found, are masked as well.
pub fn excerpt(text: &[u8], at: Position, spans: &[Span]) -> String {
    let range = at.offset as usize..at.end as usize;
    // Spans are in order and do not overlap.
    let own = spans.binary_search_by_key(&range.start, |span| span.range.start).ok().map(|own| &spans[own]);
    let (Some(own), secret) = (own.filter(|own| own.range == range), &text[range.clone()]) else {
        return String::new();
    };
    let around = range.start.saturating_sub(AROUND)..text.len().min(range.end + AROUND);
    let near = spans[spans.partition_point(|span| span.range.end <= around.start)..].iter();
    let mut all: Vec<Span> = memchr::memmem::find_iter(&text[around.clone()], secret)
        .map(|found| around.start + found..around.start + found + secret.len())
        .map(|range| Span { range, masked: own.masked.clone() })
        .chain(near.take_while(|span| span.range.start < around.end).cloned())
        .collect();
    all.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
    all.dedup();
    mask::excerpt(text, range, &all)
}

/// Bytes on either side of a secret in which it is masked again; an excerpt shows fewer.
const AROUND: usize = 400;
