//! `keysweep rules try`: what a rule file finds in a folder, what of it is new, and what the file costs.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::ensure;
use bstr::BString;

use crate::{
    blob::Fresh,
    detect::{Carried, Detector, Found, Match},
    finding::{mask::mask, printable::printable},
    judge,
    location::Position,
    problem::Problem,
    rule::{Confidence, RuleSet, set},
    source::{Origin, globs::PathFilter, history::repo::Environment, tree},
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keysweep rules try rules/acme.toml ~/src
  keysweep rules try rules/acme.toml ~/src --runs 10     for a steadier time

Each line is a place where a rule of the file finds something: `new` where no rule of the program
does, or the rule that has told it until now. Files are read as they lie there, history is not.")]
pub struct Args {
    /// The rule file; its rules need not be in the program
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A file or a folder to look in
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// How often the folder is searched for the time that it takes; the least counts
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,
    /// Tell so many places at most
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    limit: usize,
}

/// Files above this many bytes are left out.
const MAX_SIZE: u64 = 50 << 20;

/// A place where a rule of the file finds something, or where another found something that is told no more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    path: BString,
    line: u32,
    column: u32,
    /// The rule that tells it now; nothing where none does.
    rule: Option<String>,
    confidence: Confidence,
    masked: String,
    /// The rule of the program that told it before; nothing where none did.
    before: Option<String>,
}

/// The three sets of rules that are held against each other.
struct Detectors {
    /// The rules of the program.
    without: Detector,
    /// The same with those of the file.
    with: Detector,
    /// Those of the file.
    alone: Detector,
}

/// What one search of the folder took, over all threads.
#[derive(Default)]
struct Spent {
    bytes: AtomicU64,
    without: AtomicU64,
    with: AtomicU64,
    /// Places at which patterns of the file were tried.
    tried: AtomicU64,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        ensure!(self.path.exists(), "{}: not there", self.path.display());
        let drafts = set::read(&self.file)?;
        let alone = RuleSet::new(drafts.iter().map(|draft| draft.rule.clone()).collect());
        let detectors = Detectors {
            without: Detector::new(Arc::new(RuleSet::embedded()))?,
            with: Detector::new(Arc::new(RuleSet::with_drafts(drafts)?))?,
            alone: Detector::new(Arc::new(alone))?,
        };
        let (mut hits, mut problems, mut least) = (vec![], vec![], [u64::MAX; 2]);
        let mut spent = Spent::default();
        for run in 0..self.runs {
            spent = Spent::default();
            let (found, wrong) = detectors.search(&self.path, &spent)?;
            if run == 0 {
                (hits, problems) = (found, wrong);
            }
            // The first of several runs also compiles the patterns that are met.
            if run > 0 || self.runs == 1 {
                for (least, spent) in least.iter_mut().zip([&spent.without, &spent.with]) {
                    *least = (*least).min(spent.load(Relaxed));
                }
            }
        }
        let mut out = io::stdout().lock();
        self.write_hits(&hits, &mut out)?;
        write_counts(&hits, &detectors.alone, &mut out)?;
        write_cost(&spent, least, &mut out)?;
        for problem in &problems {
            writeln!(out, "Not read: {}: {}", problem.what, problem.why)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn write_hits(&self, hits: &[Hit], out: &mut impl Write) -> io::Result<()> {
        for hit in hits.iter().take(self.limit) {
            let place = format!("{}:{}:{}", printable(&hit.path), hit.line, hit.column);
            let rule = hit.rule.as_deref().unwrap_or("told no more");
            let before = match (&hit.before, &hit.rule) {
                (None, _) => "new".to_owned(),
                (Some(before), now) if now.as_ref() == Some(before) => "as before".to_owned(),
                (Some(before), _) => format!("was {before}"),
            };
            writeln!(out, "{place}  {rule}  {}  {}  {before}", super::word(hit.confidence), hit.masked)?;
        }
        match hits.len().saturating_sub(self.limit) {
            0 => Ok(()),
            more => writeln!(out, "... and {more} more: --limit {}", hits.len()),
        }
    }
}

impl Detectors {
    fn search(&self, path: &Path, spent: &Spent) -> anyhow::Result<(Vec<Hit>, Vec<Problem>)> {
        let options = tree::Options {
            max_size: MAX_SIZE,
            include_ignored: false,
            filter: PathFilter::new::<&str>(&[], &[])?,
            environment: Environment::of_process(),
        };
        let visit = |origin: &Origin, bytes: &[u8], fresh: Fresh<'_>| Some(self.look(origin, bytes, fresh, spent));
        let outcome = tree::walk(path, &options, &visit, &|| false);
        let mut hits: Vec<Hit> = outcome.found.into_iter().flatten().collect();
        hits.sort();
        Ok((hits, outcome.problems))
    }

