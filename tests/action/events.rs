//! What each kind of event brings, with checkouts of depth 1, 2 and whole.

use std::fs;

use serde_json::json;

use crate::job::{Job, NOTHING, line, pull_request, push};

const DEPTHS: [u32; 3] = [1, 2, 0];

#[test]
fn a_push_is_looked_at_commit_by_commit() {
    let job = Job::new();
    job.commit("old.py", &line());
    job.push("HEAD:main");
    let before = job.head();
    job.commit("clean.py", "clean\n");
    let clean = job.head();
    job.push("HEAD:main");
    let with = job.commit("a.py", &line().replace("deploy", "other"));
    let after = job.remove("a.py");
    job.push("HEAD:main");
    for depth in DEPTHS {
        job.checkout(&clean, depth);
        job.ci("push", &push("refs/heads/main", &before, &clean, 1), &[]).found(0);
        job.checkout(&after, depth);
        let left = job.ci("push", &push("refs/heads/main", &clean, &after, 2), &[]);
        left.found(1);
        assert!(
            left.summary.starts_with("## keysweep: 1 secret\n\nLooked at: the commits of this push.\n"),
            "{left:?}"
        );
        assert!(left.log.contains("a.py") && left.log.contains(&with[..9]), "{left:?}");
    }
}

#[test]
fn a_new_branch_is_looked_at_from_where_it_leaves_the_default_branch() {
    let job = Job::new();
    job.commit("old.py", &line());
    job.push("HEAD:main");
    job.git("work", &["checkout", "-q", "-b", "new"]);
    let clean = job.commit("new.py", "new\n");
    job.push("HEAD:new");
    let with = job.commit("a.py", &line());
    for depth in DEPTHS {
        job.push(&format!("{clean}:new"));
        job.checkout(&clean, depth);
        job.ci("push", &push("refs/heads/new", NOTHING, &clean, 0), &[]).found(0);
        job.push("HEAD:new");
        job.checkout(&with, depth);
        job.ci("push", &push("refs/heads/new", NOTHING, &with, 0), &[]).found(1);
    }
}

#[test]
fn a_branch_that_went_away_brings_nothing() {
    let job = Job::new();
    job.checkout(&job.head(), 1);
    let left = job.ci("push", &push("refs/heads/gone", &job.head(), NOTHING, 0), &[]);
    assert_eq!((left.code, left.output("findings")), (0, "0"), "{left:?}");
}

#[test]
fn a_forced_push_is_looked_at_from_what_both_have() {
    let job = Job::new();
    let start = job.head();
    let before = job.commit("a.py", "one\n");
    job.push("HEAD:main");
    job.git("work", &["reset", "-q", "--hard", &start]);
    let after = job.commit("a.py", &line());
    job.push("HEAD:main");
    for depth in DEPTHS {
        job.checkout(&after, depth);
        job.ci("push", &push("refs/heads/main", &before, &after, 1), &[]).found(1);
    }
    // What was there before is gone from the server: what other branches have is known.
    job.push(&format!("{start}:refs/heads/release"));
    job.git("server.git", &["reflog", "expire", "--expire=now", "--all"]);
    job.git("server.git", &["gc", "-q", "--prune=now"]);
    job.checkout(&after, 0);
    let left = job.ci("push", &push("refs/heads/main", &before, &after, 1), &[]);
    left.found(1);
    assert!(left.summary.contains("What was there before this push is gone"), "{left:?}");
}

#[test]
fn a_tag_brings_its_message_and_what_no_branch_has() {
    let job = Job::new();
    job.commit("old.py", &line());
    job.push("HEAD:main");
    let head = job.head();
    job.git("work", &["tag", "light"]);
    job.git("work", &["tag", "-a", "-m", "clean", "clean"]);
    job.git("work", &["tag", "-a", "-m", &line(), "with"]);
    job.git("work", &["push", "-q", "origin", "--tags"]);
    for depth in [1, 0] {
        for (tag, count) in [("light", 0), ("clean", 0), ("with", 1)] {
            let after = job.git("work", &["rev-parse", tag]);
            job.checkout(&after, depth);
            job.ci("push", &push(&format!("refs/tags/{tag}"), NOTHING, &after, 0), &[]).found(count);
        }
    }
    assert_ne!(head, NOTHING);
}

