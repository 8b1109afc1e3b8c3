//! The working tree.

use std::{fs, path::Path};

use bstr::BString;
use keysweep::{
    problem::{ProblemKind, Skip},
    source::{
        Outcome,
        globs::PathFilter,
        history::repo::{Environment, User},
        tree::{self, Options},
    },
};

use crate::support::{Shown, TestRepo, git_in, paths, show, write};

fn options() -> Options {
    Options {
        max_size: 1 << 20,
        include_ignored: false,
        filter: PathFilter::default(),
        environment: Environment::default(),
    }
}

fn walk(root: &Path, options: &Options) -> Outcome<Shown> {
    tree::walk(root, options, &show, &|| false)
}

fn skipped(outcome: &Outcome<Shown>, reason: Skip) -> u64 {
    outcome.tally.skipped.get(&reason).copied().unwrap_or(0)
}

/// Paths of a repository's tree, its configuration apart.
fn tree_paths(root: &Path, options: &Options) -> Vec<String> {
    let mut found = paths(&walk(root, options));
    found.retain(|path| !path.starts_with(".git/config"));
    found
}

#[test]
fn outside_of_git_everything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", ".hidden", "d/.x/b", ".gitignore", ".ignore", "d/c"] {
        write(&folder.path().join(name), "*");
    }
    let found = walk(folder.path(), &options());
    assert_eq!(paths(&found), [".gitignore", ".hidden", ".ignore", "a", "d/.x/b", "d/c"]);
    assert_eq!((found.tally.files, found.tally.bytes, found.problems.len()), (6, 6, 0));
}

#[test]
fn ignored_files_are_counted_unless_tracked_and_read_when_asked_for() {
    let test = TestRepo::new();
    test.write("kept/tracked.log", "");
    test.git(&["add", "."]);
    test.write(".gitignore", "*.log\nkept/\nout/\n");
    for name in ["b.log", "kept/untracked", "out/a", "out/b", "out/d/c", "sub/x.log", "sub/y"] {
        test.write(name, "");
    }
    let found = walk(&test.path, &options());
    assert_eq!(paths(&found), [".git/config", ".gitignore", "kept/tracked.log", "sub/y"]);
    // Two logs, one file beside a tracked one, and one folder.
    assert_eq!(skipped(&found, Skip::Ignored), 4);
    let all = walk(&test.path, &Options { include_ignored: true, ..options() });
    assert_eq!((all.found.len(), skipped(&all, Skip::Ignored)), (10, 0));
}

#[test]
fn only_gits_own_ignore_sources_hide_anything() {
    let test = TestRepo::new();
    for name in [".ignore", ".rgignore", ".git/info/exclude", "d/.gitignore"] {
        test.write(name, format!("by-{}\n", name.replace(['.', '/'], "")));
    }
    for name in ["by-ignore", "by-rgignore", "by-gitinfoexclude", "by-dgitignore", "d/by-dgitignore", "d/by-ignore"] {
        test.write(name, "");
    }
    assert_eq!(
        tree_paths(&test.path, &options()),
        [".ignore", ".rgignore", "by-dgitignore", "by-ignore", "by-rgignore", "d/.gitignore", "d/by-ignore"]
    );
}

#[test]
fn the_excludes_file_of_the_user_and_of_the_repository_are_honoured() {
    let test = TestRepo::new();
    let home = test.beside("home");
    write(&home.join(".gitconfig"), "[core]\nexcludesFile = ~/mine\n");
    write(&home.join("mine"), "by-user\n");
    write(&home.join(".config/git/ignore"), "by-default\n");
    write(&test.beside("theirs"), "by-repo\n");
    for name in ["by-user", "by-default", "by-repo"] {
        test.write(name, "");
    }
    let mut user = User { home: Some(home.clone()), git_home: Some(home.join(".config/git")), configs: vec![] };
    let with = |user: &User| {
        let environment = Environment { user: user.clone(), ..Environment::default() };
        tree_paths(&test.path, &Options { environment, ..options() })
    };
    assert_eq!(with(&user), ["by-repo", "by-user"]);
    user.configs.push(home.join(".gitconfig"));
    assert_eq!(with(&user), ["by-default", "by-repo"]);
    test.git(&["config", "core.excludesFile", "../theirs"]);
    assert_eq!(with(&user), ["by-default", "by-user"]);
}

