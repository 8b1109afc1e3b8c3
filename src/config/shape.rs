//! The shape of a configuration file, as it stands in the text. `docs/config.schema.json` describes the same for editors.

use serde::Deserialize;
use toml::Spanned;

use crate::rule::Confidence;

/// A text and where it stands.
pub type Word = Spanned<String>;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileShape {
    pub extends: Vec<Spanned<ExtendsShape>>,
    pub confidence: Option<Spanned<Confidence>>,
    pub fail_on: Option<Spanned<Vec<Word>>>,
    pub rules_as_of: Option<Spanned<toml::Value>>,
    pub foreign_marks: Option<Spanned<bool>>,
    pub baselines: Vec<Word>,
    pub paths: PathsShape,
    pub rules: RulesShape,
    pub allow: Vec<Spanned<AllowShape>>,
    pub limits: LimitsShape,
    pub output: OutputShape,
    pub verify: Option<Spanned<VerifyShape>>,
    pub canaries: Option<Spanned<Vec<Word>>>,
    pub owned: Option<Spanned<Vec<Word>>>,
}

/// Another configuration whose settings come before: a file, or a file of a commit of a repository on disk.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum ExtendsShape {
    File(String),
    Pinned(PinnedShape),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedShape {
    pub repository: String,
    pub commit: String,
    pub file: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathsShape {
    pub exclude: Vec<Word>,
    pub exclude_patterns: Vec<Word>,
    pub commits: Vec<Word>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RulesShape {
    pub off: Vec<Word>,
    pub only: Vec<Word>,
    pub files: Vec<Word>,
    pub change: std::collections::BTreeMap<Word, ChangeShape>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeShape {
    pub confidence: Option<Spanned<Confidence>>,
    pub names: Vec<Word>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AllowShape {
    pub reason: Option<String>,
    pub rules: Vec<Word>,
    pub paths: Vec<Word>,
    pub path_patterns: Vec<Word>,
    pub commits: Vec<Word>,
    pub values: Vec<Word>,
    pub patterns: Vec<Word>,
    pub words: Vec<Word>,
    pub lines: Vec<Word>,
    pub even_if_live: bool,
    pub expires: Option<Spanned<toml::Value>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsShape {
    pub max_size: Option<Word>,
    pub threads: Option<Spanned<u16>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutputShape {
    pub format: Option<Word>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerifyShape {
    pub hosts: std::collections::BTreeMap<Word, Vec<Word>>,
    pub ca_files: Vec<Word>,
    pub timeout: Option<Spanned<u64>>,
}

/// A `pyproject.toml`: all else in it is of no concern.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ProjectShape {
    pub tool: ToolShape,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ToolShape {
    pub keysweep: Option<FileShape>,
}
