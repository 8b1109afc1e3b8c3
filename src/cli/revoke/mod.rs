//! `keysweep revoke`: from found to dead. `plan` reads, `apply` acts on what was reviewed, `status` and `undo` look back.

mod apply;
mod desk;
mod plan;
mod show;
mod status;
mod summary;
mod time;
mod undo;

use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  keysweep revoke plan report.json --save plan.json    what would be done; nothing is
  keysweep revoke apply plan.json                      shows it again, asks, does it, looks until each key is dead
  keysweep revoke status                               what was done, by the journal
  keysweep revoke undo plan.json                       enables again what can be

Run them in the folder in which the scan ran: keys are read again from where they lie.";

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say what would be done to which key, and what that breaks
    Plan(Box<plan::Args>),
    /// Do what a plan says
    Apply(Box<apply::Args>),
    /// Say what was done, and with a plan what still lives
    Status(Box<status::Args>),
    /// Take back what can be taken back
    Undo(Box<undo::Args>),
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::Plan(args) => args.run(),
            Command::Apply(args) => args.run(),
            Command::Status(args) => args.run(),
            Command::Undo(args) => args.run(),
        }
    }
}
