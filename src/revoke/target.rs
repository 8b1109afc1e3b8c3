//! Where a request of a way goes: to the host at which the key was seen live, or the one that stands for it.

use crate::{
    rule::{Rule, request::Request},
    verify::{
        fill::{self, Place, Values},
        request::{self, Target},
    },
};

/// The target of `request` for a key that was seen live at `live_at`. `listed` are the user's hosts of this issuer.
///
/// # Errors
/// Why it goes nowhere.
pub fn of(
    rule: &Rule,
    request: &Request,
    values: &Values<'_>,
    live_at: &str,
    listed: &[String],
) -> Result<Target, String> {
    let own = place_of(rule, values, live_at);
    let host = match (own, request.hosts.len()) {
        // A host of the user's own: only there, and only where the section says that it is the same call.
        (None, _) => live_at.to_owned(),
        (Some(_), 1) => filled(&request.hosts[0], values)?,
        (Some(at), _) => match request.hosts.get(at) {
            Some(template) => filled(template, values)?,
            None => live_at.to_owned(),
        },
    };
    let fits = |target: &Target| {
        target.host == host && (own.is_some() || (request.configured.is_some() && listed.contains(&host)))
    };
    let all = request::targets(request, values, listed);
    match all.iter().flatten().find(|target| fits(target)) {
        Some(target) => Ok(target.clone()),
        None => match all.into_iter().find_map(Result::err) {
            Some(no) => Err(no.to_string()),
            None => Err(format!("the key lives at {live_at}, for which no such call is known")),
        },
    }
}

/// Which of the verify section's hosts it is; `None` for a host that only the user names.
fn place_of(rule: &Rule, values: &Values<'_>, live_at: &str) -> Option<usize> {
    let asks = rule.verify.as_deref().map_or(&[][..], |verify| &verify.asks);
    asks.iter().find_map(|ask| {
        let same = |template: &crate::rule::Text| filled(template, values).is_ok_and(|host| host == live_at);
        ask.request.hosts.iter().position(same)
    })
}

fn filled(template: &str, values: &Values<'_>) -> Result<String, String> {
    fill::fill(template, values, Place::Host).map(|host| host.to_string()).map_err(|unfilled| unfilled.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rule::RuleSet, secret::Secret};

    fn target(rule: &str, live_at: &str, listed: &[&str]) -> Result<String, String> {
        let set = RuleSet::embedded();
        let rule = set.get(set.find(rule).expect("a rule"));
        let secret = Secret::new(b"x");
        let values = Values { secret: &secret, parts: &[], control: false };
        let listed: Vec<String> = listed.iter().map(|host| (*host).to_owned()).collect();
        of(rule, &rule.revoke[0].action.request, &values, live_at, &listed).map(|target| target.host + &target.prefix)
    }

    #[test]
    fn the_action_goes_where_the_key_was_seen_live() {
        assert_eq!(target("sendgrid-api-key", "api.eu.sendgrid.com", &[]), Ok("api.eu.sendgrid.com".into()));
        assert_eq!(target("aws-secret-access-key", "sts.amazonaws.com", &[]), Ok("iam.amazonaws.com".into()));
        let china = target("aws-secret-access-key", "sts.cn-north-1.amazonaws.com.cn", &[]);
        assert_eq!(china, Ok("iam.cn-north-1.amazonaws.com.cn".into()));
        assert_eq!(target("gitlab-pat", "git.acme.example", &["git.acme.example"]), Ok("git.acme.example".into()));
    }

    #[test]
    fn a_key_of_a_server_of_ones_own_never_goes_to_the_public_one() {
        let wrong = target("github-pat-classic", "git.acme.example", &["git.acme.example"]).expect_err("no such call");
        assert!(wrong.starts_with("the key lives at git.acme.example"), "{wrong}");
        assert!(target("gitlab-pat", "git.acme.example", &[]).is_err());
    }
}
