//! The words that open a candidate. A word counts where it is not the beginning of an ordinary one: `passwd` does, `passing`
//! does not.

/// Bytes before an anchor that can decide whether it is one: of `IDENTIFIED BY` it is the last letters.
pub const BEFORE: usize = 7;
/// Bytes from an anchor on that can.
pub const BEHIND: usize = 24;

/// Which word stands at an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A word of a name.
    Name(Stem),
    /// `://`.
    Url,
    /// `Basic`, `Bearer`; the anchor lies in its last letters.
    Scheme,
    /// `-u`.
    User,
    /// `IDENTIFIED BY`; the anchor lies in its last letters.
    Identified,
}

/// Stem of a name's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stem {
    /// pass, password, passwd, passphrase, passcode.
    Pass,
    /// pwd.
    Pwd,
    /// secret.
    Secret,
    /// token.
    Token,
    /// key.
    Key,
    /// auth.
    Auth,
    /// cred, creds, credential, credentials.
    Cred,
}

/// What may follow the stem as one word with it.
const PASS: &[&[u8]] = &[b"word", b"wd", b"phrase", b"code", b"wort", b"key"];
const CRED: &[&[u8]] = &[b"entials", b"ential", b"s"];

/// The word at `at`, and the offset behind it. Looks at [`BEFORE`] bytes before it and [`BEHIND`] from it on.
#[inline]
pub fn word_at(bytes: &[u8], at: usize) -> Option<(Word, usize)> {
    let head = bytes.get(at..at + 3)?;
    let stem = |text: &[u8], stem| starts(bytes, at, text).then_some((Word::Name(stem), at + text.len()));
    match head[0] | 0x20 {
        b'p' if head[1] | 0x20 == b'a' => {
            let (word, end) = stem(b"pass", Stem::Pass)?;
            let tail = PASS.iter().find(|tail| starts(bytes, end, tail)).map_or(0, |tail| tail.len());
            (ends(bytes, end + tail)).then_some((word, end + tail))
        }
        b'p' => stem(b"pwd", Stem::Pwd).filter(|(_, end)| ends(bytes, *end)),
        b's' if head[1] | 0x20 == b'e' => stem(b"secret", Stem::Secret).filter(|(_, end)| ends(bytes, *end)),
        b's' => {
            (starts(bytes, at, b"sic ") && at >= 2 && starts(bytes, at - 2, b"ba")).then_some((Word::Scheme, at + 4))
        }
        b't' => stem(b"token", Stem::Token).filter(|(_, end)| ends(bytes, *end)),
        b'k' => stem(b"key", Stem::Key).filter(|(_, end)| ends(bytes, *end)),
        b'i' => {
            let identified = starts(bytes, at, b"ied by ") && at >= 7 && starts(bytes, at - 7, b"identif");
            identified.then_some((Word::Identified, at + 7))
        }
        b'a' => {
            let (word, end) = stem(b"auth", Stem::Auth)?;
            let tail = if starts(bytes, end, b"orization") { 9 } else { 0 };
            ends(bytes, end + tail).then_some((word, end + tail))
        }
        b'c' => {
            let (word, end) = stem(b"cred", Stem::Cred)?;
            let tail = CRED.iter().find(|tail| starts(bytes, end, tail));
            let end = end + tail.map_or(0, |tail| tail.len());
            ends(bytes, end).then_some((word, end))
        }
        b'r' => {
            let bearer = starts(bytes, at, b"rer ") && at >= 3 && starts(bytes, at - 3, b"bea");
            bearer.then_some((Word::Scheme, at + 4))
        }
        // `_` is 0x5f, with the bit of small letters set 0x7f.
        0x7f => stem(b"_pw", Stem::Pwd).filter(|(_, end)| ends(bytes, *end)),
        b':' => (head == b"://").then_some((Word::Url, at + 3)),
        b'-' => (head == b"-u ").then_some((Word::User, at + 3)),
        _ => None,
    }
}

/// Whether `text` (in lower case) stands at `at` in either case.
#[inline]
pub fn starts(bytes: &[u8], at: usize, text: &[u8]) -> bool {
    bytes.get(at..at + text.len()).is_some_and(|found| found.eq_ignore_ascii_case(text))
}

/// Whether a word ends before `at`: no letter of the same case follows. `PASSWORD1`, `passWord`, `pass_` end one.
#[inline]
fn ends(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        None => true,
        Some(byte) if byte.is_ascii_lowercase() => false,
        Some(byte) => !byte.is_ascii_uppercase() || bytes[at - 1].is_ascii_lowercase(),
    }
}
