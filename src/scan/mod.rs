//! The pipeline: sources, detection, grouping, attribution, judgement, report.

mod asked_refs;
pub mod at;
mod blinds;
pub mod evidences;
pub mod explain;
mod head;
pub mod history;
pub mod marks;
pub mod options;
mod pieces;
pub mod redact;
pub mod repository;
pub mod reread;
pub mod secrets;
pub mod single;
pub mod texts;
mod time_limit;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    io, mem,
    path::{Path, PathBuf},
    sync::Arc,
};

use bstr::{BString, ByteSlice};

pub use options::{Mode, Options, Piece, Progress, Silent};

use crate::{
    detect::Detector,
    finding::{
        self, Best, Finding, Groups, IdKey, Known, KnownPart, Mechanism,
        printable::{printable, utf8},
    },
    judge,
    location::{CommitInfo, Oid},
    problem::{Problem, ProblemKind, Skip, Tally},
    report::RuleTime,
    rule::{Confidence, RuleIx, RuleSet, outline::OutlineError},
    source::{
        Outcome, clone, files,
        globs::{GlobError, PathFilter},
        history::{
            commit::Commit,
            objects::{Lookup, Objects},
            remote,
            repo::{Environment, OpenError, Repo},
            store::Store,
        },
        patch,
        range::{self, Range, RangeError},
        staged, stdin,
        targets::{RepoUrl, Target},
        tree,
    },
    suppress::Told,
    verify::Key,
};
use asked_refs::AskedRefs;
use blinds::Blinds;
use secrets::{Record, Secrets};
use texts::TextHits;
use time_limit::TimeLimit;

