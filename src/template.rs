//! Texts with places to be filled: `Bearer {secret}`, `{secret|base64}`, `{key|after-last:-}.api.example.com`.
//!
//! A place is a brace, a name of `[a-z0-9_]` and, behind `|`, filters that are applied in order. Any other brace is plain text, so
//! that JSON and GraphQL can be written as they are; `{ id }`, with spaces, is plain text where `{id}` would be a place.

use std::fmt;

/// What changes a value before it is put in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Base64 with padding (RFC 4648, section 4).
    Base64,
    /// Base64 for addresses, without padding (RFC 4648, section 5).
    Base64Url,
    /// Reads either kind of base64, with or without padding.
    Unbase64,
    /// The value at a JSON pointer (RFC 6901) of a text that is JSON.
    At(String),
    /// The host of an address, with or without `https://`; a `\/` in it is a `/`.
    Host,
    /// Path and query of an address, from the `/` on; a `\/` in it is a `/`.
    Path,
    /// What stands before the first of these texts.
    Before(String),
    /// What stands behind the first of these texts.
    After(String),
    /// What stands before the last of these texts.
    BeforeLast(String),
    /// What stands behind the last of these texts.
    AfterLast(String),
    /// ASCII letters made small.
    Lower,
    /// The first so many characters.
    First(usize),
    /// The last so many characters.
    Last(usize),
    /// SHA-256 (FIPS 180-4), in small hexadecimal digits.
    Sha256,
    /// SHA-512, in small hexadecimal digits.
    Sha512,
    /// SHA-256 in base64 for addresses, without padding.
    Sha256Base64Url,
}

/// The filters as they are written.
pub const FILTERS: &[&str] = &[
    "base64",
    "base64url",
    "unbase64",
    "at:POINTER",
    "host",
    "path",
    "before:TEXT",
    "after:TEXT",
    "before-last:TEXT",
    "after-last:TEXT",
    "lower",
    "first:NUMBER",
    "last:NUMBER",
    "sha256",
    "sha512",
    "sha256-base64url",
];

/// A portion of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Stands as it is.
    Plain(String),
    /// Is filled with a value.
    Place {
        /// `secret`, or the name of a part.
        name: String,
        /// Applied in this order.
        filters: Vec<Filter>,
    },
}

/// A filter that there is not, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFilter(pub String);

impl fmt::Display for UnknownFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no filter is written `{}`; there are {}", self.0, FILTERS.join(", "))
    }
}

impl std::error::Error for UnknownFilter {}

/// Takes a template apart.
pub fn parse(text: &str) -> Result<Vec<Piece>, UnknownFilter> {
    let mut pieces = Vec::new();
    let (mut plain, mut rest) = (String::new(), text);
    while let Some(brace) = rest.find('{') {
        let (before, behind) = rest.split_at(brace);
        plain.push_str(before);
        let Some((name, filters, after)) = place(behind) else {
            plain.push('{');
            rest = &behind[1..];
            continue;
        };
        if !plain.is_empty() {
            pieces.push(Piece::Plain(std::mem::take(&mut plain)));
        }
        let filters = filters.split('|').filter(|word| !word.is_empty()).map(filter).collect::<Result<_, _>>()?;
        pieces.push(Piece::Place { name: name.to_owned(), filters });
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    Ok(pieces)
}

/// Name, filters and what follows, where `text` begins with a place.
fn place(text: &str) -> Option<(&str, &str, &str)> {
    let inside = text.strip_prefix('{')?;
    let end = inside.find(|char: char| !(char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_'))?;
    let (name, rest) = inside.split_at(end);
    if name.is_empty() {
        return None;
    }
    match rest.strip_prefix('|') {
        Some(rest) => rest.split_once('}').map(|(filters, after)| (name, filters, after)),
        None => rest.strip_prefix('}').map(|after| (name, "", after)),
    }
}

fn filter(word: &str) -> Result<Filter, UnknownFilter> {
    let unknown = || UnknownFilter(word.to_owned());
    match word.split_once(':') {
        Some((_, "")) => Err(unknown()),
        Some((name, text)) => match name {
            "at" if text.starts_with('/') => Ok(Filter::At(text.into())),
            "before" => Ok(Filter::Before(text.into())),
            "after" => Ok(Filter::After(text.into())),
            "before-last" => Ok(Filter::BeforeLast(text.into())),
            "after-last" => Ok(Filter::AfterLast(text.into())),
            "first" => text.parse().map(Filter::First).map_err(|_| unknown()),
            "last" => text.parse().map(Filter::Last).map_err(|_| unknown()),
            _ => Err(unknown()),
        },
        None => match word {
            "base64" => Ok(Filter::Base64),
            "base64url" => Ok(Filter::Base64Url),
            "unbase64" => Ok(Filter::Unbase64),
            "host" => Ok(Filter::Host),
            "path" => Ok(Filter::Path),
            "lower" => Ok(Filter::Lower),
            "sha256" => Ok(Filter::Sha256),
            "sha512" => Ok(Filter::Sha512),
            "sha256-base64url" => Ok(Filter::Sha256Base64Url),
            _ => Err(unknown()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Piece {
        Piece::Plain(text.into())
    }

    fn place(name: &str, filters: &[Filter]) -> Piece {
        Piece::Place { name: name.into(), filters: filters.to_vec() }
    }

    #[test]
    fn places_and_their_filters_are_read() {
        assert_eq!(parse("Bearer {secret}").expect("good"), [plain("Bearer "), place("secret", &[])]);
        assert_eq!(
            parse("{secret|unbase64|at:/r/u|host}x").expect("good"),
            [place("secret", &[Filter::Unbase64, Filter::At("/r/u".into()), Filter::Host]), plain("x")]
        );
        assert_eq!(
            parse("{key_id|before-last:-}").expect("good"),
            [place("key_id", &[Filter::BeforeLast("-".into())])]
        );
    }

    #[test]
    fn json_and_graphql_are_plain_text() {
        for text in [r#"{"query": "{ viewer { id } }"}"#, "{}", "{", "a } b", r#"{"a": {"b": 1}}"#, "{ id }"] {
            assert_eq!(parse(text).expect("good"), [plain(text)]);
        }
        assert_eq!(
            parse(r#"{"key": "{secret}"}"#).expect("good"),
            [plain(r#"{"key": ""#), place("secret", &[]), plain(r#""}"#)]
        );
    }

    #[test]
    fn a_filter_that_there_is_not_is_told() {
        for text in ["{secret|rot13}", "{secret|at:x}", "{secret|after:}", "{secret|host:x}", "{secret|last:x}"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
