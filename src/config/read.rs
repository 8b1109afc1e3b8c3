//! A configuration file's text, read and checked: an error names file, line, column and what was expected there.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::civil::Date;
use regex_automata::meta::Regex;
use toml::Spanned;

use super::{
    At, Change, Config, RuleFiles, Setting,
    shape::{AllowShape, ExtendsShape, FileShape, PinnedShape, ProjectShape, Word},
    size,
};
use crate::{
    report::Format,
    rule::{
        Complaint,
        complaint::{BREAK, Reader},
        nearest,
    },
    secret::Secret,
    source::globs::IgnoreLines,
    suppress::{Allow, allow},
};

/// Whose word a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The user's own file, or one that the user named.
    User,
    /// A file of the repository that is scanned: it may be anybody's.
    Repository,
}

/// Words of `--fail-on`.
const FAIL_ON: [&str; 4] = ["any", "live", "incomplete", "never"];

/// Another configuration that one asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extends {
    /// A file beside it.
    File(PathBuf),
    /// A file of a commit of a repository on disk.
    Pinned {
        /// The repository.
        repository: PathBuf,
        /// The whole id of the commit.
        commit: String,
        /// Path in it.
        file: String,
    },
}

/// What a file says, and the files that it extends.
pub type Read = (Config, Vec<Setting<Extends>>);

/// Reads the text of a file; `path` names it and is what paths in it are relative to. `None` for a `pyproject.toml` that says nothing
/// of us.
///
/// # Errors
/// Where the text is no TOML, has an unknown name, or says what cannot be.
pub fn parse(text: &str, path: &Path, voice: Voice) -> Result<Option<Read>, Complaint> {
    let name = crate::source::files::shown(path);
    let reader = Reader { text, file: &name };
    let shape = match path.file_name().is_some_and(|name| name == "pyproject.toml") {
        true => {
            let project: ProjectShape = toml::from_str(text).map_err(|error| reader.toml(&error))?;
            project.tool.keysweep
        }
        false => Some(toml::from_str(text).map_err(|error| reader.toml(&error))?),
    };
    let Some(shape) = shape else { return Ok(None) };
    let folder = path.parent().unwrap_or(Path::new(""));
    let file = File { reader, folder, voice, name: Arc::from(name.as_str()) };
    file.config(path, shape).map(Some)
}

struct File<'a> {
    reader: Reader<'a>,
    folder: &'a Path,
    voice: Voice,
    name: Arc<str>,
}

