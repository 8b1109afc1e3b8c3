//! Which kind of context a candidate has: the rule that tells it.

use super::{Candidate, Syntax, lexicon::Lexicon};
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
        _ if PASSWORD.said(name) != 0 => Context::Password,
        _ => Context::Secret,
    }
}

/// `_pw` stands at the end of a name: `LDAP_BIND_PW`.
static PASSWORD: Lexicon = Lexicon::new(&[&["pass", "pwd", "_pw"]]);
