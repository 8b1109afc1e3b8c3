//! An answer of an issuer, held against the conditions of a rule. No request is made here.

use serde_json::Value as Json;

use crate::rule::request::{Ask, Because, Condition, Value};

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Names and values, as they came.
    pub headers: Vec<(String, String)>,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
    json: Option<Json>,
}

/// What the conditions make of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading<'r> {
    /// The key works; what limits it, if anything.
    Live(Option<&'r str>),
    /// The host does not take the key; what it knows of it, if anything.
    Dead(Option<Because>),
    /// Fits conditions of both kinds, which a rule should not have.
    Both,
    /// Fits none.
    Neither,
}

impl Answer {
    /// An answer; its body is read as JSON where it is that.
    pub fn new(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let json = serde_json::from_slice(&body).ok();
        Self { status, headers, body, json }
    }

    /// What the conditions of `ask` make of it.
    pub fn read<'r>(&self, ask: &'r Ask) -> Reading<'r> {
        let live = ask.live.iter().find(|condition| self.fits(condition));
        let dead = ask.dead.iter().find(|condition| self.fits(condition));
        match (live, dead) {
            (Some(live), None) => Reading::Live(live.but.as_deref()),
            (None, Some(dead)) => Reading::Dead(dead.because),
            (Some(_), Some(_)) => Reading::Both,
            (None, None) => Reading::Neither,
        }
    }

    /// Whether all of a condition holds. A page for people (HTML) fits only what asks for some text in it: it comes from a
    /// firewall, a portal or a login, and says nothing about the key. An answer of a host that is asked too often or out of order
    /// (429, 5xx) fits only what asks for this status or for some text.
    pub fn fits(&self, condition: &Condition) -> bool {
        let Condition { status, has, lacks, is, text, header, but: _, because: _ } = condition;
        let text_fits = text.is_empty() || text.iter().any(|text| holds(&self.body, text.as_bytes()));
        let in_order = self.status != 429 && self.status < 500;
        (status.contains(&self.status) || (status.is_empty() && (in_order || !text.is_empty())))
            && (!text.is_empty() || !self.is_page())
            && text_fits
            && has.iter().all(|pointer| self.at(pointer).is_some())
            && lacks.iter().all(|pointer| self.at(pointer).is_none())
            && is
                .iter()
                .all(|(pointer, values)| self.at(pointer).is_some_and(|at| values.iter().any(|value| same(at, value))))
            && header.iter().all(|(name, text)| self.header(name).any(|value| value.contains(&**text)))
    }

    /// The body, where it is JSON.
    pub fn json(&self) -> Option<&Json> {
        self.json.as_ref()
    }

    /// The values of a header.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether it is a page for people.
    pub fn is_page(&self) -> bool {
        let start = self.body.trim_ascii_start();
        let marks: [&[u8]; 3] = [b"<!doctype", b"<html", b"<head"];
        marks.iter().any(|mark| start.len() >= mark.len() && start[..mark.len()].eq_ignore_ascii_case(mark))
            || self.header("content-type").any(|kind| kind.starts_with("text/html"))
    }

    /// The value at a JSON pointer, unless it is `null`.
    fn at(&self, pointer: &str) -> Option<&Json> {
        self.json.as_ref()?.pointer(pointer).filter(|value| !value.is_null())
    }

    /// What a source of [`crate::rule::request::Says`] gives: several where a pointer has `*`, none where there is nothing.
    pub fn told(&self, source: &str) -> Vec<String> {
        if let Some(words) = source.strip_prefix("= ") {
            return vec![words.to_owned()];
        }
        if let Some(name) = source.strip_prefix("header:") {
            return self.header(name).filter(|value| !value.is_empty()).map(str::to_owned).collect();
        }
        if let Some((before, behind)) = source.strip_prefix("between:").and_then(|marks| marks.split_once('|')) {
            let body = String::from_utf8_lossy(&self.body);
            let inside = body.split_once(before).and_then(|(_, rest)| rest.split_once(behind));
            return inside
                .into_iter()
                .map(|(inside, _)| inside.to_owned())
                .filter(|inside| !inside.is_empty())
                .collect();
        }
        if source == "body" {
            let text = String::from_utf8_lossy(self.body.trim_ascii()).into_owned();
            return if text.is_empty() { vec![] } else { vec![text] };
        }
        let mut found = Vec::new();
        if let Some(json) = &self.json {
            walk(json, source, &mut found);
        }
        found
    }
}

