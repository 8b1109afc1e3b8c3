//! Refs, HEADs, reflogs and the index.

use std::fs;

use keysweep::{
    location::Oid,
    problem::ProblemKind,
    source::history::{
        git_index,
        refs::{self, RefSelection, Tip, TipKind, Tips},
        repo::Repo,
    },
};

use crate::support::{TestRepo, write};

fn tips(test: &TestRepo) -> Tips {
    refs::tips(&open(test), &RefSelection::All, &|_| true)
}

fn open(test: &TestRepo) -> Repo {
    Repo::discover(&test.path).unwrap().unwrap()
}

fn of_kind(tips: &Tips, kind: TipKind) -> Vec<(String, Oid)> {
    tips.tips.iter().filter(|tip| tip.kind == kind).map(|tip| (tip.name.to_string(), tip.oid)).collect()
}

#[test]
fn loose_and_packed_refs_are_read_and_loose_ones_win() {
    let test = TestRepo::new();
    let old = test.commit("one");
    test.git(&["tag", "v1"]);
    test.git(&["tag", "-a", "-m", "note", "v2"]);
    test.git(&["update-ref", "refs/remotes/o/main", "HEAD"]);
    test.git(&["update-ref", "refs/odd/x", "HEAD"]);
    test.git(&["pack-refs", "--all"]);
    let new = test.commit("two");
    let found = tips(&test);
    assert_eq!(of_kind(&found, TipKind::Branch), [("refs/heads/main".into(), new)]);
    assert_eq!(of_kind(&found, TipKind::Head), [("HEAD".into(), new)]);
    assert_eq!(of_kind(&found, TipKind::Tag), [("refs/tags/v1".into(), old), ("refs/tags/v2".into(), test.rev("v2"))]);
    assert_eq!(of_kind(&found, TipKind::Remote), [("refs/remotes/o/main".into(), old)]);
    assert_eq!(of_kind(&found, TipKind::Other), [("refs/odd/x".into(), old)]);
    assert_eq!(found.problems, []);
}

#[test]
fn every_ref_of_git_is_found() {
    let test = TestRepo::new();
    for at in 0..40 {
        test.commit(&format!("commit {at}"));
        test.git(&["update-ref", &format!("refs/heads/deep/{at}/x"), "HEAD"]);
        if at == 20 {
            test.git(&["pack-refs", "--all"]);
        }
    }
    let found = tips(&test);
    let git = test.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    let mut ours: Vec<_> = found
        .tips
        .iter()
        .filter(|tip| tip.name.starts_with(b"refs/") && tip.kind != TipKind::Reflog)
        .map(|tip| format!("{} {}", tip.name, tip.oid))
        .collect();
    ours.sort();
    let mut theirs: Vec<_> = git.lines().map(str::to_owned).collect();
    theirs.sort();
    assert_eq!(ours, theirs);
}

#[test]
fn an_empty_repository_has_no_tips_and_no_problem() {
    let test = TestRepo::new();
    assert_eq!(tips(&test), Tips::default());
    assert_eq!(refs::head(&open(&test)), Ok(None));
}

#[test]
fn every_worktree_has_a_head() {
    let test = TestRepo::new();
    let one = test.commit("one");
    let linked = test.beside("linked");
    test.git(&["worktree", "add", "-q", "--detach", linked.to_str().unwrap()]);
    let two = test.commit("two");
    assert_eq!(of_kind(&tips(&test), TipKind::WorktreeHead), [("worktrees/linked/HEAD".into(), one)]);
    let repo = Repo::discover(&linked).unwrap().unwrap();
    let found = refs::tips(&repo, &RefSelection::All, &|_| true);
    assert_eq!(of_kind(&found, TipKind::Head), [("HEAD".into(), one)]);
    assert_eq!(of_kind(&found, TipKind::WorktreeHead), [("main-worktree/HEAD".into(), two)]);
    assert_eq!(of_kind(&found, TipKind::Branch), [("refs/heads/main".into(), two)]);
    assert_eq!(refs::head(&repo), Ok(Some(one)));
}

