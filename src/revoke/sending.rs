//! The requests of a way. A read is tried again where the network has a bad moment; an action is not: who does not know whether it was done
//! asks whether the key is dead.

use std::time::Duration;

use super::Desk;
use crate::{
    http::{Failure, Outgoing, Received},
    verify::Answer,
};

/// Tries of a read beyond the first.
const RETRIES: u32 = 2;
/// A host that wants to be left alone for longer is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What came of an action.
pub(super) enum Acted {
    Answer(Answer),
    /// It never reached the host.
    NotSent(String),
    /// It may have.
    Silence(String),
    /// The host asked to come again after this time; it did nothing.
    Later(Duration),
    Stopped,
}

impl Desk<'_> {
    /// Reads. `name` tells the request without what is secret in it.
    pub(super) fn read(&self, request: &Outgoing, interval: Duration, name: &str) -> Result<Answer, String> {
        for attempt in 0.. {
            let came = self.once(request, interval, name).ok_or("interrupted")?;
            let wait = match &came {
                _ if attempt == RETRIES => None,
                Err(failure) if failure.is_passing() => Some(self.pause(attempt)),
                Ok(came) if came.status == 429 || came.status >= 500 => {
                    Some(later(came).unwrap_or_default().max(self.pause(attempt))).filter(|wait| *wait <= LONGEST_WAIT)
                }
                _ => None,
            };
            match (wait, came) {
                (Some(wait), _) => self.gate.pause(&request.host, wait),
                (None, Ok(came)) => return Ok(Answer::new(came.status, came.headers, came.body)),
                (None, Err(failure)) => return Err(format!("{failure} ({})", request.host)),
            }
        }
        Err("interrupted".into())
    }

    /// Acts, once.
    pub(super) fn act(&self, request: &Outgoing, interval: Duration, name: &str) -> Acted {
        match self.once(request, interval, name) {
            None => Acted::Stopped,
            Some(Ok(came)) if came.status == 429 => match later(&came) {
                Some(wait) if wait > LONGEST_WAIT => answer(came),
                wait => Acted::Later(wait.unwrap_or_default().max(self.pause(0))),
            },
            Some(Ok(came)) => answer(came),
            Some(Err(failure)) => {
                let why = format!("{failure} ({})", request.host);
                match failure {
                    Failure::TimedOut | Failure::Broken => Acted::Silence(why),
                    Failure::NoConnection
                    | Failure::NoSuchHost
                    | Failure::Certificate
                    | Failure::PrivateAddress
                    | Failure::NotPublic
                    | Failure::Unfit => Acted::NotSent(why),
                }
            }
        }
    }

    fn once(&self, request: &Outgoing, interval: Duration, name: &str) -> Option<Result<Received, Failure>> {
        let pass = self.gate.enter(&request.host, interval, &|| (self.stop)())?;
        let came = self.transport.send(request);
        drop(pass);
        if let Some(told) = &self.asking.told {
            let what = came.as_ref().map_or_else(ToString::to_string, |came| came.status.to_string());
            told(&format!("{name}: {what}"));
        }
        Some(came)
    }

    fn pause(&self, attempt: u32) -> Duration {
        self.asking.pause.mul_f64(f64::from(1 << attempt) * (0.5 + fastrand::f64()))
    }
}

fn answer(came: Received) -> Acted {
    Acted::Answer(Answer::new(came.status, came.headers, came.body))
}

/// What the host says of when to come again, in seconds; a date is taken as too far.
fn later(came: &Received) -> Option<Duration> {
    let (_, told) = came.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    Some(told.trim().parse().map_or(Duration::MAX, Duration::from_secs))
}
