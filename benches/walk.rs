//! Times a walk over all objects of a repository: `cargo bench --bench walk -- OBJECT_DIR [THREADS]`.

use std::{path::PathBuf, time::Instant};

use keysweep::{
    blob::Fresh,
    source::history::{
        object::{ObjectIx, ObjectKind},
        store::Store,
        walk::{Options, Visit, walk},
    },
};

struct Count;

#[derive(Default)]
struct Totals {
    objects: u64,
    bytes: u64,
    fresh: u64,
    too_big: u64,
}

impl Visit for Count {
    type Carried = ();
    type Collected = Totals;

    fn visit(&self, totals: &mut Totals, _: ObjectIx, _: ObjectKind, bytes: &[u8], fresh: Fresh<'_>, (): &()) {
        totals.objects += 1;
        totals.bytes += bytes.len() as u64;
        let copied = match fresh {
            Fresh::Copied(copied) => copied.iter().map(|range| range.len).sum(),
            Fresh::All | Fresh::Ranges(_) => 0,
        };
        totals.fresh += (bytes.len() - copied) as u64;
    }

    fn too_big(&self, totals: &mut Totals, _: ObjectIx, _: ObjectKind, _: u64) {
        totals.too_big += 1;
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(objects) = arguments.next() else { return };
    if let Some(threads) = arguments.next() {
        let threads = threads.parse().expect("THREADS is a number");
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("the pool is built once");
    }
    let begin = Instant::now();
    let (store, problems) = Store::open(&[PathBuf::from(objects)], 20);
    println!("open: {} objects, {} problems, {:?}", store.len(), problems.len(), begin.elapsed());
    for (name, blobs, trees, commits_and_tags) in
        [("blobs", true, false, false), ("trees", false, true, false), ("commits and tags", false, false, true)]
    {
        let begin = Instant::now();
        let options = Options { blobs, trees, commits_and_tags, max_size: 50 << 20 };
        let (parts, problems) = walk(&store, options, &Count, &|| false);
        let took = begin.elapsed();
        let mut sum = Totals::default();
        for part in &parts {
            sum.objects += part.objects;
            sum.bytes += part.bytes;
            sum.fresh += part.fresh;
            sum.too_big += part.too_big;
        }
        println!(
            "{name}: {} objects, {} bytes, {} fresh, {} too big, {} tasks, {} problems, {took:?}",
            sum.objects,
            sum.bytes,
            sum.fresh,
            sum.too_big,
            parts.len(),
            problems.len(),
        );
        for problem in problems.iter().take(5) {
            println!("  {}: {}", problem.what, problem.why);
        }
    }
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status
            .lines()
            .filter(|line| line.starts_with("RssAnon") || line.starts_with("VmHWM"))
            .for_each(|line| println!("{line}"));
    }
}
