//! Prints every candidate below a folder with its evidence, one JSON object a line: what the judge is trained from. The first
//! line names the evidence.
//!
//!     cargo run --release --example evidence -- FOLDER
//!
//! With `--findings` it prints what the judge reports instead, one finding a line, as the yardstick reads it.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use keysweep::detect::context::{self, evidence::Evidence};
use keysweep::judge::place;
use keysweep::rule::Confidence;
use serde_json::json;

/// Larger files are data.
const BIGGEST: u64 = 5_000_000;

fn main() -> io::Result<()> {
    let (flags, folders): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let folder = PathBuf::from(folders.first().expect("a folder"));
    let findings = flags.iter().any(|flag| flag == "--findings");
    let mut files = vec![];
    list(&folder, &mut files)?;
    files.sort();
    let mut out = BufWriter::new(io::stdout().lock());
    let names: Vec<&str> = context::evidence::PIECES.iter().chain(place::PIECES).map(|(name, _)| *name).collect();
    if !findings {
        writeln!(out, "{}", json!({ "evidence": names, "bytes": context::evidence::COUNT }))?;
    }
    for file in files {
        let bytes = std::fs::read(&file)?;
        if memchr::memchr(0, &bytes[..bytes.len().min(8000)]).is_some() {
            continue;
        }
        let path = file.strip_prefix(&folder).expect("it was listed below").to_string_lossy().into_owned();
        if findings {
            report(&mut out, &path, &bytes)?;
        } else {
            print(&mut out, &path, &bytes)?;
        }
    }
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != ".git" {
            list(&entry.path(), files)?;
        } else if kind.is_file() && entry.metadata()?.len() <= BIGGEST {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn report(out: &mut impl Write, path: &str, bytes: &[u8]) -> io::Result<()> {
    let mut found = vec![];
    context::anchors(bytes, 0..bytes.len(), |at| found.extend(context::found_at(bytes, at, Confidence::Low)));
    for (one, evidence) in found {
        if let Some(confidence) = keysweep::judge::context::judge(&evidence, Some(path.as_bytes())).confidence {
            let line = memchr::memchr_iter(b'\n', &bytes[..one.value.start]).count() + 1;
            writeln!(out, "{}", json!({ "path": path, "line": line, "rule": "context", "confidence": confidence }))?;
        }
    }
    Ok(())
}

fn print(out: &mut impl Write, path: &str, bytes: &[u8]) -> io::Result<()> {
    let of_path = place::evidence(path.as_bytes());
    let mut found = vec![];
    context::anchors(bytes, 0..bytes.len(), |at| found.extend(context::candidate_at(bytes, at)));
    found.sort_by_key(|one| (one.value.start, one.anchor));
    // Two words of one name find one value.
    found.dedup_by_key(|one| one.value.clone());
    for one in found {
        let line = memchr::memchr_iter(b'\n', &bytes[..one.value.start]).count() + 1;
        let start = memchr::memrchr(b'\n', &bytes[..one.value.start]).map_or(0, |newline| newline + 1);
        let column = String::from_utf8_lossy(&bytes[start..one.value.start]).chars().count();
        let length = String::from_utf8_lossy(&bytes[one.value.clone()]).chars().count();
        let evidence: Vec<i16> = Evidence::of(bytes, &one).values().iter().chain(&of_path).copied().collect();
        writeln!(
            out,
            "{}",
            json!({ "value": blake3::hash(&bytes[one.value.clone()]).to_hex()[..16], "path": path, "line": line, "column": column, "length": length, "offset": one.value.start, "evidence": evidence })
        )?;
    }
    Ok(())
}
