//! How often a host is asked: at most two requests at once and a least time between two of them, at most sixteen hosts at once.

use std::{
    collections::HashMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Requests to one host at once.
pub const AT_ONCE: usize = 2;
/// Hosts at once.
pub const HOSTS_AT_ONCE: usize = 16;
/// How often a waiting thread looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(50);

/// Lets requests through, each host at its own rate.
#[derive(Debug, Default)]
pub struct Gate {
    hosts: Mutex<HashMap<String, Host>>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Host {
    busy: usize,
    next: Option<Instant>,
}

/// A request that is under way; the place is free again when it is dropped.
#[derive(Debug)]
pub struct Pass<'g> {
    gate: &'g Gate,
    host: String,
}

impl Gate {
    /// Waits until `host` may be asked, at the earliest `interval` after the last request to it; `None` once `stop` says so.
    pub fn enter(&self, host: &str, interval: Duration, stop: &dyn Fn() -> bool) -> Option<Pass<'_>> {
        let mut hosts = self.lock();
        loop {
            if stop() {
                return None;
            }
            let now = Instant::now();
            let busy_hosts = hosts.values().filter(|host| host.busy > 0).count();
            let own = hosts.entry(host.to_owned()).or_default();
            let room = own.busy < AT_ONCE && (own.busy > 0 || busy_hosts < HOSTS_AT_ONCE);
            let wait = match own.next {
                Some(next) if next > now => next - now,
                _ if room => {
                    own.busy += 1;
                    own.next = Some(now + interval);
                    return Some(Pass { gate: self, host: host.to_owned() });
                }
                _ => LOOK,
            };
            hosts = self.freed.wait_timeout(hosts, wait.min(LOOK)).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Leaves `host` alone for a time.
    pub fn pause(&self, host: &str, time: Duration) {
        let until = Instant::now() + time;
        let mut hosts = self.lock();
        let own = hosts.entry(host.to_owned()).or_default();
        own.next = own.next.max(Some(until));
    }

    /// When `host` may be asked again; `None` if at once.
    pub fn next(&self, host: &str) -> Option<Instant> {
        self.lock().get(host).and_then(|host| host.next)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(host) = self.gate.lock().get_mut(&self.host) {
            host.busy -= 1;
        }
        self.gate.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GO: fn() -> bool = || false;

    #[test]
    fn a_host_has_two_places_and_a_pass_frees_one() {
        let gate = Gate::default();
        let enter = |stop: &dyn Fn() -> bool| gate.enter("a", Duration::ZERO, stop);
        let (first, second) = (enter(&GO), enter(&GO));
        assert!(first.is_some() && second.is_some());
        let began = Instant::now();
        assert!(enter(&|| began.elapsed() > Duration::from_millis(20)).is_none());
        drop(first);
        assert!(enter(&GO).is_some());
    }

    #[test]
    fn a_paused_host_is_left_alone_and_another_is_not() {
        let gate = Gate::default();
        gate.pause("a", Duration::from_secs(60));
        let began = Instant::now();
        assert!(gate.enter("a", Duration::ZERO, &|| began.elapsed() > Duration::from_millis(20)).is_none());
        assert!(gate.enter("b", Duration::ZERO, &GO).is_some());
        assert!(gate.next("a").is_some() && gate.next("c").is_none());
    }

    #[test]
    fn sixteen_hosts_are_asked_at_once() {
        let gate = Gate::default();
        let passes: Vec<_> =
            (0..HOSTS_AT_ONCE).map(|at| gate.enter(&at.to_string(), Duration::ZERO, &GO).expect("room")).collect();
        let began = Instant::now();
        assert!(gate.enter("one more", Duration::ZERO, &|| began.elapsed() > Duration::from_millis(20)).is_none());
        drop(passes);
        assert!(gate.enter("one more", Duration::ZERO, &GO).is_some());
    }
}
