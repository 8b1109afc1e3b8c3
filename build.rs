//! Reads `rules/*.toml` with the program's own code and writes the rules down as constants, so that the program parses nothing
//! when it starts, a new file is picked up by itself, and a broken one fails the build.

use std::{env, error::Error, fmt::Write, fs, path::Path};

#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/rule/bytes.rs"]
mod bytes;
#[path = "src/rule/complaint.rs"]
mod complaint;
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
#[path = "src/rule/request.rs"]
mod request;
#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/rule/revoke.rs"]
mod revoke;
#[path = "src/rule/revoke_file/mod.rs"]
mod revoke_file;
#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/rule/shape.rs"]
mod shape;
#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/rule/syntax.rs"]
mod syntax;
#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/template.rs"]
mod template;
#[allow(dead_code, reason = "the program uses more of it")]
#[path = "src/rule/verify_file/mod.rs"]
mod verify_file;

use bytes::ByteSet;
use outline::{Lane, Outline};
use request::{Ask, Body, Condition, Proof, Request, Says, Value, Verify};
use revoke::{ByHand, Find, Lookup, Pages, Step, Way};
use shape::{List, Near, PartSpec, Rule, Text};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rule");
    println!("cargo::rerun-if-changed=src/template.rs");
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
        // A context has no pattern to tell something of.
        let known = loaded.rule.context.is_none().then(|| Outline::of(&loaded.rule)).transpose()?;
        writeln!(out, "{},", rule(&loaded.rule, known.as_ref()))?;
    }
    out.push_str("];\n");
    let target = env::var("OUT_DIR")?;
    fs::write(Path::new(&target).join("rules.rs"), out)?;
    Ok(())
}

/// A rule as Rust source. Taking it apart without `..` makes a new field an error here.
fn rule(rule: &Rule, known: Option<&Outline>) -> String {
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
        context,
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
        since,
        documented,
        rotate,
        verify: asked,
        revoke,
        by_hand: steps,
        examples,
        counterexamples,
    } = rule;
    let (near, parts) = (optional(near.as_ref(), near_words), list(parts, part));
    let (anchor, checksum) = (optional(anchor.as_ref(), text), optional(checksum.as_ref(), text));
    let since = optional(since.as_ref(), text);
    let context = context.map_or_else(|| "None".to_owned(), |context| format!("Some(Context::{context:?})"));
    let (examples, counterexamples) = (list(examples, text), list(counterexamples, text));
    let outline = known.map_or_else(|| "None".to_owned(), outline);
    let asked = optional(asked.as_deref(), |asked| format!("Cow::Borrowed(&{})", verify(asked)));
    let (ways, steps) =
        (list(revoke, way), optional(steps.as_deref(), |steps| format!("Cow::Borrowed(&{})", by_hand(steps))));
    let [id, issuer, issuer_name, name] = [id, issuer, issuer_name, name].map(text);
    let [opens, pattern, docs, source, rotate] = [opens, pattern, docs, source, rotate].map(text);
    format!(
        "Rule {{ id: {id}, issuer: {issuer}, issuer_name: {issuer_name}, name: {name}, opens: {opens}, kind: Kind::{kind:?}, \
         lifetime: Lifetime::{lifetime:?}, confidence: Confidence::{confidence:?}, pattern: {pattern}, context: {context}, anchor: {anchor}, \
         start: Boundary::{start:?}, end: Boundary::{end:?}, near: {near}, part_only: {part_only}, parts: {parts}, \
         checksum: {checksum}, outline: {outline}, docs: {docs}, source: {source}, since: {since}, documented: Confidence::{documented:?}, \
         rotate: {rotate}, verify: {asked}, revoke: {ways}, by_hand: {steps}, examples: {examples}, counterexamples: {counterexamples} }}"
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

fn verify(verify: &Verify) -> String {
    let Verify { known, page, observed, effect, interval_ms, no_control, status_alone, asks } = verify;
    let [observed, no_control, status_alone] =
        [observed, no_control, status_alone].map(|words| optional(words.as_ref(), text));
    format!(
        "Verify {{ known: Known::{known:?}, page: {}, observed: {observed}, effect: {}, interval_ms: {interval_ms}, \
         no_control: {no_control}, status_alone: {status_alone}, asks: {} }}",
        text(page),
        text(effect),
        list(asks, ask)
    )
}

fn ask(ask: &Ask) -> String {
    let Ask { after, request: asked, live, dead, says: told } = ask;
    format!(
        "Ask {{ after: After::{after:?}, request: {}, live: {}, dead: {}, says: {} }}",
        request(asked),
        list(live, condition),
        list(dead, condition),
        says(told)
    )
}

fn request(request: &Request) -> String {
    let Request { method, method_reason, hosts, under, configured, path, headers, basic, body: sent, proof: added } =
        request;
    let configured = optional(configured.as_ref(), text);
    let (method_reason, basic) = (optional(method_reason.as_ref(), text), optional(basic.as_ref(), text));
    let (hosts, under, headers) = (list(hosts, text), list(under, text), list(headers, pair));
    format!(
        "Request {{ method: Method::{method:?}, method_reason: {method_reason}, hosts: {hosts}, under: {under}, \
         configured: {configured}, path: {}, headers: {headers}, basic: {basic}, body: {}, proof: {} }}",
        text(path),
        body(sent),
        proof(added)
    )
}

fn body(body: &Body) -> String {
    match body {
        Body::Nothing => "Body::Nothing".to_owned(),
        Body::Json(json) => format!("Body::Json({})", text(json)),
        Body::Form(form) => format!("Body::Form({})", text(form)),
        Body::Plain(plain) => format!("Body::Plain({})", text(plain)),
    }
}

fn proof(proof: &Proof) -> String {
    match proof {
        Proof::Nothing => "Proof::Nothing".to_owned(),
        Proof::ClientCredentials { client, shown } => format!(
            "Proof::ClientCredentials {{ client: {}, shown: {} }}",
            text(client),
            list(shown, |way| format!("ClientAuth::{way:?}"))
        ),
        Proof::Signature(signature) => format!("Proof::Signature(Signature::{signature:?})"),
    }
}

fn condition(condition: &Condition) -> String {
    let Condition { status, has, lacks, is, text: texts, header, but, because } = condition;
    let (status, has, lacks) = (list(status, u16::to_string), list(has, text), list(lacks, text));
    let is = list(is, |(pointer, values)| format!("({}, {})", text(pointer), list(values, value)));
    let (texts, header, but) = (list(texts, text), list(header, pair), optional(but.as_ref(), text));
    let because = optional(because.as_ref(), |because| format!("Because::{because:?}"));
    format!(
        "Condition {{ status: {status}, has: {has}, lacks: {lacks}, is: {is}, text: {texts}, header: {header}, but: {but}, \
         because: {because} }}"
    )
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(words) => format!("Value::Text({})", text(words)),
        Value::Number(number) => format!("Value::Number({number})"),
        Value::Bool(truth) => format!("Value::Bool({truth})"),
    }
}

