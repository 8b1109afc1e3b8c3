//! Opening repositories.

use std::{fs, path::PathBuf};

use keysweep::{
    location::Oid,
    problem::ProblemKind,
    source::history::repo::{Environment, OpenError, Repo},
};

use crate::support::{TestRepo, git_in, write};

fn discover(path: &std::path::Path) -> Repo {
    Repo::discover(path).unwrap().expect("a repository")
}

fn environment(current_dir: &std::path::Path, variables: &[(&str, &str)]) -> Environment {
    Environment::from_variables(current_dir.to_owned(), |name| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| PathBuf::from(value))
    })
}

#[test]
fn a_repository_is_found_from_a_folder_inside_it() {
    let test = TestRepo::new();
    test.write("a/b/c", "");
    for path in [test.path.clone(), test.path.join("a/b"), test.path.join("a/b/c"), test.path.join(".git")] {
        let repo = discover(&path);
        assert_eq!(repo.git_dir, test.path.join(".git"));
        assert_eq!(repo.work_tree.as_deref(), Some(test.path.as_path()));
        assert_eq!(repo.oid_len, 20);
    }
}

#[test]
fn a_folder_outside_of_any_repository_has_none() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    assert!(Repo::discover(folder.path()).unwrap().is_none());
}

#[test]
fn a_bare_repository_has_no_work_tree() {
    let test = TestRepo::with(&["--bare"]);
    let repo = discover(&test.path);
    assert_eq!((repo.git_dir.as_path(), repo.work_tree), (test.path.as_path(), None));
}

#[test]
fn a_linked_worktree_shares_objects_and_has_its_own_head() {
    let test = TestRepo::new();
    test.commit("one");
    let linked = test.beside("linked");
    test.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    let repo = discover(&linked);
    assert_eq!(repo.common_dir, test.path.join(".git"));
    assert_eq!(repo.git_dir, test.path.join(".git/worktrees/linked"));
    assert_eq!(repo.work_tree, Some(linked));
    assert_eq!(repo.object_dirs, [test.path.join(".git/objects")]);
    assert_eq!(Repo::open(&repo.git_dir).unwrap().work_tree, repo.work_tree);
    assert_eq!(repo.git_dirs().len(), 2);
    assert_eq!(repo.git2().unwrap().head().unwrap().name().unwrap(), "refs/heads/linked");
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let inner = TestRepo::new();
    inner.commit("one");
    let test = TestRepo::new();
    test.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path.to_str().unwrap(), "sub"]);
    let repo = discover(&test.path.join("sub"));
    assert_eq!(repo.git_dir, test.path.join(".git/modules/sub"));
    assert_eq!(repo.work_tree, Some(test.path.join("sub")));
    assert_eq!(Repo::open(&repo.git_dir).unwrap().work_tree, repo.work_tree);
}

#[test]
fn sha256_ids_have_32_bytes() {
    let test = TestRepo::with(&["--object-format=sha256"]);
    let commit = test.commit("one");
    let repo = discover(&test.path);
    assert_eq!(repo.oid_len, 32);
    let found = repo.git2().unwrap().revparse_single("HEAD").unwrap().id();
    assert_eq!(Oid::from_bytes(found.as_bytes()), Some(commit));
}

#[test]
fn a_reftable_repository_is_unsupported_and_named() {
    let test = TestRepo::with(&["--ref-format=reftable"]);
    let error = Repo::discover(&test.path).unwrap_err();
    assert!(
        matches!(&error, OpenError::Unsupported { what, .. } if what == "extensions.refstorage = reftable"),
        "{error}"
    );
    assert_eq!(error.problem().kind, ProblemKind::Unsupported);
}

#[test]
fn an_unknown_extension_or_version_is_unsupported_and_named() {
    let test = TestRepo::new();
    test.git(&["config", "core.repositoryformatversion", "1"]);
    test.git(&["config", "extensions.future", "yes"]);
    assert!(Repo::discover(&test.path).unwrap_err().to_string().contains("extensions.future = yes"));
    let config = test.path.join(".git/config");
    write(&config, "[core]\nrepositoryformatversion = 1\n[extensions]\nnoop = yes\n");
    assert!(Repo::discover(&test.path).unwrap().is_some());
    // Format 0 knows no extensions, and git passes over them.
    write(&config, "[core]\nrepositoryformatversion = 0\n[extensions]\nfuture = yes\n");
    assert!(Repo::discover(&test.path).unwrap().is_some());
    write(&config, "[core]\nrepositoryformatversion = 2\n");
    assert!(Repo::discover(&test.path).unwrap_err().to_string().contains("core.repositoryformatversion = 2"));
}

