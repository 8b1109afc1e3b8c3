//! `keysweep revoke apply`: does what a plan says, after consent by the number of keys or by the plan's digest.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, bail, ensure};

use super::{
    desk::{self, Reaching},
    show,
    summary::{self, Row},
    time,
};
use crate::revoke::{
    Outcome,
    apply::{self, Order},
    journal::Journal,
    plan::Plan,
};

/// Not every key was revoked.
const NOT_ALL: u8 = 1;
const INTERRUPTED: u8 = 130;

const EXAMPLES: &str = "\
Examples:
  keysweep revoke apply plan.json
  keysweep revoke apply plan.json --approve ksp1-2f8a... --max-revocations 10    in a pipeline

Without a terminal it needs --approve DIGEST, the digest that plan printed. Killed or interrupted, the same
command goes on where the journal says.

Exit code: 0 all are revoked, 1 some are not, 2 wrong use and nothing was sent, 130 interrupted.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The plan
    #[arg(value_name = "PLAN")]
    plan_file: PathBuf,
    /// - where the plan's key came from standard input: it is read from there again
    #[arg(value_name = "-")]
    dash: Option<PathBuf>,
    /// The digest of the plan that was reviewed
    #[arg(long, value_name = "DIGEST", help_heading = "Consent")]
    approve: Option<String>,
    /// Do nothing if the plan has more keys
    #[arg(long, value_name = "N", help_heading = "Consent")]
    max_revocations: Option<usize>,
    /// Most keys of one issuer in one run; run it again for the rest
    #[arg(long, value_name = "N", default_value_t = 1_000, help_heading = "Consent")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    max_per_issuer: u32,
    /// How long to look until a key is dead, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=86_400))]
    wait: u64,
    /// The journal [default: keysweep/revocations.jsonl in the user's state folder]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Write a summary in Markdown to this file instead of behind the table
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    summary: Option<PathBuf>,
    #[command(flatten)]
    reaching: Reaching,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let stop = desk::stopping()?;
        let plan = desk::plan(&self.plan_file)?;
        let count = plan.planned().count();
        self.check(&plan, count)?;
        let rules = self.reaching.rule_set()?;
        let desk = self.reaching.desk(rules, &stop)?;
        let now = desk.now();
        ensure!(now >= plan.not_before, "this plan may be applied from {} on", time::shown(plan.not_before));
        ensure!(
            now <= plan.good_until(),
            "this plan was good until {}: make a new one",
            time::shown(plan.good_until())
        );
        let keys = desk::keys(&plan, self.dash.as_deref(), &desk.rules)?;
        show::plan(&plan, &mut io::stdout().lock())?;
        if count == 0 {
            println!("There is nothing to do.");
            return Ok(ExitCode::SUCCESS);
        }
        if self.approve.is_none() {
            consent(&format!("revoke {}", show::keys(count)), count)?;
        }
        let journal = Journal::open(&desk::journal(self.journal.as_deref())?)?;
        desk::allow_open_files();
        let order = Order {
            plan: &plan,
            digest: plan.digest(),
            keys: &keys,
            journal: &journal,
            wait: Duration::from_secs(self.wait),
            most_per_issuer: self.max_per_issuer as usize,
            told: &|text| anstream::eprintln!("{}", show::clean(text)),
        };
        let applied = apply::apply(&desk, &order).context("stopped: nothing is sent without a line in the journal")?;
        let rows: Vec<Row> = applied.iter().map(|one| Row::new(&plan.entries[one.entry], one)).collect();
        self.tell(&plan, &rows, &journal, now)?;
        let all = rows.iter().all(|row| row.outcome == Outcome::Revoked);
        let interrupted = (desk.stop)();
        Ok(match (all, interrupted) {
            (true, _) => ExitCode::SUCCESS,
            (false, true) => INTERRUPTED.into(),
            (false, false) => NOT_ALL.into(),
        })
    }

    /// Before anything is read or asked.
    fn check(&self, plan: &Plan, count: usize) -> anyhow::Result<()> {
        let digest = plan.digest();
        if let Some(approved) = &self.approve {
            ensure!(*approved == digest, "--approve {approved}: the plan's digest is {digest}; nothing was done");
        }
        if let Some(most) = self.max_revocations {
            ensure!(
                count <= most,
                "the plan has {}, and --max-revocations is {most}; nothing was done",
                show::keys(count)
            );
        }
        let asked = self.approve.is_some() || (self.dash.is_none() && io::stdin().is_terminal());
        ensure!(asked, "without a terminal: --approve DIGEST, with the digest that plan printed; nothing was done");
        Ok(())
    }

    fn tell(&self, plan: &Plan, rows: &[Row], journal: &Journal, at: i64) -> anyhow::Result<()> {
        let markdown = summary::markdown(plan, rows, at);
        let mut out = io::stdout().lock();
        writeln!(out)?;
        summary::table(rows, &mut out)?;
        writeln!(out, "Journal: {}", journal.path().display())?;
        match &self.summary {
            Some(path) => {
                desk::save(path, markdown.as_bytes()).with_context(|| format!("--summary {}", path.display()))?
            }
            None => write!(out, "\n{markdown}")?,
        }
        Ok(())
    }
}

/// The user types the number of keys: a `y` is typed too easily.
pub fn consent(what: &str, count: usize) -> anyhow::Result<()> {
    let mut out = io::stderr().lock();
    write!(out, "Type {count} to {what}: ")?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    if line.trim() != count.to_string() {
        bail!("not confirmed; nothing was done");
    }
    Ok(())
}
