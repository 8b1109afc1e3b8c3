//! What all of `revoke` needs: the way to the network, whose keys may be touched, where the journal is, the keys of a plan.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};

use super::super::{asking::issuer_host, configured, ids, stop::Stop, verify};
use crate::{
    config::Setting,
    detect::Detector,
    http::{Client, Gate, Proxies, Settings},
    report::read,
    revoke::{Desk, Policy, plan::Plan},
    rule::{RuleSet, Selection},
    scan::reread,
    secret::Secret,
    verify::{Key, Options},
};

#[derive(Debug, clap::Args)]
pub struct Reaching {
    /// Rules of your own as well: a folder of *.toml, or a file
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// An organisation, account or holder that is yours (repeatable); then no other's key is touched
    #[arg(long, value_name = "NAME", help_heading = "Whose keys")]
    owned: Vec<String>,
    /// A canary that is never touched: an account, a holder, the id of a key or of a finding (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Whose keys")]
    canary: Vec<String>,
    /// Most time for one request, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, help_heading = "Network")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=600))]
    verify_timeout: u64,
    /// A host of your own for an issuer: gitlab=git.example.com (repeatable)
    #[arg(long, value_name = "ISSUER=HOST", help_heading = "Network", value_parser = issuer_host)]
    verify_host: Vec<(String, String)>,
    /// Certificates to trust as well, PEM (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    ca_file: Vec<PathBuf>,
    /// Tell each request
    #[arg(long, short, help_heading = "Network")]
    verbose: bool,
}

impl Reaching {
    /// The rules: all of them, since a plan names its own.
    pub fn rule_set(&self) -> anyhow::Result<Arc<RuleSet>> {
        let rules = Arc::new(RuleSet::load(&self.rules, &Selection::default())?);
        for (issuer, _) in &self.verify_host {
            let known = rules.iter().any(|(_, rule)| *rule.issuer == **issuer);
            ensure!(known, "--verify-host {issuer}: no issuer is called so (keysweep rules list)");
        }
        Ok(rules)
    }

    /// A desk that stops when the user wants it to.
    pub fn desk<'d>(
        &self,
        rules: Arc<RuleSet>,
        stop: &'d (dyn Fn() -> bool + Send + Sync),
    ) -> anyhow::Result<Desk<'d>> {
        // The user's own configuration counts, and no repository's.
        let own = configured::of_user()?;
        let values = |list: &[Setting<String>]| list.iter().map(|word| word.value.clone()).collect::<Vec<_>>();
        let all_hosts: Vec<(String, String)> =
            self.verify_host.iter().cloned().chain(own.hosts.iter().map(|host| host.value.clone())).collect();
        let ca_files = self.ca_file.iter().cloned().chain(own.ca_files.iter().map(|file| file.value.clone()));
        let settings = Settings {
            timeout: Duration::from_secs(self.verify_timeout),
            ca_files: ca_files.collect(),
            proxies: Proxies::from_environment(),
            listed: all_hosts.iter().map(|(_, host)| host.clone()).collect::<BTreeSet<_>>(),
        };
        let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (issuer, host) in all_hosts {
            hosts.entry(issuer).or_default().push(host);
        }
        let told = |text: &str| anstream::eprintln!("revoke: {text}");
        let told = self.verbose.then(|| Arc::new(told) as crate::verify::Told);
        Ok(Desk {
            rules,
            transport: Arc::new(Client::new(settings).context("cannot ask issuers")?),
            asking: Options { hosts, told, ..Options::default() },
            credentials: &from_environment,
            policy: Policy {
                owned: [self.owned.clone(), values(&own.owned)].concat(),
                canaries: [self.canary.clone(), values(&own.canaries)].concat(),
            },
            stop,
            gate: Gate::default(),
        })
    }
}

/// A credential is never an argument and never in a file of ours.
fn from_environment(variable: &str) -> Option<Secret> {
    let value = zeroize::Zeroizing::new(env::var(variable).ok()?);
    let value = value.trim();
    (!value.is_empty()).then(|| Secret::new(value.as_bytes()))
}

/// Listens for Ctrl-C; the first one stops after the request that is under way.
pub fn stopping() -> anyhow::Result<impl Fn() -> bool + Send + Sync> {
    let stop = Stop::listen().context("cannot listen for Ctrl-C")?;
    Ok(move || stop.asked())
}

/// Reads a plan's file.
pub fn plan(path: &Path) -> anyhow::Result<Plan> {
    let name = || path.display().to_string();
    Plan::from_text(&fs::read(path).with_context(name)?).with_context(name)
}

/// The keys of a plan's entries, read again from where they lie; one that came from standard input comes from there again.
pub fn keys(plan: &Plan, dash: Option<&Path>, rules: &Arc<RuleSet>) -> anyhow::Result<Vec<Option<Key>>> {
    let text = serde_json::to_vec(&plan.findings).expect("a value that was JSON before");
    let findings = read::findings(&text).context("the findings of the plan")?;
    let of_stdin = findings
        .iter()
        .all(|finding| finding.places.iter().all(|shown| shown.place.source == crate::location::SourceKind::Stdin));
    if let (true, [finding]) = (of_stdin, findings.as_slice()) {
        let dash =
            dash.context("the key of this plan came from standard input: give it again, and write - behind the plan")?;
        let keyed = verify::keys_of_stdin(dash, &finding.about.rule, rules, &ids::key())?;
        return Ok(keyed.into_iter().map(|(again, key)| key.filter(|_| again.id == finding.id)).collect());
    }
    ensure!(dash.is_none(), "the keys of this plan are read from where they lie: no - behind it");
    let detector = Detector::new(Arc::clone(rules))?;
    let keys = reread::keys(&findings, &detector, &ids::key());
    let by_id: BTreeMap<String, Option<Key>> =
        findings.iter().map(|finding| finding.id.to_string()).zip(keys).collect();
    Ok(plan.entries.iter().map(|entry| by_id.get(&entry.finding).cloned().flatten()).collect())
}

/// Writes a file whole or not at all, for the user alone.
pub fn save(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".keysweep-").tempfile_in(folder)?;
    file.write_all(text)?;
    file.persist(path).map(drop).map_err(|failed| failed.error)
}

/// Where the journal is, if the user names no other file.
pub fn journal(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    let state = state.or_else(|| set("LOCALAPPDATA"));
    Ok(state.context("no folder for the journal: name a file with --journal")?.join("keysweep/revocations.jsonl"))
}

/// Each key's lock is an open file: as many as the system allows.
pub fn allow_open_files() {
    #[cfg(unix)]
    {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: reads a limit of this process into a valid structure.
        if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } == 0 && limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max.min(65_536);
            // SAFETY: sets a limit of this process, within what it is allowed, from a valid structure.
            unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
        }
    }
}
