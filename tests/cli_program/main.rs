//! The built program, run as a user runs it, in a folder of its own and with an environment of its own.

mod output;
mod sandbox;
mod scanning;
mod signals;
mod usage;