#[test]
fn older_stashes_and_amended_commits_are_found_in_reflogs() {
    let test = TestRepo::new();
    test.write("a", "1");
    let amended = test.commit("one");
    test.git(&["commit", "-q", "--amend", "-m", "better"]);
    test.write("a", "2");
    test.git(&["stash", "-q"]);
    let older = test.rev("stash@{0}");
    test.write("a", "3");
    test.git(&["stash", "-q"]);
    let found = tips(&test);
    assert_eq!(of_kind(&found, TipKind::Stash), [("refs/stash".into(), test.rev("stash@{0}"))]);
    let logged: Vec<_> = of_kind(&found, TipKind::Reflog).into_iter().map(|(_, oid)| oid).collect();
    assert!(logged.contains(&older) && logged.contains(&amended));
}

#[test]
fn reflog_entries_whose_object_is_gone_are_counted() {
    let test = TestRepo::new();
    test.write("a", "1");
    let gone = test.commit("one");
    test.git(&["commit", "-q", "--amend", "-m", "better"]);
    let found = refs::tips(&open(&test), &RefSelection::All, &|oid| *oid != gone);
    assert_eq!((found.pruned, found.problems.len()), (1, 0));
    assert!(found.tips.iter().all(|tip| tip.oid != gone));
}

#[test]
fn a_log_with_a_line_of_any_length_is_read() {
    let test = TestRepo::new();
    let one = test.commit("one");
    let zero = "0".repeat(40);
    let long = format!("{zero} {one} {}\nnonsense\n{one} {} x", "y".repeat(300_000), "1".repeat(40));
    write(&test.path.join(".git/logs/refs/heads/other"), long);
    let found = tips(&test);
    assert!(found.tips.iter().any(|tip| tip.oid == Oid::from_hex(&[b'1'; 40]).unwrap() && tip.kind == TipKind::Reflog));
}

#[test]
fn notes_are_refs() {
    let test = TestRepo::new();
    test.commit("one");
    test.git(&["notes", "add", "-m", "text"]);
    assert_eq!(of_kind(&tips(&test), TipKind::Note), [("refs/notes/commits".into(), test.rev("refs/notes/commits"))]);
}

#[test]
fn symbolic_refs_point_where_they_lead_and_circles_are_problems() {
    let test = TestRepo::new();
    let one = test.commit("one");
    test.git(&["symbolic-ref", "refs/remotes/o/HEAD", "refs/heads/main"]);
    test.git(&["symbolic-ref", "refs/heads/unborn", "refs/heads/nowhere"]);
    write(&test.path.join(".git/refs/heads/x"), "ref: refs/heads/y\n");
    write(&test.path.join(".git/refs/heads/y"), "ref: refs/heads/x\n");
    let found = tips(&test);
    assert_eq!(of_kind(&found, TipKind::Remote), [("refs/remotes/o/HEAD".into(), one)]);
    let what: Vec<_> = found.problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(what, ["refs/heads/x", "refs/heads/y"]);
}

#[test]
fn broken_refs_are_problems_and_the_rest_is_read() {
    let test = TestRepo::new();
    let one = test.commit("one");
    write(&test.path.join(".git/refs/heads/empty"), "");
    write(&test.path.join(".git/refs/heads/words"), "not an id\n");
    write(&test.path.join(".git/refs/heads/huge"), vec![b'f'; 1 << 20]);
    write(&test.path.join(".git/refs/heads/main.lock"), "being written");
    write(
        &test.path.join(".git/packed-refs"),
        format!("# pack-refs with: peeled\n{one} refs/tags/t\n^{one}\nrubbish\n"),
    );
    let found = tips(&test);
    assert_eq!(of_kind(&found, TipKind::Branch), [("refs/heads/main".into(), one)]);
    assert_eq!(of_kind(&found, TipKind::Tag), [("refs/tags/t".into(), one)]);
    assert_eq!(found.problems.len(), 4, "{:?}", found.problems);
    assert!(found.problems.iter().all(|problem| problem.kind == ProblemKind::Corrupt));
}

