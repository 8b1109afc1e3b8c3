//! Revoke sections and by-hand steps of a rule file: read, checked, and attached to their rules. What is refused here is what could
//! reach a wrong key: an action that names no key, a match on nothing, a list that is not read to its end.

use std::{collections::BTreeSet, ops::Range};

use toml::Spanned;

use super::{
    complaint::{Complaint, Reader, unmark},
    file::Loaded,
    nearest,
    request::{Known, Proof, Request, Signature, Verify},
    revoke::{Asked, ByHand, Way, WaySample, Who},
    shape::{List, PartSpec, Text},
    verify_file,
};

mod shape;
mod step;

pub(super) use shape::{ByHandShape, WayShape};
use shape::{SampleMeans, StepShape};

/// Places that a signature of AWS fills besides those that are written.
const SIGNER: [&str; 3] = ["key_id", "access_key_id", "id"];

/// Reads the sections of a file, none or several for each rule, and gives them to their rules. Verify sections must be
/// attached already: what identifies a key must have been seen to belong to it.
pub(super) fn attach(
    reader: &Reader,
    sections: &[&[Spanned<WayShape>]],
    loaded: &mut [Loaded],
) -> Result<(), Complaint> {
    for (ways, loaded) in sections.iter().zip(loaded.iter_mut()) {
        let Some(first) = ways.first() else { continue };
        if loaded.rule.part_only {
            return Err(reader.at(first.span(), "a rule with `part_only` finds nothing that could be revoked".into()));
        }
        if first.get_ref().same_as.is_some() {
            continue;
        }
        let verify = loaded.rule.verify.as_deref();
        let mut read: Vec<Way> = vec![];
        let mut samples = vec![];
        for (at, way) in ways.iter().enumerate() {
            let section =
                WaySection { reader, at: way.span(), shape: way.get_ref(), parts: &loaded.rule.parts, verify };
            let (way, own) = section.read(at)?;
            section.check_order(&way, &read)?;
            samples.extend(own);
            read.push(way);
        }
        check_undo(reader, ways, &read)?;
        loaded.rule.revoke = read.into();
        loaded.way_samples = samples;
    }
    for (at, ways) in sections.iter().enumerate() {
        if let Some(name) = ways.iter().find_map(|way| way.get_ref().same_as.as_ref()) {
            if ways.len() > 1 {
                return Err(reader.at(name.span(), "`same_as` stands for all ways of the other rule".into()));
            }
            share(reader, at, name, loaded)?;
        }
    }
    Ok(())
}

/// What the key itself has done is taken back by somebody else: the key is dead by then.
fn check_undo(reader: &Reader, shapes: &[Spanned<WayShape>], ways: &[Way]) -> Result<(), Complaint> {
    for (shape, way) in shapes.iter().zip(ways) {
        let alone = matches!(way.who, Who::Key | Who::Anyone);
        if let Some(undo) = shape.get_ref().undo.as_ref().filter(|_| alone) {
            let message = "the key is dead by then: expected `undo_as`, another way of this rule whose `undo` does it";
            return Err(reader.at(undo.span(), message.into()));
        }
        let Some(name) = &shape.get_ref().undo_as else { continue };
        if !ways.iter().any(|other| other.name == **name.get_ref() && other.undo.is_some()) {
            let hint = nearest::hint(name.get_ref(), ways.iter().map(|other| &*other.name));
            return Err(reader.at(name.span(), format!("expected another way of this rule that has an `undo`{hint}")));
        }
    }
    Ok(())
}

/// Gives the rule `at` the ways of the rule that `name` means.
fn share(reader: &Reader, at: usize, name: &Spanned<String>, loaded: &mut [Loaded]) -> Result<(), Complaint> {
    let with = |loaded: &&Loaded| !loaded.way_samples.is_empty();
    let Some(other) = loaded.iter().filter(with).find(|other| other.rule.id == **name.get_ref()) else {
        let known = loaded.iter().filter(with).map(|other| &*other.rule.id);
        let hint = nearest::hint(name.get_ref(), known);
        return Err(
            reader.at(name.span(), format!("expected a rule of this file with revoke sections of its own{hint}"))
        );
    };
    let (ways, samples) = (other.rule.revoke.clone(), other.way_samples.clone());
    let own = &loaded[at].rule.parts;
    let used: BTreeSet<String> = ways.iter().flat_map(used_places).collect();
    let others = &other.rule.parts;
    let missing = others.iter().find(|part| used.contains(&*part.name) && !own.iter().any(|own| own.name == part.name));
    if let Some(missing) = missing {
        let message = format!("expected a rule that has the part `{}`, which that section fills in", missing.name);
        return Err(reader.at(name.span(), message));
    }
    loaded[at].rule.revoke = ways;
    loaded[at].way_samples = samples;
    Ok(())
}

