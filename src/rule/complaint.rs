//! What is wrong with a rule file, with the place; shared by all that read one.

use std::{fmt, ops::Range};

use toml::Spanned;

use super::{nearest, shape::Text};

/// Stands for nothing; keeps a key in a rule file from being one.
pub const BREAK: &str = "{-}";

/// What is wrong with a rule file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The file as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl std::error::Error for Complaint {}

/// Taken out of every text of a rule.
pub(super) fn unmark(text: &str) -> Text {
    Text::Owned(text.replace(BREAK, ""))
}

pub(super) fn unmark_all(texts: &[Spanned<String>]) -> Vec<Text> {
    texts.iter().map(|text| unmark(text.get_ref())).collect()
}

/// A text being read, and what it is called in complaints.
pub(crate) struct Reader<'a> {
    pub text: &'a str,
    pub file: &'a str,
}

impl Reader<'_> {
    pub fn at(&self, span: Range<usize>, message: String) -> Complaint {
        let start = span.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Complaint { file: self.file.to_owned(), line, column, message }
    }

    /// Errors of the TOML reader, with the nearest known name where one is unknown.
    pub fn toml(&self, error: &toml::de::Error) -> Complaint {
        let message = match error.message().trim() {
            "wanted string or table" => "expected a word in quotes",
            message => message,
        };
        let mut names = message.split('`').skip(1).step_by(2);
        let hint = match message.starts_with("unknown") {
            true => names.next().map_or_else(String::new, |wrong| nearest::hint(wrong, names)),
            false => String::new(),
        };
        self.at(error.span().unwrap_or(0..0), format!("{message}{hint}"))
    }
}
