//! Base58Check of Bitcoin: private keys in the wallet import format, and extended private keys (BIP 32).

use sha2::{Digest, Sha256};

use super::{Check, fits, radix::base58};

/// Versions of extended private keys: xprv, yprv, zprv.
const EXTENDED: [[u8; 4]; 3] = [[0x04, 0x88, 0xad, 0xe4], [0x04, 0x9d, 0x78, 0x78], [0x04, 0xb2, 0x43, 0x0c]];

/// A private key: version 80, 32 bytes, and 01 where its public key is compressed.
pub fn wif(secret: &[u8]) -> Check {
    if !(51..=52).contains(&secret.len()) || !matches!(secret[0], b'5' | b'K' | b'L') {
        return Check::Unknown;
    }
    let shaped = |payload: &[u8]| match payload {
        [0x80, key @ ..] => key.len() == 32 || key.len() == 33 && key[32] == 1,
        _ => false,
    };
    fits(payload(secret).is_some_and(|payload| shaped(&payload)), Check::Invalid)
}

/// An extended private key: 78 bytes.
pub fn extended(secret: &[u8]) -> Check {
    if secret.len() != 111 || !secret[1..].starts_with(b"prv") {
        return Check::Unknown;
    }
    let shaped = |payload: &[u8]| payload.len() == 78 && EXTENDED.iter().any(|version| payload.starts_with(version));
    fits(payload(secret).is_some_and(|payload| shaped(&payload)), Check::Invalid)
}

/// The bytes before the checksum, if it fits: the first four bytes of SHA-256 taken twice.
fn payload(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = base58(text)?;
    let sum = bytes.split_off(bytes.len().checked_sub(4)?);
    (Sha256::digest(Sha256::digest(&bytes))[..4] == sum).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::holds_for;

    #[test]
    fn vectors() {
        holds_for(wif, "KwFf{-}pDsaF7yx{-}CELuyrH9{-}gP5XL7TA{-}t5b9HPWC{-}1xCQbmrx{-}vhJgMQHb", Check::Invalid);
    }

    #[test]
    fn an_extended_key_has_78_bytes_and_a_known_version() {
        // Test vector 1 of BIP 32.
        holds_for(
            extended,
            "xprv{-}9s21ZrQH{-}143K3QTD{-}L4LXw2F7{-}HEK3wJUD{-}2nW2nRk4{-}stbPy6cq{-}3jPPqjiC{-}hkVvvNKm{-}PGJxWUtg{-}6LnF5kej{-}MRNNU3TG{-}tRBeJgk3{-}3yuGBxrM{-}PHi",
            Check::Invalid,
        );
    }
}
