//! What a person should do about a finding, in a sentence.

use super::words;
use crate::{
    finding::{Finding, ShownPlace, group},
    location::SourceKind,
};

/// What to do, then where: steps follow as a sentence, an address stands by itself, so that it can be opened.
/// `place` is the name of the finding's first place.
pub fn next_step(finding: &Finding, place: &str) -> (String, Option<String>) {
    let rotate = finding.about.rotate.trim();
    let step = step(finding, place);
    match rotate {
        "" => (step, None),
        _ if words::is_address(rotate) => (step, Some(rotate.to_owned())),
        _ => (format!("{step} {}.", rotate.trim_end_matches('.')), None),
    }
}

fn step(finding: &Finding, place: &str) -> String {
    let only = |sources: &[SourceKind]| {
        let inside = |shown: &ShownPlace| sources.contains(&shown.place.source);
        !finding.places.is_empty() && finding.places.iter().all(inside)
    };
    if only(&[SourceKind::Staged, SourceKind::Patch]) {
        return "Take it out before you commit. If it was pushed anywhere, replace it as well.".to_owned();
    }
    if only(&[SourceKind::CommitMessage, SourceKind::TagMessage]) {
        return "Revoke it: it stands in a message, which only a rewrite of history takes out.".to_owned();
    }
    if finding.places.iter().any(|shown| group::is_now(&shown.place)) {
        return format!("Replace it, let the old one die, then take it out of {place}.");
    }
    "Revoke it: it left the files, and history still has it.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn what_to_do_depends_on_where_the_secret_stands() {
        let mut finding = sample::report().findings.remove(0);
        finding.places.truncate(1);
        let address = "https://example.com/keys";
        finding.about.rotate = address.into();
        finding.places[0].place.source = SourceKind::Staged;
        let (step, at) = next_step(&finding, "a.yml:1");
        assert!(step.starts_with("Take it out before you commit.") && at.as_deref() == Some(address));
        finding.places[0].place.source = SourceKind::Tree;
        let (step, at) = next_step(&finding, "a.yml:1");
        assert_eq!(step, "Replace it, let the old one die, then take it out of a.yml:1.");
        assert_eq!(at.as_deref(), Some(address));
        finding.places[0].place.source = SourceKind::History;
        finding.places[0].place.head_line = None;
        finding.places[0].place.last_commit = Some(sample::commit(1, 0, "Take it out"));
        finding.about.rotate = "Settings, then Tokens.".into();
        let (step, at) = next_step(&finding, "a.yml:1");
        assert_eq!(step, "Revoke it: it left the files, and history still has it. Settings, then Tokens.");
        assert_eq!(at, None);
    }
}
