//! Revocation against scripted issuers with state, by the built program: keys live until they are revoked, die after a while, stand in
//! lists with other people's keys. What an issuer may do wrong is a table of traps.
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]

mod documented;
#[path = "../support/issuer.rs"]
mod issuer;
mod killed;
mod many;
mod person;
mod played;
#[allow(dead_code, reason = "each test uses some of it")]
#[path = "../cli_program/sandbox.rs"]
mod sandbox;
mod stage;
mod traps;
mod world;

fn main() -> std::process::ExitCode {
    let mut trials = traps::trials();
    trials.extend(person::trials());
    trials.extend(killed::trials());
    trials.extend(many::trials());
    trials.extend(documented::trials());
    trials.extend(played::trials());
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit_code()
}
