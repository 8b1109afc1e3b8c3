//! Diffs, as git writes them and as others do.

use keysweep::{
    location::SourceKind,
    problem::Skip,
    source::{
        Outcome,
        globs::PathFilter,
        patch::{self, Options},
    },
};

use crate::support::{Shown, TestRepo, paths, show, try_git};

fn scan_with(text: &[u8], max_size: u64, filter: PathFilter) -> Outcome<Shown> {
    // A small buffer, so that lines come in parts.
    let mut input = std::io::BufReader::with_capacity(7, text);
    patch::scan(&mut input, &Options { max_size, filter }, &show, &|| false)
}

fn scan(text: &[u8]) -> Outcome<Shown> {
    scan_with(text, 1 << 20, PathFilter::default())
}

/// Path, number of its first line, text and fresh lines of each hunk.
fn hunks(found: &Outcome<Shown>) -> Vec<(String, u32, &str, &str)> {
    let hunks = found.found.iter().filter(|shown| shown.origin.source == SourceKind::Patch);
    hunks.map(|shown| (shown.path(), shown.origin.first_line, shown.text.as_str(), shown.fresh.as_str())).collect()
}

fn messages(found: &Outcome<Shown>) -> Vec<(u32, &str)> {
    let messages = found.found.iter().filter(|shown| shown.origin.source == SourceKind::CommitMessage);
    messages.map(|shown| (shown.origin.first_line, shown.text.as_str())).collect()
}

fn numbered(count: usize) -> String {
    (1..=count).map(|at| format!("line {at}\n")).collect()
}

#[test]
fn added_lines_are_fresh_and_stand_where_the_new_file_has_them() {
    let test = TestRepo::new();
    test.write("d/a", numbered(30));
    test.commit("one");
    test.write("d/a", numbered(30).replace("line 10\n", "line ten\nand more\n").replace("line 25\n", ""));
    let found = scan(&test.raw(&["diff", "-U1"]));
    assert_eq!(hunks(&found), [("d/a".into(), 9, "line 9\nline ten\nand more\nline 11\n", "line ten\nand more\n")]);
    assert_eq!((found.tally.files, found.problems.len()), (1, 0));
}

#[test]
fn every_added_line_of_a_random_diff_is_told_with_its_line() {
    let mut seed = 3u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let test = TestRepo::new();
    let mut lines: Vec<String> = (0..200).map(|at| format!("--- {at}\n")).collect();
    test.write("f", lines.concat());
    test.commit("one");
    for _ in 0..20 {
        for _ in 0..8 {
            let at = random(lines.len() as u64) as usize;
            match random(3) {
                0 => drop(lines.remove(at)),
                1 => lines.insert(at, format!("+++ new {}\n", random(1 << 30))),
                _ => lines[at] = format!("@@ -1 +1 @@ {}\n", random(1 << 30)),
            }
        }
        test.write("f", lines.concat());
        let found = scan(&test.raw(&["diff", &format!("-U{}", random(4))]));
        for shown in &found.found {
            let first = shown.origin.first_line as usize - 1;
            let expected = &lines[first..first + shown.text.lines().count()];
            assert_eq!(shown.text, expected.concat());
        }
        let added =
            test.git(&["diff", "-U0"]).lines().filter(|line| line.starts_with('+') && *line != "+++ b/f").count();
        assert_eq!(found.found.iter().map(|shown| shown.fresh.lines().count()).sum::<usize>(), added);
        test.commit("next");
    }
}

#[test]
fn new_deleted_renamed_and_empty_files_are_told_apart() {
    let test = TestRepo::new();
    for name in ["gone", "mode", "old name"] {
        test.write(name, numbered(9));
    }
    test.commit("one");
    test.remove("gone");
    test.git(&["mv", "old name", "new name"]);
    test.write("new name", format!("{}added\n", numbered(9)));
    test.write("new", "first\n");
    test.write("empty", "");
    test.git(&["update-index", "--chmod=+x", "mode"]);
    test.git(&["add", "new", "empty", "gone", "new name"]);
    let found = scan(&test.raw(&["diff", "--cached", "-M", "-U0"]));
    assert_eq!(hunks(&found), [("new".into(), 1, "first\n", "first\n"), ("new name".into(), 10, "added\n", "added\n")]);
    assert_eq!((messages(&found), found.tally.files), (vec![], 5));
}

