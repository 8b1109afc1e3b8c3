//! The file `rules/<issuer>.toml`: its shape, and the errors of a broken one.
//!
//! An error names file, line, column and what was expected there, also where the file is good TOML and says something that
//! cannot be. The break mark `{-}` stands for nothing and is taken out of every text, so that no file holds a whole key.

use std::{borrow::Cow, ops::Range};

use serde::Deserialize;
use toml::Spanned;

use super::{
    complaint::{Reader, unmark, unmark_all},
    pattern::{self, Fault},
    request::Sample,
    revoke::{ByHand, WaySample},
    revoke_file::{self, ByHandShape, WayShape},
    shape::{Boundary, Confidence, Context, Kind, Lifetime, Near, PartSpec, Rule, Text},
    verify_file::{self, VerifyShape},
};

pub use super::complaint::Complaint;

/// Farthest in bytes that a word is looked for.
const NEAR_LIMIT: u32 = 4096;

/// Shortest word that may be looked for near a match.
const NEAR_WORD: usize = 3;

/// A rule with what is known only while files are put together.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The rule.
    pub rule: Rule,
    /// It stands in for an embedded rule of the same id.
    pub replaces: bool,
    /// The file and place of its id, for complaints.
    pub id_at: Complaint,
    /// The file and place of each part's rule, for complaints.
    pub parts_at: Vec<Complaint>,
    /// The file and place of the name of its check.
    pub checksum_at: Option<Complaint>,
    /// Sample answers of its verify section, or of the section that it shares.
    pub samples: Vec<Sample>,
    /// Sample answers of its revoke sections, or of those that it shares.
    pub way_samples: Vec<WaySample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape {
    issuer: Spanned<String>,
    name: String,
    docs: Option<String>,
    rotate: Option<String>,
    by_hand: Option<ByHandShape>,
    #[serde(default)]
    rule: Vec<Spanned<RuleShape>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleShape {
    id: Spanned<String>,
    name: Spanned<String>,
    opens: Spanned<String>,
    kind: Kind,
    lifetime: Lifetime,
    confidence: Spanned<Confidence>,
    pattern: Option<Spanned<String>>,
    context: Option<Spanned<Context>>,
    anchor: Option<Spanned<String>>,
    #[serde(default)]
    start: Boundary,
    #[serde(default)]
    end: Boundary,
    near: Option<NearShape>,
    #[serde(default)]
    part_only: bool,
    #[serde(default)]
    parts: Vec<PartShape>,
    checksum: Option<Spanned<String>>,
    docs: Option<String>,
    source: Option<String>,
    since: Option<Spanned<String>>,
    documented: Spanned<Confidence>,
    rotate: Option<String>,
    #[serde(default)]
    replaces: bool,
    verify: Option<Spanned<VerifyShape>>,
    #[serde(default)]
    revoke: Vec<Spanned<WayShape>>,
    by_hand: Option<ByHandShape>,
    examples: Spanned<Vec<Spanned<String>>>,
    counterexamples: Spanned<Vec<Spanned<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NearShape {
    words: Spanned<Vec<Spanned<String>>>,
    before: Option<Spanned<u32>>,
    after: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartShape {
    name: String,
    rule: Spanned<String>,
    #[serde(default)]
    shared: bool,
}

/// Reads the text of a rule file. `file` names it in complaints; `stem` is its name without folder and ending, and must be
/// the issuer's id. What concerns several files is checked by [`super::cross`].
pub fn parse(text: &str, file: &str, stem: &str) -> Result<Vec<Loaded>, Complaint> {
    let reader = Reader { text, file };
    let shape: FileShape = toml::from_str(text).map_err(|error| reader.toml(&error))?;
    if shape.issuer.get_ref() != stem {
        return Err(reader.at(shape.issuer.span(), format!("`issuer` must be the file's name, `{stem}`")));
    }
    if !is_id(stem) {
        return Err(reader.at(shape.issuer.span(), "expected an issuer's id is made of a-z, 0-9 and single `-`".into()));
    }
    if shape.rule.is_empty() {
        return Err(reader.at(shape.issuer.span(), "expected at least one `[[rule]]`".into()));
    }
    let mut loaded: Vec<Loaded> = shape.rule.iter().map(|rule| reader.rule(&shape, rule)).collect::<Result<_, _>>()?;
    let sections: Vec<_> = shape.rule.iter().map(|rule| rule.get_ref().verify.as_ref()).collect();
    verify_file::attach(&reader, &sections, &mut loaded)?;
    let ways: Vec<&[Spanned<WayShape>]> = shape.rule.iter().map(|rule| rule.get_ref().revoke.as_slice()).collect();
    revoke_file::attach(&reader, &ways, &mut loaded)?;
    Ok(loaded)
}

fn is_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    id.bytes().all(fits) && id.split('-').all(|word| !word.is_empty())
}

/// `2027-01-31`.
fn is_day(text: &str) -> bool {
    let fits = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    let number = |range: Range<usize>| text[range].parse::<u32>().unwrap_or(0);
    text.len() == 10
        && text.bytes().enumerate().all(fits)
        && (1..=12).contains(&number(5..7))
        && (1..=31).contains(&number(8..10))
}

impl Reader<'_> {
    fn rule(&self, file: &FileShape, spanned: &Spanned<RuleShape>) -> Result<Loaded, Complaint> {
        let shape = spanned.get_ref();
        self.check_id(file.issuer.get_ref(), &shape.id)?;
        for line in [&shape.name, &shape.opens] {
            if line.get_ref().trim().is_empty() || line.get_ref().contains('\n') {
                return Err(self.at(line.span(), "expected one line of text".into()));
            }
        }
        self.check_knowledge(shape)?;
        self.check_pattern(shape, spanned.span())?;
        self.check_examples(shape)?;
        let docs = self.required(shape.docs.as_ref().or(file.docs.as_ref()), "docs", spanned)?;
        let rotate = self.required(shape.rotate.as_ref().or(file.rotate.as_ref()), "rotate", spanned)?;
        let rule = Rule {
            id: unmark(shape.id.get_ref()),
            issuer: unmark(file.issuer.get_ref()),
            issuer_name: unmark(&file.name),
            name: unmark(shape.name.get_ref()),
            opens: unmark(shape.opens.get_ref()),
            kind: shape.kind,
            lifetime: shape.lifetime,
            confidence: *shape.confidence.get_ref(),
            pattern: shape.pattern.as_ref().map_or(Text::Borrowed(""), |pattern| unmark(pattern.get_ref())),
            context: shape.context.as_ref().map(|context| *context.get_ref()),
            anchor: shape.anchor.as_ref().map(|anchor| unmark(anchor.get_ref())),
            start: shape.start,
            end: shape.end,
            near: shape.near.as_ref().map(|near| self.near(near)).transpose()?,
            part_only: shape.part_only,
            parts: shape.parts.iter().map(part).collect(),
            checksum: shape.checksum.as_ref().map(|name| unmark(name.get_ref())),
            outline: None,
            source: shape.source.as_deref().map_or_else(|| docs.clone(), unmark),
            docs,
            since: shape.since.as_ref().map(|day| unmark(day.get_ref())),
            documented: *shape.documented.get_ref(),
            rotate,
            verify: None,
            revoke: vec![].into(),
            by_hand: self.by_hand(file, shape)?,
            examples: unmark_all(shape.examples.get_ref()).into(),
            counterexamples: unmark_all(shape.counterexamples.get_ref()).into(),
        };
        let place = |span: Range<usize>| self.at(span, String::new());
        Ok(Loaded {
            rule,
            replaces: shape.replaces,
            id_at: place(shape.id.span()),
            parts_at: shape.parts.iter().map(|part| place(part.rule.span())).collect(),
            checksum_at: shape.checksum.as_ref().map(|name| place(name.span())),
            samples: vec![],
            way_samples: vec![],
        })
    }

    /// The rule's own steps, or those of its issuer. What is found only as a companion has none.
    fn by_hand(&self, file: &FileShape, rule: &RuleShape) -> Result<Option<Cow<'static, ByHand>>, Complaint> {
        let steps = rule.by_hand.as_ref().or(file.by_hand.as_ref()).filter(|_| !rule.part_only);
        Ok(steps.map(|steps| revoke_file::by_hand(self, steps)).transpose()?.map(Cow::Owned))
    }

    fn required(&self, text: Option<&String>, field: &str, rule: &Spanned<RuleShape>) -> Result<Text, Complaint> {
        text.map(|text| unmark(text))
            .ok_or_else(|| self.at(rule.span(), format!("missing field `{field}`, here or at the top of the file")))
    }

    fn check_id(&self, issuer: &str, id: &Spanned<String>) -> Result<(), Complaint> {
        let text = id.get_ref();
        if !is_id(text) {
            return Err(self.at(id.span(), "expected an id is made of a-z, 0-9 and single `-`".into()));
        }
        match text.strip_prefix(issuer).and_then(|rest| rest.strip_prefix('-')) {
            Some(_) => Ok(()),
            None => Err(self.at(id.span(), format!("expected an id that begins with `{issuer}-`"))),
        }
    }

    fn check_knowledge(&self, shape: &RuleShape) -> Result<(), Complaint> {
        if let Some(day) = shape.since.as_ref().filter(|day| !is_day(day.get_ref())) {
            return Err(self.at(day.span(), "expected a day, such as \"2027-01-31\"".into()));
        }
        if *shape.documented.get_ref() == Confidence::Low {
            if *shape.confidence.get_ref() != Confidence::Low {
                let message = "expected `confidence = \"low\"`: a format that is hardly known cannot give sure matches";
                return Err(self.at(shape.confidence.span(), message.into()));
            }
            if shape.source.is_none() {
                let message = "expected a `source`: say where a format that is hardly known was seen";
                return Err(self.at(shape.documented.span(), message.into()));
            }
        }
        Ok(())
    }

    fn check_pattern(&self, shape: &RuleShape, whole: Range<usize>) -> Result<(), Complaint> {
        let spanned = match (&shape.pattern, &shape.context) {
            (Some(pattern), None) => pattern,
            (None, Some(context)) => return self.check_context(shape, context.span()),
            _ => return Err(self.at(whole, "expected either a `pattern` or a `context`".into())),
        };
        let pattern = unmark(spanned.get_ref());
        let anchor = shape.anchor.as_ref().map(|anchor| unmark(anchor.get_ref()));
        pattern::check(&pattern, anchor.as_deref()).map_err(|fault| self.in_pattern(spanned, &pattern, fault))
    }

    /// What only a pattern can use.
    fn check_context(&self, shape: &RuleShape, at: Range<usize>) -> Result<(), Complaint> {
        let unused = shape.anchor.is_some()
            || shape.near.is_some()
            || shape.checksum.is_some()
            || shape.part_only
            || (shape.start, shape.end) != Default::default();
        match unused {
            true => Err(self.at(
                at,
                "a rule with a `context` has no `anchor`, `start`, `end`, `near`, `checksum` or `part_only`".into(),
            )),
            false => Ok(()),
        }
    }

    /// Points into the pattern where the file shows it as it is, and quotes the portion otherwise.
    fn in_pattern(&self, spanned: &Spanned<String>, pattern: &str, fault: Fault) -> Complaint {
        let portion = pattern.get(fault.at.clone()).unwrap_or_default();
        let shown = match portion.is_empty() || fault.at.len() == pattern.len() {
            true => String::new(),
            false => format!(" at `{portion}`"),
        };
        let span = spanned.span();
        let inside =
            self.text.get(span.clone()).and_then(|raw| raw.find(pattern)).map_or(0, |quote| quote + fault.at.start);
        self.at(span.start + inside..span.end, format!("pattern: {}{shown}", fault.message))
    }

    fn check_examples(&self, shape: &RuleShape) -> Result<(), Complaint> {
        for (list, least, what) in
            [(&shape.examples, 1, "one example"), (&shape.counterexamples, 2, "two counterexamples")]
        {
            if list.get_ref().len() < least {
                return Err(self.at(list.span(), format!("expected at least {what}")));
            }
            if let Some(empty) = list.get_ref().iter().find(|text| text.get_ref().trim().is_empty()) {
                return Err(self.at(empty.span(), "expected some text".into()));
            }
        }
        Ok(())
    }

    fn near(&self, shape: &NearShape) -> Result<Near, Complaint> {
        if shape.words.get_ref().is_empty() {
            return Err(self.at(shape.words.span(), "expected at least one word".into()));
        }
        if let Some(short) = shape.words.get_ref().iter().find(|word| unmark(word.get_ref()).len() < NEAR_WORD) {
            return Err(self.at(short.span(), format!("expected a word of {NEAR_WORD} bytes or more")));
        }
        for distance in [&shape.before, &shape.after].into_iter().flatten() {
            if *distance.get_ref() > NEAR_LIMIT {
                return Err(self.at(distance.span(), format!("expected a distance of {NEAR_LIMIT} bytes at most")));
            }
        }
        Ok(Near {
            words: unmark_all(shape.words.get_ref()).into(),
            before: shape.before.as_ref().map_or(Near::BEFORE, |before| *before.get_ref()),
            after: shape.after.as_ref().map_or(0, |after| *after.get_ref()),
        })
    }
}

fn part(shape: &PartShape) -> PartSpec {
    PartSpec { name: unmark(&shape.name), rule: unmark(shape.rule.get_ref()), shared: shape.shared }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