#[test]
fn a_subfolder_as_target_has_the_rules_of_the_folders_above() {
    let test = TestRepo::new();
    test.write(".gitignore", "*.log\n/a/b/top\n/b/\n");
    test.write("a/.gitignore", "!keep.log\nx\n");
    for name in ["a/b/one.log", "a/b/keep.log", "a/b/top", "a/b/x", "a/b/b/c"] {
        test.write(name, "");
    }
    assert_eq!(tree_paths(&test.path.join("a/b"), &options()), ["a/b/b/c", "a/b/keep.log"]);
}

#[test]
fn paths_and_globs_count_from_the_top_of_the_work_tree() {
    let test = TestRepo::new();
    for name in ["top", "a/b/one", "a/b/two", "a/b/a/b/one"] {
        test.write(name, "");
    }
    let only = |glob: &str| Options { filter: PathFilter::new(&[glob], &[]).unwrap(), ..options() };
    assert_eq!(tree_paths(&test.path.join("a/b"), &only("a/b/one")), ["a/b/one"]);
    assert_eq!(tree_paths(&test.path.join("a/b"), &only("/one")), [""; 0]);
    assert_eq!(paths(&walk(&test.path.join("a/b/one"), &only("a/b/*"))), ["a/b/one"]);
    assert_eq!(paths(&walk(&test.path.join("a/b/one"), &only("b/one"))), [""; 0]);
    let on_disk =
        |target: &str, shown: &str| tree::on_disk(&test.path.join(target), shown.into(), &Environment::default());
    assert_eq!(on_disk("a/b", "a/b/one"), test.path.join("a/b/one"));
    assert_eq!(on_disk("a/b/one", "a/b/one"), test.path.join("a/b/one"));
    let plain = tempfile::tempdir().unwrap();
    fs::create_dir(plain.path().join("a")).unwrap();
    fs::write(plain.path().join("a/one"), "").unwrap();
    assert_eq!(tree_paths(&plain.path().join("a"), &only("one")), ["one"]);
    assert_eq!(
        tree::on_disk(&plain.path().join("a"), "one".into(), &Environment::default()),
        plain.path().join("a/one")
    );
}

#[test]
fn a_target_that_is_ignored_itself_is_read() {
    let test = TestRepo::new();
    test.write(".gitignore", "out/\n.env\n");
    test.write("out/a", "");
    test.write(".env", "x");
    assert_eq!(paths(&walk(&test.path.join("out"), &options())), ["out/a"]);
    assert_eq!(paths(&walk(&test.path.join(".env"), &options())), [".env"]);
}

#[test]
fn ignoring_agrees_with_git() {
    let test = TestRepo::new();
    test.write(
        ".gitignore",
        "# comment\n\\#hash\n*.o\n!keep.o\n/root-only\nanywhere\nfolder/\n**/deep\nmid/**/end\ntail/**\n\
         a?c\n[x-z]1\n[!x-z]2\nspace\\ \ntrail   \n\\!bang\n*/one-down\nfoo/*\n!foo/bar\nfoo/bar/*\n!foo/bar/ok\n\n!\n/\n",
    );
    test.write("d/.gitignore", "!anywhere\n/root-only\n*.txt\n!*.md\n");
    for name in [
        "#hash",
        "a.o",
        "keep.o",
        "d/a.o",
        "root-only",
        "d/root-only",
        "e/root-only",
        "anywhere",
        "d/anywhere",
        "e/anywhere",
        "folder/x",
        "e/folder/y",
        "f/folder",
        "deep",
        "e/deep",
        "e/e/deep/x",
        "mid/end",
        "mid/a/end",
        "mid/a/b/end",
        "x/mid/end",
        "tail/a",
        "tail/b/c",
        "abc",
        "aXc",
        "a/c",
        "x1",
        "y1",
        "a1",
        "a2",
        "x2",
        "space ",
        "space",
        "trail",
        "!bang",
        "bang",
        "q/one-down",
        "q/r/one-down",
        "one-down",
        "foo/no",
        "foo/bar/no",
        "foo/bar/ok",
        "d/a.txt",
        "d/e/b.txt",
        "d/c.md",
        "e/c.txt",
        "\u{e4}.o",
        "d/\u{e4}",
        "new\nline.o",
        "B.O",
    ] {
        test.write(name, "");
    }
    let git = test.git(&["ls-files", "-z", "--others", "--exclude-standard"]);
    let mut expected: Vec<_> = git.split_terminator('\0').map(str::to_owned).collect();
    expected.sort();
    assert_eq!(tree_paths(&test.path, &options()), expected);
}

