//! `keysweep rules new`: the skeleton of a rule file, which reads and whose test is green; what is missing in it `rules lint` tells.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;

use crate::rule::{complaint::BREAK, file};

/// Stands where the author has to write.
pub const TODO: &str = "TODO";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  keysweep rules new acme                 writes rules/acme.toml
  keysweep rules new acme --to my-rules   writes my-rules/acme.toml

The issuer's id is made of a-z, 0-9 and single hyphens. A file that is there is never touched.
What to write: docs/rules.md, \"A rule in ten minutes\".")]
pub struct Args {
    /// The issuer's id, which is the file's name
    #[arg(value_name = "ISSUER")]
    issuer: String,
    /// The folder to write to; it is made if it is not there
    #[arg(long, value_name = "DIR", default_value = "rules")]
    to: PathBuf,
}

impl Args {
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let text = skeleton(&self.issuer, &mut random);
        let path = self.to.join(format!("{}.toml", self.issuer));
        let shown = path.display();
        // Also refuses ids that are no file names.
        file::parse(&text, &shown.to_string(), &self.issuer)?;
        fs::create_dir_all(&self.to).with_context(|| format!("{}: cannot be made", self.to.display()))?;
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let mut file = file.with_context(|| format!("{shown}: cannot be written"))?;
        file.write_all(text.as_bytes()).with_context(|| format!("{shown}: cannot be written"))?;
        writeln!(
            io::stdout().lock(),
            "Wrote {shown}. Fill in what it marks with {TODO}, then:\n  \
             keysweep rules lint {shown}\n  \
             keysweep rules try {shown} PATH\n  \
             cargo test --test rules {}        (in the repository of keysweep)",
            self.issuer
        )?;
        Ok(ExitCode::SUCCESS)
    }
}

/// So many random letters and digits.
fn random(length: usize) -> String {
    (0..length).map(|_| fastrand::alphanumeric()).collect()
}

fn skeleton(issuer: &str, random: &mut dyn FnMut(usize) -> String) -> String {
    // A literal at the start has three bytes at least.
    let prefix = if issuer.len() > 1 { format!("{issuer}_") } else { format!("{issuer}_key_") };
    let variable = format!("{}_API_KEY", issuer.to_ascii_uppercase().replace('-', "_"));
    let mut key = |length: usize| {
        let value = random(length);
        let pieces: Vec<&str> = value.as_bytes().chunks(8).filter_map(|piece| str::from_utf8(piece).ok()).collect();
        format!("{prefix}{BREAK}{}", pieces.join(BREAK))
    };
    let (first, second, short) = (key(32), key(32), key(31));
    let mut letters = issuer.chars();
    let name: String = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
    format!(
        r#"# All that is known of an issuer's credentials; docs/rules.md tells every field. Write over each {TODO} what the issuer's pages say,
# then look at it with `keysweep rules lint`. Leave out these comments.

issuer = "{issuer}"
name = "{name}"
# The issuer's page about its keys, and where their owner replaces them.
docs = "https://{TODO}.example"
rotate = "https://{TODO}.example"

# What a person does who cannot have a program do it, and how to see that it worked.
[by_hand]
steps = [
  "{TODO}: open the page with the keys",
  "Find the key by its name, and delete it; make a new one where it is still needed",
]
gone_when = "the key is no longer in the list"

[[rule]]
id = "{issuer}-api-key"
# As the issuer calls it.
name = "API key"
# What somebody who has it can do; one line.
opens = "{TODO}"
# api-key, personal-access-token, m2m-client, oauth-token, webhook, private-key, connection-string, session-token, password
kind = "api-key"
# static (never expires by itself), expiring, unknown
lifetime = "unknown"
# Of a match that nothing else speaks for or against: high, medium, low.
confidence = "low"
# Prefix, alphabet, length: no `*`, no `+`, no `\b`. A value without a prefix has `near = {{ words = ["..."] }}`.
pattern = '{prefix}[A-Za-z0-9]{{32}}'
# How well the format is known: high (the issuer says so), medium (client code, many samples), low (hearsay). Then where.
documented = "low"
source = "{TODO}: where the format was seen"
# A key where keys are found. Their random portion is random, with a {BREAK} after the prefix and after every 8 characters.
examples = [
  "{variable}={first}",
  '{{"api_key": "{second}"}}',
]
# What is no key: the near miss of the format (too short), and the same shape with another meaning.
counterexamples = [
  "{short}",
  "{prefix}name_of_a_thing",
]

# How the issuer is asked whether a key works, and has it ended: docs/rules.md, "Verify" and "Revoke".
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        blob::Fresh,
        detect::{Carried, Detector},
        rule::RuleSet,
    };

    #[test]
    fn the_skeleton_of_any_issuer_reads_and_finds_its_examples_only() {
        for issuer in ["acme", "acme-cloud", "x", "2c"] {
            let text = skeleton(issuer, &mut random);
            let rules = RuleSet::from_text(issuer, &text).unwrap();
            let detector = Detector::new(rules.into()).unwrap();
            let (_, rule) = detector.rules().iter().next().unwrap();
            let found = |text: &str| detector.scan(text.as_bytes(), Fresh::All, &Carried::default()).matches.len();
            assert!(rule.examples.iter().all(|example| found(example) == 1), "{text}");
            assert!(rule.counterexamples.iter().all(|text| found(text) == 0), "{text}");
            assert_eq!(found(&text), 0, "{text}");
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for issuer in ["", "Acme", "\u{e9}", "../acme", "a--b", "acme\"x"] {
            let text = skeleton(issuer, &mut random);
            assert!(file::parse(&text, "a file", issuer).is_err(), "{issuer}");
        }
    }
}
