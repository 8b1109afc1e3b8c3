//! A list of keys at an issuer, page by page: what is on a page, where the next one is, and which item is the key. No request is
//! made here. Whatever is odd is an error: a list that may not be all of it proves nothing.

use serde_json::Value as Json;

use crate::{
    rule::{
        request::Value,
        revoke::{Find, MatchBy, Pages},
    },
    verify::{
        Answer,
        fill::{self, Place, Unfilled, Values},
    },
};

/// Characters of a key that a hint has to show.
const VISIBLE: usize = 3;

/// The items of a page.
///
/// # Errors
/// Where there is no list at its place.
pub fn items<'a>(find: &Find, answer: &'a Answer) -> Result<&'a [Json], String> {
    let json = answer.json().ok_or("a list that is not JSON, or too long to be read")?;
    match json.pointer(&find.list) {
        Some(Json::Array(items)) => Ok(items),
        _ => Err(format!("no list at `{}`", find.list)),
    }
}

/// Path and query of the page behind this one; `None` at the end. `path` is that of this page, `host` the host that was asked, `before` how many
/// items came with the pages before, `here` how many with this one.
///
/// # Errors
/// Where the answer does not tell whether there is more, or leads to another host.
pub fn next(
    pages: &Pages,
    answer: &Answer,
    host: &str,
    path: &str,
    before: usize,
    here: usize,
) -> Result<Option<String>, String> {
    match pages {
        Pages::Whole(_) => Ok(None),
        Pages::Link => {
            let links: Vec<&str> = answer.header("link").collect();
            links.iter().find_map(|links| next_link(links)).map(|link| at_host(link, host)).transpose()
        }
        Pages::Url(pointer) => match told(answer, pointer) {
            Some(url) => at_host(&url, host).map(Some),
            None => Ok(None),
        },
        Pages::Cursor { at, query, more } => {
            let cursor = told(answer, at);
            let more = match more {
                Some(more) => match answer.json().and_then(|json| json.pointer(more)) {
                    Some(Json::Bool(more)) => *more,
                    _ => return Err(format!("nothing at `{more}` says whether the list goes on")),
                },
                None => cursor.is_some(),
            };
            match (more, cursor) {
                (false, _) => Ok(None),
                (true, Some(cursor)) => Ok(Some(with_query(path, query, &cursor))),
                (true, None) => Err("the list goes on, and nothing says where".into()),
            }
        }
        Pages::Number { query, from, last } => {
            let this = query_of(path, query).and_then(|number| number.parse().ok()).unwrap_or(*from);
            let over = match last {
                Some(last) => {
                    let last = told(answer, last).and_then(|last| last.parse::<u32>().ok());
                    this >= last.ok_or("nothing says which page is the last")?
                }
                None => here == 0,
            };
            Ok((!over).then(|| with_query(path, query, &(this + 1).to_string())))
        }
        Pages::Offset { query } => Ok((here > 0).then(|| with_query(path, query, &(before + here).to_string()))),
    }
}

/// Whether an item is the key's, or by a hint may be.
///
/// # Errors
/// Where what it is compared with cannot be filled.
pub fn is_match(find: &Find, item: &Json, values: &Values<'_>) -> Result<bool, Unfilled> {
    let wanted = fill::fill(&find.is, values, Place::Plain)?;
    let only = find
        .only
        .iter()
        .all(|(pointer, any)| item.pointer(pointer).is_some_and(|at| any.iter().any(|value| is_value(at, value))));
    let Some(shown) = item.pointer(&find.at).and_then(text) else { return Ok(false) };
    Ok(only
        && match find.by {
            MatchBy::Key => false,
            MatchBy::Value | MatchBy::Id => shown == *wanted,
            MatchBy::Hash | MatchBy::Fingerprint => shown.eq_ignore_ascii_case(&wanted),
            MatchBy::Hint => is_hint_of(&shown, &wanted),
        })
}

/// Whether `hint` shows beginning and end of `key`, with a mark between them (`...`, `*`), or one of them alone.
pub fn is_hint_of(hint: &str, key: &str) -> bool {
    let mark = |char: char| matches!(char, '*' | '…' | '•' | '·');
    let start = hint.find(mark).into_iter().chain(hint.find("..")).min();
    let Some(start) = start else {
        return hint.len() >= VISIBLE && hint.len() < key.len() && (key.starts_with(hint) || key.ends_with(hint));
    };
    let (first, rest) = hint.split_at(start);
    let last = rest.trim_start_matches(|char| mark(char) || char == '.');
    first.len() + last.len() >= VISIBLE
        && first.len() + last.len() < key.len()
        && key.starts_with(first)
        && key.ends_with(last)
}

fn is_value(at: &Json, value: &Value) -> bool {
    match value {
        Value::Text(text) => at.as_str() == Some(text),
        Value::Number(number) => at.as_i64() == Some(*number),
        Value::Bool(truth) => at.as_bool() == Some(*truth),
    }
}

fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn told(answer: &Answer, pointer: &str) -> Option<String> {
    answer.json().and_then(|json| json.pointer(pointer)).and_then(text)
}

