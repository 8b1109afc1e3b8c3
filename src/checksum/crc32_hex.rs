//! CRC-32 as eight hexadecimal digits at the end of a token: Zuplo, Cloudflare, Canva, Grafana, Atlassian.
//!
//! Zuplo documents it and Grafana publishes the source. Cloudflare documents a checksum without saying which; it, Canva and
//! Atlassian were found by reproducing one or two public samples, so a mismatch says nothing there.

use super::{Check, crc32::crc32, fits};

const TAIL: usize = 8;

/// `zpka_`, 32 characters, `_`, checksum of the 32.
pub fn zuplo(secret: &[u8]) -> Check {
    match secret.strip_prefix(b"zpka_") {
        Some(rest) if rest.len() == 32 + 1 + TAIL && rest[32] == b'_' => {
            fits(lower(crc32(&rest[..32])) == rest[33..], Check::Invalid)
        }
        _ => Check::Unknown,
    }
}

/// 40 characters behind the prefix, and their checksum.
pub fn cloudflare(secret: &[u8]) -> Check {
    let rest = ["cfut_", "cfat_", "cfk_"].iter().find_map(|prefix| secret.strip_prefix(prefix.as_bytes()));
    match rest {
        Some(rest) if rest.len() == 40 + TAIL => fits(lower(crc32(&rest[..40])) == rest[40..], Check::Unknown),
        _ => Check::Unknown,
    }
}

/// `cnvca` and 51 characters, the last eight of which check all before, the prefix too.
pub fn canva(secret: &[u8]) -> Check {
    if secret.len() != 56 || !secret.starts_with(b"cnvca") {
        return Check::Unknown;
    }
    let (body, tail) = secret.split_at(secret.len() - TAIL);
    fits(lower(crc32(body)) == tail, Check::Unknown)
}

/// `glsa_`, 32 characters, `_`, and the checksum of what stands before the `_`, its bytes in reverse.
pub fn grafana(secret: &[u8]) -> Check {
    if secret.len() != 46 || !secret.starts_with(b"glsa_") || secret[37] != b'_' {
        return Check::Unknown;
    }
    fits(lower(crc32(&secret[..37]).swap_bytes()) == secret[38..], Check::Invalid)
}

/// `ATATT3xFfGF0…=` or `ATCTT3xFfGN0…=`, and the checksum of all up to and including `=`, in upper case.
pub fn atlassian(secret: &[u8]) -> Check {
    let known = secret.starts_with(b"ATATT3xFfGF0") || secret.starts_with(b"ATCTT3xFfGN0");
    match secret.iter().position(|byte| *byte == b'=') {
        Some(at) if known && secret.len() == at + 1 + TAIL => {
            let (body, tail) = secret.split_at(at + 1);
            fits(lower(crc32(body)).to_ascii_uppercase() == tail, Check::Unknown)
        }
        _ => Check::Unknown,
    }
}

fn lower(crc: u32) -> Vec<u8> {
    format!("{crc:08x}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::holds_for;

    #[test]
    fn vectors() {
        holds_for(zuplo, "zpka_{-}syntheti{-}c0vector{-}0notasec{-}ret00000{-}_3d4808d{-}5", Check::Invalid);
        holds_for(
            cloudflare,
            "cfut_{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}NTHETIC0{-}0a0233b4",
            Check::Unknown,
        );
        holds_for(
            canva,
            "cnvca{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}NTHETIC0{-}VEC94afd{-}c99",
            Check::Unknown,
        );
        holds_for(grafana, "glsa_{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}_b797439{-}c", Check::Invalid);
        holds_for(
            atlassian,
            "ATATT3xFfGF0{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}NTHETIC0{-}VECTOR0N{-}OTASECRE{-}T000SYNT{-}HETIC0VE{-}CTOR0NOT{-}ASECRET0{-}00SYNTHE{-}TIC0VECT{-}OR0NOTAS{-}ECRET000{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}NTHETIC0{-}VECTOR0N{-}OTA=7ACE{-}0FDD",
            Check::Unknown,
        );
    }
}
