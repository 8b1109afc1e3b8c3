//! What `git push` is stopped for: exactly the commits that leave.

use std::fs;

use crate::place::{Place, key, line, write};

fn place() -> Place {
    let place = Place::with(&["pre-push"]);
    place.origin();
    place
}

#[test]
fn a_key_that_came_and_went_between_pushes_stops_the_push() {
    let place = place();
    place.git(&["push", "-q", "origin", "main"]).silent();
    place.write("a.py", line());
    let with = place.commit("with");
    fs::remove_file(place.repo().join("a.py")).unwrap();
    place.commit("without");
    let text = place.git(&["push", "origin", "main"]).stopped();
    assert!(text.contains("1 secret in the commits that would leave"), "{text}");
    assert!(text.contains(&format!("a.py:1  in commit {}", &with[..9])), "{text}");
    assert!(text.contains("git rebase -i") && text.contains("KEYSWEEP_SKIP=\"why\" git push"), "{text}");
    assert!(text.lines().count() <= 26, "{text}");
}

#[test]
fn what_the_remote_has_does_not_stop_a_push() {
    let place = place();
    place.write("a.py", line());
    place.commit("a key that leaked long ago");
    place.git(&["push", "-q", "--no-verify", "origin", "main"]).done();
    place.write("b.py", "clean\n");
    place.commit("clean");
    place.git(&["push", "-q", "origin", "main"]).silent();
    // A new branch of it, and one that goes back.
    place.git(&["checkout", "-q", "-b", "new"]).done();
    place.write("c.py", "clean\n");
    place.commit("clean too");
    place.git(&["push", "-q", "origin", "new"]).silent();
    place.git(&["push", "-q", "--force", "origin", "HEAD~1:main"]).silent();
    place.git(&["push", "-q", "origin", ":new"]).silent();
}

#[test]
fn a_new_branch_is_looked_at_from_where_it_leaves_what_the_remote_has() {
    let place = place();
    place.git(&["push", "-q", "origin", "main"]).silent();
    place.git(&["checkout", "-q", "-b", "new"]).done();
    place.write("a.py", line());
    place.commit("a key");
    place.git(&["push", "origin", "new"]).stopped();
    place.git(&["push", "origin", "HEAD:refs/for/review"]).stopped();
}

#[test]
fn a_forced_push_is_looked_at() {
    let place = place();
    place.write("a.py", "one\n");
    place.commit("one");
    place.git(&["push", "-q", "origin", "main"]).silent();
    place.write("a.py", line());
    place.git(&["commit", "-q", "-a", "--amend", "--no-verify", "-m", "another"]).done();
    place.git(&["push", "--force", "origin", "main"]).stopped();
    // The commit that the remote has is not here: it hides nothing.
    place.git(&["update-ref", "-d", "refs/remotes/origin/main"]).done();
    place.git(&["reflog", "expire", "--expire=now", "--all"]).done();
    place.git(&["gc", "-q", "--prune=now"]).done();
    place.git(&["push", "--force", "origin", "main"]).stopped();
    place.write("a.py", "clean\n");
    place.git(&["commit", "-q", "-a", "--amend", "--no-verify", "-m", "clean"]).done();
    place.git(&["push", "-q", "--force", "origin", "main"]).silent();
}

#[test]
fn of_several_refs_all_are_looked_at() {
    let place = place();
    place.git(&["push", "-q", "origin", "main"]).silent();
    place.git(&["checkout", "-q", "-b", "clean"]).done();
    place.write("b.py", "clean\n");
    place.commit("clean");
    place.git(&["checkout", "-q", "-b", "dirty", "main"]).done();
    place.write("a.py", line());
    place.commit("a key");
    place.git(&["push", "origin", "clean", "dirty"]).stopped();
    place.git(&["push", "origin", "--all"]).stopped();
    place.git(&["push", "-q", "origin", "clean"]).silent();
}

#[test]
fn messages_of_commits_and_tags_are_looked_at() {
    let place = place();
    place.git(&["push", "-q", "origin", "main"]).silent();
    place.git(&["tag", "-a", "v1", "-m", &format!("with {}", key())]).done();
    let text = place.git(&["push", "origin", "v1"]).stopped();
    assert!(text.contains("message of tag v1"), "{text}");
    place.git(&["push", "-q", "--no-verify", "origin", "v1"]).done();
    // The remote has it now.
    place.git(&["tag", "-a", "v2", "-m", "clean"]).done();
    place.git(&["push", "-q", "origin", "v2"]).silent();
    place.commit(&format!("a message with {}", key()));
    place.git(&["push", "origin", "main"]).stopped();
}

