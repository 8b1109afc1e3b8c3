//! From a rule's request and a key to what is sent: which hosts, and the filled request for each.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{
    fill::{self, Place, Unfilled, Values},
    service_account, shared_key, sigv4,
};
use crate::{
    http::{Outgoing, address},
    rule::request::{Body, ClientAuth, Proof, Request, Signature},
    template::{self, Piece},
};

/// A host that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub host: String,
    /// What stands before the path: at hosts that the user listed.
    pub prefix: String,
}

/// Why a host is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// A part is missing.
    #[error(transparent)]
    Unfilled(#[from] Unfilled),
    /// It is named by scanned text, and neither the rule nor the user says that it is the issuer's.
    #[error("host not allowed: {0} (list it with --verify-host)")]
    NotAllowed(String),
    /// The rule knows none; the user lists none.
    #[error("host not allowed: none is listed for this issuer (--verify-host)")]
    NoneListed,
}

/// All hosts that `request` is for, each once. `listed` are those that the user listed for the issuer.
pub fn targets(request: &Request, values: &Values<'_>, listed: &[String]) -> Vec<Result<Target, NoTarget>> {
    let mut targets: Vec<Result<Target, NoTarget>> = Vec::new();
    let mut add = |target| {
        if !targets.contains(&target) {
            targets.push(target);
        }
    };
    for template in request.hosts.iter() {
        add(target(template, request, values, listed));
    }
    if let Some(prefix) = &request.configured {
        // What the text names is asked as a listed host; the other listed hosts may know the key as well.
        for host in listed {
            add(Ok(Target { host: host.clone(), prefix: prefix.to_string() }));
        }
    }
    if targets.is_empty() {
        targets.push(Err(NoTarget::NoneListed));
    }
    targets
}

fn target(template: &str, request: &Request, values: &Values<'_>, listed: &[String]) -> Result<Target, NoTarget> {
    let host = fill::fill(template, values, Place::Host)?.to_string();
    let pieces = template::parse(template).expect("was read as a template with the rule");
    let named_by_text = matches!(pieces.as_slice(), [Piece::Place { .. }]);
    let under = |domain: &str| match domain.strip_prefix('*') {
        Some(end) => host.strip_suffix(end).is_some_and(|head| !head.is_empty()),
        None => host == domain,
    };
    let own = !named_by_text || request.under.iter().any(|domain| under(domain));
    if own && address::is_name(&host) {
        return Ok(Target { host, prefix: String::new() });
    }
    if listed.contains(&host) {
        let prefix = request.configured.as_deref().unwrap_or_default().to_owned();
        return Ok(Target { host, prefix });
    }
    let shown = if address::is_name(&host) { host } else { "no name of a host".into() };
    Err(NoTarget::NotAllowed(shown))
}

/// The request for one host. `shown` is how a client shows its secret; `now` is for signatures, seconds since 1970.
///
/// # Errors
/// Where a place cannot be filled.
pub fn build(
    request: &Request,
    target: &Target,
    values: &Values<'_>,
    shown: ClientAuth,
    now: i64,
) -> Result<Outgoing, Unfilled> {
    build_as(request, target, values, values, shown, now)
}

/// The same, where another than the key signs: an administrator.
///
/// # Errors
/// Where a place cannot be filled.
pub fn build_as(
    request: &Request,
    target: &Target,
    values: &Values<'_>,
    signer: &Values<'_>,
    shown: ClientAuth,
    now: i64,
) -> Result<Outgoing, Unfilled> {
    let mut path = Zeroizing::new(target.prefix.clone());
    path.push_str(&fill::fill(&request.path, values, Place::Path)?);
    let mut headers: Vec<(String, Zeroizing<String>)> = vec![
        header("User-Agent", concat!("keysweep/", env!("CARGO_PKG_VERSION"))),
        header("Accept", "application/json"),
    ];
    let mut set = |name: &str, value: Zeroizing<String>| {
        headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        headers.push((name.to_owned(), value));
    };
    for (name, template) in request.headers.iter() {
        set(name, fill::fill(template, values, Place::Header)?);
    }
    if let Some(pair) = &request.basic {
        set("Authorization", basic(&fill::fill(pair, values, Place::Plain)?));
    }
    let (kind, mut body) = match &request.body {
        Body::Nothing => ("", None),
        Body::Json(text) => ("application/json", Some(fill::fill(text, values, Place::Json)?)),
        Body::Form(text) => (FORM, Some(fill::fill(text, values, Place::Path)?)),
        Body::Plain(text) => ("text/plain", Some(fill::fill(text, values, Place::Plain)?)),
    };
    let mut kind = kind;
    if let Proof::ClientCredentials { client, .. } = &request.proof {
        kind = FORM;
        body = Some(granted(client, values, shown, body, &mut set)?);
    }
    // A section may name a kind of its own: `application/vnd.api+json`.
    let named = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if body.is_some() && (!named || matches!(request.proof, Proof::ClientCredentials { .. })) {
        set("Content-Type", Zeroizing::new(kind.to_owned()));
    }
    let mut outgoing = Outgoing { method: request.method.name(), host: target.host.clone(), path, headers, body };
    if let Proof::Signature(signature) = request.proof {
        match signature {
            Signature::AwsSigv4 => sigv4::sign(&mut outgoing, signer, now)?,
            Signature::GoogleServiceAccount => service_account::sign(&mut outgoing, signer, now)?,
            Signature::AzureSharedKey => shared_key::sign(&mut outgoing, signer, now)?,
        }
    }
    Ok(outgoing)
}

const FORM: &str = "application/x-www-form-urlencoded";

fn header(name: &str, value: &str) -> (String, Zeroizing<String>) {
    (name.to_owned(), Zeroizing::new(value.to_owned()))
}

fn basic(pair: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("Basic {}", *Zeroizing::new(STANDARD.encode(pair))))
}

/// The form of a client-credentials grant (RFC 6749, sections 2.3.1 and 4.4.2).
fn granted(
    client: &str,
    values: &Values<'_>,
    shown: ClientAuth,
    form: Option<Zeroizing<String>>,
    set: &mut dyn FnMut(&str, Zeroizing<String>),
) -> Result<Zeroizing<String>, Unfilled> {
    let id = fill::fill(client, values, Place::Plain)?;
    let encoded = |text: &str| -> Zeroizing<String> {
        let encode = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        Zeroizing::new(text.bytes().map(encode).collect())
    };
    let secret = fill::fill("{secret}", values, Place::Plain)?;
    let mut body = Zeroizing::new("grant_type=client_credentials".to_owned());
    match shown {
        ClientAuth::Basic => set("Authorization", basic(&format!("{}:{}", *encoded(&id), *encoded(&secret)))),
        ClientAuth::Post => {
            body.push_str(&format!("&client_id={}&client_secret=", *encoded(&id)));
            body.push_str(&encoded(&secret));
        }
    }
    if let Some(form) = form.filter(|form| !form.is_empty()) {
        body.push('&');
        body.push_str(&form);
    }
    Ok(body)
}

/// The request with the names of its places instead of what is filled in.
pub fn in_words(request: &Request, target: &Target) -> String {
    let path = fill::shown(&request.path, &|_| None);
    format!("{} https://{}{}{path}", request.method.name(), target.host, target.prefix)
}
