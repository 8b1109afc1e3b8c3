//! What the issuer said of a key. Plain data: how it is found out is [`crate::verify`]'s.

use serde::Serialize;

/// Whether a key works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Its issuer takes it, and refused a random one.
    Live,
    /// Asked, and no sure answer.
    Unknown,
    /// Nobody was asked.
    #[default]
    NotChecked,
    /// Its issuer calls it revoked, expired or unknown, at every host.
    Dead,
}

impl Verdict {
    /// All of them, what needs attention first.
    pub const ALL: [Self; 4] = [Self::Live, Self::Unknown, Self::NotChecked, Self::Dead];

    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Unknown => "unknown",
            Self::NotChecked => "not checked",
            Self::Dead => "dead",
        }
    }
}

/// How bad it is that a key is out: of a verification by what the key may do, of a finding by [`crate::severity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Can do little.
    Low,
    /// Can only read, or was not allowed what was asked.
    Medium,
    /// Works.
    High,
    /// May administer.
    Critical,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A verdict and what came with it. No text in it holds the secret or a masked part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Whether it works.
    pub verdict: Verdict,
    /// Why it is so.
    pub reason: Option<String>,
    /// When the issuer was asked, seconds since 1970-01-01 UTC.
    pub checked_at: Option<i64>,
    /// Which host gave the answer that decided.
    pub host: Option<String>,
    /// What was asked, with names in place of what was filled in: `GET https://api.example.com/v1/me`.
    pub request: Option<String>,
    /// Person or account.
    pub holder: Option<String>,
    /// Organisation, workspace or team.
    pub organisation: Option<String>,
    /// The account's id.
    pub account: Option<String>,
    /// Kind of key, in the issuer's words.
    pub kind: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it ends, as the issuer writes it.
    pub expires: Option<String>,
    /// When it was last used, as the issuer writes it.
    pub last_used: Option<String>,
    /// The key's own id at its issuer.
    pub key_id: Option<String>,
    /// What its owner called it.
    pub key_name: Option<String>,
    /// What the key cannot do, or from where it works.
    pub limits: Option<String>,
    /// Of a live key.
    pub severity: Option<Severity>,
}

impl Verification {
    /// A verdict with its reason.
    pub fn of(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: Some(reason.into()), ..Self::default() }
    }
}
