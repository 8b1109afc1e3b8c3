use std::{fs, slice};

use super::*;
use crate::{
    finding::{Verdict, Verification},
    report::{Format, Look, sample},
};

fn save(report: &Report, format: Format, path: &Path) -> PathBuf {
    let mut out = Vec::new();
    report.write(format, Look::PLAIN, &mut out).unwrap();
    fs::write(path, out).unwrap();
    path.to_owned()
}

#[test]
fn one_report_merged_is_itself_and_twice_the_same_is_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut report = sample::report();
    report.worst_first();
    let a = save(&report, Format::Json, &folder.path().join("a.json"));
    let b = save(&report, Format::Jsonl, &folder.path().join("b.jsonl"));
    let text = |paths: &[PathBuf]| {
        let merged = merge(paths).unwrap();
        let mut out = Vec::new();
        merged.write(false, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(text(slice::from_ref(&a)), fs::read_to_string(&a).unwrap());
    assert_eq!(text(slice::from_ref(&b)), fs::read_to_string(&a).unwrap());
    let paths = [a, b];
    let twice = merge(&paths).unwrap();
    assert_eq!(twice.len(), report.findings.len());
    let read = crate::report::read::findings(text(&paths[..1]).as_bytes()).unwrap();
    for (merged, one) in twice.findings().zip(&read) {
        let merged = merged.unwrap();
        assert_eq!((&merged.id, &merged.places, merged.places_total), (&one.id, &one.places, one.places_total));
    }
}

#[test]
fn a_secret_of_several_repositories_is_one_finding_with_all_places() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = vec![];
    for number in 0..40 {
        let mut report = sample::report();
        report.findings.truncate(1);
        report.findings[0].places.truncate(1);
        report.findings[0].places_total = 1;
        report.summary.remotes = [(".".to_owned(), format!("https://github.com/acme/app{number:02}"))].into();
        let format = if number % 2 == 0 { Format::Json } else { Format::Jsonl };
        paths.push(save(&report, format, &folder.path().join(format!("{number:02}"))));
    }
    let merged = merge(&paths).unwrap().report().unwrap();
    let [finding] = &merged.findings[..] else { panic!("{:?}", merged.findings) };
    assert_eq!((finding.places.len(), finding.places_total), (40, 40));
    assert_eq!(merged.summary.targets[39], "https://github.com/acme/app39");
    assert_eq!(merged.summary.remotes["https://github.com/acme/app39"], "https://github.com/acme/app39");
    assert_eq!(merged.summary.tally.files, 40 * sample::report().summary.tally.files);
}

#[test]
fn the_later_answer_of_an_issuer_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, verdict, checked_at| {
        let mut report = sample::report();
        report.findings.truncate(1);
        report.findings[0].verification =
            Some(Verification { checked_at: Some(checked_at), ..Verification::of(verdict, "x") });
        save(&report, Format::Json, &folder.path().join(name))
    };
    let paths = [path("a", Verdict::Dead, 200), path("b", Verdict::Live, 100)];
    let merged = merge(&paths).unwrap().report().unwrap();
    assert_eq!(merged.findings[0].verification.as_ref().unwrap().verdict, Verdict::Dead);
}

#[test]
fn what_is_no_report_is_told_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in
        [("a", "[]"), ("b", "{\"schema\": 9, \"findings\": [], \"summary\": {}}"), ("c", "{\"x\""), ("d", "")]
    {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let error = merge(slice::from_ref(&path)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(&path.display().to_string()), "{text}: {error}");
    }
}
