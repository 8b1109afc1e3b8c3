//! Makes a credential's checksum right. Every check here that is a CRC-32 writes it at the end, in one of a few alphabets, over all
//! from some byte on; which one is found by trying, so that a new format of this kind needs nothing more.

use super::{
    Check,
    crc32::crc32,
    named,
    radix::{BASE36, BASE62, BASE62_LOWER_FIRST, digits},
};

type Tail = fn(u32) -> Vec<u8>;

const TAILS: [Tail; 6] = [
    |crc| digits(crc, BASE62, 6),
    |crc| digits(crc, BASE62_LOWER_FIRST, 6),
    |crc| format!("{crc:08x}").into_bytes(),
    |crc| format!("{crc:08X}").into_bytes(),
    |crc| format!("{:08x}", crc.swap_bytes()).into_bytes(),
    |crc| digits(crc, BASE36, 7),
];

/// Changes the end of `token` so that the check of this name says `Valid`; whether that was possible. If not, it stays as it was.
pub fn complete(check: &str, token: &mut [u8]) -> bool {
    let Some(check) = named(check) else { return false };
    if check(token) == Check::Valid {
        return true;
    }
    let given = token.to_vec();
    for tail in TAILS {
        let width = tail(0).len();
        let Some(end) = token.len().checked_sub(width) else { continue };
        for body in (0..end).flat_map(|from| [&given[from..end], &given[from..end - 1]]) {
            token[end..].copy_from_slice(&tail(crc32(body)));
            if check(token) == Check::Valid {
                return true;
            }
        }
        token.copy_from_slice(&given);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_at_the_end_are_made_right_and_others_are_left() {
        let body =
            |prefix: &str, count: usize, rest: &str| format!("{prefix}{}{rest}", "Ab3".repeat(30)[..count].to_owned());
        for (check, token) in [
            ("github", body("ghp_", 36, "")),
            ("npm", body("npm_", 36, "")),
            ("wandb", body("wandb_v1_", 77, "")),
            ("apify", body("apify_api_", 36, "")),
            ("grafana", body("glsa_", 32, "_00000000")),
            ("zuplo", body("zpka_", 32, "_00000000")),
            ("cloudflare", body("cfut_", 48, "")),
        ] {
            let mut token = token.into_bytes();
            assert!(complete(check, &mut token), "{check}");
            assert_eq!(named(check).expect("a check")(&token), Check::Valid, "{check}");
        }
        let mut token = b"no token of any kind".to_vec();
        assert!(!complete("github", &mut token) && !complete("none", &mut token));
        assert_eq!(token, b"no token of any kind");
    }
}
