//! Hooks as git calls them: real repositories, the machine's git, the built program.
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]

mod commit;
mod framework;
mod install;
mod managers;
mod place;
mod push;
mod server;
mod tools;
