//! The command line: flags to plain options, results to reports and exit codes. It decides nothing about scanning.

mod asking;
mod baseline;
mod ci;
mod clock;
mod configured;
mod doctor;
mod exit;
mod explain;
mod find;
mod hook;
mod ids;
mod init;
mod outputs;
mod progress;
mod reading;
mod redact;
mod report;
mod request_text;
mod revoke;
mod rules;
mod scan;
mod shell;
mod stop;
mod terminal;
mod verify;
mod way_text;

use std::{process::ExitCode, sync::LazyLock};

use clap::{Parser, Subcommand};

use crate::rule::RuleSet;

/// Finds leaked API keys in working trees and git history, and has their issuers end them.
#[derive(Debug, Parser)]
#[command(name = "keysweep", version = VERSION.as_str(), max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    #[arg(value_enum, help_heading = "Output")]
    color: terminal::Color,
}

const EXAMPLES: &str = "\
Examples:
  keysweep scan                     this folder and its history
  keysweep scan --staged            what the next commit adds
  keysweep hook install             stop keys before they leave
  keysweep scan --help              all that a scan can be told
  keysweep rules show github        what is looked for
  keysweep explain settings.py:12   why that is reported, or is not";

#[derive(Debug, Subcommand)]
enum Command {
    /// Look for keys in files, history, staged changes or a diff
    Scan(Box<scan::Args>),
    /// Ask issuers which keys of a report work
    Verify(Box<verify::Args>),
    /// Set up a repository, or move in from another scanner
    Init(init::Args),
    /// Accept findings that are known
    Baseline(baseline::Args),
    /// Find every place of one known value
    Find(find::Args),
    /// Tell what is set up here, and what is wrong
    Doctor(doctor::Args),
    /// Mask secrets in what comes through
    Redact(redact::Args),
    /// Have issuers end keys: plan, apply, status, undo
    Revoke(Box<revoke::Args>),
    /// Convert, compare and merge stored reports
    Report(report::Args),
    /// Stop commits and pushes that hold a key
    Hook(hook::Args),
    /// Scan what an event brought, on a CI server
    Ci(Box<ci::Args>),
    /// Show what is looked for
    Rules(rules::Args),
    /// Tell why something is reported, or is not
    Explain(explain::Args),
    /// Print completions for a shell
    #[command(hide = true)]
    Completions(shell::Completions),
    /// Print a manual page
    #[command(hide = true)]
    Man(shell::Man),
}

/// Version, commit where the build was told it (`KEYSWEEP_COMMIT`), and number of rules. The commit is not asked of git: each commit
/// would build everything anew.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let commit = option_env!("KEYSWEEP_COMMIT").map(|commit| format!("commit {commit}, ")).unwrap_or_default();
    format!("{} ({commit}{} rules)", env!("CARGO_PKG_VERSION"), RuleSet::embedded().len())
});

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    no_core_dumps();
    let cli = Cli::parse();
    cli.color.set_for_process();
    let result = match cli.command {
        Command::Scan(args) => args.run(),
        Command::Verify(args) => args.run(),
        Command::Init(args) => args.run(),
        Command::Baseline(args) => args.run(),
        Command::Doctor(args) => args.run(),
        Command::Find(args) => args.run(),
        Command::Redact(args) => args.run(),
        Command::Revoke(args) => args.run(),
        Command::Report(args) => args.run(),
        Command::Hook(args) => args.run(),
        Command::Ci(args) => args.run(),
        Command::Rules(args) => args.run(),
        Command::Explain(args) => args.run(),
        Command::Completions(args) => args.run(),
        Command::Man(args) => args.run(),
    };
    match result {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{}: {error:#}", terminal::ERROR);
            exit::USAGE.into()
        }
    }
}

/// Secrets are in memory: a crash must not write them to a disk.
fn no_core_dumps() {
    #[cfg(unix)]
    {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: sets a limit of this process from a valid structure; done before there are other threads.
        unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    }
}

/// Whoever read our output has gone: nothing to tell, and nobody to tell it to.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_of_flags_holds_together() {
        Cli::command().debug_assert();
    }
}
