//! Client secrets of Entra ID with `8Q~` at offset 3: the last three of 40 characters begin the base-66 form of Marvin32 over the
//! 37 before (<https://github.com/microsoft/security-utilities>).
//!
//! One public sample fits and thirteen edited ones do not, so a mismatch says nothing. The form of 37 characters has no check.

use super::{Check, fits, marvin32::marvin32, radix::digits};

const BASE66: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";
const BODY: usize = 37;

/// Checks the last three characters of the longer form.
pub fn check(secret: &[u8]) -> Check {
    if secret.len() != BODY + 3 || &secret[4..6] != b"Q~" {
        return Check::Unknown;
    }
    let (body, tail) = secret.split_at(BODY);
    let sum = marvin32(body, u64::from_be_bytes(*b"AadPwd00"));
    fits(&digits(sum, BASE66, 6)[..3] == tail, Check::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::holds_for;

    #[test]
    fn vectors() {
        holds_for(check, "SYN8Q~{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000Sa{-}H_", Check::Unknown);
    }
}
