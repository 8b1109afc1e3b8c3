//! Configurations put on each other, and what they come to, for people.

use std::fmt::Display;

use super::{At, Config, Setting};
use crate::source::files::shown;

impl Config {
    /// This over a weaker one: of single values this one's counts, lists go one behind the other.
    pub fn over(self, weaker: Self) -> Self {
        fn both<T>(mut weaker: Vec<T>, own: Vec<T>) -> Vec<T> {
            weaker.extend(own);
            weaker
        }
        Self {
            files: both(weaker.files, self.files),
            confidence: self.confidence.or(weaker.confidence),
            fail_on: self.fail_on.or(weaker.fail_on),
            rules_as_of: self.rules_as_of.or(weaker.rules_as_of),
            foreign_marks: self.foreign_marks.or(weaker.foreign_marks),
            baselines: both(weaker.baselines, self.baselines),
            exclude: both(weaker.exclude, self.exclude),
            exclude_patterns: both(weaker.exclude_patterns, self.exclude_patterns),
            commits: both(weaker.commits, self.commits),
            rules_off: both(weaker.rules_off, self.rules_off),
            rules_only: both(weaker.rules_only, self.rules_only),
            rule_files: both(weaker.rule_files, self.rule_files),
            changes: both(weaker.changes, self.changes),
            allow: both(weaker.allow, self.allow),
            max_size: self.max_size.or(weaker.max_size),
            threads: self.threads.or(weaker.threads),
            format: self.format.or(weaker.format),
            hosts: both(weaker.hosts, self.hosts),
            ca_files: both(weaker.ca_files, self.ca_files),
            verify_timeout: self.verify_timeout.or(weaker.verify_timeout),
            canaries: both(weaker.canaries, self.canaries),
            owned: both(weaker.owned, self.owned),
        }
    }

    /// Every value in words, with its name and where it is said. Allowed values are counted and not shown.
    pub fn told(&self) -> Vec<(&'static str, String, At)> {
        let mut told = vec![];
        one(&mut told, "confidence", &self.confidence, |value| format!("{value:?}").to_lowercase());
        one(&mut told, "fail_on", &self.fail_on, |value| value.join(", "));
        one(&mut told, "rules_as_of", &self.rules_as_of, |value| value.to_string());
        one(&mut told, "foreign_marks", &self.foreign_marks, |value| value.to_string());
        one(&mut told, "limits.max_size", &self.max_size, |value| format!("{value} bytes"));
        one(&mut told, "limits.threads", &self.threads, |value| value.to_string());
        one(&mut told, "output.format", &self.format, |value| value.to_string());
        one(&mut told, "verify.timeout", &self.verify_timeout, |value| format!("{value} s"));
        each(&mut told, "baselines", &self.baselines, |path| shown(path));
        each(&mut told, "paths.exclude", &self.exclude, String::clone);
        each(&mut told, "paths.exclude_patterns", &self.exclude_patterns, |(text, _)| text.clone());
        each(&mut told, "paths.commits", &self.commits, String::clone);
        each(&mut told, "rules.off", &self.rules_off, String::clone);
        each(&mut told, "rules.only", &self.rules_only, String::clone);
        each(&mut told, "rules.files", &self.rule_files, |files| shown(&files.path));
        each(&mut told, "rules.change", &self.changes, |change| change.rule.clone());
        each(&mut told, "allow", &self.allow, |allow| {
            allow.reason.clone().unwrap_or_else(|| "without a reason".to_owned())
        });
        each(&mut told, "verify.hosts", &self.hosts, |(issuer, host)| format!("{issuer} = {host}"));
        each(&mut told, "verify.ca_files", &self.ca_files, |path| shown(path));
        each(&mut told, "canaries", &self.canaries, String::clone);
        each(&mut told, "owned", &self.owned, String::clone);
        told
    }
}

type Told = Vec<(&'static str, String, At)>;

fn one<T, D: Display>(told: &mut Told, name: &'static str, setting: &Option<Setting<T>>, words: impl Fn(&T) -> D) {
    told.extend(setting.iter().map(|setting| (name, words(&setting.value).to_string(), setting.at.clone())));
}

fn each<T>(told: &mut Told, name: &'static str, settings: &[Setting<T>], words: impl Fn(&T) -> String) {
    told.extend(settings.iter().map(|setting| (name, words(&setting.value), setting.at.clone())));
}
