//! How much a scan does, counted in tests only: time on a shared machine is no measure, bytes handed to matchers are.

#[cfg(test)]
thread_local! {
    static DONE: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts bytes that are looked at. Costs nothing outside of tests.
#[inline(always)]
pub fn count(bytes: usize) {
    #[cfg(test)]
    DONE.with(|done| done.set(done.get() + bytes as u64));
    #[cfg(not(test))]
    let _ = bytes;
}

/// What this thread counts while it acts.
#[cfg(test)]
pub fn of(act: impl FnOnce()) -> u64 {
    let before = DONE.with(std::cell::Cell::get);
    act();
    DONE.with(std::cell::Cell::get) - before
}
