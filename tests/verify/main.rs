//! Every verify section played through the whole client: TLS, proxy, pacing and all, against a scripted issuer on loopback that
//! gives the rule's own sample answers. Then what must never be believed: hosts that say yes to anything.
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]

#[path = "../support/issuer.rs"]
mod issuer;
mod pace;
mod played;

fn main() -> std::process::ExitCode {
    let mut trials = pace::trials();
    trials.extend(played::trials());
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit_code()
}
