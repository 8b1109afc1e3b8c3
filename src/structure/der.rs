//! DER, as far as needed to tell what kind of private key it holds (RFC 5958, 8017, 5915, 7292).

use super::Key;

/// One element: its tag, what it holds, and what follows. An element that is cut off holds what is there.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let digits = rest.get(..count)?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), &rest[count..])
        }
        _ => return None,
    };
    let held = length.min(rest.len());
    Some((*tag, &rest[..held], &rest[held..]))
}

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// The private key in `der`, if there is one.
pub fn key(der: &[u8]) -> Option<Key> {
    let (SEQUENCE, whole, _) = element(der)? else { return None };
    let (tag, first, rest) = element(whole)?;
    let (next, second, behind) = element(rest)?;
    match (tag, first, next) {
        (INTEGER, [0], INTEGER) => numbers(second, behind),
        (INTEGER, [0 | 1], SEQUENCE) => pkcs8(second, behind),
        (INTEGER, [1], OCTETS) if (16..=72).contains(&second.len()) => {
            Some(Key { what: "EC".into(), bits: Some(rounded(second.len() * 8)), encrypted: false })
        }
        (INTEGER, [3], SEQUENCE) => Some(Key { what: "PKCS #12".into(), bits: None, encrypted: true }),
        // The algorithm of encryption, and what is encrypted.
        (SEQUENCE, algorithm, OCTETS) if element(algorithm)?.0 == OBJECT && !second.is_empty() => {
            Some(Key { what: "PKCS #8".into(), bits: None, encrypted: true })
        }
        _ => None,
    }
}

/// Version and modulus are followed by the public exponent of RSA, or by the small prime of DSA.
fn numbers(first: &[u8], rest: &[u8]) -> Option<Key> {
    let (INTEGER, second, _) = element(rest)? else { return None };
    let what = match second.len() {
        0..=8 => "RSA",
        20..=33 => "DSA",
        _ => return None,
    };
    let bits = bits(first);
    (bits >= 384).then(|| Key { what: what.into(), bits: Some(bits), encrypted: false })
}

fn pkcs8(algorithm: &[u8], rest: &[u8]) -> Option<Key> {
    let (OBJECT, object, _) = element(algorithm)? else { return None };
    let (OCTETS, inner, _) = element(rest)? else { return None };
    let inner_key = || key(inner);
    let (what, bits) = match object {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, ..] => ("RSA", inner_key().and_then(|key| key.bits)),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => ("EC", inner_key().and_then(|key| key.bits)),
        [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => ("DSA", None),
        [0x2b, 0x65, 0x70] => ("Ed25519", None),
        [0x2b, 0x65, 0x71] => ("Ed448", None),
        [0x2b, 0x65, 0x6e] => ("X25519", None),
        [0x2b, 0x65, 0x6f] => ("X448", None),
        _ => ("PKCS #8", None),
    };
    Some(Key { what: what.into(), bits, encrypted: false })
}

fn bits(number: &[u8]) -> usize {
    let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
    number.len() * 8 - number.first().map_or(0, |byte| byte.leading_zeros() as usize)
}

/// The key of a curve of 521 bits has 66 bytes.
fn rounded(bits: usize) -> usize {
    if bits == 528 { 521 } else { bits }
}

#[cfg(test)]
mod tests {
    use crate::structure::tests::{armoured, told};

    fn element(tag: u8, held: &[u8]) -> Vec<u8> {
        let length = held.len();
        let head = match length {
            0..=127 => vec![tag, length as u8],
            128..=255 => vec![tag, 0x81, length as u8],
            _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
        };
        [head, held.to_vec()].concat()
    }

    fn number(bytes: usize) -> Vec<u8> {
        element(2, &[&[0, 0xd3], vec![0x5a; bytes - 1].as_slice()].concat())
    }

    fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        element(0x30, &parts.concat())
    }

    fn version(of: u8) -> Vec<u8> {
        element(2, &[of])
    }

    fn rsa() -> Vec<u8> {
        sequence(&[version(0), number(256), element(2, &[1, 0, 1]), number(256), number(128)])
    }

    #[test]
    fn types_and_bits_are_told() {
        let oid = |bytes: &[u8]| sequence(&[element(6, bytes)]);
        let ec = sequence(&[version(1), element(4, &[7; 32])]);
        let dsa = sequence(&[version(0), number(128), number(20), number(128), number(128), number(20)]);
        for (label, der, says) in [
            ("RSA PRIVATE KEY", rsa(), "RSA 2048 bits, not encrypted"),
            ("DSA PRIVATE KEY", dsa, "DSA 1024 bits, not encrypted"),
            ("EC PRIVATE KEY", ec, "EC 256 bits, not encrypted"),
            (
                "PRIVATE KEY",
                sequence(&[version(0), oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]), element(4, &rsa())]),
                "RSA 2048 bits, not encrypted",
            ),
            (
                "PRIVATE KEY",
                sequence(&[version(0), oid(&[0x2b, 0x65, 0x70]), element(4, &element(4, &[9; 32]))]),
                "Ed25519, not encrypted",
            ),
            (
                "ENCRYPTED PRIVATE KEY",
                sequence(&[oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0d]), element(4, &[3; 80])]),
                "PKCS #8, encrypted",
            ),
        ] {
            assert_eq!(told(&armoured(label, &der, "\n")), format!("private_key: {says}"), "{label}");
        }
    }

    #[test]
    fn a_key_is_read_out_of_whatever_its_lines_are_wrapped_in() {
        for wrap in ["\\n", "\\r\\n", "\\n\" +\n  \"", "\n# ", "\n * ", "&#10;", "%0A", "\\n' .\n '", "\",\n\""] {
            let says = "private_key: RSA 2048 bits, not encrypted";
            assert_eq!(told(&armoured("RSA PRIVATE KEY", &rsa(), wrap)), says, "{wrap}");
        }
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        let says = "structure: what stands between its marks is no key";
        assert_eq!(told(&armoured("RSA PRIVATE KEY", &[0x5a; 300], "\n")), says);
        assert_eq!(told(&armoured("RSA PRIVATE KEY", &sequence(&[version(0), number(8)]), "\n")), says);
    }
}
