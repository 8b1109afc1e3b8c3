//! The plain data of a rule. Shared by the program and its build script, which reads `rules/*.toml` and writes them down as
//! constants of these types: nothing is parsed when the program starts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    outline::Outline,
    request::Verify,
    revoke::{ByHand, Way},
};

/// Text of a rule: embedded in the program, or owned when it comes from a file of the user.
pub type Text = Cow<'static, str>;

/// Several of a kind, embedded or owned.
pub type List<T> = Cow<'static, [T]>;

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

/// How sure we are: that a match is a credential, or that a format is what we think.
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

/// What stands around a credential that has no format of its own; [`crate::detect::context`] finds them all by one mechanism.
/// In order: of two at one place the earlier is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// A password in a URL.
    Url,
    /// `Basic` and user and password in base64.
    Basic,
    /// `Bearer` and a token.
    Bearer,
    /// A password in SQL.
    Sql,
    /// An argument of a command line.
    Flag,
    /// The value of a name that says password.
    Password,
    /// The value of a name that says secret, token, key or credential.
    Secret,
}

impl Context {
    /// All of them, in order.
    pub const ALL: [Self; 7] =
        [Self::Url, Self::Basic, Self::Bearer, Self::Sql, Self::Flag, Self::Password, Self::Secret];
}

/// Words that must stand near a match. ASCII letters match in either case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Any one of these, each of 3 bytes or more.
    pub words: List<Text>,
    /// How many bytes before the match's start are looked at.
    pub before: u32,
    /// How many bytes behind the match's end are looked at.
    pub after: u32,
}

impl Near {
    /// How many bytes before a match are looked at where a rule does not say.
    pub const BEFORE: u32 = 64;
}

/// A companion value: the id to a secret, the host to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartSpec {
    /// What it is called in reports and in verify requests (`id`, `host`, `client_id`).
    pub name: Text,
    /// Id of the rule whose matches are taken, in the same file.
    pub rule: Text,
    /// One companion may serve several secrets (a host does, an id does not).
    pub shared: bool,
}

/// One kind of credential of one issuer.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name everywhere: on the command line, in reports, in docs.
    pub id: Text,
    /// The issuer's id: the name of the rule's file.
    pub issuer: Text,
    /// The issuer as people know it.
    pub issuer_name: Text,
    /// What the credential is called by its issuer.
    pub name: Text,
    /// What somebody who has it can do; a line.
    pub opens: Text,
    /// Kind of credential.
    pub kind: Kind,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// Confidence of a match that nothing else speaks for or against.
    pub confidence: Confidence,
    /// What it looks like from its first byte: a regular expression over bytes, matched at one position. The group `secret`,
    /// if there is one, is the credential; else all of the match is.
    /// Empty where the rule has a context instead.
    pub pattern: Text,
    /// What must stand around a credential without a format. How sure a match is, its evidence tells, place by place.
    pub context: Option<Context>,
    /// A literal that every match holds, where the pattern does not begin with one.
    pub anchor: Option<Text>,
    /// What may stand before.
    pub start: Boundary,
    /// What may stand behind.
    pub end: Boundary,
    /// Words that must be near.
    pub near: Option<Near>,
    /// Found only as a companion of another rule's match, never by itself.
    pub part_only: bool,
    /// Companions.
    pub parts: List<PartSpec>,
    /// Name of the offline check of [`crate::checksum`], if the format has one.
    pub checksum: Option<Text>,
    /// What is known of the pattern, where the build script worked it out.
    pub outline: Option<Cow<'static, Outline>>,
    /// The issuer's page about this kind of credential.
    pub docs: Text,
    /// Where the format is documented: an address or words.
    pub source: Text,
    /// The day on which the rule came into the catalogue, `2027-01-31`; `None` for those of the first release.
    pub since: Option<Text>,
    /// How well the format is known.
    pub documented: Confidence,
    /// Where its owner replaces it by hand: an address or steps.
    pub rotate: Text,
    /// How its issuer is asked whether a key works.
    pub verify: Option<Cow<'static, Verify>>,
    /// How it can be made useless at its issuer; what can be undone first.
    pub revoke: List<Way>,
    /// How a person does it.
    pub by_hand: Option<Cow<'static, ByHand>>,
    /// Texts in which this rule finds a credential.
    pub examples: List<Text>,
    /// Texts in which it finds none.
    pub counterexamples: List<Text>,
}
