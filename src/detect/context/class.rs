//! Which kind of context a candidate has: the rule that tells it.

use super::{Candidate, Syntax};
use crate::rule::Context;

/// The context of a candidate in `bytes`.
pub fn class_of(bytes: &[u8], found: &Candidate) -> Context {
    let name = &bytes[found.name.clone()];
    match found.syntax {
        Syntax::Url => Context::Url,
        Syntax::Header if name.eq_ignore_ascii_case(b"basic") => Context::Basic,
        Syntax::Header => Context::Bearer,
        Syntax::Sql => Context::Sql,
        Syntax::Flag | Syntax::User => Context::Flag,
        _ if says_password(name) => Context::Password,
        _ => Context::Secret,
    }
}

/// `_pw` stands at the end of a name: `LDAP_BIND_PW`.
fn says_password(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let says = |word: &[u8]| memchr::memmem::find(&name, word).is_some();
    says(b"pass") || says(b"pwd") || says(b"_pw")
}
