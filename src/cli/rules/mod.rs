//! `keysweep rules`: what is looked for, and what helps a person who adds to it.

mod catalogue;
mod lint;
mod new;
mod show;
mod try_out;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use serde::Serialize;

use crate::rule::{Rule, RuleSet, Selection};
use show::{Shown, show};

#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// All rules, one a line
    #[command(after_help = "Examples:\n  keysweep rules list\n  keysweep rules list --rules ./rules --format json")]
    List(Which),
    /// All about one rule, or about the rules of one issuer
    #[command(after_help = "Examples:\n  keysweep rules show github-pat-classic\n  keysweep rules show github")]
    Show {
        /// A rule, an issuer, or either with * and ?
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        which: Which,
    },
    /// Write the skeleton of a rule file
    New(new::Args),
    /// Tell what a careful reviewer of rule files would
    Lint(lint::Args),
    /// Tell what a rule file finds in a folder, and what it costs
    Try(try_out::Args),
    /// All rules as a page of the documentation (Markdown)
    #[command(after_help = "Example:\n  keysweep rules catalogue > docs/catalogue.md")]
    Catalogue,
}

#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// Rules of your own as well: a folder of *.toml, or a file
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// pretty or json
    #[arg(long, short, value_name = "FORMAT", default_value = "pretty", hide_possible_values = true)]
    pub format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
pub(super) enum Format {
    Pretty,
    Json,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let (which, selection, full) = match &self.command {
            Command::List(which) => (which, Selection::default(), false),
            Command::Show { id, which } => (which, Selection { only: vec![id.clone()], skip: vec![] }, true),
            Command::New(args) => return args.run(),
            Command::Lint(args) => return args.run(),
            Command::Try(args) => return args.run(),
            Command::Catalogue => {
                catalogue::write(&RuleSet::embedded(), &mut io::stdout().lock())?;
                return Ok(ExitCode::SUCCESS);
            }
        };
        let set = RuleSet::load(&which.rules, &selection)?;
        let mut out = io::stdout().lock();
        let rules = set.iter().map(|(_, rule)| rule);
        match (which.format, full) {
            (Format::Json, _) => {
                let shown: Vec<Shown> = rules.map(Shown::new).collect();
                serde_json::to_writer_pretty(&mut out, &shown).map_err(io::Error::from)?;
                writeln!(out)?;
            }
            (Format::Pretty, false) => list(&rules.collect::<Vec<_>>(), &mut out)?,
            (Format::Pretty, true) => {
                for (at, rule) in rules.enumerate() {
                    if at > 0 {
                        writeln!(out)?;
                    }
                    show(rule, &mut out)?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(rules: &[&Rule], out: &mut impl Write) -> io::Result<()> {
    let id_width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    for rule in rules {
        let kind = word(rule.kind);
        writeln!(out, "{:id_width$}  {kind:21}  {}: {}", rule.id, rule.issuer_name, rule.name)?;
    }
    Ok(())
}

/// The word that rule files have for a value.
fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
