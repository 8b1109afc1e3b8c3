//! One test for each file in `rules/`, called like the file: `cargo test --test rules github`. Each example must yield its
//! rule and each counterexample must not, by a matcher that is as plain as can be: it tries every byte. The engine's lanes
//! are held against the same matcher. Each sample answer must be judged as it says by the conditions beside it.
//!
//! The files are read when the test runs, from the folder that `KEYSWEEP_RULES` names or the repository's own: who writes rules
//! need not build anything anew.

#[path = "rules/answers.rs"]
mod answers;
#[path = "rules/plain.rs"]
mod plain;
#[path = "rules/revocations.rs"]
mod revocations;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use keysweep::{
    blob::Fresh,
    checksum::{self, Check},
    detect::{Carried, Detector, Found, Match},
    judge,
    rule::{
        Rule, RuleSet,
        file::{self, Loaded},
    },
};
use libtest_mimic::{Arguments, Failed, Trial};
use plain::Matcher;

/// The folder of the rules.
fn folder() -> PathBuf {
    env::var_os("KEYSWEEP_RULES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), |given| PathBuf::from(&given))
}

/// The files in it. The judge's weights lie there as well.
fn files() -> std::io::Result<Vec<PathBuf>> {
    let mut paths: Vec<_> =
        fs::read_dir(folder())?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    Ok(paths)
}

fn main() -> ExitCode {
    let mut trials = vec![Trial::test("every_file_in_the_folder_is_embedded", every_file_is_embedded)];
    trials.push(Trial::test("every_rule_has_a_lane", || {
        Detector::new(Arc::new(RuleSet::embedded()))?;
        Ok(())
    }));
    trials.push(Trial::test("no_rule_claims_the_example_of_another", no_rule_claims_the_example_of_another));
    trials.push(Trial::test("no_rule_finds_anything_in_the_files", no_rule_finds_anything_in_the_files));
    trials.push(Trial::test("the_rule_in_the_documentation_is_good", the_rule_in_the_documentation_is_good));
    for path in files().expect("a folder of rules") {
        trials.push(Trial::test(issuer(&path), move || file_holds(&path)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn issuer(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn every_file_is_embedded() -> Result<(), Failed> {
    let stems: Vec<String> = files()?.iter().map(|path| issuer(path)).collect();
    let mut embedded: Vec<String> = RuleSet::embedded().iter().map(|(_, rule)| rule.issuer.to_string()).collect();
    embedded.sort();
    embedded.dedup();
    if stems == embedded { Ok(()) } else { Err(format!("in the folder {stems:?}, embedded {embedded:?}").into()) }
}

/// All that a file promises.
fn file_holds(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let loaded = file::parse(&text, &path.display().to_string(), &issuer(path)).map_err(|wrong| wrong.to_string())?;
    rules_hold(&text, &loaded)
}

/// Examples are found, counterexamples are not, no key stands in the text whole, and sample answers are judged right.
fn rules_hold(text: &str, all: &[Loaded]) -> Result<(), Failed> {
    let mut wrong = vec![];
    for loaded in all {
        let rule = &loaded.rule;
        wrong.extend(answers::faults(loaded));
        wrong.extend(revocations::faults(loaded, all));
        let (matcher, engine) = (Matcher::new(rule), Engine::new(rule)?);
        for example in rule.examples.iter() {
            let found = matcher.find(example.as_bytes());
            if found.is_empty() {
                wrong.push(format!("{}: finds nothing in the example\n    {example}", rule.id));
            }
            for secret in &found {
                let secret = String::from_utf8_lossy(secret);
                if !rule.part_only && text.contains(&*secret) {
                    wrong.push(format!("{}: a whole key stands in the file: {secret}", rule.id));
                }
            }
            let lanes = engine.find(example.as_bytes());
            if lanes.is_empty() || !lanes.iter().all(|secret| found.contains(&secret.as_slice())) {
                wrong.push(format!("{}: the lanes find {} of {}\n    {example}", rule.id, lanes.len(), found.len()));
            }
        }
        wrong.extend(unchecked(rule, &matcher));
        for counterexample in rule.counterexamples.iter() {
            let found = matcher.find(counterexample.as_bytes()).into_iter().map(<[u8]>::to_vec);
            for secret in found.chain(engine.find(counterexample.as_bytes())) {
                let secret = String::from_utf8_lossy(&secret);
                wrong.push(format!("{}: finds {secret} in the counterexample\n    {counterexample}", rule.id));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The pieces of a file that the documentation shows make one.
fn the_rule_in_the_documentation_is_good() -> Result<(), Failed> {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md"))?;
    let shown: Vec<&str> = text.split("```").filter_map(|block| block.strip_prefix("toml")).collect();
    let loaded = file::parse(&shown.concat(), "docs/rules.md", "acme").map_err(|wrong| wrong.to_string())?;
    if loaded.iter().all(|loaded| loaded.rule.verify.is_none()) {
        return Err("no verify section is shown".into());
    }
    if loaded.iter().all(|loaded| loaded.rule.revoke.is_empty() || loaded.rule.by_hand.is_none()) {
        return Err("no revoke section or no steps by hand are shown".into());
    }
    rules_hold(&text, &loaded)
}

/// Examples of a format with a checksum pass it; one is enough where a format has a form without.
fn unchecked(rule: &Rule, matcher: &Matcher) -> Vec<String> {
    let Some(name) = &rule.checksum else { return vec![] };
    let Some(check) = checksum::named(name) else { return vec![format!("{}: no check is called {name}", rule.id)] };
    let secrets = rule.examples.iter().flat_map(|example| matcher.find(example.as_bytes()));
    let checks: Vec<Check> = secrets.map(check).collect();
    match checks.contains(&Check::Valid) && !checks.contains(&Check::Invalid) {
        true => vec![],
        false => vec![format!("{}: the check {name} says {checks:?} of the examples", rule.id)],
    }
}

/// Break marks keep every example, whole or in part, from being found where it is written.
fn no_rule_finds_anything_in_the_files() -> Result<(), Failed> {
    let detector = Detector::new(Arc::new(RuleSet::embedded()))?;
    let mut wrong = vec![];
    for path in files()? {
        let text = fs::read(&path)?;
        let found = detector.scan(&text, Fresh::All, &Carried::default());
        for found in found.matches.iter().filter(|hit| is_told(&detector, &found, hit)) {
            wrong.push(format!("{}:{}: {}", path.display(), found.position.line, detector.rules().get(found.rule).id));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// With all rules at work, an example still yields its own.
fn no_rule_claims_the_example_of_another() -> Result<(), Failed> {
    let detector = Detector::new(Arc::new(RuleSet::embedded()))?;
    let mut wrong = vec![];
    for (ix, rule) in detector.rules().iter().filter(|(_, rule)| !rule.part_only) {
        for example in rule.examples.iter() {
            let found = detector.scan(example.as_bytes(), Fresh::All, &Carried::default());
            if !found.matches.iter().any(|found| found.rule == ix) {
                let others: Vec<&str> =
                    found.matches.iter().map(|found| &*detector.rules().get(found.rule).id).collect();
                wrong.push(format!("{}: claimed by {others:?}\n    {example}", rule.id));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Whether it is a credential in a file of which nothing is known but its bytes.
fn is_told(detector: &Detector, found: &Found<'_>, hit: &Match) -> bool {
    let rule = detector.rules().get(hit.rule);
    judge::confidence(rule, found.bytes(&hit.position), hit.evidence.as_deref(), None).is_some()
}

/// The engine with one rule, which finds its matches by themselves.
struct Engine(Detector);

impl Engine {
    fn new(rule: &Rule) -> Result<Self, Failed> {
        let alone = Rule { part_only: false, parts: [].as_slice().into(), ..rule.clone() };
        Ok(Self(Detector::new(Arc::new(RuleSet::new(vec![alone])))?))
    }

    fn find(&self, text: &[u8]) -> Vec<Vec<u8>> {
        let found = self.0.scan(text, Fresh::All, &Carried::default());
        let secret = |position: &keysweep::location::Position| {
            found.text[position.offset as usize..position.end as usize].to_vec()
        };
        let told = found.matches.iter().filter(|hit| is_told(&self.0, &found, hit));
        told.map(|found| secret(&found.position)).collect()
    }
}
