//! What a person sees when a hook stops git: at most a screenful (24 lines of 80 columns), the worst secret whole, the others shorter.

use std::io::{self, Write};

use bstr::ByteSlice;

use super::{
    SKIP, Stage,
    environment_lines::{self, Advice},
};
use crate::{
    finding::{Finding, printable::printable},
    location::SourceKind,
    problem::Problem,
    report::{
        Look, Report, places,
        pretty::ink::{self, ALARM, BOLD, DIM, HEED, Ink, PATH},
        words,
    },
    severity,
};

/// Secrets that are shown with their line.
const SHOWN: usize = 2;

/// Problems that are told one by one.
const PROBLEMS: usize = 4;

/// Writes why git is stopped: secrets, or else what could not be looked at.
pub fn write(report: &Report, stage: Stage, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let ink = Ink::new(look);
    let findings = &report.findings;
    let Some(first) = findings.first() else {
        return could_not_look(&report.problems, stage, &ink, out);
    };
    let count = words::count(findings.len() as u64, "secret");
    let head = format!("keysweep stopped this {}: {count} in {}.", doing(stage), what(stage));
    writeln!(out, "{}", ink.paint(ALARM, &head))?;
    let shown = if findings.len() > SHOWN { 1 } else { findings.len() };
    for (at, finding) in findings[..shown.max(1)].iter().enumerate() {
        block(finding, at == 0, &ink, out)?;
    }
    if findings.len() > shown {
        others(&findings[shown..], &ink, out)?;
    }
    writeln!(out)?;
    let excerpt = first.places.first().and_then(|shown| shown.excerpt.as_deref());
    let path = first.places.first().and_then(|shown| shown.place.path.as_ref()).map(|path| path.as_bstr());
    let advice = environment_lines::advice(path, first, excerpt);
    cure(first, stage, &advice, &ink, out)?;
    closing(Some((first, &advice)), stage, &ink, out)
}

/// Something kept the program from looking: it blocks, since an all-clear would be a lie.
fn could_not_look(problems: &[Problem], stage: Stage, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let head = format!("keysweep stopped this {}: it could not look at {}.", doing(stage), what(stage));
    writeln!(out, "{}", ink.paint(ALARM, &head))?;
    for problem in problems.iter().take(PROBLEMS) {
        let text = printable(format!("{}: {}", problem.what, problem.why).as_bytes());
        for line in ink::wrap(&text, ink.width - 2).iter().take(3) {
            writeln!(out, "  {}", ink.paint(HEED, line))?;
        }
    }
    if problems.len() > PROBLEMS {
        writeln!(out, "  and {}", words::count((problems.len() - PROBLEMS) as u64, "more problem"))?;
    }
    closing(None, stage, ink, out)
}

/// What went wrong before anything was looked at.
pub fn write_error(error: &str, stage: Stage, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let ink = Ink::new(look);
    let head = format!("keysweep stopped this {}: it could not look at {}.", doing(stage), what(stage));
    writeln!(out, "{}", ink.paint(ALARM, &head))?;
    // Complaints about a configuration point at a column: their lines stay as they are.
    for line in error.lines().take(12) {
        writeln!(out, "  {}", ink.paint(HEED, &printable(line.as_bytes())))?;
    }
    closing(None, stage, &ink, out)
}

