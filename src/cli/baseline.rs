//! `keysweep baseline`: findings that are known and accepted.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail, ensure};
use bstr::ByteSlice;
use jiff::civil::Date;

use super::{
    clock::Clock,
    configured::{self, Configured, Configuring},
    ids,
    progress::Watch,
    reading,
    stop::Stop,
};
use crate::{
    config::Home,
    detect::Detector,
    finding::{Finding, FindingId, IdKey, mask::STARS},
    problem::Problem,
    rule::{Confidence, Selection},
    scan::{self, Options},
    source::{history::repo::Environment, targets::Target},
    suppress::{Baseline, baseline},
};

#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Accept all that is found now
    #[command(after_help = "Examples:
  keysweep baseline update --reason \"before we had a scanner\"
  keysweep baseline update --report found.json   what a stored report has")]
    Update {
        /// Why it is accepted
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Take the findings of a report instead of scanning: ours, or another scanner's
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        #[command(flatten)]
        which: Which,
    },
    /// Accept single findings
    #[command(after_help = "Examples:
  keysweep baseline add ks1-aaaaaaaaaaaaaaaaaaaa --reason \"a key of our documentation\"
  keysweep baseline add ks1-aaaaaaaaaaaaaaaaaaaa --reason \"goes in March\" --expires 2027-03-31")]
    Add {
        /// Ids of findings, as reports tell them
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
        /// Why they are accepted
        #[arg(long, value_name = "TEXT", required = true)]
        reason: String,
        /// The last day on which that holds
        #[arg(long, value_name = "DAY", value_parser = day)]
        expires: Option<Date>,
        /// It holds for a key that works, too
        #[arg(long)]
        even_if_live: bool,
        /// Add an id that no scan of this repository finds
        #[arg(long)]
        unseen: bool,
        /// Look the ids up in a report instead of scanning
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        #[command(flatten)]
        which: Which,
    },
    /// Take out what matches nothing any more, and what has expired
    #[command(after_help = "Examples:\n  keysweep baseline prune")]
    Prune {
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The repository
    #[arg(long = "repository", short = 'C', value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// The baseline [default: .keysweep/baseline.jsonl of the repository]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Who accepts it [default: your name in git, or of the system]
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
    /// Also findings of this confidence: low, medium, high
    #[arg(long, value_name = "LEVEL", default_value = "medium", hide_possible_values = true)]
    confidence: Level,
    #[command(flatten)]
    configuring: Configuring,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    Low,
    Medium,
    High,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match &self.command {
            Command::Update { reason, report, which } => which.update(reason.as_deref(), report.as_deref()),
            Command::Add { ids, reason, expires, even_if_live, unseen, report, which } => {
                let ids = ids.iter().map(|id| {
                    FindingId::from_text(id)
                        .with_context(|| format!("`{id}` is no finding's id: they look like ks1-aaaaaaaaaaaaaaaaaaaa"))
                });
                let ids: Vec<FindingId> = ids.collect::<Result<_, _>>()?;
                let entry = baseline::Entry {
                    reason: Some(reason.clone()),
                    expires: *expires,
                    even_if_live: *even_if_live,
                    ..which.entry()
                };
                which.add(&ids, entry, *unseen, report.as_deref())
            }
            Command::Prune { which } => which.prune(),
        }
    }
}

/// What a scan or a report has.
struct Seen {
    findings: Vec<Finding>,
    problems: Vec<Problem>,
}

impl Which {
    fn update(&self, reason: Option<&str>, report: Option<&Path>) -> anyhow::Result<ExitCode> {
        let (mut own, key) = self.open()?;
        let seen = self.seen(report, Ask::Reported)?;
        let before = own.len();
        for finding in &seen.findings {
            if own.entry(&finding.id, configured::day(Clock::Runs.now())).is_none() {
                let entry = baseline::Entry { reason: reason.map(str::to_owned), ..self.entry() };
                own.put(finding.id.clone(), of_finding(finding, entry));
            }
        }
        own.write(&key)?;
        let added = own.len() - before;
        println!("{}: {added} added, {} in all.", own.path.display(), own.len());
        tell(&seen.problems);
        Ok(ExitCode::SUCCESS)
    }

    fn add(
        &self,
        ids: &[FindingId],
        entry: baseline::Entry,
        unseen: bool,
        report: Option<&Path>,
    ) -> anyhow::Result<ExitCode> {
        let (mut own, key) = self.open()?;
        let seen = self.seen(report, Ask::Everything)?;
        for id in ids {
            match seen.findings.iter().find(|finding| finding.id == *id) {
                Some(finding) => own.put(id.clone(), of_finding(finding, entry.clone())),
                None if unseen => own.put(id.clone(), baseline::Entry { id: id.to_string(), ..entry.clone() }),
                None => bail!("{id}: no finding here has this id (--unseen adds it all the same)"),
            }
        }
        own.write(&key)?;
        println!("{}: {} in all.", own.path.display(), own.len());
        Ok(ExitCode::SUCCESS)
    }

