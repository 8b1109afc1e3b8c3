//! Older personal access tokens of Azure DevOps: 52 base32 characters, with CRC-32 scattered over four bytes
//! (<https://github.com/microsoft/security-utilities>). Not seen to fit a real token yet, so a mismatch says nothing.

use super::{Check, crc32::crc32, fits, radix::base32};

/// What the checksum is mixed with: for tokens of people, and of applications.
const MIXED: [u32; 2] = [0xe0b9_692d, 0x1019_f92e];

/// Checks the four bytes; chance fits twice in four thousand million.
pub fn check(secret: &[u8]) -> Check {
    if secret.len() != 52 {
        return Check::Unknown;
    }
    let Some(bytes) = base32(secret) else { return Check::Unknown };
    let token = [&bytes[..2], &bytes[3..7], &bytes[9..22], &bytes[23..32]].concat();
    let sum = u32::from_le_bytes([bytes[22], bytes[8], bytes[7], bytes[2]]);
    fits(MIXED.iter().any(|mixed| crc32(&token) ^ mixed == sum), Check::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::holds_for;

    #[test]
    fn vectors() {
        holds_for(check, "aaatoa{-}qdaqc3cy{-}iga4easc{-}qlbqgq4d{-}yqcejhae{-}yuculbog{-}azdinq", Check::Unknown);
    }
}
