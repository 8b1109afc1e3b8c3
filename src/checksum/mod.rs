//! Offline checks: formats whose credentials carry a checksum or a structure that chance does not meet.
//!
//! One file an algorithm, each a pure function of the credential. Sources: issuers' own code and documentation, and public
//! samples that an algorithm reproduces exactly; the head of each file says which. A mismatch is `Invalid` only where the issuer
//! never gave out a credential without the check.

mod aws;
mod azure_annotated;
mod azure_devops;
mod azure_entra;
mod azure_identifiable;
mod base58check;
mod bech32;
mod complete;
mod confluent;
mod crc16;
mod crc32;
mod crc32_base62;
mod crc32_hex;
mod gitlab;
mod marvin32;
mod nuget;
mod radix;
mod supabase;
mod wireguard;

pub use aws::account as aws_account;
pub use complete::complete;
pub use supabase::check_with_project as supabase_with_project;

/// What a check says of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// It fits: chance does that once in four thousand million (or as the file says).
    Valid,
    /// It does not fit, and the issuer gives out none that does not.
    Invalid,
    /// Neither: another form, or an issuer of which we know too little.
    Unknown,
}

impl Check {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Unknown => "unknown",
        }
    }
}

/// A check: a function of the whole credential, with its prefix.
pub type Checker = fn(&[u8]) -> Check;

/// Every check by the name that rule files use, in the order of the names.
pub const ALL: &[(&str, Checker)] = &[
    ("age", bech32::age),
    ("apify", crc32_base62::apify),
    ("atlassian", crc32_hex::atlassian),
    ("azure-annotated", azure_annotated::check),
    ("azure-devops-legacy", azure_devops::check),
    ("azure-entra", azure_entra::check),
    ("azure-identifiable", azure_identifiable::check),
    ("bitcoin-extended", base58check::extended),
    ("bitcoin-wif", base58check::wif),
    ("canva", crc32_hex::canva),
    ("cloudflare", crc32_hex::cloudflare),
    ("confluent", confluent::check),
    ("github", crc32_base62::github),
    ("gitlab-routable", gitlab::check),
    ("grafana", crc32_hex::grafana),
    ("nats-seed", crc16::nats_seed),
    ("nostr", bech32::nostr),
    ("npm", crc32_base62::npm),
    ("nuget", nuget::check),
    ("polar", crc32_base62::polar),
    ("salad-cloud", crc32_base62::salad_cloud),
    ("stellar-seed", crc16::stellar_seed),
    ("supabase", supabase::check),
    ("vercel", crc32_base62::vercel),
    ("wandb", crc32_base62::wandb),
    ("wireguard", wireguard::check),
    ("zuplo", crc32_hex::zuplo),
];

/// The check of this name.
pub fn named(name: &str) -> Option<Checker> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, check)| *check)
}

/// `Valid` where it fits, else what a mismatch means for this issuer.
fn fits(fits: bool, mismatch: Check) -> Check {
    if fits { Check::Valid } else { mismatch }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes the break marks out of a test vector.
    pub fn whole(text: &str) -> Vec<u8> {
        text.replace("{-}", "").into_bytes()
    }

    /// `vector` is valid; with one character of its middle changed the check says `mismatch`.
    pub fn holds_for(check: Checker, vector: &str, mismatch: Check) {
        let mut secret = whole(vector);
        assert_eq!(check(&secret), Check::Valid, "{vector}");
        let middle = secret.len() / 2;
        secret[middle] = if secret[middle] == b'A' { b'B' } else { b'A' };
        assert_eq!(check(&secret), mismatch, "{vector}, altered");
        assert_ne!(check(&secret[..secret.len() - 1]), Check::Valid, "{vector}, cut");
        assert_eq!(check(b""), Check::Unknown);
    }

    #[test]
    fn names_are_in_order_and_found() {
        assert!(ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(named("github").is_some() && named("gitbuh").is_none());
    }

    #[test]
    fn any_bytes_are_taken_by_every_check() {
        let bytes: Vec<u8> = (0..=255).collect();
        for (name, check) in ALL {
            for length in 0..bytes.len() {
                for text in [&bytes[..length], &bytes[bytes.len() - length..], "é".repeat(length).as_bytes()] {
                    assert_ne!(check(text), Check::Valid, "{name}");
                }
            }
        }
    }
}
