//! sarif: SARIF 2.1.0, for code scanning and for editors.
//!
//! A result is a finding: its first place is the location, others are related locations. Lines and no columns: ours count bytes,
//! SARIF's count characters. Code scanning takes 5,000 results of a run and 10 MB compressed, and shows nothing at all beyond
//! 25,000: the worst [`MOST_RESULTS`] are written and a notification tells how many are not.

mod result;
mod rules;

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Report, counts::Counts, safe_json, words};
use crate::finding::{Finding, printable::printable};

/// Results that code scanning shows.
pub const MOST_RESULTS: usize = 5_000;

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<&Finding> = report.findings.iter().take(MOST_RESULTS).collect();
    let (rules, index) = rules::rules(&findings);
    let run = json!({
        "tool": {
            "driver": {
                "name": "keysweep",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            },
        },
        "automationDetails": { "id": "keysweep/" },
        "columnKind": "utf16CodeUnits",
        "invocations": [invocation(report, findings.len())],
        "versionControlProvenance": provenance(report),
        "results": findings.iter().map(|finding| result::result(report, finding, &index)).collect::<Vec<_>>(),
        "properties": { "complete": report.complete, "targets": report.summary.targets },
    });
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    safe_json::write_indented(out, &document)?;
    out.write_all(b"\n")
}

fn provenance(report: &Report) -> Vec<Value> {
    report.summary.remotes.values().map(|remote| json!({ "repositoryUri": remote })).collect()
}

/// When it ran, and what it could not do.
fn invocation(report: &Report, written: usize) -> Value {
    let notification =
        |level: &str, text: String| json!({ "level": level, "message": { "text": printable(text.as_bytes()) } });
    let mut notifications: Vec<Value> = report
        .problems
        .iter()
        .map(|problem| notification("warning", format!("Not scanned: {}: {}.", problem.what, problem.why)))
        .collect();
    let left = report.findings.len() - written;
    if left > 0 {
        let left = words::count(left as u64, "finding");
        notifications.push(notification(
            "warning",
            format!("{left} of lower severity are not in this file: code scanning takes {MOST_RESULTS}."),
        ));
    }
    let counts = Counts::of(&report.findings);
    notifications.push(notification("note", format!("{} in all.", words::count(counts.findings, "secret"))));
    let begun = report.summary.started_at;
    let ended = begun.saturating_add_unsigned(report.summary.elapsed_ms / 1000);
    json!({
        "executionSuccessful": !report.saw_nothing(),
        "startTimeUtc": words::date_time(begun, 0),
        "endTimeUtc": words::date_time(ended, 0),
        "toolExecutionNotifications": notifications,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, Look, sample};

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        report.write(Format::Sarif, Look::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn sarif_stays_as_it_is() {
        insta::assert_snapshot!(written(&sample::report()));
    }

    #[test]
    fn the_fingerprint_is_the_same_when_lines_move_and_another_for_another_file() {
        let mut report = sample::report();
        let of = |report: &Report| -> Value {
            let value: Value = serde_json::from_str(&written(report)).unwrap();
            value["runs"][0]["results"][0]["partialFingerprints"].clone()
        };
        let before = of(&report);
        report.findings[0].places[0].place.position.line += 7;
        assert_eq!(of(&report), before);
        report.findings[0].places[0].place.path = Some("elsewhere".into());
        assert_ne!(of(&report), before);
        assert_eq!(of(&report)["keysweepFinding/v1"], before["keysweepFinding/v1"]);
    }

    #[test]
    fn code_scannings_limits_hold_for_the_largest_report() {
        let mut report = sample::report();
        let mut long = report.findings.remove(0);
        long.places.truncate(22);
        for (at, shown) in long.places.iter_mut().enumerate() {
            shown.place.path = Some(format!("{at}/{}", "long-".repeat(40)).into());
        }
        report.findings = vec![long; MOST_RESULTS + 3];
        let text = written(&report);
        assert_eq!(text.matches("\"ruleId\"").count(), MOST_RESULTS);
        assert!(text.contains("3 findings of lower severity are not in this file"));
        let mut packer = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let mut packed = vec![0; packer.gzip_compress_bound(text.len())];
        let size = packer.gzip_compress(text.as_bytes(), &mut packed).unwrap();
        assert!(size < 10_000_000, "{size} bytes");
    }
}
