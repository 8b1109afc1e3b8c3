//! Attribution of single, often hostile, histories.

mod attribute_support;

use attribute_support::{Memory, name, request, run};
use bstr::BString;
use keysweep::{
    attribute::{Attribution, HistoryPlace, MAX_PLACES, Request, attribute, collect_commits},
    location::{Oid, SourceKind},
    problem::ProblemKind,
    source::history::object::ObjectKind::{Blob, Commit, Tag, Tree},
};

/// Files in the order in which git keeps them, unless a test means otherwise.
fn tree(memory: &mut Memory, entries: &[(&str, &[u8], Oid)]) -> Oid {
    memory.add(Tree, tree_bytes(entries))
}

fn tree_bytes(entries: &[(&str, &[u8], Oid)]) -> Vec<u8> {
    entries
        .iter()
        .flat_map(|(mode, name, oid)| [mode.as_bytes(), b" ", *name, b"\0", oid.as_bytes()].concat())
        .collect()
}

fn commit(memory: &mut Memory, tree: Oid, parents: &[Oid], date: &str) -> Oid {
    memory.add(Commit, commit_bytes(tree, parents, date, "subject"))
}

fn commit_bytes(tree: Oid, parents: &[Oid], date: &str, message: &str) -> Vec<u8> {
    let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    format!("tree {tree}\n{parents}author A <a> 1 +0000\ncommitter C <c> {date} +0000\n\n{message}\n").into_bytes()
}

fn tag_bytes(target: Oid, kind: &str, message: &str) -> Vec<u8> {
    format!("object {target}\ntype {kind}\ntag t\ntagger T <t> 1 +0000\n\n{message}\n").into_bytes()
}

fn key(memory: &mut Memory, secret: u32) -> Oid {
    memory.add(Blob, format!("KEY{secret};").into_bytes())
}

fn attributed(memory: &Memory, tips: &[Oid]) -> Attribution {
    run(memory, &request(tips, None, &memory.hits()))
}

fn paths(found: &Attribution) -> Vec<&[u8]> {
    found.places.iter().map(|place| place.path.as_ref().expect("has a path").as_slice()).collect()
}

fn oid(memory: &Memory, object: Option<keysweep::source::history::object::ObjectIx>) -> Option<Oid> {
    object.map(|object| keysweep::attribute::Objects::oid(memory, object))
}

#[test]
fn a_bomb_is_counted_without_walking_it() {
    let mut memory = Memory::default();
    let mut inside = key(&mut memory, 0);
    let mut mode = "100644";
    for _ in 0..10 {
        let names: Vec<String> = (0..10).map(|name| format!("d{name}")).collect();
        let entries: Vec<_> = names.iter().map(|name| (mode, name.as_bytes(), inside)).collect();
        inside = tree(&mut memory, &entries);
        mode = "40000";
    }
    let tip = commit(&mut memory, inside, &[], "5");
    let found = attributed(&memory, &[tip]);
    assert_eq!(found.totals, [10_000_000_000]);
    assert_eq!(found.places.len(), 1000);
    assert_eq!(paths(&found)[999], b"d0/d0/d0/d0/d0/d0/d0/d9/d9/d9");
}

#[test]
fn a_secret_inside_a_bomb_of_another_is_found() {
    let mut memory = Memory::default();
    let (many, one) = (key(&mut memory, 0), key(&mut memory, 1));
    let mut inside = tree(&mut memory, &[("100644", b"a", many), ("100644", b"z", one)]);
    for level in 0..30 {
        let mut entries = vec![("40000", b"a".as_slice(), inside), ("40000", b"b", inside)];
        if level == 29 {
            entries.push(("100644", b"y", one));
        }
        inside = tree(&mut memory, &entries);
    }
    let tip = commit(&mut memory, inside, &[], "5");
    let found = attributed(&memory, &[tip]);
    assert_eq!(found.totals, [1 << 30, (1 << 30) + 1]);
    assert_eq!(found.places.len(), 2000);
}

