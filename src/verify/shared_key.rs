//! Azure Storage's Shared Key, by Microsoft's documentation ("Authorize with Shared Key"), for requests without a body.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{Timestamp, tz::TimeZone};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::fill::{self, Place, Unfilled, Values};
use crate::http::Outgoing;

/// Version of the storage service's language.
const VERSION: &str = "2023-11-03";

/// Signs `request` with the key of the part `account`.
pub fn sign(request: &mut Outgoing, values: &Values<'_>, now: i64) -> Result<(), Unfilled> {
    // A random key may have bits behind its last byte.
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let account = fill::fill("{account}", values, Place::Host)?;
    let key = fill::fill("{secret}", values, Place::Plain)?;
    let key = GeneralPurpose::new(&alphabet::STANDARD, config).decode(&*key);
    let key = Zeroizing::new(key.map_err(|_| Unfilled::Unfit("secret".into()))?);
    let time = Timestamp::from_second(now).unwrap_or_default().to_zoned(TimeZone::UTC);
    let time = time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let signature = signature(&key, to_sign(request, &account, &time).as_bytes());
    let mut add = |name: &str, value: String| request.headers.push((name.to_owned(), Zeroizing::new(value)));
    add("x-ms-date", time);
    add("x-ms-version", VERSION.to_owned());
    add("Authorization", format!("SharedKey {}:{signature}", *account));
    Ok(())
}

fn to_sign(request: &Outgoing, account: &str, time: &str) -> String {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut pairs: Vec<String> =
        query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.replacen('=', ":", 1)).collect();
    pairs.sort();
    let pairs: String = pairs.iter().map(|pair| format!("\n{pair}")).collect();
    // Eleven headers that are not sent stand as empty lines.
    let empty = "\n".repeat(12);
    format!("{}{empty}x-ms-date:{time}\nx-ms-version:{VERSION}\n/{account}{path}{pairs}", request.method)
}

fn signature(key: &[u8], text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_that_is_signed_is_the_documented_one() {
        let request = Outgoing {
            method: "GET",
            host: "acme.blob.core.windows.net".into(),
            path: "/?restype=account&comp=properties".to_owned().into(),
            headers: vec![],
            body: None,
        };
        assert_eq!(
            to_sign(&request, "acme", "Fri, 26 Jun 2015 23:39:12 GMT"),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2023-11-03\n/acme/\ncomp:properties\nrestype:account"
        );
    }

    /// RFC 4231, test case 2.
    #[test]
    fn the_signature_is_hmac_sha256_in_base64() {
        assert_eq!(signature(b"Jefe", b"what do ya want for nothing?"), "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    }
}
