//! Sources, tried on repositories that the user's own git makes.

mod clone;
mod hostile;
mod patch;
mod range;
mod refs;
mod repo;
mod staged;
mod support;
mod tree;
