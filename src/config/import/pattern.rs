//! Another scanner's pattern as a rule of ours.
//!
//! Ours are tried at places that a lane finds, in a bounded window; so what repeats without end gets one, look-around at the ends becomes
//! the rule's boundaries, and a pattern that begins with what stands around the secret is turned into the secret's own with the keywords
//! near it. The loader itself decides whether the result can be searched for; what it says is told where it cannot.

use fastrand::Rng;
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use super::Imported;
use crate::{
    blob::Fresh,
    detect::{Carried, Detector, Match},
    rule::file,
};

/// The issuer of carried-over rules.
pub const ISSUER: &str = "imported";

/// Where they go in a repository.
pub const FILE: &str = ".keysweep/rules/imported.toml";

/// What repeats without end is at most so long.
const MOST: u32 = 256;

/// A rule of another scanner.
#[derive(Clone, Debug, Default)]
pub struct Theirs {
    /// Its id.
    pub called: String,
    /// What it says of itself.
    pub description: String,
    /// The pattern.
    pub regex: String,
    /// The group that is the secret; 0: the first there is.
    pub secret_group: usize,
    /// Words one of which must be in the text.
    pub keywords: Vec<String>,
}

/// The id of a rule of theirs here.
pub fn id(called: &str) -> String {
    let mut id = format!("{ISSUER}-");
    for char in called.chars() {
        match char.to_ascii_lowercase() {
            char @ ('a'..='z' | '0'..='9') => id.push(char),
            _ if !id.ends_with('-') => id.push('-'),
            _ => {}
        }
    }
    let id = id.trim_end_matches('-').to_owned();
    if id == ISSUER { format!("{ISSUER}-rule") } else { id }
}

/// Writes the rules that can be; tells of the others.
pub fn write(theirs: &[Theirs], imported: &mut Imported) {
    let mut text = String::new();
    let mut seen = std::collections::BTreeSet::new();
    for rule in theirs {
        if !seen.insert(id(&rule.called)) {
            imported.left(format!("rule {}", rule.called), "another rule has the same name");
            continue;
        }
        match converted(rule) {
            Ok((converted, note)) => {
                text.push_str(&converted);
                imported.carried += 1;
                if let Some(note) = note {
                    imported.left(format!("rule {}", rule.called), note);
                }
            }
            Err(why) => imported.left(format!("rule {}: {}", rule.called, shortened(&rule.regex)), why),
        }
    }
    if !text.is_empty() {
        imported.rules = Some(format!("{HEAD}{text}"));
        imported.draft.rules.files = vec![FILE.to_owned()];
    }
}

const HEAD: &str = "# Carried over by `keysweep init --from`. Examples are made up by it.
issuer = \"imported\"
name = \"Own rules\"
docs = \"the configuration that these rules come from\"
rotate = \"Where the credential was made.\"
";

/// Two rule files as one.
pub fn joined(rules: &str, more: &str) -> String {
    format!("{rules}{}", more.strip_prefix(HEAD).unwrap_or(more))
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(80).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}

/// A rule's text, and what is different about it.
fn converted(theirs: &Theirs) -> Result<(String, Option<String>), String> {
    let hir = parsed(&theirs.regex)?;
    let (hir, start, end) = without_ends(bounded(hir));
    let hir = with_secret(hir, theirs.secret_group);
    let mut first_complaint = None;
    for (pattern, start, end, anchor, near) in attempts(&hir, start, end, &theirs.keywords) {
        let note = near.then_some(
            "the words of its pattern are looked for within 100 bytes of the value, not in the order that it gives",
        );
        let text = text(theirs, &pattern, (start, end), anchor.as_deref(), near)?;
        match file::parse(&format!("{HEAD}{text}"), FILE, ISSUER) {
            Ok(_) => return Ok((text, note.map(str::to_owned))),
            Err(complaint) => first_complaint = first_complaint.or(Some(complaint.message)),
        }
    }
    Err(first_complaint.unwrap_or_else(|| "nothing of it can be searched for".to_owned()))
}

fn parsed(regex: &str) -> Result<Hir, String> {
    let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
    parser.parse(regex).map_err(|error| {
        let text = error.to_string();
        format!("not a regular expression that is read here: {}", text.lines().last().unwrap_or_default().trim())
    })
}

type Attempt = (Hir, &'static str, &'static str, Option<String>, bool);

/// The pattern as it is, with a literal inside as its anchor; then the secret's part with words near it.
fn attempts(hir: &Hir, start: &'static str, end: &'static str, keywords: &[String]) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = vec![(hir.clone(), start, end, None, false)];
    for anchor in literals(hir) {
        attempts.push((hir.clone(), start, end, Some(anchor), false));
    }
    if let Some(secret) = secret_of(hir)
        && keywords.iter().any(|word| word.len() >= 3)
    {
        attempts.push((secret.clone(), "word", "word", None, true));
        attempts.push((secret, "token", "token", None, true));
    }
    if keywords.iter().any(|word| word.len() >= 3) {
        attempts.push((hir.clone(), "word", "word", None, true));
    }
    attempts
}

