//! Makes a plan: asks whether each key lives and whose it is, chooses a way, finds the key at its issuer, and says what it will break.
//! Everything here reads.

use std::{collections::BTreeMap, thread};

use super::{
    Desk, Outcome,
    filling::Filling,
    lookup::{Lists, NotFound, Seeking},
    plan::{Action, Entry, Told},
    policy::Whose,
    target,
};
use crate::{
    finding::{Finding, Verdict, Verification, printable::printable},
    location::SourceKind,
    rule::{
        Rule,
        request::Known,
        revoke::{Way, Who},
    },
    verify::{Key, request},
};

/// What the user wants of a plan.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Ways that cannot be undone come first.
    pub irreversible: bool,
    /// Only ways of these.
    pub by: Option<Who>,
    /// Keys whose holder is not told as well.
    pub include_unknown_holder: bool,
    /// Only keys that were not used within so many seconds.
    pub unused_for: Option<i64>,
}

/// Threads that look keys up, one an issuer.
const THREADS: usize = 16;
/// Places that are named.
const PLACES: usize = 5;

/// An entry for each finding; `keys` are theirs, in their order, where they are still there.
pub fn entries(desk: &Desk<'_>, findings: &[Finding], keys: &[Option<Key>], wish: &Wish) -> Vec<Entry> {
    let mut entries: Vec<Entry> = findings.iter().map(|finding| blank(desk, finding)).collect();
    let asked: Vec<usize> =
        (0..findings.len()).filter(|at| is_asked(desk, &mut entries[*at], keys[*at].as_ref())).collect();
    let said = desk.ask(asked.iter().filter_map(|at| keys[*at].clone()).collect());
    let mut by_issuer: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut told: BTreeMap<usize, Verification> = BTreeMap::new();
    for (at, said) in asked.into_iter().zip(said) {
        entries[at].told = Told::of(&said);
        entries[at].live_at = said.host.clone().filter(|_| said.verdict == Verdict::Live);
        match refusal(desk, &said, wish) {
            Some((outcome, why)) => decide(&mut entries[at], outcome, why),
            None => by_issuer.entry(entries[at].issuer.clone()).or_default().push(at),
        }
        told.insert(at, said);
    }
    name_same_holders(&mut entries, &told);
    let lists = Lists::default();
    let mut work: Vec<Vec<usize>> = by_issuer.into_values().collect();
    work.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut shares: Vec<Vec<usize>> = vec![vec![]; THREADS.min(work.len()).max(1)];
    let many = shares.len();
    for (at, group) in work.into_iter().enumerate() {
        shares[at % many].extend(group);
    }
    let decided: Vec<(usize, Entry)> = thread::scope(|scope| {
        let threads: Vec<_> = shares
            .into_iter()
            .map(|share| {
                let (entries, lists) = (&entries, &lists);
                scope.spawn(move || {
                    let one = |at: usize| {
                        keys[at].as_ref().map(|key| (at, with_way(desk, entries[at].clone(), key, wish, lists)))
                    };
                    share.into_iter().filter_map(one).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread that does not panic")).collect()
    });
    for (at, entry) in decided {
        entries[at] = entry;
    }
    entries
}

/// What is known of a finding without asking.
fn blank(desk: &Desk<'_>, finding: &Finding) -> Entry {
    let rule = desk.rules.find(&finding.about.rule).map(|ix| desk.rules.get(ix));
    let hand = rule.and_then(|rule| rule.by_hand.as_deref());
    let rotate = || vec![finding.about.rotate.clone()];
    Entry {
        finding: finding.id.to_string(),
        rule: finding.about.rule.clone(),
        issuer: finding.about.issuer.clone(),
        issuer_name: finding.about.issuer_name.clone(),
        name: finding.about.name.clone(),
        masked: finding.masked.clone(),
        told: Told { verdict: Verdict::NotChecked.as_str().into(), ..Told::default() },
        in_use: in_use(finding),
        by_hand: hand.map_or_else(rotate, |hand| hand.steps.iter().map(ToString::to_string).collect()),
        gone_when: hand.map(|hand| hand.gone_when.to_string()),
        report_to: hand.and_then(|hand| hand.report_to.as_deref()).map(str::to_owned),
        ..Entry::default()
    }
}

/// Where it still stands: its likely consumers.
fn in_use(finding: &Finding) -> Vec<String> {
    let now =
        finding.places.iter().filter(|shown| shown.place.source == SourceKind::Tree || shown.place.head_line.is_some());
    let mut places: Vec<String> = now
        .filter_map(|shown| {
            let path = shown.place.path.as_ref()?;
            let line = shown.place.head_line.unwrap_or(shown.place.position.line);
            Some(format!("{}:{line}", printable(path)))
        })
        .collect();
    places.dedup();
    let more = places.len().saturating_sub(PLACES);
    places.truncate(PLACES);
    if more > 0 {
        places.push(format!("and {more} more places"));
    }
    places
}

/// Whether the issuer is asked about a key; a canary calls its owner.
fn is_asked(desk: &Desk<'_>, entry: &mut Entry, key: Option<&Key>) -> bool {
    let Some(key) = key else {
        decide(entry, Outcome::Refused, "the key is no longer where the report saw it".into());
        return false;
    };
    let parts: Vec<String> =
        key.parts.iter().map(|(_, part)| String::from_utf8_lossy(part.expose()).into_owned()).collect();
    let names = parts.iter().map(String::as_str).chain([entry.finding.as_str()]);
    if desk.policy.canary(names).is_some() {
        decide(entry, Outcome::Refused, "a canary of yours".into());
        return false;
    }
    if desk.rules.get(key.rule).revoke.is_empty() {
        decide(entry, Outcome::Manual, "no call is known that would do it".into());
        return false;
    }
    true
}

/// Why nothing is done to a key, by what its issuer says of it. The same is asked again before it is applied.
pub(super) fn refusal(desk: &Desk<'_>, said: &Verification, wish: &Wish) -> Option<(Outcome, String)> {
    let refused = |why: String| Some((Outcome::Refused, why));
    let reason = said.reason.as_deref().unwrap_or("no reason was told");
    match said.verdict {
        Verdict::Live => {}
        Verdict::Dead => return refused(format!("dead already: {reason}")),
        Verdict::Unknown | Verdict::NotChecked => return refused(format!("not seen live: {reason}")),
    }
    let names = [&said.account, &said.holder, &said.organisation, &said.key_id];
    if desk.policy.canary(names.into_iter().flatten().map(String::as_str)).is_some() {
        return refused("a canary of yours".into());
    }
    match desk.policy.whose(said) {
        Whose::Outside(holder) => return refused(format!("not ours: it belongs to {holder}")),
        Whose::Unknown if !wish.include_unknown_holder => {
            return refused("its issuer does not tell whose it is (--include-unknown-holder)".into());
        }
        Whose::Ours(_) | Whose::Told(_) | Whose::Unknown => {}
    }
    let seconds = wish.unused_for?;
    match said.last_used.as_deref().map(|text| (text, seconds_of(text))) {
        None => refused("its issuer does not tell when it was last used (--unused-since)".into()),
        Some((text, None)) => refused(format!("its last use is told in a form that is not known: {text}")),
        Some((text, Some(used))) if used > desk.now().saturating_sub(seconds) => {
            refused(format!("still in use: last used {text}"))
        }
        Some(_) => None,
    }
}

/// Seconds since 1970-01-01 UTC of a time as issuers write it: RFC 3339, a date, or seconds.
fn seconds_of(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_second());
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        // The end of that day: it may have been used until then.
        let end = date.tomorrow().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        return Some(end.timestamp().as_second());
    }
    let number: i64 = text.parse().ok()?;
    Some(if number > 100_000_000_000 { number / 1_000 } else { number })
}

/// Chooses a way and finds the key by it.
fn with_way(desk: &Desk<'_>, mut entry: Entry, key: &Key, wish: &Wish, lists: &Lists) -> Entry {
    let rule = desk.rules.get(key.rule);
    let (way, filling) = match choose(desk, rule, key, wish) {
        Ok(chosen) => chosen,
        Err(why) => {
            decide(&mut entry, Outcome::Manual, why);
            return entry;
        }
    };
    let live_at = entry.live_at.clone().unwrap_or_default();
    let mut action = action(way);
    let mut filling = filling;
    let seeking = Seeking { rule, way, key, live_at: &live_at };
    let found = desk.find(&seeking, &mut filling, lists);
    let listed = desk.asking.hosts.get(&*rule.issuer).map_or(&[][..], Vec::as_slice);
    match target::of(rule, &way.action.request, &filling.values(), &live_at, listed) {
        Ok(target) => action.request = request::in_words(&way.action.request, &target),
        Err(why) => {
            decide(&mut entry, Outcome::Manual, why);
            return entry;
        }
    }
    match found {
        Err(NotFound { why, candidates, .. }) => {
            decide(&mut entry, Outcome::Refused, why);
            entry.candidates = candidates;
        }
        Ok(known) if known.hint_only && !way.is_reversible() => {
            let why = "a hint is all that tells it from other keys, and it could not be undone";
            decide(&mut entry, Outcome::Manual, why.into());
            entry.candidates = vec![known.named.join(", ")];
        }
        Ok(known) => {
            action.found = known.named;
            entry.outcome = Some(Outcome::Planned);
        }
    }
    entry.action = Some(action);
    entry
}

/// The first way that can be used, and what it is filled with.
fn choose<'r>(desk: &Desk<'_>, rule: &'r Rule, key: &Key, wish: &Wish) -> Result<(&'r Way, Filling), String> {
    let mut ways: Vec<&Way> = rule.revoke.iter().filter(|way| wish.by.is_none_or(|who| way.who == who)).collect();
    if wish.irreversible {
        ways.sort_by_key(|way| way.is_reversible());
    }
    let mut why = "no such way is known".to_owned();
    for (at, way) in ways.into_iter().enumerate() {
        let no = match (way.known, Filling::new(key, way, desk.credentials)) {
            (Known::Reported, _) => format!("no documentation says that {} works so", way.name),
            (_, Err(missing)) => {
                let needs = way.needs.as_deref().unwrap_or("the credential");
                format!("it takes {}: set {} ({needs})", way.who.as_str(), missing.join(" and "))
            }
            (_, Ok(filling)) => return Ok((way, filling)),
        };
        if at == 0 {
            why = no;
        }
    }
    Err(why)
}

fn action(way: &Way) -> Action {
    let texts = |list: &[crate::rule::Text]| list.iter().map(ToString::to_string).collect();
    Action {
        way: way.name.to_string(),
        effect: way.effect.to_string(),
        request: String::new(),
        who: way.who.as_str().into(),
        needs: way.needs.as_deref().map(str::to_owned),
        environment: way.environment.iter().map(|(_, variable)| variable.to_string()).collect(),
        identified_by: way.identified_by().as_str().into(),
        found: vec![],
        reversible: way.is_reversible(),
        also_dies: texts(&way.also_dies),
        then: way.then.as_deref().map(str::to_owned),
        audit: way.audit.as_deref().map(str::to_owned),
        propagation: way.propagation,
        page: way.page.to_string(),
    }
}

fn decide(entry: &mut Entry, outcome: Outcome, why: String) {
    entry.outcome = Some(outcome);
    entry.why = Some(why);
}

/// Live keys of one holder at one issuer know of each other.
fn name_same_holders(entries: &mut [Entry], told: &BTreeMap<usize, Verification>) {
    let mut groups: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (at, said) in told.iter().filter(|(_, said)| said.verdict == Verdict::Live) {
        if let Some(holder) = said.account.as_ref().or(said.holder.as_ref()) {
            groups.entry((entries[*at].issuer.clone(), holder.clone())).or_default().push(*at);
        }
    }
    for group in groups.values().filter(|group| group.len() > 1) {
        for at in group {
            let others = group.iter().filter(|other| *other != at).take(10);
            entries[*at].same_holder = others.map(|other| entries[*other].finding.clone()).collect();
        }
    }
}

impl Told {
    /// What a verification says.
    pub fn of(said: &Verification) -> Self {
        let said = said.clone();
        Self {
            verdict: said.verdict.as_str().into(),
            reason: said.reason,
            holder: said.holder,
            organisation: said.organisation,
            account: said.account,
            kind: said.kind,
            scopes: said.scopes,
            expires: said.expires,
            last_used: said.last_used,
            key_id: said.key_id,
            key_name: said.key_name,
        }
    }

    /// Whether another answer names the same holder.
    pub fn is_same_holder(&self, other: &Self) -> bool {
        (&self.holder, &self.organisation, &self.account) == (&other.holder, &other.organisation, &other.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_issuers_write_them() {
        assert_eq!(seconds_of("2026-11-24T00:00:00Z"), Some(1_795_478_400));
        assert_eq!(seconds_of("2026-11-24T01:00:00.5+01:00"), Some(1_795_478_400));
        assert_eq!(seconds_of("2026-11-23"), Some(1_795_478_400));
        assert_eq!((seconds_of("1795478400"), seconds_of("1795478400000")), (Some(1_795_478_400), Some(1_795_478_400)));
        assert_eq!(seconds_of("yesterday"), None);
    }
}
