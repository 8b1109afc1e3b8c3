//! The requests of a way: its action, and the lookups that tell the key from others.

use toml::Spanned;

use super::{
    super::{
        complaint::{Complaint, unmark},
        request::{Body, Condition, Method, Request},
        revoke::{Find, Lookup, MatchBy, Pages, Step},
        shape::{List, Text},
        verify_file::{Many, Section, value},
    },
    StepShape, WaySection,
    shape::{MatchShape, PagesShape, Standard},
};
use crate::template;

/// Statuses that say all there is to say.
const SPEAK_FOR_THEMSELVES: [u16; 3] = [202, 204, 205];
/// Where an OAuth server describes itself (OpenID Connect Discovery 1.0; RFC 8414 has the same fields).
const DISCOVERY: &str = "/.well-known/openid-configuration";
const ENDPOINT: &str = "revocation_endpoint";

impl WaySection<'_> {
    /// A request with the answers that mean yes. `places` may be filled in besides the secret.
    pub(super) fn step(
        &self,
        given: &Spanned<StepShape>,
        first: Option<&Request>,
        places: &[String],
    ) -> Result<Step, Complaint> {
        let shape = given.get_ref();
        let mut asked = shape.request();
        let standard = shape.standard.as_ref().map(|standard| *standard.get_ref());
        if let Some(standard) = standard {
            asked.method = asked.method.or_else(|| Some(Spanned::new(given.span(), standard_method(standard))));
            asked.method_reason = Some(Spanned::new(given.span(), "a step of a revocation".to_owned()));
            if standard == Standard::Rfc7009 {
                let text = |text: &str| Some(Spanned::new(given.span(), text.to_owned()));
                asked.form = asked.form.or_else(|| text("token={secret}"));
                asked.path = asked.path.or_else(|| text(&format!("{{{ENDPOINT}|path}}")));
            }
        }
        let parts: Vec<&str> = places.iter().map(String::as_str).collect();
        let section = Section { reader: self.reader, parts, at: given.span(), shape: &asked, needs_secret: false };
        let request = section.request(first)?;
        let mut done = vec![];
        for condition in shape.done.iter().flatten() {
            let read = section.condition(condition, false)?;
            if read.is_status_alone() && !speaks_for_itself(&read) && shape.status_alone.is_none() {
                return Err(self.wrong(
                    condition,
                    "expected something of the body beside the status (202, 204 and 205 speak for themselves), or \
                     `status_alone = \"reason\"`",
                ));
            }
            done.push(read);
        }
        if done.is_empty() {
            done = standard
                .map(standard_done)
                .ok_or_else(|| self.reader.at(given.span(), "missing field `done`".into()))?;
        }
        Ok(Step { request, done: done.into() })
    }

    /// The lookups in their order. Each may use what those before it took.
    pub(super) fn lookups(
        &self,
        action: &Step,
        mut places: Vec<String>,
        action_shape: &Spanned<StepShape>,
    ) -> Result<Vec<Lookup>, Complaint> {
        let mut lookups = vec![];
        if is_discovered(action_shape.get_ref()) {
            lookups.push(discovery(&action.request));
            places.push(ENDPOINT.into());
        }
        for given in &self.shape.lookup {
            let lookup = self.lookup(given, action, &places)?;
            places.extend(lookup.take.iter().map(|(name, _)| name.to_string()));
            lookups.push(lookup);
        }
        Ok(lookups)
    }

    /// All names that lookups take, before they are read.
    pub(super) fn taken_names(&self, action: &Spanned<StepShape>) -> Vec<String> {
        let takes = self.shape.lookup.iter().filter_map(|given| given.get_ref().take.as_ref());
        let names = takes.flat_map(|take| take.get_ref().keys()).map(|name| name.get_ref().clone());
        let mut names: Vec<String> = names.collect();
        if is_discovered(action.get_ref()) {
            names.push(ENDPOINT.into());
        }
        names
    }

    fn lookup(&self, given: &Spanned<StepShape>, action: &Step, places: &[String]) -> Result<Lookup, Complaint> {
        let shape = given.get_ref();
        let step = self.step(given, Some(&action.request), places)?;
        let mut take = vec![];
        for (name, sources) in shape.take.iter().flat_map(|take| take.get_ref()) {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            if name.get_ref().is_empty() || !name.get_ref().bytes().all(fits) || self.is_taken(name.get_ref()) {
                return Err(self.wrong(name, "expected the name of a place of its own: a-z, 0-9 and _"));
            }
            self.check_sources(name, sources)?;
            take.push((unmark(name.get_ref()), sources.0.iter().map(|source| unmark(source)).collect::<List<Text>>()));
        }
        if take.is_empty() {
            return Err(self.reader.at(given.span(), "missing field `take`: what is looked up?".into()));
        }
        let find = match &shape.matched {
            Some(_) => Some(self.find(given, places)?),
            None if shape.list.is_some() || shape.pages.is_some() => {
                let message =
                    "missing field `match`: which item of the list is this key's? The first of a list is anybody's";
                return Err(self.reader.at(given.span(), message.into()));
            }
            None => None,
        };
        let called = shape.called.0.iter().map(|source| unmark(source)).collect();
        Ok(Lookup { step, find, take: take.into(), called })
    }

    fn check_sources<T>(&self, at: &Spanned<T>, sources: &Many<String>) -> Result<(), Complaint> {
        let fits = |source: &str| {
            let between = |rest: &str| rest.split_once('|').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
            source == "body"
                || ["/", "header:"].iter().any(|start| source.starts_with(start))
                || source.strip_prefix("between:").is_some_and(between)
        };
        match sources.0.is_empty() || sources.0.iter().any(|source| !fits(source)) {
            true => Err(self
                .wrong(at, "expected a JSON pointer (`/data/id`), `header:NAME`, `between:BEFORE|BEHIND` or `body`")),
            false => Ok(()),
        }
    }

    fn find(&self, given: &Spanned<StepShape>, places: &[String]) -> Result<Find, Complaint> {
        let shape = given.get_ref();
        let matched = shape.matched.as_ref().expect("asked for only where there is one");
        let MatchShape { by, at, is } = matched.get_ref();
        if *by == MatchBy::Hint && shape.covers.is_none() {
            return Err(self.wrong(
                matched,
                "a hint proves something only in a list of all keys: expected `covers = \"which keys the list has\"`",
            ));
        }
        let pages = shape
            .pages
            .as_ref()
            .ok_or_else(|| self.reader.at(given.span(), "missing field `pages`: how does the list go on?".into()))?;
        for pointer in [Some(at), shape.list.as_ref().map(Spanned::get_ref), shape.total.as_ref().map(Spanned::get_ref)]
            .into_iter()
            .flatten()
            .chain(shape.only.keys())
        {
            if !(pointer.is_empty() || pointer.starts_with('/')) {
                return Err(self.wrong(matched, &format!("expected a JSON pointer, as in `/data/id`, not `{pointer}`")));
            }
        }
        let is = match is {
            Some(is) => {
                let text = unmark(is.get_ref());
                self.check_template(is, &text, places)?;
                text
            }
            None if matches!(by, MatchBy::Value | MatchBy::Hint) => "{secret}".into(),
            None => {
                return Err(self.wrong(matched, "expected `is`: what stands there, as in `is = \"{secret|sha256}\"`"));
            }
        };
        Ok(Find {
            list: shape.list.as_ref().map_or_else(|| "".into(), |list| unmark(list.get_ref())),
            pages: self.pages(pages)?,
            total: shape.total.as_ref().map(|total| unmark(total.get_ref())),
            only: shape
                .only
                .iter()
                .map(|(pointer, values)| (unmark(pointer), values.0.iter().map(value).collect()))
                .collect(),
            by: *by,
            at: unmark(at),
            is,
            covers: shape.covers.as_ref().map(|covers| unmark(covers.get_ref())),
        })
    }

    /// A template that holds something of the key.
    fn check_template(&self, given: &Spanned<String>, text: &str, places: &[String]) -> Result<(), Complaint> {
        let pieces = template::parse(text).map_err(|unknown| self.wrong(given, &unknown.to_string()))?;
        let names: Vec<&String> = pieces
            .iter()
            .filter_map(|piece| match piece {
                template::Piece::Place { name, .. } => Some(name),
                template::Piece::Plain(_) => None,
            })
            .collect();
        let environment = |name: &String| self.shape.environment.keys().any(|own| own.get_ref() == name);
        if !names.iter().any(|name| !environment(name)) {
            return Err(self.wrong(given, "expected something of the key: `{secret}`, a part, or what a lookup took"));
        }
        match names.iter().find(|name| **name != "secret" && !places.contains(name)) {
            Some(name) => Err(self.wrong(given, &format!("`{{{name}}}` is not filled by anything before this"))),
            None => Ok(()),
        }
    }

    fn pages(&self, given: &Spanned<PagesShape>) -> Result<Pages, Complaint> {
        let PagesShape { whole, link, url, cursor, more, page, from, last, offset, query } = given.get_ref();
        let text = |text: &String| unmark(text);
        match (whole, *link, url, cursor, page, offset) {
            (Some(whole), false, None, None, None, None) => Ok(Pages::Whole(text(whole))),
            (None, true, None, None, None, None) => Ok(Pages::Link),
            (None, false, Some(url), None, None, None) => Ok(Pages::Url(text(url))),
            (None, false, None, Some(cursor), None, None) => Ok(Pages::Cursor {
                at: text(cursor),
                query: query.as_ref().map(text).ok_or_else(|| self.wrong(given, "missing field `query`"))?,
                more: more.as_ref().map(text),
            }),
            (None, false, None, None, Some(page), None) => Ok(Pages::Number {
                query: text(page),
                from: from.unwrap_or(1),
                last: last.as_ref().map(text),
            }),
            (None, false, None, None, None, Some(offset)) => Ok(Pages::Offset { query: text(offset) }),
            _ => Err(self.wrong(
                given,
                "expected one of `whole = \"who says so\"`, `link = true`, `url`, `cursor` with `query`, `page`, `offset`",
            )),
        }
    }
}

