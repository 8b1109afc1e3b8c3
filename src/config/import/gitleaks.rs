//! gitleaks and betterleaks: TOML configurations of every age, and `.gitleaksignore`.

use std::{fs, path::Path};

use serde::Deserialize;

use super::{
    Accepted, DraftAllow, ImportError, Imported, counterpart,
    pattern::{self, Theirs},
};
use crate::{detect::Detector, rule::RuleSet};

#[derive(Default, Deserialize)]
#[serde(default)]
struct ConfigShape {
    extend: Extend,
    rules: Vec<Rule>,
    allowlist: Option<Allowlist>,
    #[serde(alias = "allowLists")]
    allowlists: Vec<Allowlist>,
    #[serde(flatten)]
    more: std::collections::BTreeMap<String, toml::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Extend {
    use_default: bool,
    path: String,
    url: String,
    disabled_rules: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    id: String,
    description: String,
    regex: String,
    path: String,
    secret_group: usize,
    entropy: f64,
    keywords: Vec<String>,
    allowlist: Option<OneOrMany>,
    allowlists: Vec<Allowlist>,
    file: String,
    filter: Option<toml::Value>,
}

/// A rule's allowlist is a table, and in some files a list of tables.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Box<Allowlist>),
    Many(Vec<Allowlist>),
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Allowlist {
    description: String,
    condition: String,
    commits: Vec<String>,
    paths: Vec<String>,
    files: Vec<String>,
    regexes: Vec<String>,
    regex_target: String,
    #[serde(alias = "stopWords")]
    stopwords: Vec<String>,
    target_rules: Vec<String>,
    repos: Vec<String>,
}

/// So many files may extend one another.
const MAX_DEPTH: usize = 4;

/// Names at the top of a file that say nothing about what is found.
const SILENT: [&str; 4] = ["title", "description", "minVersion", "version"];

pub fn config(text: &str, path: &Path, detector: &Detector, depth: usize) -> Result<Imported, ImportError> {
    let rules = detector.rules();
    let shape: ConfigShape =
        toml::from_str(text).map_err(|error| ImportError::Form(error.to_string().trim().to_owned()))?;
    let mut imported = Imported::default();
    // Their own marks count for them without being asked for.
    imported.draft.foreign_marks = true;
    for name in shape.more.keys().filter(|name| !SILENT.contains(&name.as_str())) {
        imported.left(name.clone(), "not a setting that is known");
    }
    extend(&shape.extend, path, detector, depth, &mut imported)?;
    if !shape.extend.use_default && shape.extend.path.is_empty() && !shape.rules.is_empty() {
        imported.left(
            "no [extend] useDefault",
            "only its own rules were looked for there; here all of keysweep's rules stay on",
        );
    }
    let mut theirs = vec![];
    for rule in &shape.rules {
        take_rule(rule, detector, &mut theirs, &mut imported);
    }
    for allowlist in shape.allowlist.iter().chain(&shape.allowlists) {
        let names = names(&allowlist.target_rules, &theirs, rules, &mut imported);
        if names.is_empty() && !allowlist.target_rules.is_empty() {
            imported.left(title(allowlist), "it is for rules that nothing here stands for");
            continue;
        }
        take_allowlist(allowlist, &names, &mut imported);
    }
    pattern::write(&theirs, &mut imported);
    Ok(imported)
}

fn extend(
    extend: &Extend,
    path: &Path,
    detector: &Detector,
    depth: usize,
    imported: &mut Imported,
) -> Result<(), ImportError> {
    let rules = detector.rules();
    if !extend.path.is_empty() {
        let beside = path.parent().unwrap_or(Path::new("")).join(&extend.path);
        let found = [beside.as_path(), Path::new(&extend.path)].into_iter().find(|path| path.is_file());
        match found.filter(|_| depth < MAX_DEPTH).map(|found| (found, fs::read_to_string(found))) {
            Some((found, Ok(text))) => imported.add(config(&text, found, detector, depth + 1)?),
            _ => imported.left(format!("[extend] path = {}", extend.path), "there is no such file here"),
        }
    }
    if !extend.url.is_empty() {
        imported.left(
            format!("[extend] url = {}", extend.url),
            "nothing is fetched: use `extends` with a file or a pinned commit",
        );
    }
    for id in &extend.disabled_rules {
        match counterpart(id, rules).filter(|ours| ["generic", "private-key", "jwt"].contains(&ours.as_str())) {
            Some(ours) => {
                imported.draft.rules.off.push(ours);
                imported.carried += 1;
            }
            None => imported.left(
                format!("disabledRules: {id}"),
                "which of our rules is meant is not sure: turn it off in [rules] off",
            ),
        }
    }
    Ok(())
}

fn take_rule(rule: &Rule, detector: &Detector, theirs: &mut Vec<Theirs>, imported: &mut Imported) {
    let rules = detector.rules();
    let what = if rule.id.is_empty() { rule.description.clone() } else { rule.id.clone() };
    let called = if what.is_empty() { "a rule without a name".to_owned() } else { what };
    let covered = counterpart(&rule.id, rules);
    let found = covered.as_deref().map_or(0, |ours| pattern::covered(detector, &rule.regex, ours));
    let stands_for = |ours: &String| rule.regex.is_empty() || is_generic(ours) || found >= pattern::TRIES / 4;
    let names = match covered.clone().filter(stands_for) {
        Some(covered) => {
            let how = match rule.regex.is_empty() || is_generic(&covered) {
                true => covered.clone(),
                false => format!("{covered}, which finds {found} of {} values made from its pattern", pattern::TRIES),
            };
            imported.covered.push((called.clone(), how));
            vec![covered]
        }
        None if rule.regex.is_empty() => {
            let why = match rule.path.is_empty() && rule.file.is_empty() {
                true => "nothing here stands for this rule",
                false => "a file is not a secret for its name alone",
            };
            imported.left(format!("rule {called}"), why);
            vec![]
        }
        None => {
            theirs.push(Theirs {
                called: called.clone(),
                description: rule.description.clone(),
                regex: rule.regex.clone(),
                secret_group: rule.secret_group,
                keywords: rule.keywords.clone(),
            });
            // What it allows it allows for ours of the same issuer, too.
            [pattern::id(&called)].into_iter().chain(covered).collect()
        }
    };
    if rule.entropy > 0.0 && !rule.regex.is_empty() {
        imported.left(
            format!("rule {called}: entropy {}", rule.entropy),
            "a match is judged by its format and what stands around it, not by entropy",
        );
    }
    if !rule.regex.is_empty() && !rule.path.is_empty() {
        imported.left(format!("rule {called}: path {}", rule.path), "the rule finds in every path");
    }
    if rule.filter.is_some() {
        imported.left(format!("rule {called}: filter"), "an expression in a rule has no counterpart");
    }
    let own = match &rule.allowlist {
        Some(OneOrMany::One(one)) => vec![(**one).clone()],
        Some(OneOrMany::Many(many)) => many.clone(),
        None => vec![],
    };
    for allowlist in own.iter().chain(&rule.allowlists) {
        if names.is_empty() {
            imported.left(format!("rule {called}: allowlist"), "its rule is not here");
        } else {
            take_allowlist(allowlist, &names, imported);
        }
    }
}

/// Rules that stand for a mechanism and not for a format.
fn is_generic(issuer: &str) -> bool {
    ["generic", "http", "private-key", "jwt"].contains(&issuer)
}

fn names(targets: &[String], theirs: &[Theirs], rules: &RuleSet, imported: &mut Imported) -> Vec<String> {
    let mut names = vec![];
    for target in targets {
        if theirs.iter().any(|rule| rule.called == *target) {
            names.push(pattern::id(target));
        } else if let Some(ours) = counterpart(target, rules) {
            names.push(ours);
        } else {
            imported.left(format!("targetRules: {target}"), "nothing here stands for this rule");
        }
    }
    names.dedup();
    names
}

fn title(allowlist: &Allowlist) -> String {
    let title = if allowlist.description.is_empty() { "without a description" } else { &allowlist.description };
    format!("allowlist: {title}")
}

fn take_allowlist(allowlist: &Allowlist, names: &[String], imported: &mut Imported) {
    let what = title(allowlist);
    if !allowlist.repos.is_empty() {
        imported.left(format!("{what}: repos"), "a configuration is one repository's");
    }
    let paths: Vec<String> = allowlist.paths.iter().chain(&allowlist.files).cloned().collect();
    let paths = imported.patterns(&what, &paths);
    let regexes = imported.patterns(&what, &allowlist.regexes);
    let commits = commits(allowlist, &what, imported);
    let (patterns, lines) = match allowlist.regex_target.as_str() {
        "" | "secret" => (regexes, vec![]),
        "line" => (vec![], regexes),
        _ => {
            if !regexes.is_empty() {
                imported.left(
                    format!("{what}: regexTarget = \"match\""),
                    "looked for in the whole line, which allows a little more",
                );
            }
            (vec![], regexes)
        }
    };
    let reason = Some(allowlist.description.clone()).filter(|text| !text.is_empty());
    let words = allowlist.stopwords.clone();
    let whole = DraftAllow {
        reason: reason.clone(),
        rules: names.to_vec(),
        path_patterns: paths.clone(),
        commits: commits.clone(),
        patterns: patterns.clone(),
        lines: lines.clone(),
        words: words.clone(),
    };
    if (DraftAllow { rules: vec![], ..whole.clone() }).is_empty() {
        return;
    }
    imported.carried += 1;
    if allowlist.condition.eq_ignore_ascii_case("and") || allowlist.condition == "&&" {
        // Patterns, lines and words are three ways to say which values: all must hold here, one there.
        let ways = [!patterns.is_empty() || !lines.is_empty(), !words.is_empty()];
        if ways == [true, true] {
            imported.left(
                format!("{what}: stopwords and regexes with AND"),
                "of patterns and words one is enough here, so words are left out",
            );
            imported.draft.allow.push(DraftAllow { words: vec![], ..whole });
        } else {
            imported.draft.allow.push(whole);
        }
        return;
    }
    let draft = &mut imported.draft;
    let rules = || names.to_vec();
    let mut put = |entry: DraftAllow| draft.allow.push(DraftAllow { reason: reason.clone(), rules: rules(), ..entry });
    if !patterns.is_empty() || !lines.is_empty() || !words.is_empty() {
        put(DraftAllow { patterns, lines, words, ..DraftAllow::default() });
    }
    if !paths.is_empty() && !names.is_empty() {
        put(DraftAllow { path_patterns: paths.clone(), ..DraftAllow::default() });
    }
    if !commits.is_empty() && !names.is_empty() {
        put(DraftAllow { commits: commits.clone(), ..DraftAllow::default() });
    }
    if names.is_empty() {
        draft.paths.exclude_patterns.extend(paths);
        draft.paths.commits.extend(commits);
    }
}

fn commits(allowlist: &Allowlist, what: &str, imported: &mut Imported) -> Vec<String> {
    let is_id = |text: &&String| text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    for odd in allowlist.commits.iter().filter(|text| !is_id(text)) {
        imported.left(format!("{what}: commit {odd}"), "not a commit's id of 7 digits or more");
    }
    allowlist.commits.iter().filter(is_id).cloned().collect()
}

/// `commit:path:rule:line`, or without the commit.
pub fn ignored(text: &str) -> Imported {
    let mut imported = Imported::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match fingerprint(line) {
            Some(accepted) => imported.accepted.push(accepted),
            None => imported.left(line, "not of the form commit:path:rule:line"),
        }
    }
    imported
}

fn fingerprint(text: &str) -> Option<Accepted> {
    let (rest, line) = text.rsplit_once(':')?;
    let line = line.parse().ok()?;
    let (rest, rule) = rest.rsplit_once(':')?;
    let hex = |text: &str| matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (commit, path) = match rest.split_once(':').filter(|(commit, _)| hex(commit)) {
        Some((commit, path)) => (Some(commit.to_ascii_lowercase()), path),
        None => (None, rest),
    };
    Some(Accepted { commit, path: path.to_owned(), line: Some(line), sha1: None, called: rule.to_owned() })
}
