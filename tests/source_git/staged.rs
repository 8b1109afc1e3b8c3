//! What the next commit adds.

use keysweep::{
    location::SourceKind,
    problem::{ProblemKind, Skip},
    source::{
        Outcome,
        globs::PathFilter,
        history::{
            objects::Lookup,
            repo::{Environment, Repo},
        },
        staged::{self, Options},
    },
};

use crate::support::{Shown, TestRepo, git_in, paths, show};

fn scan_in(repo: &Repo, options: &Options) -> Outcome<Shown> {
    staged::scan(repo, &Lookup::new(repo).unwrap(), options, &show, &|| false)
}

fn options() -> Options {
    Options { max_size: 1 << 20, filter: PathFilter::default(), merged: Vec::new() }
}

fn scan(test: &TestRepo) -> Outcome<Shown> {
    scan_in(&Repo::discover(&test.path).unwrap().unwrap(), &options())
}

/// Path and fresh text of what is shown, with no problem.
fn fresh(test: &TestRepo) -> Vec<(String, String)> {
    let found = scan(test);
    assert_eq!(found.problems, []);
    found.found.iter().map(|shown| (shown.path(), shown.fresh.clone())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect()
}

/// Files in folders of two levels, committed.
fn populated() -> TestRepo {
    let test = TestRepo::new();
    for at in 0..20 {
        test.write(&format!("d{}/e{}/f{at}", at % 3, at % 5), format!("first {at}\nsecond {at}\n"));
    }
    test.write("top", "top\n");
    test.commit("one");
    test
}

#[test]
fn the_first_commit_is_new_as_a_whole() {
    let test = TestRepo::new();
    test.write("a", "one\n");
    test.write("d/b", "two\n");
    test.git(&["add", "."]);
    let found = scan(&test);
    assert_eq!(paths(&found), ["a", "d/b"]);
    assert_eq!(found.found[0].origin.source, SourceKind::Staged);
    assert_eq!(found.found[0].origin.blob, Some(test.rev(":a")));
    assert_eq!(found.found[1].fresh, "two\n");
}

#[test]
fn a_repository_without_an_index_has_nothing_staged() {
    assert_eq!(fresh(&TestRepo::new()), []);
}

#[test]
fn only_added_lines_are_fresh_and_the_rest_is_there() {
    let test = populated();
    test.write("d1/e1/f1", "new\nfirst 1\nalso\nsecond 1\n");
    test.write("top", "not staged\n");
    test.git(&["add", "d1"]);
    assert_eq!(fresh(&test), pairs(&[("d1/e1/f1", "new\nalso\n")]));
    assert_eq!(scan(&test).found[0].text, "new\nfirst 1\nalso\nsecond 1\n");
}

#[test]
fn the_index_is_read_and_not_the_working_tree() {
    let test = populated();
    test.write("top", "staged\n");
    test.git(&["add", "top"]);
    test.write("top", "later\n");
    test.remove("d1/e1/f1");
    assert_eq!(fresh(&test), pairs(&[("top", "staged\n")]));
}

#[test]
fn nothing_staged_shows_nothing() {
    assert_eq!(fresh(&populated()), []);
}

#[test]
fn renames_and_moved_lines_are_not_new() {
    let test = populated();
    test.git(&["mv", "d1/e1/f1", "moved"]);
    test.git(&["mv", "d2/e2/f2", "d0/edited"]);
    test.write("d0/edited", "first 2\nadded\nsecond 2\n");
    test.git(&["add", "-A"]);
    assert_eq!(fresh(&test), pairs(&[("d0/edited", "added\n")]));
}

#[test]
fn lines_moved_out_of_a_folder_that_is_deleted_are_not_new() {
    let test = populated();
    test.git(&["rm", "-rq", "d1"]);
    test.write("top", "top\nfirst 1\nnew\n");
    test.git(&["add", "-A"]);
    assert_eq!(fresh(&test), pairs(&[("top", "new\n")]));
}

#[test]
fn copied_lines_are_new() {
    let test = populated();
    test.write("copy", "first 1\n");
    test.git(&["add", "-A"]);
    assert_eq!(fresh(&test), pairs(&[("copy", "first 1\n")]));
}

#[test]
fn a_mode_change_brings_nothing_new() {
    let test = populated();
    test.git(&["update-index", "--chmod=+x", "top"]);
    assert_eq!(fresh(&test), []);
}

#[test]
fn an_intent_to_add_stages_nothing() {
    let test = populated();
    test.write("intended", "x\n");
    test.git(&["add", "-N", "intended"]);
    test.write("added", "y\n");
    test.git(&["add", "added"]);
    assert_eq!(fresh(&test), pairs(&[("added", "y\n")]));
}

#[test]
fn in_a_merge_what_either_side_has_is_not_new_and_what_resolves_a_conflict_is() {
    let test = TestRepo::new();
    test.write("a", "base\n");
    test.commit("one");
    test.git(&["checkout", "-qb", "other"]);
    test.write("a", "theirs\n");
    test.commit("two");
    test.git(&["checkout", "-q", "main"]);
    test.write("a", "ours\n");
    test.write("z", "z\n");
    test.commit("three");
    assert!(!crate::support::try_git(&test.path, &["merge", "other"]).status.success());
    assert_eq!(fresh(&test), []);
    test.write("a", "ours\ntheirs\nresolved\n");
    test.git(&["add", "a"]);
    assert_eq!(fresh(&test), pairs(&[("a", "resolved\n")]));
    // Where git has not written down yet what is merged, whoever knows says so.
    let theirs = test.rev("MERGE_HEAD");
    std::fs::remove_file(test.path.join(".git/MERGE_HEAD")).unwrap();
    assert_eq!(fresh(&test), pairs(&[("a", "theirs\nresolved\n")]));
    let merging = Options { merged: vec![theirs], ..options() };
    let found = scan_in(&Repo::discover(&test.path).unwrap().unwrap(), &merging);
    assert_eq!(found.found[0].fresh, "resolved\n");
}

#[test]
fn a_file_in_place_of_a_folder_and_a_folder_in_place_of_a_file_are_new() {
    let test = populated();
    test.git(&["rm", "-rq", "d1", "top"]);
    test.write("d1", "now a file\n");
    test.write("top/x", "now a folder\n");
    test.git(&["add", "-A"]);
    assert_eq!(fresh(&test), pairs(&[("d1", "now a file\n"), ("top/x", "now a folder\n")]));
}

#[test]
fn names_that_sort_around_a_slash_are_kept_apart() {
    let test = TestRepo::new();
    for name in ["a", "a-b/x", "a.b", "a0", "ab/x", "b/x", "b-", "b0/x"] {
        test.write(name, format!("{name}\n"));
    }
    test.commit("one");
    for name in ["a.b", "ab/x", "b/x", "b0/x"] {
        test.write(name, "new\n");
    }
    test.git(&["add", "-A"]);
    assert_eq!(fresh(&test), pairs(&[("a.b", "new\n"), ("ab/x", "new\n"), ("b/x", "new\n"), ("b0/x", "new\n")]));
}

#[test]
fn submodules_are_skipped() {
    let inner = TestRepo::new();
    inner.write("a", "x\n");
    inner.commit("one");
    let test = populated();
    test.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path.to_str().unwrap(), "sub"]);
    assert_eq!(paths(&scan(&test)), [".gitmodules"]);
    assert_eq!(scan(&test).problems, []);
}