#[test]
fn ignored_names_have_no_case_where_the_repository_says_so() {
    let test = TestRepo::new();
    test.write(".gitignore", "*.log\n");
    test.write("A.LOG", "");
    assert_eq!(tree_paths(&test.path, &options()), [".gitignore", "A.LOG"]);
    test.git(&["config", "core.ignoreCase", "true"]);
    assert_eq!(tree_paths(&test.path, &options()), [".gitignore"]);
}

#[test]
fn of_a_git_folder_only_configuration_is_read() {
    let inner = TestRepo::new();
    inner.commit("one");
    let test = TestRepo::new();
    let url = inner.path.to_str().unwrap();
    test.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "deep/sub"]);
    test.commit("one");
    test.git(&["worktree", "add", "-q", test.beside("linked").to_str().unwrap()]);
    test.git(&["config", "extensions.worktreeConfig", "true"]);
    test.git(&["config", "--worktree", "a.b", "c"]);
    write(&test.path.join(".git/worktrees/linked/config.worktree"), "");
    assert_eq!(
        paths(&walk(&test.path, &options())),
        [
            ".git/config",
            ".git/config.worktree",
            ".git/modules/deep/sub/config",
            ".git/worktrees/linked/config.worktree",
            ".gitmodules"
        ]
    );
}

#[test]
fn stored_credentials_are_read_even_when_ignored() {
    let test = TestRepo::new();
    test.write(".gitignore", ".git-*\n");
    test.write("home/.git-credentials", "https://u:p@h\n");
    assert_eq!(tree_paths(&test.path, &options()), [".gitignore", "home/.git-credentials"]);
}

#[test]
fn a_git_folder_that_is_none_is_read_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join(".git/secret"), "");
    assert_eq!(paths(&walk(folder.path(), &options())), [".git/secret"]);
}

/// What is damaged, and how.
type Damage<'d> = (&'d str, &'d dyn Fn(&Path));

#[test]
fn a_damaged_git_folder_is_a_problem_and_all_of_it_is_read() {
    let damages: [Damage<'_>; 6] = [
        ("HEAD", &|git| fs::remove_file(git.join("HEAD")).unwrap()),
        ("HEAD", &|git| write(&git.join("HEAD"), "rubbish\n")),
        ("HEAD", &|git| write(&git.join("HEAD"), "")),
        ("objects", &|git| fs::remove_dir_all(git.join("objects")).unwrap()),
        ("refs", &|git| fs::remove_dir_all(git.join("refs")).unwrap()),
        ("HEAD", &|git| {
            fs::remove_dir_all(git).unwrap();
            write(&git.join("config"), "");
        }),
    ];
    for (lacks, damage) in damages {
        let test = TestRepo::new();
        test.write("a", "");
        test.write(".git/left", "");
        damage(&test.path.join(".git"));
        for (root, below) in [(test.path.clone(), ""), (test.path.parent().unwrap().to_owned(), "repo/")] {
            let found = walk(&root, &options());
            let seen = paths(&found);
            assert!(seen.contains(&format!("{below}a")) && seen.contains(&format!("{below}.git/config")), "{seen:?}");
            assert_eq!(found.problems.len(), 1, "{lacks}: {:?}", found.problems);
            assert_eq!(found.problems[0].kind, ProblemKind::Corrupt);
            assert!(found.problems[0].why.contains(&format!("no {lacks}")), "{:?}", found.problems);
        }
    }
}

