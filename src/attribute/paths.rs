//! Paths as a tree of names: each has a number, and those that lead nowhere any more are left out at a glance.

use bstr::BString;
use rustc_hash::FxHashMap;

use super::hot::Hot;

/// A path's number; 0 is the root folder.
pub(super) type PathId = u32;

const NONE: u32 = u32::MAX;

/// Paths of more bytes than this are not told: folders can be nested without end, and each place repeats its path.
pub(super) const MAX_PATH: usize = 16 << 10;

struct Link {
    above: PathId,
    key: u32,
    first_below: PathId,
    next: PathId,
    /// Length of the text in bytes, and one more.
    len: u32,
    /// Number of places at or below it that are still looked for.
    pending: u32,
}

/// The paths met so far.
pub(super) struct Paths {
    links: Vec<Link>,
    known: FxHashMap<(PathId, u32), PathId>,
}

impl Paths {
    /// The root folder.
    pub const ROOT: PathId = 0;

    /// The root folder alone.
    pub fn new() -> Self {
        let root = Link { above: NONE, key: NONE, first_below: NONE, next: NONE, len: 0, pending: 0 };
        Self { links: vec![root], known: FxHashMap::default() }
    }

    /// The path one name below another; `None` if it is longer than any file system has it.
    pub fn below(&mut self, above: PathId, key: u32, name: &[u8]) -> Option<PathId> {
        let len = self.links[above as usize].len as usize + name.len() + 1;
        if len > MAX_PATH {
            return None;
        }
        let number = self.links.len() as PathId;
        let id = *self.known.entry((above, key)).or_insert(number);
        if id == number {
            let next = std::mem::replace(&mut self.links[above as usize].first_below, id);
            self.links.push(Link { above, key, first_below: NONE, next, len: len as u32, pending: 0 });
        }
        Some(id)
    }

    /// Keys from the root down.
    pub fn keys(&self, mut path: PathId) -> Vec<u32> {
        let mut keys = Vec::new();
        while path != Self::ROOT {
            let link = &self.links[path as usize];
            keys.push(link.key);
            path = link.above;
        }
        keys.reverse();
        keys
    }

    /// The path in bytes, names joined by `/`.
    pub fn text(&self, path: PathId, hot: &Hot<'_>) -> BString {
        let names: Vec<&[u8]> = self.keys(path).into_iter().map(|key| hot.name(key)).collect();
        BString::from(bstr::join("/", names))
    }

    /// One more place (or one fewer) is looked for at a path.
    pub fn pend(&mut self, mut path: PathId, by: i32) {
        while path != NONE {
            let link = &mut self.links[path as usize];
            link.pending = link.pending.wrapping_add_signed(by);
            path = link.above;
        }
    }

    /// Whether places are still looked for at or below a path.
    pub fn is_pending(&self, path: PathId) -> bool {
        self.links[path as usize].pending > 0
    }

    /// The paths right below one where places are still looked for, with their last name. The others are forgotten on the
    /// way: once nothing is looked for at a path, nothing will be.
    pub fn pending_below(&mut self, path: PathId, found: &mut Vec<(PathId, u32)>) {
        found.clear();
        let mut next = std::mem::replace(&mut self.links[path as usize].first_below, NONE);
        while next != NONE {
            let id = next;
            next = self.links[id as usize].next;
            if self.is_pending(id) {
                found.push((id, self.links[id as usize].key));
                let before = std::mem::replace(&mut self.links[path as usize].first_below, id);
                self.links[id as usize].next = before;
            }
        }
    }

    /// The number of a path given as names, if it was met.
    pub fn find(&self, text: &[u8], hot: &Hot<'_>) -> Option<PathId> {
        let mut path = Self::ROOT;
        let mut names = text.split(|byte| *byte == b'/').peekable();
        while let Some(name) = names.next() {
            let key = hot.key(name, names.peek().is_some())?;
            path = *self.known.get(&(path, key))?;
        }
        Some(path)
    }
}
