//! The sample answers of revoke sections, held against their own conditions, lists and sources, with a key of the rule. No network.

use keysweep::{
    revoke::list,
    rule::{
        file::Loaded,
        revoke::{Asked, Lookup, Way, WaySample},
    },
    secret::Secret,
    verify::{
        Answer,
        fill::{self, Place, Values},
    },
};

use crate::plain::Matcher;

/// What is wrong with the revoke sections of a rule; `file` is all of its file.
pub fn faults(loaded: &Loaded, file: &[Loaded]) -> Vec<String> {
    let rule = &loaded.rule;
    if rule.revoke.is_empty() {
        return vec![];
    }
    let key_of = |of: &Loaded| {
        let matcher = Matcher::new(&of.rule);
        of.rule
            .examples
            .iter()
            .find_map(|example| matcher.find(example.as_bytes()).first().map(|found| Secret::new(found)))
    };
    let Some(secret) = key_of(loaded) else { return vec![format!("{}: no key in its examples", rule.id)] };
    let parts = rule.parts.iter().filter_map(|part| {
        let of = file.iter().find(|other| other.rule.id == part.rule)?;
        Some((part.name.to_string(), key_of(of)?))
    });
    let parts: Vec<(String, Secret)> = parts.collect();
    let mut faults = vec![];
    for (at, way) in rule.revoke.iter().enumerate() {
        let samples: Vec<&WaySample> = loaded.way_samples.iter().filter(|sample| sample.way == at).collect();
        let mut known = parts.clone();
        known.extend(way.environment.iter().map(|(name, _)| (name.to_string(), Secret::new(b"from-the-environment"))));
        let wrong = Played { way, samples, secret: &secret, known }.faults();
        faults.extend(wrong.into_iter().map(|fault| format!("{}, way {}: {fault}", rule.id, way.name)));
    }
    faults
}

struct Played<'p> {
    way: &'p Way,
    samples: Vec<&'p WaySample>,
    secret: &'p Secret,
    known: Vec<(String, Secret)>,
}

impl Played<'_> {
    fn faults(mut self) -> Vec<String> {
        let mut faults = vec![];
        for (at, lookup) in self.way.lookups.iter().enumerate() {
            match self.look_up(at, lookup) {
                Ok(taken) => self.known.extend(taken),
                Err(fault) => return vec![format!("lookup {}: {fault}", at + 1)],
            }
        }
        for (at, sample) in self.samples.iter().enumerate() {
            let step = match sample.of {
                Asked::Lookup(lookup) => &self.way.lookups[lookup].step,
                Asked::Action => &self.way.action,
                Asked::Check => self.way.check.as_ref().expect("the loader looks for it"),
                Asked::Undo => self.way.undo.as_ref().expect("the loader looks for it"),
            };
            let answer = match self.answer(sample) {
                Ok(answer) => answer,
                Err(fault) => {
                    faults.push(format!("sample {}: {fault}", at + 1));
                    continue;
                }
            };
            if step.done.iter().any(|condition| answer.fits(condition)) != sample.done {
                let (should, is) = if sample.done { ("done", "not-done") } else { ("not-done", "done") };
                faults.push(format!("sample {} should be {should} and is read as {is}", at + 1));
            }
        }
        let steps = [
            (Asked::Action, Some(&self.way.action)),
            (Asked::Check, self.way.check.as_ref()),
            (Asked::Undo, self.way.undo.as_ref()),
        ];
        for (of, step) in steps {
            for (at, condition) in step.into_iter().flat_map(|step| step.done.iter().enumerate()) {
                let own = self.samples.iter().filter(|sample| sample.of == of);
                if !own.filter_map(|sample| self.answer(sample).ok()).any(|answer| answer.fits(condition)) {
                    faults.push(format!("no sample fits the condition {} of {of:?}", at + 1));
                }
            }
        }
        faults
    }

    /// The values that a lookup takes from its samples, which are its pages in their order.
    fn look_up(&self, at: usize, lookup: &Lookup) -> Result<Vec<(String, Secret)>, String> {
        let pages = self.samples.iter().filter(|sample| sample.of == Asked::Lookup(at) && sample.done);
        let pages = pages.map(|sample| self.answer(sample)).collect::<Result<Vec<_>, _>>()?;
        let Some(find) = &lookup.find else { return taken(lookup, pages.first().ok_or("no sample")?) };
        let (mut found, mut path, mut before) = (vec![], "/list".to_owned(), 0);
        for (number, answer) in pages.iter().enumerate() {
            let items = list::items(find, answer)?;
            for item in items {
                if list::is_match(find, item, &self.values()).map_err(|unfilled| unfilled.to_string())? {
                    let body = serde_json::to_vec(item).map_err(|error| error.to_string())?;
                    found.push(Answer::new(200, vec![], body));
                }
            }
            let next = list::next(&find.pages, answer, "host.example", &path, before, items.len())?;
            before += items.len();
            match (next, number + 1 == pages.len()) {
                (Some(next), false) => path = next,
                (None, true) => {}
                (Some(_), true) => return Err("the last sample is not the end of the list".into()),
                (None, false) => {
                    return Err(format!("sample {} is the end of the list, and another follows", number + 1));
                }
            }
        }
        match found.as_slice() {
            [item] => taken(lookup, item),
            found => Err(format!(
                "{} items of the samples are the key's: write it as a template, as in \"{}\"",
                found.len(),
                find.is
            )),
        }
    }

    fn answer(&self, sample: &WaySample) -> Result<Answer, String> {
        let fill = |text: &str| {
            keysweep::template::parse(text).map_err(|unknown| unknown.to_string())?;
            fill::fill(text, &self.values(), Place::Json)
                .map(|text| text.to_string())
                .map_err(|unfilled| unfilled.to_string())
        };
        let headers = sample.headers.iter().map(|(name, value)| Ok((name.clone(), fill(value)?)));
        Ok(Answer::new(sample.status, headers.collect::<Result<_, String>>()?, fill(&sample.body)?.into_bytes()))
    }

    fn values(&self) -> Values<'_> {
        Values { secret: self.secret, parts: &self.known, control: false }
    }
}

fn taken(lookup: &Lookup, answer: &Answer) -> Result<Vec<(String, Secret)>, String> {
    let take = |(name, sources): &(keysweep::rule::Text, keysweep::rule::List<keysweep::rule::Text>)| {
        let told = sources.iter().find_map(|source| answer.told(source).into_iter().next());
        let told = told.ok_or_else(|| format!("nothing of a sample is taken as `{name}`"))?;
        Ok((name.to_string(), Secret::new(told.as_bytes())))
    };
    lookup.take.iter().map(take).collect()
}
