use super::*;

fn read(text: &str) -> Result<Read, Complaint> {
    parse(text, Path::new("here/keysweep.toml"), Voice::User).map(Option::unwrap)
}

fn complaint(text: &str) -> String {
    match read(text) {
        Err(complaint) => complaint.to_string(),
        Ok(_) => panic!("{text} was read"),
    }
}

const ALL: &str = r#"
extends = ["../shared.toml", { repository = "../conf", commit = "0123456789012345678901234567890123456789", file = "k.toml" }]
confidence = "low"
fail_on = ["live", "incomplete"]
rules_as_of = 2026-11-24
foreign_marks = true
baselines = ["org.jsonl"]
canaries = ["123456789012"]
owned = ["acme"]

[paths]
exclude = ["vendor/", "!vendor/ours"]
exclude_patterns = ["_test\\.go$"]
commits = ["0123ABC"]

[rules]
off = ["generic-password"]
only = []
files = ["my-rules"]

[rules.change.github]
confidence = "low"
names = ["acme_pin"]

[[allow]]
reason = "documentation"
rules = ["stripe"]
paths = ["docs/"]
values = ["ab{-}cd"]
patterns = ["^te?st_"]
words = ["Example"]
lines = ["Names=x"]
path_patterns = ["^docs"]
even_if_live = true
expires = "2027-01-31"

[limits]
max_size = "1MiB"
threads = 2

[output]
format = "json"

[verify]
hosts = { gitlab = ["https://Git.Example.com/"] }
ca_files = ["ca.pem"]
timeout = 5
"#;

#[test]
fn every_value_is_read_and_knows_where_it_stands() {
    let (config, extends) = read(ALL).unwrap();
    let told: Vec<String> = config
        .told()
        .into_iter()
        .map(|(name, value, at)| format!("{name} = {value} ({}:{})", at.line, at.column))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(extends.len(), 2);
    assert_eq!(extends[0].value, Extends::File("here/../shared.toml".into()));
    let allow = &config.allow[0].value;
    assert!(allow.even_if_live && allow.values[0].expose() == b"abcd" && allow.words == ["example"]);
    assert_eq!(allow.at, "here/keysweep.toml:25");
}

#[test]
fn what_is_wrong_is_told_with_line_column_and_the_nearest_name() {
    for (text, expected) in [
        ("confidense = \"low\"", "here/keysweep.toml:1:1: unknown field `confidense`"),
        ("confidense = \"low\"", "did you mean `confidence`?"),
        ("\n[paths]\nexclud = []", "3:1: unknown field `exclud`"),
        ("[[allow]]\nreason = \"x\"", "1:1: an entry without a condition allows everything"),
        ("[[allow]]\npatterns = [\"a(\"]", "2:13:"),
        ("fail_on = [\"alive\"]", "1:12: `alive` is none of any, live, incomplete, never; did you mean `live`?"),
        ("[output]\nformat = \"jsn\"", "did you mean `json`"),
        ("rules_as_of = \"soon\"", "1:15: expected a day"),
        ("[limits]\nmax_size = \"3GiB\"", "2:12: expected 2GiB at most"),
        ("[limits]\nthreads = 0", "2:11: expected 1 to 1024"),
        ("[paths]\nexclude = [\"\"]", "2:12:"),
        ("[paths]\ncommits = [\"main\"]", "2:12: expected a commit's id"),
        ("[verify]\nhosts = { gitlab = [\"a b\"] }", "2:21: expected the name of a host"),
        ("extends = [{ repository = \"x\", commit = \"main\", file = \"k\" }]", "expected the whole id"),
        ("confidence = \"hihg\"", "did you mean `high`?"),
        ("a = ", "1:"),
    ] {
        let complaint = complaint(text);
        assert!(complaint.contains(expected), "{text}: {complaint}");
    }
}

#[test]
fn a_repository_cannot_say_where_keys_are_sent_or_whose_they_are() {
    for (text, at) in [
        ("[verify]\nhosts = { gitlab = [\"evil.example.com\"] }", "1:1: `verify`"),
        ("canaries = []", "1:12: `canaries`"),
        ("\nowned = [\"me\"]", "2:9: `owned`"),
    ] {
        let complaint = parse(text, Path::new("keysweep.toml"), Voice::Repository).unwrap_err().to_string();
        assert!(complaint.contains(at) && complaint.contains("--config"), "{complaint}");
    }
    let text = "[rules]\nfiles = [\"r\"]";
    let (config, _) = parse(text, Path::new("keysweep.toml"), Voice::Repository).unwrap().unwrap();
    assert!(!config.rule_files[0].value.may_ask);
    assert!(read(text).unwrap().0.rule_files[0].value.may_ask);
}

#[test]
fn a_project_file_counts_where_it_names_us() {
    let project = |text: &str| parse(text, Path::new("pyproject.toml"), Voice::Repository);
    assert!(project("[project]\nname = \"x\"\n[tool.black]\nline-length = 1").unwrap().is_none());
    let (config, _) = project("[tool.keysweep]\nconfidence = \"low\"").unwrap().unwrap();
    assert_eq!(config.confidence.unwrap().at.line, 2);
    assert!(project("[tool.keysweep]\nx = 1").unwrap_err().to_string().starts_with("pyproject.toml:2:1: unknown"));
}

fn schema() -> serde_json::Value {
    serde_json::from_str(include_str!("../../docs/config.schema.json")).unwrap()
}

/// Dates become texts, as editors show TOML to a schema.
fn as_json(text: &str) -> serde_json::Value {
    fn json(value: toml::Value) -> serde_json::Value {
        match value {
            toml::Value::Datetime(day) => day.to_string().into(),
            toml::Value::Array(all) => all.into_iter().map(json).collect(),
            toml::Value::Table(all) => all.into_iter().map(|(name, value)| (name, json(value))).collect(),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    json(toml::Value::Table(text.parse().unwrap()))
}

#[test]
fn the_schema_takes_what_the_program_takes_and_has_no_other_names() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&as_json(ALL)).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    for text in
        ["x = 1", "[paths]\nx = 1", "[rules]\nx = 1", "[rules.change.a]\nx = 1", "[limits]\nx = 1", "[output]\nx = 1"]
    {
        assert!(!validator.is_valid(&as_json(text)) && read(text).is_err(), "{text}");
    }
    // The whole example has every name that the schema has.
    fn names(schema: &serde_json::Value, all: &mut Vec<String>) {
        let Some(object) = schema.as_object() else { return };
        if let Some(properties) = object.get("properties").and_then(|own| own.as_object()) {
            all.extend(properties.keys().cloned());
        }
        object.values().for_each(|value| names(value, all));
    }
    let mut all = vec![];
    names(&schema(), &mut all);
    let missing: Vec<&String> = all.iter().filter(|name| !ALL.contains(name.as_str())).collect();
    assert_eq!(missing, Vec::<&String>::new());
}
