//! What `git commit` and those that commit like it are stopped for.

use std::fs;

use crate::place::{Place, hook, key, line, snapshot, write};

fn place() -> Place {
    Place::with(&["pre-commit"])
}

#[test]
fn a_staged_key_stops_the_commit_and_the_output_says_what_to_do() {
    let place = place();
    let before = place.head();
    place.write("src/deploy.py", format!("import sys\n{}", line()));
    place.git(&["add", "-A"]).done();
    let text = place.git(&["commit", "-m", "x"]).stopped();
    let all = [
        "1 secret in what is staged",
        "src/deploy.py:2",
        "deploy_token = \"ghp_********",
        "Why: its form is GitHub's, and the checksum in it fits.",
        "import os",
        "deploy_token = os.environ[\"DEPLOY_TOKEN\"]",
        "replace it: https://github.com/settings/tokens",
        "# keysweep:allow github-pat-classic why",
        "keysweep baseline add ks1-",
        "KEYSWEEP_SKIP=\"why\" git commit",
    ];
    for part in all {
        assert!(text.contains(part), "{part:?} is missing:\n{text}");
    }
    assert!(text.lines().count() <= 24, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert_eq!(place.head(), before);
}

#[test]
fn where_there_is_nothing_nothing_is_said() {
    let place = place();
    place.write("a.py", "import os\ntoken = os.environ['TOKEN']\n");
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "-q", "-m", "x"]).silent();
    place.git(&["commit", "-q", "--allow-empty", "-m", "nothing at all"]).silent();
}

#[test]
fn the_index_counts_and_not_the_working_tree() {
    let place = place();
    // The key is staged, and gone from the file since.
    place.write("a.py", line());
    place.git(&["add", "a.py"]).done();
    place.write("a.py", "clean\n");
    place.git(&["commit", "-m", "x"]).stopped();
    // The file has it, the index has not.
    place.git(&["add", "a.py"]).done();
    place.write("a.py", line());
    place.git(&["commit", "-q", "-m", "x"]).silent();
}

#[test]
fn of_a_file_staged_in_part_that_part_counts() {
    let place = place();
    place.write("a.py", "one\n\n\n\n\n\n\n\n\n\ntwo\n");
    place.commit("a");
    place.write("a.py", format!("ONE\n\n\n\n\n\n\n\n\n\n{}", line()));
    let mut child = place.command("git", &place.repo());
    let mut child = child
        .args(["add", "-p"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), b"y\nn\n").unwrap();
    assert!(child.wait().unwrap().success());
    place.git(&["commit", "-q", "-m", "the first hunk"]).silent();
    place.git(&["add", "a.py"]).done();
    place.git(&["commit", "-q", "-m", "the second"]).stopped();
}

#[test]
fn what_was_committed_before_is_not_told_again() {
    let place = place();
    place.write("old.py", format!("one\n{}", line()));
    place.commit("with a key");
    place.write("old.py", format!("one\n{}three\n", line()));
    place.git(&["commit", "-q", "-am", "beside it"]).silent();
    place.git(&["mv", "old.py", "new.py"]).done();
    place.git(&["commit", "-q", "-m", "rename"]).silent();
    place.git(&["update-index", "--chmod=+x", "new.py"]).done();
    place.git(&["commit", "-q", "-m", "mode"]).silent();
    place.git(&["rm", "-qf", "new.py"]).done();
    place.git(&["commit", "-q", "-m", "delete"]).silent();
    place.write("new.py", line());
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "-q", "-m", "back again"]).stopped();
}

#[test]
fn a_key_in_a_binary_file_counts() {
    let place = place();
    place.write("data.bin", [b"\0\x01\x02\0 ".as_slice(), line().as_bytes(), b"\0\0\xff"].concat());
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "-m", "x"]).stopped();
}

#[test]
fn the_first_commit_is_looked_at() {
    let place = Place::new();
    place.install(&["pre-commit"]);
    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "-m", "first"]).stopped();
    place.write("a.py", "clean\n");
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "-q", "-m", "first"]).silent();
}

#[test]
fn commit_all_and_commit_of_a_path_use_an_index_of_their_own() {
    let place = place();
    place.write("a.py", "a\n");
    place.write("b.py", "b\n");
    place.commit("two files");
    place.write("a.py", line());
    place.git(&["commit", "-am", "all"]).stopped();
    // The key is in the index, and not in what this commit takes.
    place.git(&["add", "a.py"]).done();
    place.write("b.py", "b2\n");
    place.git(&["commit", "-q", "-m", "b only", "b.py"]).silent();
    place.git(&["commit", "-m", "a only", "a.py"]).stopped();
    place.git(&["commit", "-m", "a too", "--include", "b.py"]).stopped();
}

