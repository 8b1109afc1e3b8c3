//! Flags about asking issuers, shared by `scan --verify` and `verify`.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};

use super::stop::Stop;
use crate::{
    config::Config,
    finding::{Finding, Verdict},
    http::{Client, Proxies, Settings, address},
    report::Report,
    rule::RuleSet,
    verify::{self, Key, plan},
};

#[derive(Clone, Debug, clap::Args)]
pub struct Asking {
    /// List the requests and send none
    #[arg(long, help_heading = "Verify")]
    pub dry_run: bool,
    /// Most time for one request, in seconds [default: 10]
    #[arg(long, value_name = "SECONDS", help_heading = "Verify")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=600))]
    verify_timeout: Option<u64>,
    /// Most time for all requests, in seconds
    #[arg(long, value_name = "SECONDS", help_heading = "Verify")]
    verify_limit: Option<u64>,
    /// A host of your own for an issuer: gitlab=git.example.com (repeatable)
    #[arg(long, value_name = "ISSUER=HOST", help_heading = "Verify", value_parser = issuer_host)]
    verify_host: Vec<(String, String)>,
    /// Certificates to trust as well, PEM (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Verify")]
    ca_file: Vec<PathBuf>,
    /// Show only findings with these verdicts: live, unknown, not-checked, dead
    #[arg(long, value_name = "VERDICTS", value_delimiter = ',', help_heading = "Verify")]
    #[arg(value_enum, hide_possible_values = true)]
    show: Vec<Shown>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Shown {
    Live,
    Unknown,
    NotChecked,
    Dead,
}

impl Shown {
    fn verdict(self) -> Verdict {
        match self {
            Self::Live => Verdict::Live,
            Self::Unknown => Verdict::Unknown,
            Self::NotChecked => Verdict::NotChecked,
            Self::Dead => Verdict::Dead,
        }
    }
}

/// Seconds for one request, where nobody says another.
const TIMEOUT: u64 = 10;

impl Asking {
    /// The same with what the user's configuration says and no flag does.
    pub fn with(mut self, config: &Config) -> Self {
        self.verify_host.extend(config.hosts.iter().map(|host| host.value.clone()));
        self.ca_file.extend(config.ca_files.iter().map(|file| file.value.clone()));
        self.verify_timeout = self.verify_timeout.or(config.verify_timeout.as_ref().map(|timeout| timeout.value));
        self
    }

    /// Whether a flag was given that means nothing unless issuers are asked.
    pub fn needs_verify(&self) -> Option<&'static str> {
        let given = [
            ("--dry-run", self.dry_run),
            ("--verify-limit", self.verify_limit.is_some()),
            ("--verify-host", !self.verify_host.is_empty()),
            ("--ca-file", !self.ca_file.is_empty()),
            ("--show", !self.show.is_empty()),
        ];
        given.iter().find(|(_, given)| *given).map(|(flag, _)| *flag)
    }

    /// Before a long scan rather than behind it.
    pub fn check(&self, rules: &RuleSet) -> anyhow::Result<()> {
        for (issuer, _) in &self.verify_host {
            let known = rules.iter().any(|(_, rule)| *rule.issuer == **issuer);
            ensure!(known, "--verify-host {issuer}: no issuer is called so (keysweep rules list)");
        }
        if self.dry_run {
            return Ok(());
        }
        self.client().map(drop)
    }

    fn client(&self) -> anyhow::Result<Client> {
        let settings = Settings {
            timeout: Duration::from_secs(self.verify_timeout.unwrap_or(TIMEOUT)),
            ca_files: self.ca_file.clone(),
            proxies: Proxies::from_environment(),
            listed: self.verify_host.iter().map(|(_, host)| host.clone()).collect::<BTreeSet<_>>(),
        };
        Client::new(settings).context("cannot ask issuers")
    }

    fn options(&self, verbose: bool) -> verify::Options {
        let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (issuer, host) in &self.verify_host {
            hosts.entry(issuer.clone()).or_default().push(host.clone());
        }
        let told = |text: &str| anstream::eprintln!("verify: {text}");
        verify::Options {
            hosts,
            limit: self.verify_limit.map(Duration::from_secs),
            told: verbose.then(|| Arc::new(told) as Arc<dyn Fn(&str) + Send + Sync>),
            ..verify::Options::default()
        }
    }

    /// Lists what would be sent.
    pub fn plan(&self, keys: &[Key], rules: &RuleSet) -> io::Result<()> {
        let (planned, left) = plan::plan(keys, rules, &self.options(false));
        let mut out = io::stdout().lock();
        for (request, count) in &planned {
            writeln!(out, "{count:>6}  {request}")?;
        }
        for (why, count) in &left {
            writeln!(out, "{count:>6}  not asked: {why}")?;
        }
        writeln!(
            out,
            "Nothing was sent. Before a key is called live, its place is asked once for a random key as well."
        )
    }

    /// Asks for each key; the findings get their verdicts, live ones come first. `keys` are those of the findings, in their order.
    pub fn ask(
        &self,
        findings: &mut [Finding],
        keys: Vec<Key>,
        rules: &Arc<RuleSet>,
        stop: &Stop,
        verbose: bool,
    ) -> anyhow::Result<()> {
        let client = Arc::new(self.client()?);
        let verdicts = verify::run(keys, Arc::clone(rules), client, self.options(verbose), &|| stop.asked());
        for (finding, verdict) in findings.iter_mut().zip(verdicts) {
            finding.verification = Some(verdict);
        }
        findings.sort_by_key(|finding| finding.verification.as_ref().map(|said| said.verdict));
        Ok(())
    }

    /// Leaves out findings with other verdicts than the user wants to see; says how many.
    pub fn leave_out(&self, report: &mut Report) {
        if self.show.is_empty() {
            return;
        }
        let before = report.findings.len();
        let wanted = |finding: &Finding| {
            let verdict = finding.verification.as_ref().map_or(Verdict::NotChecked, |said| said.verdict);
            self.show.iter().any(|shown| shown.verdict() == verdict)
        };
        report.findings.retain(wanted);
        let left_out = before - report.findings.len();
        if left_out > 0 {
            report.summary.notes.push(format!("Not shown: {left_out} with other verdicts (--show)."));
        }
    }
}

pub(super) fn issuer_host(text: &str) -> anyhow::Result<(String, String)> {
    let (issuer, host) = text.split_once('=').context("write ISSUER=HOST, such as gitlab=git.example.com")?;
    let host = host.trim_end_matches('/').trim_start_matches("https://").to_ascii_lowercase();
    ensure!(address::is_name(&host), "write the name of a host, without port and path");
    Ok((issuer.to_owned(), host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_an_issuer_is_a_name() {
        assert_eq!(
            issuer_host("gitlab=https://Git.Example.com/").unwrap(),
            ("gitlab".into(), "git.example.com".into())
        );
        for wrong in ["gitlab", "gitlab=a b", "gitlab=h:8443", "gitlab=h/x"] {
            assert!(issuer_host(wrong).is_err(), "{wrong}");
        }
    }
}
