//! One line of an ignore file, put into the words of globset.
//!
//! Git's patterns and globset's differ: braces mean nothing to git, a class never fits `/`, `**` counts only between slashes.
//! A line that neither can mean anything by, such as an unclosed class, fits nothing.

use std::iter::Peekable;

/// A pattern of an ignore file.
#[derive(Debug, PartialEq, Eq)]
pub struct Pattern {
    /// It fits a path, from the folder of its file on, that one of these fits.
    pub globs: Vec<String>,
    /// It takes back what earlier ones ignore.
    pub negated: bool,
    /// It fits folders only.
    pub folders_only: bool,
}

impl Pattern {
    /// Reads a line without its end.
    pub fn read(line: &str) -> Option<Self> {
        if line.starts_with('#') {
            return None;
        }
        let line = without_trailing_spaces(line);
        let (line, negated) = line.strip_prefix('!').map_or((line, false), |line| (line, true));
        let (line, folders_only) = line.strip_suffix('/').map_or((line, false), |line| (line, true));
        // With a slash it fits from its own folder on, without one at any depth.
        let anchored = line.contains('/');
        let line = line.strip_prefix('/').unwrap_or(line);
        // No path ends with a slash.
        if line.is_empty() || line.ends_with('/') {
            return None;
        }
        let mut globs =
            if anchored { from_own_folder(line)? } else { vec![format!("**/{}", translated(line, false)?)] };
        for glob in globs.iter_mut().filter(|glob| glob.ends_with("/**")) {
            // To git this fits what is in the folder, to globset the folder too.
            glob.push_str("/*");
        }
        Some(Self { globs, negated, folders_only })
    }
}

/// A line that fits from its own folder on. Git compares its plain beginning apart, and takes what follows as a pattern of its own: so
/// `ab**/c` fits `abc` and `ab/x/c`.
fn from_own_folder(line: &str) -> Option<Vec<String>> {
    let plain = line.find(['*', '?', '[', '\\']).unwrap_or(line.len());
    let (start, rest) = line.split_at(plain);
    let behind_stars = rest.trim_start_matches('*');
    let is_double = rest.len() - behind_stars.len() > 1 && (behind_stars.is_empty() || behind_stars.starts_with('/'));
    if start.is_empty() || start.ends_with('/') || !is_double {
        return Some(vec![translated(line, true)?]);
    }
    let start = translated(start, true)?;
    match behind_stars.strip_prefix('/') {
        None => Some(vec![format!("{start}*"), format!("{start}*/**")]),
        Some(mut rest) => {
            // Repeated, it means no more.
            while let Some(behind) = rest.strip_prefix("**/") {
                rest = behind;
            }
            let mut globs = from_own_folder(&format!("{}{rest}", &line[..plain]))?;
            globs.push(format!("{start}*/**/{}", translated(rest, true)?));
            Some(globs)
        }
    }
}

/// A space at the end counts only behind a backslash.
fn without_trailing_spaces(line: &str) -> &str {
    let mut end = 0;
    let mut chars = line.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            ' ' => continue,
            '\\' => end = chars.next().map_or(at + 1, |(at, escaped)| at + escaped.len_utf8()),
            _ => end = at + char.len_utf8(),
        }
    }
    &line[..end]
}

fn translated(line: &str, anchored: bool) -> Option<String> {
    let mut glob = String::with_capacity(line.len() + 8);
    let mut chars = line.chars().peekable();
    let mut before = None;
    while let Some(char) = chars.next() {
        match char {
            '*' => {
                let mut stars = 1;
                while chars.next_if_eq(&'*').is_some() {
                    stars += 1;
                }
                let between_slashes = matches!(before, None | Some('/')) && matches!(chars.peek(), None | Some('/'));
                glob.push_str(if stars > 1 && between_slashes && anchored { "**" } else { "*" });
            }
            '?' => glob.push('?'),
            '[' => glob.push_str(&class(&mut chars)?),
            '\\' => push_literal(&mut glob, chars.next()?),
            literal => push_literal(&mut glob, literal),
        }
        before = Some(char);
    }
    Some(glob)
}

fn push_literal(glob: &mut String, literal: char) {
    if matches!(literal, '*' | '?' | '[' | ']' | '{' | '}' | '\\' | '!' | ',') {
        glob.push('\\');
    }
    glob.push(literal);
}

/// Behind `[`: the class, if it is closed and globset has words for it.
fn class(chars: &mut Peekable<impl Iterator<Item = char> + Clone>) -> Option<String> {
    let negated = chars.next_if(|char| matches!(char, '!' | '^')).is_some();
    let mut ranges = Vec::new();
    let mut first = true;
    loop {
        let char = chars.next()?;
        match char {
            ']' if !first => break,
            '[' if chars.peek() == Some(&':') => ranges.extend(named_class(chars)?),
            char => {
                let start = if char == '\\' { chars.next()? } else { char };
                ranges.push((start, range_end(chars).unwrap_or(Some(start))?));
            }
        }
        first = false;
    }
    written(ranges, negated)
}

