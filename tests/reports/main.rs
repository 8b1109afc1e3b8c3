//! Reports in their real readers: validators, libraries and a browser, as people's machines have them.
//!
//! The readers are Python's (`tests/reports/readers.txt`) and one of node's; `.ci/run` installs what it can of them below
//! `target/readers`. A reader that is not there is skipped with its reason.
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]

#[path = "../cli_program/sandbox.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod sandbox;

mod command;
mod made;
mod readers;
mod stored;
