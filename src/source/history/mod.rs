//! Git repositories, read from their files and not through a library: that is what makes a scan of all history faster than
//! git's own reading of it.

pub mod commit;
pub mod object;
pub mod store;
pub mod tree_entries;
pub mod walk;
