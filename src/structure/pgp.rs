//! Private keys of OpenPGP: the first packet, as far as it is told (RFC 9580, sections 4.2 and 5.5.3).

use super::Key;

/// Tag of a packet with a secret key.
const SECRET_KEY: u8 = 5;

/// The key whose packet begins `bytes`.
pub fn key(bytes: &[u8]) -> Option<Key> {
    let head = *bytes.first()?;
    // Bit 7 is always set; bit 6 tells the newer form of packets.
    let (tag, rest) = match head {
        0xc0.. => (head & 0x3f, newer(&bytes[1..])?),
        0x80..=0xbf => (head >> 2 & 0x0f, bytes.get(1 + (1 << (head & 3)).min(4)..)?),
        _ => return None,
    };
    let (version, rest) = rest.split_first()?;
    if tag != SECRET_KEY || !matches!(version, 3..=6) {
        return None;
    }
    let what = match rest.get(4)? {
        1..=3 => "PGP RSA",
        17 => "PGP DSA",
        16 => "PGP ElGamal",
        18 | 19 | 22 | 25..=28 => "PGP EC",
        _ => return None,
    };
    Some(Key {
        what: what.into(),
        bits: modulus(rest),
        encrypted: usage(*version, rest).is_none_or(|usage| usage != 0),
    })
}

/// Behind a length of one, two or five bytes.
fn newer(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(
        match bytes.first()? {
            0..192 => 1,
            192..224 => 2,
            255 => 5,
            _ => 1,
        }..,
    )
}

/// Bits of the first number behind creation time and algorithm, where that is RSA or DSA.
fn modulus(rest: &[u8]) -> Option<usize> {
    matches!(rest.get(4)?, 1..=3 | 17)
        .then(|| rest.get(5..7).map(|bits| usize::from(bits[0]) << 8 | usize::from(bits[1])))?
}

/// The byte that tells how the secret part is protected; 0 where it is not. Known for RSA of version 4.
fn usage(version: u8, rest: &[u8]) -> Option<u8> {
    if version != 4 || !matches!(rest.get(4)?, 1..=3) {
        return None;
    }
    let mut at = 5;
    for _ in 0..2 {
        let bits = usize::from(*rest.get(at)?) << 8 | usize::from(*rest.get(at + 1)?);
        at += 2 + bits.div_ceil(8);
    }
    rest.get(at).copied()
}
