//! Commits and annotated tags, read from their bytes. Foreign and old tools write broken headers: what can be read is read,
//! and the rest is told.

use bstr::{BStr, ByteSlice};
use memchr::{memchr, memrchr};

use super::object::ObjectKind;
use crate::location::{CommitInfo, Oid, TagInfo};

/// Dates beyond this many seconds from 1970 are noise, and would overflow where a date is added to.
const DATE_LIMIT: u64 = 1 << 62;

/// A commit's headers and message. Headers it does not name (`encoding`, `gpgsig`, `mergetag`, ...) are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit<'a> {
    /// Root folder; `None` if the header is missing or broken.
    pub tree: Option<Oid>,
    /// The `parent` lines' text, one after the other; see [`Commit::parents`].
    parent_lines: &'a [u8],
    /// Who wrote the change.
    pub author: Signature<'a>,
    /// Who made the commit, and when.
    pub committer: Signature<'a>,
    /// Everything behind the headers.
    pub message: &'a BStr,
    /// What is wrong with the headers, if anything.
    pub damage: Option<&'static str>,
}

/// Name, mail address and time of an `author`, `committer` or `tagger` line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signature<'a> {
    /// Name.
    pub name: &'a BStr,
    /// Mail address.
    pub email: &'a BStr,
    /// Seconds since 1970-01-01 UTC; 0 where the line has no number that makes sense.
    pub date: i64,
    /// Minutes east of UTC.
    pub offset_minutes: i32,
}

/// An annotated tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// What it names.
    pub target: Oid,
    /// What it says about the target's kind, if it is one of git's.
    pub kind: Option<ObjectKind>,
    /// Its own name.
    pub name: &'a BStr,
    /// Who made it, and when.
    pub tagger: Signature<'a>,
}

impl<'a> Commit<'a> {
    /// Reads a commit. Nothing is an error: damage is told in the result.
    pub fn parse(bytes: &'a [u8]) -> Self {
        let (headers, message) = split_message(bytes);
        let mut lines = Lines(headers);
        let mut damage = None;
        let tree = lines.take_field(b"tree ").and_then(Oid::from_hex);
        if tree.is_none() {
            damage = Some("no tree header");
        }
        let from = headers.len() - lines.0.len();
        while let Some(parent) = lines.take_field(b"parent ") {
            if Oid::from_hex(parent).is_none() {
                damage = Some("a parent header that is no id");
            }
        }
        let parent_lines = &headers[from..headers.len() - lines.0.len()];
        let author = lines.find_field(b"author ").map(Signature::parse);
        let committer = lines.find_field(b"committer ").map(Signature::parse);
        if author.is_none() || committer.is_none() {
            damage = damage.or(Some("no author or committer header"));
        }
        Self {
            tree,
            parent_lines,
            author: author.unwrap_or_default(),
            committer: committer.unwrap_or_default(),
            message: message.as_bstr(),
            damage,
        }
    }

    /// Ids of the parents, in order. Broken ones are left out.
    pub fn parents(&self) -> impl Iterator<Item = Oid> + 'a {
        let mut lines = Lines(self.parent_lines);
        std::iter::from_fn(move || lines.take_field(b"parent ")).filter_map(Oid::from_hex)
    }

    /// What a report tells of it, under the name it has in the store.
    pub fn info(&self, oid: Oid) -> CommitInfo {
        CommitInfo {
            oid,
            author: self.author.name.to_owned(),
            email: self.author.email.to_owned(),
            date: self.committer.date,
            offset_minutes: self.committer.offset_minutes,
            subject: self.subject().to_owned(),
        }
    }

    /// First line of the message that is not blank.
    pub fn subject(&self) -> &'a BStr {
        self.message.lines().map(ByteSlice::trim).find(|line| !line.is_empty()).unwrap_or_default().as_bstr()
    }
}

impl<'a> Signature<'a> {
    /// Reads `Name <mail> seconds +hhmm`. The last `>` counts: names have been seen to hold one.
    fn parse(line: &'a [u8]) -> Self {
        let Some(close) = memrchr(b'>', line) else {
            return Self { name: line.trim().as_bstr(), ..Self::default() };
        };
        let open = memchr(b'<', &line[..close]).unwrap_or(close);
        let mut words = line[close + 1..].fields();
        Self {
            name: line[..open].trim().as_bstr(),
            email: line.get(open + 1..close).unwrap_or_default().trim().as_bstr(),
            date: words.next().and_then(number).filter(|date| date.unsigned_abs() <= DATE_LIMIT).unwrap_or_default(),
            offset_minutes: words.next().and_then(offset_minutes).unwrap_or_default(),
        }
    }
}

impl<'a> Tag<'a> {
    /// Reads a tag's headers; `None` if it names no object.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut lines = Lines(split_message(bytes).0);
        let target = lines.take_field(b"object ").and_then(Oid::from_hex)?;
        let kind = match lines.take_field(b"type ") {
            Some(b"commit") => Some(ObjectKind::Commit),
            Some(b"tree") => Some(ObjectKind::Tree),
            Some(b"blob") => Some(ObjectKind::Blob),
            Some(b"tag") => Some(ObjectKind::Tag),
            _ => None,
        };
        let name = lines.find_field(b"tag ").unwrap_or_default().as_bstr();
        let tagger = lines.find_field(b"tagger ").map(Signature::parse).unwrap_or_default();
        Some(Self { target, kind, name, tagger })
    }

    /// What a report tells of it.
    pub fn info(&self) -> TagInfo {
        TagInfo {
            name: self.name.to_owned(),
            tagger: self.tagger.name.to_owned(),
            email: self.tagger.email.to_owned(),
            date: self.tagger.date,
            offset_minutes: self.tagger.offset_minutes,
        }
    }
}

