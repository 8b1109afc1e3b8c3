//! Private keys of OpenSSH (PROTOCOL.key): cipher and public half stand in the open.

use super::Key;

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// The key in these bytes, if there is one.
pub fn key(bytes: &[u8]) -> Option<Key> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (cipher, rest) = text(rest)?;
    let (_, rest) = text(rest)?;
    let (_, rest) = text(rest)?;
    let public = rest.get(4..).and_then(text).map_or(&[][..], |(public, _)| public);
    let kind = text(public).map_or(&[][..], |(kind, _)| kind);
    let what = match kind {
        b"ssh-rsa" => "OpenSSH RSA",
        b"ssh-dss" => "OpenSSH DSA",
        b"ssh-ed25519" => "OpenSSH Ed25519",
        kind if kind.starts_with(b"ecdsa-") => "OpenSSH EC",
        kind if kind.starts_with(b"sk-") => "OpenSSH hardware key",
        _ => "OpenSSH",
    };
    let bits = (kind == b"ssh-rsa").then(|| modulus(public)).flatten();
    Some(Key { what: what.into(), bits, encrypted: cipher != b"none" })
}

/// Behind the kind stand the exponent and the modulus.
fn modulus(public: &[u8]) -> Option<usize> {
    let (_, rest) = text(public)?;
    let (_, rest) = text(rest)?;
    let (modulus, _) = text(rest)?;
    let modulus = &modulus[modulus.iter().take_while(|byte| **byte == 0).count()..];
    Some(modulus.len() * 8 - modulus.first()?.leading_zeros() as usize)
}

/// A text with its length in front, and what follows.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}
