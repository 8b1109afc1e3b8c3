//! CRC-16/XMODEM behind base32 bytes: seeds of NATS (NKeys) and of Stellar accounts.

use super::{Check, fits, radix::base32};

/// Second characters of NATS seeds: account, cluster, operator, server, user, curve.
const NATS_ROLES: &[u8] = b"ACONUX";

/// `S`, the role, two bytes of type in all, 32 bytes of seed.
pub fn nats_seed(secret: &[u8]) -> Check {
    if secret.len() != 58 || secret[0] != b'S' || !NATS_ROLES.contains(&secret[1]) {
        return Check::Unknown;
    }
    check(secret)
}

/// Version 90, 32 bytes of seed: the text begins with S.
pub fn stellar_seed(secret: &[u8]) -> Check {
    if secret.len() != 56 || secret[0] != b'S' {
        return Check::Unknown;
    }
    check(secret)
}

fn check(secret: &[u8]) -> Check {
    match base32(secret) {
        Some(bytes) => {
            let (body, sum) = bytes.split_at(bytes.len() - 2);
            fits(crc16(body).to_le_bytes() == sum, Check::Invalid)
        }
        None => Check::Invalid,
    }
}

/// Polynomial 1021, initial value 0.
fn crc16(bytes: &[u8]) -> u16 {
    let bit = |crc: u16, _| if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
    bytes.iter().fold(0, |crc, byte| (0..8).fold(crc ^ u16::from(*byte) << 8, bit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::holds_for;

    #[test]
    fn vectors() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        holds_for(
            nats_seed,
            "SU{-}AAAAICAM{-}CAKBQHBA{-}EQUCYMBU{-}HA6EARCI{-}JRIFIWC4{-}MBSGQ3DQ{-}OR4H776Y",
            Check::Invalid,
        );
        holds_for(
            stellar_seed,
            "S{-}AAACAQDA{-}QCQMBYIB{-}EFAWDANB{-}YHRAEISC{-}MKBKFQXD{-}AMRUGY4D{-}UPB6NKI",
            Check::Invalid,
        );
    }
}