/// Header lines with their line ends. A line that begins with a space goes on with the header before it, and so can never
/// be taken for a header.
struct Lines<'a>(&'a [u8]);

impl<'a> Lines<'a> {
    /// The next line's text behind `field`, if the line has it.
    fn take_field(&mut self, field: &[u8]) -> Option<&'a [u8]> {
        let rest = self.0.strip_prefix(field)?;
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        self.0 = rest.get(end + 1..).unwrap_or_default();
        Some(&rest[..end])
    }

    /// The first line with `field`, from here on.
    fn find_field(&mut self, field: &[u8]) -> Option<&'a [u8]> {
        let from = self.0;
        while !self.0.is_empty() {
            if let Some(text) = self.take_field(field) {
                return Some(text);
            }
            let end = memchr(b'\n', self.0).map_or(self.0.len(), |end| end + 1);
            self.0 = &self.0[end..];
        }
        self.0 = from;
        None
    }
}

/// The message of a commit or tag: what stands behind its headers, which are ids and names.
pub fn message(bytes: &[u8]) -> &[u8] {
    split_message(bytes).1
}

fn split_message(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.find(b"\n\n") {
        Some(end) => (&bytes[..end + 1], &bytes[end + 2..]),
        None => (bytes, &[]),
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn offset_minutes(text: &[u8]) -> Option<i32> {
    let offset = i32::try_from(number(text)?).ok().filter(|offset| offset.unsigned_abs() <= 9999)?;
    Some(offset / 100 * 60 + offset % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    fn commit(headers: &str, message: &str) -> Vec<u8> {
        format!("{headers}\n{message}").into_bytes()
    }

    #[test]
    fn an_ordinary_commit_is_read() {
        let other = ID.replace('0', "f");
        let bytes = commit(
            &format!(
                "tree {ID}\nparent {ID}\nparent {other}\nauthor A B <a@b.example> 5 +0000\ncommitter C <c@d.example> 1700000000 -0530\n"
            ),
            "\n  Subject here \n\nbody\n",
        );
        let read = Commit::parse(&bytes);
        assert_eq!(read.tree.expect("has a tree").to_string(), ID);
        assert_eq!(read.parents().map(|oid| oid.to_string()).collect::<Vec<_>>(), [ID.to_owned(), other]);
        assert_eq!((read.committer.date, read.committer.offset_minutes), (1_700_000_000, -330));
        assert_eq!((read.author.name, read.author.email), (BStr::new("A B"), BStr::new("a@b.example")));
        assert_eq!(read.subject(), "Subject here");
        assert_eq!(read.damage, None);
    }

    #[test]
    fn a_signature_block_cannot_pose_as_a_header() {
        let bytes = commit(
            &format!(
                "tree {ID}\nauthor A <a> 1 +0000\ngpgsig begin\n committer X <x> 9 +0000\n \ncommitter C <c> 2 +0000\nmergetag object\n parent {ID}\n"
            ),
            "s\n",
        );
        let read = Commit::parse(&bytes);
        assert_eq!((read.committer.date, read.parents().count()), (2, 0));
    }

    #[test]
    fn a_parent_behind_the_author_does_not_count() {
        let bytes = commit(&format!("tree {ID}\nauthor A <a> 1 +0000\nparent {ID}\ncommitter C <c> 2 +0000\n"), "");
        assert_eq!(Commit::parse(&bytes).parents().count(), 0);
    }

    #[test]
    fn broken_headers_are_told_and_the_rest_is_read() {
        for (bytes, date) in [
            (b"".to_vec(), 0),
            (b"tree xyz\ncommitter C <c> 12 +0000\nauthor".to_vec(), 12),
            (format!("tree {ID}\nparent 12\nauthor A <a> 1 +0\ncommitter no mail").into_bytes(), 0),
        ] {
            let read = Commit::parse(&bytes);
            assert!(read.damage.is_some(), "{bytes:?}");
            assert_eq!(read.committer.date, date, "{bytes:?}");
        }
    }

    #[test]
    fn odd_dates_are_read_or_zero() {
        for (text, date) in [
            ("253402300799 +0000", 253_402_300_799),
            ("-5 +0000", -5),
            ("99999999999999999999999 +0000", 0),
            ("9223372036854775807 +0000", 0),
            ("-9223372036854775808 -2147483648", 0),
            ("soon", 0),
            ("", 0),
        ] {
            let line = format!("tree {ID}\nauthor A <a> 1 +0000\ncommitter C > D <c> {text}\n");
            let read = Commit::parse(line.as_bytes());
            assert_eq!((read.committer.date, read.damage), (date, None), "{text}");
        }
    }

    #[test]
    fn a_tag_names_its_target() {
        let bytes = format!("object {ID}\ntype tree\ntag v1\ntagger T <t> 1 +0000\n\nwords\n");
        let read = Tag::parse(bytes.as_bytes()).expect("names an object");
        assert_eq!((read.target.to_string().as_str(), read.kind), (ID, Some(ObjectKind::Tree)));
        assert_eq!((read.name, read.tagger.name, read.tagger.date), (BStr::new("v1"), BStr::new("T"), 1));
        assert_eq!(Tag::parse(b"object 12\n"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_without_a_crash(text in "(tree |parent |author |committer |object |type |[0-9a-f]{40}|[<> \n+-]|[0-9]{1,22}|\\PC){0,30}") {
            let read = Commit::parse(text.as_bytes());
            let _ = (read.parents().count(), read.subject(), Tag::parse(text.as_bytes()));
        }
    }
}