#[test]
fn a_last_line_without_end_has_none() {
    let diff =
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n";
    assert_eq!(hunks(&scan(diff.as_bytes())), [("x".into(), 1, "a\nc", "c")]);
    let diff = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n+c\n-b\n\\ No newline at end of file\n a\n";
    assert_eq!(hunks(&scan(diff.as_bytes())), [("x".into(), 1, "c\na\n", "c\n")]);
}

#[test]
fn combined_diffs_tell_what_a_merge_adds() {
    let test = TestRepo::new();
    test.write("a", "base\n");
    test.commit("base");
    test.git(&["checkout", "-qb", "side"]);
    test.write("a", "side\nbase\n");
    test.commit("side");
    test.git(&["checkout", "-q", "main"]);
    test.write("a", "base\nmain\n");
    test.commit("main");
    assert!(try_git(&test.path, &["merge", "-q", "--no-commit", "side"]).status.code().is_some());
    test.write("a", "side\nbase\nmain\nevil\n");
    test.git(&["add", "-A"]);
    test.git(&["commit", "-qm", "merge"]);
    let found = scan(&test.raw(&["diff-tree", "--cc", "-p", "HEAD"]));
    assert_eq!(hunks(&found), [("a".into(), 1, "side\nbase\nmain\nevil\n", "side\nmain\nevil\n")]);
}

#[test]
fn names_of_any_bytes_and_any_prefix_are_read() {
    let test = TestRepo::new();
    let names = ["b/with blank", "c\u{e4}", "q\"uote", "tab\there", "a/x"];
    for name in names {
        test.write(name, "one\n");
    }
    test.git(&["add", "-A"]);
    let mut expected = names.to_vec();
    expected.sort();
    for arguments in
        [&["--cached"][..], &["--cached", "--no-prefix"], &["--cached", "--src-prefix=x/", "--dst-prefix=y/"]]
    {
        let arguments = [&["-c", "diff.mnemonicPrefix=true", "diff"], arguments].concat();
        let mut found = paths(&scan(&test.raw(&arguments)));
        found.sort();
        // Without a prefix, a folder that is called like one cannot be told from it where git names the old file /dev/null only in
        // the lines below; the line above them has both names.
        assert_eq!(found, expected, "{arguments:?}");
    }
}

#[test]
fn a_mail_shows_its_message_and_its_signature_is_no_removed_line() {
    let test = TestRepo::new();
    test.write("a", "one\ntwo\n");
    test.commit("one");
    test.write("a", "one\nthree\n");
    test.commit("subject\n\n-not a removed line\n+nor an added one");
    let found = scan(&test.raw(&["format-patch", "--stdout", "-1"]));
    assert_eq!(hunks(&found), [("a".into(), 1, "one\nthree\n", "three\n")]);
    let messages = messages(&found);
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0].0, 1);
    assert!(messages[0].1.contains("+nor an added one\n---\n a | 2 +-\n"));
    assert!(messages[1].1.starts_with("-- \n"));
}

#[test]
fn the_log_of_several_commits_is_read() {
    let test = TestRepo::new();
    for at in 0..3 {
        test.write("a", numbered(at + 1));
        test.commit(&format!("commit {at}"));
    }
    let found = scan(&test.raw(&["log", "-p", "--reverse"]));
    let fresh: Vec<_> = hunks(&found).into_iter().map(|(.., fresh)| fresh).collect();
    assert_eq!(fresh, ["line 1\n", "line 2\n", "line 3\n"]);
    assert_eq!(messages(&found).len(), 3);
}

#[test]
fn binary_files_are_skipped() {
    let test = TestRepo::new();
    test.write("bin", (0..=255u8).cycle().take(5000).map(|byte| byte.wrapping_mul(7)).collect::<Vec<_>>());
    test.write("z", "text\n");
    test.git(&["add", "-A"]);
    for arguments in [&["diff", "--cached"][..], &["diff", "--cached", "--binary"]] {
        let found = scan(&test.raw(arguments));
        assert_eq!((hunks(&found).len(), messages(&found).len()), (1, 0));
    }
}