/// A pull request of two commits, the first of which has a key that the second takes away; `main` has gone on since.
fn with_pull_request() -> (Job, String, String) {
    let job = Job::new();
    job.commit("old.py", &line());
    job.git("work", &["checkout", "-q", "-b", "side"]);
    job.commit("a.py", &line().replace("deploy", "side"));
    let head = job.remove("a.py");
    job.push("HEAD:refs/pull/7/head");
    job.git("work", &["checkout", "-q", "-B", "main", "HEAD~2"]);
    for number in 0..30 {
        job.commit("main.py", &format!("{number}\n"));
    }
    let base = job.head();
    job.push("HEAD:main");
    job.git("work", &["checkout", "-q", "--detach"]);
    job.git("work", &["merge", "-q", "--no-edit", &head]);
    job.push("HEAD:refs/pull/7/merge");
    (job, base, head)
}

#[test]
fn a_pull_request_is_looked_at_commit_by_commit() {
    let (job, base, head) = with_pull_request();
    let merge = job.head();
    for depth in DEPTHS {
        job.checkout(&merge, depth);
        for event in ["pull_request", "pull_request_target"] {
            let left = job.ci(event, &pull_request(&base, &head, 2, "acme/app", "side"), &[]);
            left.found(1);
            assert!(left.log.contains("a.py"), "{left:?}");
            assert_eq!(left.summary.contains("with the rights and secrets of the base"), event.ends_with("target"));
        }
    }
}

#[test]
fn a_merge_group_is_looked_at() {
    let (job, base, head) = with_pull_request();
    job.checkout(&head, 1);
    let payload = json!({"merge_group": {"base_sha": base, "head_sha": head, "base_ref": "refs/heads/main"}});
    job.ci("merge_group", &payload, &[]).found(1);
}

#[test]
fn what_brings_no_commits_scans_all_of_the_history() {
    let (job, base, _) = with_pull_request();
    for event in ["schedule", "workflow_dispatch", "release"] {
        for depth in [1, 0] {
            job.checkout(&base, depth);
            job.ci(event, &json!({"schedule": "1 2 * * 3"}), &[]).found(1);
        }
    }
}

#[test]
fn what_cannot_be_fetched_is_said_and_no_all_clear() {
    let (job, base, head) = with_pull_request();
    job.checkout(&head, 1);
    fs::rename(job.path("server.git"), job.path("away.git")).unwrap();
    let left = job.ci("pull_request", &pull_request(&base, &head, 2, "acme/app", "side"), &[]);
    assert_ne!(left.code, 0, "{left:?}");
    let left = job.ci("schedule", &json!({}), &[]);
    assert!(left.code != 0 && left.output("complete") == "false", "{left:?}");
    assert!(left.summary.contains("**Not complete:**") && left.summary.contains("fetch-depth: 0"), "{left:?}");
    // With what makes it fail chosen so, it is said all the same.
    let left = job.ci("schedule", &json!({}), &["--fail-on", "live"]);
    assert!(left.summary.contains("**Not complete:**") && left.log.contains("not complete:"), "{left:?}");
}

#[test]
fn names_of_others_are_never_run() {
    let (job, base, head) = with_pull_request();
    let hostile = "$(touch pwned)`touch pwned`'\";touch pwned;\n--upload-pack=touch pwned";
    job.checkout(&head, 1);
    job.ci("pull_request", &pull_request(&base, &head, 2, "acme/app", hostile), &[]).found(1);
    let mut payload = push(&format!("refs/heads/{hostile}"), NOTHING, &head, 2);
    payload["repository"]["default_branch"] = json!(hostile);
    let left = job.ci("push", &payload, &[]);
    assert!(left.code != 0, "{left:?}");
    for folder in ["checkout", "home", "temp", "work", "server.git"] {
        assert!(!job.path(folder).join("pwned").exists(), "{folder}");
    }
}

