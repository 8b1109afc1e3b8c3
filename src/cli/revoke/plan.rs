//! `keysweep revoke plan`: what would be done to which key, and what that breaks. Reads only.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, ensure};

use super::{
    super::ids,
    super::verify::{Keyed, keys_of_report, keys_of_stdin},
    desk::{Reaching, save, stopping},
    show, time,
};
use crate::{
    finding::Finding,
    report::{Format, Look, Report, Summary},
    revoke::{
        plan::{Plan, SCHEMA},
        planning::{self, Wish},
    },
    rule::revoke::Who,
    verify::Key,
};

const EXAMPLES: &str = "\
Examples:
  keysweep revoke plan report.json --save plan.json
  keysweep revoke plan report.json --issuer aws --not-before +7d --save plan.json
  keysweep revoke plan report.json --unused-since 30d --save plan.json
  keysweep revoke plan --rule slack-bot-token - --save plan.json    one key, from standard input";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A report of keysweep in json or jsonl; with --rule: - for standard input
    #[arg(value_name = "REPORT")]
    report_file: PathBuf,
    /// The rule of the key on standard input
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Only this finding (repeatable)
    #[arg(long, value_name = "ID", help_heading = "Which keys")]
    finding: Vec<String>,
    /// Only keys of this issuer (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Which keys")]
    issuer: Vec<String>,
    /// Only keys that their issuer says were not used for so long: 30d
    #[arg(long, value_name = "TIME", help_heading = "Which keys", value_parser = time::duration)]
    unused_since: Option<i64>,
    /// Also keys whose holder the issuer does not tell
    #[arg(long, help_heading = "Which keys")]
    include_unknown_holder: bool,
    /// May be applied from then on: 2026-11-30T18:00:00Z, 2026-11-30 or +7d
    #[arg(long, value_name = "TIME", help_heading = "How")]
    not_before: Option<String>,
    /// Delete where it could be disabled as well
    #[arg(long, help_heading = "How")]
    irreversible: bool,
    /// Only by these: anyone, self, client, admin
    #[arg(long = "as", value_name = "WHO", help_heading = "How", value_enum, hide_possible_values = true)]
    by: Option<By>,
    /// Write the plan to this file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    save: Option<PathBuf>,
    #[command(flatten)]
    reaching: Reaching,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum By {
    Anyone,
    #[value(name = "self")]
    Key,
    Client,
    Admin,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let stop = stopping()?;
        let rules = self.reaching.rule_set()?;
        let (keyed, gone) = match &self.rule {
            Some(id) => (keys_of_stdin(&self.report_file, id, &rules, &ids::key())?, vec![]),
            None => keys_of_report(&self.report_file, &rules, &ids::key())?,
        };
        for problem in gone {
            anstream::eprintln!("{}: {}", problem.what, problem.why);
        }
        let (findings, keys): (Vec<Finding>, Vec<Option<Key>>) = self.chosen(keyed)?.into_iter().unzip();
        let desk = self.reaching.desk(rules, &stop)?;
        let now = desk.now();
        let not_before = self.not_before.as_deref().map_or(Ok(now), |text| time::moment(text, now))?;
        let wish = Wish {
            irreversible: self.irreversible,
            by: self.by.map(|by| match by {
                By::Anyone => Who::Anyone,
                By::Key => Who::Key,
                By::Client => Who::Client,
                By::Admin => Who::Admin,
            }),
            include_unknown_holder: self.include_unknown_holder,
            unused_for: self.unused_since,
        };
        let plan = Plan {
            schema: SCHEMA,
            made_at: now,
            not_before: not_before.max(now),
            unused_for: self.unused_since,
            include_unknown_holder: self.include_unknown_holder,
            entries: planning::entries(&desk, &findings, &keys, &wish),
            findings: as_json(findings)?,
        };
        if let Some(path) = &self.save {
            let text = plan.to_text();
            save(path, text.as_bytes()).with_context(|| format!("--save {}", path.display()))?;
        }
        let mut out = io::stdout().lock();
        show::plan(&plan, &mut out)?;
        match &self.save {
            Some(path) => writeln!(out, "Saved to {}; its digest is {}", path.display(), plan.digest())?,
            None => writeln!(out, "Not saved (--save FILE).")?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn chosen(&self, keyed: Keyed) -> anyhow::Result<Keyed> {
        for id in &self.finding {
            ensure!(keyed.iter().any(|(finding, _)| finding.id.as_str() == id), "--finding {id}: not in the report");
        }
        for name in &self.issuer {
            ensure!(
                keyed.iter().any(|(finding, _)| finding.about.issuer == *name),
                "--issuer {name}: not in the report"
            );
        }
        let wanted = |finding: &Finding| {
            (self.finding.is_empty() || self.finding.iter().any(|id| finding.id.as_str() == id))
                && (self.issuer.is_empty() || self.issuer.contains(&finding.about.issuer))
        };
        Ok(keyed.into_iter().filter(|(finding, _)| wanted(finding)).collect())
    }
}

/// The findings as a report has them: places and ids, no secrets.
fn as_json(mut findings: Vec<Finding>) -> anyhow::Result<serde_json::Value> {
    for finding in &mut findings {
        finding.secret = None;
        finding.parts.iter_mut().for_each(|part| part.secret = None);
    }
    let report = Report { complete: true, findings, suppressed: vec![], problems: vec![], summary: Summary::default() };
    let mut text = vec![];
    report.write(Format::Json, Look::PLAIN, &mut text)?;
    let mut document: serde_json::Value = serde_json::from_slice(&text)?;
    Ok(serde_json::json!({ "schema": document["schema"].take(), "findings": document["findings"].take() }))
}
