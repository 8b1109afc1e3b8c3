//! Findings put together by whom or what they concern (`--group-by`).

use std::{collections::BTreeMap, fmt, str::FromStr};

use super::{Report, places, words};
use crate::finding::{Finding, printable::printable};

/// What findings are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// Who brought it first.
    Author,
    /// Whose credential it is.
    Issuer,
    /// The path of its first place.
    Path,
    /// The commit that brought it first.
    Commit,
}

impl GroupBy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Author, Self::Issuer, Self::Path, Self::Commit];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Issuer => "issuer",
            Self::Path => "path",
            Self::Commit => "commit",
        }
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for GroupBy {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|by| by.as_str() == name);
        known.ok_or_else(|| format!("write one of {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

/// The findings with the name of their group, in the order of each group's first finding: the worst first. Names are
/// fit for a terminal.
pub fn grouped(report: &Report, by: GroupBy) -> Vec<(String, Vec<&Finding>)> {
    let mut numbers = BTreeMap::new();
    let mut groups: Vec<(String, Vec<&Finding>)> = vec![];
    for finding in &report.findings {
        let name = name(finding, by);
        let number = *numbers.entry(name.clone()).or_insert(groups.len());
        if number == groups.len() {
            groups.push((name, vec![]));
        }
        groups[number].1.push(finding);
    }
    groups
}

fn name(finding: &Finding, by: GroupBy) -> String {
    let commit = places::first_commit(finding);
    match by {
        GroupBy::Issuer => printable(finding.about.issuer_name.as_bytes()),
        GroupBy::Author => match commit {
            Some(commit) if commit.email.is_empty() => printable(&commit.author),
            Some(commit) => format!("{} <{}>", printable(&commit.author), printable(&commit.email)),
            None => "not committed, or the commit is not known".to_owned(),
        },
        GroupBy::Path => match finding.places.first().and_then(|shown| shown.place.path.as_ref()) {
            Some(path) => printable(path),
            None => "in no file".to_owned(),
        },
        GroupBy::Commit => match commit {
            Some(commit) => {
                let day = words::day(commit.date).unwrap_or_default();
                format!("{} {day} {}", places::short(commit), printable(&commit.subject))
            }
            None => "not committed, or the commit is not known".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_finding_is_in_one_group_and_the_worst_comes_first() {
        let report = sample::report();
        for by in GroupBy::ALL {
            let groups = grouped(&report, by);
            assert_eq!(groups.iter().map(|(_, own)| own.len()).sum::<usize>(), report.findings.len());
            assert_eq!(groups[0].1[0].id, report.findings[0].id, "{by}");
            assert_eq!(by.as_str().parse(), Ok(by));
        }
        let authors: Vec<String> = grouped(&report, GroupBy::Author).into_iter().map(|(name, _)| name).collect();
        assert!(authors.contains(&"Jörg Lind <dev@example.com>".to_owned()), "{authors:?}");
        assert!("people".parse::<GroupBy>().is_err());
    }
}
