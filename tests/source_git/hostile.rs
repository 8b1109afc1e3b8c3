//! Repositories that mean harm, are damaged or belong to others.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use keysweep::source::{
    globs::PathFilter,
    history::{
        git_index,
        objects::Lookup,
        refs::{self, RefSelection},
        repo::{Environment, Repo},
    },
    range::{self, Range},
    staged, tree,
};

use crate::support::{Random, TestRepo, paths, show, write};

fn open(path: &Path) -> Repo {
    Repo::discover(path).unwrap().expect("a repository")
}

fn tree_options() -> tree::Options {
    tree::Options {
        max_size: 1 << 20,
        include_ignored: false,
        filter: PathFilter::default(),
        environment: Environment::default(),
    }
}

fn staged_paths(repo: &Repo) -> Vec<String> {
    let options = staged::Options { max_size: 1 << 20, filter: PathFilter::default(), merged: Vec::new() };
    paths(&staged::scan(repo, &Lookup::new(repo).unwrap(), &options, &show, &|| false))
}

/// Everything that can be asked of a repository's own files.
fn scan_all(path: &Path) -> usize {
    let repo = open(path);
    let lookup = Lookup::new(&repo).unwrap();
    let range = Range::parse(&repo, "HEAD").unwrap();
    let options = range::Options { max_size: 1 << 20, filter: PathFilter::default() };
    let of_range = range::scan(&repo, &lookup, &range, &options, &show, &|| false).unwrap();
    let of_tree = tree::walk(path, &tree_options(), &show, &|| false);
    let tips = refs::tips(&repo, &RefSelection::All, &|_| true);
    let indexed = git_index::all_objects(&repo).0;
    of_range.found.len() + of_tree.found.len() + staged_paths(&repo).len() + tips.tips.len() + indexed.len()
}

#[test]
fn nothing_that_a_repository_configures_runs() {
    let test = TestRepo::new();
    test.write("a.txt", "one\n");
    test.write(".gitattributes", "*.txt filter=evil diff=evil merge=evil\n");
    test.commit("one");
    test.write("a.txt", "two\n");
    test.git(&["add", "-A"]);
    let (marker, script) = (test.beside("ran"), test.beside("evil"));
    write(&script, format!("#!/bin/sh\ntouch {}\n", marker.display()));
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.askPass",
        "core.alternateRefsCommand",
        "core.gitProxy",
        "credential.helper",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "merge.evil.driver",
        "gpg.program",
        "uploadpack.packObjectsHook",
    ] {
        test.git(&["config", "--add", key, script]);
    }
    for hook in ["post-index-change", "reference-transaction", "fsmonitor-watchman", "post-checkout", "pre-auto-gc"] {
        let hook = test.path.join(".git/hooks").join(hook);
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::copy(script, hook).unwrap();
    }
    let _ = fs::remove_file(&marker);
    assert!(scan_all(&test.path) > 8);
    assert!(!marker.exists());
}

