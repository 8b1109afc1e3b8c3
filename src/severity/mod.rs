//! Severity: how soon somebody must act on a finding, and why.
//!
//! A function of the finding and of nothing else, so that a stored report, read again, says the same. The rules are few and
//! told in `docs/reports.md`: what the key is known to be able to do comes first, then how surely it is one, then how long and
//! where it has been out. A dead key is never more than low: there is nothing left to do but to look at what it was used for.

use crate::{
    finding::{Finding, Severity, Verdict, Verification},
    location::SourceKind,
    rule::{Confidence, Kind, Lifetime},
};

/// Days after which a key that works must be taken for known to others.
pub const LONG_OUT: u32 = 90;

/// A severity with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// How soon somebody must act.
    pub severity: Severity,
    /// Why, in one line for a person; begins with a small letter, ends without a full stop.
    pub reason: String,
}

/// The severity of a finding.
pub fn of(finding: &Finding) -> Rating {
    match &finding.verification {
        Some(said) if said.verdict == Verdict::Dead => {
            Rating { severity: Severity::Low, reason: "its issuer calls it dead".to_owned() }
        }
        Some(said) if said.verdict == Verdict::Live => of_live(finding, said),
        said => of_unsure(finding, said.as_ref().is_some_and(|said| said.verdict == Verdict::Unknown)),
    }
}

/// By what it may do; long exposure makes what works critical.
fn of_live(finding: &Finding, said: &Verification) -> Rating {
    let posts_only = finding.about.kind == Kind::Webhook && said.scopes.is_empty();
    let (severity, what) = match said.severity.unwrap_or(Severity::High) {
        Severity::High if posts_only => (Severity::Medium, "live, a webhook"),
        Severity::Critical => (Severity::Critical, "live and may administer"),
        Severity::High => (Severity::High, "live"),
        Severity::Medium => (Severity::Medium, "live, and can only read or only in part"),
        Severity::Low => (Severity::Low, "live, and can read in part only"),
    };
    match finding.exposed_days {
        Some(days) if days >= LONG_OUT && severity == Severity::High => {
            Rating { severity: Severity::Critical, reason: format!("{what}, and out for {days} days") }
        }
        _ => Rating { severity, reason: what.to_owned() },
    }
}

/// By its kind, lowered for each doubt.
fn of_unsure(finding: &Finding, was_asked: bool) -> Rating {
    let kind = finding.about.kind;
    let severity = match kind {
        Kind::ApiKey | Kind::PersonalAccessToken | Kind::M2mClient | Kind::PrivateKey | Kind::ConnectionString => {
            Severity::High
        }
        Kind::OauthToken | Kind::Webhook | Kind::SessionToken | Kind::Password => Severity::Medium,
    };
    let asked = if was_asked { "its issuer gave no sure answer" } else { "its issuer was not asked" };
    let mut rating = Rating { severity, reason: format!("{}, {asked}", name(kind)) };
    match finding.confidence {
        Confidence::High => {}
        Confidence::Medium => rating.lower("not sure"),
        Confidence::Low => {
            rating.severity = Severity::Low;
            rating.lower("doubtful");
        }
    }
    let is_old = finding.exposed_days.is_some_and(|days| days >= LONG_OUT) && finding.in_head == Some(false);
    if finding.about.lifetime == Lifetime::Expiring && is_old {
        rating.lower("expires by itself and has left HEAD");
    }
    let uncommitted = |source| matches!(source, SourceKind::Staged | SourceKind::Patch);
    if !finding.places.is_empty() && finding.places.iter().all(|shown| uncommitted(shown.place.source)) {
        rating.lower("not committed yet");
    }
    rating
}

impl Rating {
    fn lower(&mut self, why: &str) {
        self.severity = match self.severity {
            Severity::Critical => Severity::High,
            Severity::High => Severity::Medium,
            Severity::Medium | Severity::Low => Severity::Low,
        };
        self.reason.push_str(", ");
        self.reason.push_str(why);
    }
}

