//! A rule with the text that it was read from, so that remarks can name lines.

use super::remark::{Remark, What};
use crate::rule::{complaint::BREAK, file::Loaded};

/// A file as it was read.
#[derive(Debug)]
pub struct Source {
    /// The file as it was named.
    pub file: String,
    /// Its text, with break marks.
    pub text: String,
    /// Its lines, without break marks.
    lines: Vec<String>,
}

/// A rule of a file.
#[derive(Debug)]
pub struct Draft<'s> {
    /// The file.
    pub source: &'s Source,
    /// The rule.
    pub loaded: Loaded,
}

impl Source {
    /// A file of this name with this text.
    pub fn new(file: String, text: String) -> Self {
        let lines = text.lines().map(|line| line.replace(BREAK, "")).collect();
        Self { file, text, lines }
    }

    /// The lines of the `[[rule]]` section that has line `at` (from 1), as indices.
    fn section(&self, at: usize) -> std::ops::Range<usize> {
        let is_head = |line: &String| line.trim() == "[[rule]]";
        let at = at.clamp(1, self.lines.len().max(1));
        let start = self.lines[..at.min(self.lines.len())].iter().rposition(is_head).unwrap_or(0);
        let end = self.lines.iter().skip(start + 1).position(is_head).map_or(self.lines.len(), |next| start + 1 + next);
        start..end
    }

    /// The id of the rule in whose section line `at` is; empty where there is none.
    pub fn rule_at(&self, at: usize) -> String {
        let id = self.lines[self.section(at)].iter().find_map(|line| line.trim().strip_prefix("id = \""));
        id.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    }
}

impl Draft<'_> {
    /// Whether a line of the rule's section holds this text.
    pub fn says(&self, text: &str) -> bool {
        self.source.lines[self.source.section(self.loaded.id_at.line)].iter().any(|line| line.contains(text))
    }

    /// A remark on this rule, at its id.
    pub fn remark(&self, what: What, says: impl Into<String>, mend: &str) -> Remark {
        self.remark_at(&["id ="], what, says, mend)
    }

    /// A remark at the first line of the rule's section that holds the first of these texts that any holds; else at the first such line
    /// of the file, and else at its id.
    pub fn remark_at(&self, texts: &[&str], what: What, says: impl Into<String>, mend: &str) -> Remark {
        let id = self.loaded.id_at.line;
        let lines = &self.source.lines;
        let first = |range: std::ops::Range<usize>, text: &str| {
            lines[range.clone()].iter().position(|line| line.contains(text)).map(|at| range.start + at + 1)
        };
        let section = self.source.section(id);
        let line = texts
            .iter()
            .find_map(|text| first(section.clone(), text))
            .or_else(|| texts.iter().find_map(|text| first(0..lines.len(), text)));
        Remark {
            file: self.source.file.clone(),
            line: line.unwrap_or(id),
            rule: self.loaded.rule.id.to_string(),
            what,
            says: says.into(),
            mend: mend.to_owned(),
        }
    }
}