/// Only the superuser can give files away; others see here that their own are read.
#[test]
fn a_repository_of_another_user_is_scanned() {
    let test = TestRepo::new();
    test.write("a", "one\n");
    test.commit("one");
    let mut waiting = vec![test.path.clone()];
    while let Some(path) = waiting.pop() {
        let _ = std::os::unix::fs::chown(&path, Some(12345), Some(12345));
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    assert!(scan_all(&test.path) > 4);
}

#[test]
fn a_damaged_index_never_ends_the_program() {
    let test = TestRepo::new();
    for at in 0..30 {
        test.write(&format!("d{}/e{}/f{at}", at % 3, at % 4), format!("{at}\n"));
    }
    test.commit("one");
    test.write("d1/new", "x\n");
    test.git(&["add", "-A"]);
    let index = test.path.join(".git/index");
    let (whole, repo, mut random) = (fs::read(&index).unwrap(), open(&test.path), Random(5));
    for round in 0..2000 {
        let mut bytes = whole.clone();
        match round % 4 {
            0 => bytes.truncate(random.below(bytes.len())),
            1 => drop(bytes.remove(random.below(bytes.len()))),
            _ => {
                for _ in 0..=random.below(4) {
                    let at = random.below(bytes.len());
                    bytes[at] = random.below(256) as u8;
                }
            }
        }
        fs::write(&index, bytes).unwrap();
        let _ = staged_paths(&repo);
        let _ = tree::walk(&test.path, &tree_options(), &show, &|| false);
    }
    fs::write(&index, whole).unwrap();
    assert_eq!(staged_paths(&repo), ["d1/new"]);
}

#[test]
fn git_files_that_are_no_files_are_not_opened() {
    let test = TestRepo::new();
    test.commit("one");
    for name in ["info/exclude", "packed-refs", "shallow", "refs/heads/fifo", "config.worktree"] {
        let path = test.path.join(".git").join(name);
        let _ = fs::remove_file(&path);
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    }
    assert!(std::process::Command::new("mkfifo").arg(test.path.join(".gitignore")).status().unwrap().success());
    let repo = Repo::discover(&test.path);
    assert!(repo.unwrap_err().to_string().contains("shallow"));
    test.remove(".git/shallow");
    let found = refs::tips(&open(&test.path), &RefSelection::All, &|_| true);
    assert_eq!(found.problems.len(), 2, "{:?}", found.problems);
    assert_eq!(paths(&tree::walk(&test.path, &tree_options(), &show, &|| false)), [".git/config"]);
}

#[test]
fn a_folder_that_looks_like_a_repository_is_no_way_out_of_the_tree() {
    let test = TestRepo::new();
    write(&test.beside("outside/secret"), "");
    test.write("inner/.git", "gitdir: ../../outside\n");
    test.write("inner/file", "");
    std::os::unix::fs::symlink("../../outside", test.path.join("inner/link")).unwrap();
    let found = tree::walk(&test.path, &tree_options(), &show, &|| false);
    assert_eq!((paths(&found), found.problems.len()), (vec![".git/config".into(), "inner/file".into()], 1));
}

#[test]
fn ignoring_agrees_with_git_on_random_patterns() {
    const PARTS: [&str; 24] = [
        "a",
        "b",
        "ab",
        "c",
        "/",
        "/",
        "*",
        "*",
        "**",
        "**/",
        "/**",
        "?",
        "[ab]",
        "[!a]",
        "[a-c]",
        "[^/]",
        "[]a]",
        "\\a",
        "\\*",
        "{a,b}",
        " ",
        "!",
        "#",
        "[[:alpha:]]",
    ];
    const NAMES: [&str; 12] = ["a", "b", "c", "ab", "abc", "a b", "b ", "{a,b}", "!a", "#a", "*", "]"];
    let mut random = Random(11);
    let test = TestRepo::new();
    for round in 0..60 {
        for _ in 0..40 {
            let depth = 1 + random.below(4);
            let path: Vec<_> = (0..depth).map(|_| NAMES[random.below(NAMES.len())]).collect();
            let path = test.path.join(path.join("/"));
            if fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.is_dir() {
                fs::write(path, "").unwrap();
            }
        }
        let lines: Vec<String> = (0..6)
            .map(|_| {
                let negated = if random.below(4) == 0 { "!" } else { "" };
                let parts: Vec<_> = (0..=random.below(4)).map(|_| PARTS[random.below(PARTS.len())]).collect();
                format!("{negated}{}", parts.concat())
            })
            .collect();
        test.write(".gitignore", lines.join("\n"));
        let git = test.git(&["ls-files", "-z", "--others", "--exclude-standard"]);
        let mut expected: Vec<_> = git.split_terminator('\0').map(str::to_owned).collect();
        expected.sort();
        let mut found = paths(&tree::walk(&test.path, &tree_options(), &show, &|| false));
        found.retain(|path| path != ".git/config");
        assert_eq!(found, expected, "round {round}: {lines:?}");
        for entry in fs::read_dir(&test.path).unwrap().flatten().filter(|entry| entry.file_name() != ".git") {
            let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
        }
    }
}
