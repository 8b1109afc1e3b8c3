//! Mapped files that are cut short: the system answers a read behind the new end with SIGBUS, which would end the program.
//!
//! A handler puts a page of zeros there instead and remembers that it did. What is decoded from zeros fails its checks and
//! becomes a problem, as any damage does. (Reading with `pread` would avoid the signal, but costs a system call for each of
//! a million objects, which lie scattered over the pack.)

#[cfg(unix)]
pub use unix::Guard;

#[cfg(not(unix))]
pub use elsewhere::Guard;

#[cfg(not(unix))]
mod elsewhere {
    /// Where a mapped file cannot be cut short there is nothing to guard.
    pub struct Guard;

    impl Guard {
        /// Guards nothing.
        pub fn new(_: &[u8]) -> Self {
            Self
        }

        /// Never.
        pub fn was_hit(&self) -> bool {
            false
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        mem, ptr,
        sync::{
            Once, OnceLock,
            atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering},
        },
    };

    /// A mapping under guard, for as long as this lives: it must be dropped together with the mapping.
    pub struct Guard(&'static Range);

    /// A guarded range. The handler may look at it at any time, so it is never freed; a later guard takes it over.
    struct Range {
        taken: AtomicBool,
        start: AtomicUsize,
        end: AtomicUsize,
        hit: AtomicBool,
        next: AtomicPtr<Range>,
    }

    static RANGES: AtomicPtr<Range> = AtomicPtr::new(ptr::null_mut());
    static PAGE: AtomicUsize = AtomicUsize::new(4096);
    static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

    impl Guard {
        /// Guards the bytes of a mapping.
        pub fn new(mapping: &[u8]) -> Self {
            static INSTALLED: Once = Once::new();
            INSTALLED.call_once(install);
            let range = free_range();
            let start = mapping.as_ptr() as usize;
            range.hit.store(false, Ordering::Relaxed);
            range.start.store(start, Ordering::Release);
            range.end.store(start + mapping.len(), Ordering::Release);
            Self(range)
        }

        /// Whether a read in the range failed.
        pub fn was_hit(&self) -> bool {
            self.0.hit.load(Ordering::Acquire)
        }
    }

    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.end.store(0, Ordering::Release);
            self.0.start.store(0, Ordering::Release);
            self.0.taken.store(false, Ordering::Release);
        }
    }

    fn ranges() -> impl Iterator<Item = &'static Range> {
        // SAFETY: ranges are leaked boxes, published whole and never freed.
        let at = |pointer: *mut Range| unsafe { pointer.as_ref() };
        std::iter::successors(at(RANGES.load(Ordering::Acquire)), move |range| at(range.next.load(Ordering::Acquire)))
    }

    fn free_range() -> &'static Range {
        for range in ranges() {
            if range.taken.compare_exchange(false, true, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                return range;
            }
        }
        let range: &'static mut Range = Box::leak(Box::new(Range {
            taken: AtomicBool::new(true),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            hit: AtomicBool::new(false),
            next: AtomicPtr::new(ptr::null_mut()),
        }));
        let pointer = ptr::from_mut(range);
        let mut first = RANGES.load(Ordering::Acquire);
        loop {
            range.next.store(first, Ordering::Release);
            match RANGES.compare_exchange(first, pointer, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return range,
                Err(other) => first = other,
            }
        }
    }

    fn install() {
        // SAFETY: a process-wide setting, made once. The handler only touches atomics and calls `mmap`, and hands every fault
        // that is not in a guarded range to the handler that was there before.
        unsafe {
            if let Ok(page) = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)) {
                PAGE.store(page, Ordering::Relaxed);
            }
            let mut before: libc::sigaction = mem::zeroed();
            if libc::sigaction(libc::SIGBUS, ptr::null(), &mut before) != 0 {
                return;
            }
            BEFORE.get_or_init(|| before);
            let mut action: libc::sigaction = mem::zeroed();
            let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = on_bus_error;
            action.sa_sigaction = handler as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&mut action.sa_mask);
            libc::sigaction(libc::SIGBUS, &action, ptr::null_mut());
        }
    }

    extern "C" fn on_bus_error(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        // SAFETY: the system hands the handler a valid `info`.
        let address = unsafe { (*info).si_addr() } as usize;
        if !put_zeros(address) {
            pass_on(signal, info, context);
        }
    }

    /// Puts zeros at the page of an address in a guarded range. False where it is in none.
    fn put_zeros(address: usize) -> bool {
        let within = |range: &&Range| {
            (range.start.load(Ordering::Acquire)..range.end.load(Ordering::Acquire)).contains(&address)
        };
        let Some(range) = ranges().find(within) else { return false };
        let page = PAGE.load(Ordering::Relaxed);
        let start = address & !(page - 1);
        // SAFETY: the page belongs to a mapping of ours that is in use, and is only replaced by another page to read from.
        let placed = unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
            libc::mmap(start as *mut libc::c_void, page, libc::PROT_READ, flags, -1, 0)
        };
        range.hit.store(true, Ordering::Release);
        placed != libc::MAP_FAILED
    }

    /// Does what would have been done without us.
    fn pass_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let before = BEFORE.get().filter(|before| {
            before.sa_flags & libc::SA_SIGINFO != 0 && ![libc::SIG_DFL, libc::SIG_IGN].contains(&before.sa_sigaction)
        });
        // SAFETY: a handler with `SA_SIGINFO` has this signature. Otherwise the default is set again, and the fault, which
        // comes again on return, ends the program as it should.
        unsafe {
            match before {
                Some(before) => {
                    type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
                    let handler = mem::transmute::<libc::sighandler_t, Handler>(before.sa_sigaction);
                    handler(signal, info, context);
                }
                None => {
                    libc::signal(signal, libc::SIG_DFL);
                }
            }
        }
    }
}