#[test]
fn alternates_are_followed_however_they_are_nested() {
    let test = TestRepo::new();
    let objects = |name: &str| test.beside(name).join("objects");
    for name in ["a", "b", "c"] {
        fs::create_dir_all(objects(name).join("info")).unwrap();
    }
    write(&test.path.join(".git/objects/info/alternates"), "# a comment\n../../../a/objects\n");
    write(
        &objects("a").join("info/alternates"),
        format!("{}\n\"../../c/objects\"\n/not/there\n", objects("b").display()),
    );
    // A circle.
    write(&objects("b").join("info/alternates"), format!("{}\n", test.path.join(".git/objects").display()));
    let repo = discover(&test.path);
    assert_eq!(repo.object_dirs, [test.path.join(".git/objects"), objects("a"), objects("b"), objects("c")]);
    assert_eq!(repo.problems.len(), 1);
    assert_eq!((repo.problems[0].kind, repo.problems[0].what.as_str()), (ProblemKind::Absent, "/not/there"));
}

#[test]
fn a_shallow_clone_tells_its_boundary_and_a_partial_one_that_it_is_one() {
    let test = TestRepo::new();
    test.commit("one");
    let boundary = test.commit("two");
    test.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", test.path.display());
    let clone = test.beside("clone");
    git_in(&test.path, &["clone", "-q", "--depth=1", "--filter=blob:none", &url, clone.to_str().unwrap()]);
    let repo = discover(&clone);
    assert_eq!(repo.shallow, [boundary]);
    assert!(repo.promisor && repo.git2().is_ok());
    assert!(!discover(&test.path).promisor && discover(&test.path).shallow.is_empty());
}

#[test]
fn nothing_that_the_configuration_includes_is_read() {
    let test = TestRepo::new();
    write(&test.beside("other"), "[extensions]\nfuture = 1\n[core]\nrepositoryformatversion = 9\n");
    test.git(&["config", "include.path", test.beside("other").to_str().unwrap()]);
    assert!(Repo::discover(&test.path).unwrap().is_some());
}

#[test]
fn a_git_file_that_leads_nowhere_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join(".git"), "gitdir: ../gone\n");
    assert!(matches!(Repo::discover(folder.path()), Err(OpenError::NotARepository { .. })));
}

#[test]
fn the_environment_speaks_of_the_current_repository_only() {
    let (current, other) = (TestRepo::new(), TestRepo::new());
    current.write("sub/file", "");
    let environment = environment(&current.path, &[("GIT_INDEX_FILE", ".git/next-index")]);
    let index = |path: &std::path::Path| Repo::discover_in(path, &environment).unwrap().unwrap().index;
    assert_eq!(index(&current.path), current.path.join(".git/next-index"));
    assert_eq!(index(&current.path.join("sub")), current.path.join(".git/next-index"));
    assert_eq!(index(&other.path), other.path.join(".git/index"));
}

#[test]
fn git_dir_with_a_work_tree_elsewhere_is_honoured() {
    let test = TestRepo::new();
    let work_tree = test.beside("work");
    fs::create_dir_all(work_tree.join("sub")).unwrap();
    let git_dir = test.path.join(".git");
    let environment = environment(
        &work_tree,
        &[("GIT_DIR", git_dir.to_str().unwrap()), ("GIT_WORK_TREE", work_tree.to_str().unwrap())],
    );
    let repo = Repo::discover_in(&work_tree.join("sub"), &environment).unwrap().unwrap();
    assert_eq!((repo.git_dir, repo.work_tree), (git_dir, Some(work_tree)));
    assert!(Repo::discover_in(test.path.parent().unwrap(), &environment).unwrap().is_none());
}

#[test]
fn pushed_objects_in_quarantine_are_found_with_those_of_the_repository() {
    let test = TestRepo::with(&["--bare"]);
    let quarantine = test.path.join("objects/incoming-x");
    fs::create_dir(&quarantine).unwrap();
    let objects = test.path.join("objects");
    let environment = environment(
        &test.path,
        &[
            ("GIT_DIR", "."),
            ("GIT_OBJECT_DIRECTORY", "./objects/incoming-x"),
            ("GIT_QUARANTINE_PATH", quarantine.to_str().unwrap()),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects.to_str().unwrap()),
        ],
    );
    let repo = Repo::discover_in(&test.path, &environment).unwrap().unwrap();
    assert_eq!(repo.object_dirs, [quarantine, objects]);
    assert!(repo.git2().is_ok());
}
