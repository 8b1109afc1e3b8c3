//! The assertion of a Google service account: a JWT signed with its private key, exchanged for a token (RFC 7523, and Google's
//! "Using OAuth 2.0 for server to server applications"). The token is not kept.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use zeroize::Zeroizing;

use super::fill::{self, Place, Unfilled, Values};
use crate::http::Outgoing;

/// Bytes of the signature of a control.
const RANDOM: usize = 256;
/// Seconds that an assertion is good for.
const GOOD_FOR: i64 = 600;

/// Makes the form of the request: the assertion of the part `client_email`, for the narrowest scope that there is.
pub fn sign(request: &mut Outgoing, values: &Values<'_>, now: i64) -> Result<(), Unfilled> {
    let email = fill::fill("{client_email}", values, Place::Json)?;
    let host = &request.host;
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let claims = format!(
        r#"{{"iss":"{}","scope":"openid","aud":"https://{host}{}","iat":{now},"exp":{}}}"#,
        *email,
        *request.path,
        now.saturating_add(GOOD_FOR)
    );
    let text = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = match values.control {
        true => (0..RANDOM).map(|_| fastrand::u8(..)).collect(),
        false => {
            let pem = fill::fill("{secret}", values, Place::Plain)?;
            signature(&pem, text.as_bytes()).ok_or_else(|| Unfilled::Unfit("secret".into()))?
        }
    };
    let assertion = format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature));
    let body = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
    request.headers.push(("Content-Type".into(), Zeroizing::new("application/x-www-form-urlencoded".into())));
    request.body = Some(Zeroizing::new(body));
    Ok(())
}

/// RS256 with a private key in PEM, as it stands in a file or in a JSON text.
fn signature(pem: &str, text: &[u8]) -> Option<Vec<u8>> {
    let pem = Zeroizing::new(pem.replace("\\n", "\n").replace("\\r", ""));
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).ok()?;
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok()?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).ok()?;
    Some(signature)
}

#[cfg(test)]
mod tests {
    use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;
    use crate::secret::Secret;

    const KEY: &str = include_str!("../../tests/support/rsa_key.txt");

    #[test]
    fn an_assertion_is_signed_by_the_key_and_a_control_is_not() {
        let pem = KEY.replace("{-}", "");
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).expect("a key");
        let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).expect("a key");
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref().to_vec());
        let secret = Secret::new(pem.replace('\n', "\\n").as_bytes());
        let parts = [("client_email".to_owned(), Secret::new(b"a@b.iam.gserviceaccount.com"))];
        for control in [false, true] {
            let mut request = Outgoing {
                method: "POST",
                host: "oauth2.googleapis.com".into(),
                path: "/token".to_owned().into(),
                headers: vec![],
                body: None,
            };
            sign(&mut request, &Values { secret: &secret, parts: &parts, control }, 1_700_000_000).expect("signed");
            let body = request.body.expect("a form");
            let (_, assertion) = body.split_once("&assertion=").expect("an assertion");
            let (text, signature) = assertion.rsplit_once('.').expect("a signature");
            let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
            assert_eq!(public.verify(text.as_bytes(), &signature).is_ok(), !control);
            let claims = URL_SAFE_NO_PAD.decode(text.split_once('.').expect("claims").1).expect("base64");
            let claims: serde_json::Value = serde_json::from_slice(&claims).expect("claims");
            assert_eq!(claims["aud"], "https://oauth2.googleapis.com/token");
        }
    }
}
