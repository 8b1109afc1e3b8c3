//! Revoke: from found to dead, without ever killing the wrong key.

pub mod list;
