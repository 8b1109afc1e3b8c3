//! Rules for one value that is known: as it stands, and in the forms that programs write values in.
//!
//! They are rules like any other, so that `keysweep find` looks for a value where and how a scan looks for all: in trees, histories and
//! lists of targets, with commits and dates. No rule file can have their issuer.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Rule,
    outline::Outline,
    shape::{Boundary, Confidence, Kind, Lifetime, Text},
};

/// The issuer of these rules.
pub const ISSUER: &str = "given";

/// A shorter value is in everything.
pub const SHORTEST: usize = 6;

/// The shortest encoded form that is looked for.
const SHORTEST_FORM: usize = 8;

/// A value that cannot be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GivenError {
    /// It has fewer than [`SHORTEST`] bytes.
    #[error("a value of fewer than {SHORTEST} bytes is in everything")]
    Short,
    /// It has more than 16 KiB.
    #[error("a value of more than 16 KiB cannot be looked for")]
    Long,
}

impl Rule {
    /// Whether it is one for a value that the user gave: no judgement about it is needed.
    pub fn is_given(&self) -> bool {
        self.issuer == ISSUER
    }
}

/// The rules that find `value`.
///
/// # Errors
/// Where it is too short or too long.
pub fn rules(value: &[u8]) -> Result<Vec<Rule>, GivenError> {
    match value.len() {
        0..SHORTEST => return Err(GivenError::Short),
        SHORTEST..=16384 => {}
        _ => return Err(GivenError::Long),
    }
    let plain = literal(value, |byte| match byte {
        b'\n' => r"\r?\n[ \t]{0,64}".to_owned(),
        byte => escaped(byte),
    });
    let mut rules = vec![rule("as-is", "The value, as it is", &plain)];
    let mut add = |id: &str, name: &str, forms: Vec<String>| {
        let forms: Vec<String> = forms.into_iter().filter(|form| *form != plain && is_searchable(form)).collect();
        if !forms.is_empty() {
            rules.push(rule(id, name, &forms.join("|")));
        }
    };
    add("base64", "The value in base64", base64(value));
    let wide: Vec<u8> = value.iter().flat_map(|byte| [*byte, 0]).collect();
    add("base64-utf16", "The value as UTF-16 in base64", base64(&wide));
    add("hex", "The value in hexadecimal", hex(value));
    add("percent", "The value in percent-encoding", percent(value));
    add("escaped", "The value with escape sequences", sequences(value));
    Ok(rules)
}

/// A form whose first bytes can each be written in several ways cannot be searched for; then one with fewer ways must do.
fn is_searchable(pattern: &str) -> bool {
    Outline::of(&rule("form", "A form", pattern)).is_ok()
}

fn rule(id: &str, name: &str, pattern: &str) -> Rule {
    let text = |text: &str| Text::Owned(text.to_owned());
    Rule {
        id: text(&format!("{ISSUER}-{id}")),
        issuer: ISSUER.into(),
        issuer_name: "The given value".into(),
        name: text(name),
        opens: "What the value opens that was looked for.".into(),
        // Nothing of a password is shown.
        kind: Kind::Password,
        lifetime: Lifetime::Unknown,
        confidence: Confidence::High,
        pattern: text(pattern),
        context: None,
        anchor: None,
        start: Boundary::Any,
        end: Boundary::Any,
        near: None,
        part_only: false,
        parts: vec![].into(),
        checksum: None,
        outline: None,
        docs: "".into(),
        source: "".into(),
        since: None,
        documented: Confidence::High,
        rotate: "".into(),
        verify: None,
        revoke: vec![].into(),
        by_hand: None,
        examples: vec![].into(),
        counterexamples: vec![].into(),
    }
}

fn literal(value: &[u8], form: impl Fn(u8) -> String) -> String {
    value.iter().map(|byte| form(*byte)).collect()
}

/// A byte as a pattern.
fn escaped(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("\\x{byte:02x}") }
}

/// What is the same whatever stands before and behind: of each of the three alignments the digits that the value alone decides.
fn base64(value: &[u8]) -> Vec<String> {
    let mut forms = vec![];
    for before in 0..3 {
        let padded = [&vec![0; before][..], value].concat();
        let text = STANDARD.encode(&padded);
        let first = (before * 8).div_ceil(6);
        let whole = &text[first..padded.len() * 8 / 6];
        if whole.len() >= SHORTEST_FORM {
            forms.push(literal(whole.as_bytes(), |byte| match byte {
                // The alphabet for URLs, and JSON's way to write a slash.
                b'+' => r"(?:\+|-|%2[bB])".to_owned(),
                b'/' => r"(?:\\?/|_|%2[fF])".to_owned(),
                byte => escaped(byte),
            }));
        }
    }
    forms
}

fn hex(value: &[u8]) -> Vec<String> {
    let digits = |upper: bool| {
        let byte = |byte: u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        literal(value, byte)
    };
    vec![digits(false), digits(true)]
}

/// As `encodeURIComponent` and forms do it, and every byte encoded.
fn percent(value: &[u8]) -> Vec<String> {
    let code = |byte: u8| match byte {
        0..=0x99 if byte & 15 < 10 => format!("%{byte:02x}"),
        _ => any_case('%', &format!("{byte:02x}")),
    };
    let some = literal(value, |byte| match byte {
        b' ' => r"(?:%20|\+)".to_owned(),
        _ if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => escaped(byte),
        // Encoded by some and not by others.
        b'!' | b'\'' | b'(' | b')' | b'*' => format!("(?:{}|{})", code(byte), escaped(byte)),
        _ => code(byte),
    });
    let strict = literal(value, |byte| if byte.is_ascii_alphanumeric() { escaped(byte) } else { code(byte) });
    vec![some, strict, literal(value, code)]
}

