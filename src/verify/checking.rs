//! The verdict on one key: which requests are made, and what their answers add up to.
//!
//! `live` is said only when the same place refused a random key of the same shape. `dead` is said only when an answer means that the
//! issuer knows the key as revoked, expired or disabled, or when every host of the issuer refused it. Everything else is `unknown`.

use std::time::Duration;

use fastrand::Rng;

use super::{
    Key, Shared,
    answer::{Answer, Reading},
    control, facts,
    fill::Values,
    request::{self, Target},
    sending::Sent,
};
use crate::{
    finding::verification::{Verdict, Verification},
    rule::{
        Rule, Verify,
        request::{After, Ask, Because, ClientAuth, Known, Proof},
    },
};

/// What a key does at one host.
enum Heard {
    Live {
        answer: Answer,
        but: Option<String>,
        shown: ClientAuth,
    },
    Refused(Option<Because>),
    /// Why nothing follows from it.
    Unclear(String),
    Stopped,
}

/// What became of a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Control {
    Refused,
    /// Why it proves nothing.
    Useless(String),
    Stopped,
}

pub(super) struct Checking<'c> {
    pub shared: &'c Shared,
    pub key: &'c Key,
    pub rule: &'c Rule,
    pub verify: &'c Verify,
}

impl Checking<'_> {
    /// Asks until the verdict is clear; `None` if the run was stopped.
    pub fn verdict(&self) -> Option<Verification> {
        let mut refused: Vec<String> = vec![];
        let mut unclear: Option<(String, Verification)> = None;
        let doors = self.verify.asks.iter().enumerate().filter(|(_, ask)| ask.after != After::Live);
        for (at, ask) in doors {
            for target in request::targets(&ask.request, &self.values(), self.listed()) {
                let target = match target {
                    Ok(target) => target,
                    Err(no) => {
                        unclear.get_or_insert((no.to_string(), Verification::default()));
                        continue;
                    }
                };
                let mut said = self.said_by(ask, &target);
                match self.hear(ask, &target) {
                    Heard::Stopped => return None,
                    Heard::Live { answer, but, shown } => match self.control(at, ask, &target, shown) {
                        Control::Refused => return Some(self.live(said, ask, &target, &answer, but)),
                        Control::Stopped => return None,
                        Control::Useless(why) => {
                            unclear.get_or_insert((why, said));
                        }
                    },
                    Heard::Refused(Some(because)) if self.verify.known != Known::Reported => {
                        said.verdict = Verdict::Dead;
                        said.reason = Some(format!("{} calls it {}", target.host, word(because)));
                        return Some(said);
                    }
                    Heard::Refused(_) => {
                        refused.push(target.host.clone());
                    }
                    Heard::Unclear(why) => {
                        unclear.get_or_insert((why, said));
                    }
                }
            }
        }
        refused.dedup();
        Some(self.not_live(&refused, unclear))
    }

    fn not_live(&self, refused: &[String], unclear: Option<(String, Verification)>) -> Verification {
        let at = refused.join(", ");
        let (verdict, reason, mut said) = match unclear {
            Some((why, said)) if refused.is_empty() => (Verdict::Unknown, why, said),
            Some((why, said)) => (Verdict::Unknown, format!("{why}; refused at {at}"), said),
            None if self.verify.known == Known::Reported => (
                Verdict::Unknown,
                format!("refused at {at}; no documentation says that this means dead"),
                self.said_at(refused),
            ),
            None => (Verdict::Dead, format!("refused at {at}"), self.said_at(refused)),
        };
        said.verdict = verdict;
        said.reason = Some(reason);
        said
    }

    fn said_at(&self, hosts: &[String]) -> Verification {
        let first = &self.verify.asks[0];
        let host = hosts.first().cloned().unwrap_or_default();
        self.said_by(first, &Target { host, prefix: String::new() })
    }

    /// A verification that names who was asked, and when.
    fn said_by(&self, ask: &Ask, target: &Target) -> Verification {
        Verification {
            checked_at: Some((self.shared.options.clock)()),
            host: Some(target.host.clone()),
            request: Some(request::in_words(&ask.request, target)),
            ..Verification::default()
        }
    }

    fn live(
        &self,
        mut said: Verification,
        ask: &Ask,
        target: &Target,
        answer: &Answer,
        but: Option<String>,
    ) -> Verification {
        said.verdict = Verdict::Live;
        said.limits = but;
        let hide = |text: &str| self.key.hide(text);
        facts::add(&mut said, &ask.says, answer, &hide);
        for more in self.verify.asks.iter().filter(|more| more.after == After::Live) {
            if let Sent::Answer(answer) = self.send(more, target, ClientAuth::Basic, &self.values())
                && answer.status < 300
                && !answer.is_page()
            {
                facts::add(&mut said, &more.says, &answer, &hide);
            }
        }
        said.severity = facts::severity(&said);
        said
    }

    /// The key's answer at one host. A client shows its secret in each way before it is refused.
    fn hear(&self, ask: &Ask, target: &Target) -> Heard {
        let ways: &[ClientAuth] = match &ask.request.proof {
            Proof::ClientCredentials { shown, .. } => shown,
            Proof::Nothing | Proof::Signature(_) => &[ClientAuth::Basic],
        };
        let mut last = Heard::Refused(None);
        for shown in ways {
            last = match self.send(ask, target, *shown, &self.values()) {
                Sent::Stopped => return Heard::Stopped,
                Sent::Nothing(why) => return Heard::Unclear(why),
                Sent::Answer(answer) => match answer.read(ask) {
                    Reading::Live(but) => {
                        let but = but.map(str::to_owned);
                        return Heard::Live { answer, but, shown: *shown };
                    }
                    Reading::Dead(because) => Heard::Refused(because),
                    Reading::Both => return Heard::Unclear(format!("odd answer: {} says yes and no", target.host)),
                    // A server that takes the other way only may answer this one with any error of the caller's.
                    Reading::Neither if refuses(&answer) => Heard::Unclear(unclear(&answer, &target.host)),
                    Reading::Neither => return Heard::Unclear(unclear(&answer, &target.host)),
                },
            };
            if matches!(last, Heard::Refused(Some(_))) {
                return last;
            }
        }
        last
    }

    /// Asks for a random key, once for each place in a run.
    fn control(&self, at: usize, ask: &Ask, target: &Target, shown: ClientAuth) -> Control {
        if self.verify.no_control.is_some() {
            return Control::Refused;
        }
        let path = match ask.request.path.contains("{secret") {
            true => String::new(),
            false => super::fill::fill(&ask.request.path, &self.values(), super::fill::Place::Path)
                .map_or_else(|_| String::new(), |path| path.to_string()),
        };
        let place = (self.rule.id.to_string(), at, target.host.clone(), path);
        let cell = self.shared.control(place);
        cell.get_or_init(|| self.make_control(ask, target, shown)).clone()
    }

    fn make_control(&self, ask: &Ask, target: &Target, shown: ClientAuth) -> Control {
        let useless = |why: &str| Control::Useless(format!("{why}: that it takes this key proves nothing"));
        let Some(random) = control::key(self.rule, &self.key.secret, &mut Rng::new()) else {
            return useless("no random key of this shape can be made");
        };
        let values = Values { secret: &random, parts: &self.key.parts, control: true };
        match self.send(ask, target, shown, &values) {
            Sent::Stopped => Control::Stopped,
            Sent::Nothing(why) => useless(&format!("the control at {} got no answer ({why})", target.host)),
            Sent::Answer(answer) => match answer.read(ask) {
                Reading::Dead(_) => Control::Refused,
                Reading::Live(_) | Reading::Both => useless(&format!("{} takes a random key as well", target.host)),
                Reading::Neither if refuses(&answer) => Control::Refused,
                Reading::Neither => {
                    useless(&format!("odd answer of {} to the control ({})", target.host, answer.status))
                }
            },
        }
    }

    fn send(&self, ask: &Ask, target: &Target, shown: ClientAuth, values: &Values<'_>) -> Sent {
        let now = (self.shared.options.clock)();
        match request::build(&ask.request, target, values, shown, now) {
            Ok(outgoing) => {
                let interval = Duration::from_millis(self.verify.interval_ms.into());
                let trace = || format!("{} of {}", request::in_words(&ask.request, target), self.key.masked);
                self.shared.send(&outgoing, interval, ask, &trace)
            }
            Err(unfilled) => Sent::Nothing(unfilled.to_string()),
        }
    }

    fn values(&self) -> Values<'_> {
        Values { secret: &self.key.secret, parts: &self.key.parts, control: false }
    }

    fn listed(&self) -> &[String] {
        self.shared.options.hosts.get(&*self.rule.issuer).map_or(&[], Vec::as_slice)
    }
}

/// Whether an answer that fits no condition still turns the key away.
fn refuses(answer: &Answer) -> bool {
    matches!(answer.status, 400 | 401 | 403 | 404 | 422) && !answer.is_page()
}

/// Why nothing follows from an answer.
fn unclear(answer: &Answer, host: &str) -> String {
    match answer.status {
        429 => format!("rate-limited at {host}"),
        status @ 500.. => format!("{host} is out of order ({status})"),
        status if answer.is_page() => format!("blocked: {host} answers with a page for people ({status})"),
        status @ 300..=399 => format!("odd answer: {host} sends elsewhere ({status})"),
        status @ (401 | 403) => format!("refused at {host} ({status}), which can have another reason"),
        status => format!("odd answer of {host} ({status})"),
    }
}

fn word(because: Because) -> &'static str {
    match because {
        Because::Revoked => "revoked",
        Because::Expired => "expired",
        Because::Disabled => "disabled",
    }
}
