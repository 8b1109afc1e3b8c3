//! One request with its manners: the host's rate, Retry-After, and a few more tries where the network or the host has a bad moment.

use std::time::{Duration, Instant};

use super::{
    Shared,
    answer::{Answer, Reading},
};
use crate::{
    http::{Outgoing, Received},
    rule::request::Ask,
};

/// What came of a request.
pub(super) enum Sent {
    Answer(Answer),
    /// Why there is none.
    Nothing(String),
    Stopped,
}

/// Tries beyond the first.
const RETRIES: u32 = 2;
/// A host that wants to be left alone for longer is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Shared {
    /// Sends `request`. `name` tells it without what is secret in it.
    pub(super) fn send(&self, request: &Outgoing, interval: Duration, ask: &Ask, name: &dyn Fn() -> String) -> Sent {
        for attempt in 0.. {
            let Some(pass) = self.gate.enter(&request.host, interval, &|| self.stopped()) else { return Sent::Stopped };
            let began = Instant::now();
            let came = self.transport.send(request);
            drop(pass);
            self.options.trace(&|| {
                let took = began.elapsed().as_millis();
                let what = came.as_ref().map_or_else(ToString::to_string, |came| came.status.to_string());
                format!("{}: {what} in {took} ms", name())
            });
            let wait = match &came {
                _ if attempt == RETRIES => None,
                Err(failure) if failure.is_passing() => Some(self.pause(attempt)),
                Err(_) => None,
                Ok(came) if came.status == 429 || came.status >= 500 => match retry_after(came) {
                    Some(told) if told > LONGEST_WAIT => None,
                    Some(told) => Some(told.max(self.pause(attempt))),
                    None => Some(self.pause(attempt)),
                },
                Ok(_) => None,
            };
            let answer = match came {
                Ok(came) => Answer::new(came.status, came.headers, came.body),
                Err(failure) if wait.is_none() => return Sent::Nothing(format!("{failure} ({})", request.host)),
                Err(_) => {
                    self.gate.pause(&request.host, wait.unwrap_or_default());
                    continue;
                }
            };
            match wait {
                Some(wait) if answer.read(ask) == Reading::Neither => self.gate.pause(&request.host, wait),
                _ => return Sent::Answer(answer),
            }
        }
        Sent::Stopped
    }

    /// Twice as long with each attempt, and not the same for all who wait.
    fn pause(&self, attempt: u32) -> Duration {
        self.options.pause.mul_f64(f64::from(1 << attempt) * (0.5 + fastrand::f64()))
    }
}

/// What the host says of when to come again; in seconds (RFC 9110, section 10.2.3). A date is taken as too far.
fn retry_after(came: &Received) -> Option<Duration> {
    let (_, told) = came.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    Some(told.trim().parse().map_or(Duration::MAX, Duration::from_secs))
}
