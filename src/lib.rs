//! keysweep finds leaked API keys in working trees and git history.
//!
//! It is a pipeline of stages that take and return values:
//! [`source`] yields blobs, [`detect`] turns a blob into matches, [`finding`] groups matches by secret,
//! [`attribute`] tells where in history they stand, [`judge`] how sure we are, [`severity`] how bad it is, [`verify`] asks the issuer
//! by way of [`http`] where the user wants that, [`revoke`] has the issuer end a key, [`report`] writes it down.
//! [`scan`] puts the stages together. A module uses only modules listed above it (`tests/layers.rs`).

pub mod location;
pub mod problem;
pub mod secret;
pub mod template;

pub mod checksum;

pub mod blob;
pub mod rule;
pub mod structure;

pub mod detect;
pub mod source;

pub mod finding;
pub mod http;

pub mod attribute;
pub mod judge;
pub mod severity;
pub mod suppress;
pub mod verify;

pub mod revoke;

pub mod report;

pub mod config;
pub mod scan;

pub mod ci;
pub mod hook;

pub mod cli;