#[test]
fn an_amended_commit_is_looked_at() {
    let place = place();
    place.write("a.py", "a\n");
    place.commit("a");
    place.write("a.py", line());
    place.git(&["commit", "-a", "--amend", "--no-edit"]).stopped();
    place.write("a.py", "better\n");
    place.git(&["commit", "-q", "-a", "--amend", "--no-edit"]).silent();
}

#[test]
fn of_a_merge_what_neither_side_has_counts() {
    let place = place();
    place.write("a.py", "base\n");
    place.commit("base");
    place.git(&["checkout", "-q", "-b", "side"]).done();
    place.write("old.py", line());
    place.commit("a key that is in this branch since long ago");
    place.git(&["checkout", "-q", "main"]).done();
    place.write("main.py", "main\n");
    place.commit("main goes on");
    // By pre-merge-commit: what the branch has is not new.
    place.git(&["merge", "-q", "--no-edit", "side"]).silent();
    // A conflict, resolved with a key: by pre-commit.
    place.git(&["checkout", "-q", "-b", "other", "HEAD~1"]).done();
    place.write("a.py", "theirs\n");
    place.commit("theirs");
    place.git(&["checkout", "-q", "main"]).done();
    place.write("a.py", "ours\n");
    place.commit("ours");
    assert!(!place.git(&["merge", "other"]).ok);
    place.write("a.py", format!("both\n{}", line()));
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "--no-edit"]).stopped();
    place.write("a.py", "both\n");
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "-q", "--no-edit"]).silent();
}

#[test]
fn a_merge_that_another_hook_adds_a_key_to_is_stopped() {
    let place = Place::with(&[]);
    place.git(&["checkout", "-q", "-b", "side"]).done();
    place.write("side.py", "side\n");
    place.commit("side");
    place.git(&["checkout", "-q", "main"]).done();
    place.write("main.py", "main\n");
    place.commit("main");
    let script = format!("#!/bin/sh\nprintf '%s' '{}' > made.py && git add made.py\n", line().trim());
    // The older hook runs first, so that what it stages is seen.
    hook(&place.repo().join(".git/hooks/pre-merge-commit"), &script);
    place.install(&["pre-commit"]);
    place.git(&["merge", "--no-edit", "side"]).stopped();
}

#[test]
fn a_cherry_pick_that_conflicts_is_looked_at() {
    let place = place();
    place.write("a.py", "base\n");
    place.commit("base");
    place.git(&["checkout", "-q", "-b", "side"]).done();
    place.write("a.py", "side\n");
    let side = place.commit("side");
    place.git(&["checkout", "-q", "main"]).done();
    place.write("a.py", "main\n");
    place.commit("main");
    assert!(!place.git(&["cherry-pick", &side]).ok);
    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "--no-edit"]).stopped();
}

#[test]
fn a_rebase_that_stops_to_edit_is_looked_at() {
    let place = place();
    place.write("a.py", "one\n");
    place.commit("one");
    let mut rebase = place.command("git", &place.repo());
    rebase.args(["rebase", "-q", "-i", "HEAD~1"]).env("GIT_SEQUENCE_EDITOR", "sed -i.bak s/^pick/edit/");
    assert!(rebase.output().unwrap().status.success());
    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "--amend", "--no-edit"]).stopped();
}

#[test]
fn patches_of_a_mailbox_are_looked_at() {
    let place = place();
    place.git(&["checkout", "-q", "-b", "side"]).done();
    place.write("a.py", line());
    place.commit("a key by mail");
    let mail = place.git(&["format-patch", "-1", "--stdout"]).done();
    place.git(&["checkout", "-q", "main"]).done();
    write(&place.path("mail"), mail);
    place.git(&["am", place.path("mail").to_str().unwrap()]).stopped();
}

#[test]
fn a_linked_worktree_has_the_same_hook_and_its_own_index() {
    let place = place();
    let linked = place.path("linked");
    place.git(&["worktree", "add", "-q", linked.to_str().unwrap()]).done();
    write(&linked.join("a.py"), line());
    place.git_in(&linked, &["add", "-A"]).done();
    place.git_in(&linked, &["commit", "-m", "x"]).stopped();
    place.write("b.py", "clean\n");
    place.git(&["add", "-A"]).done();
    place.git(&["commit", "-q", "-m", "the main one is clean"]).silent();
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let place = place();
    let inner = Place::with(&[]);
    inner.write("a.py", line());
    inner.commit("a key in another repository");
    let url = inner.repo();
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url.to_str().unwrap(), "sub"];
    place.git(&add).done();
    place.git(&["commit", "-q", "-m", "a submodule"]).silent();
    // In the submodule itself, with a hook of its own.
    let sub = place.repo().join("sub");
    let mut install = place.command(env!("CARGO_BIN_EXE_keysweep"), &sub);
    assert!(install.args(["hook", "install"]).output().unwrap().status.success());
    write(&sub.join("b.py"), line());
    place.git_in(&sub, &["add", "-A"]).done();
    place.git_in(&sub, &["commit", "-m", "x"]).stopped();
}

