//! The same input gives the same bytes, whatever the threads did.

use std::fs;

use crate::sandbox::{Sandbox, key, other_key};

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// A repository with branches and merges of no order, keys that come, move and go, packs and loose objects.
fn generated(seed: u64) -> Sandbox {
    let mut random = Random(seed);
    let sandbox = Sandbox::new();
    sandbox.init();
    let keys = [key(), other_key(), format!("https://me:{}@example.com/", "{-}s3cr3t9x{-}".replace("{-}", ""))];
    for day in 0..40 {
        for _ in 0..=random.below(3) {
            let name = format!("d{}/f{}", random.below(4), random.below(6));
            let before = fs::read_to_string(sandbox.path().join(&name)).unwrap_or_default();
            let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
            let at = random.below(lines.len() + 1);
            match random.below(4) {
                0 => lines.insert(at, format!("TOKEN={}", keys[random.below(keys.len())])),
                1 if at < lines.len() => drop(lines.remove(at)),
                _ => lines.extend((0..20).map(|line| format!("line {line} of {day}"))),
            }
            sandbox.write(&name, lines.join("\n"));
        }
        // Commits of one day have equal dates: their ids decide.
        sandbox.commit(&format!("Commit {day}"), day / 4);
        if day % 13 == 5 {
            sandbox.git(&["repack", "-q", "-d"]);
        }
    }
    sandbox
}

/// What was written, without the lines of the clock.
fn written(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let run = sandbox.run(&[&["scan", "--format", "json"], arguments].concat());
    assert!(run.code == 1 && run.stderr.is_empty(), "{run:?}");
    let clock = ["\"started_at\":", "\"elapsed_ms\":", "\"exposed_days\":"];
    let lines = run.stdout.lines().filter(|line| !clock.iter().any(|field| line.trim_start().starts_with(field)));
    lines.fold(String::new(), |all, line| all + line + "\n")
}

#[test]
fn the_same_input_gives_the_same_bytes_for_any_number_of_threads_and_every_time() {
    for seed in 1..=3 {
        let sandbox = generated(seed);
        for arguments in
            [&[][..], &["--tree-only"], &["--history-only", "--all-objects"], &["--range", "HEAD~20..HEAD"]]
        {
            let with = |threads: &str| written(&sandbox, &[arguments, &["--threads", threads]].concat());
            let one = with("1");
            assert!(one.contains("\"masked\": \"ghp_"), "seed {seed}, {arguments:?}: {one}");
            for threads in ["1", "2", "16", "16"] {
                assert_eq!(with(threads), one, "seed {seed}, {arguments:?}, {threads} threads");
            }
        }
    }
}

#[test]
fn many_files_with_many_keys_are_reported_in_one_order() {
    let sandbox = Sandbox::new();
    for n in 0..300 {
        let lines =
            (0..n % 5).map(|line| format!("{line} TOKEN={}\n", if (n + line) % 3 == 0 { key() } else { other_key() }));
        sandbox.write(&format!("d{}/f{n}", n % 7), lines.collect::<String>());
    }
    let one = written(&sandbox, &["--threads", "1"]);
    for threads in ["2", "16", "16", "16"] {
        assert_eq!(written(&sandbox, &["--threads", threads]), one, "{threads} threads");
    }
}