#[test]
fn the_configuration_that_a_git_file_leads_to_counts_as_the_targets() {
    let test = TestRepo::new();
    test.write("a", "");
    test.commit("one");
    test.git(&["worktree", "add", "-q", "../side"]);
    git_in(&test.beside("side"), &["config", "extensions.worktreeConfig", "true"]);
    git_in(&test.beside("side"), &["config", "--worktree", "a.b", "c"]);
    let shared = "../repo/.git/config";
    let own = "../repo/.git/worktrees/side/config.worktree";
    let found = walk(&test.beside("side"), &options());
    assert_eq!(paths(&found), [shared, own, "a"]);
    assert!(found.found[0].text.contains("[core]") && found.problems.is_empty());
    // The walk over the folder with both meets it by itself.
    let all = paths(&walk(test.path.parent().unwrap(), &options()));
    assert_eq!(all.iter().filter(|path| path.ends_with("/config")).count(), 1, "{all:?}");

    let module =
        ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", test.path.to_str().unwrap(), "sub"];
    let outer = TestRepo::new();
    outer.git(&module);
    assert_eq!(paths(&walk(&outer.path.join("sub"), &options())), ["../.git/modules/sub/config", "a"]);
}

#[test]
fn nested_repositories_have_their_own_rules_and_index() {
    let test = TestRepo::new();
    test.write(".gitignore", "*.log\n/ignored/\n");
    test.write("inner/tracked.tmp", "");
    test.write("inner/x.log", "");
    test.write("inner/y.tmp", "");
    test.write("inner/.gitignore", "*.tmp\n");
    test.write("ignored/x", "");
    for name in ["inner", "ignored"] {
        git_in(&test.path.join(name), &["init", "-q"]);
    }
    git_in(&test.path.join("inner"), &["add", "-f", "tracked.tmp"]);
    let found = walk(&test.path, &options());
    assert_eq!(
        paths(&found),
        [".git/config", ".gitignore", "inner/.git/config", "inner/.gitignore", "inner/tracked.tmp", "inner/x.log"]
    );
    assert_eq!(found.nested, [test.path.join("inner")]);
    assert_eq!(skipped(&found, Skip::Ignored), 2);
}

#[test]
fn a_submodule_is_read_even_where_its_folder_is_ignored() {
    let inner = TestRepo::new();
    inner.write("a.log", "");
    inner.commit("one");
    let test = TestRepo::new();
    let url = inner.path.to_str().unwrap();
    test.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "sub"]);
    test.write(".gitignore", "sub\n*.log\n");
    let found = walk(&test.path, &options());
    assert!(paths(&found).contains(&"sub/a.log".into()));
    assert_eq!(found.nested, [test.path.join("sub")]);
}

#[test]
fn a_folder_of_repositories_is_read_with_the_rules_of_each() {
    let (one, two) = (TestRepo::new(), TestRepo::new());
    let folder = tempfile::tempdir().unwrap();
    for (test, name) in [(&one, "one"), (&two, "two")] {
        test.write(".gitignore", format!("{name}\n"));
        test.write("one", "");
        test.write("two", "");
        fs::rename(&test.path, folder.path().join(name)).unwrap();
    }
    let found = walk(folder.path(), &options());
    let kept: Vec<_> = paths(&found).into_iter().filter(|path| !path.contains(".git")).collect();
    assert_eq!(kept, ["one/two", "two/one"]);
    assert_eq!(found.nested.len(), 2);
}