#[test]
fn a_sparse_checkout_is_looked_at() {
    let place = place();
    place.write("in/a.py", "a\n");
    place.write("out/b.py", line());
    place.commit("two folders");
    place.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]).done();
    place.write("in/a.py", "a2\n");
    place.git(&["commit", "-q", "-am", "clean"]).silent();
    place.write("in/a.py", line());
    place.git(&["commit", "-am", "x"]).stopped();
}

#[test]
fn a_subfolder_and_a_folder_with_blanks_are_no_matter() {
    let place = place();
    place.write("a folder/ä.py", line());
    place.git(&["add", "-A"]).done();
    let text = place.git_in(&place.repo().join("a folder"), &["commit", "-m", "x"]).stopped();
    assert!(text.contains("a folder/ä.py:1"), "{text}");
}

#[test]
fn a_reason_lets_one_commit_pass_and_is_repeated() {
    let place = place();
    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
    let commit = |reason: &str| {
        let mut command = place.command("git", &place.repo());
        crate::place::Run::of(command.args(["commit", "-m", "x"]).env("KEYSWEEP_SKIP", reason).output().unwrap())
    };
    commit("").stopped();
    let passed = commit("a canary\x1b[2J");
    assert!(passed.ok && passed.err.contains("keysweep did not look: KEYSWEEP_SKIP=a canary\\x1b[2J"), "{passed:?}");
}

#[test]
fn an_index_that_cannot_be_read_stops_with_the_reason() {
    let place = place();
    place.write("a.py", "clean\n");
    place.git(&["add", "-A"]).done();
    fs::write(place.repo().join(".git/index"), "rubbish").unwrap();
    // Git itself refuses such an index before it calls a hook: this is what it would get.
    let run = place.keysweep(&["hook", "run", "pre-commit"]);
    assert!(!run.ok && run.err.contains("could not look at what is staged") && run.err.contains("index"), "{run:?}");
    assert!(run.err.contains("KEYSWEEP_SKIP=\"why\" git commit"), "{run:?}");
}

#[test]
fn outside_of_a_repository_it_stops_with_the_reason() {
    let place = place();
    let mut command = place.command(env!("CARGO_BIN_EXE_keysweep"), &place.home());
    let run = crate::place::Run::of(command.args(["hook", "run", "pre-commit"]).output().unwrap());
    assert!(!run.ok && run.err.contains("this folder is in no git repository"), "{run:?}");
}

#[test]
fn the_hook_writes_nothing_into_the_repository() {
    let place = place();
    place.write("a.py", line());
    place.git(&["add", "-A"]).done();
    let before = snapshot(&place.repo());
    assert!(!place.keysweep(&["hook", "run", "pre-commit"]).ok);
    assert!(before == snapshot(&place.repo()), "something was written");
}

#[test]
fn a_key_in_the_message_stops_the_commit() {
    let place = Place::with(&["commit-msg"]);
    place.write("a.py", "clean\n");
    place.git(&["add", "-A"]).done();
    let text = place.git(&["commit", "-m", &format!("Use {}", key())]).stopped();
    assert!(text.contains("1 secret in its message") && text.contains("the message, line 1"), "{text}");
    assert!(text.contains("COMMIT_EDITMSG"), "{text}");
    place.git(&["commit", "-q", "-m", "Use a token"]).silent();
}

#[test]
fn of_a_verbose_commit_the_diff_below_the_scissors_is_no_message() {
    let place = Place::with(&["commit-msg"]);
    place.write("a.py", line());
    place.commit("a key is there already");
    place.write("a.py", "gone\n");
    place.git(&["add", "-A"]).done();
    let mut command = place.command("git", &place.repo());
    // An editor that writes a subject and keeps the rest.
    command.args(["commit", "-q", "--verbose"]).env("GIT_EDITOR", "sed -i.bak '1s/^/subject/'");
    crate::place::Run::of(command.output().unwrap()).silent();
}

#[test]
fn a_file_too_large_to_look_at_is_told_and_does_not_stop() {
    let place = place();
    place.write("large", vec![b'x'; (50 << 20) + 1]);
    place.git(&["add", "-A"]).done();
    let run = place.git(&["commit", "-q", "-m", "large"]);
    assert!(run.ok && run.err.contains("did not look at files above 50 MiB: 1"), "{run:?}");
}
