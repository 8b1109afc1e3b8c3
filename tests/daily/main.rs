//! Living with the program every day: baselines, marks, configurations, moving in; the built program as a user runs it.
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]
#![allow(dead_code, reason = "the sandbox is shared with other test programs, which use other parts of it")]

#[path = "../cli_program/sandbox.rs"]
mod sandbox;

mod baseline;
mod configuration;
mod docs;
mod doctor;
mod errors;
mod find;
mod inline;
mod moving_in;
mod redact;