fn says(says: &Says) -> String {
    let fields: Vec<String> =
        says.fields().iter().map(|(name, sources)| format!("{name}: {}", list(sources, text))).collect();
    format!("Says {{ {} }}", fields.join(", "))
}

fn way(way: &Way) -> String {
    let Way {
        name,
        known,
        page,
        observed,
        who,
        needs,
        environment,
        effect,
        lookups,
        check,
        action,
        undo,
        undo_as,
        bulk,
        propagation,
        interval_ms,
        also_dies,
        then,
        audit,
    } = way;
    let [observed, needs, undo_as, then, audit] =
        [observed, needs, undo_as, then, audit].map(|words| optional(words.as_ref(), text));
    let [check, undo] = [check, undo].map(|given| optional(given.as_ref(), step));
    format!(
        "Way {{ name: {}, known: Known::{known:?}, page: {}, observed: {observed}, who: Who::{who:?}, needs: {needs}, \
         environment: {}, effect: {}, lookups: {}, check: {check}, action: {}, undo: {undo}, undo_as: {undo_as}, bulk: {bulk}, \
         propagation: {propagation}, interval_ms: {interval_ms}, also_dies: {}, then: {then}, audit: {audit} }}",
        text(name),
        text(page),
        list(environment, pair),
        text(effect),
        list(lookups, lookup),
        step(action),
        list(also_dies, text)
    )
}

fn step(step: &Step) -> String {
    format!("Step {{ request: {}, done: {} }}", request(&step.request), list(&step.done, condition))
}

fn lookup(lookup: &Lookup) -> String {
    let Lookup { step: asked, find: found, take, called } = lookup;
    let take = list(take, |(name, sources)| format!("({}, {})", text(name), list(sources, text)));
    format!(
        "Lookup {{ step: {}, find: {}, take: {take}, called: {} }}",
        step(asked),
        optional(found.as_ref(), find),
        list(called, text)
    )
}

fn find(find: &Find) -> String {
    let Find { list: items, pages: go_on, total, only, by, at, is, covers } = find;
    let only = list(only, |(pointer, values)| format!("({}, {})", text(pointer), list(values, value)));
    let [total, covers] = [total, covers].map(|words| optional(words.as_ref(), text));
    format!(
        "Find {{ list: {}, pages: {}, total: {total}, only: {only}, by: MatchBy::{by:?}, at: {}, is: {}, covers: {covers} }}",
        text(items),
        pages(go_on),
        text(at),
        text(is)
    )
}

fn pages(pages: &Pages) -> String {
    match pages {
        Pages::Whole(reason) => format!("Pages::Whole({})", text(reason)),
        Pages::Link => "Pages::Link".to_owned(),
        Pages::Url(pointer) => format!("Pages::Url({})", text(pointer)),
        Pages::Cursor { at, query, more } => format!(
            "Pages::Cursor {{ at: {}, query: {}, more: {} }}",
            text(at),
            text(query),
            optional(more.as_ref(), text)
        ),
        Pages::Number { query, from, last } => {
            format!("Pages::Number {{ query: {}, from: {from}, last: {} }}", text(query), optional(last.as_ref(), text))
        }
        Pages::Offset { query } => format!("Pages::Offset {{ query: {} }}", text(query)),
    }
}

fn by_hand(by_hand: &ByHand) -> String {
    let ByHand { steps, gone_when, report_to } = by_hand;
    format!(
        "ByHand {{ steps: {}, gone_when: {}, report_to: {} }}",
        list(steps, text),
        text(gone_when),
        optional(report_to.as_ref(), text)
    )
}

fn pair(pair: &(Text, Text)) -> String {
    format!("({}, {})", text(&pair.0), text(&pair.1))
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