#[test]
fn a_tag_of_a_file_or_a_folder_is_looked_at() {
    let place = place();
    place.git(&["push", "-q", "origin", "main"]).silent();
    write(&place.path("loose"), line());
    let blob = place.git(&["hash-object", "-w", place.path("loose").to_str().unwrap()]).done();
    place.git(&["tag", "-a", "-m", "a file", "file", blob.trim()]).done();
    place.git(&["push", "origin", "file"]).stopped();
    place.git(&["read-tree", "--empty"]).done();
    place.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{},a.py", blob.trim())]).done();
    let tree = place.git(&["write-tree"]).done();
    place.git(&["tag", "folder", tree.trim()]).done();
    place.git(&["push", "origin", "folder"]).stopped();
}

#[test]
fn a_remote_without_a_name_is_known_by_its_url() {
    let place = place();
    place.write("a.py", line());
    place.commit("a key that leaked long ago");
    place.git(&["push", "-q", "--no-verify", "origin", "main"]).done();
    place.write("b.py", "clean\n");
    place.commit("clean");
    let url = place.path("origin.git");
    place.git(&["push", "-q", url.to_str().unwrap(), "main"]).silent();
    // Another remote has none of it.
    let other = place.path("other.git");
    place.git(&["init", "-q", "--bare", other.to_str().unwrap()]).done();
    place.git(&["push", other.to_str().unwrap(), "main"]).stopped();
    place.git(&["remote", "add", "origin/other", other.to_str().unwrap()]).done();
    place.git(&["push", "origin/other", "main"]).stopped();
}

#[test]
fn what_a_cherry_pick_or_a_rebase_made_is_looked_at_when_it_leaves() {
    let place = Place::with(&["pre-commit", "pre-push"]);
    place.origin();
    place.git(&["push", "-q", "origin", "main"]).silent();
    place.git(&["checkout", "-q", "-b", "side"]).done();
    place.write("a.py", line());
    let side = place.commit("a key");
    place.git(&["checkout", "-q", "main"]).done();
    // Git asks no hook for a cherry-pick without a conflict.
    place.git(&["cherry-pick", &side]).done();
    place.git(&["push", "origin", "main"]).stopped();
}

#[test]
fn a_shallow_clone_can_be_pushed_from() {
    let place = place();
    for name in ["one", "two", "three"] {
        place.write(name, name);
        place.commit(name);
    }
    place.git(&["push", "-q", "origin", "main"]).silent();
    let clone = place.path("clone");
    let url = format!("file://{}", place.path("origin.git").display());
    place.git(&["clone", "-q", "--depth=1", &url, clone.to_str().unwrap()]).done();
    let mut install = place.command(env!("CARGO_BIN_EXE_keysweep"), &clone);
    assert!(install.args(["hook", "install"]).output().unwrap().status.success());
    write(&clone.join("a.py"), "clean\n");
    place.git_in(&clone, &["add", "-A"]).done();
    place.git_in(&clone, &["commit", "-q", "-m", "clean"]).silent();
    place.git_in(&clone, &["push", "-q", "origin", "HEAD:new"]).silent();
    write(&clone.join("a.py"), line());
    place.git_in(&clone, &["commit", "-q", "--no-verify", "-am", "a key"]).done();
    place.git_in(&clone, &["push", "-q", "origin", "HEAD:new"]).stopped();
    // Not even a boundary commit that nothing hides stops it.
    place.git_in(&clone, &["reset", "-q", "--hard", "HEAD~1"]).done();
    let other = place.path("other.git");
    place.git(&["clone", "-q", "--bare", &url, other.to_str().unwrap()]).done();
    place.git_in(&clone, &["push", "-q", other.to_str().unwrap(), "HEAD:new"]).silent();
}

#[test]
fn input_that_git_does_not_give_stops() {
    let place = place();
    let mut command = place.command("sh", &place.repo());
    command.args(["-c", "echo rubbish | keysweep hook run pre-push origin url"]);
    let run = crate::place::Run::of(command.output().unwrap());
    assert!(!run.ok && run.err.contains("line 1 of standard input is not what git tells"), "{run:?}");
}