    fn prune(&self) -> anyhow::Result<ExitCode> {
        let (mut own, key) = self.open()?;
        let seen = self.seen(None, Ask::Everything)?;
        // An entry whose finding could not be looked for would go, and its finding come back.
        tell(&seen.problems);
        ensure!(seen.problems.is_empty(), "not all could be scanned, so nothing is taken out");
        let today = configured::day(Clock::Runs.now());
        let there: BTreeMap<&FindingId, &Finding> =
            seen.findings.iter().map(|finding| (&finding.id, finding)).collect();
        let goes = |id: &&FindingId| !there.contains_key(*id) || own.has_expired(id, today);
        let gone: Vec<FindingId> = own.ids().filter(goes).cloned().collect();
        gone.iter().for_each(|id| own.remove(id));
        own.write(&key)?;
        println!("{}: {} taken out, {} in all.", own.path.display(), gone.len(), own.len());
        Ok(ExitCode::SUCCESS)
    }

    /// The baseline's file as it is.
    fn open(&self) -> anyhow::Result<(Baseline, IdKey)> {
        let key = ids::key();
        let path = match &self.file {
            Some(file) => file.clone(),
            None => home(&self.path)?.join(baseline::PATH),
        };
        let own = Baseline::read(&path, &key)?.unwrap_or_else(|| Baseline::at(path));
        Ok((own, key))
    }

    fn seen(&self, report: Option<&Path>, ask: Ask) -> anyhow::Result<Seen> {
        let Some(report) = report else { return self.scan(ask) };
        let configured = self.configuring.read(&[], &ids::key(), Clock::Runs.now())?;
        let detector = Detector::new(Arc::new(configured.rules(&[], &Selection::default())?))?;
        let (findings, problems) = reading::findings(report, &detector, &ids::key(), Clock::Runs.now())?;
        Ok(Seen { findings, problems })
    }

    fn scan(&self, ask: Ask) -> anyhow::Result<Seen> {
        let stop = Stop::listen().context("cannot listen for Ctrl-C")?;
        let target = Target::parse(crate::source::files::path_bytes(&self.path).as_bstr())?;
        let now = Clock::Runs.now();
        let targets = vec![target];
        let configured = self.configuring.read(&targets, &ids::key(), now)?;
        let rules = Arc::new(configured.rules(&[], &Selection::default())?);
        let options = self.options(targets, &configured, ask, now);
        let scanned = scan::run(&options, rules, &|| stop.asked(), &Watch::new(true, false))?;
        ensure!(!stop.asked(), "interrupted: nothing is written");
        let mut problems = scanned.problems;
        problems.extend(configured.problems());
        let mut findings = scanned.found.findings;
        findings.retain(|finding| ask == Ask::Everything || finding.suppressed.is_none());
        Ok(Seen { findings, problems })
    }

    fn options(&self, targets: Vec<Target>, configured: &Configured, ask: Ask, now: i64) -> Options {
        let run = &configured.layers.run;
        let confidence = match self.confidence {
            Level::Low => Confidence::Low,
            Level::Medium => Confidence::Medium,
            Level::High => Confidence::High,
        };
        Options {
            max_size: run.max_size.as_ref().map_or(scan::options::MAX_SIZE, |size| size.value),
            min_confidence: if ask == Ask::Everything { Confidence::Low } else { confidence },
            id_key: ids::own_key(),
            policy: Arc::new(configured.policy.clone()),
            ..Options::of(targets, now)
        }
    }

    fn entry(&self) -> baseline::Entry {
        baseline::Entry {
            id: String::new(),
            rule: None,
            masked: None,
            reason: None,
            who: self.who.clone().or_else(|| who(&self.path)),
            when: Some(configured::day(Clock::Runs.now())),
            expires: None,
            even_if_live: false,
        }
    }
}

fn day(text: &str) -> Result<Date, &'static str> {
    text.parse().map_err(|_| "write a day, such as 2027-03-31")
}

/// What is looked for in a scan.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// What a report would tell.
    Reported,
    /// What is suppressed or of low confidence, too.
    Everything,
}

fn of_finding(finding: &Finding, entry: baseline::Entry) -> baseline::Entry {
    baseline::Entry {
        id: finding.id.to_string(),
        rule: Some(finding.about.rule.clone()),
        masked: Some(finding.masked.clone()).filter(|masked| masked != STARS),
        ..entry
    }
}

fn tell(problems: &[Problem]) {
    for problem in problems {
        anstream::eprintln!("{}: {}: {}", problem.kind.as_str(), problem.what, problem.why);
    }
}

/// The top of the repository that a path lies in, or the path's own folder.
fn home(path: &Path) -> anyhow::Result<PathBuf> {
    let environment = Environment::of_process();
    let request = crate::config::Request {
        paths: &[path],
        named: &[],
        user: None,
        no_repository: true,
        environment: &environment,
    };
    let home: Option<Home> = crate::config::layers(&request)?.homes.remove(0);
    let home = home
        .with_context(|| format!("{}: no folder with a working tree; give the baseline with --file", path.display()))?;
    let here = env::current_dir().and_then(fs::canonicalize).ok();
    let below = here.and_then(|here| home.top.strip_prefix(here).ok().map(Path::to_owned));
    Ok(below.unwrap_or(home.top))
}

fn who(path: &Path) -> Option<String> {
    let of_git =
        || git2::Repository::discover(path).and_then(|repo| repo.config()).or_else(|_| git2::Config::open_default());
    let name = of_git().ok().and_then(|config| config.get_string("user.email").ok());
    name.or_else(|| env::var("USER").ok()).or_else(|| env::var("USERNAME").ok()).filter(|name| !name.is_empty())
}
