//! The reader of object stores against git's own, on repositories that git made and on packs written by hand.

#[path = "../support/git.rs"]
mod git;
#[path = "../support/pack_builder.rs"]
mod pack_builder;

mod damage;
mod deltas;
mod large;
mod repositories;
mod walked;
