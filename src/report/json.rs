//! json: one document, for programs that read all of it.

use std::io::{self, Write};

use serde::Serialize;

use super::{Report, SCHEMA, safe_json, wire};

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: wire::Tool,
    complete: bool,
    findings: Vec<wire::FindingObject<'a>>,
    problems: Vec<wire::ProblemObject<'a>>,
    summary: wire::SummaryObject<'a>,
}

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: wire::TOOL,
        complete: report.complete,
        findings: report.findings.iter().map(wire::FindingObject::new).collect(),
        problems: report.problems.iter().map(wire::ProblemObject::new).collect(),
        summary: wire::SummaryObject::new(report),
    };
    safe_json::write_indented(out, &document)?;
    out.write_all(b"\n")
}