/// Whose it is, where, the line, and why it is believed to be one.
fn block(finding: &Finding, with_line: bool, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let about = &finding.about;
    let title = if about.name.contains(&about.issuer_name) {
        about.name.clone()
    } else {
        format!("{}: {}", about.issuer_name, about.name)
    };
    writeln!(out)?;
    let confidence = words::confidence(finding.confidence);
    let title = ink::cut(&printable(title.as_bytes()), ink.width - confidence.len() - 4);
    let mark = ink.paint(ink::severity(severity::of(finding).severity), "●");
    writeln!(out, "{mark} {}  {}", ink.paint(BOLD, &title), ink.paint(DIM, confidence))?;
    let (told, more) = places::told(finding, false, 1);
    if let Some(place) = told.first() {
        let also = if more > 0 { format!(" and {}", words::count(more, "more place")) } else { String::new() };
        let commit = places::first_commit(finding).map(|commit| format!("  in commit {}", places::short(commit)));
        let name = message_or(&place.name, finding);
        let text = format!("{}{also}{}", ink.paint(PATH, &name), ink.paint(DIM, &commit.unwrap_or_default()));
        writeln!(out, "  {text}")?;
        match place.shown.excerpt.as_ref().filter(|excerpt| !excerpt.is_empty()) {
            Some(excerpt) => {
                let line = ink::cut_around(excerpt, &finding.masked, ink.width - 4);
                writeln!(out, "  {} {line}", ink.paint(DIM, "│"))?;
            }
            None => writeln!(out, "  {} {}", ink.paint(DIM, "│"), finding.masked)?,
        }
    }
    if with_line {
        for line in ink::wrap(&format!("Why: {}", why(finding)), ink.width - 2).iter().take(2) {
            writeln!(out, "  {}", ink.paint(DIM, line))?;
        }
    }
    Ok(())
}

/// The message of a commit to be has no commit yet.
fn message_or(name: &str, finding: &Finding) -> String {
    let place = finding.places.first().map(|shown| &shown.place);
    match place {
        Some(place) if place.source == SourceKind::CommitMessage && place.commit.is_none() => {
            format!("the message, line {}", place.position.line)
        }
        _ => name.to_owned(),
    }
}

/// Why it is believed to be a key.
fn why(finding: &Finding) -> String {
    let format = format!("its form is {}'s", finding.about.issuer_name);
    if finding.evidence.iter().any(|reason| reason.name == "checksum" && reason.says == "valid") {
        return format!("{format}, and the checksum in it fits.");
    }
    let speaking = finding.evidence.iter().filter(|reason| reason.weight.is_none_or(|weight| weight > 0));
    let says: Vec<&str> = speaking.map(|reason| reason.says.as_str()).take(2).collect();
    match (says.is_empty(), finding.about.rule.starts_with("generic")) {
        (true, _) => format!("{format}."),
        (false, true) => format!("{}.", says.join("; ")),
        (false, false) => format!("{format}; {}.", says.join("; ")),
    }
}

fn others(findings: &[Finding], ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let told = findings.iter().take(2).map(|finding| {
        let (told, _) = places::told(finding, false, 1);
        let place = told.first().map_or_else(|| "?".to_owned(), |place| message_or(&place.name, finding));
        format!("{place} ({})", printable(finding.about.name.as_bytes()))
    });
    let told: Vec<String> = told.collect();
    let more = findings.len() - told.len();
    let rest = if more > 0 { format!(", and {more} more") } else { String::new() };
    let text = format!("Also: {}{rest}", told.join(", "));
    writeln!(out)?;
    ink::wrap(&text, ink.width).iter().take(3).try_for_each(|line| writeln!(out, "{line}"))
}

/// What to do.
fn cure(finding: &Finding, stage: Stage, advice: &Advice, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    let rotate = finding.about.rotate.trim();
    let address = rotate.split_whitespace().next().filter(|word| word.starts_with("http")).map(str::to_owned);
    let how = address.or_else(|| (!rotate.is_empty()).then(|| rotate.trim_end_matches('.').to_owned()));
    let how = how.map_or_else(|| "at its issuer".to_owned(), |how| ink::cut(&how, 160));
    let is_message = finding.places.iter().all(|shown| shown.place.source == SourceKind::CommitMessage);
    if is_message && stage == Stage::CommitMsg {
        sentence(
            "Take it out of the message; git keeps what you wrote: git commit -e -F \"$(git rev-parse --git-path COMMIT_EDITMSG)\"",
            ink,
            out,
        )?;
    } else {
        writeln!(out, "Take it out and {}:", advice.what)?;
        for line in &advice.lines {
            writeln!(out, "    {}", printable(line.as_bytes()))?;
        }
    }
    let commits = match stage {
        Stage::PreCommit if !is_message => "Then `git add` the file. ",
        Stage::PreCommit | Stage::CommitMsg => "",
        Stage::PrePush | Stage::PreReceive => {
            "Then take it out of the commit as well: git commit --amend, or git rebase -i for an older one. "
        }
    };
    let pushed = match stage {
        Stage::PreReceive => format!("It came as far as this server: replace it, {how}"),
        _ => format!("If it was never pushed or sent anywhere it need not be replaced; if it was, replace it: {how}"),
    };
    sentence(&format!("{commits}{pushed}"), ink, out)
}

