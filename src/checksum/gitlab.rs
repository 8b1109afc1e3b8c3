//! Routable tokens of GitLab, by its own source: `<prefix><payload>.<version>.<length><checksum>`.
//!
//! The payload is base64url of 16 random bytes, the routing text and a byte with that text's length. The length of the payload
//! (2 characters) and the CRC-32 of all before it (7) are base 36. Older code wrote no version.

use super::{
    Check,
    crc32::crc32,
    fits,
    radix::{BASE36, base64, digits},
};

const RANDOM: usize = 16;
const ROUTING_MOST: usize = 159;

/// Checks length, routing text and checksum.
pub fn check(secret: &[u8]) -> Check {
    let Some((checked, crc)) = secret.len().checked_sub(7).map(|at| secret.split_at(at)) else { return Check::Unknown };
    let Some((head, length)) = checked.len().checked_sub(2).map(|at| checked.split_at(at)) else {
        return Check::Unknown;
    };
    let Some(head) = head.strip_suffix(b".") else { return Check::Unknown };
    let head = match head {
        [head @ .., b'.', a, b] if BASE36.contains(a) && BASE36.contains(b) => head,
        _ => head,
    };
    let Some(payload) = longest_payload(head, length) else { return Check::Unknown };
    let Some(bytes) = base64(payload) else { return Check::Invalid };
    let routing = bytes.last().map_or(0, |length| usize::from(*length));
    let shaped = routing <= ROUTING_MOST && bytes.len() == RANDOM + routing + 1;
    fits(shaped && digits(crc32(checked), BASE36, 7) == crc, Check::Invalid)
}

/// The end of `head` that has the length told, if that is behind a prefix that ends with `-` or `_`.
fn longest_payload<'h>(head: &'h [u8], length: &[u8]) -> Option<&'h [u8]> {
    let value = |byte: &u8| BASE36.iter().position(|digit| digit == byte);
    let length = value(&length[0])? * 36 + value(&length[1])?;
    let (prefix, payload) = head.split_at_checked(head.len().checked_sub(length)?)?;
    (prefix.ends_with(b"-") || prefix.ends_with(b"_")).then_some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::{holds_for, whole};

    const ROUTABLE: &str = "glpat-{-}AAECAwQF{-}BgcICQoL{-}DA0OD2M6{-}MQpvOjEK{-}dTpzeW50{-}aA8.01.1{-}70jdlbts";

    #[test]
    fn vectors() {
        holds_for(check, ROUTABLE, Check::Invalid);
    }

    #[test]
    fn tokens_without_version_and_with_a_partition_are_read_too() {
        let text = String::from_utf8(whole(ROUTABLE)).expect("ASCII");
        let payload = text.strip_prefix("glpat-").and_then(|text| text.split('.').next()).expect("a payload");
        for checked in [format!("glpat-{payload}.17"), format!("glrt-t3_{payload}.01.17")] {
            let crc = String::from_utf8(digits(crc32(checked.as_bytes()), BASE36, 7)).expect("ASCII");
            assert_eq!(check(format!("{checked}{crc}").as_bytes()), Check::Valid);
        }
    }

    #[test]
    fn tokens_that_are_not_routable_are_not_judged() {
        assert_eq!(check(&whole("glpat-{-}abcdefgh{-}abcdefgh{-}abcd")), Check::Unknown);
    }
}
