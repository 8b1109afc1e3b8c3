//! A thousand keys are planned without waiting for one after the other, and without holding more for it.

use std::{
    fs,
    process::Stdio,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Trial;

use crate::{stage::Stage, world::World};

const ISSUERS: [&str; 20] = [
    "aaab", "aaac", "aaad", "aaae", "aaaf", "aaag", "aaah", "aaai", "aaaj", "aaak", "aaal", "aaam", "aaan", "aaao",
    "aaap", "aaaq", "aaar", "aaas", "aaat", "aaau",
];
/// How long the scripted issuers think.
const LATENCY: Duration = Duration::from_millis(200);
/// Bytes that 900 keys more may take: their findings and entries.
const ROOM: usize = 24 << 20;

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("a_thousand_keys_are_planned_side_by_side_in_little_memory", || {
        let (few, _, _) = planned(5);
        let (many, time, most_busy) = planned(50);
        println!(
            "1,000 keys at 20 issuers, {LATENCY:?} each answer: planned in {time:.1?}, {} MB at most (100 keys: {} MB), {most_busy} at once",
            many >> 20,
            few >> 20
        );
        assert!(many < few + ROOM, "{few} bytes for 100 keys, {many} for 1,000");
        assert!(most_busy >= 16, "{most_busy} requests at once");
        Ok(())
    })]
}

/// Most memory in bytes, time, and requests at once for so many keys at each issuer.
fn planned(each: usize) -> (usize, Duration, usize) {
    let world = World::new(Duration::ZERO, LATENCY);
    let secrets: Vec<String> = ISSUERS
        .iter()
        .flat_map(|issuer| (1..=each).map(|number| world.add(issuer, "self", number)).collect::<Vec<_>>())
        .collect();
    let stage = Stage::new(Arc::clone(&world), &ISSUERS, secrets);
    let began = Instant::now();
    let mut child = stage
        .command(&["plan", "../report.json", "--save", "../plan.json"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<usize>().ok());
        most = most.max(kilobytes.unwrap_or_default() << 10);
        thread::sleep(Duration::from_millis(5));
    }
    let time = began.elapsed();
    let plan: serde_json::Value = serde_json::from_str(&stage.sandbox.read("../plan.json")).unwrap();
    let entries = plan["plan"]["entries"].as_array().unwrap();
    assert!(entries.iter().all(|entry| entry["outcome"] == "planned"));
    assert_eq!(entries.len(), each * ISSUERS.len());
    (most, time, stage.issuer.most_busy())
}
