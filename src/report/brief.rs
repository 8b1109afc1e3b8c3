//! A finding in a sentence or two, for formats that show a text and nothing else. Fit for a terminal; no new line in it.

use super::{counts::verdict, places, words};
use crate::{
    finding::{Finding, Verdict, printable::printable},
    severity,
};

/// What it is, whether it lives, how long it has been out and by whom: `GitHub: personal access token ghp_********wXyZ. High: ...`.
pub fn brief(finding: &Finding) -> String {
    let rating = severity::of(finding);
    let mut text = format!("{} {}. ", words::title(&finding.about), finding.masked);
    text.push_str(&format!("{}: {}. ", words::capital(rating.severity.as_str()), rating.reason));
    if let Some(said) = &finding.verification {
        let whose: Vec<&str> = [&said.holder, &said.organisation].into_iter().flatten().map(String::as_str).collect();
        if verdict(finding) == Verdict::Live && !whose.is_empty() {
            text.push_str(&format!("Its holder is {}. ", whose.join(", ")));
        }
    }
    if let Some(since) = since(finding) {
        text.push_str(&format!("Out since {since}. "));
    }
    printable(text.trim_end().as_bytes())
}

/// Since when it has been out, and by whom: `2022-01-18 (1,360 days), by Ana Prieto in 3f3f3f3f3`.
pub fn since(finding: &Finding) -> Option<String> {
    let commit = places::first_commit(finding)?;
    let day = words::day(commit.date).unwrap_or_else(|| "a date beyond all calendars".to_owned());
    let days = finding.exposed_days.map(|days| format!(" ({})", words::count(days.into(), "day"))).unwrap_or_default();
    Some(format!("{day}{days}, by {} in {}", printable(&commit.author), places::short(commit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_finding_is_told_in_a_line() {
        let finding = sample::report().findings.remove(0);
        let text = brief(&finding);
        assert!(text.starts_with("GitHub: personal access token (classic) ghp_********"), "{text}");
        let rest = ". High: personal access token, its issuer was not asked. Out since 2022-01-18 (1,360 days), by Ana Prieto \
                    in 3f3f3f3f3.";
        assert!(text.ends_with(rest), "{text}");
    }
}