/// `%` and hexadecimal digits in either case.
fn any_case(head: char, digits: &str) -> String {
    let digit = |digit: char| match digit.is_ascii_alphabetic() {
        true => format!("[{digit}{}]", digit.to_ascii_uppercase()),
        false => digit.to_string(),
    };
    format!("{head}{}", digits.chars().map(digit).collect::<String>())
}

/// As strings of programs and JSON write it: what must be escaped, and every byte as `\xNN` or `\u00NN`.
fn sequences(value: &[u8]) -> Vec<String> {
    let code = |byte: u8, head: &str| format!(r"\\{head}{}", any_case(' ', &format!("{byte:02x}")).trim_start());
    let some = literal(value, |byte| {
        let own = match byte {
            b'\n' => r"(?:\\r)?\\n",
            b'\r' => r"\\r",
            b'\t' => r"\\t",
            b'"' => "(?:\\\\+\"|&quot;|&#34;)",
            b'\'' => r"(?:\\+'|'|&#39;|&apos;)",
            b'\\' => r"\\\\",
            b'/' => r"\\?/",
            b'&' => "(?:&amp;|&)",
            b'<' => "(?:&lt;|<)",
            b'>' => "(?:&gt;|>)",
            b'$' => r"(?:\\*\$|\$\$)",
            b'`' | b'!' | b'#' | b' ' => return format!(r"(?:\\*{})", escaped(byte)),
            _ => return escaped(byte),
        };
        match byte {
            b'\n' | b'\r' | b'\t' => own.to_owned(),
            _ => format!("(?:{own}|{}|{})", code(byte, "u00"), code(byte, "x")),
        }
    });
    let plain = literal(value, escaped);
    let json = serde_json::Value::from(String::from_utf8_lossy(value)).to_string();
    let json = literal(&json.as_bytes()[1..json.len() - 1], escaped);
    vec![
        if some == plain { String::new() } else { bounded(&some) },
        if json == plain || std::str::from_utf8(value).is_err() { String::new() } else { json },
        literal(value, |byte| code(byte, "x")),
        literal(value, |byte| code(byte, "u00")),
    ]
    .into_iter()
    .filter(|form| !form.is_empty())
    .collect()
}

/// Backslashes double with each nesting: up to three times.
fn bounded(pattern: &str) -> String {
    pattern.replace(r"\\+", r"\\{1,8}").replace(r"\\*", r"\\{0,8}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &[u8] = b"q7Lw/Zr2 +\"Nv\n";

    fn finds(text: &[u8]) -> Vec<String> {
        let fits = |rule: &Rule| regex::bytes::Regex::new(&format!("(?-u:{})", rule.pattern)).unwrap().is_match(text);
        rules(VALUE).unwrap().into_iter().filter(fits).map(|rule| rule.id.into_owned()).collect()
    }

    #[test]
    fn every_rule_can_be_searched_for() {
        let values: [&[u8]; 5] = [VALUE, b"abcdef", b"\"\\//\n\0\xff", "p\u{e4}ssw\u{f6}rd".as_bytes(), b"%%%%%%"];
        for value in values {
            for rule in rules(value).unwrap() {
                Outline::of(&rule).unwrap_or_else(|error| panic!("{error}: {}", rule.pattern));
            }
        }
        assert_eq!(rules(b"short").unwrap_err(), GivenError::Short);
        assert!(rules(&[b'a'; 20000]).is_err());
    }

    #[test]
    fn the_value_is_found_in_each_of_its_forms() {
        assert_eq!(finds(VALUE), ["given-as-is"]);
        assert_eq!(finds(b"x q7Lw/Zr2 +\"Nv\r\n  y"), ["given-as-is"]);
        for before in ["", "a", "ab", "abc"] {
            for behind in ["", "x", "yz"] {
                let text = STANDARD.encode([before.as_bytes(), VALUE, behind.as_bytes()].concat());
                assert_eq!(finds(text.as_bytes()), ["given-base64"], "{before} {behind}");
                assert_eq!(finds(text.replace('/', "_").replace('+', "-").as_bytes()), ["given-base64"]);
            }
        }
        assert_eq!(finds(b"71374c772f5a7232202b224e760a"), ["given-hex"]);
        assert_eq!(finds(b"71374C772F5A7232202B224E760A"), ["given-hex"]);
        assert_eq!(finds(b"q7Lw%2fZr2%20%2B%22Nv%0A"), ["given-percent"]);
        assert_eq!(finds(b"q7Lw%2FZr2+%2b%22Nv%0a"), ["given-percent"]);
        assert_eq!(finds(br#""q7Lw\/Zr2 +\"Nv\n""#), ["given-escaped"]);
        assert_eq!(finds(br#"q7Lw/Zr2 +\\\"Nv\r\n"#), ["given-escaped"]);
        let all: String = VALUE.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        assert_eq!(finds(all.as_bytes()), ["given-escaped"]);
        let wide: Vec<u8> = VALUE.iter().flat_map(|byte| [*byte, 0]).collect();
        assert_eq!(finds(STANDARD.encode(wide).as_bytes()), ["given-base64-utf16"]);
        assert!(finds(b"q7Lw/Zr2 +\"N").is_empty());
    }
}
