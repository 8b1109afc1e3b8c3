//! Verify sections of a rule file: read, checked, and attached to their rules. Every check here is one that a person who writes a
//! section would rather be told at once; whether the sample answers are judged right is told by the test of the file.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use toml::Spanned;

use super::{
    complaint::{Complaint, Reader, unmark},
    file::Loaded,
    nearest,
    request::{After, Ask, Body, Condition, Known, Proof, Request, Sample, SampleIs, Says, Verify},
    shape::Text,
};
use crate::template::{self, Piece};

mod answer;
mod request;
mod shape;

pub(super) use answer::value;
pub use answer::{granted_dead, granted_live};
pub(super) use shape::{ConditionShape, ConfiguredShape, Many, ValueShape, VerifyShape};

/// Reads the sections of a file, one or none for each rule, and gives each to its rule.
pub(super) fn attach(
    reader: &Reader,
    sections: &[Option<&Spanned<VerifyShape>>],
    loaded: &mut [Loaded],
) -> Result<(), Complaint> {
    for (section, loaded) in sections.iter().zip(loaded.iter_mut()) {
        let Some(section) = section else { continue };
        if loaded.rule.part_only {
            return Err(
                reader.at(section.span(), "a rule with `part_only` finds nothing that could be asked for".into())
            );
        }
        if section.get_ref().same_as.is_none() {
            let parts: Vec<&str> = loaded.rule.parts.iter().map(|part| &*part.name).collect();
            let (at, shape) = (section.span(), section.get_ref());
            let section = Section { reader, parts, at, shape, needs_secret: true };
            let (verify, samples) = section.read()?;
            loaded.rule.verify = Some(Cow::Owned(verify));
            loaded.samples = samples;
        }
    }
    for (at, section) in sections.iter().enumerate() {
        if let Some(name) = section.and_then(|section| section.get_ref().same_as.as_ref()) {
            share(reader, at, name, loaded)?;
        }
    }
    Ok(())
}

/// Gives the rule `at` the section of the rule that `name` means.
fn share(reader: &Reader, at: usize, name: &Spanned<String>, loaded: &mut [Loaded]) -> Result<(), Complaint> {
    let with = |loaded: &&Loaded| !loaded.samples.is_empty();
    let Some(other) = loaded.iter().filter(with).find(|other| other.rule.id == **name.get_ref()) else {
        let known = loaded.iter().filter(with).map(|other| &*other.rule.id);
        let hint = nearest::hint(name.get_ref(), known);
        return Err(
            reader.at(name.span(), format!("expected a rule of this file with a verify section of its own{hint}"))
        );
    };
    let (verify, samples) = (other.rule.verify.clone(), other.samples.clone());
    let parts = &loaded[at].rule.parts;
    let used = verify.iter().flat_map(|verify| verify.asks.iter()).flat_map(|ask| names(&ask.request));
    if let Some(missing) =
        used.filter(|used| used != "secret").find(|used| !parts.iter().any(|part| part.name == **used))
    {
        return Err(reader
            .at(name.span(), format!("expected a rule that has the part `{missing}`, which that section fills in")));
    }
    loaded[at].rule.verify = verify;
    loaded[at].samples = samples;
    Ok(())
}

/// The names of all places in a request.
pub(super) fn names(request: &Request) -> BTreeSet<String> {
    let bodies = match &request.body {
        Body::Nothing => None,
        Body::Json(text) | Body::Form(text) | Body::Plain(text) => Some(text),
    };
    let client = match &request.proof {
        Proof::ClientCredentials { client, .. } => Some(client),
        Proof::Nothing | Proof::Signature(_) => None,
    };
    let headers = request.headers.iter().map(|(_, value)| value);
    let texts =
        request.hosts.iter().chain([&request.path]).chain(headers).chain(&request.basic).chain(bodies).chain(client);
    let pieces = texts.filter_map(|text| template::parse(text).ok()).flatten();
    pieces
        .filter_map(|piece| match piece {
            Piece::Place { name, .. } => Some(name),
            Piece::Plain(_) => None,
        })
        .collect()
}

/// A section being read. The requests of revoke sections are read by it as well.
pub(super) struct Section<'a> {
    pub reader: &'a Reader<'a>,
    /// What a place may name beside `secret`.
    pub parts: Vec<&'a str>,
    pub at: Range<usize>,
    pub shape: &'a VerifyShape,
    /// Whether a request without `{secret}` asks for nothing.
    pub needs_secret: bool,
}

