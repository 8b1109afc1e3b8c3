//! 50 keys at 5 issuers; the program is killed (SIGKILL) again and again: whenever the journal has grown by a line, when an action has
//! reached its issuer, when it has had its effect there and no answer came. The same command goes on each time. In the end each key was
//! ended once, as the issuers count.

use std::{
    fs,
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use libtest_mimic::Trial;

use crate::{
    issuer::{Asked, Reply},
    sandbox::Run,
    stage::{APPLY, Stage, outcomes},
    world::World,
};

const ISSUERS: [(&str, &str); 5] =
    [("acme", "self"), ("brot", "hash"), ("cork", "bulk"), ("dune", "self"), ("echo", "hash")];

/// When the program is killed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    JournalGrew,
    ActionArrived,
    EffectTaken,
}

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("killed_at_every_step_each_key_is_ended_exactly_once", || {
        killed();
        Ok(())
    })]
}

fn killed() {
    let world = World::new(Duration::from_millis(60), Duration::ZERO);
    let secrets: Vec<String> = ISSUERS
        .iter()
        .flat_map(|(issuer, kind)| (1..=10).map(|number| world.add(issuer, kind, number)).collect::<Vec<_>>())
        .collect();
    let stage = Stage::new(Arc::clone(&world), &ISSUERS.map(|(issuer, _)| issuer), secrets);
    let digest = stage.plan(&[]);
    let journal = stage.sandbox.path().join("../journal.jsonl");
    let lines = || fs::read_to_string(&journal).unwrap_or_default().matches('\n').count();
    let victim: Arc<Mutex<Option<Child>>> = Arc::default();
    let moment = Arc::new(Mutex::new(Moment::JournalGrew));
    {
        let (world, victim, moment) = (Arc::clone(&world), Arc::clone(&victim), Arc::clone(&moment));
        let plain = Arc::clone(&world);
        world.tamper(move |asked: &Asked, keys| {
            let moment = *moment.lock().unwrap();
            if asked.method == "GET" || moment == Moment::JournalGrew {
                return None;
            }
            if moment == Moment::EffectTaken {
                plain.plain(asked, keys);
            }
            kill(&victim);
            Some(Reply::Cut)
        });
    }
    let (mut kills, mut by_moment) = (0, [0; 3]);
    loop {
        let before = lines();
        let now = [Moment::JournalGrew, Moment::ActionArrived, Moment::JournalGrew, Moment::EffectTaken][kills % 4];
        *moment.lock().unwrap() = now;
        let mut command = stage.command(&[APPLY, &["--approve", &digest]].concat());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        *victim.lock().unwrap() = Some(child);
        // The first line of a run says that it began; each further one is a step.
        while now == Moment::JournalGrew && lines() < before + 2 && !is_over(&victim) {
            thread::sleep(Duration::from_micros(300));
        }
        if now == Moment::JournalGrew {
            kill(&victim);
        }
        while !is_over(&victim) {
            thread::sleep(Duration::from_millis(1));
        }
        let child = victim.lock().unwrap().take().unwrap();
        let status = { child }.wait().unwrap();
        if status.code().is_some() {
            break;
        }
        by_moment[now as usize] += 1;
        kills += 1;
        assert!(kills < 400, "no end: {} lines", lines());
    }
    *moment.lock().unwrap() = Moment::JournalGrew;
    let last = Run::of(stage.command(&[APPLY, &["--approve", &digest]].concat()).output().unwrap());
    let held = world.all();
    let (ended, again): (Vec<u32>, Vec<u32>) = held.iter().map(|held| (held.ended, held.again)).unzip();
    println!(
        "killed {kills} times ({} after a line, {} when an action arrived, {} after its effect): 50 keys, {} ended once, {} ended twice, {} alive; {} lines",
        by_moment[0],
        by_moment[1],
        by_moment[2],
        ended.iter().filter(|count| **count == 1).count(),
        again.iter().sum::<u32>() + ended.iter().filter(|count| **count > 1).sum::<u32>(),
        held.iter().filter(|held| held.lives()).count(),
        lines()
    );
    let wrong: Vec<_> = held.iter().filter(|held| (held.ended, held.again) != (1, 0)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{}", of_finding(&stage, &wrong));
    assert!(held.iter().all(|held| !held.lives()));
    assert_eq!((last.code, outcomes(&last).len()), (0, 50), "{last:?}");
    assert!(by_moment.iter().all(|count| *count > 0), "{by_moment:?}");
}

/// What the journal says of the keys of these issuers.
fn of_finding(stage: &Stage, wrong: &[&crate::world::Held]) -> String {
    let text = stage.sandbox.read("../journal.jsonl");
    text.lines()
        .filter(|line| wrong.iter().any(|held| line.contains(&format!("\"rule\":\"{}-", held.issuer))))
        .collect::<Vec<_>>()
        .join("\n")
}

fn kill(victim: &Mutex<Option<Child>>) {
    if let Some(child) = victim.lock().unwrap().as_mut() {
        // It may be over already.
        let _ = child.kill();
    }
}

fn is_over(victim: &Mutex<Option<Child>>) -> bool {
    victim.lock().unwrap().as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
}
