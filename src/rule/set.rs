//! Rules put together: embedded ones, the user's, less what was deselected.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use globset::Glob;

use super::{
    Rule, RuleIx, cross,
    file::{self, Complaint, Loaded},
    nearest,
};

mod embedded {
    //! Written by `build.rs` from `rules/*.toml`.
    use std::borrow::Cow;

    use crate::rule::shape::{Boundary, Confidence, Kind, Lifetime, Near, PartSpec, Rule};

    include!(concat!(env!("OUT_DIR"), "/rules.rs"));
}

/// All rules of a run, in the order of their ids.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Held>,
}

/// Embedded rules cost nothing at the start of the program: they are constants.
#[derive(Debug)]
enum Held {
    Embedded(&'static Rule),
    Owned(Box<Rule>),
}

impl Held {
    fn rule(&self) -> &Rule {
        match self {
            Self::Embedded(rule) => rule,
            Self::Owned(rule) => rule,
        }
    }

    fn to_mut(&mut self) -> &mut Rule {
        if let Self::Embedded(rule) = self {
            *self = Self::Owned(Box::new((*rule).clone()));
        }
        match self {
            Self::Owned(rule) => rule,
            Self::Embedded(_) => unreachable!("was just made an owned one"),
        }
    }
}

/// Which rules take part. A name is a rule's id, an issuer's id (all of its rules), or either with `*` and `?`.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these, when there are any (`--rule`).
    pub only: Vec<String>,
    /// Not these (`--skip-rule`).
    pub skip: Vec<String>,
}

/// Why there is no rule set.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// A rule file says something that cannot be.
    #[error(transparent)]
    Broken(#[from] Complaint),
    /// A rule file or folder that cannot be read.
    #[error("{}: cannot be read", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder of rules without any.
    #[error("{}: no rule file (*.toml) in it", .0.display())]
    Empty(PathBuf),
    /// `--rule` or `--skip-rule` with a name that nothing has.
    #[error("no rule or issuer is called `{name}`{hint}")]
    Unknown {
        /// The name.
        name: String,
        /// The nearest names, or nothing.
        hint: String,
    },
    /// The selection leaves no rule.
    #[error("no rule is left: --skip-rule takes away all that --rule selects")]
    NoneLeft,
}

impl RuleSet {
    /// A set of these rules, put in the order of their ids.
    pub fn new(mut rules: Vec<Rule>) -> Self {
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Self { rules: rules.into_iter().map(|rule| Held::Owned(Box::new(rule))).collect() }
    }

    /// The rules that come with the program.
    pub fn embedded() -> Self {
        Self { rules: embedded::RULES.iter().map(Held::Embedded).collect() }
    }

    /// The embedded rules, those in the `*.toml` files of `dirs` (a file may be named as well), less what `selection` leaves
    /// out. A rule of the user with the id of another stands in for it if it says `replaces = true`, and is an error if not.
    /// Rules that selected ones need as parts stay, and find nothing by themselves.
    pub fn load(dirs: &[PathBuf], selection: &Selection) -> Result<Self, RuleError> {
        let mut set = Self::embedded();
        if !dirs.is_empty() {
            let mut all: Vec<Loaded> = embedded::RULES.iter().map(loaded).collect();
            for dir in dirs {
                for path in files_of(dir)? {
                    all.extend(read(&path)?);
                }
            }
            set = Self::from_loaded(cross::gather(all)?);
        }
        set.select(selection)?;
        Ok(set)
    }

    /// Only the rules of one file's text, for `rules try` and tests.
    pub fn from_text(issuer: &str, text: &str) -> Result<Self, RuleError> {
        let loaded = file::parse(text, &format!("{issuer}.toml"), issuer)?;
        Ok(Self::from_loaded(cross::gather(loaded)?))
    }

    fn from_loaded(loaded: Vec<Loaded>) -> Self {
        Self::new(loaded.into_iter().map(|loaded| loaded.rule).collect())
    }

    /// A rule by its index.
    pub fn get(&self, ix: RuleIx) -> &Rule {
        self.rules[usize::from(ix.0)].rule()
    }

