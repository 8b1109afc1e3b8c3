//! Damaged and hostile repositories: the damage is told, everything else is still scanned, and the report says that it is not
//! complete.

use std::fs;

use serde_json::Value;

use crate::{
    objects::{Objects, commit, hex, name, refer, tree},
    pack_builder::{Op, delta, object_id, zlib},
    sandbox::{Sandbox, files, key},
};

/// A repository with a key in `ok.env`, in a pack of its own.
fn with_a_key() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.init();
    let mut objects = Objects::new();
    let blob = objects.blob(format!("TOKEN={}\n", key()));
    let commit = objects.commit_of("ok.env", &blob, &[]);
    objects.write(&sandbox);
    refer(&sandbox, "refs/heads/ok", &commit);
    sandbox
}

/// Whether the key was found, with its path and commit.
fn finds_the_key(report: &Value) -> bool {
    let places = report["findings"][0]["places"].as_array().unwrap();
    places.iter().any(|place| place["path"] == "ok.env" && place["commit"].is_string())
}

/// One damage: what it is called, what makes it, and what a problem says of it.
struct Damage(&'static str, fn(&Sandbox), &'static str);

/// The folder of packs, in which the damage is the newer one.
fn write_damaged(sandbox: &Sandbox, objects: Objects, damage: impl FnOnce(&mut Vec<u8>)) {
    let path = objects.write(sandbox);
    let mut bytes = fs::read(&path).unwrap();
    damage(&mut bytes);
    fs::write(path, bytes).unwrap();
}

