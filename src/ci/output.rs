//! The files by which a step tells GitHub something: `GITHUB_OUTPUT` and `GITHUB_STEP_SUMMARY`.

use std::{fs::OpenOptions, io, io::Write, path::Path};

/// A step's summary may have 1 MiB (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>).
pub const SUMMARY_LIMIT: usize = 1 << 20;

/// Adds an output. Values with line ends are written as GitHub asks, between lines that they do not have.
pub fn set(file: &Path, name: &str, value: &str) -> io::Result<()> {
    let text = if value.contains(['\n', '\r']) {
        let mut end = "end-of-value".to_owned();
        while value.contains(&end) {
            end.push('-');
        }
        format!("{name}<<{end}\n{value}\n{end}\n")
    } else {
        format!("{name}={value}\n")
    };
    append(file, text.as_bytes())
}

/// Adds to the summary, cut where GitHub would refuse all of it.
pub fn summarize(file: &Path, text: &str) -> io::Result<()> {
    let most = text.len().min(SUMMARY_LIMIT - 1024);
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    append(file, &text.as_bytes()[..end])
}

fn append(file: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(file)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_set_another_output() {
        let file = tempfile::NamedTempFile::new().unwrap();
        set(file.path(), "report", "a.json").unwrap();
        set(file.path(), "what", "x\nend-of-value\nlive=0").unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        assert_eq!(text, "report=a.json\nwhat<<end-of-value-\nx\nend-of-value\nlive=0\nend-of-value-\n");
    }

    #[test]
    fn a_summary_is_cut_between_characters() {
        let file = tempfile::NamedTempFile::new().unwrap();
        summarize(file.path(), &"ä".repeat(SUMMARY_LIMIT)).unwrap();
        assert!(std::fs::read_to_string(file.path()).unwrap().len() < SUMMARY_LIMIT);
    }
}
