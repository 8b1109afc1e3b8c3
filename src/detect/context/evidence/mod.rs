//! Named pieces of evidence about a candidate, from its window alone: each one a whole number that a person can check.

mod base64;
mod name;
mod surroundings;
mod syntax;
mod url;
mod value;

use super::{Candidate, Window, lexicon};

macro_rules! pieces {
    ($($id:ident $name:literal $text:literal),* $(,)?) => {
        /// A piece of evidence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Piece { $(#[doc = $text] $id),* }

        /// All pieces in order: the name in weights, and what it says.
        pub const PIECES: &[(&str, &str)] = &[$(($name, $text)),*];
    };
}

pieces! {
    NameLength "name_length" "characters of the name",
    NameWords "name_words" "words of the name",
    NameCase "name_case" "how the name is written: small 0, capitals 1, mixed 2",
    NamePass "name_password" "the name says password",
    NamePwd "name_pwd" "the name says pwd",
    NameSecret "name_secret" "the name says secret",
    NameToken "name_token" "the name says token",
    NameKey "name_key" "the name says key",
    NameAuth "name_auth" "the name says auth",
    NameCred "name_credential" "the name says credential",
    NameApi "name_api" "the name says API",
    NameAccess "name_access" "the name says access, bearer, session or refresh",
    NameCrypt "name_crypt" "the name says encryption, signature, master or private",
    NameClient "name_client" "the name says client, consumer, app or oauth",
    NameService "name_service" "the name says a database, mail or cloud service",
    NameAccount "name_account" "the name says user, admin, root or login",
    NamePublic "name_public" "the name says public, id or name",
    NameThing "name_thing" "the name says file, path, URL, type, field or another thing that is no value",
    NameText "name_text" "the name says label, title, message, help or another text for people",
    NameAct "name_act" "the name says reset, forgot, change, confirm, update or another act",
    NameMeasure "name_measure" "the name says length, count, expiry or another measure",
    NameFake "name_fake" "the name says test, fake, dummy, wrong or invalid",
    NameData "name_data" "the name says primary, foreign, cache, sort, map or another key of data",
    NameLast "name_last" "whether the last word is the secret one: 1; a number behind it: 2",
    NameOnly "name_only" "the name has no other word",
    NameMember "name_member" "before the name: member 1, variable mark 2, symbol 3, element 4, dash 5, query 6",
    Length "length" "characters of the value",
    Distinct "distinct" "different characters of the value",
    Entropy "entropy" "entropy of the value's characters, sixteenths of a bit each",
    Classes "classes" "classes of characters: small, capital, digit, other",
    Digits "digits" "digits of the value, percent",
    Capitals "capitals" "capital letters of the value, percent",
    Others "others" "characters that are neither letter nor digit, percent",
    Turns "turns" "changes of class between neighbours, percent",
    LetterRun "letter_run" "longest run of letters",
    DigitRun "digit_run" "longest run of digits",
    RepeatRun "repeat_run" "longest run of one character",
    Sequence "sequence" "longest run of neighbours in alphabet, numbers or on a keyboard",
    Strange "strange" "how unlikely its letters follow each other in words, eighths of a bit",
    Covered "covered" "letters that belong to words, percent of the value",
    Longest "longest_word" "letters of its longest word",
    Uncovered "uncovered" "characters outside of words",
    SaysSecret "value_says_secret" "the value itself says password, secret, token or key",
    SaysFiller "value_says_filler" "the value says your, my, example, change, here, dummy, sample",
    SaysTest "value_says_test" "the value says test, foo, bar, fake, wrong, invalid",
    SaysCommon "value_is_common" "the value is among the commonest passwords",
    Echo "echo" "the value repeats the name: words in common, percent",
    Hex "hex" "the value is hexadecimal",
    Base64 "base64" "the value is base64 by alphabet: 1; with padding: 2",
    Base32 "base32" "the value is capitals and 2 to 7",
    Decoded "decoded" "decoded from base64 the value is text: percent of it that is words, and 1",
    Uuid "uuid" "the value is a UUID",
    HashLength "hash_length" "the value is as long as a hash in hexadecimal",
    Blanks "blanks" "blanks in the value",
    Dots "dots" "dots in the value",
    Slashes "slashes" "slashes in the value",
    Dashes "dashes" "dashes and underscores in the value",
    Ident "identifier" "written as an identifier: one word 1, snake 2, camel 3, capitals 4, kebab 5, dotted 6",
    FirstCapital "first_capital" "only the first letter is a capital",
    EndsText "ends_text" "ends as text for people does: . : ! ? or ...",
    Foreign "foreign" "bytes beyond ASCII, percent",
    Markup "markup" "marks of templates, formats, patterns or markup",
    Escapes "escapes" "backslashes in the value",
    Address "address" "the value is an address: mail 1, URL 2, host 3, path 4",
    Syntax "syntax" "how name and value are joined",
    Quoted "quoted" "quote around the value: none 0, single 1, double 2, backtick 3, inside a string 4",
    NameQuoted "name_quoted" "the name is quoted",
    Wrapped "wrapped" "inside a call or constructor: other 1, conversion 2, hash or test 3",
    Spaced "spaced" "blanks around the operator",
    Behind "behind" "what follows: end of line 0, comma 1, semicolon 2, bracket 3, plus 4, dot 5, ampersand 6, other 7",
    Closed "closed" "brackets closed behind the value",
    Declares "declares" "declared as: const or final 1, variable 2, exported or set 3, parameter 4, compared or returned 5",
    Comment "comment" "inside a comment",
    Asserts "asserts" "the line asserts, expects or stubs",
    Negative "negative" "wrong, invalid, bad, old or new nearby",
    Account "account_near" "a user name is set nearby: same line 2, before 1",
    Server "server_near" "a host, port or database is set nearby",
    Fakes "fakes_near" "example, test or sample nearby",
    Interface "interface_near" "words of user interfaces, schemas or translations nearby",
    LineHead "line_head" "bytes of the line before the name",
    LineRest "line_rest" "bytes of the line behind the value",
    Prose "prose" "words of text on the line before the name",
    JsonLike "json_like" "the name is quoted and followed by a colon",
    Others2 "other_settings" "other assignments in the lines around",
    Scheme "url_scheme" "scheme of the URL: http 1, a version control 2, a database or broker 3, another 4",
    UserFiller "url_user" "the URL's user is named user, foo, test or the like: 1; is the password as well: 2",
    Host "url_host" "host of the URL: this machine 1, an example 2, one word 3, an address 4, a template 5, a domain 6",
    Random2 "random_near" "another value nearby that looks random",
}