#[test]
fn a_bomb_beyond_any_number_ends_at_the_largest() {
    let mut memory = Memory::default();
    let mut inside = key(&mut memory, 0);
    let mut mode = "100644";
    for _ in 0..100 {
        inside = tree(&mut memory, &[(mode, b"a", inside), (mode, b"b", inside)]);
        mode = "40000";
    }
    let tip = commit(&mut memory, inside, &[], "5");
    assert_eq!(attributed(&memory, &[tip]).totals, [u64::MAX]);
}

#[test]
fn a_thousand_places_are_listed_and_all_are_counted() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let mut tips = Vec::new();
    for number in 0..1500 {
        let file = format!("f{number:04}");
        let root = tree(&mut memory, &[("100644", file.as_bytes(), blob)]);
        let parents: Vec<Oid> = tips.pop().into_iter().collect();
        tips.push(commit(&mut memory, root, &parents, "5"));
    }
    let found = attributed(&memory, &tips);
    assert_eq!((found.places.len(), found.totals[0]), (MAX_PLACES as usize, 1500));
    let expected: Vec<String> = (0..1000).map(|number| format!("f{number:04}")).collect();
    assert_eq!(paths(&found), expected.iter().map(String::as_bytes).collect::<Vec<_>>());
}

#[test]
fn names_of_any_bytes_are_told_as_they_are() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let long = vec![b'n'; 4096];
    let names: [&[u8]; 7] = [b"", b"..", b".git", b"a\nb", b"a/b", &long, b"\xff\xfe"];
    let entries: Vec<_> = names.iter().map(|name| ("100644", *name, blob)).collect();
    let root = tree(&mut memory, &entries);
    let tip = commit(&mut memory, root, &[], "5");
    let found = attributed(&memory, &[tip]);
    assert!(paths(&found) == names, "{:.300?}", paths(&found));
    assert_eq!(found.problems, []);
}

#[test]
fn twins_of_one_name_are_one_place() {
    let mut memory = Memory::default();
    let (blob, both) = (key(&mut memory, 0), memory.add(Blob, b"\n\nKEY0; KEY1;".to_vec()));
    let one = tree(&mut memory, &[("100644", b"k", blob)]);
    let other = tree(&mut memory, &[("100644", b"k", both), ("100644", b"x", both), ("100644", b"k", blob)]);
    let first = tree(&mut memory, &[("40000", b"d", one)]);
    let second = tree(&mut memory, &[("40000", b"d", other), ("100644", b"c", blob), ("40000", b"d", one)]);
    let first = commit(&mut memory, first, &[], "5");
    let second = commit(&mut memory, second, &[first], "6");
    let hits = memory.hits();
    let found = run(&memory, &request(&[], Some(second), &hits));
    let told: Vec<_> = found
        .places
        .iter()
        .map(|place| {
            let path = place.path.as_ref().expect("has a path").to_string();
            (place.secret, path, oid(&memory, place.first), place.head_line.is_some())
        })
        .collect();
    assert_eq!(
        told,
        [
            (0, "d/k".to_owned(), Some(first), true),
            (0, "c".to_owned(), Some(second), true),
            (0, "d/x".to_owned(), Some(second), true),
            (1, "d/k".to_owned(), Some(second), true),
            (1, "d/x".to_owned(), Some(second), true),
        ]
    );
    assert_eq!(found.totals, [3, 2]);
}

#[test]
fn a_damaged_folder_is_read_up_to_the_damage() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let mut bytes = tree_bytes(&[("100644", b"a", blob), ("100644", b"b", blob)]);
    bytes.truncate(bytes.len() - 3);
    let root = memory.add(Tree, bytes);
    let tip = commit(&mut memory, root, &[], "5");
    let found = attributed(&memory, &[tip]);
    assert_eq!(paths(&found), [b"a"]);
    assert_eq!(found.problems.len(), 1);
    assert_eq!(found.problems[0].kind, ProblemKind::Corrupt);
    assert_eq!(found.problems[0].what, format!("tree {root}"));
    assert_eq!(attributed(&memory, &[]).problems, []);
}

#[test]
fn a_file_that_a_folder_calls_a_folder_is_still_a_file() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let root = tree(&mut memory, &[("40000", b"a", blob), ("120000", b"link", blob)]);
    let tip = commit(&mut memory, root, &[], "5");
    assert_eq!(paths(&attributed(&memory, &[tip])), [b"a".as_slice(), b"link"]);
}

