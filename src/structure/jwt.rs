//! JSON in base64: tokens of three parts (RFC 7519), and single objects.

use serde_json::Value;

use super::{Fact, Structure, base64};

/// Longest text that is repeated from a claim.
const LONGEST: usize = 80;

/// `header.claims.signature`.
pub fn read(token: &[u8]) -> Structure {
    let mut parts = token.split(|byte| *byte == b'.').map(json);
    let (Some(Some(header)), Some(Some(claims))) = (parts.next(), parts.next()) else {
        return Structure::unsound("a part of it is no JSON");
    };
    let mut facts = vec![];
    let mut tell = |name, value: Option<String>| facts.extend(value.map(|says| Fact { name, says }));
    tell("jwt_algorithm", header.get("alg").and_then(text));
    tell("jwt_issuer", claims.get("iss").and_then(text));
    tell("jwt_issued", claims.get("iat").and_then(date));
    tell("jwt_expires", claims.get("exp").and_then(date).or_else(|| Some("never".to_owned())));
    Structure::sound(facts)
}

/// An object by itself: the names of its fields.
pub fn object(secret: &[u8]) -> Structure {
    let Some(Value::Object(fields)) = json(secret) else { return Structure::default() };
    let names: Vec<&str> = fields.keys().map(String::as_str).filter(|name| name.len() <= 24).take(8).collect();
    Structure::sound(vec![Fact { name: "json", says: format!("fields {}", names.join(", ")) }])
}

fn json(part: &[u8]) -> Option<Value> {
    serde_json::from_slice(&base64::decode_strict(part)?).ok().filter(Value::is_object)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| text.len() <= LONGEST && !text.chars().any(char::is_control)).map(str::to_owned)
}

/// Seconds since 1970 as a day and time of UTC.
fn date(value: &Value) -> Option<String> {
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))?;
    Some(jiff::Timestamp::from_second(seconds).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use crate::structure::tests::told;

    #[test]
    fn claims_are_told() {
        let token = "eyJhbGci{-}OiJIUzI1{-}NiIsInR5{-}cCI6IkpX{-}VCJ9.eyJ{-}zdWIiOiI{-}0NzExIiw{-}ibmFtZSI{-}6IkFkYSI{-}sImlhdCI{-}6MTc2NDA{-}wMDAwMH0{-}.VP2NhCi{-}a2ZvVWdb";
        assert_eq!(
            told(token.replace("{-}", "").as_bytes()),
            "jwt_algorithm: HS256; jwt_issued: 2025-11-24T16:00:00Z; jwt_expires: never"
        );
    }

    #[test]
    fn what_is_no_json_is_said_to_be_none() {
        assert_eq!(told(b"eyJRywBT.ogViqaNs.AbmA6N"), "structure: a part of it is no JSON");
        assert_eq!(told(b"eyJhIjoxfQ"), "json: fields a");
    }
}
