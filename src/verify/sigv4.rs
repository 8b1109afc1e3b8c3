//! AWS Signature Version 4, by AWS's documentation ("Create a signed AWS API request"). Held against AWS's published examples.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::fill::{self, Place, Unfilled, Values};
use crate::http::Outgoing;

/// Signs `request` for the service and region that its host names (`sts.us-east-1.amazonaws.com`; without a region, `us-east-1`).
/// The key's id is the part `key_id`, `access_key_id` or `id`; a part `session_token` is sent as well.
pub fn sign(request: &mut Outgoing, values: &Values<'_>, now: i64) -> Result<(), Unfilled> {
    let names = ["key_id", "access_key_id", "id"];
    let id = names.iter().find(|name| values.parts.iter().any(|(own, _)| own == *name)).unwrap_or(&"key_id");
    let id = fill::fill(&format!("{{{id}}}"), values, Place::Header)?;
    let key = fill::fill("{secret}", values, Place::Plain)?;
    if values.parts.iter().any(|(name, _)| name == "session_token") {
        let token = fill::fill("{session_token}", values, Place::Header)?;
        request.headers.push(("X-Amz-Security-Token".to_owned(), token));
    }
    let mut labels = request.host.split('.');
    let service = labels.next().unwrap_or_default().to_owned();
    let region = match labels.next() {
        // IAM of AWS GovCloud (US) has one address, and signs for its western region.
        Some("us-gov") => "us-gov-west-1".to_owned(),
        Some(label) if label.contains('-') => label.to_owned(),
        _ => "us-east-1".to_owned(),
    };
    let time = Timestamp::from_second(now).unwrap_or_default().to_zoned(TimeZone::UTC);
    let time = time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let signing = Signing { id: &id, key: &key, service: &service, region: &region, time: &time };
    request.headers.push(("X-Amz-Date".to_owned(), Zeroizing::new(time.clone())));
    let authorization = signing.authorization(request);
    request.headers.push(("Authorization".to_owned(), Zeroizing::new(authorization)));
    Ok(())
}

struct Signing<'s> {
    id: &'s str,
    key: &'s str,
    service: &'s str,
    region: &'s str,
    /// `YYYYMMDDTHHMMSSZ`
    time: &'s str,
}

impl Signing<'_> {
    fn authorization(&self, request: &Outgoing) -> String {
        let (canonical, signed) = canonical(request);
        let scope = format!("{}/{}/{}/aws4_request", &self.time[..8], self.region, self.service);
        let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", self.time, hex(&Sha256::digest(canonical.as_bytes())));
        let mut key = hmac(format!("AWS4{}", self.key).as_bytes(), &self.time.as_bytes()[..8]);
        for step in [self.region, self.service, "aws4_request", &text] {
            key = hmac(&key, step.as_bytes());
        }
        let id = self.id;
        format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={signed}, Signature={}", hex(&key))
    }
}

/// The canonical request, and the names of the headers in it: the host, the type of the content and what is AWS's own.
fn canonical(request: &Outgoing) -> (Zeroizing<String>, String) {
    let mut headers = vec![("host".to_owned(), request.host.clone())];
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        if name == "content-type" || name.starts_with("x-amz-") {
            headers.push((name, value.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    headers.sort();
    let signed = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") })
        .collect();
    pairs.sort();
    let body = request.body.as_ref().map_or("", |body| body.as_str());
    let body = hex(&Sha256::digest(body.as_bytes()));
    let text = format!("{}\n{path}\n{}\n{lines}\n{signed}\n{body}", request.method, pairs.join("&"));
    (Zeroizing::new(text), signed)
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of AWS's published test suite, with break marks.
    const KEY: &str = "wJalrXUt{-}nFEMI/K7{-}MDENG+bP{-}xRfiCYEX{-}AMPLEKEY";
    const ID: &str = "AKID{-}EXAMPLE";

    fn outgoing(method: &'static str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Outgoing {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), Zeroizing::new((*value).to_owned())));
        Outgoing {
            method,
            host: "example.amazonaws.com".into(),
            path: path.to_owned().into(),
            headers: headers.collect(),
            body: body.map(|body| body.to_owned().into()),
        }
    }

    fn signature(request: &Outgoing) -> String {
        let (id, key) = (ID.replace("{-}", ""), KEY.replace("{-}", ""));
        let signing = Signing { id: &id, key: &key, service: "service", region: "us-east-1", time: "20150830T123600Z" };
        signing.authorization(request).rsplit_once("Signature=").expect("a signature").1.to_owned()
    }

    /// `get-vanilla`, `get-vanilla-query-order-key-case` and `post-vanilla` of the "aws-sig-v4-test-suite".
    #[test]
    fn published_examples_are_signed_as_published() {
        let date = ("X-Amz-Date", "20150830T123600Z");
        assert_eq!(
            signature(&outgoing("GET", "/", &[date], None)),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        assert_eq!(
            signature(&outgoing("GET", "/?Param2=value2&Param1=value1", &[date], None)),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
        );
        assert_eq!(
            signature(&outgoing("POST", "/", &[date], None)),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        assert_eq!(
            signature(&outgoing("POST", "/", &[form, date], Some("Param1=value1"))),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        );
    }
}