fn noise(len: usize) -> Vec<u8> {
    (0..len as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

const DAMAGES: &[Damage] = &[
    Damage(
        "a truncated pack",
        |sandbox| {
            let mut objects = Objects::new();
            (0..4).for_each(|_| drop(objects.blob(noise(5000))));
            let last = objects.blob(noise(6000));
            drop(last);
            write_damaged(sandbox, objects, |bytes| bytes.truncate(bytes.len() - 3000));
        },
        "",
    ),
    Damage(
        "a wrong index checksum",
        |sandbox| {
            let mut objects = Objects::new();
            objects.blob(b"text\n");
            let path = objects.write(sandbox).with_extension("idx");
            let mut bytes = fs::read(&path).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            fs::write(path, bytes).unwrap();
        },
        "checksum",
    ),
    Damage(
        "bad zlib",
        |sandbox| {
            let mut objects = Objects::new();
            objects.0.raw(3, 5, b"", b"no zlib here", name(1));
            objects.write(sandbox);
        },
        "",
    ),
    Damage(
        "a delta out of bounds",
        |sandbox| {
            let mut objects = Objects::new();
            let base = objects.0.whole("blob", b"short");
            objects.0.offset_delta(base.offset, &delta(5, &[Op::Copy(3, 100)]), name(1));
            objects.write(sandbox);
        },
        "",
    ),
    Damage(
        "a circle of deltas",
        |sandbox| {
            let mut objects = Objects::new();
            objects.0.ref_delta(&name(2), &delta(5, &[Op::Copy(0, 5)]), name(1));
            objects.0.ref_delta(&name(1), &delta(5, &[Op::Copy(0, 5)]), name(2));
            objects.write(sandbox);
        },
        "",
    ),
    Damage(
        "an absent base",
        |sandbox| {
            let mut objects = Objects::new();
            objects.0.ref_delta(&name(7), &delta(5, &[Op::Copy(0, 5)]), name(1));
            objects.write(sandbox);
        },
        "",
    ),
    Damage(
        "an entry of unknown type",
        |sandbox| {
            let mut objects = Objects::new();
            objects.0.raw(5, 4, b"", &zlib(b"text"), name(1));
            objects.write(sandbox);
        },
        "",
    ),
    Damage(
        "a commit whose tree is a file",
        |sandbox| {
            let mut objects = Objects::new();
            let blob = objects.blob(b"no tree\n");
            let commit = objects.commit(&blob, &[], "1700000000");
            objects.write(sandbox);
            refer(sandbox, "refs/heads/wrong", &commit);
        },
        "",
    ),
    Damage(
        "a folder that is a commit",
        |sandbox| {
            let mut objects = Objects::new();
            let blob = objects.blob(b"text\n");
            let inner = objects.commit_of("x", &blob, &[]);
            let outer = objects.tree(&[("40000", b"folder", &inner)]);
            let commit = objects.commit(&outer, &[], "1700000000");
            objects.write(sandbox);
            refer(sandbox, "refs/heads/wrong", &commit);
        },
        "",
    ),
    Damage(
        "a tree that ends in an entry",
        |sandbox| {
            let mut objects = Objects::new();
            let cut = [tree(&[("100644", b"a", &name(1))]), b"100644 b\0abc".to_vec()].concat();
            let oid = object_id("tree", &cut);
            objects.misnamed(2, &cut, oid.clone());
            objects.misnamed(3, b"a\n", name(1));
            let commit = objects.commit(&oid, &[], "1700000000");
            objects.write(sandbox);
            refer(sandbox, "refs/heads/wrong", &commit);
        },
        "",
    ),
    Damage(
        "a commit with a broken header",
        |sandbox| {
            let mut objects = Objects::new();
            let oid = object_id("commit", b"tree of life\n\nmessage\n");
            objects.misnamed(1, b"tree of life\n\nmessage\n", oid.clone());
            objects.write(sandbox);
            refer(sandbox, "refs/heads/wrong", &oid);
        },
        "tree",
    ),
    Damage(
        "commits that are their own ancestors",
        |sandbox| {
            let mut objects = Objects::new();
            let blob = objects.blob(b"text\n");
            let folder = objects.tree(&[("100644", b"a", &blob)]);
            objects.misnamed(1, commit(&folder, &[&name(2)], "5").as_bytes(), name(1));
            objects.misnamed(1, commit(&folder, &[&name(1)], "5").as_bytes(), name(2));
            objects.write(sandbox);
            refer(sandbox, "refs/heads/wrong", &name(1));
        },
        "ancestors",
    ),
    Damage(
        "an absent blob",
        |sandbox| {
            let mut objects = Objects::new();
            let commit = objects.commit_of("gone", &name(9), &[]);
            objects.write(sandbox);
            refer(sandbox, "refs/heads/wrong", &commit);
        },
        "absent",
    ),
    Damage("a ref to nothing", |sandbox| refer(sandbox, "refs/heads/wrong", &name(9)), "absent"),
    Damage(
        "a ref that is no id",
        |sandbox| {
            sandbox.write(".git/refs/heads/wrong", "nonsense\n");
        },
        "not an object id",
    ),
    Damage(
        "a damaged index",
        |sandbox| {
            sandbox.write(".git/index", "DIRC and no more");
        },
        "",
    ),
    Damage(
        "an alternate that is not there",
        |sandbox| {
            sandbox.write(".git/objects/info/alternates", "/no/such/objects\n");
        },
        "/no/such/objects",
    ),
];

#[test]
fn whatever_is_damaged_the_rest_is_scanned_and_the_report_says_that_it_is_not_complete() {
    for Damage(what, make, said) in DAMAGES {
        let sandbox = with_a_key();
        make(&sandbox);
        let (code, report) = sandbox.json(&["--history-only"]);
        assert!(code == 1 && finds_the_key(&report), "{what}: {report:#}");
        assert_eq!(report["complete"], false, "{what}: {report:#}");
        let problems = report["problems"].as_array().unwrap();
        let told = |problem: &Value| format!("{} {}", problem["what"], problem["why"]);
        assert!(problems.iter().any(|problem| told(problem).contains(said)), "{what}: {problems:#?}");
        let names_it =
            |problem: &Value| problem["what"].as_str().is_some_and(|it| it.ends_with(" in .") || it.starts_with('/'));
        assert!(problems.iter().all(names_it), "{what}: a problem that names no repository: {problems:#?}");
        let code = sandbox.json(&["--history-only", "--rule", "stripe"]).0;
        assert_eq!(code, 3, "{what}: nothing found, and not complete");
    }
}

#[test]
fn a_key_before_the_damage_in_one_pack_is_found() {
    let sandbox = Sandbox::new();
    sandbox.init();
    let mut objects = Objects::new();
    let blob = objects.blob(format!("TOKEN={}\n", key()));
    let commit = objects.commit_of("ok.env", &blob, &[]);
    objects.blob(noise(50_000));
    write_damaged(&sandbox, objects, |bytes| bytes.truncate(bytes.len() / 2));
    refer(&sandbox, "refs/heads/ok", &commit);
    let (code, report) = sandbox.json(&["--history-only"]);
    assert!(code == 1 && finds_the_key(&report) && report["complete"] == false, "{report:#}");
}

#[test]
fn a_chain_of_10000_deltas_and_a_base_in_another_pack_are_read_to_their_ends() {
    let sandbox = Sandbox::new();
    sandbox.init();
    let mut objects = Objects::new();
    let mut last = objects.0.whole("blob", b"0000000000\n");
    let base = last.oid.clone();
    for version in 1..10_000 {
        last = objects.0.offset_delta(
            last.offset,
            &delta(11, &[Op::Copy(1, 10), Op::Insert(b"\n".to_vec())]),
            name(version),
        );
    }
    let end = format!("TOKEN={}\n", key());
    let end =
        objects.0.offset_delta(last.offset, &delta(11, &[Op::Copy(0, 5), Op::Insert(end.into_bytes())]), name(10_000));
    let first = objects.commit_of("end", &end.oid, &[]);
    objects.write(&sandbox);
    let mut other = Objects::new();
    let elsewhere = format!("\nTOKEN={}\n", key()).into_bytes();
    let thin = other.0.ref_delta(&base, &delta(11, &[Op::Copy(0, 5), Op::Insert(elsewhere)]), name(10_001)).oid;
    let commit = other.commit_of("thin", &thin, &[&first]);
    other.write(&sandbox);
    refer(&sandbox, "refs/heads/main", &commit);
    let (code, report) = sandbox.json(&["--history-only"]);
    assert_eq!((code, &report["complete"]), (1, &true.into()), "{:#}", report["problems"]);
    let places = report["findings"][0]["places"].as_array().unwrap();
    let places: Vec<_> = places.iter().map(|place| (place["path"].as_str().unwrap(), &place["line"])).collect();
    assert_eq!(places, [("end", &6.into()), ("thin", &2.into())]);
}

#[test]
fn a_bomb_of_ten_billion_paths_is_counted_and_a_thousand_are_listed() {
    let sandbox = Sandbox::new();
    sandbox.init();
    let mut objects = Objects::new();
    let mut inside = objects.blob(format!("TOKEN={}\n", key()));
    for depth in 0..10 {
        let names: Vec<String> = (0..10).map(|at| format!("d{at}")).collect();
        let mode = if depth == 0 { "100644" } else { "40000" };
        let entries: Vec<_> = names.iter().map(|name| (mode, name.as_bytes(), inside.as_slice())).collect();
        inside = objects.tree(&entries);
    }
    let commit = objects.commit(&inside, &[], "1700000000");
    objects.write(&sandbox);
    refer(&sandbox, "refs/heads/main", &commit);
    let (code, report) = sandbox.json(&["--history-only"]);
    let finding = &report["findings"][0];
    assert_eq!((code, &report["complete"]), (1, &true.into()), "{:#}", report["problems"]);
    assert_eq!(finding["places_total"], 10_000_000_000u64);
    assert_eq!(finding["places"].as_array().unwrap().len(), 1000);
    assert_eq!(finding["places"][0]["path"], "d0/d0/d0/d0/d0/d0/d0/d0/d0/d0");
    assert!(
        sandbox.run(&["scan", "--history-only"]).stdout.contains("and 9,999,999,99"),
        "the total is told to a person too"
    );
    // In a range, trees are entered a bounded number of times.
    refer(&sandbox, "refs/heads/empty", &{
        let mut objects = Objects::new();
        let empty = objects.tree(&[]);
        let commit = objects.commit(&empty, &[], "1600000000");
        objects.write(&sandbox);
        commit
    });
    assert_eq!(sandbox.json(&["--range", "empty..main"]).0, 1);
}

#[test]
fn names_that_no_file_system_would_take_are_told_and_harmless() {
    let sandbox = Sandbox::new();
    sandbox.init();
    let mut objects = Objects::new();
    let blob = objects.blob(format!("TOKEN={}\n", key()));
    let long = vec![b'n'; 4096];
    let names: [&[u8]; 8] = [b"", b"..", b".git", b"a/../../b", b"\x1b[2J\r\n", b"\xff\xfe", b"ok.env", &long];
    let entries: Vec<_> = names.iter().map(|name| ("100644", *name, blob.as_slice())).collect();
    let folder = objects.tree(&entries);
    let commit = objects.commit(&folder, &[], "1700000000");
    objects.write(&sandbox);
    refer(&sandbox, "refs/heads/main", &commit);
    let (code, report) = sandbox.json(&["--history-only"]);
    assert!(code == 1 && finds_the_key(&report), "{report:#}");
    assert_eq!(report["findings"][0]["places_total"], 8, "{report:#}");
    let paths: Vec<_> =
        report["findings"][0]["places"].as_array().unwrap().iter().map(|place| &place["path"]).collect();
    assert!(paths.contains(&&"..".into()) && paths.contains(&&"\\xff\\xfe".into()), "{paths:?}");
    let pretty = sandbox.run(&["scan", "--history-only"]).stdout;
    assert!(!pretty.contains(['\x1b', '\r']) && pretty.lines().all(|line| line.chars().count() < 5000), "{pretty}");
    assert_eq!(files(&sandbox.path()).len(), 1, "nothing was written beside .git");
}

#[test]
fn odd_dates_are_told_where_they_can_be_and_order_nothing_before_its_parent() {
    let sandbox = Sandbox::new();
    sandbox.init();
    let mut objects = Objects::new();
    let blob = objects.blob(format!("TOKEN={}\n", key()));
    let folder = objects.tree(&[("100644", b"ok.env", &blob)]);
    let first = objects.commit(&folder, &[], "253370764800");
    let mut last = first.clone();
    for date in ["0", "-1", "99999999999999999999999", "now"] {
        last = objects.commit(&folder, &[&last], date);
    }
    objects.write(&sandbox);
    refer(&sandbox, "refs/heads/main", &last);
    let (code, report) = sandbox.json(&["--history-only"]);
    assert!(code == 1 && finds_the_key(&report), "{report:#}");
    let place = &report["findings"][0]["places"][0];
    assert_eq!((&place["commit"], &place["date"]), (&hex(&first).into(), &"9999-01-01T00:00:00Z".into()), "{place:#}");
    assert_eq!(report["findings"][0]["exposed_days"], 0, "what comes from the future was never out");
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_read_in_a_tree_is_told_and_links_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    sandbox.write("work/ok.env", format!("TOKEN={}\n", key()));
    symlink(".", sandbox.path().join("work/self")).unwrap();
    symlink("b", sandbox.path().join("work/a")).unwrap();
    symlink("a", sandbox.path().join("work/b")).unwrap();
    symlink("../../outside", sandbox.path().join("work/out")).unwrap();
    sandbox.write("../outside/secret", format!("TOKEN={}\n", key()));
    let (code, report) = sandbox.json(&["work"]);
    assert_eq!((code, &report["complete"], &report["findings"][0]["places_total"]), (1, &true.into(), &1.into()));
    assert_eq!(report["summary"]["skipped"]["symlink"], 4, "{report:#}");
    // The system lets nobody read this one from its start, whoever runs the test.
    let (code, report) = sandbox.json(&["work", "/proc/self/mem"]);
    assert_eq!((code, &report["complete"]), (1, &false.into()), "{report:#}");
    assert_eq!(report["problems"][0]["kind"], "unreadable", "{report:#}");
    assert_eq!(sandbox.json(&["work", "/proc/self/mem", "--rule", "stripe"]).0, 3);
}
