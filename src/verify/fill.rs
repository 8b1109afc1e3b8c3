//! Templates filled with a secret and its parts, each value escaped as its place asks.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::{
    secret::Secret,
    template::{self, Filter, Piece},
};

/// What is filled in.
#[derive(Clone, Copy, Debug)]
pub struct Values<'k> {
    /// For `{secret}`.
    pub secret: &'k Secret,
    /// Names and values of the parts that were found.
    pub parts: &'k [(String, Secret)],
    /// Whether this is a control: what a random key cannot sign is signed at random.
    pub control: bool,
}

/// Where a template stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the name of a host: made small; nothing but what a name may hold.
    Host,
    /// In a path or query, or in a form: percent-encoded.
    Path,
    /// In a header: visible ASCII and spaces only.
    Header,
    /// Inside a JSON text.
    Json,
    /// As it is.
    Plain,
}

/// Why a template cannot be filled. Names places, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfilled {
    /// A part that was not found beside the secret.
    #[error("part missing: {0}")]
    Missing(String),
    /// A filter finds nothing in the value, or the value cannot stand there.
    #[error("part missing: {0} is not of the form that is asked for")]
    Unfit(String),
}

/// Fills `template`.
///
/// # Errors
/// Where a part is missing, a filter finds nothing, or a value cannot stand in its place.
pub fn fill(template: &str, values: &Values<'_>, place: Place) -> Result<Zeroizing<String>, Unfilled> {
    let mut filled = Zeroizing::new(String::new());
    for piece in template::parse(template).expect("was read as a template with the rule") {
        match piece {
            Piece::Plain(text) => filled.push_str(&text),
            Piece::Place { name, filters } => {
                let value = if name == "secret" {
                    values.secret
                } else {
                    let part = values.parts.iter().find(|(own, _)| *own == name);
                    &part.ok_or_else(|| Unfilled::Missing(name.clone()))?.1
                };
                let unfit = || Unfilled::Unfit(name.clone());
                let text = std::str::from_utf8(value.expose()).map_err(|_| unfit())?;
                let mut text = Zeroizing::new(text.to_owned());
                for filter in &filters {
                    text = apply(filter, &text).ok_or_else(unfit)?;
                }
                // A path taken out of an address is encoded already.
                let whole = filters.last() == Some(&Filter::Path);
                escape(&text, place, whole, &mut filled).ok_or_else(unfit)?;
            }
        }
    }
    Ok(filled)
}

/// A template as it may be shown: places stay as they are written.
pub fn shown(template: &str, known: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = String::new();
    for piece in template::parse(template).expect("was read as a template with the rule") {
        match piece {
            Piece::Plain(plain) => text.push_str(&plain),
            Piece::Place { name, filters } => match known(&name) {
                Some(value) if filters.is_empty() => text.push_str(&value),
                _ => text.push_str(&format!("{{{name}}}")),
            },
        }
    }
    text
}

