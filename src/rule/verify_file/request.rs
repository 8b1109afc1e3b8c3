//! The request of a verify section: templates that can be filled, hosts that are the issuer's, a method that changes nothing.

use toml::Spanned;

use super::{
    super::{
        complaint::{Complaint, unmark},
        nearest,
        request::{Body, ClientAuth, Method, Proof, Request},
        shape::{List, Text},
    },
    Section, VerifyShape, names,
    shape::ConfiguredShape,
};
use crate::template::{self, Filter, Piece};

impl Section<'_> {
    pub(in super::super) fn request(&self, first: Option<&Request>) -> Result<Request, Complaint> {
        let shape = self.shape;
        let proof = self.proof(first)?;
        let granted = matches!(proof, Proof::ClientCredentials { .. });
        let method = shape.method.as_ref().map_or(Method::Get, |method| *method.get_ref());
        match (&shape.method, &shape.method_reason) {
            (Some(method), _) if granted => {
                return Err(self.wrong(method, "a grant is asked with POST: leave `method` out"));
            }
            (Some(method), None) if !matches!(method.get_ref(), Method::Get | Method::Head) => {
                let message = "expected `method_reason`: why does this request create, send, charge and lock nothing?";
                return Err(self.wrong(method, message));
            }
            (_, Some(reason)) if matches!(method, Method::Get | Method::Head) => {
                return Err(self.wrong(reason, "GET and HEAD need no reason"));
            }
            _ => {}
        }
        let request = Request {
            method: if granted { Method::Post } else { method },
            method_reason: match granted {
                true => Some("Asks for a token, which is not kept.".into()),
                false => shape.method_reason.as_ref().map(|reason| unmark(reason.get_ref())),
            },
            hosts: self.hosts(first)?,
            under: self.under(first)?,
            configured: self.configured(first)?,
            path: self.path()?,
            headers: self.headers(first)?,
            basic: match (&shape.basic, first) {
                (Some(basic), _) => Some(self.template(basic)?),
                (None, first) => first.and_then(|first| first.basic.clone()),
            },
            body: self.body()?,
            proof,
        };
        self.check_hosts(&request)?;
        if self.needs_secret && request.proof == Proof::Nothing && !names(&request).contains("secret") {
            return Err(self.complain("expected `{secret}` somewhere in the request".into()));
        }
        Ok(request)
    }

    fn proof(&self, first: Option<&Request>) -> Result<Proof, Complaint> {
        let shape = self.shape;
        match (&shape.grant, &shape.signed) {
            (Some(grant), Some(_)) => Err(self.wrong(grant, "expected either `grant` or `signed`")),
            (Some(_), None) => {
                let client = self.template(shape.client.as_ref().ok_or_else(|| self.missing("client"))?)?;
                let shown = match &shape.client_auth {
                    Some(shown) if shown.get_ref().is_empty() => {
                        return Err(self.wrong(shown, "expected `basic`, `post` or both"));
                    }
                    Some(shown) => shown.get_ref().clone(),
                    None => vec![ClientAuth::Basic, ClientAuth::Post],
                };
                Ok(Proof::ClientCredentials { client, shown: shown.into() })
            }
            (None, signed) => {
                if let Some(client) = &shape.client {
                    return Err(self.wrong(client, "`client` belongs to `grant = \"client-credentials\"`"));
                }
                if let Some(shown) = &shape.client_auth {
                    return Err(self.wrong(shown, "`client_auth` belongs to `grant = \"client-credentials\"`"));
                }
                Ok(match (signed, first) {
                    (Some(signed), _) => Proof::Signature(*signed.get_ref()),
                    (None, Some(first)) => first.proof.clone(),
                    (None, None) => Proof::Nothing,
                })
            }
        }
    }

    /// What stands before the path at hosts that the user lists, where these count.
    fn configured(&self, first: Option<&Request>) -> Result<Option<Text>, Complaint> {
        let Some(given) = &self.shape.configured else { return Ok(first.and_then(|first| first.configured.clone())) };
        match given.get_ref() {
            ConfiguredShape::Yes(truth) => Ok(truth.then(|| "".into())),
            ConfiguredShape::Prefix(prefix) if prefix.starts_with('/') && !prefix.ends_with('/') => {
                Ok(Some(unmark(prefix)))
            }
            ConfiguredShape::Prefix(_) => {
                Err(self.wrong(given, "expected what stands before the path, as in `/api/v3`"))
            }
        }
    }

    fn hosts(&self, first: Option<&Request>) -> Result<List<Text>, Complaint> {
        match (&self.shape.hosts, first) {
            (Some(hosts), _) => hosts.get_ref().iter().map(|host| self.template(host)).collect(),
            (None, Some(first)) => Ok(first.hosts.clone()),
            (None, None) if self.configured(None)?.is_some() => Ok(vec![].into()),
            (None, None) => Err(self.missing("hosts")),
        }
    }

    fn under(&self, first: Option<&Request>) -> Result<List<Text>, Complaint> {
        let Some(under) = &self.shape.under else {
            return Ok(first.map_or_else(|| vec![].into(), |first| first.under.clone()));
        };
        for domain in under.get_ref() {
            let name = unmark(domain.get_ref());
            if !is_domain(name.strip_prefix("*.").unwrap_or(&name)) {
                return Err(self.wrong(domain, "expected a host, or `*.` and a domain"));
            }
        }
        Ok(under.get_ref().iter().map(|domain| unmark(domain.get_ref())).collect())
    }

    /// A host that is one place needs `under`; one that holds a place ends in a domain that the rule names.
    fn check_hosts(&self, request: &Request) -> Result<(), Complaint> {
        let at = |host: &Text| {
            let given = self.shape.hosts.iter().flat_map(|hosts| hosts.get_ref());
            let given = given.into_iter().find(|given| unmark(given.get_ref()) == *host);
            given.map_or(self.at.clone(), Spanned::span)
        };
        if request.hosts.is_empty() && request.configured.is_none() {
            return Err(self.complain("expected a host, or `configured = true`".into()));
        }
        for host in request.hosts.iter() {
            let pieces = template::parse(host).expect("was read as a template before");
            let message = match pieces.as_slice() {
                [Piece::Plain(host)] if is_domain(host) => continue,
                [Piece::Plain(_)] => "expected a host in small letters, without https:// and port".to_owned(),
                [Piece::Place { name, filters }] if name == "secret" && !narrows(filters) => hidden(),
                [Piece::Place { .. }] if !request.under.is_empty() || request.configured.is_some() => continue,
                [Piece::Place { .. }] => {
                    "expected `under`: which hosts may this be? `under = [\"*.example.com\"]`".to_owned()
                }
                [.., Piece::Plain(end)] if end.strip_prefix('.').is_some_and(is_domain) => {
                    let open = |piece: &Piece| matches!(piece, Piece::Place { name, filters } if name == "secret" && !narrows(filters));
                    if !pieces.iter().any(open) {
                        continue;
                    }
                    hidden()
                }
                _ => "expected a host that ends in a domain of the issuer, as in `{region}.api.example.com`".to_owned(),
            };
            return Err(self.reader.at(at(host), message));
        }
        Ok(())
    }

    fn path(&self) -> Result<Text, Complaint> {
        let given = self.shape.path.as_ref().ok_or_else(|| self.missing("path"))?;
        let path = self.template(given)?;
        let whole = matches!(template::parse(&path).as_deref(), Ok([Piece::Place { filters, .. }, ..]) if filters.last() == Some(&Filter::Path));
        if path.contains(|char: char| char.is_whitespace() || char == '#') || !(path.starts_with('/') || whole) {
            return Err(
                self.wrong(given, "expected a path that begins with `/` (or is `{secret|path}`), percent-encoded")
            );
        }
        Ok(path)
    }

    fn headers(&self, first: Option<&Request>) -> Result<List<(Text, Text)>, Complaint> {
        let Some(headers) = &self.shape.headers else {
            return Ok(first.map_or_else(|| vec![].into(), |first| first.headers.clone()));
        };
        for name in headers.keys() {
            let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if name.get_ref().is_empty() || !name.get_ref().bytes().all(token) {
                return Err(self.wrong(name, "expected the name of a header"));
            }
            if ["host", "content-length", "connection", "transfer-encoding"]
                .contains(&&*name.get_ref().to_ascii_lowercase())
            {
                return Err(self.wrong(name, "this header is not a rule's to set"));
            }
        }
        headers.iter().map(|(name, value)| Ok((unmark(name.get_ref()), self.template(value)?))).collect()
    }

    fn body(&self) -> Result<Body, Complaint> {
        let VerifyShape { json, form, text, .. } = self.shape;
        match (json, form, text) {
            (None, None, None) => Ok(Body::Nothing),
            (Some(json), None, None) => self.template(json).map(Body::Json),
            (None, Some(form), None) => self.template(form).map(Body::Form),
            (None, None, Some(text)) => self.template(text).map(Body::Plain),
            _ => Err(self.complain("expected one of `json`, `form` and `text`".into())),
        }
    }

    /// A text with places that can all be filled.
    fn template(&self, given: &Spanned<String>) -> Result<Text, Complaint> {
        let text = unmark(given.get_ref());
        let pieces = template::parse(&text).map_err(|unknown| self.wrong(given, &unknown.to_string()))?;
        for piece in pieces {
            let Piece::Place { name, .. } = piece else { continue };
            if name != "secret" && !self.parts.contains(&&*name) {
                let hint = nearest::hint(&name, self.parts.iter().copied().chain(["secret"]));
                let message = format!(
                    "`{{{name}}}` is neither `secret` nor a part of the rule{hint}; plain text is written `{{ {name} }}`"
                );
                return Err(self.wrong(given, &message));
            }
        }
        Ok(text)
    }
}

/// Whether filters take out a portion, so that a secret as a whole cannot come into a name that is looked up in the open.
fn narrows(filters: &[Filter]) -> bool {
    let whole =
        |filter: &Filter| matches!(filter, Filter::Base64 | Filter::Base64Url | Filter::Unbase64 | Filter::Lower);
    filters.iter().any(|filter| !whole(filter))
}

fn hidden() -> String {
    "a host is looked up in the open: take the portion that names it, as in `{secret|after-last:-}`".into()
}

/// Labels of small letters, digits and hyphens, at least two.
fn is_domain(name: &str) -> bool {
    let fits = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    name.contains('.') && name.split('.').all(fits)
}