#[test]
fn a_file_that_a_ref_or_tag_names_is_no_damage_and_one_that_a_commit_calls_its_folder_is() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let tag = memory.add(Tag, tag_bytes(blob, "blob", "m"));
    for tip in [blob, tag] {
        let found = attributed(&memory, &[tip]);
        assert_eq!((found.problems, found.totals), (vec![], vec![1]));
    }
    let tip = commit(&mut memory, blob, &[], "5");
    let found = attributed(&memory, &[tip, blob]);
    assert_eq!(found.problems.len(), 1);
    assert_eq!(
        (found.problems[0].kind, &*found.problems[0].why),
        (ProblemKind::Corrupt, "is a blob and named as a tree")
    );
}

#[test]
fn rings_end_and_are_told() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let (inner, outer, older, younger, tag) = (name(900), name(901), name(902), name(903), name(904));
    memory.insert(inner, Tree, tree_bytes(&[("40000", b"back", outer), ("100644", b"k", blob)]));
    memory.insert(outer, Tree, tree_bytes(&[("40000", b"in", inner)]));
    memory.insert(older, Commit, commit_bytes(outer, &[younger], "5", "m"));
    memory.insert(younger, Commit, commit_bytes(outer, &[older], "5", "m"));
    memory.insert(tag, Tag, tag_bytes(tag, "tag", "m"));
    let found = attributed(&memory, &[younger, tag]);
    assert_eq!(paths(&found), [b"in/k"]);
    let told: Vec<_> = found.problems.iter().map(|problem| (problem.kind, problem.what.as_str())).collect();
    assert_eq!(told, [(ProblemKind::Corrupt, "commits"), (ProblemKind::Corrupt, "trees")]);
}

#[test]
fn folders_that_all_lead_back_are_gone_through_once() {
    const DEPTH: u32 = 48;
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let rung = |number| name(1000 + number);
    for number in 0..DEPTH {
        let (one, other) = (("40000", b"a".as_slice(), rung(number + 1)), ("40000", b"b".as_slice(), rung(number + 1)));
        memory.insert(rung(number), Tree, tree_bytes(&[one, other]));
    }
    let root = name(900);
    memory.insert(rung(DEPTH), Tree, tree_bytes(&[("40000", b"back", root)]));
    memory.insert(root, Tree, tree_bytes(&[("40000", b"in", rung(0)), ("100644", b"k", blob)]));
    let tip = commit(&mut memory, root, &[], "5");
    assert_eq!(paths(&attributed(&memory, &[tip])), [b"k"]);
}

#[test]
fn folders_nested_without_end_are_bounded() {
    let mut memory = Memory::default();
    let (shallow, deep) = (key(&mut memory, 0), key(&mut memory, 1));
    let mut inside = tree(&mut memory, &[("100644", b"k", deep)]);
    for _ in 0..100_000 {
        inside = tree(&mut memory, &[("40000", b"d", inside)]);
    }
    let root = tree(&mut memory, &[("40000", b"d", inside), ("100644", b"k", shallow)]);
    let tip = commit(&mut memory, root, &[], "5");
    let found = attributed(&memory, &[tip]);
    let told: Vec<_> =
        found.places.iter().map(|place| (place.secret, place.path.is_some(), place.first.is_some())).collect();
    assert_eq!(told, [(0, true, true), (1, false, false)]);
    assert_eq!(found.problems[0].kind, ProblemKind::Unsupported);
}

#[test]
fn a_long_line_of_commits_needs_no_stack() {
    let mut memory = Memory::default();
    let (blob, nothing) = (key(&mut memory, 0), tree(&mut memory, &[]));
    let root = tree(&mut memory, &[("100644", b"k", blob)]);
    let first = commit(&mut memory, root, &[], "9");
    let mut tip = first;
    for _ in 0..200_000 {
        tip = commit(&mut memory, nothing, &[tip], "5");
    }
    let found = attributed(&memory, &[tip]);
    assert_eq!((oid(&memory, found.places[0].first), oid(&memory, found.places[0].last)), (Some(first), Some(first)));
    assert_eq!(found.commits, 200_001);
}

