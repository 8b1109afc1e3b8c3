//! Secrets of Confluent Cloud: `cflt`, 54 characters, and six of the base64 of their CRC-32, bytes in reverse. One public
//! sample fits, so a mismatch says nothing.

use super::{Check, crc32::crc32, fits, radix::to_base64};

/// Checks the last six characters.
pub fn check(secret: &[u8]) -> Check {
    match secret.strip_prefix(b"cflt") {
        Some(rest) if rest.len() == 60 => {
            let (body, tail) = rest.split_at(54);
            fits(to_base64(&crc32(body).to_le_bytes()) == tail, Check::Unknown)
        }
        _ => Check::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::holds_for;

    #[test]
    fn vectors() {
        holds_for(
            check,
            "cflt{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}NTHETIC0{-}VECTOR0N{-}OTASECqM{-}6cGg",
            Check::Unknown,
        );
    }
}
