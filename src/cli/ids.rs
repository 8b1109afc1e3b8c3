//! The organisation's own key for ids of findings, from `KEYSWEEP_ID_KEY`; an empty one is none.

use std::env;

use crate::finding::IdKey;

/// Its bytes.
pub fn own_key() -> Option<Vec<u8>> {
    env::var_os("KEYSWEEP_ID_KEY").map(|key| key.into_encoded_bytes()).filter(|key| !key.is_empty())
}

/// What ids are made with.
pub fn key() -> IdKey {
    own_key().as_deref().map_or_else(IdKey::default, IdKey::new)
}
