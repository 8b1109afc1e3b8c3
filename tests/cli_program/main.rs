//! The built program, run as a user runs it, in a folder of its own and with an environment of its own.
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]

#[path = "../support/issuer.rs"]
mod issuer;
#[path = "../support/pack_builder.rs"]
mod pack_builder;

mod damage;
mod determinism;
mod memory;
mod objects;
mod output;
mod repositories;
mod rules;
mod sandbox;
mod scanning;
mod signals;
mod terminal;
mod usage;
mod verify;
