//! What the words of a name say.

use std::ops::Range;

use super::{Evidence, Piece, lexicon::Lexicon, says};
use crate::detect::context::{Candidate, Window};

/// Words of a name: split at what is no letter and at capitals behind small letters.
fn words(name: &[u8]) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::with_capacity(8);
    let mut before = b' ';
    for (ix, byte) in name.iter().enumerate() {
        let upper = byte.is_ascii_uppercase();
        let next_small = name.get(ix + 1).is_some_and(u8::is_ascii_lowercase);
        let opens = !before.is_ascii_alphabetic() || upper && (before.is_ascii_lowercase() || next_small);
        if byte.is_ascii_alphabetic() {
            match words.last_mut().filter(|_| !opens) {
                Some(word) => word.end = ix + 1,
                None => words.push(ix..ix + 1),
            }
        }
        before = *byte;
    }
    words
}

const SECRET: &[&str] = &["pass", "pwd", "secret", "token", "key", "auth", "cred"];

/// Words that say something wherever they stand in a name, in the order in which they are asked for.
static LEXICON: Lexicon = Lexicon::new(&[
    &["apikey", "apisecret", "apitoken"],
    &["crypt", "cipher", "sign", "master", "private", "webhook"],
    &["client", "consumer", "oauth", "application"],
    &[
        "sql", "postgres", "mongo", "redis", "smtp", "mail", "ldap", "aws", "azure", "database", "rabbit", "jdbc",
        "github", "gitlab", "slack", "stripe", "twilio", "minio", "docker", "registry", "proxy", "sendgrid", "google",
        "facebook", "twitter",
    ],
    &["user", "admin", "login", "account"],
    &["public", "name", "pubkey"],
    &[
        "file",
        "path",
        "endpoint",
        "header",
        "param",
        "prefix",
        "suffix",
        "format",
        "column",
        "table",
        "class",
        "method",
        "property",
        "attr",
        "regex",
        "pattern",
        "provider",
        "store.",
        "strategy",
        "algorithm",
        "digest",
        "policy",
        "rule",
        "scheme",
        "grant",
        "vault",
        "arn",
        "namespace",
    ],
    &[
        "label",
        "title",
        "message",
        "help",
        "text",
        "placeholder",
        "error",
        "description",
        "prompt",
        "required",
        "usage",
        "button",
        "menu",
        "caption",
        "display",
        "tooltip",
    ],
    &[
        "reset",
        "forgot",
        "change",
        "confirm",
        "update",
        "current",
        "repeat",
        "remember",
        "generate",
        "validate",
        "verify",
        "missing",
        "enable",
        "disable",
        "allow",
        "require",
        "create",
        "delete",
        "hashed",
        "salted",
        "stored",
        "derived",
        "encrypted",
        "encoded",
    ],
    &["length", "count", "expir", "timeout", "interval", "lifetime", "index", "limit", "usage"],
    &["test", "fake", "dummy", "wrong", "invalid", "mock", "example", "sample", "expected", "other", "foo"],
    &[
        "primary",
        "foreign",
        "cache",
        "partition",
        "routing",
        "locale",
        "i18n",
        "lookup",
        "object",
        "keyword",
        "keyboard",
        "event",
        "option",
        "author",
        "keyspace",
        "monkey",
        "translation",
        "bucket",
    ],
    &["pass"],
    &["pwd"],
    &["secret"],
    &["token"],
    &["key"],
    &["auth"],
    &["cred"],
    &["access", "bearer", "session", "refresh", "cookie"],
]);

/// Adds the evidence of the name.
pub fn add(window: &Window<'_>, found: &Candidate, evidence: &mut Evidence) {
    let name = &window.bytes[found.name.clone()];
    let lower = name.to_ascii_lowercase();
    let words: Vec<&[u8]> = words(name).into_iter().map(|word| &lower[word]).collect();
    let said = LEXICON.said(name);
    let has = |short: &[&str], group: u32| {
        said >> group & 1 == 1 || words.iter().any(|word| short.iter().any(|other| *word == other.as_bytes()))
    };
    let upper = name.iter().any(u8::is_ascii_uppercase);
    let small = name.iter().any(u8::is_ascii_lowercase);
    evidence.set(Piece::NameLength, name.len());
    evidence.set(Piece::NameWords, words.len());
    evidence.set(Piece::NameCase, if upper && small { 2 } else { i16::from(upper) });
    evidence.tell(Piece::NamePass, said >> 12 & 1 == 1);
    evidence.tell(Piece::NamePwd, said >> 13 & 1 == 1);
    evidence.tell(Piece::NameSecret, said >> 14 & 1 == 1);
    evidence.tell(Piece::NameToken, said >> 15 & 1 == 1);
    evidence.tell(Piece::NameKey, said >> 16 & 1 == 1);
    evidence.tell(Piece::NameAuth, said >> 17 & 1 == 1);
    evidence.tell(Piece::NameCred, said >> 18 & 1 == 1);
    evidence.tell(Piece::NameApi, has(&["api"], 0));
    evidence.tell(Piece::NameAccess, has(&["jwt", "csrf", "xsrf"], 19));
    evidence.tell(Piece::NameCrypt, has(&["aes", "hmac", "rsa", "iv", "des", "salt", "otp"], 1));
    evidence.tell(Piece::NameClient, has(&["app"], 2));
    evidence.tell(Piece::NameService, has(&["db", "ftp", "s3", "mq", "gcp"], 3));
    evidence.tell(Piece::NameAccount, has(&["root"], 4));
    evidence.tell(Piece::NamePublic, has(&["id", "ids", "uid"], 5));
    evidence.tell(
        Piece::NameThing,
        has(&["type", "url", "uri", "ref", "kind", "field", "var", "env", "path", "dir", "tag", "host", "re"], 6),
    );
    evidence.tell(Piece::NameText, has(&["hint", "desc", "msg", "ui", "tip"], 7));
    evidence.tell(Piece::NameAct, has(&["old", "new", "set", "get", "is", "has", "no", "use", "with", "show"], 8));
    evidence.tell(
        Piece::NameMeasure,
        has(&["max", "min", "size", "len", "ttl", "num", "at", "in", "age", "time", "date", "bits", "version"], 9),
    );
    evidence.tell(Piece::NameFake, has(&["bad"], 10));
    evidence.tell(Piece::NameData, has(&["pk", "fk", "map", "sort", "hot", "row", "hash", "item", "group"], 11));
    let last = words.last().copied().unwrap_or_default();
    let is_last = says(last, SECRET);
    let number = name.last().is_some_and(u8::is_ascii_digit);
    evidence.set(Piece::NameLast, if is_last { 1 + i16::from(number) } else { 0 });
    evidence.tell(
        Piece::NameOnly,
        words.len() == 1 && SECRET.iter().any(|word| last.starts_with(word.as_bytes())) || lower == b"password",
    );
    let before = window.before(found.name.start);
    let member = match before {
        Some(b'>' | b'.') => 1,
        Some(b'$' | b'@') => 2,
        Some(b':') => 3,
        Some(b'<') => 4,
        Some(b'-') => 5,
        Some(b'?' | b'&') => 6,
        _ => i16::from(name.contains(&b'.')),
    };
    evidence.set(Piece::NameMember, member);
}
