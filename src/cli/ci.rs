//! `keysweep ci`: what an event brought is scanned, and told where the CI server shows it. Every flag may come from a variable: the action
//! hands its inputs over so, and no input is ever part of a command line.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail, ensure};
use bstr::ByteSlice;
use tempfile::TempDir;

use super::{
    asking::Asking,
    clock::Clock,
    configured::{Configured, Configuring},
    exit::{self, FailOn},
    ids,
    scan::report as scan_report,
    stop::Stop,
};
use crate::{
    ci::{
        base,
        event::Event,
        fetch, output,
        plan::{self, Mode, Plan, Wanted},
        summary::{self, Done},
    },
    finding::{Finding, IdKey, Mechanism, Suppressed, Verdict},
    location::Oid,
    problem::{Problem, ProblemKind},
    report::{self, Format, Look, Report},
    rule::{Confidence, Selection},
    scan::{self, Options, Piece, Silent},
    source::{history::repo::Repo, targets::Target},
    suppress,
    verify::Key,
};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "On GitHub what to scan is read from GITHUB_EVENT_NAME and GITHUB_EVENT_PATH. Elsewhere give the
commits: keysweep ci --from \"$BEFORE\" --to \"$AFTER\"

Exit code: 0 nothing found; 1 findings; 2 wrong use, or nothing could be scanned;
3 nothing found, but not all was scanned."
)]
pub struct Args {
    /// What to scan: auto (what the event brought), history, tree
    #[arg(long, value_name = "WHAT", env = "KEYSWEEP_CI_MODE", default_value = "auto")]
    #[arg(value_enum, hide_possible_values = true, hide_env = true)]
    mode: Mode,
    /// The first commit that is known already; without it all that --to reaches
    #[arg(long, value_name = "COMMIT", requires = "to")]
    from: Option<String>,
    /// The last commit to scan, where no event tells
    #[arg(long, value_name = "COMMIT")]
    to: Option<String>,
    /// Only paths that fit: globs, one a line
    #[arg(
        long,
        value_name = "GLOBS",
        env = "KEYSWEEP_CI_PATHS",
        default_value = "",
        hide_default_value = true,
        hide_env = true
    )]
    paths: String,
    /// Findings from this confidence on: low, medium, high
    #[arg(long, value_name = "LEVEL", env = "KEYSWEEP_CI_CONFIDENCE", default_value = "medium", hide_env = true)]
    confidence: String,
    /// What makes the job fail: any, live, incomplete, never; with commas between
    #[arg(long, value_name = "WHAT", env = "KEYSWEEP_CI_FAIL_ON", default_value = "any,incomplete", hide_env = true)]
    #[arg(value_enum, value_delimiter = ',', hide_possible_values = true)]
    fail_on: Vec<FailOn>,
    /// Ask the issuers which keys work: off, on
    #[arg(long, value_name = "WHETHER", env = "KEYSWEEP_CI_VERIFY", default_value = "off", hide_env = true)]
    verify: Switch,
    /// Whether a pull request's own keysweep:allow counts: on; warn (no, and it is told); off (no)
    #[arg(long, value_name = "WHETHER", env = "KEYSWEEP_CI_INLINE", default_value = "warn", hide_env = true)]
    #[arg(value_enum, hide_possible_values = true)]
    inline: Inline,
    /// Where the json report is written
    #[arg(long, value_name = "FILE", env = "KEYSWEEP_CI_REPORT", hide_env = true)]
    report: Option<PathBuf>,
    /// Where the SARIF report is written
    #[arg(long, value_name = "FILE", env = "KEYSWEEP_CI_SARIF", hide_env = true)]
    sarif: Option<PathBuf>,
    /// Write the job's summary: on, off
    #[arg(long, value_name = "WHETHER", env = "KEYSWEEP_CI_SUMMARY", default_value = "on", hide_env = true)]
    summary: Switch,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    #[value(alias = "true")]
    On,
    #[value(alias = "false")]
    Off,
}

