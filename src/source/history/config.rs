//! A plain reader of git's configuration files: `[section "sub"] key = value`.
//!
//! Written here because all we need is a handful of values, and because a library would follow includes: nothing that a scanned
//! repository's configuration names may be opened or run. A line that is no configuration is passed over.

use bstr::{BStr, BString, ByteSlice};

/// The settings of one or more files, in order.
#[derive(Clone, Debug, Default)]
pub struct Config {
    settings: Vec<Setting>,
}

/// One `key = value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Section, in lower case.
    pub section: BString,
    /// Subsection as written.
    pub subsection: Option<BString>,
    /// Key, in lower case.
    pub key: BString,
    /// Value without quotes; `None` for a key that stands alone, which means true.
    pub value: Option<BString>,
}

impl Config {
    /// Adds the settings of another file; they win over those read before.
    pub fn read(&mut self, text: &[u8]) {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut reader = Reader { text, at: 0 };
        let (mut section, mut subsection) = (BString::default(), None);
        while let Some(byte) = reader.next() {
            match byte {
                b if b.is_ascii_whitespace() => {}
                b'#' | b';' => reader.skip_line(),
                b'[' => match reader.section() {
                    Some(names) => (section, subsection) = names,
                    None => reader.skip_line(),
                },
                b if b.is_ascii_alphabetic() => {
                    reader.at -= 1;
                    let (key, value) = reader.setting();
                    if let Some(value) = value {
                        let (section, subsection) = (section.clone(), subsection.clone());
                        self.settings.push(Setting { section, subsection, key, value });
                    }
                }
                _ => reader.skip_line(),
            }
        }
    }

    /// The last value of `section.key`. An outer `None`: not set.
    pub fn get(&self, section: &str, key: &str) -> Option<Option<&BStr>> {
        self.settings
            .iter()
            .rev()
            .find(|s| s.subsection.is_none() && s.section == section && s.key == key)
            .map(|s| s.value.as_ref().map(|v| v.as_bstr()))
    }

    /// The last value of `section.key` as text.
    pub fn text(&self, section: &str, key: &str) -> Option<&BStr> {
        self.get(section, key).flatten()
    }

    /// The last value of `section.key` as a truth value, as git reads them.
    pub fn truth(&self, section: &str, key: &str) -> Option<bool> {
        self.get(section, key).map(is_true)
    }

    /// All settings, in order.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }
}