impl Section<'_> {
    fn read(&self) -> Result<(Verify, Vec<Sample>), Complaint> {
        let shape = self.shape;
        if let Some(after) = &shape.after {
            return Err(self.wrong(after, "`after` belongs into `[[rule.verify.next]]`"));
        }
        let known = *shape.known.as_ref().ok_or_else(|| self.missing("known"))?.get_ref();
        let page = self.line(shape.page.as_ref(), "page")?;
        if known != Known::Reported && !page.starts_with("https://") {
            return Err(self
                .wrong(shape.page.as_ref().expect("was just read"), "expected the address of the page that was read"));
        }
        match (known, &shape.observed) {
            (Known::Observed, None) => return Err(self.missing("observed")),
            (Known::Reported | Known::Documented, Some(date)) => {
                return Err(self.wrong(date, "a date belongs to `known = \"observed\"`"));
            }
            _ => {}
        }
        let mut asks = vec![self.ask(None)?];
        for next in &shape.next {
            let parts = self.parts.clone();
            let (at, shape) = (next.span(), next.get_ref());
            let section = Section { reader: self.reader, parts, at, shape, needs_secret: true };
            section.only_a_request()?;
            asks.push(section.ask(Some(&asks[0].request))?);
        }
        let samples: Vec<Sample> =
            shape.sample.iter().map(|sample| self.sample(sample, asks.len())).collect::<Result<_, _>>()?;
        for is in [SampleIs::Live, SampleIs::Dead] {
            if !samples.iter().any(|sample| sample.is == is) {
                return Err(self.complain(format!("expected a `[[rule.verify.sample]]` with `is = {}`", word(is))));
            }
        }
        let verify = Verify {
            known,
            page,
            observed: shape.observed.as_ref().map(|date| date.get_ref().to_string().into()),
            effect: self.line(shape.effect.as_ref(), "effect")?,
            interval_ms: shape.rate.as_ref().map_or(Ok(Verify::INTERVAL_MS), |rate| interval(self.reader, rate))?,
            no_control: shape.control.as_ref().map(|control| self.no_control(control)).transpose()?,
            status_alone: shape.status_alone.as_ref().map(|reason| unmark(reason.get_ref())),
            asks: asks.into(),
        };
        Ok((verify, samples))
    }

    /// What concerns the section as a whole is not said again in a further request.
    fn only_a_request(&self) -> Result<(), Complaint> {
        let VerifyShape { same_as, known, page, observed, rate, control, effect, status_alone, sample, next, .. } =
            self.shape;
        let wrong = [
            ("same_as", same_as.is_some()),
            ("known", known.is_some()),
            ("page", page.is_some()),
            ("observed", observed.is_some()),
            ("rate", rate.is_some()),
            ("control", control.is_some()),
            ("effect", effect.is_some()),
            ("status_alone", status_alone.is_some()),
            ("sample", !sample.is_empty()),
            ("next", !next.is_empty()),
        ];
        match wrong.iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(self.complain(format!("`{name}` belongs into `[rule.verify]`"))),
            None => Ok(()),
        }
    }

    /// A request with its conditions; hosts, headers and proof come from the first one where a further one has none.
    fn ask(&self, first: Option<&Request>) -> Result<Ask, Complaint> {
        let shape = self.shape;
        let after = match first {
            Some(_) => *shape.after.as_ref().ok_or_else(|| self.missing("after"))?.get_ref(),
            None => After::Nothing,
        };
        let request = self.request(first)?;
        let granted = matches!(request.proof, Proof::ClientCredentials { .. });
        let conditions = |given: &Option<Vec<Spanned<ConditionShape>>>,
                          name: &str,
                          standard: fn() -> Vec<Condition>| match given.as_deref() {
            Some([]) | None if granted => Ok(standard()),
            Some([]) | None if after == After::Live => Ok(vec![]),
            Some([]) | None => Err(self.missing(name)),
            Some(given) => given.iter().map(|given| self.condition(given, name == "live")).collect(),
        };
        Ok(Ask {
            after,
            request,
            live: conditions(&shape.live, "live", granted_live)?.into(),
            dead: conditions(&shape.dead, "dead", granted_dead)?.into(),
            says: shape.says.as_ref().map_or_else(|| Ok(Says::default()), |says| self.says(says))?,
        })
    }

    fn no_control(&self, control: &Spanned<String>) -> Result<Text, Complaint> {
        match control.get_ref().strip_prefix("skip: ") {
            Some(reason) if !reason.trim().is_empty() => Ok(unmark(reason)),
            _ => Err(self.wrong(control, "expected `skip: ` and the reason")),
        }
    }

    fn line(&self, given: Option<&Spanned<String>>, name: &str) -> Result<Text, Complaint> {
        let given = given.ok_or_else(|| self.missing(name))?;
        match given.get_ref().trim().is_empty() || given.get_ref().contains('\n') {
            true => Err(self.wrong(given, "expected one line of text")),
            false => Ok(unmark(given.get_ref())),
        }
    }

    fn missing(&self, field: &str) -> Complaint {
        self.complain(format!("missing field `{field}`"))
    }

    fn complain(&self, message: String) -> Complaint {
        self.reader.at(self.at.clone(), message)
    }

    fn wrong<T>(&self, given: &Spanned<T>, message: &str) -> Complaint {
        self.reader.at(given.span(), message.to_owned())
    }
}

/// `5/s`, `30/min` or `1000/h` as milliseconds from one request to the next.
pub(super) fn interval(reader: &Reader, rate: &Spanned<String>) -> Result<u32, Complaint> {
    let parsed = rate.get_ref().split_once('/').and_then(|(times, unit)| {
        let unit: u32 = match unit {
            "s" => 1_000,
            "min" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        times.parse::<u32>().ok().filter(|times| *times > 0).map(|times| unit.div_ceil(times))
    });
    let message = "expected a number of requests `/s`, `/min` or `/h`, as in `5/s`";
    parsed.ok_or_else(|| reader.at(rate.span(), message.to_owned()))
}

fn word(is: SampleIs) -> &'static str {
    match is {
        SampleIs::Live => "\"live\"",
        SampleIs::Dead => "\"dead\"",
        SampleIs::RateLimited => "\"rate-limited\"",
        SampleIs::Odd => "\"odd\"",
    }
}

#[cfg(test)]
mod tests;
