use std::fs;

use super::*;

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn of(paths: &[&Path], named: &[PathBuf], user: Option<PathBuf>) -> Result<Layers, ConfigError> {
    layers(&Request { paths, named, user, no_repository: false, environment: &Environment::default() })
}

fn repository(folder: &Path) {
    git2::Repository::init(folder).unwrap();
}

#[test]
fn later_layers_win_and_lists_go_one_behind_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(folder.path(), "user.toml", "confidence = \"low\"\nowned = [\"acme\"]\n[paths]\nexclude = [\"a\"]");
    write(folder.path(), "repo/keysweep.toml", "confidence = \"medium\"\n[paths]\nexclude = [\"b\"]");
    write(folder.path(), "named.toml", "confidence = \"high\"\n[paths]\nexclude = [\"c\"]");
    write(folder.path(), "repo/sub/x", "");
    repository(&at("repo"));
    let layers = of(&[&at("repo/sub")], &[at("named.toml")], Some(at("user.toml"))).unwrap();
    let exclude: Vec<_> = layers.run.exclude.iter().map(|line| line.value.as_str()).collect();
    assert_eq!(exclude, ["a", "b", "c"]);
    let confidence = layers.run.confidence.as_ref().unwrap();
    assert!(format!("{:?}", confidence.value) == "High" && confidence.at.file.ends_with("named.toml"));
    let home = layers.homes[0].as_ref().unwrap();
    assert!(home.top.ends_with("repo") && home.in_repository);
    assert_eq!(layers.user.exclude.len(), 2, "for what is in no repository");
    let without = layers_without_repository(&at("repo"));
    assert!(without.run.exclude.is_empty());
}

fn layers_without_repository(path: &Path) -> Layers {
    let environment = Environment::default();
    layers(&Request { paths: &[path], named: &[], user: None, no_repository: true, environment: &environment }).unwrap()
}

#[test]
fn of_several_repositories_each_has_its_own_and_a_broken_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(folder.path(), "a/keysweep.toml", "confidence = \"low\"");
    write(folder.path(), "b/.keysweep/config.toml", "confidense = 1");
    [at("a"), at("b")].iter().for_each(|path| repository(path));
    let layers = of(&[&at("a"), &at("b")], &[], None).unwrap();
    assert!(layers.run.confidence.is_none(), "one repository does not speak for the run");
    assert!(layers.homes[0].as_ref().unwrap().config.confidence.is_some());
    assert!(layers.broken.len() == 1 && layers.broken[0].1.contains("confidense"));
    assert!(of(&[&at("b")], &[], None).unwrap_err().to_string().contains("confidense"));
}

#[test]
fn two_configurations_of_one_repository_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "keysweep.toml", "");
    write(folder.path(), "pyproject.toml", "[project]\nname = \"x\"");
    assert!(of(&[folder.path()], &[], None).is_ok());
    write(folder.path(), "pyproject.toml", "[tool.keysweep]\n");
    assert!(of(&[folder.path()], &[], None).unwrap_err().to_string().starts_with("two configurations"));
}

#[test]
fn a_configuration_extends_files_and_pinned_commits() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(folder.path(), "shared/keysweep.toml", "[paths]\nexclude = [\"shared\"]");
    repository(&at("shared"));
    let repo = git2::Repository::open(at("shared")).unwrap();
    let mut index = repo.index().unwrap();
    index.add_path(Path::new("keysweep.toml")).unwrap();
    let tree = repo.find_tree(index.write_tree().unwrap()).unwrap();
    let who = git2::Signature::new("Ana", "ana@example.com", &git2::Time::new(0, 0)).unwrap();
    let commit = repo.commit(Some("HEAD"), &who, &who, "first", &tree, &[]).unwrap();
    write(folder.path(), "shared/keysweep.toml", "[paths]\nexclude = [\"changed later\"]");
    let pinned = format!("{{ repository = \"../shared\", commit = \"{commit}\", file = \"keysweep.toml\" }}");
    write(folder.path(), "own/base.toml", "[paths]\nexclude = [\"base\"]");
    write(
        folder.path(),
        "own/keysweep.toml",
        &format!("extends = [\"base.toml\", {pinned}]\n[paths]\nexclude = [\"own\"]"),
    );
    let layers = of(&[&at("own")], &[], None).unwrap();
    let exclude: Vec<_> = layers.run.exclude.iter().map(|line| line.value.as_str()).collect();
    assert_eq!(exclude, ["base", "shared", "own"]);
    write(folder.path(), "own/base.toml", "extends = [\"base.toml\"]");
    assert!(of(&[&at("own")], &[], None).unwrap_err().to_string().contains("circle"));
    write(folder.path(), "own/base.toml", "extends = [\"missing.toml\"]");
    assert!(of(&[&at("own")], &[], None).unwrap_err().to_string().contains("base.toml:1:12: "));
}
