//! What a scan holds at once: bounded whatever is in the repository.
//!
//! `RssAnon` is asked of the system again and again while the program runs; a mapped pack is not in it. A buffer of a size that
//! matters here lives for longer than the time between two looks, since it is filled and searched.
#![cfg(target_os = "linux")]

use std::{
    fs::{self, File},
    process::Stdio,
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    objects::{Objects, name, refer},
    pack_builder::{Op, delta, zlib},
    sandbox::{Sandbox, key},
};

const MIB: usize = 1 << 20;

/// The promise for history, in bytes.
fn bound(objects: usize, max_size: usize, threads: usize) -> usize {
    100_000_000 + 64 * objects + 3 * max_size * threads
}

/// Scans; the report, and the most anonymous memory that was seen: nothing where the scan was over before the first look.
fn watched(sandbox: &Sandbox, arguments: &[&str]) -> (Value, usize) {
    let report = sandbox.path().join("../report.json");
    let mut command = sandbox.command(&[&["scan", "--format", "json"], arguments].concat());
    let mut child = command.stdout(File::create(&report).unwrap()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let anonymous = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = anonymous.and_then(|text| text.trim().trim_end_matches(" kB").parse::<usize>().ok());
        most = most.max(kilobytes.unwrap_or(0) * 1024);
        thread::sleep(Duration::from_millis(1));
    }
    (serde_json::from_slice(&fs::read(report).unwrap()).unwrap(), most)
}

/// A file of one line, as versions of it: of 8 MiB, of 500 MB with a key at its end, and of 4 GB.
fn long_lines(objects: &mut Objects) -> [Vec<u8>; 3] {
    let base = objects.0.whole("blob", &vec![b'a'; 8 * MIB]);
    let mut longer = |times: usize, end: &str, number: u32| {
        let mut ops = vec![Op::Copy(0, 8 * MIB); times];
        ops.push(Op::Insert(end.as_bytes().to_vec()));
        objects.0.offset_delta(base.offset, &delta(8 * MIB, &ops), name(number)).oid
    };
    [longer(60, &format!(" TOKEN={}", key()), 1), longer(512, "z", 2), base.oid.clone()]
}

#[test]
fn history_with_large_versions_and_long_lines_takes_no_more_memory_than_promised() {
    const VERSIONS: usize = 50;
    let sandbox = Sandbox::new();
    sandbox.init();
    let mut objects = Objects::new();
    let lines = long_lines(&mut objects);
    let mut entries: Vec<(String, Vec<u8>)> =
        lines.into_iter().enumerate().map(|(at, oid)| (format!("line{at}"), oid)).collect();
    // A chain in which each version changes the one before.
    let mut text = b"a line of a large file\n".repeat(15 * MIB / 23);
    let mut last = objects.0.whole("blob", &text);
    for version in 1..VERSIONS {
        let line = if version == VERSIONS - 1 { format!("TOKEN={}\n", key()) } else { format!("version {version}\n") };
        let at = version * 10_000;
        let ops = [Op::Copy(0, at), Op::Insert(line.clone().into_bytes()), Op::Copy(at, text.len() - at)];
        last = objects.0.offset_delta(last.offset, &delta(text.len(), &ops), name(100 + version as u32));
        text.splice(at..at, line.into_bytes());
        entries.push((format!("version{version:02}"), last.oid.clone()));
    }
    let entries: Vec<_> = entries.iter().map(|(name, oid)| ("100644", name.as_bytes(), oid.as_slice())).collect();
    let tree = objects.tree(&entries);
    let commit = objects.commit(&tree, &[], "1700000000");
    objects.write(&sandbox);
    refer(&sandbox, "refs/heads/main", &commit);

    for threads in [1, 2] {
        let threads_text = threads.to_string();
        let arguments = ["--history-only", "--max-size", "16MiB", "--threads", &threads_text];
        let (report, most) = watched(&sandbox, &arguments);
        assert_eq!(report["complete"], true, "{report:#}");
        assert_eq!(report["summary"]["skipped"]["too-big"], 2, "{report:#}");
        assert_eq!(report["findings"][0]["places_total"], 1, "{report:#}");
        assert_eq!(report["findings"][0]["places"][0]["path"], "version49", "{report:#}");
        let bound = bound(VERSIONS + 5, 16 * MIB, threads);
        assert!(most > MIB && most <= bound, "{most} bytes with {threads} threads, not up to {bound}");
    }

    let (report, most) = watched(&sandbox, &["--history-only", "--max-size", "600MiB", "--threads", "1"]);
    let place = &report["findings"][0]["places"][0];
    assert_eq!(
        (&place["path"], &place["line"]),
        (&"line0".into(), &1.into()),
        "the biggest line is no limit: {report:#}"
    );
    assert!(most > MIB && most <= bound(VERSIONS + 5, 600 * MIB, 1), "{most} bytes");
}

#[test]
fn a_file_of_4_gigabytes_is_counted_and_one_line_of_500_megabytes_is_searched() {
    let sandbox = Sandbox::new();
    let sparse = |name: &str, len: u64| {
        let file = File::create(sandbox.path().join(name)).unwrap();
        file.set_len(len).unwrap();
        file
    };
    sparse("huge", 4 << 30);
    sandbox.write("b", format!("TOKEN={}\n", key()));
    let (report, most) = watched(&sandbox, &[]);
    assert_eq!(
        (&report["complete"], &report["summary"]["skipped"]["too-big"]),
        (&true.into(), &1.into()),
        "{report:#}"
    );
    assert!(most <= bound(0, 0, 1), "{most} bytes");

    use std::os::unix::fs::FileExt;
    sparse("line", 500_000_000).write_all_at(key().as_bytes(), 499_000_000).unwrap();
    let (report, most) = watched(&sandbox, &["--max-size", "600MiB", "--threads", "1"]);
    assert_eq!(report["findings"][0]["places_total"], 2, "{report:#}");
    assert!(most > MIB && most <= bound(0, 600 * MIB, 1), "{most} bytes");
}

#[test]
fn a_size_that_a_header_only_claims_takes_no_memory() {
    let sandbox = Sandbox::new();
    sandbox.init();
    let mut objects = Objects::new();
    let claimed = objects.0.raw(3, 40 * MIB as u64, b"", &zlib(b"short"), name(1)).oid;
    let base = objects.0.whole("blob", b"base\n");
    let huge = [&[5][..], &[0xff, 0xff, 0xff, 0xff, 0x0f][..], &[0x90, 5][..]].concat();
    let delta_claimed = objects.0.offset_delta(base.offset, &huge, name(2)).oid;
    let ok = objects.blob(format!("TOKEN={}\n", key()));
    let tree = objects.tree(&[("100644", b"a", &claimed), ("100644", b"b", &delta_claimed), ("100644", b"c", &ok)]);
    let commit = objects.commit(&tree, &[], "1700000000");
    objects.write(&sandbox);
    refer(&sandbox, "refs/heads/main", &commit);
    let (code, report) = sandbox.json(&["--history-only"]);
    assert_eq!((code, &report["complete"]), (1, &false.into()), "{report:#}");
    assert_eq!(report["findings"][0]["places"][0]["path"], "c", "{report:#}");
}