/// A field of a step that only a lookup has.
pub(super) fn lookup_only(shape: &StepShape) -> Option<(&'static str, std::ops::Range<usize>)> {
    [
        ("list", shape.list.as_ref().map(Spanned::span)),
        ("pages", shape.pages.as_ref().map(Spanned::span)),
        ("total", shape.total.as_ref().map(Spanned::span)),
        ("match", shape.matched.as_ref().map(Spanned::span)),
        ("covers", shape.covers.as_ref().map(Spanned::span)),
        ("take", shape.take.as_ref().map(Spanned::span)),
    ]
    .into_iter()
    .find_map(|(name, at)| at.map(|at| (name, at)))
}

fn speaks_for_itself(condition: &Condition) -> bool {
    condition.status.iter().all(|status| SPEAK_FOR_THEMSELVES.contains(status))
}

/// Whether the server is asked where it takes tokens back.
fn is_discovered(action: &StepShape) -> bool {
    let standard = action.standard.as_ref().map(|standard| *standard.get_ref());
    standard == Some(Standard::Rfc7009) && action.path.is_none()
}

/// The question for an OAuth server's own description. The address that it tells is used at the same host only.
fn discovery(action: &Request) -> Lookup {
    let request = Request {
        method: Method::Get,
        method_reason: None,
        path: DISCOVERY.into(),
        headers: vec![].into(),
        basic: None,
        body: Body::Nothing,
        ..action.clone()
    };
    let pointer = || Text::from(format!("/{ENDPOINT}"));
    let done = Condition { status: vec![200].into(), has: vec![pointer()].into(), ..Condition::default() };
    Lookup {
        step: Step { request, done: vec![done].into() },
        find: None,
        take: vec![(ENDPOINT.into(), vec![pointer()].into())].into(),
        called: vec![].into(),
    }
}

fn standard_method(standard: Standard) -> Method {
    match standard {
        Standard::Rfc7009 => Method::Post,
        Standard::Rfc7592 => Method::Delete,
    }
}

/// RFC 7009, section 2.2: 200, also for a token that is not known. RFC 7592, section 2.3: 204.
fn standard_done(standard: Standard) -> Vec<Condition> {
    let status = match standard {
        Standard::Rfc7009 => 200,
        Standard::Rfc7592 => 204,
    };
    vec![Condition { status: vec![status].into(), ..Condition::default() }]
}