#[test]
fn a_pull_request_that_changes_the_configuration_is_told() {
    let job = Job::new();
    let base = job.head();
    job.git("work", &["checkout", "-q", "-b", "side"]);
    job.commit("keysweep.toml", "[paths]\nexclude = [\"*\"]\n");
    let head = job.commit("a.py", &line());
    job.push("HEAD:side");
    job.checkout(&head, 1);
    let left = job.ci("pull_request", &pull_request(&base, &head, 2, "acme/app", "side"), &[]);
    left.found(1);
    assert!(left.summary.contains("This pull request changes `keysweep.toml`"), "{left:?}");
}

#[test]
fn the_configuration_and_the_baseline_of_the_base_count() {
    let job = Job::new();
    let base = job.commit("keysweep.toml", "[paths]\nexclude = [\"left-out/\"]\n");
    job.git("work", &["checkout", "-q", "-b", "side"]);
    let head = job.commit("left-out/a.py", &line());
    job.push("HEAD:side");
    job.checkout(&head, 1);
    let payload = pull_request(&base, &head, 1, "acme/app", "side");
    let left = job.ci("pull_request", &payload, &[]);
    left.found(0);
    assert!(!left.summary.contains("This pull request changes"), "{left:?}");
    let head = job.commit("b.py", &line());
    job.push("HEAD:side");
    job.checkout(&head, 1);
    job.ci("pull_request", &pull_request(&base, &head, 2, "acme/app", "side"), &[]).found(1);
}

#[test]
fn a_mark_of_a_pull_request_does_not_count_unless_it_may() {
    let job = Job::new();
    let base = job.head();
    job.git("work", &["checkout", "-q", "-b", "side"]);
    let head = job.commit("a.py", &line().replace('\n', "  # keysweep:allow github-pat-classic trust me\n"));
    job.push("HEAD:side");
    job.checkout(&head, 1);
    let payload = pull_request(&base, &head, 1, "acme/app", "side");
    for (inline, count, told) in [("warn", 1, true), ("off", 1, false), ("on", 0, false)] {
        let left = job.ci("pull_request", &payload, &["--inline", inline]);
        left.found(count);
        assert_eq!(left.summary.contains("have a mark beside them"), told, "{left:?}");
    }
    // On a push what is in the branch counts: it was reviewed.
    job.ci("push", &push("refs/heads/side", &base, &head, 1), &[]).found(0);
}

#[test]
fn issuers_are_not_asked_for_a_fork() {
    let (job, base, head) = with_pull_request();
    job.checkout(&head, 1);
    let left = job.ci("pull_request", &pull_request(&base, &head, 2, "someone/app", "side"), &["--verify", "on"]);
    left.found(1);
    assert!(left.summary.contains("Issuers were not asked: this comes from a fork."), "{left:?}");
}

#[test]
fn only_paths_that_were_asked_for_count() {
    let (job, base, head) = with_pull_request();
    job.checkout(&head, 0);
    let payload = pull_request(&base, &head, 2, "acme/app", "side");
    job.ci("pull_request", &payload, &["--paths", "docs/\n*.md"]).found(0);
    job.ci("pull_request", &payload, &["--paths", "*.py"]).found(1);
}

#[test]
fn other_servers_name_the_commits() {
    let (job, base, head) = with_pull_request();
    job.checkout(&head, 1);
    let run = |arguments: &[&str]| {
        let mut command = job.command(env!("CARGO_BIN_EXE_keysweep"), "checkout");
        command.arg("ci").args(arguments).output().unwrap()
    };
    let output = run(&["--from", &base, "--to", &head]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let output = run(&["--from", NOTHING, "--to", "HEAD"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let output = run(&[]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(2) && text.contains("no event: GITHUB_EVENT_PATH is not set; give --to"),
        "{text}"
    );
}

#[test]
fn an_event_that_cannot_be_read_is_an_error() {
    let job = Job::new();
    job.checkout(&job.head(), 1);
    let left_code = {
        let mut command = job.command(env!("CARGO_BIN_EXE_keysweep"), "checkout");
        command.arg("ci").envs(job.variables("push", &json!({"before": "x"}))).output().unwrap()
    };
    assert_eq!(left_code.status.code(), Some(2), "{left_code:?}");
}
