//! The pipeline: sources, detection, grouping, attribution, judgement, report.

pub mod history;
pub mod options;
pub mod repository;
pub mod secrets;
pub mod texts;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use bstr::BString;

pub use options::{Mode, Options, Progress, Silent};

use crate::{
    detect::{Detector, PatternError},
    finding::{self, Groups, IdKey, Known, KnownPart},
    problem::{Problem, ProblemKind, Tally},
    rule::RuleSet,
    source::{
        Outcome,
        globs::{GlobError, PathFilter},
        history::repo::{Environment, Repo},
        tree,
    },
};
use secrets::Secrets;
use texts::TextHits;

/// Why nothing could be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A rule that cannot be searched for.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A glob of `--include` or `--exclude`.
    #[error(transparent)]
    Glob(#[from] GlobError),
}

/// What a scan brought, before it is written down.
#[derive(Debug)]
pub struct Scanned {
    /// Findings, the worst first.
    pub found: finding::group::Outcome,
    /// Counts.
    pub tally: Tally,
    /// What could not be scanned.
    pub problems: Vec<Problem>,
}

/// Scans all targets.
///
/// # Errors
/// Only where nothing can be scanned at all; what is wrong with a part of it is a problem in the result.
pub fn run(
    options: &Options,
    rules: Arc<RuleSet>,
    stop: &(dyn Fn() -> bool + Sync),
    progress: &dyn Progress,
) -> Result<Scanned, ScanError> {
    let detector = Detector::new(rules)?;
    let filter = PathFilter::new(&options.include, &options.exclude)?;
    let mut run = Run {
        options,
        detector: &detector,
        filter,
        environment: Environment::of_process(),
        stop,
        progress,
        secrets: Secrets::default(),
        groups: Groups::default(),
        tally: Tally::default(),
        problems: vec![],
        repositories: BTreeSet::new(),
    };
    for target in &options.targets {
        run.target(target);
    }
    Ok(run.finish())
}

struct Run<'r> {
    options: &'r Options,
    detector: &'r Detector,
    filter: PathFilter,
    environment: Environment,
    stop: &'r (dyn Fn() -> bool + Sync),
    progress: &'r dyn Progress,
    secrets: Secrets,
    groups: Groups,
    tally: Tally,
    problems: Vec<Problem>,
    /// Repositories whose history was scanned, by their common folder: worktrees share one.
    repositories: BTreeSet<PathBuf>,
}

impl Run<'_> {
    fn target(&mut self, target: &str) {
        let path = Path::new(target);
        let Mode::Files { tree, history } = self.options.mode else { return };
        let mut repositories = vec![path.to_owned()];
        if tree {
            self.progress.stage("working tree");
            let nested = self.tree(path, target);
            repositories.extend(nested);
        }
        if history {
            for path in repositories {
                self.history_at(&path, target);
            }
        }
    }

    fn tree(&mut self, path: &Path, target: &str) -> Vec<PathBuf> {
        let options = tree::Options {
            max_size: self.options.max_size,
            include_ignored: self.options.include_ignored,
            filter: self.filter.clone(),
            environment: self.environment.clone(),
        };
        let detector = self.detector;
        let outcome =
            tree::walk(path, &options, &|origin, bytes, fresh| texts::scan(detector, origin, bytes, fresh), self.stop);
        self.texts(outcome, target)
    }

    fn texts(&mut self, outcome: Outcome<TextHits>, target: &str) -> Vec<PathBuf> {
        self.tally.add(&outcome.tally);
        self.problems.extend(outcome.problems);
        for text in outcome.found {
            text.group(self.detector, &mut self.secrets, &BString::from(target), None, &mut self.groups);
        }
        outcome.nested
    }

    fn history_at(&mut self, path: &Path, target: &str) {
        let repo = match Repo::discover_in(path, &self.environment) {
            Ok(Some(repo)) => repo,
            Ok(None) => return,
            Err(error) => return self.problems.push(error.problem()),
        };
        if !self.repositories.insert(repo.common_dir.clone()) {
            return;
        }
        self.progress.stage("history");
        let request = repository::Request {
            options: self.options,
            detector: self.detector,
            filter: &self.filter,
            target: &BString::from(target),
            stop: self.stop,
        };
        let seen = repository::scan(&repo, &request, &mut self.secrets, &mut self.groups);
        self.tally.add(&seen.tally);
        self.problems.extend(seen.problems);
    }

    fn finish(mut self) -> Scanned {
        if (self.stop)() {
            let why = "interrupted: what was not reached is not in this report".to_owned();
            self.problems.push(Problem { kind: ProblemKind::Stopped, what: "scan".to_owned(), why });
        }
        self.problems.sort();
        self.problems.dedup();
        let options = finding::group::Options {
            min_confidence: self.options.min_confidence,
            now: self.options.now,
            show_secrets: self.options.show_secrets,
            id_key: self.options.id_key.as_deref().map_or_else(IdKey::default, IdKey::new),
        };
        let (detector, secrets) = (self.detector, &self.secrets);
        let found = self.groups.finish(&options, |number| known(detector, secrets, number));
        Scanned { found, tally: self.tally, problems: self.problems }
    }
}

fn known<'r>(detector: &'r Detector, secrets: &Secrets, number: u32) -> Known<'r> {
    let record = &secrets.records()[number as usize];
    let rule = detector.rules().get(record.rule);
    let part_rule = |spec: u16| detector.rules().find(&rule.parts[usize::from(spec)].rule);
    let parts = record.parts.iter().map(|part| KnownPart {
        spec: part.spec,
        value: part.value.clone(),
        public_prefix: part_rule(part.spec).map_or(0, |ix| detector.public_prefix(ix)),
        at: (part.position.line, part.position.column),
    });
    Known {
        secret: record.secret.clone(),
        rule,
        public_prefix: detector.public_prefix(record.rule),
        parts: parts.collect(),
    }
}
