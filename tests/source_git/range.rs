//! Ranges of commits.

use keysweep::{
    location::{Oid, SourceKind},
    problem::ProblemKind,
    source::{
        Outcome,
        globs::PathFilter,
        history::{objects::Lookup, repo::Repo},
        range::{self, Options, Range, RangeError},
    },
};

use crate::support::{Shown, TestRepo, git_in, show};

fn open(test: &TestRepo) -> Repo {
    Repo::discover(&test.path).unwrap().unwrap()
}

fn scan_in(repo: &Repo, text: &str) -> Outcome<Shown> {
    let options = Options { max_size: 1 << 20, filter: PathFilter::default() };
    let range = Range::parse(repo, text).unwrap();
    range::scan(repo, &Lookup::new(repo).unwrap(), &range, &options, &show, &|| false).unwrap()
}

/// Commit, path and fresh text of the files shown.
fn files(found: &Outcome<Shown>) -> Vec<(Oid, String, String)> {
    let files = found.found.iter().filter(|shown| shown.origin.source == SourceKind::History);
    files.map(|shown| (shown.origin.commit.unwrap(), shown.path(), shown.fresh.clone())).collect()
}

fn file(commit: Oid, path: &str, fresh: &str) -> (Oid, String, String) {
    (commit, path.to_owned(), fresh.to_owned())
}

#[test]
fn a_line_added_and_removed_inside_the_range_is_shown_with_its_commit() {
    let test = TestRepo::new();
    test.write("a", "one\n");
    test.commit("start");
    test.write("a", "one\nsecret\n");
    let with = test.commit("with");
    test.write("a", "one\n");
    test.commit("without");
    let found = scan_in(&open(&test), "HEAD~2..HEAD");
    assert_eq!(files(&found), [file(with, "a", "secret\n")]);
    assert_eq!((found.tally.commits, found.problems.len()), (2, 0));
}

#[test]
fn of_a_commit_object_the_message_is_shown_and_no_header() {
    let test = TestRepo::new();
    test.commit("start");
    let second = test.commit("subject\n\nbody");
    let found = scan_in(&open(&test), "HEAD~1..");
    assert_eq!(found.found.len(), 1);
    let shown = &found.found[0];
    assert_eq!((shown.origin.source, shown.origin.blob), (SourceKind::CommitMessage, Some(second)));
    assert_eq!(shown.text, "subject\n\nbody\n");
}

#[test]
fn a_root_commit_is_new_as_a_whole() {
    let test = TestRepo::new();
    test.write("d/a", "one\n");
    let root = test.commit("root");
    assert_eq!(files(&scan_in(&open(&test), "HEAD")), [file(root, "d/a", "one\n")]);
}

#[test]
fn a_merge_shows_what_is_in_no_parent() {
    let test = TestRepo::new();
    test.write("a", "base\n");
    test.write("d/x", "x\n");
    test.commit("base");
    test.git(&["checkout", "-qb", "side"]);
    test.write("a", "base\nside\n");
    test.write("d/side", "s\n");
    test.commit("side");
    test.git(&["checkout", "-q", "main"]);
    test.write("a", "main\nbase\n");
    test.write("d/main", "m\n");
    test.commit("main");
    test.git(&["merge", "-q", "--no-commit", "side"]);
    test.write("a", "main\nbase\nside\nevil\n");
    test.write("d/side", "s\nmore\n");
    test.git(&["add", "-A"]);
    test.git(&["commit", "-qm", "merge"]);
    let merge = test.rev("HEAD");
    let found = scan_in(&open(&test), "HEAD^1..HEAD");
    let of_merge: Vec<_> = files(&found).into_iter().filter(|(commit, ..)| *commit == merge).collect();
    assert_eq!(of_merge, [file(merge, "a", "evil\n"), file(merge, "d/side", "more\n")]);
}

