//! `--include` and `--exclude`: globs over shown paths, read as a line of `.gitignore` is; and the lines of a configuration, which are
//! those of a `.gitignore`, `!` and all.

use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex_automata::meta::Regex;

use super::tree::pattern::Pattern;

/// Which paths of a selection are looked at. The same for a file of the tree and a version in history.
#[derive(Clone, Debug, Default)]
pub struct PathFilter {
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
    left_out: Vec<IgnoreLines>,
    /// Stands before each path that is asked for.
    start: BString,
}

/// Lines as in a `.gitignore` at the top of a repository: the last that fits decides, `!` takes back what earlier ones say, and
/// what is below a folder that is left out cannot be taken back.
#[derive(Clone, Debug)]
pub struct IgnoreLines {
    globs: GlobSet,
    /// The pattern of each glob.
    patterns: Vec<Arc<Pattern>>,
    /// Regular expressions that mean paths as well.
    expressions: Vec<Regex>,
}

impl IgnoreLines {
    /// Reads the lines.
    ///
    /// # Errors
    /// The first line that can fit nothing.
    pub fn new<S: AsRef<str>>(lines: &[S]) -> Result<Self, GlobError> {
        let (mut globs, mut patterns) = (GlobSetBuilder::new(), vec![]);
        for line in lines.iter().map(AsRef::as_ref) {
            let failed = |why: String| GlobError { glob: line.to_owned(), why };
            let pattern = Pattern::read(line).ok_or_else(|| failed("nothing to fit".to_owned()))?;
            let pattern = Arc::new(pattern);
            for glob in &pattern.globs {
                let built = GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
                globs.add(built.map_err(|error| failed(error.kind().to_string()))?);
                patterns.push(Arc::clone(&pattern));
            }
        }
        let first = lines.first().map_or("", AsRef::as_ref).to_owned();
        let globs = globs.build().map_err(|error| GlobError { glob: first, why: error.to_string() })?;
        Ok(Self { globs, patterns, expressions: vec![] })
    }

    /// The same with regular expressions: a path in which one is found is meant, too.
    pub fn or(mut self, expressions: impl IntoIterator<Item = Regex>) -> Self {
        self.expressions.extend(expressions);
        self
    }

    /// Whether a path, with `/` between folders, is one that the lines mean.
    pub fn fit(&self, path: &BStr) -> bool {
        if self.expressions.iter().any(|expression| expression.is_match(path.as_bytes())) {
            return true;
        }
        let folders = path.find_iter("/").map(|slash| (&path.as_bytes()[..slash], true));
        folders.chain([(path.as_bytes(), false)]).any(|(part, is_folder)| self.fit_one(part, is_folder))
    }

    fn fit_one(&self, path: &[u8], is_folder: bool) -> bool {
        let fitting = self.globs.matches(path.to_path_lossy());
        let mut last = fitting.iter().rev().map(|at| &self.patterns[*at]);
        last.find(|pattern| is_folder || !pattern.folders_only).is_some_and(|pattern| !pattern.negated)
    }
}

/// A glob that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("glob {glob:?}: {why}")]
pub struct GlobError {
    /// The glob as given.
    pub glob: String,
    /// What is wrong with it.
    pub why: String,
}

impl PathFilter {
    /// Paths that fit a glob of `include` (any path, where there is none) and none of `exclude`.
    ///
    /// A glob without a `/`, other than at its end, fits a name at any depth (`*.pem`); one with a `/` fits from the top
    /// (`docs/*.md`); one that fits a folder fits all below it (`vendor/`). `**` goes over folders, `*` and `?` do not.
    pub fn new<S: AsRef<str>>(include: &[S], exclude: &[S]) -> Result<Self, GlobError> {
        Ok(Self { include: set(include)?, exclude: set(exclude)?, ..Self::default() })
    }

    /// The same less the paths that these lines mean.
    pub fn without(mut self, lines: &IgnoreLines) -> Self {
        self.left_out.push(lines.clone());
        self
    }

    /// The same for paths that are told from a folder on: its path, empty or with a slash at its end.
    pub fn below(mut self, folder: &BStr) -> Self {
        self.start.extend_from_slice(folder);
        self
    }

    /// Whether a path, with `/` between folders, is looked at.
    pub fn admits(&self, path: &BStr) -> bool {
        if self.start.is_empty() || self.admits_all() {
            self.admits_whole(path)
        } else {
            self.admits_whole([self.start.as_bytes(), path.as_bytes()].concat().as_bstr())
        }
    }

    fn admits_whole(&self, path: &BStr) -> bool {
        let fits = |set: &GlobSet| set.is_match(path.to_path_lossy());
        self.include.as_ref().is_none_or(fits)
            && !self.exclude.as_ref().is_some_and(fits)
            && !self.left_out.iter().any(|lines| lines.fit(path))
    }