/// What marks of a pull request do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Inline {
    On,
    Warn,
    Off,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let stop = Stop::listen().context("cannot listen for Ctrl-C")?;
        let folder = Path::new(".");
        let plan = self.plan(folder)?;
        let brought = fetch::bring(folder, &plan.wanted)?;
        let mut done = Done {
            what: plan.what.clone(),
            missing: brought.missing.clone(),
            notes: plan.notes.clone(),
            ..Done::default()
        };
        done.notes.extend(brought.notes.iter().cloned());
        done.may_upload = !plan.is_fork;
        if plan.is_fork && self.sarif.is_some() {
            done.notes
                .push("A fork's job may not upload to code scanning: the SARIF report stays with the job.".to_owned());
        }
        let trusted = self.check_configuration(folder, &plan, &mut done)?;
        let mut options = self.options(pieces(&plan.wanted, brought.range.clone()))?;
        let id_key = ids::key();
        let configured = match &trusted {
            None => Configuring::default().read(&options.targets, &id_key, options.now)?,
            Some(folder) => of_base(folder.path(), &id_key, options.now)?,
        };
        let rules = Arc::new(configured.rules(&[], &Selection::default())?);
        configured.settle(&mut options);
        let mut scanned = scan::run(&options, Arc::clone(&rules), &|| stop.asked(), &Silent)?;
        let mut suppressed = scanned.take_rules_off();
        scanned.problems.extend(configured.problems());
        if let (Some(range), Ok(repo)) = (&brought.range, fetch::open(folder)) {
            lines_in_tip(&repo, &range.tips[0], &mut scanned.found.findings, &scanned.keys);
        }
        if self.verify == Switch::On {
            if !plan.is_fork {
                let keys = std::mem::take(&mut scanned.keys);
                self.asking.check(&rules)?;
                self.asking.ask(&mut scanned.found.findings, keys, &rules, &stop, false)?;
            } else {
                done.notes.push("Issuers were not asked: this comes from a fork.".to_owned());
            }
        }
        if let Some(why) = brought.missing {
            scanned.problems.push(Problem { kind: ProblemKind::Shallow, what: "commits of the event".to_owned(), why });
        }
        if plan.trusted.is_some() && self.inline != Inline::On {
            let marked = without_marks(&mut scanned.found.findings);
            if marked > 0 && self.inline == Inline::Warn {
                done.notes.push(format!(
                    "{marked} of these have a mark beside them that says not to count them. A pull request's own marks do not \
                     count; `inline: on` lets them."
                ));
            }
        }
        suppressed.extend(suppress::settle(&mut scanned.found.findings));
        let mut report = scan_report(scanned, &options, rules.len(), stop.asked(), 0);
        report.summary.suppressed = suppress::count(&suppressed);
        report.summary.notes.clone_from(&done.notes);
        self.tell(&report, &done)?;
        Ok(exit::code(&report, &self.fail_on).into())
    }

    fn plan(&self, folder: &Path) -> anyhow::Result<Plan> {
        if let Some(to) = &self.to {
            let repo = fetch::open(folder)?;
            return between(&repo, self.from.as_deref(), to);
        }
        let Some(file) = env::var_os("GITHUB_EVENT_PATH") else {
            bail!("no event: GITHUB_EVENT_PATH is not set; give --to, and --from");
        };
        let name = env::var("GITHUB_EVENT_NAME").context("GITHUB_EVENT_NAME")?;
        let payload = fs::read(&file).with_context(|| Path::new(&file).display().to_string())?;
        Ok(plan::plan(&Event::read(&name, &payload)?, self.mode))
    }

    /// The configuration of the base counts; what is changed there is told.
    fn check_configuration(&self, folder: &Path, plan: &Plan, done: &mut Done) -> anyhow::Result<Option<TempDir>> {
        let (Some(trusted), Wanted::Commits { tip, .. }) = (plan.trusted, &plan.wanted) else { return Ok(None) };
        let ours = tempfile::tempdir()?;
        done.changed = base::write(&fetch::open(folder)?, &trusted, tip, ours.path())?;
        Ok(Some(ours))
    }

    fn options(&self, pieces: Vec<Piece>) -> anyhow::Result<Options> {
        Ok(Options {
            mode: scan::Mode::Pieces(pieces),
            include: self.paths.lines().map(str::trim).filter(|glob| !glob.is_empty()).map(str::to_owned).collect(),
            min_confidence: match self.confidence.as_str() {
                "low" => Confidence::Low,
                "medium" => Confidence::Medium,
                "high" => Confidence::High,
                other => bail!("no confidence is called `{other}`; there are low, medium, high"),
            },
            id_key: ids::own_key(),
            ..Options::of(vec![Target::Path(".".into())], Clock::Runs.now())
        })
    }

    /// Files first: what goes to the log may have no reader.
    fn tell(&self, report: &Report, done: &Done) -> anyhow::Result<()> {
        for (format, file) in [(Format::Json, &self.report), (Format::Sarif, &self.sarif)] {
            if let Some(file) = file {
                report::file::save(report, format, report::Look::PLAIN, file)
                    .with_context(|| file.display().to_string())?;
            }
        }
        let named = |variable: &str| env::var_os(variable).filter(|file| !file.is_empty()).map(PathBuf::from);
        if let Some(file) = named("GITHUB_OUTPUT") {
            self.outputs(report, done, &file).with_context(|| file.display().to_string())?;
        }
        if let Some(file) = named("GITHUB_STEP_SUMMARY").filter(|_| self.summary == Switch::On) {
            let text = [summary::head(report, done), text(report, Format::Markdown)?].concat();
            output::summarize(&file, &text).with_context(|| file.display().to_string())?;
        }
        let on_github = env::var_os("GITHUB_ACTIONS").is_some();
        let log = if on_github { Format::Github } else { Format::Pretty };
        let mut out = io::stdout().lock();
        out.write_all(text(report, log)?.as_bytes())?;
        done.missing.iter().try_for_each(|missing| writeln!(out, "not complete: {missing}"))?;
        Ok(())
    }

    fn outputs(&self, report: &Report, done: &Done, file: &Path) -> io::Result<()> {
        let is_live =
            |finding: &&Finding| finding.verification.as_ref().is_some_and(|said| said.verdict == Verdict::Live);
        let shown = |path: &Option<PathBuf>| path.as_ref().map_or_else(String::new, |path| path.display().to_string());
        output::set(file, "findings", &report.findings.len().to_string())?;
        output::set(file, "live", &report.findings.iter().filter(is_live).count().to_string())?;
        output::set(file, "complete", if report.complete { "true" } else { "false" })?;
        output::set(file, "report", &shown(&self.report))?;
        let uploads = done.may_upload && self.sarif.is_some();
        output::set(file, "upload", if uploads { "true" } else { "false" })?;
        output::set(file, "sarif", &shown(&self.sarif))
    }
}

