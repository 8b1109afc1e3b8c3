//! Sources, tried on repositories that the user's own git makes.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]

mod clone;
mod hostile;
mod patch;
mod range;
mod refs;
mod repo;
mod staged;
mod support;
mod tree;
