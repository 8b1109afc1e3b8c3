//! Rules: what a credential looks like, what it opens, and whose it is.
//!
//! A rule comes from a file `rules/<issuer>.toml` ([`mod@file`], [`verify_file`], [`revoke_file`]), is checked ([`pattern`], [`cross`]) and put into
//! a [`RuleSet`] ([`set`]); it carries plain data only ([`shape`], [`request`], [`revoke`]), and what can be said of its pattern without running it
//! ([`outline`]). Turning that into something that searches is detection's business.
//! The files in the repository are read by the build script with the same code, so a broken one fails the build.

pub mod bytes;
pub mod complaint;
pub mod cross;
pub mod file;
pub mod given;
pub mod nearest;
pub mod outline;
pub mod pattern;
pub mod request;
pub mod revoke;
pub mod revoke_file;
pub mod set;
pub mod shape;
pub mod syntax;
pub mod verify_file;

pub use complaint::Complaint;
pub use request::Verify;
pub use set::{RuleError, RuleSet, Selection};
pub use shape::{Boundary, Confidence, Context, Kind, Lifetime, List, Near, PartSpec, Rule, Text};

/// Index of a rule in its [`RuleSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIx(pub u16);

#[cfg(test)]
impl Rule {
    /// A rule with nothing but an id and a pattern, to be made what a test needs.
    pub fn bare(id: &str, pattern: &str) -> Self {
        Self {
            id: id.to_owned().into(),
            issuer: "test".into(),
            issuer_name: "Test".into(),
            name: id.to_owned().into(),
            opens: "Nothing.".into(),
            kind: Kind::ApiKey,
            lifetime: Lifetime::Static,
            confidence: Confidence::High,
            pattern: pattern.to_owned().into(),
            context: None,
            anchor: None,
            start: Boundary::Word,
            end: Boundary::Word,
            near: None,
            part_only: false,
            parts: Vec::new().into(),
            checksum: None,
            outline: None,
            docs: "https://example.com".into(),
            source: "https://example.com".into(),
            since: None,
            documented: Confidence::High,
            rotate: "https://example.com/keys".into(),
            verify: None,
            revoke: Vec::new().into(),
            by_hand: None,
            examples: Vec::new().into(),
            counterexamples: Vec::new().into(),
        }
    }
}
