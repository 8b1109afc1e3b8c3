//! `keysweep init`: what a repository needs to live with the program, and moving in from another scanner.

use std::{
    env, fs,
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail, ensure};

use super::{clock::Clock, configured, configured::Configuring, ids, progress::Watch, stop::Stop};
use crate::{
    config::{
        self,
        files::NAMES,
        import::{self, Imported, Scanner},
    },
    detect::Detector,
    finding::{Finding, group, mask::STARS, printable::printable},
    rule::{Confidence, RuleSet, Selection},
    scan::{self, Options, at},
    source::{history::repo::Environment, targets::Target},
    suppress::{Baseline, baseline},
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keysweep init                              configuration, baseline and CI file, shown and asked for
  keysweep init --yes                        the same, written at once
  keysweep init --from gitleaks              carry over .gitleaks.toml and .gitleaksignore
  keysweep init --from detect-secrets x.json one file of another scanner

What is there already stays as it is. Run twice, it changes nothing.")]
pub struct Args {
    /// Files of the other scanner [default: those at their usual places]
    #[arg(value_name = "FILE", requires = "from")]
    files: Vec<PathBuf>,
    /// Carry over from gitleaks, betterleaks, detect-secrets, trufflehog or kingfisher
    #[arg(long, value_name = "SCANNER", hide_possible_values = true)]
    from: Option<From>,
    /// The repository
    #[arg(long, short = 'C', value_name = "PATH", default_value = ".")]
    repository: PathBuf,
    /// Write without asking
    #[arg(long, short)]
    yes: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum From {
    Gitleaks,
    Betterleaks,
    DetectSecrets,
    Trufflehog,
    Kingfisher,
}

impl From {
    fn scanner(self) -> Scanner {
        match self {
            Self::Gitleaks => Scanner::Gitleaks,
            Self::Betterleaks => Scanner::Betterleaks,
            Self::DetectSecrets => Scanner::DetectSecrets,
            Self::Trufflehog => Scanner::Trufflehog,
            Self::Kingfisher => Scanner::Kingfisher,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gitleaks => "gitleaks",
            Self::Betterleaks => "betterleaks",
            Self::DetectSecrets => "detect-secrets",
            Self::Trufflehog => "trufflehog",
            Self::Kingfisher => "kingfisher",
        }
    }
}

/// A file that is to be written.
struct Planned {
    path: PathBuf,
    text: String,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let top = top(&self.repository)?;
        let mut out = io::stdout().lock();
        let mut planned = match self.from {
            Some(from) => self.moved(from, &top, &mut out)?,
            None => self.fresh(&top, &mut out)?,
        };
        planned.retain(|file| !fs::read(&file.path).is_ok_and(|known| known == file.text.as_bytes()));
        if planned.is_empty() {
            writeln!(out, "Nothing to write: all is there.")?;
            return Ok(ExitCode::SUCCESS);
        }
        for file in &planned {
            show(file, &mut out)?;
        }
        if !self.yes && !asked(&mut out)? {
            writeln!(out, "Nothing was written.")?;
            return Ok(ExitCode::SUCCESS);
        }
        for file in &planned {
            let failed = || file.path.display().to_string();
            if let Some(folder) = file.path.parent() {
                fs::create_dir_all(folder).with_context(failed)?;
            }
            fs::write(&file.path, &file.text).with_context(failed)?;
            writeln!(out, "Written: {}", file.path.display())?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What a repository without anything gets.
    fn fresh(&self, top: &Path, out: &mut dyn Write) -> anyhow::Result<Vec<Planned>> {
        let mut planned = vec![];
        if !has_configuration(top) {
            planned.push(Planned { path: top.join(NAMES[0]), text: CONFIGURATION.to_owned() });
        }
        let own = top.join(baseline::PATH);
        if !own.exists() {
            let findings = self.found(top)?;
            if !findings.is_empty() {
                writeln!(
                    out,
                    "{} found here: accepted by the baseline, so that only what is new counts.",
                    findings.len()
                )?;
                writeln!(out, "Look at them with `keysweep scan --show-suppressed`, and revoke what works.\n")?;
                let entries = findings.iter().map(|finding| (finding, "there when keysweep came"));
                planned.push(Planned { text: with_entries(&own, entries)?, path: own });
            }
        }
        planned.extend(attributes(top));
        planned.extend(workflow(top));
        Ok(planned)
    }

    fn found(&self, top: &Path) -> anyhow::Result<Vec<Finding>> {
        let stop = Stop::listen().context("cannot listen for Ctrl-C")?;
        let targets = vec![Target::Path(top.to_owned())];
        let configured = Configuring::default().read(&targets, &ids::key(), Clock::Runs.now())?;
        let rules = Arc::new(configured.rules(&[], &Selection::default())?);
        let options = Options {
            id_key: ids::own_key(),
            policy: Arc::new(configured.policy.clone()),
            ..Options::of(targets, Clock::Runs.now())
        };
        let scanned = scan::run(&options, rules, &|| stop.asked(), &Watch::new(true, false))?;
        ensure!(!stop.asked(), "interrupted: nothing is written");
        for problem in &scanned.problems {
            anstream::eprintln!("{}: {}: {}", problem.kind.as_str(), problem.what, problem.why);
        }
        Ok(scanned.found.findings.into_iter().filter(|finding| finding.suppressed.is_none()).collect())
    }

    /// What is carried over from another scanner.
    fn moved(&self, from: From, top: &Path, out: &mut dyn Write) -> anyhow::Result<Vec<Planned>> {
        let scanner = from.scanner();
        let usual = || scanner.names().iter().map(|name| top.join(name)).filter(|path| path.is_file()).collect();
        let files: Vec<PathBuf> = if self.files.is_empty() { usual() } else { self.files.clone() };
        let names = scanner.names().join(", ");
        ensure!(!files.is_empty(), "nothing of {} is here ({names}): name a file", from.name());
        let detector = Detector::new(Arc::new(RuleSet::load(&[], &Selection::default())?))?;
        let mut imported = Imported::default();
        for file in &files {
            let read = import::read(scanner, file, &detector).with_context(|| file.display().to_string())?;
            imported.add(read);
        }
        let located = located(&imported, top, &detector);
        tell(&imported, &located, out)?;
        let mut planned = self.configuration(&imported, from, top, out);
        if let Some(rules) = &imported.rules {
            planned.push(Planned { path: top.join(import::FILE), text: rules.clone() });
        }
        if !located.findings.is_empty() {
            let own = top.join(baseline::PATH);
            let reason = format!("accepted in {}", from.name());
            let entries = located.findings.iter().map(|finding| (finding, reason.as_str()));
            planned.push(Planned { text: with_entries(&own, entries)?, path: own });
            planned.extend(attributes(top));
        }
        Ok(planned)
    }

    /// Into `keysweep.toml`, or beside a configuration that is there.
    fn configuration(&self, imported: &Imported, from: From, top: &Path, out: &mut dyn Write) -> Vec<Planned> {
        let mut draft = imported.draft.clone();
        if draft.is_empty() {
            return vec![];
        }
        let text = draft.text(from.name());
        let own = top.join(NAMES[0]);
        if !has_configuration(top) || fs::read_to_string(&own).is_ok_and(|known| known == text) {
            return vec![Planned { path: own, text }];
        }
        let path = top.join(".keysweep/imported.toml");
        // Paths are relative to the file that names them.
        draft.rules.files.iter_mut().for_each(|file| *file = file.replace(".keysweep/", ""));
        let _ = writeln!(out, "There is a configuration: put `extends = [\".keysweep/imported.toml\"]` at its top.\n");
        vec![Planned { path, text: draft.text(from.name()) }]
    }
}

fn top(path: &Path) -> anyhow::Result<PathBuf> {
    let environment = Environment::of_process();
    let request =
        config::Request { paths: &[path], named: &[], user: None, no_repository: true, environment: &environment };
    let home = config::layers(&request)?.homes.remove(0);
    let Some(home) = home else { bail!("{}: no folder with a working tree", path.display()) };
    ensure!(home.in_repository, "{}: not in a git repository", path.display());
    let here = env::current_dir().and_then(fs::canonicalize).ok();
    let below = here.and_then(|here| home.top.strip_prefix(here).ok().map(Path::to_owned));
    Ok(match below {
        Some(below) if below.as_os_str().is_empty() => PathBuf::from("."),
        Some(below) => below,
        None => home.top,
    })
}

fn has_configuration(top: &Path) -> bool {
    NAMES[..2].iter().any(|name| top.join(name).exists())
        || fs::read_to_string(top.join(NAMES[2])).is_ok_and(|text| text.contains("[tool.keysweep"))
}

fn located(imported: &Imported, top: &Path, detector: &Detector) -> at::Located {
    let places: Vec<at::Named> = imported
        .accepted
        .iter()
        .map(|accepted| at::Named {
            commit: accepted.commit.clone(),
            path: accepted.path.clone(),
            line: accepted.line,
            sha1: accepted.sha1.clone(),
            secret: None,
        })
        .collect();
    let options = group::Options {
        min_confidence: Confidence::Low,
        now: Clock::Runs.now(),
        show_secrets: false,
        id_key: ids::key(),
    };
    at::locate(top, &".".into(), &places, detector, &options)
}

/// What was carried over, and what was not.
fn tell(imported: &Imported, located: &at::Located, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Carried over: {} rules and exceptions.", imported.carried)?;
    if !imported.covered.is_empty() {
        writeln!(out, "Ours stand for {}:", imported.covered.len())?;
        for (theirs, ours) in &imported.covered {
            writeln!(out, "  {}: {ours}", printable(theirs.as_bytes()))?;
        }
    }
    let found = located.found.iter().filter(|found| **found).count();
    if !imported.accepted.is_empty() {
        writeln!(out, "Accepted findings: {found} of {} are findings here, too.", imported.accepted.len())?;
        for (accepted, _) in imported.accepted.iter().zip(&located.found).filter(|(_, found)| !**found) {
            let line = accepted.line.map_or_else(String::new, |line| format!(":{line}"));
            let commit = accepted.commit.as_ref().map_or_else(String::new, |commit| format!(" in {}", &commit[..12]));
            let place = format!("{}{line}{commit} ({})", accepted.path, accepted.called);
            writeln!(out, "  not found here: {}", printable(place.as_bytes()))?;
        }
    }
    if !imported.left.is_empty() {
        writeln!(out, "Without a counterpart, {}:", imported.left.len())?;
        for (what, why) in &imported.left {
            writeln!(out, "  {}: {}", printable(what.as_bytes()), printable(why.as_bytes()))?;
        }
    }
    writeln!(out)
}

/// The baseline with entries for these findings.
fn with_entries<'f>(path: &Path, findings: impl Iterator<Item = (&'f Finding, &'f str)>) -> anyhow::Result<String> {
    let key = ids::key();
    let mut own = Baseline::read(path, &key)?.unwrap_or_else(|| Baseline::at(path.to_owned()));
    let today = configured::day(Clock::Runs.now());
    for (finding, reason) in findings {
        if own.entry(&finding.id, today).is_none() {
            let entry = baseline::Entry {
                id: finding.id.to_string(),
                rule: Some(finding.about.rule.clone()),
                masked: Some(finding.masked.clone()).filter(|masked| masked != STARS),
                reason: Some(reason.to_owned()),
                who: None,
                when: Some(today),
                expires: None,
                even_if_live: false,
            };
            own.put(finding.id.clone(), entry);
        }
    }
    Ok(own.text(&key))
}

/// Two branches' baselines merge by taking the lines of both.
fn attributes(top: &Path) -> Option<Planned> {
    let path = top.join(".gitattributes");
    let known = fs::read_to_string(&path).unwrap_or_default();
    let line = format!("{} merge=union\n", baseline::PATH);
    if known.contains(baseline::PATH) {
        return None;
    }
    let end = if known.is_empty() || known.ends_with('\n') { "" } else { "\n" };
    Some(Planned { text: format!("{known}{end}{line}"), path })
}

/// A workflow, where the repository has some or comes from GitHub.
fn workflow(top: &Path) -> Option<Planned> {
    let path = top.join(".github/workflows/keysweep.yml");
    let of_github = fs::read_to_string(top.join(".git/config")).is_ok_and(|text| text.contains("github.com"));
    ((top.join(".github").is_dir() || of_github) && !path.exists()).then(|| Planned { path, text: WORKFLOW.to_owned() })
}

const CONFIGURATION: &str =
    "# keysweep's configuration: docs/configuring.md of keysweep tells all that can be said here.

[paths]
# Lines as in a .gitignore. What is left out is counted in every report.
exclude = []
";

const WORKFLOW: &str = "name: keysweep
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
          persist-credentials: false
      - run: pipx run keysweep scan
";

fn show(file: &Planned, out: &mut dyn Write) -> io::Result<()> {
    const LINES: usize = 40;
    let state = if file.path.exists() { "changed" } else { "new" };
    writeln!(out, "--- {} ({state})", file.path.display())?;
    for line in file.text.lines().take(LINES) {
        writeln!(out, "    {}", printable(line.as_bytes()))?;
    }
    let more = file.text.lines().count().saturating_sub(LINES);
    if more > 0 {
        writeln!(out, "    ... and {more} lines more")?;
    }
    writeln!(out)
}

fn asked(out: &mut dyn Write) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        writeln!(out, "Give --yes to write this.")?;
        return Ok(false);
    }
    write!(out, "Write this? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
