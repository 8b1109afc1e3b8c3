//! Git repositories, read from their files and not through a library: that is what makes a scan of all history faster than
//! git's own reading of it.

mod bus_error;
pub mod commit;
pub mod config;
pub mod delta;
mod descend;
pub mod entry;
mod family;
pub mod git_index;
mod ids;
mod inflate;
mod loose;
mod make;
mod map;
pub mod object;
pub mod objects;
mod pack;
pub mod pack_index;
mod queue;
mod read;
pub mod refs;
pub mod remote;
pub mod repo;
pub mod store;
pub mod tree_entries;
mod unindexed;
pub mod walk;