fn text(report: &Report, format: Format) -> anyhow::Result<String> {
    let mut out = Vec::new();
    report.write(format, Look::PLAIN, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The commits that a user names, on any CI server. An id of zeros is how some of them say that there was nothing before.
fn between(repo: &Repo, from: Option<&str>, to: &str) -> anyhow::Result<Plan> {
    let oid = |name: &str| -> anyhow::Result<Oid> {
        if let Some(oid) = Oid::from_hex(name.as_bytes()) {
            return Ok(oid);
        }
        let found = scan_range(repo, name)?;
        found.first().copied().with_context(|| format!("{name}: no commit"))
    };
    let from = from.filter(|from| !from.is_empty()).map(oid).transpose()?.filter(|oid| !oid.is_zero());
    let to = oid(to)?;
    ensure!(!to.is_zero(), "--to names no commit");
    let wanted = Wanted::Commits {
        tip: to,
        hidden: from.into_iter().collect(),
        hidden_branch: None,
        hidden_branches: false,
        commits: 0,
    };
    Ok(Plan { wanted, what: "the commits that were named".to_owned(), trusted: None, is_fork: false, notes: vec![] })
}

fn scan_range(repo: &Repo, name: &str) -> anyhow::Result<Vec<Oid>> {
    Ok(crate::source::range::Range::parse(repo, name)?.tips)
}

fn pieces(wanted: &Wanted, range: Option<crate::source::range::Range>) -> Vec<Piece> {
    match (wanted, range) {
        (Wanted::Nothing, _) => vec![],
        (Wanted::History, _) => vec![Piece::History],
        (Wanted::Tree, _) => vec![Piece::Tree],
        (Wanted::Commits { .. }, range) => range.map(Piece::Arriving).into_iter().collect(),
    }
}

/// Tells in which line of the last commit a secret still stands, so that it can be shown beside that line.
fn lines_in_tip(repo: &Repo, tip: &Oid, findings: &mut [Finding], keys: &[Key]) {
    let Ok(repository) = repo.git2() else { return };
    let object = git2::Oid::from_bytes(tip.as_bytes()).and_then(|oid| repository.find_object(oid, None));
    let Ok(tree) = object.and_then(|object| object.peel_to_tree()) else { return };
    for (finding, key) in findings.iter_mut().zip(keys) {
        for shown in &mut finding.places {
            let path = shown.place.path.as_ref().and_then(|path| path.to_path().ok());
            let entry = path.and_then(|path| tree.get_path(path).ok());
            let Some(blob) = entry.and_then(|entry| repository.find_blob(entry.id()).ok()) else { continue };
            let Some(at) = blob.content().find(key.secret.expose()) else { continue };
            let before = &blob.content()[..at];
            shown.place.head_line = Some(before.iter().filter(|byte| **byte == b'\n').count() as u32 + 1);
        }
    }
}

/// The configuration and the baseline of the base, in place of those of what is scanned. It speaks as a repository's does: it narrows
/// what is said, and widens nothing that is sent.
fn of_base(folder: &Path, id_key: &IdKey, now: i64) -> anyhow::Result<Configured> {
    let mut configured = Configuring::default().read(&[Target::Path(folder.to_owned())], id_key, now)?;
    let targets = std::mem::take(&mut configured.policy.targets);
    configured.policy.targets = targets.into_values().map(|narrowing| (".".into(), narrowing)).collect();
    Ok(configured)
}

/// Lets marks beside secrets count for nothing; how many there were.
fn without_marks(findings: &mut [Finding]) -> usize {
    let by_mark = |by: &mut Suppressed| matches!(by.by, Mechanism::Inline | Mechanism::ForeignMark);
    findings.iter_mut().filter_map(|finding| finding.suppressed.take_if(by_mark)).count()
}
