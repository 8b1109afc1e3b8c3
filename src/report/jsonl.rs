//! jsonl: an object a line, for streams, `grep` and tables. The last line is the summary.

use std::io::{self, Write};

use serde::Serialize;

use super::{Report, SCHEMA, safe_json, wire};

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
    let findings = report.findings.iter().map(|finding| Line::Finding(Box::new(wire::FindingObject::new(finding))));
    let suppressed =
        report.suppressed.iter().map(|finding| Line::Suppressed(Box::new(wire::FindingObject::new(finding))));
    let problems = report.problems.iter().map(|problem| Line::Problem(wire::ProblemObject::new(problem)));
    let summary = Line::Summary(Box::new(Summary {
        schema: SCHEMA,
        tool: wire::TOOL,
        complete: report.complete,
        summary: wire::SummaryObject::new(report),
    }));
    for line in findings.chain(suppressed).chain(problems).chain([summary]) {
        safe_json::write_line(out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
