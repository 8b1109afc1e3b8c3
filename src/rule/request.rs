//! The plain data of a verify section: what is asked, how the answer is read, and what it says. Embedded as constants, like all of
//! [`super::shape`]. Templates stay text until a request is made.

use serde::{Deserialize, Serialize};

use super::shape::{List, Text};

/// How it is known that an issuer answers so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// Other scanners ask it so. Such a rule never says `dead`.
    Reported,
    /// The issuer's documentation or client code says so.
    Documented,
    /// A real answer was seen.
    Observed,
}

/// How a rule asks its issuer whether a key works.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verify {
    /// How it is known.
    pub known: Known,
    /// The page that was read; words where it is only reported.
    pub page: Text,
    /// When a real answer was seen, `YYYY-MM-DD`.
    pub observed: Option<Text>,
    /// What the request does at the issuer; a line.
    pub effect: Text,
    /// Least time in milliseconds between two requests to one host.
    pub interval_ms: u32,
    /// Why no control request is sent, where none is.
    pub no_control: Option<Text>,
    /// Why a status may count without anything of the body.
    pub status_alone: Option<Text>,
    /// The requests: the first always, the others as [`Ask::after`] says. Never empty.
    pub asks: List<Ask>,
}

impl Verify {
    /// Milliseconds between two requests to one host where a rule does not say: 5 a second.
    pub const INTERVAL_MS: u32 = 200;
}

/// One request and how its answer is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ask {
    /// When it is sent.
    pub after: After,
    /// What is sent.
    pub request: Request,
    /// Any of these means that the key works.
    pub live: List<Condition>,
    /// Any of these means that the host does not take the key.
    pub dead: List<Condition>,
    /// What an answer that is live tells.
    pub says: Says,
}

/// When a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum After {
    /// First.
    #[serde(skip_deserializing)]
    Nothing,
    /// When those before it said live, for what it says; the verdict stays.
    Live,
    /// When those before it did not say live: another door for the same key. Live if one opens, dead if all say so.
    NotLive,
}

/// A request as templates over the secret and its parts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Why another method than GET and HEAD changes nothing.
    pub method_reason: Option<Text>,
    /// Every host of the issuer: each region, each alternative. Templates.
    pub hosts: List<Text>,
    /// Where a host is a part and nothing else: what it has to be, or to end in (`*.okta.com`).
    pub under: List<Text>,
    /// Hosts that the user lists for this issuer are asked as well, with this before the path.
    pub configured: Option<Text>,
    /// Path and query. A template; what is filled in is percent-encoded.
    pub path: Text,
    /// Names and templates.
    pub headers: List<(Text, Text)>,
    /// User and password of `Authorization: Basic`, as a template.
    pub basic: Option<Text>,
    /// What is sent with it.
    pub body: Body,
    /// What a template cannot say, done by the program.
    pub proof: Proof,
}

/// A method of HTTP that a rule may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// As it is sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The body of a request, a template. What is filled in is escaped as the kind asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// None.
    #[default]
    Nothing,
    /// `application/json`
    Json(Text),
    /// `application/x-www-form-urlencoded`
    Form(Text),
    /// `text/plain`
    Plain(Text),
}

/// What the program adds to a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// Nothing.
    #[default]
    Nothing,
    /// The client-credentials grant (RFC 6749, section 4.4).
    ClientCredentials {
        /// The client's id, a template.
        client: Text,
        /// How the client may show its secret, in the order in which it is tried.
        shown: List<ClientAuth>,
    },
    /// A signature.
    Signature(Signature),
}

/// How a client shows its secret (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuth {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
}

/// Signatures that the program makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// AWS Signature Version 4.
    AwsSigv4,
    /// The assertion of a Google service account (RFC 7523).
    GoogleServiceAccount,
    /// The Shared Key of Azure Storage.
    AzureSharedKey,
}

/// What an answer has to be; all of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Condition {
    /// One of these.
    pub status: List<u16>,
    /// JSON pointers at which there is something else than `null`.
    pub has: List<Text>,
    /// JSON pointers at which there is nothing, or `null`.
    pub lacks: List<Text>,
    /// At a JSON pointer stands one of these values.
    pub is: List<(Text, List<Value>)>,
    /// The body holds one of these texts.
    pub text: List<Text>,
    /// Headers and what they hold; an empty text is in every one that is there.
    pub header: List<(Text, Text)>,
    /// Of a live answer: what the key cannot do, or from where it works.
    pub but: Option<Text>,
    /// Of a dead answer: what the issuer knows of this key. Then one host's word is enough.
    pub because: Option<Because>,
}

impl Condition {
    /// Whether only the status is looked at.
    pub fn is_status_alone(&self) -> bool {
        let Self { status: _, has, lacks, is, text, header, but: _, because: _ } = self;
        has.is_empty() && lacks.is_empty() && is.is_empty() && text.is_empty() && header.is_empty()
    }
}

/// Why a key does not work any more, in its issuer's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Because {
    Revoked,
    Expired,
    Disabled,
}

/// A value in JSON that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Value {
    Text(Text),
    Number(i64),
    Bool(bool),
}

/// Where a live answer tells what a responder needs. Each is a list of sources, of which the first that gives something counts: a
/// JSON pointer, in which `*` stands for every item; `header:NAME`; `body`; `= words` for what is always so.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Says {
    /// Person or account.
    pub holder: List<Text>,
    /// Organisation, workspace or team.
    pub organisation: List<Text>,
    /// The account's id.
    pub account: List<Text>,
    /// Kind of key.
    pub kind: List<Text>,
    /// What it may do.
    pub scopes: List<Text>,
    /// When it ends.
    pub expires: List<Text>,
    /// When it was last used.
    pub last_used: List<Text>,
    /// The key's own id at its issuer.
    pub key_id: List<Text>,
    /// What its owner called it.
    pub key_name: List<Text>,
}

impl Says {
    /// All fields by their names.
    pub fn fields(&self) -> [(&'static str, &[Text]); 9] {
        let Self { holder, organisation, account, kind, scopes, expires, last_used, key_id, key_name } = self;
        [
            ("holder", holder),
            ("organisation", organisation),
            ("account", account),
            ("kind", kind),
            ("scopes", scopes),
            ("expires", expires),
            ("last_used", last_used),
            ("key_id", key_id),
            ("key_name", key_name),
        ]
    }
}

/// An answer that stands beside a verify section, and what has to be made of it. Not embedded in the program.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What it is.
    pub is: SampleIs,
    /// Which request it answers, from 0.
    pub of: usize,
    /// Status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Body, without break marks.
    pub body: String,
}

/// What a sample answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SampleIs {
    Live,
    Dead,
    RateLimited,
    Odd,
}