/// Literals of the topmost sequence, the longest first.
fn literals(hir: &Hir) -> Vec<String> {
    let mut found = vec![];
    let mut open = vec![hir];
    while let Some(part) = open.pop() {
        match part.kind() {
            HirKind::Literal(literal) => found.extend(std::str::from_utf8(&literal.0).map(str::to_owned)),
            HirKind::Concat(parts) => open.extend(parts),
            HirKind::Capture(capture) => open.push(&capture.sub),
            _ => {}
        }
    }
    found.retain(|text| text.len() >= 2);
    found.sort_by_key(|text| std::cmp::Reverse(text.len()));
    found
}

fn secret_of(hir: &Hir) -> Option<Hir> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.as_deref() == Some("secret") => Some((*capture.sub).clone()),
        _ => hir.kind().subs().iter().find_map(secret_of),
    }
}

/// What repeats without end gets one.
fn bounded(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Repetition(repetition) => {
            let least = repetition.min;
            let most = repetition.max.unwrap_or(least.max(1).saturating_mul(2).max(MOST)).min(4096).max(least);
            Hir::repetition(Repetition { max: Some(most), sub: Box::new(bounded(*repetition.sub)), ..repetition })
        }
        HirKind::Capture(mut capture) => {
            capture.sub = Box::new(bounded(*capture.sub));
            Hir::capture(capture)
        }
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(bounded).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.into_iter().map(bounded).collect()),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
    }
}

/// Look-around at the ends becomes boundaries; ends of lines in alternatives become a byte that ends one.
fn without_ends(hir: Hir) -> (Hir, &'static str, &'static str) {
    let mut parts = match hir.kind() {
        HirKind::Concat(parts) => parts.clone(),
        _ => vec![hir.clone()],
    };
    let (mut start, mut end) = ("any", "any");
    while let Some(HirKind::Look(look)) = parts.first().map(|part| part.kind()) {
        start = if is_word(*look) { "word" } else { start };
        parts.remove(0);
    }
    while let Some(HirKind::Look(look)) = parts.last().map(|part| part.kind()) {
        end = if is_word(*look) { "word" } else { end };
        parts.pop();
    }
    // `(?:[\s'"]|$)`: what ends the secret may be the end of the text, which a boundary says.
    if let Some(last) = parts.last()
        && is_terminator(last)
        && parts.len() > 1
    {
        parts.pop();
        end = "word";
    }
    (Hir::concat(parts.into_iter().map(without_looks).collect()), start, end)
}

fn is_word(look: Look) -> bool {
    matches!(look, Look::WordAscii | Look::WordUnicode | Look::WordStartAscii | Look::WordEndAscii)
}

/// A group that ends in an alternative with `$` or `\z`, and holds no capture.
fn is_terminator(hir: &Hir) -> bool {
    fn has(hir: &Hir, is: &dyn Fn(&Hir) -> bool) -> bool {
        is(hir) || hir.kind().subs().iter().any(|sub| has(sub, is))
    }
    let looks = |hir: &Hir| matches!(hir.kind(), HirKind::Look(Look::End | Look::EndLF | Look::EndCRLF));
    let captures = |hir: &Hir| matches!(hir.kind(), HirKind::Capture(_));
    has(hir, &looks) && !has(hir, &captures)
}

/// What is left of look-around inside is taken for nothing: the pattern then matches a little more.
fn without_looks(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Look(_) => Hir::empty(),
        HirKind::Repetition(mut repetition) => {
            repetition.sub = Box::new(without_looks(*repetition.sub));
            Hir::repetition(repetition)
        }
        HirKind::Capture(mut capture) => {
            capture.sub = Box::new(without_looks(*capture.sub));
            Hir::capture(capture)
        }
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(without_looks).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.into_iter().map(without_looks).collect()),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
    }
}

/// Names the group that is the secret, and takes away the others.
fn with_secret(hir: Hir, wanted: usize) -> Hir {
    let wanted = if wanted == 0 { 1 } else { wanted as u32 };
    match hir.into_kind() {
        HirKind::Capture(mut capture) => {
            let sub = with_secret(*capture.sub, wanted as usize);
            if capture.index != wanted {
                return sub;
            }
            capture.name = Some("secret".into());
            capture.sub = Box::new(without_captures(sub));
            Hir::capture(capture)
        }
        HirKind::Repetition(mut repetition) => {
            repetition.sub = Box::new(with_secret(*repetition.sub, wanted as usize));
            Hir::repetition(repetition)
        }
        HirKind::Concat(parts) => {
            Hir::concat(parts.into_iter().map(|part| with_secret(part, wanted as usize)).collect())
        }
        HirKind::Alternation(branches) => {
            // A group in one of several alternatives is not always there: then all of it is the secret.
            Hir::alternation(branches.into_iter().map(without_captures).collect())
        }
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
    }
}

