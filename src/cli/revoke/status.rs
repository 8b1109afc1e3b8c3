//! `keysweep revoke status`: what the journal says, and with a plan what still lives.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use super::{
    desk::{self, Reaching},
    show::clean,
    time,
};
use crate::revoke::{
    journal::Journal,
    state::{self, Last, State},
};

const EXAMPLES: &str = "\
Examples:
  keysweep revoke status              by the journal; nothing is sent
  keysweep revoke status plan.json    asks for each key of the plan whether it lives

Exit code: 0, or with a plan 1 if a planned key is not seen dead.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A plan: its keys are asked for
    #[arg(value_name = "PLAN")]
    plan_file: Option<PathBuf>,
    /// - where the plan's key came from standard input: it is read from there again
    #[arg(value_name = "-")]
    dash: Option<PathBuf>,
    /// The journal [default: keysweep/revocations.jsonl in the user's state folder]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    reaching: Reaching,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let path = desk::journal(self.journal.as_deref())?;
        let states = match path.exists() {
            true => state::of(&Journal::open(&path)?.lines()?),
            false => BTreeMap::new(),
        };
        let mut out = io::stdout().lock();
        match &self.plan_file {
            None => {
                writeln!(out, "Journal: {} (its chain of lines is whole)", path.display())?;
                for ((plan, finding), state) in &states {
                    writeln!(out, "{}", clean(&format!("{finding}  {}  plan {plan}", words(state))))?;
                }
                Ok(ExitCode::SUCCESS)
            }
            Some(plan) => self.asked(plan, &states, &mut out),
        }
    }

    fn asked(
        &self,
        path: &std::path::Path,
        states: &BTreeMap<(String, String), State>,
        out: &mut dyn Write,
    ) -> anyhow::Result<ExitCode> {
        let stop = desk::stopping()?;
        let plan = desk::plan(path)?;
        let digest = plan.digest();
        let desk = self.reaching.desk(self.reaching.rule_set()?, &stop)?;
        let keys = desk::keys(&plan, self.dash.as_deref(), &desk.rules)?;
        let there: Vec<usize> =
            (0..keys.len()).filter(|at| keys[*at].is_some() && plan.entries[*at].is_planned()).collect();
        let said = desk.ask(there.iter().filter_map(|at| keys[*at].clone()).collect());
        let said: BTreeMap<usize, _> = there.into_iter().zip(said).collect();
        let mut all_dead = true;
        for (at, entry) in plan.entries.iter().enumerate().filter(|(_, entry)| entry.is_planned()) {
            let verdict = said.get(&at).map_or("not there any more", |said| said.verdict.as_str());
            all_dead &= verdict == "dead";
            let known = states.get(&(digest.clone(), entry.finding.clone()));
            let journal = known.map_or_else(|| "not applied".to_owned(), words);
            let name = format!("{} {} {}", entry.issuer_name, entry.name, entry.masked);
            writeln!(out, "{}", clean(&format!("{verdict:<8} {name}  {}  {journal}", entry.finding)))?;
        }
        Ok(if all_dead { ExitCode::SUCCESS } else { 1.into() })
    }
}

fn words(state: &State) -> String {
    let word = match (state.outcome, state.last) {
        (Some(outcome), _) => outcome.as_str(),
        (None, Last::InDoubt) => "sent, answer not known",
        (None, Last::Yes) => "accepted, not yet seen dead",
        (None, Last::No) => "not done",
        (None, Last::Undone) => "taken back",
        (None, Last::Nothing) => "nothing sent",
    };
    let says = state.says.as_deref().map(|says| format!(": {says}")).unwrap_or_default();
    format!("{word} on {}{says}", time::shown(state.at))
}
