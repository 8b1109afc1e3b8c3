//! Rules: what a credential looks like, what it opens, and whose it is.
//!
//! A rule comes from a file `rules/<issuer>.toml` ([`file`]), is checked and put into a [`RuleSet`] ([`set`]), and carries
//! plain data only. Turning its pattern into something that searches is detection's business.

pub mod file;
pub mod set;

pub use set::{RuleSet, Selection};

use serde::{Deserialize, Serialize};

/// Index of a rule in its [`RuleSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIx(pub u16);

/// Who holds a credential of this kind and how it is cured differ by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Belongs to an account or project.
    ApiKey,
    /// Acts as a person.
    PersonalAccessToken,
    /// Client id and secret of a program.
    M2mClient,
    /// Given out by an OAuth server to an application.
    OauthToken,
    /// An address that is itself the secret.
    Webhook,
    /// Private half of a key pair.
    PrivateKey,
    /// A host with the credentials for it.
    ConnectionString,
    /// A login that ends by itself.
    SessionToken,
    /// Chosen by a person or standing for one.
    Password,
}

/// How long a credential stays valid when nobody does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lifetime {
    /// Never expires by itself.
    Static,
    /// Ends at a time of its own.
    Expiring,
    /// The format does not tell.
    Unknown,
}

/// How sure we are that a match is a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Shown on request only.
    Low,
    /// Likely one.
    Medium,
    /// Worth a person's time.
    High,
}

/// Which neighbours a match may have at one of its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// No letter, digit or underscore beside it. At the start, an escape such as `\n`, `%3D` or `\u003d` counts as a boundary.
    #[default]
    Word,
    /// Nothing of `[A-Za-z0-9_+/=-]` beside it.
    Token,
    /// Anything.
    Any,
}

/// Words that must stand near a match. ASCII letters match in either case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// Any one of these, each of 3 bytes or more.
    pub words: Vec<String>,
    /// How many bytes before the match's start are looked at.
    #[serde(default = "Near::default_before")]
    pub before: u32,
    /// How many bytes behind the match's end are looked at.
    #[serde(default)]
    pub after: u32,
}

impl Near {
    fn default_before() -> u32 {
        64
    }
}

/// A companion value: the id to a secret, the host to a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartSpec {
    /// What it is called in reports and in verify requests (`id`, `host`, `client_id`).
    pub name: String,
    /// Id of the rule whose matches are taken, in the same file.
    pub rule: String,
    /// One companion may serve several secrets (a host does, an id does not).
    #[serde(default)]
    pub shared: bool,
}

/// One kind of credential of one issuer.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name everywhere: on the command line, in reports, in docs.
    pub id: String,
    /// The issuer's id: the name of the rule's file.
    pub issuer: String,
    /// The issuer as people know it.
    pub issuer_name: String,
    /// What the credential is called by its issuer.
    pub name: String,
    /// What somebody who has it can do; a line.
    pub opens: String,
    /// Kind of credential.
    pub kind: Kind,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// Confidence of a match that nothing else speaks for or against.
    pub confidence: Confidence,
    /// What it looks like from its first byte: a regular expression over bytes, matched at one position. The group `secret`,
    /// if there is one, is the credential; else all of the match is.
    pub pattern: String,
    /// A literal that every match holds, where the pattern does not begin with one.
    pub anchor: Option<String>,
    /// What may stand before.
    pub start: Boundary,
    /// What may stand behind.
    pub end: Boundary,
    /// Words that must be near.
    pub near: Option<Near>,
    /// Found only as a companion of another rule's match, never by itself.
    pub part_only: bool,
    /// Companions.
    pub parts: Vec<PartSpec>,
    /// Page that documents the format.
    pub docs: String,
    /// Where its owner replaces it by hand: an address or steps.
    pub rotate: String,
    /// Texts in which this rule finds a credential.
    pub examples: Vec<String>,
    /// Texts in which it finds none.
    pub counterexamples: Vec<String>,
}