fn used_places(way: &Way) -> BTreeSet<String> {
    let steps = [Some(&way.action), way.undo.as_ref(), way.check.as_ref()].into_iter().flatten();
    let requests = steps.chain(way.lookups.iter().map(|lookup| &lookup.step)).map(|step| &step.request);
    requests.flat_map(verify_file::names).collect()
}

/// Reads steps by hand.
pub(super) fn by_hand(reader: &Reader, shape: &ByHandShape) -> Result<ByHand, Complaint> {
    if shape.steps.get_ref().is_empty() {
        return Err(reader.at(shape.steps.span(), "expected at least one step".into()));
    }
    for text in shape.steps.get_ref().iter().chain([&shape.gone_when]) {
        if text.get_ref().trim().is_empty() || text.get_ref().contains('\n') {
            return Err(reader.at(text.span(), "expected one line of text".into()));
        }
    }
    Ok(ByHand {
        steps: shape.steps.get_ref().iter().map(|step| unmark(step.get_ref())).collect(),
        gone_when: unmark(shape.gone_when.get_ref()),
        report_to: shape.report_to.as_deref().map(unmark),
    })
}

/// A way being read.
struct WaySection<'a> {
    reader: &'a Reader<'a>,
    at: Range<usize>,
    shape: &'a WayShape,
    parts: &'a [PartSpec],
    verify: Option<&'a Verify>,
}