/// The end of a range, if a `-` and one follow. An inner `None`: a backslash at the end of the line.
fn range_end(chars: &mut Peekable<impl Iterator<Item = char> + Clone>) -> Option<Option<char>> {
    let mut ahead = chars.clone();
    if ahead.next() != Some('-') || matches!(ahead.peek(), None | Some(']')) {
        return None;
    }
    let end = match ahead.next() {
        Some('\\') => ahead.next(),
        end => end,
    };
    *chars = ahead;
    Some(end)
}

/// `[:alpha:]` and the like, as ranges of ASCII.
fn named_class(chars: &mut Peekable<impl Iterator<Item = char> + Clone>) -> Option<Vec<(char, char)>> {
    chars.next();
    let mut name = String::new();
    loop {
        match chars.next()? {
            ':' if chars.peek() == Some(&']') => break,
            char if char.is_ascii_lowercase() => name.push(char),
            _ => return None,
        }
    }
    chars.next();
    let ranges: &[(char, char)] = match name.as_str() {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "blank" => &[(' ', ' '), ('\t', '\t')],
        "digit" => &[('0', '9')],
        "lower" => &[('a', 'z')],
        "space" => &[(' ', ' '), ('\t', '\r')],
        "upper" => &[('A', 'Z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    };
    Some(ranges.to_vec())
}

/// A class in globset's words. It has no escapes: `]` must stand first, `-` last, `!` and `^` not first.
fn written(ranges: Vec<(char, char)>, negated: bool) -> Option<String> {
    let has = |wanted: char| ranges.contains(&(wanted, wanted));
    let mut class = String::from(if negated { "[!" } else { "[" });
    if has(']') {
        class.push(']');
    }
    let special = |char: char| matches!(char, ']' | '-' | '!' | '^');
    for (start, end) in ranges.iter().filter(|(start, end)| start <= end && !(start == end && special(*start))) {
        if special(*start) || special(*end) || (!negated && (*start..=*end).contains(&'/')) {
            return None;
        }
        class.push(*start);
        if start != end {
            class.extend(['-', *end]);
        }
    }
    if negated {
        class.push('/');
    }
    if class == "[" && !has('-') {
        // Only what must not stand first.
        return (ranges.len() == 1).then(|| format!("\\{}", ranges[0].0));
    }
    class.extend(['!', '^', '-'].into_iter().filter(|char| has(*char)));
    class.push(']');
    Some(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(line: &str) -> Option<String> {
        Pattern::read(line).map(|pattern| pattern.globs.join(" or "))
    }

    #[test]
    fn lines_that_say_nothing_fit_nothing() {
        for line in ["", "   ", "# x", "!", "/", "!/", "**//", "a\\", "[a", "[a\\", "[[:nope:]]"] {
            assert_eq!(glob(line), None, "{line:?}");
        }
    }

    #[test]
    fn braces_are_plain_characters() {
        assert_eq!(glob("{a,b}"), Some("**/\\{a\\,b\\}".into()));
    }

    #[test]
    fn stars_count_double_only_between_slashes() {
        assert_eq!(glob("a*b**/b"), Some("a*b*/b".into()));
        assert_eq!(glob("/a/**"), Some("a/**/*".into()));
        assert_eq!(glob("**"), Some("**/*".into()));
        assert_eq!(glob("***/x"), Some("**/x".into()));
    }

    #[test]
    fn double_stars_behind_a_plain_beginning_begin_a_pattern() {
        assert_eq!(glob("a**/b"), Some("ab or a*/**/b".into()));
        assert_eq!(glob("/a**"), Some("a* or a*/**/*".into()));
        assert_eq!(glob("a**/**/b"), Some("ab or a*/**/b".into()));
        assert_eq!(glob("a**/**"), Some("a* or a*/**/* or a*/**/**/*".into()));
    }

    #[test]
    fn spaces_at_the_end_count_behind_a_backslash() {
        assert_eq!(glob("a  "), Some("**/a".into()));
        assert_eq!(glob("a\\  "), Some("**/a ".into()));
        assert_eq!(glob("a\\\\ "), Some("**/a\\\\".into()));
        assert_eq!(glob("a\t"), Some("**/a\t".into()));
    }

    #[test]
    fn classes_are_written_without_escapes() {
        assert_eq!(glob("[]a]"), Some("**/[]a]".into()));
        assert_eq!(glob("[!a-c\\-]"), Some("**/[!a-c/-]".into()));
        assert_eq!(glob("[[:digit:]x]"), Some("**/[0-9x]".into()));
        assert_eq!(glob("[\\!]"), Some("**/\\!".into()));
    }
}