#[test]
fn line_ends_of_windows_are_kept_in_the_text_and_do_not_hide_headers() {
    let diff = "diff --git a/x b/x\r\n--- a/x\r\n+++ b/x\r\n@@ -1 +1,2 @@\r\n a\r\n+b\r\n";
    assert_eq!(hunks(&scan(diff.as_bytes())), [("x".into(), 1, "a\r\nb\r\n", "b\r\n")]);
}

#[test]
fn plain_diffs_of_several_files_are_read() {
    let diff = "Only in b: y\ndiff -ru a/x b/x\n--- a/x\t2020-01-01 00:00:00 +0000\n+++ b/x\t2020-01-01 00:00:00 +0000\n@@ -1 +1 @@\n-a\n+b\n\
                --- one two.orig\t2020\n+++ one two\t2020\n@@ -0,0 +1 @@\n+c\n";
    let found = scan(diff.as_bytes());
    assert_eq!(hunks(&found), [("x".into(), 1, "b\n", "b\n"), ("one two".into(), 1, "c\n", "c\n")]);
    assert_eq!(found.tally.files, 2);
}

#[test]
fn context_lines_that_lost_their_blank_are_context() {
    let diff = "--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n a\n\n+b\n c\n";
    assert_eq!(hunks(&scan(diff.as_bytes())), [("x".into(), 1, "a\n\nb\nc\n", "b\n")]);
}

#[test]
fn a_hunk_that_says_too_few_lines_hides_nothing() {
    let diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n+hidden\n";
    let found = scan(diff.as_bytes());
    assert_eq!(hunks(&found), [("x".into(), 1, "b\n", "b\n")]);
    assert_eq!(messages(&found), [(6, "+hidden\n")]);
    let diff = "--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n-a\n+b\ndiff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -0,0 +1 @@\n+c\n";
    assert_eq!(hunks(&scan(diff.as_bytes())).len(), 2);
}

#[test]
fn text_that_is_no_diff_is_a_message() {
    let found = scan(b"just text\nmode x\n");
    assert_eq!((messages(&found), hunks(&found).len()), (vec![(1, "just text\nmode x\n")], 0));
    assert_eq!(scan(b"").found, []);
}

#[test]
fn a_line_over_the_limit_is_counted_and_those_behind_it_keep_their_numbers() {
    let long = "x".repeat(5000);
    let diff = format!("--- a/x\n+++ b/x\n@@ -1 +1,4 @@\n a\n+{long}\n+b\n {long}\n");
    let found = scan_with(diff.as_bytes(), 1000, PathFilter::default());
    assert_eq!(hunks(&found), [("x".into(), 1, "a\n\nb\n\n", "\nb\n")]);
    assert_eq!(found.tally.skipped.get(&Skip::TooBig), Some(&2));
}

#[test]
fn globs_narrow_and_what_they_leave_out_is_counted_by_file() {
    let diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n@@ -9 +9 @@\n-a\n+b\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n";
    let found = scan_with(diff.as_bytes(), 1000, PathFilter::new(&["y"], &[]).unwrap());
    assert_eq!((paths(&found), found.tally.skipped.get(&Skip::Excluded)), (vec!["y".into()], Some(&1)));
}

#[test]
fn a_large_hunk_is_shown_in_parts_that_overlap() {
    let count = 200_000;
    let body: String = (1..=count).map(|at| format!("+{at:0>50}\n")).collect();
    let diff = format!("--- /dev/null\n+++ b/x\n@@ -0,0 +1,{count} @@\n{body}");
    let found = scan(diff.as_bytes());
    assert!(found.found.len() > 1);
    let mut next = 1;
    for shown in &found.found {
        let first: u32 = shown.text.lines().next().unwrap().parse().unwrap();
        assert_eq!(first, shown.origin.first_line);
        assert_eq!(shown.fresh.lines().next().unwrap().parse(), Ok(next));
        next += shown.fresh.lines().count() as u32;
    }
    assert_eq!(next, count + 1);
}

#[test]
fn files_that_are_deleted_show_nothing() {
    let diff =
        "diff --git a/x b/x\ndeleted file mode 100644\nindex 1..0\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-secret\n";
    assert_eq!(scan(diff.as_bytes()).found, []);
}
