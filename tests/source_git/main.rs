//! Sources, tried on repositories that the user's own git makes.

mod refs;
mod repo;
mod support;
mod tree;