/// The target with the relation `next` in a header `Link` (RFC 8288).
fn next_link(links: &str) -> Option<&str> {
    links.split('<').skip(1).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.trim().trim_end_matches(',').split_once('=').unwrap_or_default();
            let value = value.trim().trim_end_matches(',').trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel") && value.split(' ').any(|relation| relation == "next")
        });
        is_next.then_some(target)
    })
}

/// Path and query of an address at `host`, or of one without a host.
fn at_host(url: &str, host: &str) -> Result<String, String> {
    let path = match url.strip_prefix("https://") {
        Some(rest) => match rest.split_at(rest.find('/').unwrap_or(rest.len())) {
            (own, path) if own.eq_ignore_ascii_case(host) => path,
            _ => return Err("the list goes on at another host".into()),
        },
        None => url,
    };
    let fits = path.starts_with('/') && !path.starts_with("//") && path.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(path.to_owned()) } else { Err("the address of the next page is none".into()) }
}

/// The value of a parameter.
fn query_of<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let pairs = path.split_once('?')?.1.split('&');
    pairs.filter_map(|pair| pair.split_once('=')).find(|(own, _)| *own == name).map(|(_, value)| value)
}

/// The path with this parameter, in place of the one that is there.
fn with_query(path: &str, name: &str, value: &str) -> String {
    let (start, query) = path.split_once('?').unwrap_or((path, ""));
    let others = query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
    let mut all: Vec<String> = others.map(str::to_owned).collect();
    let escaped: String = value
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    all.push(format!("{name}={escaped}"));
    format!("{start}?{}", all.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(link: &str, body: &str) -> Answer {
        Answer::new(200, vec![("Link".into(), link.into())], body.into())
    }

    fn next_of(pages: &Pages, link: &str, body: &str, path: &str, here: usize) -> Result<Option<String>, String> {
        next(pages, &answer(link, body), "a.com", path, 0, here)
    }

    #[test]
    fn a_list_goes_on_in_each_way_that_there_is() {
        let go = |path: &str| Ok(Some(path.to_owned()));
        let link = r#"<https://a.com/k?page=3>; rel="last", <https://a.com/k?page=2>; rel="next""#;
        assert_eq!(next_of(&Pages::Link, link, "[]", "/k", 0), go("/k?page=2"));
        assert_eq!(next_of(&Pages::Link, "", "[]", "/k", 0), Ok(None));
        let url = Pages::Url("/next".into());
        assert_eq!(next_of(&url, "", r#"{"next": "/k?c=1"}"#, "/k", 0), go("/k?c=1"));
        assert_eq!(next_of(&url, "", r#"{"next": null}"#, "/k", 0), Ok(None));
        let cursor = Pages::Cursor { at: "/c".into(), query: "after".into(), more: None };
        assert_eq!(next_of(&cursor, "", r#"{"c": "x/y"}"#, "/k?n=2&after=w", 0), go("/k?n=2&after=x%2Fy"));
        assert_eq!(next_of(&cursor, "", r#"{"c": ""}"#, "/k", 0), Ok(None));
        let more = Pages::Cursor { at: "/c".into(), query: "after".into(), more: Some("/more".into()) };
        assert_eq!(next_of(&more, "", r#"{"c": "x", "more": false}"#, "/k", 0), Ok(None));
        let number =
            |last: Option<&'static str>| Pages::Number { query: "p".into(), from: 0, last: last.map(Into::into) };
        assert_eq!(next_of(&number(None), "", "[]", "/k", 5), go("/k?p=1"));
        assert_eq!(next_of(&number(None), "", "[]", "/k?p=1", 0), Ok(None));
        assert_eq!(next_of(&number(Some("/l")), "", r#"{"l": 1}"#, "/k?p=1", 5), Ok(None));
        assert_eq!(next_of(&Pages::Offset { query: "o".into() }, "", "[]", "/k", 7), go("/k?o=7"));
        assert_eq!(next_of(&Pages::Offset { query: "o".into() }, "", "[]", "/k?o=7", 0), Ok(None));
    }

    #[test]
    fn a_list_that_does_not_say_where_it_goes_on_is_an_error() {
        let more = Pages::Cursor { at: "/c".into(), query: "after".into(), more: Some("/more".into()) };
        assert!(next_of(&more, "", r#"{"c": "x"}"#, "/k", 1).is_err());
        assert!(next_of(&more, "", r#"{"more": true}"#, "/k", 1).is_err());
        let last = Pages::Number { query: "p".into(), from: 1, last: Some("/l".into()) };
        assert!(next_of(&last, "", "{}", "/k", 1).is_err());
        for elsewhere in ["https://b.com/k", "//b.com/k", "http://a.com/k", "k"] {
            let body = format!(r#"{{"next": "{elsewhere}"}}"#);
            assert!(next_of(&Pages::Url("/next".into()), "", &body, "/k", 1).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn a_hint_shows_beginning_and_end() {
        let key = "sk-ant-api03-R2Dxyz0123456789igAA";
        for hint in ["sk-ant-api03-R2D...igAA", "sk-***gAA", "…igAA", "igAA", "sk-ant", "****igAA"] {
            assert!(is_hint_of(hint, key), "{hint}");
        }
        for other in ["sk-ant-api03-R2E...igAA", "sk-ant-api03-R2D...igAB", "...", "A", "***AA", "", "api03", key] {
            assert!(!is_hint_of(other, key), "{other}");
        }
    }
}