    fn look(&self, origin: &Origin, bytes: &[u8], fresh: Fresh<'_>, spent: &Spent) -> Vec<Hit> {
        let timed = |detector: &'_ Detector, sum: &AtomicU64| {
            let begin = Instant::now();
            let found = detector.scan(bytes, fresh, &Carried::default());
            sum.fetch_add(begin.elapsed().as_nanos() as u64, Relaxed);
            found
        };
        spent.bytes.fetch_add(bytes.len() as u64, Relaxed);
        // Whoever comes first has the bytes to bring into the cache.
        let tried = self.alone.scan(bytes, fresh, &Carried::default()).carried.tried();
        spent.tried.fetch_add(tried as u64, Relaxed);
        let without = timed(&self.without, &spent.without);
        let with = timed(&self.with, &spent.with);
        self.compare(origin, &without, &with)
    }

    fn compare(&self, origin: &Origin, without: &Found<'_>, with: &Found<'_>) -> Vec<Hit> {
        let path = origin.path.clone().unwrap_or_default();
        let told = |detector: &Detector, found: &Found<'_>| -> Vec<(Match, Confidence)> {
            let confidence = |hit: &Match| {
                let rule = detector.rules().get(hit.rule);
                judge::confidence(rule, found.bytes(&hit.position), hit.evidence.as_deref(), Some(&path))
            };
            found.matches.iter().filter_map(|hit| Some((hit.clone(), confidence(hit)?))).collect()
        };
        let (before, now) = (told(&self.without, without), told(&self.with, with));
        let over = |all: &[(Match, Confidence)], one: &Position| {
            all.iter()
                .find(|(hit, _)| hit.position.offset < one.end && one.offset < hit.position.end)
                .map(|(hit, _)| hit.rule)
        };
        let hit = |detector: &Detector, found: &Found<'_>, (hit, confidence): &(Match, Confidence)| {
            let rule = detector.rules().get(hit.rule);
            Hit {
                path: path.clone(),
                line: hit.position.line,
                column: hit.position.column,
                rule: None,
                confidence: *confidence,
                masked: mask(found.bytes(&hit.position), detector.public_prefix(hit.rule), rule.kind),
                before: None,
            }
        };
        let id = |detector: &Detector, rule| detector.rules().get(rule).id.to_string();
        let own = now.iter().filter(|(hit, _)| self.alone.rules().find(&self.with.rules().get(hit.rule).id).is_some());
        let own = own.map(|one| Hit {
            rule: Some(id(&self.with, one.0.rule)),
            before: over(&before, &one.0.position).map(|rule| id(&self.without, rule)),
            ..hit(&self.with, with, one)
        });
        let lost = before.iter().filter(|(hit, _)| over(&now, &hit.position).is_none());
        let lost =
            lost.map(|one| Hit { before: Some(id(&self.without, one.0.rule)), ..hit(&self.without, without, one) });
        own.chain(lost).collect()
    }
}

fn write_counts(hits: &[Hit], alone: &Detector, out: &mut impl Write) -> io::Result<()> {
    let mut by_rule: BTreeMap<&str, [usize; 2]> =
        alone.rules().iter().filter(|(_, rule)| !rule.part_only).map(|(_, rule)| (&*rule.id, [0; 2])).collect();
    for hit in hits {
        let counts = hit.rule.as_deref().and_then(|rule| by_rule.get_mut(rule));
        if let Some([all, new]) = counts {
            *all += 1;
            *new += usize::from(hit.before.is_none());
        }
    }
    if !hits.is_empty() {
        writeln!(out)?;
    }
    for (rule, [all, new]) in by_rule {
        writeln!(out, "{rule}: {all} found, {new} of them new")?;
    }
    match hits.iter().filter(|hit| hit.rule.is_none()).count() {
        0 => Ok(()),
        lost => writeln!(out, "{lost} that the program tells are told no more"),
    }
}

fn write_cost(spent: &Spent, [without, with]: [u64; 2], out: &mut impl Write) -> io::Result<()> {
    let (bytes, tried) = (spent.bytes.load(Relaxed), spent.tried.load(Relaxed));
    let megabytes = bytes as f64 / 1e6;
    writeln!(
        out,
        "\nWork: patterns of the file are tried at {tried} places of {megabytes:.1} MB ({:.1} a MB)",
        tried as f64 / megabytes.max(1e-6)
    )?;
    let more = 100.0 * (with as f64 / (without.max(1)) as f64 - 1.0);
    let milliseconds = |nanoseconds| Duration::from_nanos(nanoseconds).as_secs_f64() * 1e3;
    writeln!(
        out,
        "Time: {:.1} ms without the file, {:.1} ms with it ({more:+.1} %), reading not counted, all threads together",
        milliseconds(without),
        milliseconds(with)
    )
}
