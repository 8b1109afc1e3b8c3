//! The head of a job's summary: what was looked at, what was not, and what a pull request tried. The findings follow as the
//! markdown report has them.

use crate::report::Report;

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// What was scanned, in words.
    pub what: String,
    /// What could not be fetched.
    pub missing: Option<String>,
    /// Files of the configuration that a pull request changes.
    pub changed: Vec<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// Whether a SARIF report can be uploaded.
    pub may_upload: bool,
}

/// The head, as Markdown.
pub fn head(report: &Report, done: &Done) -> String {
    let count = report.findings.len();
    let found = match count {
        0 if report.complete => "no secrets".to_owned(),
        0 => "no secrets in what could be looked at".to_owned(),
        1 => "1 secret".to_owned(),
        _ => format!("{count} secrets"),
    };
    let mut text = format!("## keysweep: {found}\n\nLooked at: {}.\n", done.what);
    let mut note = |mark: &str, line: &str| text.push_str(&format!("\n> [!{mark}]\n> {line}\n"));
    if let Some(missing) = &done.missing {
        note("WARNING", &format!("**Not complete:** {}. Give `fetch-depth: 0` to actions/checkout.", plain(missing)));
    }
    if !done.changed.is_empty() {
        let names: Vec<String> = done.changed.iter().map(|name| format!("`{}`", plain(name))).collect();
        let names = names.join(", ");
        note(
            "WARNING",
            &format!("This pull request changes {names}. That counts once it is merged; the base's was used here."),
        );
    }
    for line in &done.notes {
        note("NOTE", &plain(line));
    }
    text
}

/// Text of others without what is markup or a line of its own.
fn plain(text: &str) -> String {
    text.chars().map(|char| if char.is_control() || "<>[]`|".contains(char) { '?' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn what_was_not_looked_at_comes_before_everything() {
        let mut report = sample::report();
        report.findings.clear();
        let done = Done {
            what: "the commits of this push".into(),
            missing: Some("the checkout is shallow".into()),
            changed: vec!["keysweep.toml".into()],
            notes: vec!["<b>x</b>".into()],
            may_upload: true,
        };
        let text = head(&report, &done);
        assert!(text.starts_with(
            "## keysweep: no secrets in what could be looked at\n\nLooked at: the commits of this push.\n"
        ));
        assert!(text.contains("**Not complete:** the checkout is shallow. Give `fetch-depth: 0`"));
        assert!(text.contains("changes `keysweep.toml`") && !text.contains("<b>"), "{text}");
    }
}
