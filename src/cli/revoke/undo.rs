//! `keysweep revoke undo`: takes back what a plan did and can be taken back.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::ensure;

use super::{
    apply::consent,
    desk::{self, Reaching},
    show,
    summary::{self, Row},
};
use crate::revoke::{Outcome, apply::Order, journal::Journal, undo};

const EXAMPLES: &str = "\
Examples:
  keysweep revoke undo plan.json
  keysweep revoke undo plan.json --finding ks1-ovxmugpb6ffae6faoj4v

Without a terminal it needs --approve DIGEST. Exit code: 0 all live again, 1 some do not, 2 wrong use.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The plan that was applied
    #[arg(value_name = "PLAN")]
    plan_file: PathBuf,
    /// - where the plan's key came from standard input: it is read from there again
    #[arg(value_name = "-")]
    dash: Option<PathBuf>,
    /// Only this finding (repeatable)
    #[arg(long, value_name = "ID")]
    finding: Vec<String>,
    /// The digest of the plan
    #[arg(long, value_name = "DIGEST")]
    approve: Option<String>,
    /// How long to look until a key lives again, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    wait: u64,
    /// The journal [default: keysweep/revocations.jsonl in the user's state folder]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    reaching: Reaching,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let stop = desk::stopping()?;
        let plan = desk::plan(&self.plan_file)?;
        let digest = plan.digest();
        if let Some(approved) = &self.approve {
            ensure!(*approved == digest, "--approve {approved}: the plan's digest is {digest}; nothing was done");
        }
        let asked = self.approve.is_some() || (self.dash.is_none() && io::stdin().is_terminal());
        ensure!(asked, "without a terminal: --approve DIGEST, with the digest that plan printed; nothing was done");
        let rules = self.reaching.rule_set()?;
        let desk = self.reaching.desk(rules, &stop)?;
        let keys = desk::keys(&plan, self.dash.as_deref(), &desk.rules)?;
        let journal = Journal::open(&desk::journal(self.journal.as_deref())?)?;
        let order = Order {
            plan: &plan,
            digest,
            keys: &keys,
            journal: &journal,
            wait: Duration::from_secs(self.wait),
            most_per_issuer: usize::MAX,
            told: &|text| anstream::eprintln!("{}", show::clean(text)),
        };
        let mut open = undo::open(&desk, &order)?;
        open.retain(|(_, entry)| self.finding.is_empty() || self.finding.contains(&entry.finding));
        let mut out = io::stdout().lock();
        if open.is_empty() {
            writeln!(out, "There is nothing that this plan did and that can be taken back.")?;
            return Ok(ExitCode::SUCCESS);
        }
        for (_, entry) in &open {
            writeln!(
                out,
                "{}",
                show::clean(&format!("{} {} {}  {}", entry.issuer_name, entry.name, entry.masked, entry.finding))
            )?;
        }
        drop(out);
        if self.approve.is_none() {
            consent(&format!("enable {} again", show::keys(open.len())), open.len())?;
        }
        let applied = undo::undo(&desk, &order, &open)?;
        let rows: Vec<Row> = applied.iter().map(|one| Row::new(&plan.entries[one.entry], one)).collect();
        summary::table(&rows, &mut io::stdout().lock())?;
        Ok(if rows.iter().all(|row| row.outcome == Outcome::Restored) { ExitCode::SUCCESS } else { 1.into() })
    }
}