/// Why nothing could be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A rule that cannot be searched for.
    #[error(transparent)]
    Pattern(#[from] OutlineError),
    /// A glob of `--include` or `--exclude`.
    #[error(transparent)]
    Glob(#[from] GlobError),
    /// A range that means nothing in its repository.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A repository that cannot be opened, where the mode needs one.
    #[error(transparent)]
    Repo(OpenError),
    /// A name of `--ref` that fits no ref of any repository, and what may have been meant.
    #[error("no ref is called `{0}`{1}")]
    Ref(String, String),
    /// A target without what the mode asks for.
    #[error("{0}: {1}")]
    Unfit(String, &'static str),
}

/// What a scan brought, before it is written down.
#[derive(Debug)]
pub struct Scanned {
    /// Findings, the worst first.
    pub found: finding::group::Outcome,
    /// The findings' keys, in the same order: what their issuers can be asked with.
    pub keys: Vec<Key>,
    /// Counts.
    pub tally: Tally,
    /// What could not be scanned.
    pub problems: Vec<Problem>,
    /// The targets as they may be shown.
    pub targets: Vec<String>,
    /// The web addresses of repositories, without credentials, by the target of their places.
    pub remotes: BTreeMap<String, String>,
    /// The rules that took longest, if that was asked for.
    pub slowest: Vec<RuleTime>,
    /// What is to be said about suppression.
    pub told: Told,
}

impl Scanned {
    /// Takes out the findings of rules that a configuration turned off: their issuers are not asked.
    pub fn take_rules_off(&mut self) -> Vec<Finding> {
        let off = |finding: &Finding| finding.suppressed.as_ref().is_some_and(|by| by.by == Mechanism::RuleOff);
        let keys = mem::take(&mut self.keys);
        self.keys =
            self.found.findings.iter().zip(keys).filter(|(finding, _)| !off(finding)).map(|(_, key)| key).collect();
        self.found.findings.extract_if(.., |finding| off(finding)).collect()
    }
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
    let mut detector = Detector::asked(rules, options.min_confidence)?;
    if options.stats {
        detector.measure();
    }
    let filter = PathFilter::new(&options.include, &options.exclude)?;
    let limit = TimeLimit::start(options.time_limit);
    let interrupted = stop;
    let stop = &|| interrupted() || limit.is_over();
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
        unread: vec![],
        repositories: BTreeSet::new(),
        remotes: BTreeMap::new(),
        refs: AskedRefs::default(),
    };
    let mut targets = options.targets.iter().take_while(|_| !stop());
    match &options.mode {
        Mode::Patch => run.patch(),
        Mode::Files { tree, history } => targets.for_each(|target| run.files(target, *tree, *history)),
        Mode::Staged => targets.try_for_each(|target| run.staged(target, &[]))?,
        Mode::Range(text) => targets.try_for_each(|target| run.range(target, &|repo| Range::parse(repo, text)))?,
        Mode::SinceCommit(from) => {
            targets.try_for_each(|target| run.range(target, &|repo| Range::since(repo, from)))?
        }
        Mode::Pieces(pieces) => targets.try_for_each(|target| run.pieces(target, pieces))?,
    }
    run.finish(interrupted(), &limit)
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
    /// Targets that were passed over: a problem where nothing else was read.
    unread: Vec<Problem>,
    /// Repositories whose history was scanned, by their common folder: worktrees share one.
    repositories: BTreeSet<PathBuf>,
    /// Web addresses by target.
    remotes: BTreeMap<BString, String>,
    refs: AskedRefs,
}

impl Run<'_> {
    fn files(&mut self, target: &Target, tree: bool, history: bool) {
        match target {
            Target::Stdin => self.stdin(),
            Target::Url(url) => self.url(url),
            Target::Path(path) => {
                let nested = if tree { self.tree(path, &target.shown()) } else { vec![] };
                if history {
                    let found = self.history_at(path, &target.shown(), false);
                    if !found && !tree {
                        let (what, why) = (files::shown(path), "not in a git repository".to_owned());
                        self.problems.push(Problem { kind: ProblemKind::Unreadable, what, why });
                    }
                    for path in nested {
                        // Without the slash at its end.
                        let path: PathBuf = path.components().collect();
                        self.history_at(&path, &files::path_bytes(&path), false);
                    }
                }
            }
        }
    }

    fn tree(&mut self, path: &Path, target: &BString) -> Vec<PathBuf> {
        self.progress.stage("working tree");
        let options = tree::Options {
            max_size: self.options.max_size,
            include_ignored: self.options.include_ignored,
            filter: self.filter_of(target),
            environment: self.environment.clone(),
        };
        let (detector, marks) = (self.detector, self.options.marks());
        let outcome = tree::walk(
            path,
            &options,
            &|origin, bytes, fresh| texts::scan(detector, &marks, origin, bytes, fresh),
            self.stop,
        );
        if outcome.tally.files == 0 && !path.is_dir() {
            self.unread.extend(unread(path, &outcome.tally));
        }
        self.take(outcome, target, &|_| None)
    }

    fn stdin(&mut self) {
        self.progress.stage("standard input");
        let name = self.options.stdin_path.as_deref().map(BString::from);
        let (detector, marks) = (self.detector, self.options.marks());
        let outcome = stdin::scan(&mut io::stdin().lock(), name, self.options.max_size, &|origin, bytes, fresh| {
            texts::scan(detector, &marks, origin, bytes, fresh)
        });
        self.take(outcome, &BString::from("-"), &|_| None);
    }

    fn patch(&mut self) {
        self.progress.stage("diff");
        let filter = self.filter_of(&BString::from("-"));
        let options = patch::Options { max_size: self.options.max_size, filter };
        let (detector, marks) = (self.detector, self.options.marks());
        let outcome = patch::scan(
            &mut io::stdin().lock(),
            &options,
            &|origin, bytes, fresh| texts::scan(detector, &marks, origin, bytes, fresh),
            self.stop,
        );
        self.take(outcome, &BString::from("-"), &|_| None);
    }

    fn url(&mut self, url: &RepoUrl) {
        self.progress.stage("clone");
        let options = clone::Options { mirror: self.options.mirror, ..clone::Options::default() };
        match clone::clone(url, &options, self.stop) {
            // The clone is removed when it goes out of scope.
            Ok(cloned) => {
                self.history_at(cloned.path(), &url.shown().into(), true);
                self.remotes.extend(remote::web_address_of(&url.shown()).map(|page| (url.shown().into(), page)));
            }
            Err(error) => {
                self.problems.push(Problem { kind: ProblemKind::Unreadable, what: url.shown(), why: error.to_string() })
            }
        }
    }

    fn staged(&mut self, target: &Target, merged: &[Oid]) -> Result<(), ScanError> {
        self.progress.stage("staged changes");
        let repo = self.repository(target)?;
        if repo.work_tree.is_none() && !repo.index.exists() {
            let target = target.shown().to_str_lossy().into_owned();
            return Err(ScanError::Unfit(target, "a bare repository without an index: nothing can be staged in it"));
        }
        let filter = self.filter_of(&target.shown());
        let options = staged::Options { max_size: self.options.max_size, filter, merged: merged.to_vec() };
        let (detector, marks) = (self.detector, self.options.marks());
        let objects = objects(&repo);
        let outcome = staged::scan(
            &repo,
            &*objects,
            &options,
            &|origin, bytes, fresh| texts::scan(detector, &marks, origin, bytes, fresh),
            self.stop,
        );
        self.take_of_repository(outcome, &repo, &target.shown(), &|_| None);
        Ok(())
    }

    fn range(&mut self, target: &Target, range: &dyn Fn(&Repo) -> Result<Range, RangeError>) -> Result<(), ScanError> {
        self.progress.stage("commits");
        let repo = self.repository(target)?;
        let range = range(&repo)?;
        let filter = self.filter_of(&target.shown());
        let options = range::Options { max_size: self.options.max_size, filter };
        let (detector, marks) = (self.detector, self.options.marks());
        let objects = objects(&repo);
        let outcome = range::scan(
            &repo,
            &*objects,
            &range,
            &options,
            &|origin, bytes, fresh| texts::scan(detector, &marks, origin, bytes, fresh),
            self.stop,
        )?;
        self.take_of_repository(outcome, &repo, &target.shown(), &|commit| commit_info(&*objects, commit));
        Ok(())
    }

    /// The paths that count of a target, from the top of its repository.
    fn filter_of(&self, target: &BString) -> PathFilter {
        let own = self.options.policy.of(target.as_bstr());
        match &own.paths {
            Some(lines) if !self.options.no_suppress => self.filter.clone().without(lines),
            _ => self.filter.clone(),
        }
    }

    /// The repository of a target that must be one.
    fn repository(&mut self, target: &Target) -> Result<Repo, ScanError> {
        let unfit = |why| ScanError::Unfit(target.shown().to_str_lossy().into_owned(), why);
        let Target::Path(path) = target else { return Err(unfit("only a repository on disk has this to scan")) };
        match Repo::discover_in(path, &self.environment) {
            Ok(Some(repo)) => Ok(repo),
            Ok(None) => Err(unfit("not in a git repository")),
            Err(error) => Err(ScanError::Repo(error)),
        }
    }

    /// Puts what a source brought to its secrets. Returns nested repositories.
    fn take(
        &mut self,
        outcome: Outcome<TextHits>,
        target: &BString,
        commit: &dyn Fn(&Oid) -> Option<CommitInfo>,
    ) -> Vec<PathBuf> {
        self.tally.add(&outcome.tally);
        self.problems.extend(outcome.problems);
        for text in outcome.found {
            let commit = text.origin.commit.as_ref().and_then(commit);
            text.group(
                self.detector,
                &mut self.secrets,
                target,
                commit.as_ref(),
                self.options.min_confidence,
                &mut self.groups,
            );
        }
        outcome.nested
    }

    fn take_of_repository(
        &mut self,
        mut outcome: Outcome<TextHits>,
        repo: &Repo,
        target: &BString,
        commit: &dyn Fn(&Oid) -> Option<CommitInfo>,
    ) {
        outcome.problems = named(outcome.problems, repo, target, false);
        self.remotes.extend(remote::web_address(&repo.config).map(|page| (target.clone(), page)));
        self.take(outcome, target, commit);
    }

    /// Scans the history of the repository that `path` lies in; whether there is one.
    fn history_at(&mut self, path: &Path, target: &BString, is_clone: bool) -> bool {
        let repo = match Repo::discover_in(path, &self.environment) {
            Ok(Some(repo)) => repo,
            Ok(None) => return false,
            Err(error) => {
                self.problems.push(error.problem());
                return true;
            }
        };
        if !self.repositories.insert(repo.common_dir.clone()) {
            return true;
        }
        self.progress.stage("history");
        self.remotes.extend(remote::web_address(&repo.config).map(|page| (target.clone(), page)));
        let request = repository::Request {
            options: self.options,
            detector: self.detector,
            filter: &self.filter_of(target),
            target,
            stop: self.stop,
        };
        let seen = repository::scan(&repo, &request, &mut self.secrets, &mut self.groups);
        self.tally.add(&seen.tally);
        self.refs.add(&printable(target), &seen.tips);
        self.problems.extend(named(seen.problems, &repo, target, is_clone));
        true
    }

    fn finish(mut self, interrupted: bool, limit: &TimeLimit) -> Result<Scanned, ScanError> {
        if interrupted {
            let why = "interrupted: what was not reached is not in this report".to_owned();
            self.problems.push(Problem { kind: ProblemKind::Stopped, what: "scan".to_owned(), why });
        } else if !limit.tell(&mut self.problems) {
            self.problems.extend(self.refs.check()?);
        }
        if self.tally.files + self.tally.blobs + self.tally.commits + self.tally.bytes == 0 {
            self.problems.append(&mut self.unread);
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
        let mut found = self.groups.finish(&options, |number, best| known(detector, secrets, number, best));
        let whole = blinding(self.options, detector, !found.findings.is_empty())?;
        let mut blinds = Blinds::new(whole.as_ref().unwrap_or(detector), &found.masker);
        blinds.draw_over_problems(&mut self.problems);
        blinds.draw_over_findings(&mut found.findings);
        let mut shown = |text: BString| utf8(&blinds.masked(&text).unwrap_or(text.into()));
        let targets = self.options.targets.iter().map(|target| shown(target.shown())).collect();
        let remotes = self.remotes.into_iter().map(|(target, page)| (shown(target), shown(page.into()))).collect();
        let keys = found.findings.iter().zip(&found.numbers);
        let keys: Vec<Key> = keys
            .map(|(finding, number)| key_of(detector, &secrets.records()[*number as usize], &finding.masked))
            .collect();
        let told = match self.options.no_suppress {
            true => Told::default(),
            false => {
                let values = keys.iter().map(|key| &key.secret);
                let told = self.options.policy.apply(&mut found.findings, values, detector.rules());
                blinds.draw_over_reasons(&mut found.findings);
                told
            }
        };
        Ok(Scanned {
            found,
            keys,
            tally: self.tally,
            problems: self.problems,
            targets,
            remotes,
            slowest: slowest(detector),
            told,
        })
    }
}

/// A detector of all that a report must not show beside its findings, where that of the scan looks for less.
fn blinding(options: &Options, detector: &Detector, shows_lines: bool) -> Result<Option<Detector>, OutlineError> {
    if !shows_lines {
        return Ok(None);
    }
    let rules = RuleSet::embedded();
    let is_less = options.min_confidence > Confidence::Medium
        || rules.iter().any(|(_, rule)| detector.rules().find(&rule.id).is_none());
    is_less.then(|| Detector::new(Arc::new(rules))).transpose()
}

/// The rules whose patterns took longest; none where nothing was measured.
fn slowest(detector: &Detector) -> Vec<RuleTime> {
    const TOLD: usize = 20;
    let mut costs: Vec<_> = detector.costs().filter(|(_, tried, _)| *tried > 0).collect();
    costs.sort_by_key(|(rule, _, nanoseconds)| (Reverse(*nanoseconds), *rule));
    let told = costs.into_iter().take(TOLD);
    let one = |(rule, tried, nanoseconds): (RuleIx, u64, u64)| RuleTime {
        rule: detector.rules().get(rule).id.to_string(),
        tried,
        us: nanoseconds / 1000,
    };
    told.map(one).collect()
}

/// Why a target that is no folder was not read.
fn unread(path: &Path, tally: &Tally) -> Option<Problem> {
    let why = match tally.skipped.keys().next()? {
        Skip::TooBig => "is above --max-size",
        Skip::Special => "is a device, socket or FIFO: these are not opened, - is standard input",
        _ => return None,
    };
    Some(Problem { kind: ProblemKind::Unreadable, what: files::shown(path), why: why.to_owned() })
}

/// Problems with the name of their repository.
fn named(problems: Vec<Problem>, repo: &Repo, target: &BString, is_clone: bool) -> Vec<Problem> {
    let name = printable(target);
    problems.into_iter().map(|problem| problem.of_repository(&name, &repo.common_dir, is_clone)).collect()
}

/// Single objects of a repository: opened in a moment where libgit2 can, else from all of its packs.
fn objects(repo: &Repo) -> Box<dyn Objects + '_> {
    match Lookup::new(repo) {
        Ok(lookup) => Box::new(lookup),
        Err(_) => Box::new(Store::open(&repo.object_dirs, repo.oid_len).0),
    }
}

fn commit_info(objects: &dyn Objects, commit: &Oid) -> Option<CommitInfo> {
    let (_, bytes) = objects.read(commit, MAX_COMMIT).ok()?;
    Some(Commit::parse(&bytes).info(*commit))
}

/// Commits above this many bytes are named by their id only.
const MAX_COMMIT: usize = 16 << 20;

/// What the issuer of a secret can be asked with.
fn key_of(detector: &Detector, record: &Record, masked: &str) -> Key {
    let specs = &detector.rules().get(record.rule).parts;
    let parts = record.parts.iter();
    let parts = parts.map(|part| (specs[usize::from(part.spec)].name.to_string(), part.value.clone())).collect();
    Key { rule: record.rule, secret: record.secret.clone(), parts, masked: masked.to_owned() }
}

fn known<'r>(detector: &'r Detector, secrets: &Secrets, number: u32, best: &Best) -> Known<'r> {
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
        evidence: judge::reasons(
            rule,
            record.secret.expose(),
            best.grounds.as_deref(),
            best.path.as_ref().map(|path| path.as_slice()),
        ),
    }
}
