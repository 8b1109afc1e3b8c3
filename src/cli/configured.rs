//! Flags about configuration and suppression, and what configurations come to for a run.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use bstr::BString;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use regex_automata::meta::Regex;

use crate::{
    config::{
        self, Config, Home, Layers, Setting,
        files::{shortest, user_file},
    },
    finding::IdKey,
    problem::{Problem, ProblemKind},
    rule::{Complaint, RuleSet, Selection, nearest},
    scan::{Mode, Options},
    source::{files, globs::IgnoreLines, history::repo::Environment, targets::Target},
    suppress::{Baseline, Narrowing, Policy, Told, allow, baseline},
};

/// Which configurations and baselines count.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Configuring {
    /// A configuration of your own as well, stronger than the repository's (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    pub config: Vec<PathBuf>,
    /// Do not read the configuration of what is scanned
    #[arg(long, help_heading = "Configuration")]
    pub no_config: bool,
    /// A baseline besides the repository's own (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    pub baseline: Vec<PathBuf>,
}

/// What does not count, and whether it is shown.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Suppressing {
    /// Show what baselines, keysweep:allow and configurations suppress
    #[arg(long, help_heading = "Configuration")]
    pub show_suppressed: bool,
    /// Suppress nothing, leave out no path of a configuration
    #[arg(long, help_heading = "Configuration", conflicts_with = "show_suppressed")]
    pub no_suppress: bool,
    /// Marks of other scanners count: gitleaks:allow, nosec and the like
    #[arg(long, help_heading = "Configuration")]
    pub respect_foreign_markers: bool,
}

/// The configurations of a run.
#[derive(Debug, Default)]
pub struct Configured {
    /// As they were read.
    pub layers: Layers,
    /// What does not count.
    pub policy: Policy,
}

/// What the user's own file says: for what is sent, no repository's counts.
pub fn of_user() -> anyhow::Result<Config> {
    let environment = Environment::default();
    let request =
        config::Request { paths: &[], named: &[], user: user_file(), no_repository: true, environment: &environment };
    Ok(config::layers(&request).context("configuration")?.user)
}

impl Configuring {
    /// Reads all that counts for these targets.
    pub fn read(&self, targets: &[Target], id_key: &IdKey, now: i64) -> anyhow::Result<Configured> {
        let environment = Environment::of_process();
        let paths: Vec<&Path> = targets.iter().filter_map(path).collect();
        // What comes on standard input is of the repository that the program runs in.
        let here = [Path::new(".")];
        let paths = if paths.is_empty() && targets.contains(&Target::Stdin) { &here[..] } else { &paths };
        let layers = config::layers(&config::Request {
            paths,
            named: &self.config,
            user: user_file(),
            no_repository: self.no_config,
            environment: &environment,
        })
        .context("configuration")?;
        let policy = self.policy(&layers, paths, id_key, day(now))?;
        Ok(Configured { layers, policy })
    }

    fn policy(&self, layers: &Layers, paths: &[&Path], id_key: &IdKey, today: Date) -> anyhow::Result<Policy> {
        let mut read = Baselines { id_key, known: BTreeMap::new() };
        let named = self.baseline.iter().map(|path| read.must(path)).collect::<Result<Vec<_>, _>>()?;
        let others = Arc::new(narrowing(&layers.user, &named, &mut read)?);
        let mut targets = BTreeMap::new();
        for (path, home) in paths.iter().zip(&layers.homes) {
            let Some(home) = home else { continue };
            let mut own = narrowing(&home.config, &named, &mut read)?;
            if !self.no_config {
                own.baselines.extend(read.maybe(&shortest(&home.top.join(baseline::PATH)))?);
            }
            targets.insert(files::path_bytes(path), Arc::new(own));
        }
        // Standard input is named `-` in places.
        if let Some(here) = targets.get::<BString>(&".".into()).cloned() {
            targets.insert("-".into(), here);
        }
        let all = targets.values().chain([&others]).flat_map(|own| &own.allow);
        let lines: BTreeMap<String, Regex> = all.flat_map(|allow| allow.lines.clone()).collect();
        Ok(Policy {
            lines: Arc::new(lines.into_iter().collect()),
            targets,
            others,
            foreign_marks: layers.run.foreign_marks.as_ref().is_some_and(|foreign| foreign.value),
            rules_as_of: layers.run.rules_as_of.as_ref().map(|day| day.value),
            today,
        })
    }
}

