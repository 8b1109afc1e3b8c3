//! Finds a key at its issuer: what it says of itself, or its item in a list that is read to the end.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value as Json;

use super::{
    Desk,
    filling::{self, Filling},
    list, target,
};
use crate::{
    finding::printable::printable,
    http::Outgoing,
    rule::{
        Rule,
        revoke::{Find, Lookup, MatchBy, Way},
    },
    secret::Secret,
    verify::{Answer, Key, request},
};

/// Pages of one list.
const MOST_PAGES: usize = 1_000;

/// Lists that were read in a run: most keys of an issuer are looked for in the same one.
#[derive(Debug, Default)]
pub struct Lists(Mutex<HashMap<[u8; 32], Arc<Vec<Json>>>>);

/// Where a key stands at its issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What tells the key from others there and may be shown: `key_id apikey_01`.
    pub named: Vec<String>,
    /// By what it was told from others.
    pub hint_only: bool,
}

/// Why a key is not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// In words.
    pub why: String,
    /// Those that a hint fits.
    pub candidates: Vec<String>,
    /// Whether the issuer answered as no issuer should: then nothing more is asked of it.
    pub odd: bool,
}

impl NotFound {
    fn odd(why: impl Into<String>) -> Self {
        Self { why: why.into(), candidates: vec![], odd: true }
    }
}

/// A key that is looked for.
pub struct Seeking<'s> {
    /// Its rule.
    pub rule: &'s Rule,
    /// The way.
    pub way: &'s Way,
    /// The key.
    pub key: &'s Key,
    /// The host at which it was seen live.
    pub live_at: &'s str,
}

