//! A finding's id: a name for a secret that is the same in every run and on every machine.
//!
//! It is a hash of the secret's bytes and nothing else, so that it survives moved lines, renamed files and renamed rules.
//! Whoever has a report can test guesses against it. For random keys that is hopeless; a password can be guessed, so values
//! that are short or easy to guess ([`is_guessable`]) go through Argon2id first. That slows guessing to some hundred
//! values a second and core, and does not prevent it. With a key of the organisation (`KEYSWEEP_ID_KEY`) ids mean nothing
//! to those who do not have the key.
//!
//! Version 1 (`ks1-`): `K = blake3::derive_key("keysweep finding id v1", key or nothing)`;
//! random: `blake3::keyed_hash(K, "random\0" + secret)`;
//! guessable: `blake3::keyed_hash(K, "guessable\0" + argon2id(secret, salt "keysweep-id-v1", secret value K, m = 8 MiB, t = 1, p = 1))`;
//! printed are the first 100 bits in the alphabet of RFC 4648's base32, in lower case.

use std::{cell::RefCell, fmt};

use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::guess;

/// Name of a secret: `ks1-` and 20 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(String);

impl FindingId {
    /// From text; `None` unless it is of the form of an id.
    pub fn from_text(text: &str) -> Option<Self> {
        let fits = |rest: &str| rest.len() == CHARACTERS && rest.bytes().all(|byte| ALPHABET.contains(&byte));
        text.strip_prefix("ks1-").is_some_and(fits).then(|| Self(text.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What ids are made with.
#[derive(Clone)]
pub struct IdKey {
    key: [u8; 32],
    is_own: bool,
}

impl fmt::Debug for IdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdKey")
    }
}

impl Default for IdKey {
    /// For ids that are the same everywhere.
    fn default() -> Self {
        Self::new(b"")
    }
}

thread_local! {
    /// 8 MiB that a thread uses for all its guessable secrets: to ask the system for them costs as much as to fill them.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

const CONTEXT: &str = "keysweep finding id v1";
const SALT: &[u8] = b"keysweep-id-v1";
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const CHARACTERS: usize = 20;

impl IdKey {
    /// From the organisation's key (`KEYSWEEP_ID_KEY`); nothing means no key.
    pub fn new(key: &[u8]) -> Self {
        Self { key: blake3::derive_key(CONTEXT, key), is_own: !key.is_empty() }
    }

    /// A name for the organisation's key that tells nothing of it: two files with the same were made with the same key. `None`
    /// where there is no key of its own. 40 bits, in base32.
    pub fn fingerprint(&self) -> Option<String> {
        let name = || blake3::keyed_hash(&self.key, b"fingerprint\0");
        self.is_own.then(|| base32(name().as_bytes()).take(8).collect())
    }

    /// The id of a secret. Takes about 3 ms and 8 MiB for one that is guessable.
    pub fn id(&self, secret: &[u8]) -> FindingId {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        if is_guessable(secret) {
            hasher.update(b"guessable\0").update(&self.slow(secret));
        } else {
            hasher.update(b"random\0").update(secret);
        }
        let mut id = String::from("ks1-");
        id.extend(base32(hasher.finalize().as_bytes()).take(CHARACTERS));
        FindingId(id)
    }

    fn slow(&self, secret: &[u8]) -> [u8; 32] {
        let params = Params::new(8 * 1024, 1, 1, Some(32)).expect("within Argon2's limits");
        let argon = Argon2::new_with_secret(&self.key, Algorithm::Argon2id, Version::V0x13, params)
            .expect("32 bytes are within Argon2's limits");
        let mut out = [0; 32];
        MEMORY.with_borrow_mut(|memory| {
            memory.resize(argon.params().block_count(), Block::default());
            argon
                .hash_password_into_with_memory(secret, SALT, &mut out, memory)
                .expect("lengths are within limits, and the memory is as large as asked for");
        });
        out
    }
}

/// Whether somebody could find a value by trying: under 16 bytes or under 72 bits ([`guess::bits`]).
pub fn is_guessable(secret: &[u8]) -> bool {
    secret.len() < 16 || guess::bits(secret) < 72.0
}

fn base32(bytes: &[u8]) -> impl Iterator<Item = char> {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    (0..bytes.len() * 8 / 5)
        .map(move |at| char::from(ALPHABET[(0..5).fold(0, |value, i| value << 1 | usize::from(bit(at * 5 + i)))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> Vec<u8> {
        "q7Zk1vW9{-}xR3tY5uB{-}8nM2pL4s".replace("{-}", "").into_bytes()
    }

    #[test]
    fn ids_stay_what_they_are() {
        let plain = IdKey::default();
        let keyed = IdKey::new(b"organisation");
        assert_eq!(plain.id(&random()).as_str(), "ks1-ovxmugpb6ffae6faoj4v");
        assert_eq!(plain.id(b"hunter2").as_str(), "ks1-mmw455x47dyxn3jsk6o2");
        assert_eq!(keyed.id(&random()).as_str(), "ks1-lp42ccnqns54h4lciki7");
        assert_eq!(keyed.id(b"hunter2").as_str(), "ks1-7pkcxoussmw32a64lqfp");
    }

    #[test]
    fn short_and_wordy_values_take_the_slow_way() {
        assert!(is_guessable(b"hunter2"));
        assert!(is_guessable(b"Summer2024!"));
        assert!(is_guessable(b"correct horse battery staple"));
        assert!(!is_guessable(&random()));
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        assert_eq!(base32(b"fooba").collect::<String>(), "mzxw6ytb");
    }
}