/// A kind as people say it.
pub fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::ApiKey => "API key",
        Kind::PersonalAccessToken => "personal access token",
        Kind::M2mClient => "client secret",
        Kind::OauthToken => "OAuth token",
        Kind::Webhook => "webhook",
        Kind::PrivateKey => "private key",
        Kind::ConnectionString => "connection string",
        Kind::SessionToken => "session token",
        Kind::Password => "password",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{About, FindingId, ShownPlace};
    use crate::location::{Place, Position};

    fn finding(kind: Kind, confidence: Confidence) -> Finding {
        let text = String::new;
        let about = About {
            rule: text(),
            name: text(),
            issuer: text(),
            issuer_name: text(),
            kind,
            lifetime: Lifetime::Unknown,
            opens: text(),
            rotate: text(),
        };
        Finding {
            id: FindingId::from_text(&format!("ks1-{}", "a".repeat(20))).unwrap(),
            about,
            confidence,
            masked: text(),
            secret: None,
            places: vec![],
            places_total: 0,
            first_seen: None,
            last_seen: None,
            in_head: None,
            exposed_days: None,
            parts: vec![],
            verification: None,
            suppressed: None,
            warning: None,
            evidence: vec![],
        }
    }

    fn said(verdict: Verdict, severity: Option<Severity>) -> Option<Verification> {
        Some(Verification { severity, ..Verification::of(verdict, "for a test") })
    }

    fn rated(finding: &Finding) -> (Severity, String) {
        let Rating { severity, reason } = of(finding);
        (severity, reason)
    }

    #[test]
    fn a_dead_key_is_low_whatever_it_could_do() {
        let mut key = finding(Kind::PrivateKey, Confidence::High);
        key.verification = said(Verdict::Dead, None);
        assert_eq!(rated(&key), (Severity::Low, "its issuer calls it dead".into()));
    }

    #[test]
    fn a_live_key_is_rated_by_what_it_may_do_and_long_exposure_makes_it_critical() {
        let mut key = finding(Kind::ApiKey, Confidence::Low);
        let mut with = |severity, days| {
            key.verification = said(Verdict::Live, severity);
            key.exposed_days = days;
            of(&key).severity
        };
        assert_eq!(with(Some(Severity::Critical), None), Severity::Critical);
        assert_eq!(with(Some(Severity::High), Some(LONG_OUT - 1)), Severity::High);
        assert_eq!(with(Some(Severity::High), Some(LONG_OUT)), Severity::Critical);
        assert_eq!(with(None, Some(4000)), Severity::Critical);
        assert_eq!(with(Some(Severity::Medium), Some(4000)), Severity::Medium);
        assert_eq!(with(Some(Severity::Low), Some(4000)), Severity::Low);
        let mut hook = finding(Kind::Webhook, Confidence::High);
        hook.verification = said(Verdict::Live, Some(Severity::High));
        assert_eq!(rated(&hook), (Severity::Medium, "live, a webhook".into()));
    }

    #[test]
    fn what_nobody_answered_for_is_rated_by_kind_and_lowered_by_each_doubt() {
        let of_kind = |kind, confidence| of(&finding(kind, confidence)).severity;
        assert_eq!(of_kind(Kind::PrivateKey, Confidence::High), Severity::High);
        assert_eq!(of_kind(Kind::PrivateKey, Confidence::Medium), Severity::Medium);
        assert_eq!(of_kind(Kind::PrivateKey, Confidence::Low), Severity::Low);
        assert_eq!(of_kind(Kind::Password, Confidence::High), Severity::Medium);
        assert_eq!(of_kind(Kind::Password, Confidence::Medium), Severity::Low);
        let mut key = finding(Kind::ApiKey, Confidence::High);
        key.verification = said(Verdict::Unknown, None);
        assert_eq!(rated(&key), (Severity::High, "API key, its issuer gave no sure answer".into()));
        key.about.lifetime = Lifetime::Expiring;
        (key.exposed_days, key.in_head) = (Some(LONG_OUT), Some(false));
        assert_eq!(of(&key).severity, Severity::Medium);
        key.in_head = Some(true);
        assert_eq!(of(&key).severity, Severity::High);
    }

    #[test]
    fn what_is_only_staged_is_less_bad() {
        let mut key = finding(Kind::ApiKey, Confidence::High);
        let place = Place {
            source: SourceKind::Staged,
            target: ".".into(),
            path: None,
            position: Position { offset: 0, end: 1, line: 1, column: 1, end_line: 1 },
            blob: None,
            commit: None,
            last_commit: None,
            tag: None,
            head_line: None,
        };
        key.places.push(ShownPlace { place, excerpt: None, mark: None });
        assert_eq!(rated(&key), (Severity::Medium, "API key, its issuer was not asked, not committed yet".into()));
    }
}
