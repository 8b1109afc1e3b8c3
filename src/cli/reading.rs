//! Reports that are taken as input: ours, and those of other scanners, whose places are looked up in the working folder.

use std::{fs, path::Path};

use anyhow::Context;

use crate::{
    detect::Detector,
    finding::{Finding, IdKey, group::Options, printable::printable},
    problem::{Problem, ProblemKind},
    report::{foreign, read},
    rule::Confidence,
    scan::at::{self, Named},
};

/// The findings of a report, and what of it is not found any more.
pub fn findings(
    report: &Path,
    detector: &Detector,
    id_key: &IdKey,
    now: i64,
) -> anyhow::Result<(Vec<Finding>, Vec<Problem>)> {
    let name = || report.display().to_string();
    let text = fs::read(report).with_context(name)?;
    let error = match read::findings(&text) {
        Ok(findings) => return Ok((findings, vec![])),
        Err(error) => error,
    };
    let Some((scanner, places)) = foreign::places(&text) else {
        return Err(error).with_context(name);
    };
    let named: Vec<Named> = places
        .iter()
        .map(|place| Named {
            commit: place.commit.clone(),
            path: place.path.clone(),
            line: place.line,
            sha1: place.sha1.clone(),
            secret: place.secret.clone(),
        })
        .collect();
    let options = Options { min_confidence: Confidence::Low, now, show_secrets: false, id_key: id_key.clone() };
    let located = at::locate(Path::new("."), &".".into(), &named, detector, &options);
    let gone = places.iter().zip(&located.found).filter(|(_, found)| !**found);
    let problems = gone.map(|(place, _)| {
        let line = place.line.map_or_else(String::new, |line| format!(":{line}"));
        Problem {
            kind: ProblemKind::Absent,
            what: printable(format!("{}{line} ({scanner}: {})", place.path, place.called).as_bytes()),
            why: "no rule of ours finds a credential there now".to_owned(),
        }
    });
    Ok((located.findings, problems.collect()))
}
