//! API keys of NuGet, version 4, by its source: 20 base32 characters that hold `v4` and ten bytes, none zero, and 26 that hold 16
//! bytes. No checksum, but only one text in some thousand of this alphabet and prefix has the form.

use super::{Check, fits, radix::base32};

const ID: usize = 20;
const BITS_LEFT_OF_ID: usize = 4;
const BITS_LEFT_OF_PASSWORD: usize = 2;

/// Checks the form.
pub fn check(secret: &[u8]) -> Check {
    if secret.len() != 46 || !secret.starts_with(b"oy2") {
        return Check::Unknown;
    }
    let (id, password) = secret.split_at(ID);
    let shaped = base32(id).is_some_and(|bytes| bytes.starts_with(b"v4") && bytes.len() == 12 && !bytes.contains(&0))
        && base32(password).is_some()
        && ends_in_zeros(id, BITS_LEFT_OF_ID)
        && ends_in_zeros(password, BITS_LEFT_OF_PASSWORD);
    fits(shaped, Check::Invalid)
}

/// Whether the bits of the last character that belong to no byte are zero.
fn ends_in_zeros(text: &[u8], bits: usize) -> bool {
    let last = text.last().and_then(|last| b"abcdefghijklmnopqrstuvwxyz234567".iter().position(|known| known == last));
    last.is_some_and(|value| value & ((1 << bits) - 1) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::whole;

    #[test]
    fn vectors() {
        let mut secret = whole("oy2{-}acaqdaqc{-}qmbyibef{-}aaaaqeay{-}eaudaoca{-}jbifqydi{-}ob4");
        assert_eq!(check(&secret), Check::Valid);
        secret[45] = b'b';
        assert_eq!(check(&secret), Check::Invalid);
        secret[45] = b'4';
        secret[3] = b'q';
        assert_eq!(check(&secret), Check::Invalid);
    }
}
