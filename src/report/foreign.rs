//! Reports of other scanners: what they name, so that it can be looked up where it lies.
//!
//! gitleaks and betterleaks (JSON), trufflehog (JSON Lines), kingfisher (JSON and JSON Lines), detect-secrets (its baseline) and SARIF, by
//! whichever tool. Values in them are taken as secrets, and only to tell which of several values of a line is meant.

use serde_json::Value;

use crate::secret::Secret;

/// A finding of another scanner.
#[derive(Clone, Debug)]
pub struct ForeignPlace {
    /// The commit, where one is named.
    pub commit: Option<String>,
    /// The path.
    pub path: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The value, where the report has it.
    pub secret: Option<Secret>,
    /// SHA-1 of the value, in lower-case hexadecimal.
    pub sha1: Option<String>,
    /// What the other scanner calls it.
    pub called: String,
}

/// What a report of another scanner names; the scanner's name, and `None` where the text is no report that is known.
pub fn places(text: &[u8]) -> Option<(&'static str, Vec<ForeignPlace>)> {
    if let Ok(document) = serde_json::from_slice::<Value>(text) {
        return of_document(&document);
    }
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let values: Vec<Value> = lines.map(serde_json::from_slice).collect::<Result<_, _>>().ok()?;
    of_list(&values)
}

fn of_document(document: &Value) -> Option<(&'static str, Vec<ForeignPlace>)> {
    match document {
        Value::Array(values) => of_list(values),
        _ if document.get("runs").is_some() => Some(("SARIF", sarif(document))),
        _ if document.get("results").is_some_and(Value::is_object) => {
            Some(("detect-secrets", detect_secrets(document)))
        }
        Value::Object(object) => match object.get("findings") {
            Some(Value::Array(values)) => of_list(values),
            _ => of_list(std::slice::from_ref(document)),
        },
        _ => None,
    }
}