/// Whether git takes a value for true. Standing alone means true, empty means false.
pub fn is_true(value: Option<&BStr>) -> bool {
    match value {
        None => true,
        Some(value) => {
            let value = value.to_ascii_lowercase();
            matches!(value.as_slice(), b"true" | b"yes" | b"on")
                || (value.iter().all(u8::is_ascii_digit) && value.iter().any(|b| *b != b'0'))
        }
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    /// The next byte, CR LF taken as LF.
    fn next(&mut self) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        self.at += 1;
        if byte == b'\r' && self.text.get(self.at) == Some(&b'\n') {
            self.at += 1;
            return Some(b'\n');
        }
        Some(byte)
    }

    fn skip_line(&mut self) {
        // The line end may be what was read last.
        if self.at > 0 && self.text[self.at - 1] == b'\n' {
            return;
        }
        self.at = memchr::memchr(b'\n', &self.text[self.at..]).map_or(self.text.len(), |end| self.at + end + 1);
    }

    /// Behind `[`: the section and its subsection.
    fn section(&mut self) -> Option<(BString, Option<BString>)> {
        let mut name = Vec::new();
        loop {
            match self.next()? {
                b']' => {
                    name.make_ascii_lowercase();
                    // The old spelling `[section.subsection]`.
                    return Some(match name.split_once_str(b".") {
                        Some((section, sub)) => (section.into(), Some(sub.into())),
                        None => (name.into(), None),
                    });
                }
                b' ' | b'\t' => break,
                b'\n' => return None,
                byte => name.push(byte),
            }
        }
        name.make_ascii_lowercase();
        while matches!(self.text.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if self.next()? != b'"' {
            return None;
        }
        let mut subsection = Vec::new();
        loop {
            match self.next()? {
                b'"' => break,
                b'\\' => subsection.push(self.next()?),
                b'\n' => return None,
                byte => subsection.push(byte),
            }
        }
        (self.next()? == b']').then(|| (name.into(), Some(subsection.into())))
    }

    /// A key and its value; the outer `None` where the line is no setting.
    fn setting(&mut self) -> (BString, Option<Option<BString>>) {
        let mut key = Vec::new();
        while let Some(byte) = self.text.get(self.at).filter(|b| b.is_ascii_alphanumeric() || **b == b'-') {
            key.push(byte.to_ascii_lowercase());
            self.at += 1;
        }
        while matches!(self.text.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let value = match self.next() {
            None | Some(b'\n') => Some(None),
            Some(b'#' | b';') => {
                self.skip_line();
                Some(None)
            }
            Some(b'=') => self.value().map(Some),
            Some(_) => {
                self.skip_line();
                None
            }
        };
        (key.into(), value)
    }

    /// Behind `=`: the value up to the end of its line.
    fn value(&mut self) -> Option<BString> {
        let mut value = Vec::new();
        let (mut quoted, mut kept) = (false, 0);
        while matches!(self.text.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        while let Some(byte) = self.next() {
            match byte {
                b'\n' if quoted => return None,
                b'\n' => break,
                b'#' | b';' if !quoted => {
                    self.skip_line();
                    break;
                }
                b'"' => {
                    quoted = !quoted;
                    kept = value.len();
                }
                b'\\' => {
                    match self.next() {
                        None | Some(b'\n') => continue,
                        Some(b'n') => value.push(b'\n'),
                        Some(b't') => value.push(b'\t'),
                        Some(b'b') => value.push(8),
                        Some(other) => value.push(other),
                    }
                    kept = value.len();
                }
                byte => {
                    value.push(byte);
                    if quoted || !byte.is_ascii_whitespace() {
                        kept = value.len();
                    }
                }
            }
        }
        value.truncate(kept);
        (!quoted).then(|| value.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Config {
        let mut config = Config::default();
        config.read(text.as_bytes());
        config
    }

    #[test]
    fn sections_and_keys_have_no_case_and_the_last_value_wins() {
        let config = config("[Core]\n\tBare = false\n bare=true\n[core \"x\"]\nbare = false\n");
        assert_eq!(config.truth("core", "bare"), Some(true));
    }

    #[test]
    fn values_lose_quotes_comments_and_outer_blanks_only() {
        let config = config("[a]\nk =  one \"two  \"  # rest\nl = a\\\n b\\tc\nm\nn =\n");
        assert_eq!(config.text("a", "k"), Some("one two  ".into()));
        assert_eq!(config.text("a", "l"), Some("a b\tc".into()));
        assert_eq!(config.truth("a", "m"), Some(true));
        assert_eq!(config.truth("a", "n"), Some(false));
    }

    #[test]
    fn subsections_keep_case_and_escapes() {
        let config = config("[remote \"Or\\\"i]gin\"] url = u\r\n[branch.Main]\nx=1\r\n");
        assert_eq!(config.settings()[0].subsection, Some("Or\"i]gin".into()));
        assert_eq!(config.settings()[0].value, Some("u".into()));
        assert_eq!(config.settings()[1].subsection, Some("main".into()));
        assert_eq!(config.settings()[1].value, Some("1".into()));
    }

    #[test]
    fn what_is_no_configuration_is_passed_over() {
        let config = config("\u{feff}[core\nx = 1\n[ok]\n%%%\n= 3\na b\nk = v");
        assert_eq!(config.text("ok", "k"), Some("v".into()));
        assert_eq!(config.settings().len(), 2);
    }
}
