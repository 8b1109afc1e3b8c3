//! `keysweep verify`: asks issuers about the keys of a report, or about one key from standard input.

use std::{
    io::{self, BufRead, IsTerminal},
    mem,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Instant,
};

use anyhow::{Context, bail, ensure};
use clap::ArgAction;
use zeroize::Zeroizing;

use super::{
    asking::Asking,
    clock::Clock,
    configured::Configuring,
    exit::{self, FailOn},
    ids,
    outputs::Outputs,
    reading,
    stop::Stop,
};
use crate::{
    detect::Detector,
    finding::{Finding, IdKey, Verdict, Verification},
    problem::{Problem, ProblemKind},
    report::{Report, Summary},
    rule::{RuleSet, Selection},
    scan::{reread, single},
    secret::Secret,
    verify::Key,
};

const EXAMPLES: &str = "\
Examples:
  keysweep verify report.json                    the keys of a report (json or jsonl)
  keysweep verify report.json --show live,unknown
  keysweep verify --rule stripe-secret-key -     one key, from standard input
  keysweep verify report.json --dry-run          the requests, and none is sent
  keysweep verify gitleaks.json                  what another scanner found, in this folder

Standard input holds the key in its first line, and parts as name=value in further ones.
Ask only for keys that you may ask for: each request is in the issuer's audit log, and a canary
token calls its owner.

Exit code: as in scan.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A report of keysweep in json or jsonl, or of another scanner; with --rule: - for standard input
    #[arg(value_name = "REPORT")]
    report_file: PathBuf,
    /// The rule of the key on standard input
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Rules of your own as well: a folder of *.toml, or a file
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    outputs: Outputs,
    /// What makes it fail: any, live, incomplete, never (repeatable)
    #[arg(long, value_name = "WHAT", help_heading = "Output", value_enum, hide_possible_values = true)]
    fail_on: Vec<FailOn>,
    /// Twice: tell each request
    #[arg(long, short, help_heading = "Output", action = ArgAction::Count)]
    verbose: u8,
}

/// Findings with their keys; `None` where the key is gone.
pub(super) type Keyed = Vec<(Finding, Option<Key>)>;

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let stop = Stop::listen().context("cannot listen for Ctrl-C")?;
        self.outputs.check()?;
        let id_key = ids::key();
        // The user's own configuration counts, and no repository's: it says where keys are sent.
        let configured = Configuring::default().read(&[], &id_key, Clock::Runs.now())?;
        let asking = self.asking.clone().with(&configured.layers.user);
        let rules = Arc::new(configured.rules(&self.rules, &Selection::default())?);
        asking.check(&rules)?;
        let began = Instant::now();
        let (keyed, mut problems) = match &self.rule {
            Some(id) => (keys_of_stdin(&self.report_file, id, &rules, &id_key)?, vec![]),
            None => keys_of_report(&self.report_file, &rules, &id_key)?,
        };
        let (there, gone): (Keyed, Keyed) = keyed.into_iter().partition(|(_, key)| key.is_some());
        let (mut findings, keys): (Vec<Finding>, Vec<Key>) =
            there.into_iter().filter_map(|(finding, key)| Some((finding, key?))).unzip();
        if asking.dry_run {
            asking.plan(&keys, &rules)?;
            return Ok(ExitCode::SUCCESS);
        }
        asking.ask(&mut findings, keys, &rules, &stop, self.verbose > 1)?;
        problems.extend(gone.iter().map(|(finding, _)| no_longer_there(finding)));
        findings.extend(gone.into_iter().map(|(mut finding, _)| {
            finding.verification = Some(Verification::of(Verdict::NotChecked, GONE));
            finding
        }));
        findings.sort_by_key(|finding| finding.verification.as_ref().map(|said| said.verdict));
        let mut report = self.report(findings, problems, rules.len(), stop.asked());
        report.summary.elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let code = exit::code(&report, &self.fail_on);
        asking.leave_out(&mut report);
        report.worst_first();
        self.outputs.clock()?.settle(&mut report);
        self.outputs.write(&report)?;
        Ok(code.into())
    }

    fn report(&self, findings: Vec<Finding>, problems: Vec<Problem>, rules: usize, interrupted: bool) -> Report {
        let mut targets: Vec<String> = findings
            .iter()
            .flat_map(|finding| &finding.places)
            .map(|shown| String::from_utf8_lossy(&shown.place.target).into_owned())
            .collect();
        targets.sort();
        targets.dedup();
        Report {
            complete: problems.is_empty() && !interrupted,
            findings,
            suppressed: vec![],
            problems,
            summary: Summary { targets, rules, interrupted, started_at: Clock::Runs.now(), ..Summary::default() },
        }
    }
}

