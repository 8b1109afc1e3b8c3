//! Project keys of Supabase, by its script for self-hosting: the last eight characters are the start of the base64url form of
//! SHA-256 over the project's reference, `|`, and the key before its last `_`.

use sha2::{Digest, Sha256};

use super::{Check, fits, radix::to_base64};

/// The reference that self-hosted stacks use.
const SELF_HOSTED: &str = "supabase-self-hosted";

/// Without the project's reference only a key of a self-hosted stack can be told.
pub fn check(secret: &[u8]) -> Check {
    check_with_project(secret, SELF_HOSTED)
}

/// With the reference of a project, as its host names it. Hosted keys were never seen together with it: a mismatch says nothing.
pub fn check_with_project(secret: &[u8], project: &str) -> Check {
    let known = secret.starts_with(b"sb_secret_") || secret.starts_with(b"sb_publishable_");
    match secret.len().checked_sub(9) {
        Some(at) if known && secret[at] == b'_' => {
            let digest = Sha256::new().chain_update(project).chain_update("|").chain_update(&secret[..at]).finalize();
            let mut tail = to_base64(&digest);
            tail.truncate(8);
            tail.iter_mut().for_each(|byte| match byte {
                b'+' => *byte = b'-',
                b'/' => *byte = b'_',
                _ => {}
            });
            fits(tail == secret[at + 1..], Check::Unknown)
        }
        _ => Check::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::whole;

    #[test]
    fn vectors() {
        let secret = whole("sb_secret_{-}SYNTHETI{-}C0VECTOR{-}0NOTAS_2{-}Klji81X");
        assert_eq!(check_with_project(&secret, "syntheticprojectref0"), Check::Valid);
        assert_eq!(check_with_project(&secret, "syntheticprojectref1"), Check::Unknown);
        assert_eq!(check(&secret), Check::Unknown);
    }
}
