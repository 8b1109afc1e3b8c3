//! Findings: one per secret, with all the places where it stands.
//!
//! Matches come in by the hundred thousand, findings go out by the hundred. [`group`] puts places to their secrets as they
//! come and keeps a bounded number of each; [`id`] names a secret in a way that is the same in every run; [`mask`] is how a
//! secret and the text around it may be shown. What leaves this stage holds masked text only, unless the user asked to see
//! secrets ([`Finding::secret`]).

pub mod group;
pub mod guess;
pub mod id;
pub mod mask;
pub mod printable;
pub mod suppressed;
pub mod verification;

pub use group::{Best, Groups, Known, KnownPart, MAX_PLACES, Outcome, Sighting};
pub use id::{FindingId, IdKey};
pub use mask::Masker;
pub use suppressed::{Mark, Mechanism, Suppressed};
pub use verification::{Severity, Verdict, Verification};

use crate::{
    location::Place,
    rule::{Confidence, Kind, Lifetime},
    secret::Secret,
};

/// One secret and everything known about it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The same in every run and on every machine for the same secret, whatever rule found it.
    pub id: FindingId,
    /// What the rule that found it says about credentials of this kind.
    pub about: About,
    /// How sure we are: that of its best place.
    pub confidence: Confidence,
    /// The secret as it may be shown.
    pub masked: String,
    /// The secret itself, only where the user asked for it.
    pub secret: Option<Secret>,
    /// Where it stands: what is there now first, then by path. At most [`MAX_PLACES`].
    pub places: Vec<ShownPlace>,
    /// How many places there are in all.
    pub places_total: u64,
    /// Date of the first commit that had it, seconds since 1970-01-01 UTC.
    pub first_seen: Option<i64>,
    /// Date of the last commit that has it.
    pub last_seen: Option<i64>,
    /// Whether HEAD has it; `None` where history was not looked at.
    pub in_head: Option<bool>,
    /// Whole days from the first commit until now: history still has it.
    pub exposed_days: Option<u32>,
    /// Its companions, in the order of the rule.
    pub parts: Vec<Part>,
    /// What its issuer said, where it was asked.
    pub verification: Option<Verification>,
    /// Why it does not count, where it does not.
    pub suppressed: Option<Suppressed>,
    /// Why it is told and makes nothing fail, where that is so.
    pub warning: Option<String>,
    /// What speaks for and against it in its best place, what weighs most first.
    pub evidence: Vec<Reason>,
}

/// A piece of evidence that a person can check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Its name, the same in all reports.
    pub name: String,
    /// What it says of this credential. Never a part of the secret.
    pub says: String,
    /// How far it moved the judgement, in hundredths of log-odds: above zero it speaks for a credential. `None` for what is
    /// told and not weighed.
    pub weight: Option<i32>,
}

/// A place with the text that stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownPlace {
    /// Where.
    pub place: Place,
    /// The line (or the piece of it around the secret), with every secret in it masked; not for every place.
    pub excerpt: Option<String>,
    /// A mark beside it that may keep it from counting.
    pub mark: Option<Mark>,
}

/// What is said about a kind of credential: taken from the rule, so that a stored report can be read without it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    /// The rule's id.
    pub rule: String,
    /// What its issuer calls such a credential.
    pub name: String,
    /// The issuer's id.
    pub issuer: String,
    /// The issuer as people know it.
    pub issuer_name: String,
    /// Kind of credential.
    pub kind: Kind,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// What somebody who has it can do; a line.
    pub opens: String,
    /// Where its owner replaces it by hand: an address or steps.
    pub rotate: String,
}

/// A companion of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is called (`id`, `host`, `client_id`).
    pub name: String,
    /// The value: plain where it is no secret, masked where it is; `None` where it was not found.
    pub value: Option<String>,
    /// Whether `value` is masked.
    pub masked: bool,
    /// The whole value of a masked part, only where the user asked to see secrets.
    pub secret: Option<Secret>,
    /// Line and column in the text that it was found in.
    pub at: Option<(u32, u32)>,
}