/// Values under `pointer`, in which `*` is every item of a list or table.
fn walk(json: &Json, pointer: &str, found: &mut Vec<String>) {
    let Some((head, rest)) = pointer.split_once("/*") else {
        return json.pointer(pointer).into_iter().for_each(|value| leaves(value, found));
    };
    match json.pointer(head) {
        Some(Json::Array(items)) => items.iter().for_each(|item| walk(item, rest, found)),
        Some(Json::Object(items)) => items.values().for_each(|item| walk(item, rest, found)),
        _ => {}
    }
}

/// Text, numbers and truths of a value; of a list those of its items; of a table the names that are not `false`.
fn leaves(value: &Json, found: &mut Vec<String>) {
    match value {
        Json::Null => {}
        Json::String(text) if text.is_empty() => {}
        Json::String(text) => found.push(text.clone()),
        Json::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Json::Object(items) => {
            let set = items.iter().filter(|(_, value)| !matches!(value, Json::Bool(false) | Json::Null));
            found.extend(set.map(|(name, _)| name.clone()));
        }
        Json::Bool(_) | Json::Number(_) => found.push(value.to_string()),
    }
}

fn same(at: &Json, value: &Value) -> bool {
    match value {
        Value::Text(text) => at.as_str() == Some(text),
        Value::Number(number) => at.as_i64() == Some(*number),
        Value::Bool(truth) => at.as_bool() == Some(*truth),
    }
}

fn holds(body: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(body, text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(status: u16, body: &str) -> Answer {
        Answer::new(status, vec![("X-Scopes".into(), "a b".into())], body.into())
    }

    fn condition(status: u16) -> Condition {
        Condition { status: vec![status].into(), ..Condition::default() }
    }

    #[test]
    fn all_of_a_condition_must_hold() {
        let answer = json(200, r#"{"ok": true, "user": {"id": 7, "name": null}}"#);
        assert!(answer.fits(&condition(200)) && !answer.fits(&condition(401)));
        let has = |pointer: &'static str| Condition { has: vec![pointer.into()].into(), ..condition(200) };
        assert!(answer.fits(&has("/user/id")) && !answer.fits(&has("/user/name")) && !answer.fits(&has("/none")));
        let lacks = Condition { lacks: vec!["/user/name".into()].into(), ..condition(200) };
        assert!(answer.fits(&lacks));
        let is = |value| Condition { is: vec![("/ok".into(), vec![value].into())].into(), ..condition(200) };
        assert!(answer.fits(&is(Value::Bool(true))) && !answer.fits(&is(Value::Bool(false))));
        assert!(!answer.fits(&is(Value::Text("true".into()))));
        let header = |name: &'static str, text: &'static str| Condition {
            header: vec![(name.into(), text.into())].into(),
            ..condition(200)
        };
        assert!(answer.fits(&header("x-scopes", "")) && answer.fits(&header("X-SCOPES", "b")));
        assert!(!answer.fits(&header("x-scopes", "c")) && !answer.fits(&header("x-other", "")));
    }

    #[test]
    fn a_page_for_people_fits_only_what_asks_for_its_text() {
        let page = json(401, " <!DOCTYPE html><title>Attention required</title>");
        assert!(page.is_page() && !page.fits(&condition(401)));
        assert!(page.fits(&Condition { text: vec!["Attention".into()].into(), ..condition(401) }));
        let typed = Answer::new(401, vec![("Content-Type".into(), "text/html; charset=utf-8".into())], b"no".to_vec());
        assert!(!typed.fits(&condition(401)));
    }

    #[test]
    fn sources_give_values_items_headers_and_words() {
        let answer = json(
            200,
            r#"{"a": "x", "n": 5, "no": null, "l": [{"k": "p"}, {"k": "q"}], "t": {"read": true, "write": false}}"#,
        );
        let cases: [(&str, &[&str]); 9] = [
            ("/a", &["x"]),
            ("/n", &["5"]),
            ("/no", &[]),
            ("/l/*/k", &["p", "q"]),
            ("/t", &["read"]),
            ("header:x-scopes", &["a b"]),
            ("header:none", &[]),
            ("= bot", &["bot"]),
            ("/missing/*/k", &[]),
        ];
        for (source, told) in cases {
            assert_eq!(answer.told(source), told, "{source}");
        }
        assert_eq!(Answer::new(200, vec![], b" ada\n".to_vec()).told("body"), ["ada"]);
    }
}
