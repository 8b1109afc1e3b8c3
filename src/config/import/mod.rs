//! Moving in: configurations, rule files and lists of accepted findings of other scanners, in our words.
//!
//! What can be said in a configuration of ours becomes one ([`Draft`]), their own rules become a rule file ([`mod@pattern`]), accepted findings
//! are handed on as places, to be looked up in the repository ([`Accepted`]). What has no counterpart is told with the reason:
//! nothing is dropped silently.

mod detect_secrets;
mod gitleaks;
mod pattern;
mod yaml;

use std::{fs, io, path::Path};

use serde::Serialize;

pub use pattern::{FILE, ISSUER};

use crate::{detect::Detector, rule::RuleSet};

/// A scanner whose files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// `.gitleaks.toml`, `.gitleaksignore`.
    Gitleaks,
    /// `.betterleaks.toml`, and those of gitleaks, whose form it has.
    Betterleaks,
    /// `.secrets.baseline`.
    DetectSecrets,
    /// Custom detectors in YAML, lists of paths.
    Trufflehog,
    /// Rule files and baselines in YAML; rule files of Nosey Parker have the same form.
    Kingfisher,
}

impl Scanner {
    /// Names under which its files usually lie in a repository.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Gitleaks => &[".gitleaks.toml", "gitleaks.toml", ".github/gitleaks.toml", ".gitleaksignore"],
            Self::Betterleaks => &[
                ".betterleaks.toml",
                "betterleaks.toml",
                ".betterleaksignore",
                ".gitleaks.toml",
                "gitleaks.toml",
                ".gitleaksignore",
            ],
            Self::DetectSecrets => &[".secrets.baseline"],
            Self::Trufflehog => {
                &[".trufflehog.yml", ".trufflehog.yaml", "trufflehog.yml", "trufflehog.yaml", ".trufflehogignore"]
            }
            Self::Kingfisher => &["kingfisher.yml", "kingfisher.yaml", ".kingfisher.yml", "baseline-kingfisher.yml"],
        }
    }
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The system would not let us.
    #[error("cannot be read")]
    Unreadable(#[from] io::Error),
    /// It is not of a form that this scanner has.
    #[error("{0}")]
    Form(String),
}

/// What was read of another scanner's file.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// What goes into a configuration.
    pub draft: Draft,
    /// The rule file's text, where there are rules.
    pub rules: Option<String>,
    /// Findings that were accepted.
    pub accepted: Vec<Accepted>,
    /// What has no counterpart, and why.
    pub left: Vec<(String, String)>,
    /// Rules and exceptions that were carried over.
    pub carried: usize,
    /// Rules that ours stand for: what they are called there, and the issuer or rule here.
    pub covered: Vec<(String, String)>,
}

/// An accepted finding, as others name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The commit, where one is named.
    pub commit: Option<String>,
    /// The path.
    pub path: String,
    /// The line, where one is named.
    pub line: Option<u32>,
    /// SHA-1 of the secret in hexadecimal, where that is known.
    pub sha1: Option<String>,
    /// What the other scanner calls it.
    pub called: String,
}

/// A configuration of ours.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Draft {
    /// Marks of other scanners count.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub foreign_marks: bool,
    /// Paths and commits that are left out.
    #[serde(skip_serializing_if = "DraftPaths::is_empty")]
    pub paths: DraftPaths,
    /// Rules.
    #[serde(skip_serializing_if = "DraftRules::is_empty")]
    pub rules: DraftRules,
    /// Values that are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<DraftAllow>,
}

/// `[paths]`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DraftPaths {
    /// Regular expressions over paths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude_patterns: Vec<String>,
    /// Commits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<String>,
}

/// `[rules]`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DraftRules {
    /// Rules that are off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<String>,
    /// Rule files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// `[[allow]]`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DraftAllow {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Only these rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Only in these paths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path_patterns: Vec<String>,
    /// Only of these commits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<String>,
    /// Patterns of values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<String>,
    /// Patterns of the line around a value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Words in values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