/// How to allow it, and how to go on without looking.
fn closing(found: Option<(&Finding, &Advice)>, stage: Stage, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    if let Some((finding, advice)) = found {
        let baseline = format!("keysweep baseline add {} --reason \"why\"", finding.id);
        let in_file = finding.places.iter().any(|shown| shown.place.path.is_some());
        match advice.comment.filter(|_| in_file) {
            Some((open, close)) => {
                let comment = format!("{open} keysweep:allow {} why {close}", finding.about.rule);
                writeln!(out, "No secret?  Write beside it: {}", ink.paint(BOLD, comment.trim_end()))?;
                writeln!(out, "            or: {}", ink.paint(BOLD, &baseline))?;
            }
            None => writeln!(out, "No secret?  {}", ink.paint(BOLD, &baseline))?,
        }
    }
    if stage == Stage::PreReceive {
        return Ok(());
    }
    let skip = format!("{SKIP}=\"why\" {}", stage.command());
    writeln!(out, "Skip once:  {}", ink.paint(BOLD, &skip))?;
    let means = match stage {
        Stage::PreCommit | Stage::CommitMsg => {
            "            Nothing is looked at then, and what is committed stays in history."
        }
        _ => "            Nothing is looked at then, and what is pushed counts as leaked.",
    };
    writeln!(out, "{}", ink.paint(DIM, means))
}

fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::PreCommit | Stage::CommitMsg => "commit",
        Stage::PrePush | Stage::PreReceive => "push",
    }
}

fn what(stage: Stage) -> &'static str {
    match stage {
        Stage::PreCommit => "what is staged",
        Stage::CommitMsg => "its message",
        Stage::PrePush => "the commits that would leave",
        Stage::PreReceive => "the commits that came in",
    }
}

fn sentence(text: &str, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
    ink::wrap(&printable(text.as_bytes()), ink.width).iter().try_for_each(|line| writeln!(out, "{line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn written(report: &Report, stage: Stage) -> String {
        let mut out = Vec::new();
        write(report, stage, Look::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn staged() -> Report {
        let mut report = sample::report();
        report.findings.truncate(1);
        let finding = &mut report.findings[0];
        finding.places.truncate(1);
        finding.places_total = 1;
        let place = &mut finding.places[0].place;
        place.source = SourceKind::Staged;
        place.path = Some("src/deploy.py".into());
        report
    }

    #[test]
    fn what_stops_a_commit_stays_as_it_was_looked_at() {
        insta::assert_snapshot!(written(&staged(), Stage::PreCommit));
    }

    #[test]
    fn every_stage_and_any_number_of_secrets_fit_a_screen() {
        let one = sample::report().findings.remove(0);
        for stage in Stage::ALL {
            for count in [1, 2, 3, 50] {
                let mut report = sample::report();
                report.findings =
                    sample::report().findings.into_iter().chain(vec![one.clone(); 46]).take(count).collect();
                for finding in &mut report.findings {
                    finding.about.rotate = "Sign in as the owner, open Settings, then Developer settings, then Tokens, choose the token and press Regenerate; then put the new one wherever the old one was.".into();
                }
                let text = written(&report, stage);
                assert!(text.lines().count() <= 24, "{} lines:\n{text}", text.lines().count());
                assert!(text.contains(if count == 1 { "1 secret" } else { "secrets" }), "{text}");
            }
        }
    }

    #[test]
    fn what_could_not_be_looked_at_stops_and_says_how_to_go_on() {
        let mut report = sample::report();
        report.findings.clear();
        let text = written(&report, Stage::PreCommit);
        assert!(text.contains("permission denied") && text.contains("KEYSWEEP_SKIP="), "{text}");
    }

    #[test]
    fn escape_sequences_of_a_path_do_not_reach_the_terminal() {
        let mut report = staged();
        report.findings[0].places[0].place.path = Some("a\x1b[2J.py".into());
        assert!(!written(&report, Stage::PreCommit).contains('\x1b'));
    }
}