#[test]
fn a_bare_repository_in_the_tree_is_not_read_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("x.git");
    fs::create_dir(&bare).unwrap();
    git_in(&bare, &["init", "-q", "--bare"]);
    let found = walk(folder.path(), &options());
    assert_eq!((paths(&found), found.nested), (vec!["x.git/config".to_owned()], vec![bare.clone()]));
    let found = walk(&bare, &options());
    assert_eq!((paths(&found), found.nested), (vec!["config".to_owned()], vec![]));
}

#[test]
fn a_bare_repository_that_is_tracked_is_files() {
    let test = TestRepo::new();
    for name in ["objects/x", "refs/x", "config"] {
        test.write(&format!("fixture/{name}"), "");
    }
    test.write("fixture/HEAD", "ref: refs/heads/main\n");
    assert_eq!(tree_paths(&test.path, &options()), ["fixture/config"]);
    test.git(&["add", "-A"]);
    test.git(&["add", "fixture/HEAD"]);
    assert_eq!(tree_paths(&test.path, &options()).len(), 4);
    assert_eq!(walk(&test.path, &options()).nested, Vec::<std::path::PathBuf>::new());
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_special_files_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(&root.join("d/a"), "");
    std::os::unix::fs::symlink("d", root.join("link-to-folder")).unwrap();
    std::os::unix::fs::symlink("d/a", root.join("link-to-file")).unwrap();
    std::os::unix::fs::symlink(".", root.join("d/loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", root.join("dangling")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    // Opening a FIFO that nobody writes to would never end.
    assert!(std::process::Command::new("mkfifo").arg(root.join("fifo")).status().unwrap().success());
    let found = walk(root, &options());
    assert_eq!(paths(&found), ["d/a"]);
    assert_eq!((skipped(&found, Skip::Symlink), skipped(&found, Skip::Special)), (4, 2));
    assert_eq!(skipped(&walk(&root.join("fifo"), &options()), Skip::Special), 1);
    assert_eq!(paths(&walk(&root.join("link-to-folder"), &options())), ["a"]);
    assert_eq!(paths(&walk(&root.join("link-to-file"), &options())), ["link-to-file"]);
}

#[test]
fn files_over_the_size_limit_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("big"), vec![b'x'; 101]);
    write(&folder.path().join("fits"), vec![b'x'; 100]);
    let found = walk(folder.path(), &Options { max_size: 100, ..options() });
    assert_eq!((paths(&found), skipped(&found, Skip::TooBig)), (vec!["fits".into()], 1));
}

#[test]
fn globs_narrow_and_what_they_leave_out_is_counted() {
    let test = TestRepo::new();
    for name in ["src/a.rs", "src/b.md", "vendor/c.rs", "d.rs"] {
        test.write(name, "");
    }
    let filter = PathFilter::new(&["*.rs"], &["vendor/"]).unwrap();
    let found = walk(&test.path, &Options { filter, ..options() });
    assert_eq!((paths(&found), skipped(&found, Skip::Excluded)), (vec!["d.rs".into(), "src/a.rs".into()], 3));
}

#[test]
fn a_target_that_is_not_there_is_a_problem() {
    let found = walk(Path::new("/nonexistent/x"), &options());
    assert_eq!(found.problems.len(), 1);
    assert_eq!(found.problems[0].kind, ProblemKind::Unreadable);
}

#[test]
fn an_unsupported_repository_is_a_problem_and_its_files_are_read() {
    let test = TestRepo::with(&["--ref-format=reftable"]);
    test.write("a", "");
    let found = walk(&test.path, &options());
    assert!(paths(&found).contains(&"a".into()));
    assert_eq!(found.problems[0].kind, ProblemKind::Unsupported);
    let above = walk(test.path.parent().unwrap(), &options());
    assert!(paths(&above).contains(&"repo/a".into()));
    assert_eq!(above.problems.len(), 1);
}

