//! Verify: whether a key still works, told by its issuer.
//!
//! [`answer`] reads an answer by the conditions of a rule.

pub mod answer;

pub use answer::{Answer, Reading};
