//! Requests to issuers: what is sent, what comes back, and how often.
//!
//! [`Transport`] is the one way out of the program. [`Client`] goes to the network: HTTPS with certificates checked, no redirects,
//! answers cut, no private addresses. [`Gate`] keeps to each host's rate. Nothing here knows a rule or a verdict, and nothing that
//! it prints holds what was filled into a request.

pub mod address;
mod client;
pub mod pacing;
pub mod proxy;

use std::fmt;

use zeroize::Zeroizing;

pub use client::{Client, ClientError, Settings};
pub use pacing::Gate;
pub use proxy::Proxies;

/// Bytes of an answer's body that are read; the rest is left.
pub const MAX_BODY: usize = 256 << 10;

/// A request to `https://HOST`. Path, headers and body may hold a secret, so `Debug` shows none of them.
#[derive(Clone)]
pub struct Outgoing {
    /// `GET` and the like.
    pub method: &'static str,
    /// A name, without port.
    pub host: String,
    /// Path and query, percent-encoded, from the `/` on.
    pub path: Zeroizing<String>,
    /// Names and values.
    pub headers: Vec<(String, Zeroizing<String>)>,
    /// What is sent with it.
    pub body: Option<Zeroizing<String>>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outgoing({} https://{}/…)", self.method, self.host)
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Received {
    /// Status.
    pub status: u16,
    /// Names and values; those that are not text are left out.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`MAX_BODY`] bytes of it.
    pub body: Vec<u8>,
}

/// Why there is no answer. The words name no path, header or body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It took longer than the time for one request.
    #[error("timed out")]
    TimedOut,
    /// No connection.
    #[error("no connection")]
    NoConnection,
    /// The name has no address.
    #[error("no such host")]
    NoSuchHost,
    /// The certificate is not one to be trusted for this host.
    #[error("its certificate could not be checked")]
    Certificate,
    /// An address of this machine or its network, and the user did not list the host.
    #[error("host not allowed: it is at a private address")]
    PrivateAddress,
    /// A name that is no public host's.
    #[error("host not allowed: not a public name")]
    NotPublic,
    /// The request cannot be sent as it is.
    #[error("no request can be made of it")]
    Unfit,
    /// The connection broke, or what came is no HTTP.
    #[error("the answer broke off")]
    Broken,
}

impl Failure {
    /// Whether the same request may fare better in a moment.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::NoConnection | Self::Broken)
    }
}

/// Sends a request and waits for its answer.
pub trait Transport: Sync {
    /// # Errors
    /// Where no answer came. Any status is an answer.
    fn send(&self, request: &Outgoing) -> Result<Received, Failure>;
}
