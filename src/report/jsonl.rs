//! jsonl: an object a line, for streams, `grep` and tables. The last line is the summary.

use std::{
    borrow::Borrow,
    io::{self, Write},
};

use serde::Serialize;

use super::{Counts, Report, SCHEMA, safe_json, wire};
use crate::{finding::Finding, problem::Problem};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line<'a> {
    Finding(Box<wire::FindingObject<'a>>),
    Suppressed(Box<wire::FindingObject<'a>>),
    Problem(wire::ProblemObject<'a>),
    Summary(Box<Summary<'a>>),
}

#[derive(Serialize)]
struct Summary<'a> {
    schema: u32,
    tool: wire::Tool,
    complete: bool,
    #[serde(flatten)]
    summary: wire::SummaryObject<'a>,
}

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Report { complete, findings, suppressed, problems, summary } = report;
    write_stream(*complete, findings.iter().map(Ok), suppressed, problems, summary, out)
}

/// The same for findings that come one by one.
pub fn write_stream<F: Borrow<Finding>>(
    complete: bool,
    findings: impl Iterator<Item = io::Result<F>>,
    suppressed: &[Finding],
    problems: &[Problem],
    summary: &super::Summary,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut counts = Counts::default();
    let mut line = |line: Line<'_>| {
        safe_json::write_line(out, &line)?;
        out.write_all(b"\n")
    };
    for finding in findings {
        let finding = finding?;
        counts.add(finding.borrow());
        line(Line::Finding(Box::new(wire::FindingObject::new(finding.borrow()))))?;
    }
    suppressed.iter().try_for_each(|finding| line(Line::Suppressed(Box::new(wire::FindingObject::new(finding)))))?;
    problems.iter().try_for_each(|problem| line(Line::Problem(wire::ProblemObject::new(problem))))?;
    let summary = wire::SummaryObject::new(&counts, problems, summary);
    line(Line::Summary(Box::new(Summary { schema: SCHEMA, tool: wire::TOOL, complete, summary })))
}