#[test]
fn a_split_index_is_read() {
    let test = populated();
    test.git(&["update-index", "--split-index"]);
    test.write("d2/e2/f2", "first 2\nnew\n");
    test.git(&["add", "-A"]);
    assert!(
        std::fs::read_dir(test.path.join(".git"))
            .unwrap()
            .flatten()
            .any(|entry| { entry.file_name().to_str().unwrap().starts_with("sharedindex.") })
    );
    assert_eq!(fresh(&test), pairs(&[("d2/e2/f2", "new\n")]));
}

#[test]
fn a_sparse_index_is_read() {
    let test = populated();
    test.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "d1"]);
    test.write("d1/e1/new", "new\n");
    test.git(&["add", "-A"]);
    assert_eq!(fresh(&test), pairs(&[("d1/e1/new", "new\n")]));
    // A folder that the index holds as one entry differs from HEAD.
    test.git(&["commit", "-qm", "two"]);
    let tree = test.git(&["rev-parse", "HEAD:d2"]);
    test.git(&["rm", "-rqf", "--sparse", "d2"]);
    test.git(&["commit", "-qm", "three"]);
    test.git(&["read-tree", "--prefix=d2/", &tree]);
    test.git(&["sparse-checkout", "reapply"]);
    assert_eq!(scan(&test).problems, []);
    assert!(test.git(&["ls-files", "--sparse"]).lines().any(|line| line == "d2/"));
    assert_eq!(scan(&test).found.len(), 6);
}

#[test]
fn an_index_of_version_4_without_cached_trees_is_read() {
    let test = populated();
    test.git(&["update-index", "--index-version", "4"]);
    test.git(&["read-tree", "--empty"]);
    test.git(&["add", "-A"]);
    assert_eq!(fresh(&test), []);
    test.write("d2/e2/f2", "new\n");
    test.git(&["add", "-A"]);
    assert_eq!(fresh(&test), pairs(&[("d2/e2/f2", "new\n")]));
}

