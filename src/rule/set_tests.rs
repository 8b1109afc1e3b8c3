//! Which rules a run has.

use super::*;

const MINE: &str = "issuer = 'acme'\nname = 'Acme'\ndocs = 'd'\nrotate = 'r'\n[[rule]]\nid = 'acme-key'\nname = 'n'\nopens = 'o'\n\
    kind = 'api-key'\nlifetime = 'static'\nconfidence = 'high'\npattern = 'acme_[a-z]{20}'\ndocumented = 'high'\n\
    examples = ['e']\ncounterexamples = ['c', 'd']\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(dir.path().join(name), text).expect("a file");
    }
    dir
}

fn ids(only: &[&str], skip: &[&str]) -> Result<Vec<String>, String> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let selection = Selection { only: owned(only), skip: owned(skip) };
    let set = RuleSet::load(&[], &selection).map_err(|error| error.to_string())?;
    Ok(set.iter().map(|(_, rule)| rule.id.to_string()).collect())
}

#[test]
fn rules_are_in_the_order_of_their_ids_and_found_by_them() {
    let set = RuleSet::embedded();
    assert!(set.iter().zip(set.iter().skip(1)).all(|((_, a), (_, b))| a.id < b.id));
    assert!(set.iter().all(|(ix, rule)| set.find(&rule.id) == Some(ix) && set.get(ix).id == rule.id));
    assert_eq!(set.find("acme-key"), None);
}

#[test]
fn a_folder_adds_rules() {
    let dir = folder(&[("acme.toml", MINE), ("README.md", "not a rule")]);
    let set = RuleSet::load(&[dir.path().to_owned()], &Selection::default()).expect("good rules");
    assert_eq!(set.len(), RuleSet::embedded().len() + 1);
    assert_eq!(set.find("acme-key").map(|ix| &*set.get(ix).issuer_name), Some("Acme"));
}

#[test]
fn a_rule_of_the_user_replaces_one_only_if_it_says_so() {
    let text = MINE.replace("acme-key", "npm-access-token").replace("'acme'", "'npm'");
    let dir = folder(&[("npm.toml", &text)]);
    let error = RuleSet::load(&[dir.path().to_owned()], &Selection::default()).expect_err("twice the same id");
    assert!(error.to_string().contains("npm.toml:6:6: `npm-access-token` is already"), "{error}");
    let dir = folder(&[("npm.toml", &format!("{text}replaces = true\n"))]);
    let set = RuleSet::load(&[dir.path().to_owned()], &Selection::default()).expect("good rules");
    assert_eq!(set.find("npm-access-token").map(|ix| &*set.get(ix).name), Some("n"));
    assert_eq!(set.len(), RuleSet::embedded().len());
}

#[test]
fn folders_that_give_nothing_are_errors() {
    let dir = folder(&[]);
    let error = RuleSet::load(&[dir.path().to_owned()], &Selection::default()).expect_err("no rule");
    assert!(error.to_string().ends_with("no rule file (*.toml) in it"), "{error}");
    let error = RuleSet::load(&[dir.path().join("absent")], &Selection::default()).expect_err("no folder");
    assert!(error.to_string().ends_with("absent: cannot be read"), "{error}");
}

#[test]
fn rules_are_selected_by_id_issuer_and_glob() {
    assert_eq!(ids(&["npm-access-token"], &[]), Ok(vec!["npm-access-token".into()]));
    assert_eq!(ids(&["npm"], &["npm-npmrc-*"]), Ok(vec!["npm-access-token".into()]));
    let all = ids(&[], &[]).expect("all");
    let without = ids(&[], &["github*"]).expect("all but GitHub's");
    assert!(without.len() < all.len() && !without.iter().any(|id| id.starts_with("github-")));
}

#[test]
fn unknown_names_are_errors_with_the_nearest() {
    assert_eq!(
        ids(&["npm-acess-token"], &[]),
        Err("no rule or issuer is called `npm-acess-token`; did you mean `npm-access-token`?".into())
    );
    assert_eq!(ids(&[], &["gihtub"]), Err("no rule or issuer is called `gihtub`; did you mean `github`?".into()));
    assert_eq!(ids(&["npm"], &["npm"]), Err("no rule is left: --skip-rule takes away all that --rule selects".into()));
}

#[test]
fn parts_of_a_selected_rule_stay_as_parts() {
    let only = Selection { only: vec!["aws-secret-access-key".into()], skip: vec![] };
    let set = RuleSet::load(&[], &only).expect("a rule");
    let kept: Vec<(&str, bool)> = set.iter().map(|(_, rule)| (&*rule.id, rule.part_only)).collect();
    assert_eq!(kept, [("aws-access-key-id", true), ("aws-secret-access-key", false)]);
}

#[test]
fn a_check_that_is_not_there_is_told_with_the_nearest() {
    let dir = folder(&[("acme.toml", &format!("{MINE}checksum = 'gitub'\n"))]);
    let error = RuleSet::load(&[dir.path().to_owned()], &Selection::default()).expect_err("no such check");
    assert!(
        error.to_string().ends_with("acme.toml:16:12: no check is called `gitub`; did you mean `github`?"),
        "{error}"
    );
}