#[test]
fn an_octopus_merge_is_compared_with_every_parent() {
    let test = TestRepo::new();
    test.commit("base");
    for name in ["x", "y", "z"] {
        test.git(&["checkout", "-qb", name, "main"]);
        test.write(name, format!("{name}\n"));
        test.commit(name);
    }
    test.git(&["checkout", "-q", "main"]);
    test.write("m", "m\n");
    test.commit("m");
    test.git(&["merge", "-qm", "octopus", "x", "y", "z"]);
    let merge = test.rev("HEAD");
    assert!(files(&scan_in(&open(&test), "HEAD~1..HEAD")).iter().all(|(commit, ..)| *commit != merge));
}

#[test]
fn a_symmetric_range_shows_both_sides() {
    let test = TestRepo::new();
    test.commit("base");
    test.git(&["checkout", "-qb", "side"]);
    test.write("s", "s\n");
    let side = test.commit("side");
    test.git(&["checkout", "-q", "main"]);
    test.write("m", "m\n");
    let main = test.commit("main");
    let mut found = files(&scan_in(&open(&test), "main...side"));
    found.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!(found, [file(main, "m", "m\n"), file(side, "s", "s\n")]);
    assert_eq!(files(&scan_in(&open(&test), "side..")), [file(main, "m", "m\n")]);
}

#[test]
fn histories_without_a_common_commit_have_a_symmetric_range() {
    let test = TestRepo::new();
    test.write("a", "a\n");
    test.commit("one");
    test.git(&["checkout", "-q", "--orphan", "other"]);
    test.write("b", "b\n");
    test.commit("two");
    assert_eq!(scan_in(&open(&test), "main...other").tally.commits, 2);
}

#[test]
fn commits_come_parents_first() {
    let test = TestRepo::new();
    let all: Vec<_> = (0..10).map(|at| test.commit(&at.to_string())).collect();
    let found = scan_in(&open(&test), "HEAD");
    let order: Vec<_> = found.found.iter().map(|shown| shown.origin.commit.unwrap()).collect();
    assert_eq!(order, all);
}

#[test]
fn since_a_commit_means_up_to_head() {
    let test = TestRepo::new();
    let one = test.commit("one");
    let two = test.commit("two");
    let range = Range::since(&open(&test), "HEAD~1").unwrap();
    assert_eq!(range, Range { tips: vec![two], hidden: vec![one] });
}

#[test]
fn a_tag_names_its_commit() {
    let test = TestRepo::new();
    test.commit("one");
    test.git(&["tag", "-am", "t", "v1"]);
    let two = test.commit("two");
    assert_eq!(Range::parse(&open(&test), "v1..HEAD").unwrap().commits(&open(&test)).unwrap(), [two]);
}