    /// Whether every path is looked at.
    pub fn admits_all(&self) -> bool {
        self.include.is_none() && self.exclude.is_none() && self.left_out.is_empty()
    }
}

fn set<S: AsRef<str>>(globs: &[S]) -> Result<Option<GlobSet>, GlobError> {
    if globs.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for glob in globs.iter().map(AsRef::as_ref) {
        let failed = |why: String| GlobError { glob: glob.to_owned(), why };
        for pattern in patterns(glob).ok_or_else(|| failed("nothing to fit".to_owned()))? {
            let built = GlobBuilder::new(&pattern).literal_separator(true).backslash_escape(true).build();
            set.add(built.map_err(|error| failed(error.kind().to_string()))?);
        }
    }
    let failed = |error: globset::Error| GlobError { glob: globs[0].as_ref().to_owned(), why: error.to_string() };
    set.build().map(Some).map_err(failed)
}

/// The whole-path patterns that a glob stands for: itself, and all below it.
fn patterns(glob: &str) -> Option<Vec<String>> {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    let folder_only = glob.ends_with('/');
    let body = glob.trim_end_matches('/');
    let anchored = body.contains('/');
    let body = body.trim_start_matches('/');
    if body.is_empty() {
        return None;
    }
    let start = if anchored || body.starts_with("**/") { body.to_owned() } else { format!("**/{body}") };
    let below = format!("{start}/**");
    Some(if folder_only { vec![below] } else { vec![start, below] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(glob: &str, path: &str) -> bool {
        PathFilter::new(&[glob], &[]).unwrap().admits(path.into())
    }

    #[test]
    fn a_glob_without_a_slash_fits_at_any_depth() {
        assert!(fits("*.pem", "a.pem") && fits("*.pem", "x/y/a.pem") && !fits("*.pem", "a.pem2"));
        assert!(fits("vendor", "x/vendor/a") && fits(".env", "x/.env"));
    }

    #[test]
    fn a_glob_with_a_slash_fits_from_the_top() {
        assert!(
            fits("docs/*.md", "docs/a.md") && !fits("docs/*.md", "x/docs/a.md") && !fits("docs/*.md", "docs/x/a.md")
        );
        assert!(fits("/a.pem", "a.pem") && !fits("/a.pem", "x/a.pem"));
        assert!(fits("docs/**/*.md", "docs/a.md") && fits("docs/**/*.md", "docs/x/y/a.md"));
        assert!(fits("./docs", "docs/a"));
    }

    #[test]
    fn a_folder_fits_all_below_it_but_not_a_file_of_its_name() {
        assert!(fits("vendor/", "vendor/a/b") && fits("vendor/", "x/vendor/a") && !fits("vendor/", "vendor"));
    }

    #[test]
    fn exclude_wins_over_include() {
        let filter = PathFilter::new(&["src"], &["*.md"]).unwrap();
        assert!(filter.admits("src/a.rs".into()) && !filter.admits("src/a.md".into()) && !filter.admits("b".into()));
        assert!(PathFilter::default().admits_all() && !filter.admits_all());
    }

    #[test]
    fn a_filter_below_a_folder_judges_paths_from_the_top() {
        let filter = PathFilter::new(&["src/*.rs"], &[]).unwrap().without(&IgnoreLines::new(&["/src/gen.rs"]).unwrap());
        let below = filter.below("src/".into());
        assert!(below.admits("a.rs".into()) && !below.admits("gen.rs".into()) && !below.admits("src/a.rs".into()));
    }

    #[test]
    fn lines_are_those_of_a_gitignore_with_exceptions() {
        let lines = IgnoreLines::new(&["/vendor/*", "!/vendor/ours", "*.min.js", "build/", "!build/keep.txt"]).unwrap();
        let fit = |path: &str| lines.fit(path.into());
        assert!(fit("vendor/a/b.rb") && !fit("vendor/ours/b.rb") && !fit("x/vendor/a"));
        assert!(fit("a.min.js") && fit("x/y/a.min.js") && !fit("build"));
        assert!(fit("x/build/a") && fit("build/keep.txt"), "below a folder that is left out nothing is taken back");
        assert!(IgnoreLines::new(&["# a comment"]).is_err());
        let filter = PathFilter::default().without(&IgnoreLines::new(&["/src/gen"]).unwrap());
        assert!(!filter.admits("src/gen/a".into()) && filter.admits("gen/a".into()) && !filter.admits_all());
    }

    #[test]
    fn paths_that_are_not_utf8_are_judged_by_their_bytes() {
        assert!(fits("*.pem", "x.pem"));
        assert!(PathFilter::new(&["*.pem"], &[]).unwrap().admits(BStr::new(b"\xff\xfe/a.pem")));
    }

    #[test]
    fn a_glob_that_cannot_be_read_is_named() {
        assert!(PathFilter::new(&["a[b"], &[]).unwrap_err().to_string().contains("a[b"));
        assert!(PathFilter::new(&["/"], &[]).is_err());
    }
}