    /// Index of a rule by its id.
    pub fn find(&self, id: &str) -> Option<RuleIx> {
        self.rules.binary_search_by(|held| (*held.rule().id).cmp(id)).ok().map(index)
    }

    /// All rules with their indices.
    pub fn iter(&self) -> impl Iterator<Item = (RuleIx, &Rule)> {
        self.rules.iter().enumerate().map(|(at, held)| (index(at), held.rule()))
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    fn select(&mut self, selection: &Selection) -> Result<(), RuleError> {
        if selection.only.is_empty() && selection.skip.is_empty() {
            return Ok(());
        }
        let only = self.named(&selection.only)?;
        let skip = self.named(&selection.skip)?;
        let kept = |id: &str| (selection.only.is_empty() || only.contains(id)) && !skip.contains(id);
        let parts: BTreeSet<String> = self
            .iter()
            .filter(|(_, rule)| kept(&rule.id))
            .flat_map(|(_, rule)| rule.parts.iter().map(|part| part.rule.to_string()))
            .collect();
        self.rules.retain_mut(|held| {
            let id = held.rule().id.clone();
            if !kept(&id) && parts.contains(&*id) {
                held.to_mut().part_only = true;
                return true;
            }
            kept(&id)
        });
        if self.is_empty() { Err(RuleError::NoneLeft) } else { Ok(()) }
    }

    /// Ids of the rules that `names` mean.
    fn named(&self, names: &[String]) -> Result<BTreeSet<String>, RuleError> {
        let mut ids = BTreeSet::new();
        for name in names {
            let glob = Glob::new(name).ok().map(|glob| glob.compile_matcher());
            let means = |text: &str| text == name || glob.as_ref().is_some_and(|glob| glob.is_match(text));
            let before = ids.len();
            let found: Vec<&Rule> =
                self.iter().map(|(_, rule)| rule).filter(|rule| means(&rule.id) || means(&rule.issuer)).collect();
            if found.is_empty() && before == ids.len() {
                let known = self.iter().flat_map(|(_, rule)| [&*rule.id, &*rule.issuer]);
                return Err(RuleError::Unknown { name: name.clone(), hint: nearest::hint(name, known) });
            }
            ids.extend(found.iter().map(|rule| rule.id.to_string()));
        }
        Ok(ids)
    }
}

fn index(at: usize) -> RuleIx {
    RuleIx(u16::try_from(at).expect("a set holds fewer than 65,536 rules"))
}

fn loaded(rule: &'static Rule) -> Loaded {
    let place =
        Complaint { file: format!("{}.toml (embedded)", rule.issuer), line: 1, column: 1, message: String::new() };
    Loaded { rule: rule.clone(), replaces: false, parts_at: vec![place.clone(); rule.parts.len()], id_at: place }
}

/// The rule files of a folder, in the order of their names; a file stands for itself.
fn files_of(dir: &Path) -> Result<Vec<PathBuf>, RuleError> {
    let unreadable = |source| RuleError::Unreadable { path: dir.to_owned(), source };
    if dir.is_file() {
        return Ok(vec![dir.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() { Err(RuleError::Empty(dir.to_owned())) } else { Ok(files) }
}

fn read(path: &Path) -> Result<Vec<Loaded>, RuleError> {
    let text = fs::read_to_string(path).map_err(|source| RuleError::Unreadable { path: path.to_owned(), source })?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(file::parse(&text, &path.display().to_string(), &stem)?)
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            ids(&["npm"], &["npm"]),
            Err("no rule is left: --skip-rule takes away all that --rule selects".into())
        );
    }

    #[test]
    fn parts_of_a_selected_rule_stay_as_parts() {
        let only = Selection { only: vec!["aws-secret-access-key".into()], skip: vec![] };
        let set = RuleSet::load(&[], &only).expect("a rule");
        let kept: Vec<(&str, bool)> = set.iter().map(|(_, rule)| (&*rule.id, rule.part_only)).collect();
        assert_eq!(kept, [("aws-access-key-id", true), ("aws-secret-access-key", false)]);
    }
}
