//! Reports that earlier versions wrote are read for good.

use serde_json::Value;

use crate::sandbox::Sandbox;

/// As version 0.1.0 wrote them before there was a severity.
const SAMPLES: [(&str, &str); 2] = [
    ("schema-1.json", include_str!("samples/schema-1.json")),
    ("schema-1.jsonl", include_str!("samples/schema-1.jsonl")),
];

#[test]
fn a_report_of_an_earlier_version_is_read() {
    let sandbox = Sandbox::new();
    for (name, text) in SAMPLES {
        sandbox.write(name, text);
        let run = sandbox.run(&["report", "convert", name, "--format", "json"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
        assert_eq!(report["summary"]["findings"], 4, "{name}");
        assert_eq!(report["findings"][0]["severity"], "high", "{name}");
        assert_eq!(report["findings"][0]["places"][1]["author"], "Ana Prieto", "{name}");
        assert_eq!(report["problems"].as_array().unwrap().len(), 2, "{name}");
    }
}

#[test]
fn a_report_of_a_later_schema_is_refused_by_name() {
    let sandbox = Sandbox::new();
    sandbox.write("later.json", SAMPLES[0].1.replace("\"schema\": 1", "\"schema\": 2"));
    let run = sandbox.run(&["report", "convert", "later.json"]);
    assert!(run.code == 2 && run.stderr.contains("later.json: a report of schema 2; this version reads 1"), "{run:?}");
}
