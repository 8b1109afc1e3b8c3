//! What a person should do about a finding, in a sentence.

use crate::{
    finding::{Finding, ShownPlace, group},
    location::SourceKind,
};

/// One sentence; `place` is the name of the finding's first place.
pub fn next_step(finding: &Finding, place: &str) -> String {
    let rotate = finding.about.rotate.trim().trim_end_matches('.');
    let address = rotate.starts_with("https://") || rotate.starts_with("http://");
    let replace = |verb: &str| match (rotate.is_empty(), address) {
        (true, _) => format!("{verb} it at its issuer"),
        (false, true) => format!("{verb} it at {rotate}"),
        (false, false) => format!("{verb} it ({rotate})"),
    };
    let only = |sources: &[SourceKind]| {
        let inside = |shown: &ShownPlace| sources.contains(&shown.place.source);
        !finding.places.is_empty() && finding.places.iter().all(inside)
    };
    if only(&[SourceKind::Staged, SourceKind::Patch]) {
        let elsewhere = replace("replace");
        return format!("Take it out before you commit. If it was pushed anywhere, {elsewhere} as well.");
    }
    if finding.places.iter().any(|shown| group::is_now(&shown.place)) {
        return format!("{}, let the old one die, then take it out of {place}.", replace("Replace"));
    }
    format!("{}: it left the files, and history still has it.", replace("Revoke"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn what_to_do_depends_on_where_the_secret_stands() {
        let mut finding = sample::report().findings.remove(0);
        finding.places.truncate(1);
        finding.about.rotate = "https://example.com/keys".into();
        finding.places[0].place.source = SourceKind::Staged;
        assert!(next_step(&finding, "a.yml:1").starts_with("Take it out before you commit."));
        finding.places[0].place.source = SourceKind::Tree;
        assert_eq!(
            next_step(&finding, "a.yml:1"),
            "Replace it at https://example.com/keys, let the old one die, then take it out of a.yml:1."
        );
        finding.places[0].place.source = SourceKind::History;
        finding.places[0].place.head_line = None;
        finding.about.rotate = "Settings, then Tokens.".into();
        assert_eq!(
            next_step(&finding, "a.yml:1"),
            "Revoke it (Settings, then Tokens): it left the files, and history still has it."
        );
    }
}
