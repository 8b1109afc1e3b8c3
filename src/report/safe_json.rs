//! JSON that is safe to look at in a terminal.
//!
//! JSON must escape control characters below U+0020 only. Others that a terminal may act on, or that change the direction
//! of text, are escaped as well; a reader of the JSON gets them back as they were.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

use crate::finding::printable::is_unsafe;

/// Writes `value` in one line, without a new line at its end.
pub fn write_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(out, Line)).map_err(io::Error::from)
}

/// Writes `value` indented, without a new line at its end.
pub fn write_indented(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let formatter = Indented(PrettyFormatter::new());
    value.serialize(&mut serde_json::Serializer::with_formatter(out, formatter)).map_err(io::Error::from)
}

struct Line;

impl Formatter for Line {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        write_safe(out, fragment)
    }
}

struct Indented(PrettyFormatter<'static>);

impl Formatter for Indented {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        write_safe(out, fragment)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

fn write_safe<W: ?Sized + Write>(out: &mut W, fragment: &str) -> io::Result<()> {
    let mut plain = 0;
    for (at, char) in fragment.char_indices().filter(|(_, char)| is_unsafe(*char)) {
        out.write_all(&fragment.as_bytes()[plain..at])?;
        let mut units = [0; 2];
        char.encode_utf16(&mut units).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))?;
        plain = at + char.len_utf8();
    }
    out.write_all(&fragment.as_bytes()[plain..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_may_act_on_is_escaped_and_read_back_the_same() {
        let text = "a\x1b[2J \u{9b}31m \u{7f} \u{202e} \u{e0041} é \"q\" \\";
        let (mut line, mut indented) = (Vec::new(), Vec::new());
        write_line(&mut line, &text).unwrap();
        write_indented(&mut indented, &text).unwrap();
        for out in [line, indented] {
            let out = String::from_utf8(out).unwrap();
            assert!(!out.chars().any(is_unsafe), "{out}");
            assert!(out.contains("é"));
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