fn of_list(values: &[Value]) -> Option<(&'static str, Vec<ForeignPlace>)> {
    let all = |read: fn(&Value) -> Option<ForeignPlace>| values.iter().filter_map(read).collect::<Vec<_>>();
    type Read = fn(&Value) -> Option<ForeignPlace>;
    let known: [(&'static str, Read); 3] =
        [("gitleaks", gitleaks), ("trufflehog", trufflehog), ("kingfisher", kingfisher)];
    known.into_iter().map(|(name, read)| (name, all(read))).find(|(_, places)| !places.is_empty())
}

fn gitleaks(value: &Value) -> Option<ForeignPlace> {
    Some(ForeignPlace {
        called: text(value.get("RuleID")?)?,
        commit: commit(value.get("Commit")),
        path: text(value.get("File")?)?,
        line: number(value.get("StartLine")),
        secret: secret(value.get("Secret")),
        sha1: None,
    })
}

fn trufflehog(value: &Value) -> Option<ForeignPlace> {
    let data = value.get("SourceMetadata")?.get("Data")?.as_object()?;
    let place = data.values().next()?;
    Some(ForeignPlace {
        called: text(value.get("DetectorName")?)?,
        commit: commit(place.get("commit")),
        path: text(place.get("file")?)?,
        line: number(place.get("line")).filter(|line| *line > 0),
        secret: secret(value.get("Raw")),
        sha1: None,
    })
}

fn kingfisher(value: &Value) -> Option<ForeignPlace> {
    let (rule, finding) = (value.get("rule")?, value.get("finding")?);
    let git = finding.get("git_metadata");
    let path = git.and_then(|git| git.get("file")?.get("path")).or_else(|| finding.get("path"))?;
    Some(ForeignPlace {
        called: text(rule.get("id").or_else(|| rule.get("name"))?)?,
        commit: commit(git.and_then(|git| git.get("commit")?.get("id"))),
        path: text(path)?,
        line: number(finding.get("line")),
        secret: secret(finding.get("snippet")),
        sha1: None,
    })
}

fn detect_secrets(document: &Value) -> Vec<ForeignPlace> {
    let files = document.get("results").and_then(Value::as_object);
    let all = files.into_iter().flatten().flat_map(|(path, results)| {
        results.as_array().into_iter().flatten().map(move |result| ForeignPlace {
            called: result.get("type").and_then(text).unwrap_or_default(),
            commit: None,
            path: path.replace('\\', "/"),
            line: number(result.get("line_number")),
            secret: None,
            sha1: result.get("hashed_secret").and_then(text).map(|hash| hash.to_ascii_lowercase()),
        })
    });
    all.collect()
}

fn sarif(document: &Value) -> Vec<ForeignPlace> {
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut places = vec![];
    for result in list(document, "runs").iter().flat_map(|run| list(run, "results")) {
        let called = result.get("ruleId").and_then(text).unwrap_or_default();
        let prints = result.get("partialFingerprints");
        for location in list(&result, "locations") {
            let Some(place) = location.get("physicalLocation") else { continue };
            let Some(path) = place.get("artifactLocation").and_then(|file| text(file.get("uri")?)) else { continue };
            let region = place.get("region");
            places.push(ForeignPlace {
                called: called.clone(),
                commit: commit(prints.and_then(|prints| prints.get("commitSha"))),
                path: path.trim_start_matches("file://").to_owned(),
                line: number(region.and_then(|region| region.get("startLine"))),
                secret: secret(region.and_then(|region| region.get("snippet")?.get("text"))),
                sha1: None,
            });
        }
    }
    places
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn number(value: Option<&Value>) -> Option<u32> {
    value?.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn commit(value: Option<&Value>) -> Option<String> {
    let id = value?.as_str()?;
    (matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_ascii_lowercase())
}

/// A value that is not blacked out.
fn secret(value: Option<&Value>) -> Option<Secret> {
    let value = value?.as_str()?;
    let shown = !value.is_empty() && !value.contains("REDACTED") && !value.contains("***") && !value.ends_with("...");
    shown.then(|| Secret::new(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commit, path, line, whether there is a value, name.
    type Told = (Option<String>, String, Option<u32>, bool, String);

    fn read(text: &str) -> (String, Vec<Told>) {
        let (name, places) = places(text.as_bytes()).unwrap();
        let told = places.into_iter().map(|place| {
            (place.commit.map(|id| id[..4].to_owned()), place.path, place.line, place.secret.is_some(), place.called)
        });
        (name.to_owned(), told.collect())
    }

    fn one(commit: Option<&str>, line: u32, has_secret: bool, called: &str) -> Vec<Told> {
        vec![(commit.map(str::to_owned), "a.py".to_owned(), Some(line), has_secret, called.to_owned())]
    }

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn reports_of_other_scanners_are_told_apart_and_read() {
        let gitleaks =
            format!(r#"[{{"RuleID": "x", "StartLine": 3, "Secret": "abc", "File": "a.py", "Commit": "{COMMIT}"}}]"#);
        assert_eq!(read(&gitleaks), ("gitleaks".into(), one(Some("0123"), 3, true, "x")));
        let redacted = r#"[{"RuleID": "x", "StartLine": 3, "Secret": "REDACTED", "File": "a.py", "Commit": ""}]"#;
        assert_eq!(read(redacted).1, one(None, 3, false, "x"));
        let trufflehog = r#"{"SourceMetadata": {"Data": {"Filesystem": {"file": "a.py", "line": 4}}}, "DetectorName": "Github", "Raw": "abc"}
{"level": "info"}"#;
        assert_eq!(read(trufflehog), ("trufflehog".into(), one(None, 4, true, "Github")));
        let kingfisher = format!(
            r#"{{"findings": [{{"rule": {{"id": "k.1"}}, "finding": {{"snippet": "abc", "path": "x", "line": 5, "git_metadata": {{"commit": {{"id": "{COMMIT}"}}, "file": {{"path": "a.py"}}}}}}}}]}}"#
        );
        assert_eq!(read(&kingfisher), ("kingfisher".into(), one(Some("0123"), 5, true, "k.1")));
        let detect = r#"{"version": "1.5.0", "results": {"a.py": [{"type": "Secret Keyword", "hashed_secret": "AB", "line_number": 6}]}}"#;
        assert_eq!(read(detect), ("detect-secrets".into(), one(None, 6, false, "Secret Keyword")));
        let sarif = r#"{"runs": [{"results": [{"ruleId": "s", "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 7, "snippet": {"text": "abc"}}}}]}]}]}"#;
        assert_eq!(read(sarif), ("SARIF".into(), one(None, 7, true, "s")));
    }

    #[test]
    fn other_texts_are_no_reports() {
        for text in ["", "x", "[]", "{}", "[1]", "{\"a\": 1}\n{\"b\": 2}"] {
            assert!(places(text.as_bytes()).is_none(), "{text}");
        }
    }
}