fn path(target: &Target) -> Option<&Path> {
    match target {
        Target::Path(path) => Some(path),
        Target::Url(_) | Target::Stdin => None,
    }
}

/// The day in UTC.
pub fn day(seconds: i64) -> Date {
    Timestamp::from_second(seconds).unwrap_or_default().to_zoned(TimeZone::UTC).date()
}

/// Baselines, each read once.
struct Baselines<'k> {
    id_key: &'k IdKey,
    known: BTreeMap<PathBuf, Option<Arc<Baseline>>>,
}

impl Baselines<'_> {
    fn maybe(&mut self, path: &Path) -> anyhow::Result<Option<Arc<Baseline>>> {
        if let Some(known) = self.known.get(path) {
            return Ok(known.clone());
        }
        let read = Baseline::read(path, self.id_key)?.map(Arc::new);
        self.known.insert(path.to_owned(), read.clone());
        Ok(read)
    }

    fn must(&mut self, path: &Path) -> anyhow::Result<Arc<Baseline>> {
        self.maybe(path)?.with_context(|| format!("{}: there is no such baseline", path.display()))
    }
}

fn narrowing(config: &Config, named: &[Arc<Baseline>], baselines: &mut Baselines<'_>) -> anyhow::Result<Narrowing> {
    let words = |list: &[Setting<String>]| list.iter().map(|word| word.value.clone()).collect::<Vec<_>>();
    let mut own = named.to_vec();
    for setting in &config.baselines {
        own.push(baselines.must(&setting.value).with_context(|| setting.at.to_string())?);
    }
    let exclude = words(&config.exclude);
    let expressions = config.exclude_patterns.iter().map(|pattern| pattern.value.1.clone());
    let paths = IgnoreLines::new(&exclude)?.or(expressions);
    Ok(Narrowing {
        paths: (!exclude.is_empty() || !config.exclude_patterns.is_empty()).then_some(paths),
        allow: config.allow.iter().map(|allow| Arc::clone(&allow.value)).collect(),
        rules_off: words(&config.rules_off),
        rules_only: words(&config.rules_only),
        baselines: own,
        commits: words(&config.commits),
    })
}

impl Configured {
    /// Sets what a run without flags of its own takes from configurations.
    pub fn settle(&self, options: &mut Options) {
        let run = &self.layers.run;
        options.min_confidence = run.confidence.as_ref().map_or(options.min_confidence, |level| level.value);
        options.max_size = run.max_size.as_ref().map_or(options.max_size, |size| size.value);
        options.policy = Arc::new(self.policy.clone());
    }

