//! `keysweep rules catalogue`: all rules as a page of the documentation, `docs/catalogue.md`.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::word;
use crate::rule::{
    Rule, RuleSet,
    request::Known,
    revoke::{Way, Who},
};

/// Writes the page.
pub fn write(rules: &RuleSet, out: &mut impl Write) -> io::Result<()> {
    let all: Vec<&Rule> = rules.iter().map(|(_, rule)| rule).collect();
    let told: Vec<&Rule> = all.iter().copied().filter(|rule| !rule.part_only).collect();
    let mut issuers: BTreeMap<(String, &str), Vec<&Rule>> = BTreeMap::new();
    for rule in &told {
        issuers.entry((rule.issuer_name.to_lowercase(), &rule.issuer)).or_default().push(rule);
    }
    writeln!(out, "# Catalogue\n")?;
    writeln!(
        out,
        "Made from `rules/` by `keysweep rules catalogue > docs/catalogue.md`; a test fails where it is stale. All about a"
    )?;
    writeln!(out, "rule is told by `keysweep rules show ID`, what the words mean by [rules.md](rules.md).\n")?;
    counts(&told, issuers.len(), all.len() - told.len(), out)?;
    let mut letter = None;
    for ((name, issuer), rules) in &issuers {
        let first = name.chars().next().filter(char::is_ascii_alphabetic).map_or('0', |char| char.to_ascii_uppercase());
        if letter != Some(first) {
            letter = Some(first);
            writeln!(out, "\n## {}\n", if first == '0' { "0-9".to_owned() } else { first.to_string() })?;
            writeln!(
                out,
                "| Issuer | Credential | Kind | Lifetime | Check | Verify | Revoke |\n|---|---|---|---|---|---|---|"
            )?;
        }
        let docs = rules[0].docs.as_ref();
        for (at, rule) in rules.iter().enumerate() {
            let whose =
                if at == 0 { format!("[{}]({docs}) (`{issuer}`)", cell(&rule.issuer_name)) } else { String::new() };
            row(rule, &whose, out)?;
        }
    }
    Ok(())
}

fn row(rule: &Rule, whose: &str, out: &mut impl Write) -> io::Result<()> {
    let check = rule.checksum.as_deref().unwrap_or_default();
    let verify = rule.verify.as_deref().map(|verify| word(verify.known)).unwrap_or_default();
    writeln!(
        out,
        "| {whose} | {} (`{}`) | {} | {} | {check} | {verify} | {} |",
        cell(&rule.name),
        rule.id,
        word(rule.kind),
        word(rule.lifetime),
        revoke(rule)
    )
}

/// How a key of the rule is ended, what a program does first.
fn revoke(rule: &Rule) -> String {
    let mut ways: Vec<String> = by_program(rule)
        .map(|way| {
            format!("{} by {}{}", way.name, who(way.who), if way.is_reversible() { ", can be undone" } else { "" })
        })
        .collect();
    if ways.is_empty() && rule.by_hand.is_some() {
        ways.push("by hand".to_owned());
    }
    ways.join("; ")
}

/// The ways that a program takes: what is only reported it never does.
fn by_program(rule: &Rule) -> impl Iterator<Item = &Way> {
    rule.revoke.iter().filter(|way| way.known != Known::Reported)
}

fn who(who: Who) -> &'static str {
    match who {
        Who::Anyone => "anyone",
        Who::Key => "the key",
        Who::Client => "the client",
        Who::Admin => "an administrator",
    }
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn counts(told: &[&Rule], issuers: usize, parts: usize, out: &mut impl Write) -> io::Result<()> {
    let count = |is: &dyn Fn(&Rule) -> bool| told.iter().filter(|rule| is(rule)).count();
    writeln!(out, "| | number |\n|---|---|")?;
    let mut row = |what: &str, number: usize| writeln!(out, "| {what} | {number} |");
    row("issuers", issuers)?;
    row("rules", told.len())?;
    row("more rules for companions: ids, hosts, tenants", parts)?;
    row("format documented by the issuer", count(&|rule| rule.documented == crate::rule::Confidence::High))?;
    row("with an offline check", count(&|rule| rule.checksum.is_some()))?;
    for known in [Known::Documented, Known::Observed, Known::Reported] {
        let is = |rule: &Rule| rule.verify.as_deref().is_some_and(|verify| verify.known == known);
        row(&format!("verify: {}", word(known)), count(&is))?;
    }
    row("verify: nobody is asked", count(&|rule| rule.verify.is_none()))?;
    row("revoke: by program", count(&|rule| by_program(rule).next().is_some()))?;
    for who_may in [Who::Anyone, Who::Key, Who::Client, Who::Admin] {
        let is = |rule: &Rule| by_program(rule).any(|way| way.who == who_may);
        row(&format!("- by {}", who(who_may)), count(&is))?;
    }
    row("- that can be undone", count(&|rule| by_program(rule).any(Way::is_reversible)))?;
    row("revoke: by hand only", count(&|rule| by_program(rule).next().is_none() && rule.by_hand.is_some()))?;
    each(told, |rule| word(rule.kind), "Kind", out)?;
    each(told, |rule| word(rule.lifetime), "Lifetime", out)
}

/// How many rules have each value, the most frequent first.
fn each(told: &[&Rule], value: impl Fn(&Rule) -> String, title: &str, out: &mut impl Write) -> io::Result<()> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    told.iter().for_each(|rule| *counts.entry(value(rule)).or_default() += 1);
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    writeln!(out, "\n| {title} | rules |\n|---|---|")?;
    counts.iter().try_for_each(|(value, number)| writeln!(out, "| {value} | {number} |"))
}
