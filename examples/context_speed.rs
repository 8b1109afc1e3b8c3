//! Times the lane of context and what lies behind it over the text files of a folder.
//!
//!     cargo run --release --example context_speed -- FOLDER

use std::{path::Path, time::Instant};

use keysweep::{detect::context, rule::Confidence};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).expect("a folder");
    let mut bytes = vec![];
    read(Path::new(&folder), &mut bytes)?;
    println!("{} MB", bytes.len() / 1_000_000);
    let time = |what: &str, run: &dyn Fn() -> usize| {
        let mut best = f64::MAX;
        let mut count = 0;
        for _ in 0..7 {
            let start = Instant::now();
            count = run();
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{what:<12} {count:>9}  {:.2} ms  {:.2} GB/s", best * 1e3, bytes.len() as f64 / best / 1e9);
    };
    let count = |find: &dyn Fn(usize) -> bool| {
        let mut count = 0;
        context::anchors(&bytes, 0..bytes.len(), |at| count += usize::from(find(at)));
        count
    };
    time("anchors", &|| count(&|_| true));
    time("candidates", &|| count(&|at| context::candidate_at(&bytes, at).is_some()));
    time("found", &|| count(&|at| context::found_at(&bytes, at, Confidence::Low).is_some()));
    Ok(())
}

fn read(folder: &Path, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != ".git" {
            read(&entry.path(), bytes)?;
        } else if kind.is_file() {
            let file = std::fs::read(entry.path())?;
            if memchr::memchr(0, &file).is_none() {
                bytes.extend_from_slice(&file);
            }
        }
    }
    Ok(())
}
