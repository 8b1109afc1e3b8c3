//! Histories in which secrets come, move, break and go, made to be stored as deltas.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use keysweep::rule::RuleSet;
use proptest::prelude::*;

use crate::support::TestRepo;

/// Versions of files, one a commit.
#[derive(Clone, Debug)]
pub struct History {
    commits: Vec<(String, Vec<u8>)>,
}

impl History {
    /// Writes all commits at once.
    pub fn write(&self, repo: &TestRepo) {
        let mut stream = vec![];
        let onto = String::from_utf8_lossy(&repo.git(&["for-each-ref", "--format=%(objectname)", "refs/heads/main"]))
            .trim()
            .to_owned();
        for (number, (path, content)) in self.commits.iter().enumerate() {
            let from = if number == 0 && !onto.is_empty() { format!("from {onto}\n") } else { String::new() };
            let when = 1_700_000_000 + number;
            stream.extend(format!("commit refs/heads/main\ncommitter A <a@b> {when} +0000\ndata 1\nx\n{from}").bytes());
            stream.extend(format!("M 100644 inline {path}\ndata {}\n", content.len()).bytes());
            stream.extend_from_slice(content);
            stream.push(b'\n');
        }
        repo.git_with_input(&["fast-import", "--quiet", "--depth=50"], &stream);
    }

    /// The same commits in `count` pieces.
    pub fn parts(&self, count: usize) -> Vec<History> {
        let size = self.commits.len().div_ceil(count).max(1);
        self.commits.chunks(size).map(|commits| History { commits: commits.to_vec() }).collect()
    }

    /// A file that holds one more example of a rule in each version, and one that has only the newest.
    pub fn of_examples(rules: &RuleSet) -> Self {
        let mut all = String::new();
        let mut commits = vec![];
        for (_, rule) in rules.iter() {
            for example in rule.examples.iter() {
                let example = example.replace("{-}", "");
                write!(all, "# {}\n{example}\n{}\n", rule.name, filler(all.len())).unwrap();
                if commits.len() % 8 == 0 {
                    commits.push(("all.txt".to_owned(), all.clone().into_bytes()));
                }
                commits.push(("one.txt".to_owned(), format!("{}\n{example}\n{}\n", filler(1), filler(2)).into_bytes()));
            }
        }
        commits.push(("all.txt".to_owned(), all.into_bytes()));
        Self { commits }
    }
}

/// Plain text that differs from place to place.
fn filler(seed: usize) -> String {
    (0..12).map(|line| format!("line {} of {seed} says nothing", line * 7919 + seed)).collect::<Vec<_>>().join("\n")
}

/// Pieces of text among which secrets of several lanes are frequent, whole and broken.
fn piece() -> impl Strategy<Value = String> {
    let whole = prop_oneof![
        Just("ghp_{-}q7Zk1vW9{-}xR3tY5uB{-}8nM2pL4s{-}a1B2c3D4{-}wXyZ".to_owned()),
        Just("AKIA{-}QWERTYUI{-}OPASDFGH".to_owned()),
        Just("aws_secret_access_key = \"q7Zk1vW9{-}xR3tY5uB{-}8nM2pL4s{-}a1B2c3D4{-}wXyZ9876\"".to_owned()),
        Just("xoxb-{-}12345678{-}9012-1234567890123-{-}AbCdEfGh{-}IjKlMnOp{-}QrStUvWx".to_owned()),
        Just("postgres://me:{-}q7Zk1vW9{-}xR3tY5uB@db.example.com/x".to_owned()),
        Just(
            "-----BEGIN RSA {-}PRIVATE KEY-----\nMIIEpAIB{-}AAKCAQEA{-}q7Zk1vW9{-}xR3tY5uB{-}8nM2pL4s\nMIIEpAIB{-}AAKCAQEA{-}q7Zk1vW9{-}xR3tY5uB{-}8nM2pL4s\n-----END RSA {-}PRIVATE KEY-----".to_owned()
        ),
    ];
    let whole = whole.prop_map(|text| text.replace("{-}", ""));
    prop_oneof![
        3 => whole.clone(),
        // In base64, so that what comes before it decides how it reads.
        2 => (0usize..3, whole).prop_map(|(by, text)| STANDARD.encode(format!("{}{text}\n", &"xyz"[..by]))),
        4 => "[a-z ]{10,200}\n",
        2 => "[A-Za-z0-9/+=_-]{1,40}",
        1 => Just("\n".to_owned()),
    ]
}

#[derive(Clone, Debug)]
enum Edit {
    Insert(prop::sample::Index, String),
    Delete(prop::sample::Index, usize),
    Move(prop::sample::Index, usize, prop::sample::Index),
    /// The same text in another encoding, or binary.
    Utf16,
    Zero(prop::sample::Index),
    /// So many more bytes before the longest run of base64, which reads otherwise from there on.
    Base64Shift(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        5 => (any::<prop::sample::Index>(), piece()).prop_map(|(at, text)| Edit::Insert(at, text)),
        3 => (any::<prop::sample::Index>(), 1usize..300).prop_map(|(at, length)| Edit::Delete(at, length)),
        2 => (any::<prop::sample::Index>(), 1usize..300, any::<prop::sample::Index>())
            .prop_map(|(from, length, to)| Edit::Move(from, length, to)),
        1 => Just(Edit::Utf16),
        1 => any::<prop::sample::Index>().prop_map(Edit::Zero),
        1 => (0usize..3).prop_map(Edit::Base64Shift),
    ]
}

fn apply(text: &mut Vec<u8>, edit: &Edit) -> Option<Vec<u8>> {
    match edit {
        Edit::Insert(at, piece) => {
            let at = at.index(text.len() + 1);
            text.splice(at..at, piece.bytes());
        }
        Edit::Delete(at, length) => {
            let at = at.index(text.len() + 1);
            text.drain(at..text.len().min(at + length));
        }
        Edit::Move(from, length, to) => {
            let from = from.index(text.len() + 1);
            let moved: Vec<u8> = text.drain(from..text.len().min(from + length)).collect();
            let to = to.index(text.len() + 1);
            text.splice(to..to, moved);
        }
        Edit::Utf16 => {
            let text = String::from_utf8_lossy(text);
            return Some([0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect());
        }
        Edit::Zero(at) => {
            let mut binary = text.clone();
            binary.insert(at.index(text.len() + 1), 0);
            return Some(binary);
        }
        Edit::Base64Shift(by) => {
            let at = longest_run(text);
            text.splice(at..at, std::iter::repeat_n(b'x', *by));
        }
    }
    None
}

fn longest_run(text: &[u8]) -> usize {
    let is_in = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let mut at = 0;
    let runs = text.split(|byte| !is_in(byte)).map(|run| {
        at += run.len() + 1;
        (run.len(), at - run.len() - 1)
    });
    runs.max().map_or(0, |(_, at)| at)
}

/// A file of some kilobytes, edited again and again.
pub fn random() -> impl Strategy<Value = History> {
    let start = proptest::collection::vec(piece(), 10..60);
    let edits = proptest::collection::vec(proptest::collection::vec(edit(), 1..4), 5..40);
    (start, edits).prop_map(|(start, edits)| {
        let mut text = start.concat().into_bytes();
        let mut commits = vec![("file.txt".to_owned(), text.clone())];
        for edits in edits {
            let mut version = None;
            for edit in &edits {
                version = apply(&mut text, edit).or(version);
            }
            commits.push(("file.txt".to_owned(), version.unwrap_or_else(|| text.clone())));
        }
        History { commits }
    })
}