#[test]
fn sha256_repositories_are_read() {
    let test = TestRepo::with(&["--object-format=sha256"]);
    test.write("d/a", "one\n");
    test.commit("one");
    test.write("d/a", "one\ntwo\n");
    test.git(&["add", "-A"]);
    assert_eq!(fresh(&test), pairs(&[("d/a", "two\n")]));
}

#[test]
fn a_linked_worktree_has_its_own_index() {
    let test = populated();
    let linked = test.beside("linked");
    test.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    crate::support::write(&linked.join("here"), "new\n");
    git_in(&linked, &["add", "-A"]);
    assert_eq!(fresh(&test), []);
    let found = scan_in(&Repo::discover(&linked).unwrap().unwrap(), &options());
    assert_eq!(paths(&found), ["here"]);
}

#[test]
fn the_index_that_git_names_to_a_hook_is_read() {
    let test = populated();
    let environment = Environment {
        git_dir: Some(test.path.join(".git")),
        index_file: Some(test.path.join(".git/next-index.lock")),
        current_dir: test.path.clone(),
        ..Environment::default()
    };
    test.write("top", "new\n");
    std::fs::copy(test.path.join(".git/index"), test.path.join(".git/kept")).unwrap();
    test.git(&["add", "-A"]);
    std::fs::rename(test.path.join(".git/index"), test.path.join(".git/next-index.lock")).unwrap();
    std::fs::rename(test.path.join(".git/kept"), test.path.join(".git/index")).unwrap();
    assert_eq!(fresh(&test), []);
    let repo = Repo::discover_in(&test.path, &environment).unwrap().unwrap();
    assert_eq!(paths(&scan_in(&repo, &options())), ["top"]);
}

#[test]
fn size_and_globs_narrow_and_are_counted() {
    let test = populated();
    test.write("big", vec![b'x'; 2000]);
    test.write("left-out", "x\n");
    test.write("kept", "x\n");
    test.git(&["add", "-A"]);
    let filter = PathFilter::new(&[], &["left-*"]).unwrap();
    let narrow = Options { max_size: 1000, filter, merged: Vec::new() };
    let found = scan_in(&Repo::discover(&test.path).unwrap().unwrap(), &narrow);
    assert_eq!(paths(&found), ["kept"]);
    assert_eq!(found.tally.skipped.get(&Skip::TooBig), Some(&1));
    assert_eq!(found.tally.skipped.get(&Skip::Excluded), Some(&1));
}

#[test]
fn an_absent_blob_or_head_is_a_problem_and_the_rest_is_shown() {
    let test = populated();
    test.write("gone", "gone\n");
    test.write("kept", "kept\n");
    test.git(&["add", "-A"]);
    let hex = test.rev(":gone").to_string();
    std::fs::remove_file(test.path.join(".git/objects").join(&hex[..2]).join(&hex[2..])).unwrap();
    let found = scan(&test);
    assert_eq!((paths(&found), found.problems.len()), (vec!["kept".into()], 1));
    assert_eq!(found.problems[0].kind, ProblemKind::Absent);
    let head = test.rev("HEAD").to_string();
    std::fs::remove_file(test.path.join(".git/objects").join(&head[..2]).join(&head[2..])).unwrap();
    assert_eq!(scan(&test).found.len(), 22);
}

#[test]
fn a_damaged_index_is_a_problem() {
    let test = populated();
    test.write(".git/index", "rubbish");
    assert_eq!(scan(&test).problems.len(), 1);
}

#[test]
fn staged_files_agree_with_git_on_random_changes() {
    let mut seed = 7u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let test = TestRepo::new();
    for round in 0..25 {
        for _ in 0..6 {
            let path = format!("d{}/e{}/f{}", random(3), random(3), random(4));
            if random(4) == 0 {
                let _ = std::fs::remove_file(test.path.join(&path));
            } else {
                test.write(&path, format!("unique {round} {}\n", random(1 << 30)));
            }
        }
        test.git(&["add", "-A"]);
        let mut expected = test.git(&["diff", "--cached", "--no-renames", "--diff-filter=AM", "--name-only"]);
        if round == 0 {
            expected = test.git(&["ls-files"]);
        }
        assert_eq!(paths(&scan(&test)), expected.lines().map(str::to_owned).collect::<Vec<_>>());
        if random(3) > 0 {
            test.commit("x");
        }
    }
}
