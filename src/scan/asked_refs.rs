//! `--ref NAME` that fits nothing: a slip of the finger must not read as a clean history.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BStr, BString, ByteSlice};

use super::ScanError;
use crate::{
    problem::{Problem, ProblemKind},
    rule::nearest,
    source::history::refs::Tips,
};

/// Which of the names asked for were found in which repositories.
#[derive(Debug, Default)]
pub struct AskedRefs {
    repositories: usize,
    /// By name: repositories without such a ref.
    lacking: BTreeMap<BString, Vec<String>>,
    known: BTreeSet<BString>,
}

impl AskedRefs {
    /// Takes note of a repository.
    pub fn add(&mut self, repository: &str, tips: &Tips) {
        self.repositories += 1;
        for name in &tips.unmatched {
            self.lacking.entry(name.clone()).or_default().push(repository.to_owned());
        }
        self.known.extend(tips.names.iter().cloned());
    }

    /// A name that fits in some repositories is a problem of the others.
    ///
    /// # Errors
    /// A name that fits in none.
    pub fn check(self) -> Result<Vec<Problem>, ScanError> {
        let mut problems = vec![];
        for (name, repositories) in &self.lacking {
            if repositories.len() == self.repositories {
                return Err(ScanError::Ref(name.to_str_lossy().into_owned(), self.hint(name.as_bstr())));
            }
            problems.extend(repositories.iter().map(|repository| Problem {
                kind: ProblemKind::Absent,
                what: repository.clone(),
                why: format!("no ref is called `{}`", crate::finding::printable::printable(name)),
            }));
        }
        Ok(problems)
    }

    fn hint(&self, name: &BStr) -> String {
        let short = |full: &BString| {
            let places = ["refs/heads/", "refs/tags/", "refs/remotes/", "refs/"];
            let place = places.iter().find(|place| full.starts_with(place.as_bytes())).map_or("", |place| place);
            full[place.len()..].to_str_lossy().into_owned()
        };
        let known: BTreeSet<String> = self.known.iter().map(short).collect();
        nearest::hint(&name.to_str_lossy(), known.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tips(unmatched: &[&str], names: &[&str]) -> Tips {
        let of = |names: &[&str]| names.iter().map(|name| BString::from(*name)).collect();
        Tips { unmatched: of(unmatched), names: of(names), ..Tips::default() }
    }

    #[test]
    fn a_name_that_fits_nowhere_is_an_error_with_the_nearest() {
        let mut asked = AskedRefs::default();
        asked.add("a", &tips(&["mian"], &["refs/heads/main", "HEAD"]));
        let error = asked.check().unwrap_err();
        assert_eq!(error.to_string(), "no ref is called `mian`; did you mean `main`?");
    }

    #[test]
    fn a_name_that_fits_somewhere_is_a_problem_elsewhere() {
        let mut asked = AskedRefs::default();
        asked.add("a", &tips(&["next"], &["refs/heads/main"]));
        asked.add("b", &tips(&[], &[]));
        let problems = asked.check().unwrap();
        assert_eq!((problems.len(), &*problems[0].what), (1, "a"));
    }
}