fn apply(filter: &Filter, text: &str) -> Option<Zeroizing<String>> {
    let some = |text: &str| Some(Zeroizing::new(text.to_owned()));
    match filter {
        Filter::Base64 => Some(Zeroizing::new(STANDARD.encode(text))),
        Filter::Base64Url => Some(Zeroizing::new(URL_SAFE_NO_PAD.encode(text))),
        Filter::Unbase64 => {
            let plain: Zeroizing<String> = Zeroizing::new(
                text.trim_end_matches('=')
                    .chars()
                    .map(|char| match char {
                        '-' => '+',
                        '_' => '/',
                        char => char,
                    })
                    .collect(),
            );
            String::from_utf8(STANDARD_NO_PAD.decode(&*plain).ok()?).ok().map(Zeroizing::new)
        }
        Filter::At(pointer) => match serde_json::from_str::<serde_json::Value>(text).ok()?.pointer(pointer)? {
            serde_json::Value::String(text) => some(text),
            serde_json::Value::Number(number) => some(&number.to_string()),
            _ => None,
        },
        Filter::Host => some(address(text).0.as_str()).filter(|host| !host.is_empty()),
        Filter::Path => some(address(text).1.as_str()).filter(|path| path.starts_with('/')),
        Filter::Before(mark) => some(text.split_once(mark.as_str())?.0),
        Filter::After(mark) => some(text.split_once(mark.as_str())?.1),
        Filter::BeforeLast(mark) => some(text.rsplit_once(mark.as_str())?.0),
        Filter::AfterLast(mark) => some(text.rsplit_once(mark.as_str())?.1),
        Filter::Lower => some(&text.to_ascii_lowercase()),
        Filter::First(many) => some(text.get(..*many)?),
        Filter::Last(many) => some(text.get(text.len().checked_sub(*many)?..)?),
        Filter::Sha256 => some(&hex(&Sha256::digest(text))),
        Filter::Sha512 => some(&hex(&Sha512::digest(text))),
        Filter::Sha256Base64Url => some(&URL_SAFE_NO_PAD.encode(Sha256::digest(text))),
    }
    .filter(|text| !text.is_empty())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Host, and path with query, of an address.
fn address(text: &str) -> (Zeroizing<String>, Zeroizing<String>) {
    let text = Zeroizing::new(text.replace("\\/", "/"));
    let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    // 443 is where it is asked anyway; another port stays, and is no name.
    let host = host.strip_suffix(":443").unwrap_or(host);
    (Zeroizing::new(host.to_owned()), Zeroizing::new(path.to_owned()))
}

/// Puts `text` behind `out`; `None` where it cannot stand there.
fn escape(text: &str, place: Place, whole_path: bool, out: &mut String) -> Option<()> {
    match place {
        Place::Host => {
            let text = text.trim_end_matches('.').to_ascii_lowercase();
            let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
            fits.then(|| out.push_str(&text))
        }
        Place::Path if whole_path => {
            let fits = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&byte));
            fits.then(|| out.push_str(text))
        }
        Place::Path => {
            for byte in text.bytes() {
                match byte {
                    // A colon stands for itself in a path (RFC 3986), and some issuers ask for it so.
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => out.push(byte.into()),
                    _ => out.push_str(&format!("%{byte:02X}")),
                }
            }
            // A segment of dots would climb.
            (!matches!(text, "." | "..")).then_some(())
        }
        Place::Header => {
            let fits = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
            fits.then(|| out.push_str(text))
        }
        Place::Json => {
            let quoted = Zeroizing::new(serde_json::to_string(text).ok()?);
            out.push_str(&quoted[1..quoted.len() - 1]);
            Some(())
        }
        Place::Plain => {
            out.push_str(text);
            Some(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, secret: &str, place: Place) -> Result<String, Unfilled> {
        let parts = [("region".to_owned(), Secret::new(b"EU-1"))];
        let secret = Secret::new(secret.as_bytes());
        fill(template, &Values { secret: &secret, parts: &parts, control: false }, place).map(|text| text.to_string())
    }

    #[test]
    fn values_are_escaped_as_their_place_asks() {
        assert_eq!(
            filled("/b{secret}/me?x={secret}", "1:a/b&c+d", Place::Path).unwrap(),
            "/b1:a%2Fb%26c%2Bd/me?x=1:a%2Fb%26c%2Bd"
        );
        assert_eq!(filled(r#"{"k": "{secret}"}"#, "a\"\\\n", Place::Json).unwrap(), r#"{"k": "a\"\\\n"}"#);
        assert_eq!(filled("Bearer {secret}", "abc", Place::Header).unwrap(), "Bearer abc");
        assert!(filled("Bearer {secret}", "a\r\nX: y", Place::Header).is_err());
        assert_eq!(filled("{region}.a.com", "", Place::Host).unwrap(), "eu-1.a.com");
        assert!(filled("{secret}.a.com", "evil.com/", Place::Host).is_err());
        assert!(filled("/x/{secret}", "..", Place::Path).is_err());
        assert_eq!(filled("{secret}", "a b", Place::Plain).unwrap(), "a b");
    }

    #[test]
    fn filters_take_a_value_apart() {
        let of = |template: &str, secret: &str| filled(template, secret, Place::Plain);
        assert_eq!(of("{secret|base64}", "a:b?").unwrap(), "YTpiPw==");
        assert_eq!(of("{secret|unbase64|at:/r/u|host}", "eyJyIjp7InUiOiJodHRwczovL2gueC8ifX0").unwrap(), "h.x");
        assert_eq!(of("{secret|path}", "https:\\/\\/h.x\\/a\\/b?c=1").unwrap(), "/a/b?c=1");
        assert_eq!(of("{secret|host}", "https://u:p@h.x:443/a").unwrap(), "h.x");
        assert_eq!(of("{secret|before:-}|{secret|after:-}", "a-b-c").unwrap(), "a|b-c");
        assert_eq!(of("{secret|before-last:-}|{secret|after-last:-}", "a-b-c").unwrap(), "a-b|c");
        assert_eq!(of("{secret|first:2}...{secret|last:3}", "abcdef").unwrap(), "ab...def");
        assert!(of("{secret|last:4}", "abc").is_err());
        // The examples of FIPS 180-4 for the message "abc".
        assert!(of("{secret|sha256}", "abc").unwrap().starts_with("ba7816bf8f01cfea414140de5dae2223"));
        assert!(of("{secret|sha512}", "abc").unwrap().starts_with("ddaf35a193617abacc417349ae204131"));
        assert!(of("{secret|sha256-base64url}", "abc").unwrap().starts_with("ungWv48Bz-pBQUDeXa4iI7"));
    }

    #[test]
    fn where_something_is_missing_it_is_named_and_nothing_of_the_secret_is() {
        assert_eq!(filled("{other}", "abc", Place::Plain), Err(Unfilled::Missing("other".into())));
        let unfit = filled("{secret|after:-}", "hunter2", Place::Plain).unwrap_err();
        assert_eq!(unfit, Unfilled::Unfit("secret".into()));
        assert!(!unfit.to_string().contains("hunter2"));
    }

    #[test]
    fn a_template_is_shown_without_what_is_filled_in() {
        assert_eq!(
            shown("/{region}/{secret|base64}/{secret}", &|name| (name == "region").then(|| "eu".into())),
            "/eu/{secret}/{secret}"
        );
    }
}
