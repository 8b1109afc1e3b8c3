//! Common annotated security keys of Azure, 84 characters with `JQQJ9` at offset 52: the last four characters are base64 of the
//! first three bytes of Marvin32 over the 60 bytes before (<https://github.com/microsoft/security-utilities>).
//!
//! Public test keys of Azure DevOps did not fit, some of them visibly altered, so a mismatch says nothing.

use super::{
    Check, fits,
    marvin32::marvin32,
    radix::{base64, to_base64},
};

/// Characters before the checksum.
const BODY: usize = 80;

/// Checks the last four characters.
pub fn check(secret: &[u8]) -> Check {
    if secret.len() != BODY + 4 || &secret[52..57] != b"JQQJ9" {
        return Check::Unknown;
    }
    let (body, tail) = secret.split_at(BODY);
    let Some(bytes) = base64(body) else { return Check::Unknown };
    let sum = marvin32(&bytes, u64::from_be_bytes(*b"Default0")).to_le_bytes();
    fits(to_base64(&sum[..3]) == tail, Check::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::holds_for;

    #[test]
    fn vectors() {
        holds_for(
            check,
            "SYNTHETICVECTORSYNTHETICVECTORSYNTHETICVECTORSYNTHET{-}JQQJ99BA{-}AAAAAAAA{-}AAAAAAAA{-}AZZZ+co7",
            Check::Unknown,
        );
    }
}
