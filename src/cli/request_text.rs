//! A request as a person reads it: the places of its templates stand as they are, nothing is filled in.

use crate::rule::{
    Verify,
    request::{After, Body, ClientAuth, Known, Proof, Request, Signature},
};

/// Lines with their labels, in the order in which they are sent.
pub fn lines(verify: &Verify) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for ask in verify.asks.iter() {
        let when = match ask.after {
            After::Nothing => "verify",
            After::Live => "if live",
            After::NotLive => "if not live",
        };
        let request = request(&ask.request);
        lines.extend(request.into_iter().enumerate().map(|(at, line)| (if at == 0 { when } else { "" }, line)));
    }
    lines.push(("effect", verify.effect.to_string()));
    let known = match (verify.known, verify.observed.as_deref()) {
        (Known::Observed, Some(date)) => format!("observed on {date}, {}", verify.page),
        (Known::Observed | Known::Documented, _) => format!("documented, {}", verify.page),
        (Known::Reported, _) => format!("reported, so never dead: {}", verify.page),
    };
    lines.push(("known", known));
    lines.extend(verify.no_control.iter().map(|reason| ("no control", reason.to_string())));
    lines
}

pub(super) fn request(request: &Request) -> Vec<String> {
    let Request { method, method_reason: _, hosts, under, configured, path, headers, basic, body, proof } = request;
    let mut lines: Vec<String> = hosts.iter().map(|host| format!("{} https://{host}{path}", method.name())).collect();
    if let Some(prefix) = configured {
        lines.push(format!("{} https://HOST{prefix}{path} at each host of your configuration", method.name()));
    }
    if !under.is_empty() {
        lines.push(format!("where the host is {}", under.join(" or ")));
    }
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.extend(basic.iter().map(|pair| format!("Authorization: Basic ({pair})")));
    match proof {
        Proof::Nothing => {}
        Proof::ClientCredentials { client, shown } => {
            let shown: Vec<&str> = shown.iter().map(|way| shown_by(*way)).collect();
            lines.push(format!("client credentials of {client} with {{secret}}, by {}", shown.join(", then by ")));
        }
        Proof::Signature(signature) => lines.push(signed_by(*signature).to_owned()),
    }
    match body {
        Body::Nothing => {}
        Body::Json(text) | Body::Form(text) | Body::Plain(text) => lines.push(text.to_string()),
    }
    lines
}

fn shown_by(way: ClientAuth) -> &'static str {
    match way {
        ClientAuth::Basic => "Authorization: Basic",
        ClientAuth::Post => "the form",
    }
}

fn signed_by(signature: Signature) -> &'static str {
    match signature {
        Signature::AwsSigv4 => "signed by AWS Signature Version 4",
        Signature::GoogleServiceAccount => "with an assertion signed by the service account",
        Signature::AzureSharedKey => "signed by Azure's Shared Key",
    }
}