#[test]
fn a_bad_revision_is_named() {
    let test = TestRepo::new();
    test.commit("one");
    let repo = open(&test);
    for (text, name) in [
        ("nope..HEAD", "nope"),
        ("HEAD..nope", "nope"),
        ("nope", "nope"),
        ("HEAD...n\x1bo", "n?o"),
        ("HEAD^{tree}", "HEAD^{tree}"),
    ] {
        match Range::parse(&repo, text) {
            Err(RangeError::BadRevision { name: named, .. }) => assert_eq!(named, name),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(matches!(Range::since(&repo, "nope"), Err(RangeError::BadRevision { .. })));
    let empty = TestRepo::new();
    assert!(matches!(Range::parse(&open(&empty), "A..B"), Err(RangeError::BadRevision { .. })));
}

#[test]
fn renames_are_not_new() {
    let test = TestRepo::new();
    test.write("d/a", "one\ntwo\nthree\n");
    test.commit("one");
    test.git(&["mv", "d/a", "b"]);
    test.write("b", "one\ntwo\nthree\nfour\n");
    let two = test.commit("two");
    test.git(&["mv", "b", "c"]);
    test.commit("three");
    assert_eq!(files(&scan_in(&open(&test), "HEAD~2..")), [file(two, "b", "four\n")]);
}

#[test]
fn a_range_inside_a_shallow_clone_is_complete_and_one_at_its_end_is_not() {
    let test = TestRepo::new();
    for name in ["a", "b", "c"] {
        test.write(name, format!("{name}\n"));
        test.commit(name);
    }
    let clone = test.beside("clone");
    let url = format!("file://{}", test.path.display());
    git_in(&test.path, &["clone", "-q", "--depth=2", &url, clone.to_str().unwrap()]);
    let repo = Repo::discover(&clone).unwrap().unwrap();
    let inside = scan_in(&repo, "HEAD~1..HEAD");
    assert_eq!(files(&inside), [file(test.rev("HEAD"), "c", "c\n")]);
    assert_eq!(inside.problems, []);
    let whole = scan_in(&repo, "HEAD");
    assert_eq!(files(&whole).len(), 3);
    assert_eq!(whole.problems.iter().map(|problem| problem.kind).collect::<Vec<_>>(), [ProblemKind::Shallow]);
}

#[test]
fn replaced_commits_are_read_as_stored() {
    let test = TestRepo::new();
    test.write("a", "one\n");
    let one = test.commit("one");
    test.write("a", "one\nsecret\n");
    let two = test.commit("two");
    test.git(&["replace", &two.to_string(), &one.to_string()]);
    assert_eq!(files(&scan_in(&open(&test), &format!("{one}..main"))), [file(two, "a", "secret\n")]);
}

#[test]
fn sha256_repositories_are_read() {
    let test = TestRepo::with(&["--object-format=sha256"]);
    test.write("a", "one\n");
    test.commit("one");
    test.write("a", "one\ntwo\n");
    let two = test.commit("two");
    assert_eq!(files(&scan_in(&open(&test), "HEAD~1..")), [file(two, "a", "two\n")]);
}

#[test]
fn an_absent_blob_is_a_problem_and_the_rest_is_shown() {
    let test = TestRepo::new();
    test.commit("one");
    test.write("a", "a\n");
    test.write("b", "b\n");
    let two = test.commit("two");
    let hex = test.rev("HEAD:a").to_string();
    std::fs::remove_file(test.path.join(".git/objects").join(&hex[..2]).join(&hex[2..])).unwrap();
    let found = scan_in(&open(&test), "HEAD~1..");
    assert_eq!(files(&found), [file(two, "b", "b\n")]);
    assert_eq!(found.problems[0].kind, ProblemKind::Absent);
}

#[test]
fn a_tree_with_ten_billion_paths_is_read_in_bounds() {
    let test = TestRepo::new();
    test.commit("one");
    test.write("blob", "secret\n");
    let blob = test.git(&["hash-object", "-w", "blob"]);
    test.remove("blob");
    let mut line = format!("100644 blob {blob}");
    for _ in 0..10 {
        let entries: String = (0..10).map(|at| format!("{line}\tf{at}\n")).collect();
        test.write("entries", entries);
        let tree = std::process::Command::new("sh")
            .current_dir(&test.path)
            .args(["-c", "git mktree < entries"])
            .output()
            .unwrap();
        line = format!("040000 tree {}", String::from_utf8(tree.stdout).unwrap().trim());
    }
    test.remove("entries");
    let tree = line.rsplit(' ').next().unwrap();
    let commit = test.git(&["commit-tree", "-p", "HEAD", "-m", "bomb", tree]);
    let found = scan_in(&open(&test), &format!("HEAD..{commit}"));
    assert_eq!(files(&found).len(), 1000);
}

#[test]
fn a_range_does_not_depend_on_the_number_of_threads() {
    let test = TestRepo::new();
    for at in 0..30 {
        test.write(&format!("f{}", at % 4), format!("line {at}\n"));
        test.commit(&at.to_string());
    }
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| scan_in(&open(&test), "HEAD")).found
    };
    assert_eq!(with(1), with(8));
}
