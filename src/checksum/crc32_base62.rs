//! CRC-32 as six base62 characters at the end of a token: GitHub, npm, Vercel, Polar, SaladCloud, Weights & Biases, Apify.
//!
//! GitHub and Polar publish the algorithm; the others' was found by reproducing public samples.

use super::{
    Check,
    crc32::crc32,
    fits,
    radix::{BASE62, BASE62_LOWER_FIRST, digits},
};

const TAIL: usize = 6;

/// Classic tokens: 30 characters after the prefix (70 after `ghr_`), and the tail. Two public `ghs_` samples did not fit, so a
/// mismatch says nothing there.
pub fn github(secret: &[u8]) -> Check {
    let mismatch = if secret.starts_with(b"ghs_") { Check::Unknown } else { Check::Invalid };
    match secret.get(..4) {
        Some(b"ghp_" | b"gho_" | b"ghu_" | b"ghs_") if secret.len() == 40 => body_only(&secret[4..], BASE62, mismatch),
        Some(b"ghr_") if secret.len() == 80 => body_only(&secret[4..], BASE62, mismatch),
        _ => Check::Unknown,
    }
}

/// All tokens with the prefix `npm_`, which came with the checksum in 2021.
pub fn npm(secret: &[u8]) -> Check {
    after(secret, &["npm_"], 36).map_or(Check::Unknown, |rest| body_only(rest, BASE62, Check::Invalid))
}

/// The `vc?_` family.
pub fn vercel(secret: &[u8]) -> Check {
    after(secret, &["vcp_", "vca_", "vci_", "vcr_", "vck_"], 56)
        .map_or(Check::Unknown, |rest| body_only(rest, BASE62, Check::Invalid))
}

/// 37 characters behind a prefix of several words, and the tail.
pub fn polar(secret: &[u8]) -> Check {
    match secret.len().checked_sub(37 + TAIL) {
        Some(at) if secret.starts_with(b"polar_") && secret[..at].ends_with(b"_") => {
            body_only(&secret[at..], BASE62, Check::Invalid)
        }
        _ => Check::Unknown,
    }
}

/// Two public samples fit; more are needed before a mismatch says anything.
pub fn salad_cloud(secret: &[u8]) -> Check {
    after(secret, &["salad_cloud_user_", "salad_cloud_org_"], 49)
        .map_or(Check::Unknown, |rest| body_only(rest, BASE62, Check::Unknown))
}

/// The checksum covers the prefix too.
pub fn wandb(secret: &[u8]) -> Check {
    match after(secret, &["wandb_v1_"], 77) {
        Some(_) => body_only(secret, BASE62, Check::Invalid),
        None => Check::Unknown,
    }
}

/// The checksum covers the prefix too, and lower case comes first; two public samples fit.
pub fn apify(secret: &[u8]) -> Check {
    match after(secret, &["apify_api_"], 36) {
        Some(_) => body_only(secret, BASE62_LOWER_FIRST, Check::Unknown),
        None => Check::Unknown,
    }
}

/// What follows one of `prefixes`, if it has this length.
fn after<'s>(secret: &'s [u8], prefixes: &[&str], length: usize) -> Option<&'s [u8]> {
    prefixes.iter().find_map(|prefix| secret.strip_prefix(prefix.as_bytes())).filter(|rest| rest.len() == length)
}

/// Whether the last six characters of `text` are the checksum of those before.
fn body_only(text: &[u8], alphabet: &[u8], mismatch: Check) -> Check {
    let (body, tail) = text.split_at(text.len() - TAIL);
    fits(digits(crc32(body), alphabet, TAIL) == tail, mismatch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::holds_for;

    #[test]
    fn vectors() {
        holds_for(github, "ghp_{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET0003p{-}cjJI", Check::Invalid);
        holds_for(
            github,
            "ghr_{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}NTHETIC0{-}VECTOR0N{-}OTASECRE{-}T000SYNT{-}HETIC02t{-}OFfm",
            Check::Invalid,
        );
        holds_for(npm, "npm_{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET0003p{-}cjJI", Check::Invalid);
        holds_for(
            vercel,
            "vcp_{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}NTHETIC0{-}VECTOR0N{-}OT4GStXe",
            Check::Invalid,
        );
        holds_for(polar, "polar_oat_{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}NTHET1XK{-}VBn", Check::Invalid);
        holds_for(
            salad_cloud,
            "salad_cloud_user_{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}NTHETIC0{-}VEC0plzW{-}q",
            Check::Unknown,
        );
        holds_for(
            wandb,
            "wandb_v1_{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET000SY{-}NTHETIC0{-}VECTOR0N{-}OTASECRE{-}T000SYNT{-}HETIC0V3{-}aefwP",
            Check::Invalid,
        );
        holds_for(apify, "apify_api_{-}SYNTHETI{-}C0VECTOR{-}0NOTASEC{-}RET0002j{-}zmmZ", Check::Unknown);
    }

    #[test]
    fn a_mismatch_of_an_installation_token_says_nothing() {
        assert_eq!(github(&[&b"ghs_"[..], &[b'A'; 36]].concat()), Check::Unknown);
    }
}
