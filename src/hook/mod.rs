//! Hooks: what git is about to pass on is looked at before it does.
//!
//! [`stage`] says which of git's hooks asks; from what git tells it, [`pieces`] makes the texts to look at ([`pushed`] for
//! pushes, [`framework`] for the pre-commit framework); the scan is the same as any other; [`blocked`] tells a person what was
//! found and what to do. Nothing is written while a hook runs. [`install`] puts hooks where git looks for them ([`folder`]), beside
//! whatever is there already.

pub mod before;
pub mod blocked;
pub mod environment_lines;
pub mod folder;
pub mod framework;
pub mod git;
pub mod install;
pub mod managers;
pub mod pieces;
pub mod pushed;
pub mod script;
pub mod stage;

pub use stage::Stage;

/// Names the variable that lets one run pass, with a reason as its value.
pub const SKIP: &str = "KEYSWEEP_SKIP";