#[cfg(unix)]
#[test]
fn names_that_are_not_text_are_kept_and_told_without_control_characters() {
    use std::os::unix::ffi::OsStrExt;
    let test = TestRepo::new();
    let one = test.commit("one");
    let heads = test.path.join(".git/refs/heads");
    fs::write(heads.join(std::ffi::OsStr::from_bytes(b"a\xff\x1b[31m")), format!("{one}\n")).unwrap();
    fs::write(heads.join(std::ffi::OsStr::from_bytes(b"b\x1b]0;x\x07")), "broken").unwrap();
    let found = tips(&test);
    let tip = Tip { name: b"refs/heads/a\xff\x1b[31m".into(), oid: one, kind: TipKind::Branch };
    assert!(found.tips.contains(&tip));
    assert_eq!(found.problems[0].what, "refs/heads/b?]0;x?");
}

#[test]
fn a_head_that_is_a_link_is_followed_as_git_did_long_ago() {
    let test = TestRepo::new();
    let one = test.commit("one");
    test.remove(".git/HEAD");
    std::os::unix::fs::symlink("refs/heads/main", test.path.join(".git/HEAD")).unwrap();
    assert_eq!(refs::head(&open(&test)), Ok(Some(one)));
    assert_eq!(of_kind(&tips(&test), TipKind::Head), [("HEAD".into(), one)]);
}

#[test]
fn named_refs_come_without_reflogs() {
    let test = TestRepo::new();
    test.commit("one");
    let two = test.commit("two");
    test.git(&["branch", "topic"]);
    let names = ["topic", "HEAD", "missing"].map(Into::into).to_vec();
    let found = refs::tips(&open(&test), &RefSelection::Named(names), &|_| true);
    let names: Vec<_> = found.tips.iter().map(|tip| (tip.name.to_string(), tip.oid)).collect();
    assert_eq!(names, [("HEAD".into(), two), ("refs/heads/topic".into(), two)]);
    assert_eq!(found.unmatched, ["missing"]);
}

#[test]
fn ten_thousand_loose_refs_are_read() {
    let test = TestRepo::new();
    let one = test.commit("one");
    let folder = test.path.join(".git/refs/heads/many");
    fs::create_dir(&folder).unwrap();
    for at in 0..10_000 {
        fs::write(folder.join(at.to_string()), format!("{one}\n")).unwrap();
    }
    assert_eq!(of_kind(&tips(&test), TipKind::Branch).len(), 10_001);
}

#[test]
fn the_indexes_of_all_worktrees_are_read() {
    let test = TestRepo::new();
    test.commit("one");
    let linked = test.beside("linked");
    test.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    test.write("staged", "1");
    test.git(&["add", "staged"]);
    test.write("intended", "2");
    test.git(&["add", "-N", "intended"]);
    write(&linked.join("other"), "3");
    crate::support::git_in(&linked, &["add", "other"]);
    let (found, problems) = git_index::all_objects(&open(&test));
    let paths: Vec<_> = found.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!((paths, problems), (vec!["other".into(), "staged".into()], vec![]));
}

#[test]
fn a_damaged_index_is_a_problem() {
    let test = TestRepo::new();
    test.write("a", "1");
    test.commit("one");
    for damage in [b"".as_slice(), b"DIRC", b"DIRC\0\0\0\x02\xff\xff\xff\xff", &[0; 5000]] {
        write(&test.path.join(".git/index"), damage);
        assert_eq!(git_index::all_objects(&open(&test)).1.len(), 1);
    }
}