/// Number of pieces.
pub const COUNT: usize = PIECES.len();

/// The evidence about one candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence([i16; COUNT]);

impl Evidence {
    /// What the window of a candidate says.
    pub fn of(bytes: &[u8], found: &Candidate) -> Self {
        let (window, _) = Window::around(bytes, found.anchor);
        let found = found.clone().moved_back(window.start);
        let mut evidence = Self([0; COUNT]);
        name::add(&window, &found, &mut evidence);
        value::add(&window, &found, &mut evidence);
        syntax::add(&window, &found, &mut evidence);
        url::add(&window, &found, &mut evidence);
        surroundings::add(&window, &found, &mut evidence);
        evidence
    }

    /// One piece.
    pub fn get(&self, piece: Piece) -> i16 {
        self.0[piece as usize]
    }

    /// All pieces, in the order of [`PIECES`].
    pub fn values(&self) -> &[i16; COUNT] {
        &self.0
    }

    fn set(&mut self, piece: Piece, value: impl TryInto<i16>) {
        self.0[piece as usize] = value.try_into().unwrap_or(i16::MAX);
    }

    fn tell(&mut self, piece: Piece, holds: bool) {
        self.0[piece as usize] = i16::from(holds);
    }
}

/// Whether one of `words` (small letters) stands in `text` (small letters).
fn says(text: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// `part` of `all` in percent.
fn percent(part: usize, all: usize) -> usize {
    (part * 100).checked_div(all).unwrap_or(0)
}
