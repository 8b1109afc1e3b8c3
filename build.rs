//! Reads `rules/*.toml` with the program's own code and writes the rules down as constants, so that the program parses nothing
//! when it starts, a new file is picked up by itself, and a broken one fails the build.

use std::{env, error::Error, fmt::Write, fs, path::Path};

#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/rule/bytes.rs"]
mod bytes;
#[path = "src/rule/cross.rs"]
mod cross;
#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/rule/file.rs"]
mod file;
#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/rule/nearest.rs"]
mod nearest;
#[path = "src/rule/outline.rs"]
mod outline;
#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/rule/pattern.rs"]
mod pattern;
#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/rule/shape.rs"]
mod shape;
#[path = "src/rule/syntax.rs"]
mod syntax;

use bytes::ByteSet;
use outline::{Lane, Outline};
use shape::{List, Near, PartSpec, Rule, Text};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rule");
    if let Err(error) = write_rules() {
        println!("cargo::error={error}");
    }
}

fn write_rules() -> Result<(), Box<dyn Error>> {
    let mut files: Vec<_> =
        fs::read_dir("rules")?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let mut loaded = Vec::new();
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        loaded.extend(file::parse(&fs::read_to_string(&path)?, &path.display().to_string(), &stem)?);
    }
    let loaded = cross::gather(loaded)?;
    let mut out =
        String::from("/// All rules of the repository, in the order of their ids.\npub static RULES: &[Rule] = &[\n");
    for loaded in &loaded {
        writeln!(out, "{},", rule(&loaded.rule, &Outline::of(&loaded.rule)?))?;
    }
    out.push_str("];\n");
    let target = env::var("OUT_DIR")?;
    fs::write(Path::new(&target).join("rules.rs"), out)?;
    Ok(())
}

/// A rule as Rust source. Taking it apart without `..` makes a new field an error here.
fn rule(rule: &Rule, known: &Outline) -> String {
    let Rule {
        id,
        issuer,
        issuer_name,
        name,
        opens,
        kind,
        lifetime,
        confidence,
        pattern,
        anchor,
        start,
        end,
        near,
        part_only,
        parts,
        checksum,
        outline: _,
        docs,
        source,
        documented,
        rotate,
        examples,
        counterexamples,
    } = rule;
    let (near, parts) = (optional(near.as_ref(), near_words), list(parts, part));
    let (anchor, checksum) = (optional(anchor.as_ref(), text), optional(checksum.as_ref(), text));
    let (examples, counterexamples) = (list(examples, text), list(counterexamples, text));
    let outline = outline(known);
    let [id, issuer, issuer_name, name] = [id, issuer, issuer_name, name].map(text);
    let [opens, pattern, docs, source, rotate] = [opens, pattern, docs, source, rotate].map(text);
    format!(
        "Rule {{ id: {id}, issuer: {issuer}, issuer_name: {issuer_name}, name: {name}, opens: {opens}, kind: Kind::{kind:?}, \
         lifetime: Lifetime::{lifetime:?}, confidence: Confidence::{confidence:?}, pattern: {pattern}, anchor: {anchor}, \
         start: Boundary::{start:?}, end: Boundary::{end:?}, near: {near}, part_only: {part_only}, parts: {parts}, \
         checksum: {checksum}, outline: {outline}, docs: {docs}, source: {source}, documented: Confidence::{documented:?}, rotate: {rotate}, \
         examples: {examples}, counterexamples: {counterexamples} }}"
    )
}

fn outline(known: &Outline) -> String {
    let Outline { lane, shortest, longest, public, first, leading, extent } = known;
    let literals = |texts: &[List<u8>]| list(texts, |text| format!("Cow::Borrowed(b\"{}\")", text.escape_ascii()));
    let lane = match lane {
        Lane::Prefix(texts) => format!("Prefix({})", literals(texts)),
        Lane::Token => "Token".to_owned(),
        Lane::Literal(texts, least, most) => format!("Literal({}, {least}, {most})", literals(texts)),
    };
    let (first, leading) = (list(first, byte_set), byte_set(leading));
    format!(
        "Some(Cow::Borrowed(&Outline {{ lane: Lane::{lane}, shortest: {shortest}, longest: {longest}, public: {public}, \
         first: {first}, leading: {leading}, extent: Extent::{extent:?} }}))"
    )
}

fn byte_set(set: &ByteSet) -> String {
    format!("ByteSet({:?})", set.0)
}

fn near_words(near: &Near) -> String {
    let Near { words, before, after } = near;
    format!("Near {{ words: {}, before: {before}, after: {after} }}", list(words, text))
}

fn part(part: &PartSpec) -> String {
    let PartSpec { name, rule, shared } = part;
    format!("PartSpec {{ name: {}, rule: {}, shared: {shared} }}", text(name), text(rule))
}

fn text(text: &Text) -> String {
    format!("Cow::Borrowed({text:?})")
}

fn list<T>(items: &[T], one: impl Fn(&T) -> String) -> String {
    let items: Vec<String> = items.iter().map(one).collect();
    format!("Cow::Borrowed(&[{}])", items.join(", "))
}

fn optional<T>(item: Option<&T>, one: impl Fn(&T) -> String) -> String {
    item.map_or_else(|| "None".to_owned(), |item| format!("Some({})", one(item)))
}
