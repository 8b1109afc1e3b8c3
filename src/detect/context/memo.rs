//! What was said of windows before. Versions of a file, and files made from one another, show the same window again and again,
//! and to weigh one takes a hundred times as long as to see that it is known.

use std::{cell::RefCell, hash::Hasher};

use rustc_hash::FxHasher;

use super::{Window, evidence::Evidence};
use crate::rule::Confidence;

/// Windows that a thread remembers, of at most some 700 bytes each.
const SLOTS: usize = 1 << 11;

thread_local! {
    static MEMO: RefCell<Vec<Option<Slot>>> = const { RefCell::new(Vec::new()) };
}

struct Slot {
    bytes: Box<[u8]>,
    anchor: usize,
    at_end: bool,
    asked: Confidence,
    said: Option<Evidence>,
}

impl Slot {
    fn is_of(&self, window: &Window<'_>, anchor: usize, asked: Confidence) -> bool {
        (self.anchor, self.at_end, self.asked) == (anchor, window.at_end, asked) && *self.bytes == *window.bytes
    }
}

/// What `say` says of a window with the anchor at this offset of it where this confidence is asked for, or said before: a function of these and of nothing else.
pub fn recall(
    window: &Window<'_>,
    anchor: usize,
    asked: Confidence,
    say: impl FnOnce() -> Option<Evidence>,
) -> Option<Evidence> {
    let mut hasher = FxHasher::default();
    hasher.write(window.bytes);
    hasher.write_usize(anchor);
    let slot = hasher.finish() as usize % SLOTS;
    MEMO.with_borrow_mut(|memo| {
        if memo.is_empty() {
            memo.resize_with(SLOTS, || None);
        }
        if let Some(known) = memo[slot].as_ref().filter(|known| known.is_of(window, anchor, asked)) {
            return known.said;
        }
        let said = say();
        memo[slot] = Some(Slot { bytes: window.bytes.into(), anchor, at_end: window.at_end, asked, said });
        said
    })
}
