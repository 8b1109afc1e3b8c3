//! What the other parts of a URL say about the password in it.

use super::{Evidence, Piece, says};
use crate::detect::context::{Candidate, Syntax, Window, name::is_name};

const USERS: &[&str] =
    &["user", "username", "usr", "foo", "test", "me", "login", "name", "hello", "some", "my", "your", "token", "id"];
const DATABASES: &[&str] = &[
    "postgres",
    "mysql",
    "mongo",
    "redis",
    "amqp",
    "mssql",
    "sqlserver",
    "ldap",
    "smtp",
    "jdbc",
    "mariadb",
    "rabbit",
    "oracle",
    "nats",
    "mqtt",
    "kafka",
    "ecto",
    "cockroach",
];

/// Adds the evidence of a URL; all of it is 0 for other candidates.
pub fn add(window: &Window<'_>, found: &Candidate, evidence: &mut Evidence) {
    if found.syntax != Syntax::Url {
        return;
    }
    let scheme =
        window.bytes[..found.anchor].iter().rposition(|byte| !is_name(*byte) && !matches!(byte, b'+' | b'.' | b'-'));
    let scheme = window.bytes[scheme.map_or(0, |before| before + 1)..found.anchor].to_ascii_lowercase();
    let kind = match () {
        () if scheme.starts_with(b"http") => 1,
        () if says(&scheme, &["ssh", "git", "svn", "hg"]) => 2,
        () if says(&scheme, DATABASES) => 3,
        () => 4,
    };
    evidence.set(Piece::Scheme, kind);
    let user = window.bytes[found.name.clone()].to_ascii_lowercase();
    let value = window.bytes[found.value.clone()].to_ascii_lowercase();
    let filler = USERS.iter().any(|word| user == word.as_bytes()) || says(&user, &["user", "example", "test"]);
    let same = user == value;
    evidence.set(Piece::UserFiller, if same { 2 } else { i16::from(filler) });
    evidence.set(Piece::Host, host(&window.bytes[found.value.end..]));
}

/// Kind of the host behind the `@`.
fn host(rest: &[u8]) -> i16 {
    let rest = rest.get(1..).unwrap_or_default();
    let length = rest.iter().take_while(|byte| is_name(**byte) || matches!(byte, b'.' | b'-' | b'[')).count();
    let host = rest[..length].to_ascii_lowercase();
    match () {
        () if host.is_empty() || matches!(rest.get(length), Some(b'{' | b'$' | b'<' | b'%')) => 5,
        () if host.starts_with(b"localhost") || host.starts_with(b"127.") || host == b"0.0.0.0" || host[0] == b'[' => 1,
        () if says(&host, &["example", "your", "foo", "host", "domain", "server", "test", "some", "proxy"]) => 2,
        () if host.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') => 4,
        () if !host.contains(&b'.') => 3,
        () => 6,
    }
}
