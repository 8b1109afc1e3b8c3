//! What can be said of a pattern without running it: which bytes its matches begin with, where a literal stands in them.
//!
//! Computed on the syntax tree, with look-around taken as empty, so that every answer covers at least all that can match.

use regex_syntax::hir::{Class, Hir, HirKind, literal::Extractor};

use super::bytes::{ByteSet, RUN};

/// Parses a rule's pattern: bytes, no Unicode classes.
pub fn parse(pattern: &str) -> Result<Hir, Box<regex_syntax::Error>> {
    regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).map_err(Box::new)
}

/// Repetitions beyond this many have no upper bound when they are run.
const MANY: u32 = 256;

/// The pattern as it is run: `{m,n}` with a large `n` is `{m,}`, since an automaton has a state for each repetition. A match stays
/// bounded by the window that it is looked for in, which is the longest that the pattern as written can have.
pub fn as_run(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Repetition(mut repetition) => {
            repetition.sub = Box::new(as_run(*repetition.sub));
            repetition.max = repetition.max.filter(|max| *max <= MANY || *max == repetition.min);
            Hir::repetition(repetition)
        }
        HirKind::Capture(mut capture) => {
            capture.sub = Box::new(as_run(*capture.sub));
            Hir::capture(capture)
        }
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(as_run).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.into_iter().map(as_run).collect()),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
    }
}

/// For each of the first [`RUN`] bytes of a match, which values it can have; `None` if a match can be shorter.
pub fn first_bytes(hir: &Hir) -> Option<[ByteSet; RUN]> {
    let mut sets = [ByteSet::default(); RUN];
    let ends = follow(hir, 1, &mut sets);
    (ends == BEYOND).then_some(sets)
}

/// Offsets up to [`RUN`] as bits; the last bit stands for that many and more.
type Offsets = u32;
const BEYOND: Offsets = 1 << RUN;

fn step(at: Offsets) -> Offsets {
    (at << 1) & (BEYOND - 1) | ((at << 1 | at) & BEYOND)
}

fn put(at: Offsets, sets: &mut [ByteSet; RUN], bytes: impl Iterator<Item = u8> + Clone) {
    for (offset, set) in sets.iter_mut().enumerate() {
        if at >> offset & 1 == 1 {
            bytes.clone().for_each(|byte| set.insert(byte));
        }
    }
}

/// Where a match of `hir` that begins at one of the offsets `at` can end; adds the bytes on the way to `sets`.
fn follow(hir: &Hir, at: Offsets, sets: &mut [ByteSet; RUN]) -> Offsets {
    if at == BEYOND {
        return at;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => at,
        HirKind::Literal(literal) => literal.0.iter().fold(at, |at, byte| {
            put(at, sets, std::iter::once(*byte));
            step(at)
        }),
        HirKind::Class(class) => {
            put(at, sets, class_bytes(class).into_iter());
            step(at)
        }
        HirKind::Repetition(repetition) => {
            let mut ends = if repetition.min == 0 { at } else { 0 };
            let mut here = at;
            for count in 1..=repetition.max.unwrap_or(u32::MAX) {
                let before = here;
                here = follow(&repetition.sub, here, sets);
                if count >= repetition.min {
                    ends |= here;
                }
                if here == before {
                    return ends | here;
                }
            }
            ends
        }
        HirKind::Capture(capture) => follow(&capture.sub, at, sets),
        HirKind::Concat(parts) => parts.iter().fold(at, |at, part| follow(part, at, sets)),
        HirKind::Alternation(branches) => branches.iter().fold(0, |ends, branch| ends | follow(branch, at, sets)),
    }
}

/// All bytes that a match can hold.
pub fn all_bytes(hir: &Hir) -> ByteSet {
    let mut set = ByteSet::default();
    add_bytes(hir, &mut set);
    set
}

fn add_bytes(hir: &Hir, set: &mut ByteSet) {
    let mut open = vec![hir];
    while let Some(hir) = open.pop() {
        match hir.kind() {
            HirKind::Literal(literal) => literal.0.iter().for_each(|byte| set.insert(*byte)),
            HirKind::Class(class) => class_bytes(class).into_iter().for_each(|byte| set.insert(byte)),
            _ => open.extend(hir.kind().subs()),
        }
    }
}

