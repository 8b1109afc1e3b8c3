//! What an event asks to be scanned.

use super::event::Event;
use crate::location::Oid;

/// How much of a repository is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// What the event brought
    #[default]
    Auto,
    /// All of the history
    History,
    /// The files as they are checked out
    Tree,
}

/// What is scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Commits reached from one object and from none of others.
    Commits {
        /// The last one.
        tip: Oid,
        /// Where it begins: these are known.
        hidden: Vec<Oid>,
        /// A branch of the remote whose commits are known as well, where nothing better is.
        hidden_branch: Option<String>,
        /// Whether all branches of the remote are: a tag is put on what a branch has.
        hidden_branches: bool,
        /// How many commits are expected.
        commits: u32,
    },
    /// All of the history.
    History,
    /// The files as they lie on disk.
    Tree,
    /// Nothing: a branch was removed.
    Nothing,
}

/// A job's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is scanned.
    pub wanted: Wanted,
    /// What it is, for the summary.
    pub what: String,
    /// The commit whose configuration, baseline and allowances count, in place of those that are checked out: a pull request must
    /// not switch its own check off.
    pub trusted: Option<Oid>,
    /// Whether this comes from a fork: then issuers are not asked, and the job has no right to upload.
    pub is_fork: bool,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// What a job scans.
pub fn plan(event: &Event, mode: Mode) -> Plan {
    let mut plan = of_event(event);
    match mode {
        Mode::Auto => {}
        Mode::History => (plan.wanted, plan.what) = (Wanted::History, "all of the history".to_owned()),
        Mode::Tree => (plan.wanted, plan.what) = (Wanted::Tree, "the files that are checked out".to_owned()),
    }
    plan
}

fn of_event(event: &Event) -> Plan {
    let plan =
        |wanted, what: &str| Plan { wanted, what: what.to_owned(), trusted: None, is_fork: false, notes: Vec::new() };
    match event {
        Event::Push { after: None, .. } => plan(Wanted::Nothing, "nothing: a branch or a tag was removed"),
        Event::Push { name, before, after: Some(after), commits, default_branch } => {
            let is_tag = name.starts_with("refs/tags/");
            let default = default_branch.clone().filter(|default| *name != format!("refs/heads/{default}"));
            let wanted = Wanted::Commits {
                tip: *after,
                hidden: before.iter().copied().collect(),
                hidden_branch: default.filter(|_| before.is_none() && !is_tag),
                hidden_branches: is_tag,
                commits: *commits,
            };
            plan(wanted, if is_tag { "the commits that a tag brought" } else { "the commits of this push" })
        }
        Event::PullRequest { base, head, commits, is_fork, with_rights_of_base } => {
            let mut plan = plan(between(*base, *head, *commits), "the commits of this pull request");
            plan.trusted = Some(*base);
            plan.is_fork = *is_fork;
            if *with_rights_of_base {
                plan.notes.push(
                    "This job runs on `pull_request_target`, with the rights and secrets of the base. keysweep runs nothing of a pull \
                     request; make sure that no other step does, or use `pull_request`."
                        .to_owned(),
                );
            }
            plan
        }
        Event::MergeGroup { base, head } => {
            let mut plan = plan(between(*base, *head, 0), "the commits of this merge group");
            plan.trusted = Some(*base);
            plan
        }
        Event::Other(_) => plan(Wanted::History, "all of the history"),
    }
}

fn between(base: Oid, head: Oid, commits: u32) -> Wanted {
    Wanted::Commits { tip: head, hidden: vec![base], hidden_branch: None, hidden_branches: false, commits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(byte: u8) -> Oid {
        Oid::from_bytes(&[byte; 20]).unwrap()
    }

    fn push(name: &str, before: Option<u8>) -> Wanted {
        let event = Event::Push {
            name: name.into(),
            before: before.map(oid),
            after: Some(oid(2)),
            commits: 1,
            default_branch: Some("main".into()),
        };
        plan(&event, Mode::Auto).wanted
    }

    #[test]
    fn a_new_branch_begins_where_it_leaves_the_default_branch() {
        let Wanted::Commits { hidden, hidden_branch, .. } = push("refs/heads/new", None) else { panic!() };
        assert_eq!((hidden.len(), hidden_branch.as_deref()), (0, Some("main")));
        let Wanted::Commits { hidden, hidden_branch, .. } = push("refs/heads/new", Some(1)) else { panic!() };
        assert_eq!((hidden, hidden_branch), (vec![oid(1)], None));
        // The first push of all.
        let Wanted::Commits { hidden_branch: None, hidden_branches: false, .. } = push("refs/heads/main", None) else {
            panic!()
        };
        let Wanted::Commits { hidden_branches: true, .. } = push("refs/tags/v1", None) else { panic!() };
    }

    #[test]
    fn every_pull_request_is_judged_by_the_configuration_of_its_base() {
        for is_fork in [true, false] {
            let event =
                Event::PullRequest { base: oid(1), head: oid(2), commits: 1, is_fork, with_rights_of_base: false };
            for mode in [Mode::Auto, Mode::History, Mode::Tree] {
                let plan = plan(&event, mode);
                assert_eq!((plan.trusted, plan.is_fork), (Some(oid(1)), is_fork));
            }
        }
    }

    #[test]
    fn what_brings_no_commits_scans_all() {
        for name in ["schedule", "workflow_dispatch", "release", "issues"] {
            assert_eq!(plan(&Event::Other(name.into()), Mode::Auto).wanted, Wanted::History);
        }
    }
}
