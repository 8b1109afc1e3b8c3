//! Styles, wrapping and cutting: what a block is written with.

use anstyle::{AnsiColor, Style};

use crate::{finding::Severity, report::Look};

/// Longer lines tire the eye, however wide the terminal is.
const MAX_WIDTH: usize = 100;
const MIN_WIDTH: usize = 40;

pub struct Ink {
    look: Look,
    pub width: usize,
}

pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const PATH: Style = AnsiColor::Cyan.on_default();
pub const ALARM: Style = AnsiColor::Red.on_default().bold();
pub const CALM: Style = AnsiColor::Green.on_default().bold();
pub const HEED: Style = AnsiColor::Yellow.on_default();

impl Ink {
    pub fn new(look: Look) -> Self {
        Self { look, width: look.width.clamp(MIN_WIDTH, MAX_WIDTH) }
    }

    pub fn paint(&self, style: Style, text: &str) -> String {
        if self.look.colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// `text` as a link to `address`, where links are shown.
    pub fn link(&self, address: Option<&str>, text: &str) -> String {
        match address.filter(|_| self.look.links) {
            Some(address) => format!("\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"),
            None => text.to_owned(),
        }
    }

    pub fn links(&self) -> bool {
        self.look.links
    }
}

/// The style of a severity's mark.
pub fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Critical => ALARM.invert(),
        Severity::High => ALARM,
        Severity::Medium => HEED.bold(),
        Severity::Low => DIM,
    }
}

/// `text` in lines of at most `width` characters, broken at blanks; a longer word stays whole, so that it can be copied.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if used > 0 && used + 1 + len > width {
            lines.push(String::new());
            used = 0;
        }
        let line = lines.last_mut().expect("there is always a line");
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += len;
    }
    lines
}

/// `text` cut to `width` characters, with `…` where something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// `text` cut to `width` characters around the byte range where `needle` stands.
pub fn cut_around(text: &str, needle: &str, width: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= width {
        return text.to_owned();
    }
    let at = text.find(needle).map_or(0, |byte| text[..byte].chars().count());
    let before = width.saturating_sub(needle.chars().count()) / 2;
    let start = at.saturating_sub(before).min(chars.len() - width);
    let mut kept = chars[start..start + width].to_vec();
    if start > 0 {
        kept[0] = '…';
    }
    if start + width < chars.len() {
        kept[width - 1] = '…';
    }
    kept.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("see https://example.com/long now", 10), ["see", "https://example.com/long", "now"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn a_long_line_is_cut_around_what_matters() {
        assert_eq!(cut_around("aaaaaaaaaa<key>bbbbbbbbbb", "<key>", 11), "…aa<key>bb…");
        assert_eq!(cut_around("<key>bbbbbbbbbb", "<key>", 8), "<key>bb…");
        assert_eq!(cut_around("short", "<key>", 8), "short");
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
