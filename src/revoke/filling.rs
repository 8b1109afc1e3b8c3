//! What the requests of a way are filled with: the key and its parts, credentials from the environment, what lookups took.

use zeroize::Zeroizing;

use super::Credentials;
use crate::{
    http::Outgoing,
    rule::{
        request::{Body, ClientAuth, Request},
        revoke::{Way, Who},
    },
    secret::Secret,
    verify::{
        Key,
        fill::{self, Place, Unfilled, Values},
        request::{self, Target},
    },
};

/// The place of all keys of one request.
const SECRETS: &str = "{secrets}";
/// The place of the credential with which an administrator signs.
const SIGNING_KEY: &str = "secret_access_key";

/// Values by their names.
#[derive(Clone, Debug)]
pub struct Filling {
    secret: Secret,
    known: Vec<(String, Secret)>,
    /// Who signs, where it is not the key: secret and names.
    signer: Option<(Secret, Vec<(String, Secret)>)>,
}

impl Filling {
    /// For a key by a way.
    ///
    /// # Errors
    /// The environment variables that are missing.
    pub fn new(key: &Key, way: &Way, credentials: &Credentials<'_>) -> Result<Self, Vec<String>> {
        let (mut given, mut missing) = (vec![], vec![]);
        for (name, variable) in way.environment.iter() {
            match credentials(variable) {
                Some(value) => given.push((name.to_string(), value)),
                None => missing.push(variable.to_string()),
            }
        }
        if !missing.is_empty() {
            return Err(missing);
        }
        let signing = given.iter().find(|(name, _)| name == SIGNING_KEY).map(|(_, secret)| secret.clone());
        let signer = signing.filter(|_| way.who == Who::Admin).map(|secret| (secret, given.clone()));
        let known = key.parts.iter().cloned().chain(given).collect();
        Ok(Self { secret: key.secret.clone(), known, signer })
    }

    /// Adds what a lookup took.
    pub fn take(&mut self, taken: Vec<(String, Secret)>) {
        self.known.extend(taken);
    }

    /// For templates.
    pub fn values(&self) -> Values<'_> {
        Values { secret: &self.secret, parts: &self.known, control: false }
    }

    /// Takes credentials and the key out of a text of the issuer's.
    pub fn hide(&self, key: &Key, text: &str) -> String {
        let plain = String::from_utf8_lossy;
        let given = self.known.iter().filter(|(name, _)| !key.parts.iter().any(|(own, _)| own == name));
        let long = given.filter(|(name, value)| value.len() >= 8 && !is_shown(name));
        let text = key.hide(text);
        long.fold(text, |text, (_, value)| text.replace(&*plain(value.expose()), "********"))
    }

    /// The request, filled. `all` are the keys that it is for, where it takes several.
    ///
    /// # Errors
    /// Where a place cannot be filled.
    pub fn build(&self, request: &Request, target: &Target, all: &[&Secret], now: i64) -> Result<Outgoing, Unfilled> {
        let values = self.values();
        let signer = match &self.signer {
            Some((secret, names)) => Values { secret, parts: names, control: false },
            None => values,
        };
        let several = match &request.body {
            Body::Json(text) => text.split_once(SECRETS),
            Body::Nothing | Body::Form(_) | Body::Plain(_) => None,
        };
        let Some((before, behind)) = several else {
            return request::build_as(request, target, &values, &signer, ClientAuth::Basic, now);
        };
        let mut body = fill::fill(before, &values, Place::Json)?;
        for (at, secret) in all.iter().enumerate() {
            let one = Values { secret, parts: &[], control: false };
            let one = fill::fill("{secret}", &one, Place::Json)?;
            body.push_str(if at == 0 { "\"" } else { ", \"" });
            body.push_str(&one);
            body.push('"');
        }
        body.push_str(&fill::fill(behind, &values, Place::Json)?);
        let bare = Request { body: Body::Nothing, ..request.clone() };
        let mut outgoing = request::build_as(&bare, target, &values, &signer, ClientAuth::Basic, now)?;
        outgoing.headers.push(("Content-Type".into(), Zeroizing::new("application/json".to_owned())));
        outgoing.body = Some(body);
        Ok(outgoing)
    }
}

/// Whether what was taken under this name may be shown: ids and names are no secrets, tokens are.
pub fn is_shown(name: &str) -> bool {
    let secret = ["token", "secret", "jwt", "password", "session", "cookie"].iter().any(|word| name.contains(word));
    let id = ["id", "user", "name", "account", "project", "organisation", "org"];
    !secret && name.split('_').any(|word| id.contains(&word))
}
