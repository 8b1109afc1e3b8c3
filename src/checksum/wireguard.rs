//! Private keys of WireGuard: 32 bytes of Curve25519, clamped as `wg genkey` does. One random text in 32 fits by chance. Other
//! tools clamp a key when they use it, so one that is not clamped is not judged.

use super::{Check, fits, radix::base64};

/// `Valid` if the key is clamped, else `Unknown`.
pub fn check(secret: &[u8]) -> Check {
    let Some(bytes) = base64(secret).filter(|_| secret.len() == 44) else { return Check::Unknown };
    fits(bytes.len() == 32 && bytes[0] & 7 == 0 && bytes[31] & 0xc0 == 0x40, Check::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::radix::to_base64;

    #[test]
    fn a_clamped_key_fits() {
        let mut bytes: Vec<u8> = (0..32).collect();
        let text = |bytes: &[u8]| [to_base64(bytes), b"=".to_vec()].concat();
        bytes[31] = 0x5f;
        assert_eq!(check(&text(&bytes)), Check::Valid);
        bytes[31] = 0x1f;
        assert_eq!(check(&text(&bytes)), Check::Unknown);
        assert_eq!(check(b"short"), Check::Unknown);
    }
}
