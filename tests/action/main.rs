//! The GitHub action, its steps run as a runner runs them, and `keysweep ci` on events of each kind: payloads after GitHub's documentation,
//! real repositories and checkouts of them.
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]

mod docs;
mod events;
mod job;
mod lint;
mod steps;