#[test]
fn odd_dates_keep_ancestors_first() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let root = tree(&mut memory, &[("100644", b"k", blob)]);
    for dates in [["253402300799", "5"], ["9223372036854775807", "-9223372036854775808"], ["4611686018427387904", "x"]]
    {
        let first = commit(&mut memory, root, &[], dates[0]);
        let second = commit(&mut memory, root, &[first], dates[1]);
        let found = attributed(&memory, &[second]);
        let place = &found.places[0];
        assert_eq!((oid(&memory, place.first), oid(&memory, place.last)), (Some(first), Some(second)), "{dates:?}");
        assert_eq!(found.problems, []);
    }
}

#[test]
fn a_commit_with_a_broken_header_is_told_and_its_files_too() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let root = tree(&mut memory, &[("100644", b"k", blob)]);
    let tip = memory.add(Commit, format!("tree {root}\nparent nonsense\n\nKEY0;").into_bytes());
    let found = attributed(&memory, &[tip]);
    let sources: Vec<_> = found.places.iter().map(|place| place.source).collect();
    assert_eq!(sources, [SourceKind::History, SourceKind::CommitMessage]);
    assert_eq!(found.problems[0].what, format!("commit {tip}"));
}

#[test]
fn absent_objects_are_one_problem_with_ten_names() {
    let mut memory = Memory::default();
    let lost: Vec<Oid> = (0..20).map(|number| name(5000 + number)).collect();
    let names: Vec<String> = (0..20).map(|number| format!("n{number:02}")).collect();
    let modes = |number: usize| if number.is_multiple_of(2) { "100644" } else { "40000" };
    let entries: Vec<_> = (0..20).map(|number| (modes(number), names[number].as_bytes(), lost[number])).collect();
    let root = tree(&mut memory, &entries);
    let again = tree(&mut memory, &entries[..5]);
    let first = commit(&mut memory, root, &[name(6000)], "5");
    let tip = commit(&mut memory, again, &[first], "5");
    let found = attributed(&memory, &[tip, name(6001)]);
    assert_eq!(found.problems.len(), 1);
    assert_eq!((found.problems[0].kind, found.problems[0].what.as_str()), (ProblemKind::Absent, "22 objects"));
    assert_eq!(found.problems[0].why.matches(", ").count(), 10);
    assert!(found.problems[0].why.contains(&lost[9].to_string()));
    assert_eq!(attributed(&memory, &[root]).problems[0].what, "20 objects");
    assert_eq!(attributed(&memory, &[]).problems, []);
}

#[test]
fn what_an_unreachable_folder_names_as_well_is_absent_all_the_same() {
    for padding in 0..5 {
        let mut memory = Memory::default();
        for _ in 0..padding {
            key(&mut memory, 0);
        }
        let (lost, blob) = (name(5000), key(&mut memory, 0));
        for mode in ["40000", "100644"] {
            tree(&mut memory, &[(mode, b"lost", lost)]);
            let within = tree(&mut memory, &[(mode, b"lost", lost), ("100644", b"z", blob)]);
            let tip = commit(&mut memory, within, &[], "5");
            assert_eq!(attributed(&memory, &[tip]).problems.len(), 1);
            assert_eq!(attributed(&memory, &[]).problems, []);
        }
    }
}

#[test]
fn what_belongs_elsewhere_is_not_absent() {
    let mut memory = Memory::default();
    let empty = Oid::from_hex(b"4b825dc642cb6eb9a060e54bf8d69288fbee4904").expect("an id");
    let root = tree(&mut memory, &[("160000", b"submodule", name(7000)), ("40000", b"z", empty)]);
    let boundary = commit(&mut memory, root, &[name(7001)], "5");
    let tip = commit(&mut memory, empty, &[boundary], "5");
    let shallow = [boundary];
    let found = run(&memory, &Request { shallow: &shallow, ..request(&[tip], None, &[]) });
    assert_eq!(found.problems, []);
    assert_eq!(attributed(&memory, &[tip]).problems[0].what, "1 object");
}

