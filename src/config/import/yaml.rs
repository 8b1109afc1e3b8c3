//! Files in YAML: trufflehog's custom detectors, kingfisher's and Nosey Parker's rules, kingfisher's baselines; and trufflehog's lists of
//! paths.

use serde::Deserialize;
use serde_yaml_ng::Value;

use super::{
    Accepted, DraftAllow, ImportError, Imported,
    pattern::{self, Theirs},
};

#[derive(Deserialize)]
struct DetectorsShape {
    #[serde(default)]
    detectors: Vec<DetectorShape>,
    #[serde(flatten)]
    more: std::collections::BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct DetectorShape {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    keywords: Vec<String>,
    regex: std::collections::BTreeMap<String, String>,
    primary_regex_name: Option<String>,
    #[serde(default)]
    verify: Vec<Value>,
    #[serde(default)]
    exclude_words: Vec<String>,
    #[serde(default)]
    exclude_regexes_match: Vec<String>,
    #[serde(default)]
    exclude_regexes_capture: Vec<String>,
    entropy: Option<f64>,
}

pub fn trufflehog(text: &str) -> Result<Imported, ImportError> {
    let shape: DetectorsShape = serde_yaml_ng::from_str(text).map_err(form)?;
    let mut imported = Imported::default();
    imported.draft.foreign_marks = true;
    for name in shape.more.keys() {
        imported.left(name.clone(), "only `detectors` is carried over");
    }
    let mut theirs = vec![];
    for detector in &shape.detectors {
        take_detector(detector, &mut theirs, &mut imported);
    }
    pattern::write(&theirs, &mut imported);
    Ok(imported)
}

fn take_detector(detector: &DetectorShape, theirs: &mut Vec<Theirs>, imported: &mut Imported) {
    let name = &detector.name;
    let primary = match &detector.primary_regex_name {
        Some(primary) => detector.regex.get_key_value(primary),
        None => detector.regex.iter().next(),
    };
    let Some((key, regex)) = primary else {
        imported.left(format!("detector {name}"), "it has no pattern");
        return;
    };
    for other in detector.regex.keys().filter(|other| *other != key) {
        imported.left(
            format!("detector {name}: regex {other}"),
            "a second pattern: write it as a rule, and name it in `parts` (docs/rules.md)",
        );
    }
    if !detector.verify.is_empty() {
        imported.left(
            format!("detector {name}: verify"),
            "an address that gets the secret posted: write [rule.verify] in your own rule file",
        );
    }
    if let Some(entropy) = detector.entropy {
        imported.left(format!("detector {name}: entropy {entropy}"), "a match is judged by its format, not by entropy");
    }
    let patterns: Vec<String> =
        detector.exclude_regexes_match.iter().chain(&detector.exclude_regexes_capture).cloned().collect();
    let patterns = imported.patterns(&format!("detector {name}"), &patterns);
    if !patterns.is_empty() || !detector.exclude_words.is_empty() {
        imported.carried += 1;
        imported.draft.allow.push(DraftAllow {
            reason: Some(format!("excluded by {name}")),
            rules: vec![pattern::id(name)],
            patterns,
            words: detector.exclude_words.clone(),
            ..DraftAllow::default()
        });
    }
    theirs.push(Theirs {
        called: name.clone(),
        description: detector.description.clone(),
        regex: regex.clone(),
        secret_group: 0,
        keywords: detector.keywords.clone(),
    });
}

#[derive(Deserialize)]
struct KingfisherShape {
    #[serde(default)]
    rules: Vec<RuleShape>,
    #[serde(rename = "ExactFindings")]
    exact: Option<ExactShape>,
}

#[derive(Deserialize)]
struct RuleShape {
    name: String,
    id: Option<String>,
    pattern: String,
    min_entropy: Option<f64>,
    validation: Option<Value>,
    revocation: Option<Value>,
    #[serde(default)]
    depends_on_rule: Vec<Value>,
    pattern_requirements: Option<Value>,
}

#[derive(Deserialize)]
struct ExactShape {
    #[serde(default)]
    matches: Vec<ExactMatch>,
}

#[derive(Deserialize)]
struct ExactMatch {
    filepath: String,
    linenum: Option<u32>,
    #[serde(default)]
    fingerprint: Value,
}

pub fn kingfisher(text: &str) -> Result<Imported, ImportError> {
    let shape: KingfisherShape = serde_yaml_ng::from_str(text).map_err(form)?;
    let mut imported = Imported::default();
    imported.draft.foreign_marks = true;
    let mut theirs = vec![];
    for rule in &shape.rules {
        let called = rule.id.clone().unwrap_or_else(|| rule.name.clone());
        let more = [
            ("min_entropy", rule.min_entropy.is_some(), "a match is judged by its format, not by entropy"),
            ("validation", rule.validation.is_some(), "write [rule.verify] in your own rule file (docs/rules.md)"),
            ("revocation", rule.revocation.is_some(), "write [rule.revoke] in your own rule file"),
            ("depends_on_rule", !rule.depends_on_rule.is_empty(), "name the other rule in `parts` (docs/rules.md)"),
            ("pattern_requirements", rule.pattern_requirements.is_some(), "nothing here stands for it"),
        ];
        for (what, _, why) in more.into_iter().filter(|(_, given, _)| *given) {
            imported.left(format!("rule {called}: {what}"), why);
        }
        theirs.push(Theirs {
            called: called.clone(),
            description: rule.name.clone(),
            regex: rule.pattern.clone(),
            secret_group: 0,
            keywords: words(&rule.pattern),
        });
    }
    for known in shape.exact.iter().flat_map(|exact| &exact.matches) {
        let called = match &known.fingerprint {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => "a match".to_owned(),
        };
        imported.accepted.push(Accepted {
            commit: None,
            path: known.filepath.replace('\\', "/"),
            line: known.linenum,
            sha1: None,
            called,
        });
    }
    pattern::write(&theirs, &mut imported);
    Ok(imported)
}

/// Plain words that a pattern begins with: these rules have no keywords of their own.
fn words(pattern: &str) -> Vec<String> {
    let first = pattern.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("(?"));
    let word = first.unwrap_or_default().trim_start_matches("\\b");
    let word: String = word.chars().take_while(|char| char.is_ascii_alphanumeric()).collect();
    if word.len() >= 3 { vec![word] } else { vec![] }
}

/// A regular expression over paths a line.
pub fn excluded(text: &str) -> Imported {
    let mut imported = Imported::default();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let patterns: Vec<String> = lines.map(str::to_owned).collect();
    imported.draft.paths.exclude_patterns = imported.patterns("path", &patterns);
    imported.carried = imported.draft.paths.exclude_patterns.len();
    imported
}

fn form(error: serde_yaml_ng::Error) -> ImportError {
    ImportError::Form(error.to_string())
}