impl Desk<'_> {
    /// Makes all lookups of a way; `filling` gets what they take.
    ///
    /// # Errors
    /// Where the key is not found exactly.
    pub fn find(&self, seeking: &Seeking<'_>, filling: &mut Filling, lists: &Lists) -> Result<Known, NotFound> {
        let mut known = Known::default();
        for lookup in seeking.way.lookups.iter() {
            let (item, called) = match &lookup.find {
                None => (self.one(seeking, lookup, filling)?, vec![]),
                Some(find) => self.listed_item(seeking, lookup, find, filling, lists)?,
            };
            let taken = taken(lookup, &item)?;
            for (name, value) in taken.iter().filter(|(name, _)| filling::is_shown(name)) {
                let shown = filling.hide(seeking.key, &printable(value.expose()));
                known.named.push(format!("{name} {shown}"));
            }
            known.named.extend(called);
            known.hint_only |= lookup.find.as_ref().is_some_and(|find| find.by == MatchBy::Hint);
            filling.take(taken);
        }
        Ok(known)
    }

    /// An answer about this key and no other.
    fn one(&self, seeking: &Seeking<'_>, lookup: &Lookup, filling: &Filling) -> Result<Answer, NotFound> {
        let outgoing = self.outgoing(seeking, lookup, filling)?;
        self.answer(seeking, lookup, &outgoing)
    }

    /// The item of a list that is the key's, and what it is called.
    fn listed_item(
        &self,
        seeking: &Seeking<'_>,
        lookup: &Lookup,
        find: &Find,
        filling: &Filling,
        lists: &Lists,
    ) -> Result<(Answer, Vec<String>), NotFound> {
        let outgoing = self.outgoing(seeking, lookup, filling)?;
        let items = self.whole_list(seeking, lookup, find, outgoing, lists)?;
        let mut found = vec![];
        for item in items.iter() {
            if list::is_match(find, item, &filling.values()).map_err(|unfilled| NotFound::odd(unfilled.to_string()))? {
                found.push(item);
            }
        }
        let answers: Vec<Answer> = found.iter().map(|item| as_answer(item)).collect();
        let called = |answer: &Answer| -> Vec<String> {
            let names = lookup.called.iter().find_map(|source| answer.told(source).into_iter().next());
            names
                .iter()
                .map(|name| format!("called {}", filling.hide(seeking.key, &printable(name.as_bytes()))))
                .collect()
        };
        match answers.as_slice() {
            [] => Err(NotFound {
                why: format!("the issuer's list of {} keys has none that is this one", items.len()),
                candidates: vec![],
                odd: false,
            }),
            [answer] => Ok((answer.clone(), called(answer))),
            several => {
                let describe = |answer: &Answer| {
                    let ids = taken(lookup, answer).unwrap_or_default();
                    let ids = ids.iter().filter(|(name, _)| filling::is_shown(name));
                    let ids = ids.map(|(name, value)| format!("{name} {}", printable(value.expose())));
                    ids.chain(called(answer)).collect::<Vec<_>>().join(", ")
                };
                Err(NotFound {
                    why: format!("{} keys in the issuer's list may be this one", several.len()),
                    candidates: several.iter().take(20).map(describe).collect(),
                    odd: false,
                })
            }
        }
    }

    /// All items of a list, page by page to its end.
    fn whole_list(
        &self,
        seeking: &Seeking<'_>,
        lookup: &Lookup,
        find: &Find,
        mut outgoing: Outgoing,
        lists: &Lists,
    ) -> Result<Arc<Vec<Json>>, NotFound> {
        let id = identity(&outgoing);
        if let Some(read) = lists.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Arc::clone(read));
        }
        let (mut all, mut seen, mut total) = (vec![], HashSet::new(), None);
        loop {
            if !seen.insert(outgoing.path.to_string()) || seen.len() > MOST_PAGES {
                return Err(NotFound::odd("a list without an end"));
            }
            let answer = self.answer(seeking, lookup, &outgoing)?;
            let items = list::items(find, &answer).map_err(NotFound::odd)?;
            let next = list::next(&find.pages, &answer, &outgoing.host, &outgoing.path, all.len(), items.len());
            total = find.total.as_ref().map_or(total, |at| answer.json().and_then(|json| json.pointer(at)?.as_u64()));
            all.extend(items.iter().cloned());
            match next.map_err(NotFound::odd)? {
                Some(path) => outgoing.path = path.into(),
                None => break,
            }
        }
        if find.total.is_some() && total != Some(all.len() as u64) {
            return Err(NotFound::odd("the issuer's list has another length than it says"));
        }
        let all = Arc::new(all);
        lists.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&all));
        Ok(all)
    }

    fn outgoing(&self, seeking: &Seeking<'_>, lookup: &Lookup, filling: &Filling) -> Result<Outgoing, NotFound> {
        let request = &lookup.step.request;
        let listed = self.listed(&seeking.rule.issuer);
        let target =
            target::of(seeking.rule, request, &filling.values(), seeking.live_at, listed).map_err(NotFound::odd)?;
        filling.build(request, &target, &[], self.now()).map_err(|unfilled| NotFound::odd(unfilled.to_string()))
    }

    fn answer(&self, seeking: &Seeking<'_>, lookup: &Lookup, outgoing: &Outgoing) -> Result<Answer, NotFound> {
        let target = request::Target { host: outgoing.host.clone(), prefix: String::new() };
        let name = format!("look up: {} for {}", request::in_words(&lookup.step.request, &target), seeking.key.masked);
        let interval = Duration::from_millis(seeking.way.interval_ms.into());
        let answer = self.read(outgoing, interval, &name).map_err(NotFound::odd)?;
        match lookup.step.done.iter().any(|condition| answer.fits(condition)) {
            true => Ok(answer),
            false => Err(NotFound::odd(no_answer(&answer, &outgoing.host))),
        }
    }
}

/// Why an answer to a question tells nothing.
fn no_answer(answer: &Answer, host: &str) -> String {
    match answer.status {
        401 | 403 => format!("{host} does not let it be looked up ({})", answer.status),
        429 => format!("rate-limited at {host}"),
        status => format!("odd answer of {host} to a lookup ({status})"),
    }
}

fn taken(lookup: &Lookup, answer: &Answer) -> Result<Vec<(String, Secret)>, NotFound> {
    let take = |(name, sources): &(crate::rule::Text, crate::rule::List<crate::rule::Text>)| {
        let told: Vec<String> =
            sources.iter().map(|source| answer.told(source)).find(|told| !told.is_empty()).unwrap_or_default();
        match told.as_slice() {
            [one] => Ok((name.to_string(), Secret::new(one.as_bytes()))),
            [] => Err(NotFound::odd(format!("the issuer does not tell `{name}`"))),
            _ => Err(NotFound::odd(format!("the issuer tells several values of `{name}`"))),
        }
    };
    lookup.take.iter().map(take).collect()
}

fn as_answer(item: &Json) -> Answer {
    Answer::new(200, vec![], serde_json::to_vec(item).expect("a value that was JSON before"))
}

/// The same for the same question.
fn identity(outgoing: &Outgoing) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let headers = outgoing.headers.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    let body = outgoing.body.as_ref().map_or("", |body| body.as_str());
    for text in [outgoing.method, &outgoing.host, &outgoing.path, body].into_iter().chain(headers) {
        hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    }
    *hasher.finalize().as_bytes()
}
