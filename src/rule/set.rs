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
use crate::checksum;

mod embedded {
    //! Written by `build.rs` from `rules/*.toml`.
    use std::borrow::Cow;

    #[allow(unused_imports, reason = "not everything that a rule may say is said by one of these")]
    use crate::rule::{
        bytes::ByteSet,
        outline::{Extent, Lane, Outline},
        request::{
            After, Ask, Because, Body, ClientAuth, Condition, Known, Method, Proof, Request, Says, Signature, Value,
            Verify,
        },
        revoke::{ByHand, Find, Lookup, MatchBy, Pages, Step, Way, Who},
        shape::{Boundary, Confidence, Context, Kind, Lifetime, Near, PartSpec, Rule},
    };

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
        Self::load_all(dirs, &[], selection)
    }

    /// The same with further rules in `silent` that somebody else wrote: they find, and their issuers are not asked.
    pub fn load_all(dirs: &[PathBuf], silent: &[PathBuf], selection: &Selection) -> Result<Self, RuleError> {
        let mut set = Self::embedded();
        if !dirs.is_empty() || !silent.is_empty() {
            let mut all: Vec<Loaded> = embedded::RULES.iter().map(loaded).collect();
            for (at, dir) in silent.iter().chain(dirs).enumerate() {
                for path in files_of(dir)? {
                    let mut rules = read(&path)?;
                    if at < silent.len() {
                        for loaded in &mut rules {
                            loaded.rule.verify = None;
                            loaded.rule.revoke = vec![].into();
                        }
                    }
                    all.extend(rules);
                }
            }
            set = Self::from_loaded(cross::gather(all)?);
        }
        set.select(selection)?;
        Ok(set)
    }

    /// Ids of the rules that a name means: a rule's id, an issuer's, or either with `*` and `?`.
    pub fn ids_of(&self, name: &str) -> Vec<String> {
        self.named(&[name.to_owned()]).map_or(vec![], |ids| ids.into_iter().collect())
    }

    /// A rule of the set, to be changed in this run. What is known of its pattern stays, so its pattern must.
    ///
    /// # Panics
    /// Where there is no rule with this id.
    pub fn rule_mut(&mut self, id: &str) -> &mut Rule {
        let ix = self.find(id).expect("the id is one of the set");
        self.rules[usize::from(ix.0)].to_mut()
    }

    /// Only the rules of one file's text, for `rules try` and tests.
    pub fn from_text(issuer: &str, text: &str) -> Result<Self, RuleError> {
        let loaded = file::parse(text, &format!("{issuer}.toml"), issuer)?;
        Ok(Self::from_loaded(cross::gather(loaded)?))
    }

    /// The embedded rules with those of `drafts`, which stand in for embedded ones of the same ids, whether they say so or not: files
    /// that are being written may be embedded already.
    pub fn with_drafts(drafts: Vec<Loaded>) -> Result<Self, Complaint> {
        let new: BTreeSet<&str> = drafts.iter().filter(|draft| !draft.replaces).map(|draft| &*draft.rule.id).collect();
        let others = embedded::RULES.iter().filter(|rule| !new.contains(&*rule.id)).map(loaded);
        let mut all: Vec<Loaded> = others.collect();
        all.extend(drafts);
        Ok(Self::from_loaded(cross::gather(all)?))
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
    Loaded {
        rule: rule.clone(),
        replaces: false,
        parts_at: vec![place.clone(); rule.parts.len()],
        checksum_at: None,
        samples: vec![],
        way_samples: vec![],
        id_at: place,
    }
}

/// The rule files of a folder, in the order of their names; a file stands for itself.
pub fn files_of(dir: &Path) -> Result<Vec<PathBuf>, RuleError> {
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

/// Reads one rule file.
pub fn read(path: &Path) -> Result<Vec<Loaded>, RuleError> {
    let text = fs::read_to_string(path).map_err(|source| RuleError::Unreadable { path: path.to_owned(), source })?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let loaded = file::parse(&text, &path.display().to_string(), &stem)?;
    loaded.iter().try_for_each(check_named)?;
    Ok(loaded)
}

/// The check that a rule names is one that there is. Not known to the build script, so the repository's own rules have a test.
fn check_named(loaded: &Loaded) -> Result<(), Complaint> {
    match (&loaded.rule.checksum, &loaded.checksum_at) {
        (Some(name), Some(place)) if checksum::named(name).is_none() => {
            let hint = nearest::hint(name, checksum::ALL.iter().map(|(known, _)| *known));
            Err(Complaint { message: format!("no check is called `{name}`{hint}"), ..place.clone() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