fn class_bytes(class: &Class) -> Vec<u8> {
    match class {
        Class::Bytes(class) => class.iter().flat_map(|range| range.start()..=range.end()).collect(),
        // Without Unicode mode a class of characters holds ASCII only; one that does not is taken as any byte.
        Class::Unicode(class) => match class.to_byte_class() {
            Some(class) => class.iter().flat_map(|range| range.start()..=range.end()).collect(),
            None => (0..=255).collect(),
        },
    }
}

/// The literals one of which begins every match, if there are few of at least `shortest` bytes.
pub fn prefixes(hir: &Hir, shortest: usize) -> Option<Vec<Vec<u8>>> {
    let mut found = Extractor::new().limit_class(16).limit_total(400).extract(hir);
    found.dedup();
    let literals: Vec<Vec<u8>> = found.literals()?.iter().map(|literal| literal.as_bytes().to_vec()).collect();
    let usable = !literals.is_empty() && literals.iter().all(|literal| literal.len() >= shortest);
    usable.then(|| cut_short(literals, shortest))
}

/// The part of a pattern that is the credential: its group `secret`, or all of it.
pub fn secret(hir: &Hir) -> &Hir {
    let mut open = vec![hir];
    while let Some(inner) = open.pop() {
        if let HirKind::Capture(capture) = inner.kind()
            && capture.name.as_deref() == Some("secret")
        {
            return &capture.sub;
        }
        open.extend(inner.kind().subs());
    }
    hir
}

/// How many first bytes of a match are one of a few fixed beginnings, whatever the rest.
pub fn fixed_start(hir: &Hir) -> usize {
    let found = Extractor::new().limit_class(1).limit_total(64).extract(hir);
    let literals = found.literals().unwrap_or_default();
    literals.iter().filter(|literal| !literal.is_exact()).map(|literal| literal.as_bytes().len()).min().unwrap_or(0)
}

/// Beginnings of the literals, as long as can be while there are no more than [`FEW`]: `xoxb-` for `xoxb-00` to `xoxb-99`.
fn cut_short(literals: Vec<Vec<u8>>, shortest: usize) -> Vec<Vec<u8>> {
    let longest = literals.iter().map(Vec::len).max().unwrap_or(0);
    let cut_to = |length: usize| {
        let mut cut: Vec<Vec<u8>> =
            literals.iter().map(|literal| literal[..length.min(literal.len())].to_vec()).collect();
        cut.sort_unstable();
        cut.dedup();
        cut
    };
    (shortest..=longest).rev().map(cut_to).find(|cut| cut.len() <= FEW).unwrap_or(literals)
}

/// So many literals may begin a pattern before they are cut shorter.
const FEW: usize = 4;

/// A literal inside a pattern: what to look for, and how many bytes of a match can stand before it, least and most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// The literal; or several that every match holds one of, where it is short and a small class stands before it.
    pub literals: Vec<Vec<u8>>,
    /// Least number of bytes before.
    pub least: usize,
    /// Most number of bytes before.
    pub most: usize,
    /// What may stand between a match's start and the literal.
    pub bytes: ByteSet,
}

/// Finds `literal` as an element of the pattern's topmost sequence; `None` where it is none, or where what stands before has
/// no greatest length.
pub fn inside(hir: &Hir, literal: &[u8]) -> Option<Inside> {
    let (mut least, mut most) = (0, 0);
    let mut bytes = ByteSet::default();
    let mut parts = vec![];
    flatten(hir, &mut parts);
    for (ix, part) in parts.iter().enumerate() {
        if let HirKind::Literal(text) = part.kind()
            && let Some(at) = text.0.windows(literal.len()).position(|window| window == literal)
        {
            text.0[..at].iter().for_each(|byte| bytes.insert(*byte));
            let before = (at == 0 && ix > 0 && literal.len() < 3).then(|| small_class(parts[ix - 1])).flatten();
            return Some(match before {
                Some(class) => Inside {
                    literals: class.into_iter().map(|byte| [&[byte], literal].concat()).collect(),
                    least: least - 1,
                    most: most - 1,
                    bytes,
                },
                None => Inside { literals: vec![literal.to_vec()], least: least + at, most: most + at, bytes },
            });
        }
        add_bytes(part, &mut bytes);
        least += part.properties().minimum_len()?;
        most += part.properties().maximum_len()?;
    }
    None
}

