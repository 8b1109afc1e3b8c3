//! What became of the keys: a table for the terminal, and Markdown fit for a ticket.

use std::io::{self, Write};

use super::{show::clean, time};
use crate::revoke::{
    Outcome,
    apply::Applied,
    plan::{Entry, Plan},
};

/// A key and what became of it.
pub struct Row {
    pub outcome: Outcome,
    pub finding: String,
    pub key: String,
    pub holder: String,
    pub why: String,
    pub then: Option<String>,
}

impl Row {
    pub fn new(entry: &Entry, applied: &Applied) -> Self {
        let told = &entry.told;
        let holder = told.organisation.as_ref().or(told.holder.as_ref()).or(told.account.as_ref());
        Self {
            outcome: applied.outcome,
            finding: clean(&entry.finding),
            key: clean(&format!("{} {} {}", entry.issuer_name, entry.name, entry.masked)),
            holder: clean(holder.map_or("", String::as_str)),
            why: clean(&applied.why),
            then: entry.action.as_ref().and_then(|action| action.then.as_deref()).map(clean),
        }
    }
}

/// Aligned columns, what needs attention first, and a count.
pub fn table(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let width = rows.iter().map(|row| row.key.chars().count()).max().unwrap_or_default();
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by_key(|row| Outcome::ALL.iter().position(|outcome| *outcome == row.outcome));
    for row in sorted {
        writeln!(out, "{:<9} {:<width$}  {}", row.outcome.as_str(), row.key, row.why)?;
    }
    writeln!(out, "{}", counts(rows))
}

fn counts(rows: &[Row]) -> String {
    let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
    let parts: Vec<String> = Outcome::ALL
        .iter()
        .rev()
        .filter(|outcome| count(**outcome) > 0)
        .map(|outcome| format!("{} {}", count(*outcome), outcome.as_str()))
        .collect();
    if parts.is_empty() { "nothing was done".into() } else { parts.join(", ") }
}

/// For a ticket: what was done, by which plan, what is left to do.
pub fn markdown(plan: &Plan, rows: &[Row], at: i64) -> String {
    let cell = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
    let mut text = format!("### Revoked keys, {}\n\nPlan `{}`: {}.\n\n", time::shown(at), plan.digest(), counts(rows));
    text.push_str("| outcome | key | holder | finding | how it is known |\n|---|---|---|---|---|\n");
    for row in rows {
        text.push_str(&format!(
            "| {} | {} | {} | `{}` | {} |\n",
            row.outcome.as_str(),
            cell(&row.key),
            cell(&row.holder),
            row.finding,
            cell(&row.why)
        ));
    }
    let hand = plan.entries.iter().filter(|entry| entry.outcome == Some(Outcome::Manual)).map(|entry| {
        let steps = entry.by_hand.iter().map(|step| format!("  - [ ] {}\n", cell(&clean(step)))).collect::<String>();
        format!(
            "- {} `{}`\n{steps}",
            cell(&clean(&format!("{} {} {}", entry.issuer_name, entry.name, entry.masked))),
            clean(&entry.finding)
        )
    });
    let hand: String = hand.collect();
    if !hand.is_empty() {
        text.push_str(&format!("\nBy hand:\n\n{hand}"));
    }
    let then: String = rows
        .iter()
        .filter(|row| row.outcome == Outcome::Revoked || row.outcome == Outcome::Accepted)
        .filter_map(|row| Some(format!("- [ ] {}: {}\n", cell(&row.key), cell(row.then.as_deref()?))))
        .collect();
    if !then.is_empty() {
        text.push_str(&format!("\nLeft to do:\n\n{then}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_markdown_cannot_break_out_of_its_table() {
        let entry = Entry { issuer_name: "A|B".into(), masked: "<img>".into(), ..Entry::default() };
        let applied = Applied { entry: 0, outcome: Outcome::Revoked, why: "seen\nlive".into() };
        let plan = Plan {
            schema: 1,
            made_at: 0,
            not_before: 0,
            unused_for: None,
            include_unknown_holder: false,
            entries: vec![entry.clone()],
            findings: serde_json::Value::Null,
        };
        let text = markdown(&plan, &[Row::new(&entry, &applied)], 0);
        assert!(text.contains("| revoked | A\\|B  &lt;img> |  | `` | seen\\\\nlive |"), "{text}");
    }
}