#[test]
fn a_shallow_boundary_has_no_parents_even_if_they_are_there() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let root = tree(&mut memory, &[("100644", b"k", blob)]);
    let before = commit(&mut memory, root, &[], "5");
    let boundary = commit(&mut memory, root, &[before], "5");
    let tip = commit(&mut memory, root, &[boundary], "5");
    let (shallow, hits) = ([boundary], memory.hits());
    let found = run(&memory, &Request { shallow: &shallow, ..request(&[tip], None, &hits) });
    assert_eq!((oid(&memory, found.places[0].first), found.commits), (Some(boundary), 2));
}

#[test]
fn what_a_reflog_lost_is_counted_and_no_problem() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let kept = tree(&mut memory, &[("100644", b"gone", name(8000)), ("100644", b"k", blob)]);
    let entry = commit(&mut memory, kept, &[], "5");
    let reflog = [entry, name(8001)];
    let hits = memory.hits();
    let found = run(&memory, &Request { reflog: &reflog, ..request(&[], None, &hits) });
    assert_eq!((found.pruned_reflog, found.problems.len()), (2, 0));
    assert_eq!(oid(&memory, found.places[0].first), Some(entry));
    let found = run(&memory, &Request { reflog: &reflog, ..request(&[entry], None, &hits) });
    assert_eq!((found.pruned_reflog, found.problems.len()), (1, 1));
}

/// A secret in each kind of object that no folder of a commit holds.
fn odd_places() -> (Memory, Vec<Oid>) {
    let mut memory = Memory::default();
    let blobs: Vec<Oid> = (0..5).map(|secret| key(&mut memory, secret)).collect();
    let tagged_tree = tree(&mut memory, &[("100644", b"t", blobs[1])]);
    let empty = tree(&mut memory, &[]);
    let message = memory.add(Commit, commit_bytes(empty, &[], "5", "KEY5;"));
    let orphan = memory.add(Commit, commit_bytes(tagged_tree, &[], "5", "KEY6;"));
    let tag = memory.add(Tag, tag_bytes(message, "commit", "KEY7;"));
    let of_tree = memory.add(Tag, tag_bytes(tagged_tree, "tree", ""));
    (memory, vec![blobs[0], of_tree, tag, blobs[2], blobs[3], orphan])
}

#[test]
fn secrets_without_a_file_have_a_place() {
    let (memory, oids) = odd_places();
    let hits = memory.hits();
    let index = [(BString::from("staged"), oids[3]), (BString::from("t"), oids[1])];
    let found = run(&memory, &Request { index: &index, ..request(&oids[..3], None, &hits) });
    let told = |place: &HistoryPlace| (place.secret, place.source, place.path.is_some(), place.first.is_some());
    assert_eq!(
        found.places.iter().map(told).collect::<Vec<_>>(),
        [
            (0, SourceKind::History, false, false),
            (1, SourceKind::History, true, false),
            (2, SourceKind::Staged, true, false),
            (5, SourceKind::CommitMessage, false, true),
            (7, SourceKind::TagMessage, false, false),
        ]
    );
    assert_eq!(found.totals, [1, 1, 1, 0, 0, 1, 0, 1]);
}

#[test]
fn what_nothing_refers_to_is_told_only_when_asked() {
    let (memory, oids) = odd_places();
    let hits = memory.hits();
    let found = run(&memory, &Request { all_objects: true, ..request(&oids[..3], None, &hits) });
    let unreachable = found.places.iter().filter(|place| place.source == SourceKind::Unreachable);
    let told: Vec<_> = unreachable.map(|place| (place.secret, oid(&memory, place.first))).collect();
    // A message of a commit that nothing refers to has that commit; a file of it has a path, and the commit.
    let orphan = Some(oids[5]);
    assert_eq!(told, [(1, orphan), (2, None), (3, None), (4, None), (6, orphan)]);
}

