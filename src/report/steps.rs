//! What to do about a finding, in order: replace, revoke, take out, clean up. For formats with room for more than a sentence.

use super::{counts::verdict, places, words};
use crate::{
    finding::{Finding, Verdict, group},
    location::SourceKind,
};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What to do, in sentences.
    pub what: String,
    /// Where: an address.
    pub address: Option<String>,
    /// The lines to type.
    pub commands: Vec<String>,
    /// What it costs.
    pub warning: Option<&'static str>,
}

impl Step {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), address: None, commands: vec![], warning: None }
    }
}

const REWRITES: &str = "This rewrites every commit from there on: all who have a clone must clone again, open pull requests break, and \
                        forks, caches and the host's own pages of old commits keep the key. A revoked key needs no clean-up.";

/// The steps for one finding.
pub fn steps(finding: &Finding) -> Vec<Step> {
    if uncommitted(finding) {
        return vec![
            Step::new("Take it out before you commit, and read it from the environment or a vault instead."),
            replace(finding, "If it was pushed or sent anywhere, replace it as well."),
        ];
    }
    let mut steps = vec![];
    if verdict(finding) == Verdict::Dead {
        steps.push(Step::new(
            "It is dead: nothing to revoke. Look in the issuer's audit log for what it was used for while it lived.",
        ));
    } else {
        steps.push(replace(finding, "Make a new one, and put it where the old one is used."));
        steps.push(revoke(finding));
    }
    let is_now = |shown: &&crate::finding::ShownPlace| group::is_now(&shown.place);
    if let Some(shown) = finding.places.iter().find(is_now) {
        let place = places::name(&shown.place, false);
        steps.push(Step::new(format!("Take it out of {place}, and read it from the environment or a vault instead.")));
    }
    if finding.places.iter().any(|shown| shown.place.commit.is_some()) {
        steps.push(clean_up());
    }
    steps
}

/// Whether it is in nothing but changes that are not committed.
fn uncommitted(finding: &Finding) -> bool {
    let uncommitted = |source| matches!(source, SourceKind::Staged | SourceKind::Patch);
    !finding.places.is_empty() && finding.places.iter().all(|shown| uncommitted(shown.place.source))
}

fn replace(finding: &Finding, what: &str) -> Step {
    let rotate = finding.about.rotate.trim();
    match rotate {
        "" => Step::new(what),
        _ if words::is_address(rotate) => Step { address: Some(rotate.to_owned()), ..Step::new(what) },
        _ => Step::new(format!("{what} {}.", rotate.trim_end_matches('.'))),
    }
}

fn revoke(finding: &Finding) -> Step {
    Step {
        commands: vec![
            format!("keysweep revoke plan REPORT.json --finding {} --save plan.json", finding.id),
            "keysweep revoke apply plan.json".to_owned(),
        ],
        ..Step::new(
            "Revoke the old one. REPORT.json is this report as json; the plan shows what will happen before it does.",
        )
    }
}

fn clean_up() -> Step {
    Step {
        commands: vec!["git filter-repo --sensitive-data-removal --replace-text keys.txt".to_owned()],
        warning: Some(REWRITES),
        ..Step::new(
            "Only where the history must not show it: write the key in a line of keys.txt, outside of the repository, and \
             let git filter-repo replace it everywhere.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{finding::Verification, report::sample};

    #[test]
    fn a_key_is_replaced_then_revoked_then_taken_out() {
        let mut finding = sample::report().findings.remove(0);
        let all = steps(&finding);
        assert_eq!(all.len(), 4);
        assert_eq!(all[0].address.as_deref(), Some("https://github.com/settings/tokens"));
        assert!(all[1].commands[0].contains(&format!("--finding {} ", finding.id)));
        assert!(all[2].what.contains("deploy.yml:14") && all[3].warning.is_some());
        finding.verification = Some(Verification::of(Verdict::Dead, "for a test"));
        let all = steps(&finding);
        assert!(all[0].what.starts_with("It is dead") && all.iter().all(|step| !step.what.starts_with("Revoke")));
    }

    #[test]
    fn what_is_only_staged_is_taken_out_first() {
        let mut finding = sample::report().findings.remove(0);
        finding.places.truncate(1);
        finding.places[0].place.source = SourceKind::Staged;
        let all = steps(&finding);
        assert!(all.len() == 2 && all[0].what.starts_with("Take it out before you commit"));
    }
}