impl WaySection<'_> {
    fn read(&self, at: usize) -> Result<(Way, Vec<WaySample>), Complaint> {
        let shape = self.shape;
        if self.verify.is_none() {
            return Err(self.complain(
                "expected a verify section as well: a key that cannot be seen dead is revoked by hand".into(),
            ));
        }
        let name = self.line(shape.way.as_ref(), "way")?;
        let (known, page) = self.knowledge()?;
        let who = *shape.who.as_ref().ok_or_else(|| self.missing("who"))?.get_ref();
        let environment = self.environment(who)?;
        let effect = self.line(shape.effect.as_ref(), "effect")?;
        let action_shape = shape.action.as_ref().ok_or_else(|| self.missing("action"))?;
        let mut places: Vec<String> = self.parts.iter().map(|part| part.name.to_string()).collect();
        places.extend(environment.iter().map(|(name, _)| name.to_string()));
        if shape.bulk.is_some() {
            places.push("secrets".into());
        }
        // What a lookup takes stands in the requests behind it, and hosts and headers of a lookup are the action's.
        let all_taken = self.taken_names(action_shape);
        let with_taken: Vec<String> = places.iter().chain(&all_taken).cloned().collect();
        for given in [&shape.action, &shape.check, &shape.undo].into_iter().flatten() {
            if let Some((name, at)) = step::lookup_only(given.get_ref()) {
                return Err(self.reader.at(at, format!("`{name}` belongs into `[[rule.revoke.lookup]]`")));
            }
        }
        let action = self.step(action_shape, None, &with_taken)?;
        let lookups = self.lookups(&action, places, action_shape)?;
        let further = |given: &Option<Spanned<StepShape>>| {
            given.as_ref().map(|given| self.step(given, Some(&action.request), &with_taken)).transpose()
        };
        let way = Way {
            name,
            known,
            page,
            observed: shape.observed.as_ref().map(|date| date.get_ref().to_string().into()),
            who,
            needs: self.optional_line(shape.needs.as_ref())?,
            environment,
            effect,
            lookups: lookups.into(),
            check: further(&shape.check)?,
            undo: further(&shape.undo)?,
            undo_as: shape.undo_as.as_ref().map(|name| unmark(name.get_ref())),
            bulk: self.bulk(&action.request)?,
            action,
            propagation: shape.propagation,
            interval_ms: shape
                .rate
                .as_ref()
                .map_or(Ok(Verify::INTERVAL_MS), |rate| verify_file::interval(self.reader, rate))?,
            also_dies: shape.also_dies.0.iter().map(|line| unmark(line)).collect(),
            then: self.optional_line(shape.then.as_ref())?,
            audit: shape.audit.as_ref().map(|audit| unmark(audit.get_ref())),
        };
        self.check_key_is_named(&way)?;
        self.check_hosts(&way.action.request, action_shape)?;
        let samples = self.samples(at, &way)?;
        Ok((way, samples))
    }

    fn knowledge(&self) -> Result<(Known, Text), Complaint> {
        let known = *self.shape.known.as_ref().ok_or_else(|| self.missing("known"))?.get_ref();
        let page = self.line(self.shape.page.as_ref(), "page")?;
        if known != Known::Reported && !page.starts_with("https://") {
            let given = self.shape.page.as_ref().expect("was just read");
            return Err(self.wrong(given, "expected the address of the page that was read"));
        }
        match (known, &self.shape.observed) {
            (Known::Observed, None) => Err(self.missing("observed")),
            (Known::Reported | Known::Documented, Some(date)) => {
                Err(self.wrong(date, "a date belongs to `known = \"observed\"`"))
            }
            _ => Ok((known, page)),
        }
    }

    fn environment(&self, who: Who) -> Result<List<(Text, Text)>, Complaint> {
        for (name, variable) in &self.shape.environment {
            let fits = |text: &str, fits: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|byte| fits(&byte));
            if !fits(name.get_ref(), |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_') {
                return Err(self.wrong(name, "expected the name of a place: a-z, 0-9 and _"));
            }
            if self.is_taken(name.get_ref()) {
                return Err(self.wrong(name, "this place is the key's or one of its parts'"));
            }
            if !fits(variable.get_ref(), |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_') {
                return Err(self.wrong(variable, "expected the name of an environment variable: A-Z, 0-9 and _"));
            }
        }
        if who == Who::Admin && self.shape.environment.is_empty() {
            let message = "expected `environment = { admin_key = \"ACME_ADMIN_KEY\" }`: from where does the administrator's credential come?";
            return Err(self.complain(message.into()));
        }
        Ok(self
            .shape
            .environment
            .iter()
            .map(|(name, variable)| (unmark(name.get_ref()), unmark(variable.get_ref())))
            .collect())
    }

    fn is_taken(&self, name: &str) -> bool {
        ["secret", "secrets", "cursor"].contains(&name) || self.parts.iter().any(|part| part.name == name)
    }

    /// Several keys go into one request only where its body has a place for them.
    fn bulk(&self, request: &Request) -> Result<u32, Complaint> {
        let named = verify_file::names(request).contains("secrets");
        match &self.shape.bulk {
            None => Ok(1),
            Some(bulk) if *bulk.get_ref() < 2 => Err(self.wrong(bulk, "expected 2 or more keys in one request")),
            Some(bulk) if !named => Err(self.wrong(bulk, "expected `[{secrets}]` in the `json` of the action")),
            Some(bulk) => Ok(*bulk.get_ref()),
        }
    }

    /// An action names the key: outside of its host it holds the key, a part that verify has seen to belong to it, or what was taken
    /// from an answer about this key.
    fn check_key_is_named(&self, way: &Way) -> Result<(), Complaint> {
        let mut own: BTreeSet<String> = ["secret", "secrets"].map(str::to_owned).into();
        own.extend(
            self.parts.iter().filter(|part| !part.shared && self.is_seen(&part.name)).map(|part| part.name.to_string()),
        );
        let names = |request: &Request, own: &BTreeSet<String>| {
            let signs = matches!(request.proof, Proof::Signature(_)) && way.who != Who::Admin;
            let request = Request { hosts: vec![].into(), ..request.clone() };
            signs || verify_file::names(&request).iter().any(|name| own.contains(name))
        };
        for lookup in way.lookups.iter() {
            if lookup.find.is_some() || names(&lookup.step.request, &own) {
                own.extend(lookup.take.iter().map(|(name, _)| name.to_string()));
            }
        }
        for (step, shape) in [(Some(&way.action), &self.shape.action), (way.undo.as_ref(), &self.shape.undo)] {
            let (Some(step), Some(shape)) = (step, shape) else { continue };
            let used = verify_file::names(&step.request);
            let unseen = |part: &&PartSpec| used.contains(&*part.name) && !self.is_seen(&part.name);
            if let Some(part) = self.parts.iter().find(unseen) {
                let message = format!(
                    "the part `{}` stands in no request of the verify section: that it belongs to this key was never seen",
                    part.name
                );
                return Err(self.wrong(shape, &message));
            }
            if !names(&step.request, &own) {
                let message = "nothing in this request tells the key from others: expected `{secret}`, a part of its own, or what a lookup about this key takes";
                return Err(self.wrong(shape, message));
            }
        }
        Ok(())
    }

    /// Whether a live answer shows that a part belongs to the key.
    fn is_seen(&self, part: &str) -> bool {
        self.verify.into_iter().flat_map(|verify| verify.asks.iter()).any(|ask| {
            verify_file::names(&ask.request).contains(part)
                || match ask.request.proof {
                    Proof::Signature(Signature::AwsSigv4) => SIGNER.contains(&part),
                    Proof::Signature(Signature::GoogleServiceAccount) => part == "client_email",
                    Proof::Signature(Signature::AzureSharedKey) => part == "account",
                    Proof::Nothing | Proof::ClientCredentials { .. } => false,
                }
        })
    }

    /// The action goes to the host at which the key was seen live: one for all, or as many as verify has, in its order.
    fn check_hosts(&self, request: &Request, shape: &Spanned<StepShape>) -> Result<(), Complaint> {
        let asked = self.verify.map_or(0, |verify| verify.asks[0].request.hosts.len());
        match request.hosts.len() {
            0 | 1 => Ok(()),
            many if many == asked => Ok(()),
            _ => {
                let message = format!("expected one host, or {asked} in the order of the verify section's");
                Err(shape
                    .get_ref()
                    .hosts
                    .as_ref()
                    .map_or_else(|| self.wrong(shape, &message), |hosts| self.wrong(hosts, &message)))
            }
        }
    }

    /// What can be undone comes first; each way has a name of its own.
    fn check_order(&self, way: &Way, before: &[Way]) -> Result<(), Complaint> {
        if let Some(name) = self.shape.way.as_ref().filter(|_| before.iter().any(|other| other.name == way.name)) {
            return Err(self.wrong(name, "another way of this rule is called so"));
        }
        if way.is_reversible() && before.iter().any(|other| !other.is_reversible()) {
            return Err(self.complain("a way that can be undone comes before those that cannot".into()));
        }
        Ok(())
    }

    fn samples(&self, at: usize, way: &Way) -> Result<Vec<WaySample>, Complaint> {
        let mut samples = vec![];
        for given in &self.shape.sample {
            let shape = given.get_ref();
            let of = match &shape.of {
                None => Asked::Action,
                Some(of) => asked(of.get_ref(), way).ok_or_else(|| {
                    self.wrong(of, "expected a request of this way: `action`, `undo`, `check`, `lookup` or `lookup 2`")
                })?,
            };
            let headers = shape.headers.iter().map(|(name, value)| (unmark(name).into(), unmark(value).into()));
            samples.push(WaySample {
                way: at,
                of,
                done: shape.is == SampleMeans::Done,
                status: shape.status,
                headers: headers.collect(),
                body: unmark(&shape.body).into(),
            });
        }
        let lookups = (0..way.lookups.len()).map(Asked::Lookup);
        let others = [way.check.as_ref().map(|_| Asked::Check), way.undo.as_ref().map(|_| Asked::Undo)];
        for of in lookups.chain(others.into_iter().flatten()).chain([Asked::Action]) {
            if !samples.iter().any(|sample| sample.of == of && sample.done) {
                let message = format!("expected a `[[rule.revoke.sample]]` of {} with `is = \"done\"`", word(of));
                return Err(self.complain(message));
            }
        }
        if !samples.iter().any(|sample| sample.of == Asked::Action && !sample.done) {
            return Err(self.complain("expected a `[[rule.revoke.sample]]` with `is = \"not-done\"`".into()));
        }
        Ok(samples)
    }

    fn line(&self, given: Option<&Spanned<String>>, name: &str) -> Result<Text, Complaint> {
        let given = given.ok_or_else(|| self.missing(name))?;
        match given.get_ref().trim().is_empty() || given.get_ref().contains('\n') {
            true => Err(self.wrong(given, "expected one line of text")),
            false => Ok(unmark(given.get_ref())),
        }
    }

    fn optional_line(&self, given: Option<&Spanned<String>>) -> Result<Option<Text>, Complaint> {
        given.map(|given| self.line(Some(given), "")).transpose()
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

/// The request of a way that a sample's `of` means.
fn asked(text: &str, way: &Way) -> Option<Asked> {
    match text.split_once(' ').unwrap_or((text, "1")) {
        ("action", _) => Some(Asked::Action),
        ("undo", _) => way.undo.as_ref().map(|_| Asked::Undo),
        ("check", _) => way.check.as_ref().map(|_| Asked::Check),
        ("lookup", number) => {
            let at: usize = number.parse().ok()?;
            (1..=way.lookups.len()).contains(&at).then(|| Asked::Lookup(at - 1))
        }
        _ => None,
    }
}

fn word(of: Asked) -> String {
    match of {
        Asked::Lookup(0) => "`lookup`".into(),
        Asked::Lookup(at) => format!("`lookup {}`", at + 1),
        Asked::Check => "`check`".into(),
        Asked::Action => "`action`".into(),
        Asked::Undo => "`undo`".into(),
    }
}

#[cfg(test)]
mod tests;