    /// The run's rules: embedded ones, those of flags and configurations, changed as configurations say.
    pub fn rules(&self, dirs: &[PathBuf], selection: &Selection) -> anyhow::Result<RuleSet> {
        let run = &self.layers.run;
        let of = |may_ask: bool| {
            let own = run.rule_files.iter().filter(move |files| files.value.may_ask == may_ask);
            own.map(|files| files.value.path.clone())
        };
        let trusted: Vec<PathBuf> = of(true).chain(dirs.iter().cloned()).collect();
        let mut set = RuleSet::load_all(&trusted, &of(false).collect::<Vec<_>>(), selection)?;
        self.check_names(&set, selection)?;
        for change in &run.changes {
            let ids = set.ids_of(&change.value.rule);
            let wrong = |what: &str| change.at.complaint(format!("{what} (rules.change.{})", change.value.rule));
            // Of an issuer's rules a change concerns those that it can.
            if let Some(confidence) = change.value.confidence {
                let with_format = ids
                    .iter()
                    .filter(|id| set.find(id).is_some_and(|ix| set.get(ix).context.is_none()))
                    .collect::<Vec<_>>();
                anyhow::ensure!(!with_format.is_empty(), wrong(NO_CONFIDENCE));
                with_format.into_iter().for_each(|id| set.rule_mut(id).confidence = confidence);
            }
            if !change.value.names.is_empty() {
                let mut any = false;
                for id in &ids {
                    let Some(near) = set.rule_mut(id).near.as_mut() else { continue };
                    near.words.to_mut().extend(change.value.names.iter().map(|name| name.clone().into()));
                    any = true;
                }
                anyhow::ensure!(any, wrong(NO_NAMES));
            }
        }
        Ok(set)
    }

    /// Names of rules in configurations are those of rules that there are.
    fn check_names(&self, set: &RuleSet, selection: &Selection) -> Result<(), Complaint> {
        if !selection.only.is_empty() || !selection.skip.is_empty() {
            // Of a part of the rules nothing can be said of the others.
            return Ok(());
        }
        let homes = self.layers.homes.iter().flatten().map(|home: &Home| &home.config);
        let all = homes.chain([&self.layers.run]).flat_map(|config| {
            let changes = config.changes.iter().map(|change| (&change.value.rule, &change.at));
            let lists = [&config.rules_off, &config.rules_only].into_iter().flatten();
            lists.map(|name| (&name.value, &name.at)).chain(changes)
        });
        for (name, at) in all {
            if !allow::is_known(name, set) {
                let known = set.iter().flat_map(|(_, rule)| [&*rule.id, &*rule.issuer]);
                let hint = nearest::hint(name, known);
                return Err(at.complaint(format!("no rule or issuer is called `{name}`{hint}")));
            }
        }
        Ok(())
    }

    /// Configurations that could not be read, as problems of the report.
    pub fn problems(&self) -> impl Iterator<Item = Problem> + '_ {
        self.layers.broken.iter().map(|(top, why)| Problem {
            kind: ProblemKind::Unreadable,
            what: format!("configuration of {}", files::shown(top)),
            why: why.clone(),
        })
    }
}

const NO_CONFIDENCE: &str = "a rule without a format has no confidence of its own: what stands around a value decides";
const NO_NAMES: &str = "this rule looks for no names nearby: its format is enough";

/// What a reader of the report should know of suppression, a sentence each.
pub fn notes(told: &Told, options: &Options, below_confidence: u64) -> Vec<String> {
    let mut notes = vec![];
    let entries = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 entry of a baseline {one}"),
        _ => format!("{count} entries of baselines {many}"),
    };
    if told.expired > 0 {
        notes.push(entries(
            told.expired,
            "has expired: its finding counts again.",
            "have expired: their findings count again.",
        ));
    }
    // A part of the places says nothing of entries that match elsewhere.
    let whole = options.mode == Mode::Files { tree: true, history: true }
        && options.refs.is_empty()
        && options.include.is_empty()
        && options.exclude.is_empty()
        && options.only_rules.is_empty()
        && options.skip_rules.is_empty();
    if whole && below_confidence == 0 && !told.unmatched.is_empty() {
        let count = told.unmatched.len();
        notes.push(entries(
            count,
            "matches nothing any more (keysweep baseline prune).",
            "match nothing any more (keysweep baseline prune).",
        ));
    }
    if !told.misspelt.is_empty() {
        let names: Vec<&str> = told.misspelt.iter().map(String::as_str).collect();
        notes.push(format!("keysweep:allow names rules that there are not: {}.", names.join(", ")));
    }
    if told.without_reason > 0 {
        notes.push(format!("Suppressed without a reason: {} (--show-suppressed).", told.without_reason));
    }
    notes
}