/// The bytes of a class of no more than the digits.
fn small_class(hir: &Hir) -> Option<Vec<u8>> {
    let HirKind::Class(class) = hir.kind() else { return None };
    Some(class_bytes(class)).filter(|bytes| bytes.len() <= 10)
}

fn flatten<'h>(hir: &'h Hir, parts: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Concat(inner) => inner.iter().for_each(|part| flatten(part, parts)),
        HirKind::Capture(capture) => flatten(&capture.sub, parts),
        _ => parts.push(hir),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(pattern: &str) -> Option<[ByteSet; RUN]> {
        first_bytes(&parse(pattern).expect("a pattern"))
    }

    #[test]
    fn a_pattern_that_can_be_short_has_no_first_bytes() {
        assert!(sets("[a-f]{15}").is_none());
        assert!(sets("[a-f]{15}(x|yz)").is_some());
        assert!(sets("a(b{20})?").is_none());
        assert!(sets("[a-f]{3,20}[0-9]{13}").is_some());
    }

    #[test]
    fn first_bytes_cover_each_way_to_match() {
        let sets = sets("a{1,2}[0-9]{16}").expect("long enough");
        assert_eq!(sets[0].iter().collect::<Vec<_>>(), b"a");
        assert_eq!(sets[1].iter().collect::<Vec<_>>(), b"0123456789a");
        assert_eq!(sets[2].iter().collect::<Vec<_>>(), b"0123456789");
    }

    #[test]
    fn prefixes_are_found_through_alternatives_and_small_classes() {
        let of = |pattern: &str| prefixes(&parse(pattern).expect("a pattern"), 3);
        assert_eq!(of("gh[po]_[A-Za-z0-9]{36}"), Some(vec![b"gho_".to_vec(), b"ghp_".to_vec()]));
        assert_eq!(of("[a-f0-9]{32}"), None);
        assert_eq!(of("(?P<secret>sk-[a-z]{3})"), Some(vec![b"sk-".to_vec()]));
    }

    #[test]
    fn what_a_pattern_fixes_of_the_secret_is_public_and_what_stands_before_it_is_not() {
        let of = |pattern: &str| fixed_start(secret(&parse(pattern).expect("a pattern")));
        assert_eq!(of("ghp_[A-Za-z0-9]{36}"), 4);
        assert_eq!(of("sk_(?:live|test)_[a-z]{9}"), 8);
        assert_eq!(of("AC[0-9a-f]{32}"), 2);
        assert_eq!(of("AccountKey=(?P<secret>[a-z]{9})"), 0);
        assert_eq!(of("Bearer (?P<secret>hf_[a-z]{9})"), 3);
        assert_eq!(of("(?P<secret>[a-z]{9})"), 0);
    }

    #[test]
    fn a_literal_inside_is_located() {
        let of = |pattern: &str, literal: &str| {
            let found = inside(&parse(pattern).expect("a pattern"), literal.as_bytes())?;
            Some((found.literals.concat(), found.least, found.most))
        };
        assert_eq!(of("[0-9]{8,10}:AA[A-Za-z]{33}", ":AA"), Some((b":AA".to_vec(), 8, 10)));
        assert_eq!(of("(?:x|yy)z:AA", ":AA"), Some((b":AA".to_vec(), 2, 3)));
        assert_eq!(of("(?:a:AA|b)", ":AA"), None);
        let found = inside(&parse("[0-9]{2}[ab]?x:AA").expect("a pattern"), b":AA").expect("it is there");
        assert_eq!(found.bytes.iter().collect::<Vec<_>>(), b"0123456789abx");
        assert_eq!(of("[a-z]{3}[78]Q~[a-z]{31}", "Q~"), Some((b"7Q~8Q~".to_vec(), 3, 3)));
    }
}