impl DraftPaths {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl DraftRules {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl DraftAllow {
    /// Whether it has no condition, and so would allow everything.
    fn is_empty(&self) -> bool {
        Self { reason: None, ..self.clone() } == Self::default()
    }
}

impl Draft {
    /// As the text of a `keysweep.toml`.
    pub fn text(&self, from: &str) -> String {
        let body = toml::to_string_pretty(self).expect("a draft is lists of texts");
        format!("# Carried over from {from} by `keysweep init --from`.\n{body}")
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Imported {
    /// Takes in what another file has.
    pub fn add(&mut self, mut other: Self) {
        self.draft.foreign_marks |= other.draft.foreign_marks;
        self.draft.paths.exclude_patterns.append(&mut other.draft.paths.exclude_patterns);
        self.draft.paths.commits.append(&mut other.draft.paths.commits);
        self.draft.rules.off.append(&mut other.draft.rules.off);
        self.draft.rules.files.append(&mut other.draft.rules.files);
        self.draft.rules.files.dedup();
        self.draft.allow.append(&mut other.draft.allow);
        self.rules = match (self.rules.take(), other.rules) {
            (Some(rules), Some(more)) => Some(pattern::joined(&rules, &more)),
            (rules, more) => rules.or(more),
        };
        self.accepted.append(&mut other.accepted);
        self.left.append(&mut other.left);
        self.covered.append(&mut other.covered);
        self.carried += other.carried;
    }

    fn left(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.left.push((what.into(), why.into()));
    }

    /// Keeps the patterns that our engine takes; tells of the others.
    fn patterns(&mut self, what: &str, patterns: &[String]) -> Vec<String> {
        let mut kept = vec![];
        for pattern in patterns {
            match crate::suppress::allow::pattern(pattern) {
                Ok(_) => kept.push(pattern.clone()),
                Err(why) => {
                    let why = why.lines().last().unwrap_or_default().to_owned();
                    self.left(format!("{what}: pattern {pattern}"), why);
                }
            }
        }
        kept
    }
}

/// Reads a file of another scanner.
///
/// # Errors
/// Where it cannot be read, or is not of a form that this scanner has.
pub fn read(scanner: Scanner, path: &Path, detector: &Detector) -> Result<Imported, ImportError> {
    let text = fs::read(path)?;
    let text = String::from_utf8(text).map_err(|_| ImportError::Form("not UTF-8".to_owned()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match scanner {
        Scanner::Gitleaks | Scanner::Betterleaks if name.contains("ignore") => Ok(gitleaks::ignored(&text)),
        Scanner::Gitleaks | Scanner::Betterleaks => gitleaks::config(&text, path, detector, 0),
        Scanner::DetectSecrets => detect_secrets::baseline(&text),
        Scanner::Trufflehog if name.contains("ignore") || name.ends_with(".txt") || name == ".trufflehog" => {
            Ok(yaml::excluded(&text))
        }
        Scanner::Trufflehog => yaml::trufflehog(&text),
        Scanner::Kingfisher => yaml::kingfisher(&text),
    }
}

/// Our rules for one of theirs with this id: an issuer or rules of ours. `None` where it is not known.
fn counterpart(id: &str, rules: &RuleSet) -> Option<String> {
    const OTHERS: [(&str, &str); 16] = [
        ("generic-api-key", "generic"),
        ("private-key", "private-key"),
        ("jwt", "jwt"),
        ("jwt-base64", "jwt"),
        ("gcp", "google"),
        ("hashicorp-tf", "hashicorp"),
        ("vault", "hashicorp"),
        ("hugging-face", "huggingface"),
        ("kubernetes-secret-yaml", "kubernetes"),
        ("curl-auth-header", "http"),
        ("curl-auth-user", "http"),
        ("sidekiq", "sidekiq"),
        ("microsoft-teams", "microsoft-teams"),
        ("jfrog", "artifactory"),
        ("openai", "openai"),
        ("digitalocean", "digitalocean"),
    ];
    let begins = |start: &str| id.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let is_issuer = |name: &str| rules.iter().any(|(_, rule)| *rule.issuer == *name);
    let mut known = OTHERS.iter().filter(|(theirs, _)| begins(theirs)).map(|(_, ours)| (*ours).to_owned());
    let mut words: Vec<&str> = id.split('-').collect();
    let mut by_name = None;
    while by_name.is_none() && !words.is_empty() {
        by_name = [words.join("-"), words.concat()].into_iter().find(|name| is_issuer(name));
        words.pop();
    }
    known.find(|ours| is_issuer(ours)).or(by_name)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