/// The findings of a report with their keys, and what of another scanner's report is not found here.
pub(super) fn keys_of_report(
    report: &Path,
    rules: &Arc<RuleSet>,
    id_key: &IdKey,
) -> anyhow::Result<(Keyed, Vec<Problem>)> {
    ensure!(report.as_os_str() != "-", "a key on standard input needs --rule ID; a report is a file");
    let detector = Detector::new(Arc::clone(rules))?;
    let (findings, problems) = reading::findings(report, &detector, id_key, Clock::Runs.now())?;
    let keys = reread::keys(&findings, &detector, id_key);
    Ok((findings.into_iter().zip(keys).collect(), problems))
}

/// The key of a rule on standard input.
pub(super) fn keys_of_stdin(dash: &Path, id: &str, rules: &RuleSet, id_key: &IdKey) -> anyhow::Result<Keyed> {
    ensure!(dash.as_os_str() == "-", "a key is read from standard input only: write -");
    let ix = rules.find(id).with_context(|| format!("no rule is called {id} (keysweep rules list)"))?;
    let names: Vec<&str> = rules.get(ix).parts.iter().map(|part| &*part.name).collect();
    let (secret, parts) = if io::stdin().is_terminal() { prompted(&names)? } else { piped(&names)? };
    let (finding, key) = single::finding(rules, ix, secret, parts, id_key, Clock::Runs.now());
    Ok(vec![(finding, Some(key))])
}

const GONE: &str = "the key is no longer where the report saw it";

fn no_longer_there(finding: &Finding) -> Problem {
    let what = format!("finding {} ({})", finding.id, finding.about.rule);
    Problem { kind: ProblemKind::Absent, what, why: GONE.to_owned() }
}

/// The key in the first line, parts as `name=value` in further ones.
fn piped(names: &[&str]) -> anyhow::Result<(Secret, Vec<(String, Secret)>)> {
    let mut lines = io::stdin().lock().lines().map(|line| line.map(Zeroizing::new));
    let key = lines.next().transpose()?.unwrap_or_default();
    ensure!(!key.trim().is_empty(), "there is no key on standard input");
    let mut parts = vec![];
    for line in lines {
        let mut line = line?;
        if line.trim().is_empty() {
            continue;
        }
        // The line may hold a secret: no message repeats it.
        let Some((name, value)) = line.split_once('=') else { bail!("parts are written name=value, one a line") };
        let name = name.trim().to_owned();
        ensure!(names.contains(&name.as_str()), "a part that the rule does not have; it has: {}", names.join(", "));
        parts.push((name, Secret::new(value.trim().as_bytes())));
        drop(mem::take(&mut *line));
    }
    Ok((Secret::new(key.trim().as_bytes()), parts))
}

/// Asks for the key, then for its parts, without echo.
fn prompted(names: &[&str]) -> anyhow::Result<(Secret, Vec<(String, Secret)>)> {
    let ask = |what: &str| rpassword::prompt_password(format!("{what}: ")).map(Zeroizing::new);
    let key = ask("key (not shown)")?;
    ensure!(!key.trim().is_empty(), "no key was given");
    let mut parts = vec![];
    for name in names {
        let value = ask(&format!("{name} (not shown; empty if there is none)"))?;
        if !value.trim().is_empty() {
            parts.push(((*name).to_owned(), Secret::new(value.trim().as_bytes())));
        }
    }
    Ok((Secret::new(key.trim().as_bytes()), parts))
}
