//! What GitHub tells a job of its event: `GITHUB_EVENT_NAME` and the payload at `GITHUB_EVENT_PATH`
//! (<https://docs.github.com/en/webhooks/webhook-events-and-payloads>).
//!
//! Names of branches and titles are other people's text: they are read here and never become part of a command.

use serde_json::Value;

use crate::location::Oid;

/// An event, as far as it says what is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Commits came to a branch or a tag.
    Push {
        /// Its full name.
        name: String,
        /// What it pointed to; `None` for one that is new.
        before: Option<Oid>,
        /// What it points to; `None` for one that was removed.
        after: Option<Oid>,
        /// How many commits the payload lists.
        commits: u32,
        /// The repository's default branch.
        default_branch: Option<String>,
    },
    /// A pull request.
    PullRequest {
        /// The tip of the branch that it is for.
        base: Oid,
        /// Its own last commit.
        head: Oid,
        /// How many commits it has.
        commits: u32,
        /// Whether it comes from another repository, or from one that is gone.
        is_fork: bool,
        /// Whether the job runs with the rights of the base (`pull_request_target`).
        with_rights_of_base: bool,
    },
    /// A merge queue's group.
    MergeGroup {
        /// What it is put on.
        base: Oid,
        /// Its last commit.
        head: Oid,
    },
    /// No commits of its own: a schedule, a start by hand, a release, and whatever else starts a job.
    Other(String),
}

/// Why an event cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// The payload is no JSON.
    #[error("the event's payload: {0}")]
    Json(String),
    /// A field is missing that GitHub documents.
    #[error("the payload of `{event}` has no {field} that is an object id")]
    Field {
        /// The event.
        event: String,
        /// The field's JSON pointer.
        field: &'static str,
    },
}

impl Event {
    /// Reads an event.
    pub fn read(name: &str, payload: &[u8]) -> Result<Self, EventError> {
        let payload: Value = serde_json::from_slice(payload).map_err(|error| EventError::Json(error.to_string()))?;
        let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str);
        let oid = |field: &'static str| {
            let oid = text(field).and_then(|hex| Oid::from_hex(hex.as_bytes()));
            oid.ok_or_else(|| EventError::Field { event: name.to_owned(), field })
        };
        let number =
            |pointer: &str| payload.pointer(pointer).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let there = |oid: Oid| (!oid.is_zero()).then_some(oid);
        Ok(match name {
            "push" => Self::Push {
                name: text("/ref").unwrap_or_default().to_owned(),
                before: there(oid("/before")?),
                after: there(oid("/after")?),
                commits: payload.pointer("/commits").and_then(Value::as_array).map_or(0, |all| all.len() as u32),
                default_branch: text("/repository/default_branch").map(str::to_owned),
            },
            "pull_request" | "pull_request_target" => Self::PullRequest {
                base: oid("/pull_request/base/sha")?,
                head: oid("/pull_request/head/sha")?,
                commits: number("/pull_request/commits").unwrap_or(0),
                is_fork: text("/pull_request/head/repo/full_name").is_none_or(|head| {
                    text("/pull_request/base/repo/full_name").is_none_or(|base| !base.eq_ignore_ascii_case(head))
                }),
                with_rights_of_base: name == "pull_request_target",
            },
            "merge_group" => {
                Self::MergeGroup { base: oid("/merge_group/base_sha")?, head: oid("/merge_group/head_sha")? }
            }
            other => Self::Other(other.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";
    const NONE: &str = "0000000000000000000000000000000000000000";

    fn oid(hex: &str) -> Oid {
        Oid::from_hex(hex.as_bytes()).unwrap()
    }

    #[test]
    fn a_new_branch_and_a_removed_one_have_one_end() {
        let read = |before: &str, after: &str| {
            let payload =
                format!(r#"{{"ref":"refs/heads/x","before":"{before}","after":"{after}","commits":[{{}},{{}}]}}"#);
            Event::read("push", payload.as_bytes()).unwrap()
        };
        let Event::Push { before: None, after: Some(after), commits: 2, .. } = read(NONE, A) else { panic!() };
        assert_eq!(after, oid(A));
        assert!(matches!(read(A, NONE), Event::Push { after: None, .. }));
    }

    #[test]
    fn a_pull_request_from_another_repository_or_a_gone_one_is_a_forks() {
        let read = |head: &str| {
            let payload = format!(
                r#"{{"pull_request":{{"commits":3,"base":{{"sha":"{A}","repo":{{"full_name":"o/r"}}}},"head":{{"sha":"{B}","repo":{head}}}}}}}"#
            );
            match Event::read("pull_request", payload.as_bytes()).unwrap() {
                Event::PullRequest { is_fork, commits: 3, .. } => is_fork,
                other => panic!("{other:?}"),
            }
        };
        assert!(read(r#"{"full_name":"x/r"}"#) && read("null"));
        assert!(!read(r#"{"full_name":"O/r"}"#));
    }

    #[test]
    fn a_payload_that_says_less_than_documented_is_an_error() {
        let error = Event::read("push", br#"{"before":"x"}"#).unwrap_err();
        assert_eq!(error.to_string(), "the payload of `push` has no /before that is an object id");
        assert!(Event::read("push", b"{").is_err());
        assert_eq!(Event::read("schedule", b"{}").unwrap(), Event::Other("schedule".into()));
    }
}
