//! Git's ignore rules: `.gitignore` of a folder and of those above it, `info/exclude`, and the file that `core.excludesFile`
//! names. No other file hides anything.

use std::{path::Path, sync::Arc};

use bstr::{BStr, ByteSlice};
use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};

use super::pattern::Pattern;
use crate::source::files::{self, Found};

/// An ignore file above this many bytes is not applied: then more is read, not less.
const MOST: u64 = 8 << 20;

/// The rules that hold in a folder: one file's, and behind it those that yield to it.
pub struct Rules {
    globs: GlobSet,
    /// The pattern of each glob.
    patterns: Vec<Arc<Pattern>>,
    /// Bytes of the path, from the top of the work tree, of the folder that the file stands in.
    base: usize,
    weaker: Option<Arc<Rules>>,
}

impl Rules {
    /// Puts the rules of a file before weaker ones. Where there is no such file, or nothing in it, these are all.
    pub fn before(file: &Path, base: usize, no_case: bool, weaker: Option<Arc<Self>>) -> Option<Arc<Self>> {
        match read(file, no_case) {
            Some((globs, patterns)) => Some(Arc::new(Self { globs, patterns, base, weaker })),
            None => weaker,
        }
    }

    /// Whether a path from the top of the work tree is ignored by the strongest rule that fits it. Rules that fit the folders
    /// above it are the caller's to ask for.
    pub fn ignore(rules: Option<&Arc<Self>>, path: &BStr, is_dir: bool) -> bool {
        let mut level = rules;
        while let Some(rules) = level {
            let below = path[rules.base.min(path.len())..].to_path_lossy();
            let fitting = rules.globs.matches_candidate(&Candidate::new(&below));
            // The last line that fits decides.
            let last =
                fitting.iter().rev().map(|at| &rules.patterns[*at]).find(|pattern| is_dir || !pattern.folders_only);
            match last {
                Some(pattern) => return !pattern.negated,
                None => level = rules.weaker.as_ref(),
            }
        }
        false
    }
}

fn read(file: &Path, no_case: bool) -> Option<(GlobSet, Vec<Arc<Pattern>>)> {
    let mut text = Vec::new();
    // As git does, a link is not followed.
    let Ok(Found::Whole(len)) = files::read(file, MOST, &mut text) else { return None };
    let text = text[..len].strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text[..len]);
    let (mut globs, mut patterns) = (GlobSetBuilder::new(), Vec::new());
    for pattern in text.lines().filter_map(|line| Pattern::read(&line.to_str_lossy())) {
        let pattern = Arc::new(pattern);
        for glob in &pattern.globs {
            let mut glob = GlobBuilder::new(glob);
            glob.literal_separator(true).backslash_escape(true).case_insensitive(no_case);
            if let Ok(glob) = glob.build() {
                globs.add(glob);
                patterns.push(pattern.clone());
            }
        }
    }
    if patterns.is_empty() {
        return None;
    }
    Some((globs.build().ok()?, patterns))
}