impl File<'_> {
    fn config(&self, path: &Path, shape: FileShape) -> Result<Read, Complaint> {
        self.check_voice(&shape)?;
        let extends = shape.extends.into_iter().map(|extends| self.extends(extends)).collect::<Result<_, _>>()?;
        let verify = shape.verify.map(Spanned::into_inner).unwrap_or_default();
        let mut hosts = vec![];
        for (issuer, names) in &verify.hosts {
            for host in names {
                hosts.push(self.host(issuer, host)?);
            }
        }
        let may_ask = self.voice == Voice::User;
        let rule_files = self.paths(shape.rules.files);
        let lists = [shape.canaries, shape.owned].map(|list| list.map(Spanned::into_inner).unwrap_or_default());
        let [canaries, owned] = lists.map(|list| list.into_iter().map(|word| self.setting(word)).collect());
        let config = Config {
            files: vec![path.to_owned()],
            confidence: shape.confidence.map(|confidence| self.setting(confidence)),
            fail_on: shape.fail_on.map(|words| self.fail_on(words)).transpose()?,
            rules_as_of: shape.rules_as_of.map(|day| self.day(day)).transpose()?,
            foreign_marks: shape.foreign_marks.map(|foreign| self.setting(foreign)),
            baselines: self.paths(shape.baselines),
            exclude: self.lines(shape.paths.exclude)?,
            exclude_patterns: self.patterns(shape.paths.exclude_patterns)?,
            commits: self.commits(shape.paths.commits)?,
            rules_off: self.words(shape.rules.off),
            rules_only: self.words(shape.rules.only),
            rule_files: rule_files
                .into_iter()
                .map(|path| Setting { value: RuleFiles { path: path.value, may_ask }, at: path.at })
                .collect(),
            changes: shape
                .rules
                .change
                .into_iter()
                .map(|(rule, change)| self.change(rule, change))
                .collect::<Result<_, _>>()?,
            allow: shape.allow.into_iter().map(|entry| self.allow(entry)).collect::<Result<_, _>>()?,
            max_size: shape.limits.max_size.map(|size| self.size(size)).transpose()?,
            threads: shape.limits.threads.map(|threads| self.threads(threads)).transpose()?,
            format: shape.output.format.map(|format| self.format(format)).transpose()?,
            hosts,
            ca_files: self.paths(verify.ca_files),
            verify_timeout: verify.timeout.map(|timeout| self.timeout(timeout)).transpose()?,
            canaries,
            owned,
        };
        Ok((config, extends))
    }

    /// What only the user can say: it decides where keys are sent, and which are spared.
    fn check_voice(&self, shape: &FileShape) -> Result<(), Complaint> {
        if self.voice == Voice::User {
            return Ok(());
        }
        let said = [
            ("verify", shape.verify.as_ref().map(Spanned::span)),
            ("canaries", shape.canaries.as_ref().map(Spanned::span)),
            ("owned", shape.owned.as_ref().map(Spanned::span)),
        ];
        match said.into_iter().find_map(|(name, span)| Some((name, span?))) {
            Some((name, span)) => Err(self.reader.at(
                span,
                format!(
                    "`{name}` counts only in your own configuration (keysweep doctor tells its path) or with --config: a repository cannot say where keys are sent or whose they are"
                ),
            )),
            None => Ok(()),
        }
    }

    fn at(&self, span: Range<usize>) -> At {
        let Complaint { line, column, .. } = self.reader.at(span, String::new());
        At { file: Arc::clone(&self.name), line, column }
    }

    fn setting<T>(&self, spanned: Spanned<T>) -> Setting<T> {
        let at = self.at(spanned.span());
        Setting { value: spanned.into_inner(), at }
    }

    fn words(&self, words: Vec<Word>) -> Vec<Setting<String>> {
        words.into_iter().map(|word| self.setting(word)).collect()
    }

    fn paths(&self, words: Vec<Word>) -> Vec<Setting<PathBuf>> {
        let path = |word: Setting<String>| Setting { value: self.folder.join(&word.value), at: word.at };
        self.words(words).into_iter().map(path).collect()
    }

    fn lines(&self, lines: Vec<Word>) -> Result<Vec<Setting<String>>, Complaint> {
        for line in &lines {
            IgnoreLines::new(&[line.get_ref()]).map_err(|error| self.reader.at(line.span(), error.to_string()))?;
        }
        Ok(self.words(lines))
    }

    fn patterns(&self, patterns: Vec<Word>) -> Result<Vec<Setting<(String, Regex)>>, Complaint> {
        let mut read = vec![];
        for word in patterns {
            let text = word.get_ref().replace(BREAK, "");
            let pattern = allow::pattern(&text).map_err(|why| self.reader.at(word.span(), why))?;
            read.push(Setting { value: (text, pattern), at: self.at(word.span()) });
        }
        Ok(read)
    }

    fn commits(&self, commits: Vec<Word>) -> Result<Vec<Setting<String>>, Complaint> {
        for commit in &commits {
            let id = commit.get_ref();
            if id.len() < 7 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(self
                    .reader
                    .at(commit.span(), "expected a commit's id, of 7 hexadecimal digits or more".into()));
            }
        }
        let lower = |commit: Setting<String>| Setting { value: commit.value.to_ascii_lowercase(), at: commit.at };
        Ok(self.words(commits).into_iter().map(lower).collect())
    }

    fn fail_on(&self, words: Spanned<Vec<Word>>) -> Result<Setting<Vec<String>>, Complaint> {
        for word in words.get_ref() {
            self.one_of(word, &FAIL_ON)?;
        }
        let Setting { value, at } = self.setting(words);
        Ok(Setting { value: value.into_iter().map(Spanned::into_inner).collect(), at })
    }

    fn one_of(&self, word: &Word, known: &[&str]) -> Result<(), Complaint> {
        if known.contains(&word.get_ref().as_str()) {
            return Ok(());
        }
        let hint = nearest::hint(word.get_ref(), known.iter().copied());
        let message = format!("`{}` is none of {}{hint}", word.get_ref(), known.join(", "));
        Err(self.reader.at(word.span(), message))
    }

    fn day(&self, day: Spanned<toml::Value>) -> Result<Setting<Date>, Complaint> {
        let text = match day.get_ref() {
            toml::Value::String(text) => text.clone(),
            toml::Value::Datetime(day) => day.to_string(),
            _ => String::new(),
        };
        let Ok(value) = text.parse::<Date>() else {
            return Err(self.reader.at(day.span(), "expected a day, such as 2027-01-31".into()));
        };
        Ok(Setting { value, at: self.at(day.span()) })
    }

    fn size(&self, size: Word) -> Result<Setting<u64>, Complaint> {
        let value = size::parse(size.get_ref()).map_err(|why| self.reader.at(size.span(), why))?;
        if value > size::MOST {
            return Err(self.reader.at(size.span(), "expected 2GiB at most: places are counted in 32 bits".into()));
        }
        Ok(Setting { value, at: self.at(size.span()) })
    }

    fn threads(&self, threads: Spanned<u16>) -> Result<Setting<u16>, Complaint> {
        match (1..=1024).contains(threads.get_ref()) {
            true => Ok(self.setting(threads)),
            false => Err(self.reader.at(threads.span(), "expected 1 to 1024 threads".into())),
        }
    }

    fn timeout(&self, timeout: Spanned<u64>) -> Result<Setting<u64>, Complaint> {
        match (1..=600).contains(timeout.get_ref()) {
            true => Ok(self.setting(timeout)),
            false => Err(self.reader.at(timeout.span(), "expected 1 to 600 seconds".into())),
        }
    }

    fn format(&self, format: Word) -> Result<Setting<Format>, Complaint> {
        let value = format.get_ref().parse().map_err(|why| {
            let hint = nearest::hint(format.get_ref(), Format::ALL.iter().map(|format| format.as_str()));
            self.reader.at(format.span(), format!("{why}{hint}"))
        })?;
        Ok(Setting { value, at: self.at(format.span()) })
    }

    fn host(&self, issuer: &Word, host: &Word) -> Result<Setting<(String, String)>, Complaint> {
        let name = host.get_ref().trim_end_matches('/').trim_start_matches("https://").to_ascii_lowercase();
        if !crate::http::address::is_name(&name) {
            return Err(self.reader.at(host.span(), "expected the name of a host, without port and path".into()));
        }
        Ok(Setting { value: (issuer.get_ref().clone(), name), at: self.at(host.span()) })
    }

    fn change(&self, rule: Word, change: super::shape::ChangeShape) -> Result<Setting<Change>, Complaint> {
        if let Some(short) = change.names.iter().find(|name| name.get_ref().len() < 3) {
            return Err(self.reader.at(short.span(), "expected a name of 3 bytes or more".into()));
        }
        let at = self.at(rule.span());
        let value = Change {
            rule: rule.into_inner(),
            confidence: change.confidence.map(Spanned::into_inner),
            names: change.names.into_iter().map(Spanned::into_inner).collect(),
        };
        Ok(Setting { value, at })
    }

    fn extends(&self, extends: Spanned<ExtendsShape>) -> Result<Setting<Extends>, Complaint> {
        let span = extends.span();
        let value = match extends.into_inner() {
            ExtendsShape::File(path) => Extends::File(self.folder.join(path)),
            ExtendsShape::Pinned(PinnedShape { repository, commit, file }) => {
                if !matches!(commit.len(), 40 | 64) || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    let message = "expected the whole id of a commit: a branch or tag can be moved";
                    return Err(self.reader.at(span, message.into()));
                }
                Extends::Pinned { repository: self.folder.join(repository), commit: commit.to_ascii_lowercase(), file }
            }
        };
        Ok(Setting { value, at: self.at(span) })
    }

    fn allow(&self, entry: Spanned<AllowShape>) -> Result<Setting<Arc<Allow>>, Complaint> {
        let at = self.at(entry.span());
        let shape = entry.into_inner();
        let places = [&shape.rules, &shape.paths, &shape.path_patterns, &shape.commits];
        let values = [&shape.values, &shape.patterns, &shape.words, &shape.lines];
        if places.iter().chain(&values).all(|list| list.is_empty()) {
            let message = "an entry without a condition allows everything: give rules, paths, path_patterns, commits, values, patterns, words or lines";
            return Err(at.complaint(message));
        }
        let all = |patterns: Vec<Word>| {
            let read = self.patterns(patterns)?;
            Ok::<_, Complaint>(read.into_iter().map(|pattern| pattern.value).collect::<Vec<_>>())
        };
        let [patterns, lines, in_paths] = [all(shape.patterns)?, all(shape.lines)?, all(shape.path_patterns)?];
        if let Some(short) = shape.words.iter().find(|word| word.get_ref().is_empty()) {
            return Err(self.reader.at(short.span(), "expected a word: nothing is in every value".into()));
        }
        let paths = self.lines(shape.paths)?;
        let plain = |words: Vec<Setting<String>>| words.into_iter().map(|word| word.value).collect::<Vec<_>>();
        let paths: Vec<String> = plain(paths);
        let everywhere = paths.is_empty() && in_paths.is_empty();
        let in_paths = in_paths.into_iter().map(|(_, pattern)| pattern);
        let path_lines = IgnoreLines::new(&paths).map_err(|error| at.complaint(error.to_string()))?.or(in_paths);
        let allow = Allow {
            reason: shape.reason,
            rules: plain(self.words(shape.rules)),
            paths: (!everywhere).then_some(path_lines),
            commits: plain(self.commits(shape.commits)?),
            values: shape
                .values
                .iter()
                .map(|value| Secret::new(value.get_ref().replace(BREAK, "").as_bytes()))
                .collect(),
            patterns: patterns.into_iter().map(|(_, pattern)| pattern).collect(),
            lines,
            words: shape.words.iter().map(|word| word.get_ref().replace(BREAK, "").to_lowercase()).collect(),
            even_if_live: shape.even_if_live,
            expires: shape.expires.map(|day| self.day(day)).transpose()?.map(|day| day.value),
            at: at.to_string(),
        };
        Ok(Setting { value: Arc::new(allow), at })
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
