//! Commits and tags: whatever their bytes, what is read lies in them and agrees with a reading line by line.
#![no_main]

use arbitrary::Arbitrary;
use keysweep::{
    location::Oid,
    source::history::commit::{Commit, Signature, Tag},
};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    Tree(u8),
    Parent(u8),
    Object(u8),
    Id(u8, u8),
    Author(&'a str),
    Committer(&'a str),
    Signed { name: &'a str, date: i64, offset: i16 },
    Word(u8),
    Raw(&'a [u8]),
}

const WORDS: [&str; 16] = [
    "\n",
    "\n\n",
    " ",
    "tree ",
    "parent ",
    "author ",
    "committer ",
    "object ",
    "type ",
    "commit\n",
    "blob\n",
    "tag",
    "gpgsig ",
    "<",
    "> ",
    "mergetag ",
];

fuzz_target!(|pieces: Vec<Piece>| {
    let mut bytes = Vec::new();
    for piece in &pieces {
        match piece {
            Piece::Tree(id) => bytes.extend(format!("tree {}\n", hex(*id, 40)).bytes()),
            Piece::Parent(id) => bytes.extend(format!("parent {}\n", hex(*id, 40)).bytes()),
            Piece::Object(id) => bytes.extend(format!("object {}\n", hex(*id, 64)).bytes()),
            Piece::Id(id, len) => bytes.extend(hex(*id, usize::from(*len) % 70).bytes()),
            Piece::Author(text) => bytes.extend(format!("author {text}\n").bytes()),
            Piece::Committer(text) => bytes.extend(format!("committer {text}\n").bytes()),
            Piece::Signed { name, date, offset } => {
                bytes.extend(format!("committer {name} <{name}> {date} {offset:+05}\n").bytes());
            }
            Piece::Word(word) => bytes.extend(WORDS[usize::from(*word) % WORDS.len()].bytes()),
            Piece::Raw(raw) => bytes.extend_from_slice(raw),
        }
    }
    check(&bytes);
});

fn hex(id: u8, len: usize) -> String {
    format!("{id:02x}").repeat(35)[..len].to_owned()
}

fn check(bytes: &[u8]) {
    let read = Commit::parse(bytes);
    let parents: Vec<Oid> = read.parents().collect();
    let (tree, expected_parents) = slow(bytes);
    assert_eq!((read.tree, &parents), (tree, &expected_parents));
    if read.damage.is_none() {
        assert!(read.tree.is_some());
    }
    for signature in [read.author, read.committer] {
        lies_in(signature, bytes);
    }
    let subject = read.subject();
    assert!(subject.is_empty() || inside(subject, read.message));
    assert!(!subject.contains(&b'\n'));
    let oid = Oid::from_bytes(&[1; 20]).expect("20 bytes");
    let info = read.info(oid);
    assert_eq!(
        (&info.author, &info.email, &info.subject),
        (&read.author.name.into(), &read.author.email.into(), &subject.into())
    );
    assert_eq!(info.date, read.committer.date);
    if let Some(tag) = Tag::parse(bytes) {
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        assert_eq!(Oid::from_hex(&first[b"object ".len()..]), Some(tag.target));
    }
}

fn lies_in(signature: Signature, bytes: &[u8]) {
    for text in [signature.name, signature.email] {
        assert!(text.is_empty() || inside(text, bytes));
        assert!(!text.contains(&b'\n'));
    }
    assert!(signature.date.unsigned_abs() <= 1 << 62, "a date can be added to");
    assert!(signature.offset_minutes.unsigned_abs() <= 99 * 60 + 99);
}

fn inside(part: &[u8], whole: &[u8]) -> bool {
    whole.as_ptr_range().start <= part.as_ptr() && part.as_ptr_range().end <= whole.as_ptr_range().end
}

/// The tree and the parents, line by line.
fn slow(bytes: &[u8]) -> (Option<Oid>, Vec<Oid>) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    let mut lines = bytes[..end].split(|byte| *byte == b'\n').peekable();
    let tree = lines.peek().and_then(|line| line.strip_prefix(b"tree "));
    if tree.is_some() {
        lines.next();
    }
    let parents = lines.map_while(|line| line.strip_prefix(b"parent ")).filter_map(Oid::from_hex).collect();
    (tree.and_then(Oid::from_hex), parents)
}