#[test]
fn a_damaged_index_is_a_problem_and_ignored_files_are_read() {
    let test = TestRepo::new();
    test.write(".gitignore", "x\n");
    test.write("x", "");
    test.write(".git/index", "rubbish");
    let found = walk(&test.path, &options());
    assert!(paths(&found).contains(&"x".into()));
    assert_eq!(found.problems[0].kind, ProblemKind::Corrupt);
}

#[test]
fn a_split_index_tells_what_is_tracked() {
    let test = TestRepo::new();
    test.write("a.log", "");
    test.commit("one");
    test.git(&["update-index", "--split-index"]);
    test.write("b.log", "");
    test.git(&["add", "b.log"]);
    test.write("c.log", "");
    test.write(".gitignore", "*.log\n");
    assert_eq!(tree_paths(&test.path, &options()), [".gitignore", "a.log", "b.log"]);
}

#[test]
fn below_a_folder_that_a_sparse_index_folds_everything_counts_as_tracked() {
    let test = TestRepo::new();
    for name in ["in/a.log", "out/b.log", "out/deep/c.log"] {
        test.write(name, "");
    }
    test.commit("one");
    test.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    test.write("out/deep/left.log", "");
    test.write(".gitignore", "*.log\n");
    test.write("in/new.log", "");
    assert_eq!(tree_paths(&test.path, &options()), [".gitignore", "in/a.log", "out/deep/left.log"]);
}

#[test]
fn the_environment_names_index_and_work_tree() {
    let test = TestRepo::new();
    test.write("a.log", "");
    test.git(&["add", "-f", "a.log"]);
    test.write(".gitignore", "*.log\n");
    fs::rename(test.path.join(".git/index"), test.path.join(".git/other")).unwrap();
    assert_eq!(tree_paths(&test.path, &options()), [".gitignore"]);
    let environment = Environment {
        index_file: Some(test.path.join(".git/other")),
        current_dir: test.path.clone(),
        ..Environment::default()
    };
    assert_eq!(tree_paths(&test.path, &Options { environment, ..options() }), [".gitignore", "a.log"]);
}

#[cfg(unix)]
#[test]
fn names_of_any_bytes_are_read_and_problems_show_none_of_them() {
    use std::os::unix::{ffi::OsStrExt, fs::PermissionsExt};
    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"a\xff\x1b[31m");
    fs::write(folder.path().join(name), "x").unwrap();
    let found = walk(folder.path(), &options());
    assert_eq!(found.found[0].origin.path, Some(BString::from(b"a\xff\x1b[31m".as_slice())));
    fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o000)).unwrap();
    // Root reads it all the same.
    for problem in walk(folder.path(), &options()).problems {
        assert!(!problem.what.contains('\x1b'));
    }
}

#[test]
fn a_tree_of_any_depth_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("d/".repeat(800));
    write(&deep.join("a"), "");
    let found = walk(folder.path(), &options());
    assert_eq!((found.found.len(), found.problems.len()), (1, 0));
}

#[test]
fn what_is_stopped_says_so() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a"), "");
    let found = tree::walk(folder.path(), &options(), &show, &|| true);
    assert_eq!((found.found.len(), found.problems[0].kind), (0, ProblemKind::Stopped));
}

#[test]
fn files_that_come_and_go_during_the_scan_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    for at in 0..200 {
        write(&folder.path().join(format!("{at}/a")), vec![b'x'; 10_000]);
    }
    let root = folder.path().to_owned();
    let vanish = |origin: &keysweep::source::Origin, bytes: &[u8], fresh: keysweep::blob::Fresh<'_>| {
        // The first file seen takes all others with it, or cuts them.
        for at in 0..200 {
            let path = root.join(format!("{at}/a"));
            if at % 2 == 0 {
                let _ = fs::remove_dir_all(path.parent().unwrap());
            } else if let Ok(file) = fs::File::options().write(true).open(path) {
                let _ = file.set_len(3);
            }
        }
        show(origin, bytes, fresh)
    };
    let found = tree::walk(folder.path(), &options(), &vanish, &|| false);
    assert!(found.found.len() >= 100);
    assert_eq!(found.problems, []);
}