fn without_captures(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Capture(capture) => without_captures(*capture.sub),
        HirKind::Repetition(mut repetition) => {
            repetition.sub = Box::new(without_captures(*repetition.sub));
            Hir::repetition(repetition)
        }
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(without_captures).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.into_iter().map(without_captures).collect()),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
    }
}

#[derive(serde::Serialize)]
struct RuleText<'t> {
    rule: [RuleBody<'t>; 1],
}

#[derive(serde::Serialize)]
struct RuleBody<'t> {
    id: String,
    name: String,
    opens: &'static str,
    kind: &'static str,
    lifetime: &'static str,
    confidence: &'static str,
    pattern: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<&'t str>,
    start: &'static str,
    end: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    near: Option<NearText>,
    documented: &'static str,
    examples: [String; 1],
    counterexamples: [&'static str; 2],
}

#[derive(serde::Serialize)]
struct NearText {
    words: Vec<String>,
    before: u32,
    after: u32,
}

fn text(
    theirs: &Theirs,
    pattern: &Hir,
    (start, end): (&'static str, &'static str),
    anchor: Option<&str>,
    near: bool,
) -> Result<String, String> {
    let words = || theirs.keywords.iter().filter(|word| word.len() >= 3).cloned().collect::<Vec<_>>();
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = if theirs.description.trim().is_empty() { &theirs.called } else { &theirs.description };
    let mut example = vec![];
    sample(pattern, 0, &mut Rng::with_seed(7), &mut example);
    let body = RuleBody {
        id: id(&theirs.called),
        name: one_line(name),
        opens: "Not told by the configuration that it comes from.",
        kind: "api-key",
        lifetime: "unknown",
        confidence: "medium",
        pattern: pattern.to_string(),
        anchor,
        start,
        end,
        near: near.then(|| NearText { words: words(), before: 100, after: 0 }),
        documented: "medium",
        examples: [marked(&String::from_utf8_lossy(&example))],
        counterexamples: ["nothing like it", "none either"],
    };
    toml::to_string(&RuleText { rule: [body] }).map(|text| format!("\n{text}")).map_err(|error| error.to_string())
}

/// So many texts are made from a pattern of theirs.
pub const TRIES: usize = 32;

/// In how many of [`TRIES`] texts made from a pattern of theirs rules of ours of this issuer find something.
pub fn covered(detector: &Detector, regex: &str, issuer: &str) -> usize {
    let Ok(hir) = parsed(regex) else { return 0 };
    let mut rng = Rng::with_seed(7);
    let found = (0..TRIES).filter(|n| {
        let mut text = b"x = '".to_vec();
        // What repeats without end is short in some and long in others.
        sample(&hir, 2 * *n as u32, &mut rng, &mut text);
        text.extend_from_slice(b"'\n");
        let found = detector.scan(&text, Fresh::All, &Carried::default());
        let fits = |hit: &Match| *detector.rules().get(hit.rule).issuer == *issuer;
        found.matches.iter().any(fits)
    });
    found.count()
}

/// A text that the pattern matches.
fn sample(hir: &Hir, more: u32, rng: &mut Rng, out: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(class) => out.extend(one_of(class, rng)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX).min(repetition.min + more);
            let times = rng.u32(repetition.min..=most);
            (0..times).for_each(|_| sample(&repetition.sub, more, rng, out));
        }
        HirKind::Capture(capture) => sample(&capture.sub, more, rng, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| sample(part, more, rng, out)),
        HirKind::Alternation(branches) => sample(&branches[rng.usize(..branches.len())], more, rng, out),
    }
}

/// A byte that can be shown, where there is one.
fn one_of(class: &Class, rng: &mut Rng) -> Option<u8> {
    let Class::Bytes(class) = class else { return Some(b'?') };
    let all = || class.ranges().iter().flat_map(|range| range.start()..=range.end());
    let pick = |fits: fn(&u8) -> bool, rng: &mut Rng| {
        let some: Vec<u8> = all().filter(fits).collect();
        (!some.is_empty()).then(|| some[rng.usize(..some.len())])
    };
    pick(u8::is_ascii_alphanumeric, rng).or_else(|| pick(u8::is_ascii_graphic, rng)).or_else(|| all().next())
}

/// With the break mark behind every 8 characters: no file holds what reads as a key.
fn marked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(8).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join("{-}")
}