#[test]
fn files_of_commits_that_nothing_refers_to_have_paths_when_all_objects_are_asked_for() {
    let mut memory = Memory::default();
    let blobs: Vec<Oid> = (0..3).map(|secret| key(&mut memory, secret)).collect();
    let kept_root = tree(&mut memory, &[("100644", b"kept", blobs[0])]);
    let kept = commit(&mut memory, kept_root, &[], "5");
    let root = tree(&mut memory, &[("100644", b"kept", blobs[0]), ("100644", b"lost", blobs[1])]);
    let lost = commit(&mut memory, root, &[kept], "6");
    // One that was pruned in part: what is left of it is told, and what is gone is no problem.
    let pruned = commit(&mut memory, name(90), &[name(91)], "7");
    let hits = memory.hits();
    let found = run(&memory, &Request { all_objects: true, ..request(&[], Some(kept), &hits) });
    let told = |place: &HistoryPlace| (place.secret, place.source, place.path.clone(), oid(&memory, place.first));
    assert_eq!(
        found.places.iter().map(told).collect::<Vec<_>>(),
        [
            (0, SourceKind::History, Some("kept".into()), Some(kept)),
            (1, SourceKind::Unreachable, Some("lost".into()), Some(lost)),
            (2, SourceKind::Unreachable, None, None),
        ]
    );
    assert_eq!((found.commits, found.problems.len(), found.pruned_reflog), (3, 0, 0), "{pruned}: {:?}", found.problems);
    assert_eq!(run(&memory, &request(&[], Some(kept), &hits)).places.len(), 1);
}

#[test]
fn objects_in_the_place_of_others_are_told() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let root = tree(&mut memory, &[("100644", b"a", blob)]);
    let good = commit(&mut memory, root, &[], "5");
    let no_folder = tree(&mut memory, &[("40000", b"d", good), ("100644", b"k", blob)]);
    let in_folder = commit(&mut memory, no_folder, &[good], "6");
    let no_root = commit(&mut memory, blob, &[in_folder], "7");
    let no_parent = commit(&mut memory, root, &[no_root, blob], "8");
    let found = attributed(&memory, &[no_parent]);
    let told: Vec<_> = found.problems.iter().map(|problem| (problem.what.clone(), problem.why.as_str())).collect();
    let mut expected = vec![
        (format!("object {good}"), "is a commit and named as a tree"),
        (format!("object {blob}"), "is a blob and named as a tree"),
        (format!("object {blob}"), "is a blob and named as a commit"),
    ];
    expected.sort();
    assert_eq!(told, expected);
    assert_eq!(paths(&found), [b"a".as_slice(), b"k"]);
    assert_eq!(attributed(&memory, &[good]).problems, []);
}

#[test]
fn a_staged_file_that_history_has_is_one_place() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let below = tree(&mut memory, &[("100644", b"k", blob)]);
    let root = tree(&mut memory, &[("40000", b"d", below)]);
    let tip = commit(&mut memory, root, &[], "5");
    let (hits, index) = (memory.hits(), [(BString::from("d/k"), blob), (BString::from("d/k2"), blob)]);
    let found = run(&memory, &Request { index: &index, ..request(&[], Some(tip), &hits) });
    assert_eq!(paths(&found), [b"d/k".as_slice(), b"d/k2"]);
}

#[test]
fn paths_left_out_are_counted() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let root = tree(&mut memory, &[("100644", b"a", blob), ("100644", b"b", blob)]);
    let first = commit(&mut memory, root, &[], "5");
    let tip = commit(&mut memory, root, &[first], "5");
    let (hits, index) = (memory.hits(), [(BString::from("b2"), blob)]);
    let only_a = |path: &bstr::BStr| path == "a";
    let found = run(&memory, &Request { paths: &only_a, index: &index, ..request(&[tip], None, &hits) });
    assert_eq!((paths(&found), found.excluded, &found.totals[..]), (vec![b"a".as_slice()], 2, &[1][..]));
}

#[test]
fn an_early_end_still_tells_every_secret() {
    let mut memory = Memory::default();
    let blob = key(&mut memory, 0);
    let root = tree(&mut memory, &[("100644", b"a", blob)]);
    let tip = commit(&mut memory, root, &[], "5");
    let hits = memory.hits();
    let (commits, _) = collect_commits(&memory, &|| false);
    let found = attribute(&memory, commits, &request(&[tip], None, &hits), &|| true);
    assert!(found.stopped);
    assert_eq!(found.places.len(), 1);
}
