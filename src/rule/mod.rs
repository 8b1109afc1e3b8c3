//! Rules: what a credential looks like, what it opens, and whose it is.
//!
//! A rule comes from a file `rules/<issuer>.toml` ([`file`]), is checked ([`pattern`], [`cross`]) and put into a [`RuleSet`]
//! ([`set`]); it carries plain data only ([`shape`]). Turning its pattern into something that searches is detection's business.
//! The files in the repository are read by the build script with the same code, so a broken one fails the build.

pub mod cross;
pub mod file;
pub mod nearest;
pub mod pattern;
pub mod set;
pub mod shape;

pub use file::Complaint;
pub use set::{RuleError, RuleSet, Selection};
pub use shape::{Boundary, Confidence, Kind, Lifetime, List, Near, PartSpec, Rule, Text};

/// Index of a rule in its [`RuleSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIx(pub u16);
