//! Completions and manual pages, made from the definition of the flags.

use std::{io::Write, process::ExitCode};

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;

#[derive(Debug, clap::Args)]
pub struct Completions {
    /// bash, elvish, fish, powershell or zsh
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub struct Man {
    /// The page of one command: scan, rules
    command: Option<String>,
}

impl Completions {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let mut out = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "keysweep", &mut out);
        print(&out)
    }
}

impl Man {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let mut program = Cli::command();
        program.build();
        let page = match &self.command {
            None => program,
            Some(name) => {
                program.find_subcommand(name).with_context(|| format!("no command is called `{name}`"))?.clone()
            }
        };
        let mut out = Vec::new();
        clap_mangen::Man::new(page).render(&mut out)?;
        print(&out)
    }
}

fn print(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    std::io::stdout().write_all(bytes)?;
    Ok(ExitCode::SUCCESS)
}
