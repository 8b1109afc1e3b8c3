//! A sandbox with a report of leaked keys, and the program that revokes them at a scripted issuer.

use std::{
    process::{Command, Stdio},
    sync::Arc,
};

use crate::{
    issuer::Issuer,
    sandbox::{Run, Sandbox},
    world::{ADMIN, World, rules},
};

pub struct Stage {
    pub sandbox: Sandbox,
    pub world: Arc<World>,
    pub issuer: Issuer,
    pub secrets: Vec<String>,
}

impl Stage {
    /// Keys that leaked into `keys.env`, and the report about them.
    pub fn new(world: Arc<World>, issuers: &[&str], secrets: Vec<String>) -> Self {
        let sandbox = Sandbox::new();
        let issuer = world.issuer();
        sandbox.write("../ca.pem", &issuer.authority_pem);
        for name in issuers {
            sandbox.write(&format!("../rules/{name}.toml"), rules(name));
        }
        let lines: String = secrets.iter().enumerate().map(|(at, secret)| format!("KEY_{at}={secret}\n")).collect();
        sandbox.write("keys.env", lines);
        let stage = Self { sandbox, world, issuer, secrets };
        let scan = stage.sandbox.run(&["scan", ".", "--rules", "../rules", "--format", "json"]);
        assert_eq!(scan.code, 1, "{scan:?}");
        stage.sandbox.write("../report.json", &scan.stdout);
        stage
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let all = [&["revoke"], arguments, &["--rules", "../rules", "--ca-file", "../ca.pem"]].concat();
        let mut command = self.sandbox.command(&all);
        command.env("HTTPS_PROXY", self.issuer.proxy()).env("ACME_ADMIN_KEY", ADMIN).stdin(Stdio::null());
        command
    }

    /// Runs it; nothing that it says or leaves holds a key or a credential.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let run = Run::of(self.command(arguments).output().unwrap());
        self.check_leaks(&format!("{}{}", run.stdout, run.stderr));
        run
    }

    pub fn check_leaks(&self, text: &str) {
        for secret in self.secrets.iter().map(String::as_str).chain([ADMIN]) {
            assert!(!text.contains(secret) && !text.contains(&secret[secret.len() - 20..]), "a secret in {text}");
        }
    }

    /// Makes a plan; its digest.
    pub fn plan(&self, more: &[&str]) -> String {
        let run = self.run(&[&["plan", "../report.json", "--save", "../plan.json"], more].concat());
        assert_eq!(run.code, 0, "{run:?}");
        self.check_leaks(&self.sandbox.read("../plan.json"));
        run.stdout.rsplit_once("its digest is ").unwrap_or_else(|| panic!("{run:?}")).1.trim().to_owned()
    }

    pub fn apply(&self, digest: &str, more: &[&str]) -> Run {
        let run = self.run(&[APPLY, &["--approve", digest], more].concat());
        if let Ok(text) = std::fs::read_to_string(self.sandbox.path().join("../journal.jsonl")) {
            self.check_leaks(&text);
        }
        run
    }
}

pub const APPLY: &[&str] = &["apply", "../plan.json", "--journal", "../journal.jsonl", "--wait", "1"];

/// The lines of the table: outcome and why, without the masked key.
pub fn outcomes(run: &Run) -> Vec<String> {
    let words = ["revoked", "accepted", "refused", "failed", "unknown", "manual", "planned", "restored"];
    let table = run.stdout.rsplit_once("\nJournal: ").map_or(run.stdout.as_str(), |(table, _)| table);
    let lines = table.lines().filter(|line| words.iter().any(|word| line.starts_with(&format!("{word} "))));
    lines
        .map(|line| {
            let outcome = line.split(' ').next().unwrap();
            let why = line[9..].trim_start().split_once("  ").map_or("", |(_, why)| why.trim());
            format!("{outcome}: {why}")
        })
        .collect()
}
