//! In CI: which commits an event brought, whether they are here, and what is said where CI shows it.
//!
//! [`event`] reads what GitHub tells of the event, [`plan`] says what is to be scanned and whose configuration counts; both are functions
//! of values. [`fetch`] brings what a shallow checkout has not, [`base`] writes the base's configuration where the pull request
//! cannot change it, [`summary`] puts into words what was and was not looked at, [`output`] writes the files that GitHub reads.

pub mod base;
pub mod event;
pub mod fetch;
pub mod output;
pub mod plan;
pub mod summary;
