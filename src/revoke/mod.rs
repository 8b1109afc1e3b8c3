//! Revoke: from found to dead, without ever killing the wrong key.
//!
//! [`planning`] says what would be done to which key and what that breaks; it reads only. [`apply`] does it: each key once, by its
//! [`journal`], and looks until the key is seen dead by verify's own rules. [`undo`] takes back what can be. A way is data of the rule
//! ([`crate::rule::revoke`]): `filling` puts key, parts and credentials into its requests, [`list`] and `lookup` find the key at its issuer,
//! `sending` makes the requests. [`policy`] decides whose keys may be touched at all.

pub mod apply;
pub mod filling;
mod issuer;
pub mod journal;
pub mod list;
pub mod lock;
pub mod lookup;
pub mod plan;
pub mod planning;
pub mod policy;
mod prove;
mod sending;
pub mod state;
pub mod target;
pub mod undo;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    finding::Verification,
    http::{Gate, Transport},
    rule::RuleSet,
    secret::Secret,
    verify::{self, Key},
};
pub use policy::Policy;

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing was sent yet.
    Planned,
    /// Seen live before and dead after.
    Revoked,
    /// The issuer said yes, and the key is not seen dead.
    Accepted,
    /// Not done, for a reason that is ours or the issuer's: another holder, no permission, not exactly this key.
    Refused,
    /// The issuer answered something else than yes.
    Failed,
    /// A request went out, and nobody knows what it did.
    Unknown,
    /// A person has to do it.
    Manual,
    /// Taken back, and seen live.
    Restored,
}

impl Outcome {
    /// All of them, what needs attention first.
    pub const ALL: [Self; 8] = [
        Self::Unknown,
        Self::Failed,
        Self::Refused,
        Self::Accepted,
        Self::Manual,
        Self::Planned,
        Self::Restored,
        Self::Revoked,
    ];

    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Revoked => "revoked",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Manual => "manual",
            Self::Restored => "restored",
        }
    }
}

/// Gives the value of an environment variable, or what stands in for it.
pub type Credentials<'d> = dyn Fn(&str) -> Option<Secret> + Send + Sync + 'd;

/// What planning, applying and undoing all work with.
pub struct Desk<'d> {
    /// The rules, with their ways.
    pub rules: Arc<RuleSet>,
    /// The way to the network.
    pub transport: Arc<dyn Transport + Send + Sync>,
    /// How keys are asked for, and the clock.
    pub asking: verify::Options,
    /// Credentials of administrators and clients.
    pub credentials: &'d Credentials<'d>,
    /// Whose keys may be touched.
    pub policy: Policy,
    /// Whether the user wants to stop.
    pub stop: &'d (dyn Fn() -> bool + Send + Sync),
    /// Each host's pace.
    pub gate: Gate,
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Desk<'_> {
    /// Asks for each key, by verify's rules.
    pub fn ask(&self, keys: Vec<Key>) -> Vec<Verification> {
        let (rules, transport) = (Arc::clone(&self.rules), Arc::clone(&self.transport));
        verify::run(keys, rules, transport, self.asking.clone(), &|| (self.stop)())
    }

    /// Seconds since 1970-01-01 UTC.
    pub fn now(&self) -> i64 {
        (self.asking.clock)()
    }

    /// Hosts that the user listed for an issuer.
    fn listed(&self, issuer: &str) -> &[String] {
        self.asking.hosts.get(issuer).map_or(&[], Vec::as_slice)
    }
}
