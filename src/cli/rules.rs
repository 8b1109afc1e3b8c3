//! `keysweep rules`: what is looked for.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use serde::Serialize;

use super::{request_text, way_text};
use crate::rule::{
    Boundary, Confidence, Context, Kind, Lifetime, Near, PartSpec, Rule, RuleSet, Selection, Verify,
    revoke::{ByHand, Way},
};

#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// All rules, one a line
    #[command(after_help = "Examples:\n  keysweep rules list\n  keysweep rules list --rules ./rules --format json")]
    List(Which),
    /// All about one rule, or about the rules of one issuer
    #[command(after_help = "Examples:\n  keysweep rules show github-pat-classic\n  keysweep rules show github")]
    Show {
        /// A rule, an issuer, or either with * and ?
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// Rules of your own as well: a folder of *.toml, or a file
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,
    /// pretty or json
    #[arg(long, short, value_name = "FORMAT", default_value = "pretty", hide_possible_values = true)]
    pub format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
pub(super) enum Format {
    Pretty,
    Json,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let (which, selection, full) = match &self.command {
            Command::List(which) => (which, Selection::default(), false),
            Command::Show { id, which } => (which, Selection { only: vec![id.clone()], skip: vec![] }, true),
        };
        let set = RuleSet::load(&which.rules, &selection)?;
        let mut out = io::stdout().lock();
        let rules = set.iter().map(|(_, rule)| rule);
        match (which.format, full) {
            (Format::Json, _) => {
                let shown: Vec<Shown> = rules.map(Shown::new).collect();
                serde_json::to_writer_pretty(&mut out, &shown).map_err(io::Error::from)?;
                writeln!(out)?;
            }
            (Format::Pretty, false) => list(&rules.collect::<Vec<_>>(), &mut out)?,
            (Format::Pretty, true) => {
                for (at, rule) in rules.enumerate() {
                    if at > 0 {
                        writeln!(out)?;
                    }
                    show(rule, &mut out)?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(rules: &[&Rule], out: &mut impl Write) -> io::Result<()> {
    let id_width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    for rule in rules {
        let kind = word(rule.kind);
        writeln!(out, "{:id_width$}  {kind:21}  {}: {}", rule.id, rule.issuer_name, rule.name)?;
    }
    Ok(())
}

fn show(rule: &Rule, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", rule.id)?;
    let mut row = |label: &str, value: &str| {
        if value.is_empty() { Ok(()) } else { writeln!(out, "  {label:<11} {value}") }
    };
    row("issuer", &rule.issuer_name)?;
    row("name", &rule.name)?;
    row("opens", &rule.opens)?;
    row("kind", &word(rule.kind))?;
    row("lifetime", &word(rule.lifetime))?;
    row("confidence", &word(rule.confidence))?;
    row("pattern", &rule.pattern)?;
    row("context", &rule.context.map(word).unwrap_or_default())?;
    row("anchor", rule.anchor.as_deref().unwrap_or_default())?;
    if rule.context.is_none() {
        row("between", &format!("{}, {}", word(rule.start), word(rule.end)))?;
    }
    row("near", &rule.near.as_ref().map(near).unwrap_or_default())?;
    for part in rule.parts.iter() {
        row("with", &format!("{} ({})", part.name, part.rule))?;
    }
    row("checksum", rule.checksum.as_deref().unwrap_or_default())?;
    row("documented", &rule.docs)?;
    row("rotate", &rule.rotate)?;
    let verify = rule.verify.as_deref().map(request_text::lines).unwrap_or_default();
    let revoke = rule.revoke.iter().flat_map(way_text::lines);
    let by_hand = rule.by_hand.as_deref().map(way_text::by_hand).unwrap_or_default();
    for (label, line) in verify.into_iter().chain(revoke).chain(by_hand) {
        row(label, &line)?;
    }
    Ok(())
}

fn near(near: &Near) -> String {
    let words = near.words.iter().map(|word| &**word).collect::<Vec<_>>().join(", ");
    match near.after {
        0 => format!("{words}: within {} bytes before", near.before),
        after => format!("{words}: within {} bytes before or {after} behind", near.before),
    }
}

/// The word that rule files have for a value.
fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A rule for programs. Examples stay in the rule files: they hold whole keys once their marks are taken out.
#[derive(Serialize)]
struct Shown<'r> {
    id: &'r str,
    issuer: &'r str,
    issuer_name: &'r str,
    name: &'r str,
    opens: &'r str,
    kind: Kind,
    lifetime: Lifetime,
    confidence: Confidence,
    pattern: Option<&'r str>,
    context: Option<Context>,
    anchor: Option<&'r str>,
    start: Boundary,
    end: Boundary,
    near: Option<NearShown<'r>>,
    part_only: bool,
    parts: Vec<PartShown<'r>>,
    checksum: Option<&'r str>,
    docs: &'r str,
    rotate: &'r str,
    verify: Option<&'r Verify>,
    #[serde(skip_serializing_if = "<[Way]>::is_empty")]
    revoke: &'r [Way],
    #[serde(skip_serializing_if = "Option::is_none")]
    by_hand: Option<&'r ByHand>,
}

#[derive(Serialize)]
struct NearShown<'r> {
    words: Vec<&'r str>,
    before: u32,
    after: u32,
}

#[derive(Serialize)]
struct PartShown<'r> {
    name: &'r str,
    rule: &'r str,
    shared: bool,
}

impl<'r> NearShown<'r> {
    fn new(near: &'r Near) -> Self {
        Self { words: near.words.iter().map(|word| &**word).collect(), before: near.before, after: near.after }
    }
}

impl<'r> PartShown<'r> {
    fn new(part: &'r PartSpec) -> Self {
        Self { name: &part.name, rule: &part.rule, shared: part.shared }
    }
}

impl<'r> Shown<'r> {
    fn new(rule: &'r Rule) -> Self {
        Self {
            id: &rule.id,
            issuer: &rule.issuer,
            issuer_name: &rule.issuer_name,
            name: &rule.name,
            opens: &rule.opens,
            kind: rule.kind,
            lifetime: rule.lifetime,
            confidence: rule.confidence,
            pattern: Some(&*rule.pattern).filter(|pattern| !pattern.is_empty()),
            context: rule.context,
            anchor: rule.anchor.as_deref(),
            start: rule.start,
            end: rule.end,
            near: rule.near.as_ref().map(NearShown::new),
            part_only: rule.part_only,
            parts: rule.parts.iter().map(PartShown::new).collect(),
            checksum: rule.checksum.as_deref(),
            docs: &rule.docs,
            rotate: &rule.rotate,
            verify: rule.verify.as_deref(),
            revoke: &rule.revoke,
            by_hand: rule.by_hand.as_deref(),
        }
    }
}
