//! What an issuer may do wrong, and what must come of it. The table itself is in docs/revoke.md.

use std::{sync::Arc, time::Duration};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::{
    issuer::{Asked, Reply},
    stage::{Stage, outcomes},
    world::{Held, Keys, World},
};

/// A key of a kind leaks; something is wrong; this is what is said of it.
struct Trap {
    name: &'static str,
    kind: &'static str,
    keys: usize,
    /// Before the plan.
    before: fn(&Arc<World>, &[String]),
    /// Between plan and apply.
    between: fn(&Arc<World>, &[String]),
    plan: &'static [&'static str],
    /// Each line begins and goes on like one of these, in order; `plan: ` for what the plan itself says.
    said: &'static [&'static str],
    /// How often the leaked keys were ended, all together, and how often one that was ended already.
    ended: (u32, u32),
}

const NOTHING: fn(&Arc<World>, &[String]) = |_, _| {};
const TRAP: Trap =
    Trap { name: "", kind: "self", keys: 1, before: NOTHING, between: NOTHING, plan: &[], said: &[], ended: (0, 0) };

/// The request that acts.
fn acts(asked: &Asked) -> bool {
    asked.method != "GET"
}

const TRAPS: &[Trap] = &[
    Trap {
        name: "a_key_that_revokes_itself_is_seen_dead",
        said: &["revoked: seen live, then dead"],
        ended: (1, 0),
        ..TRAP
    },
    Trap {
        name: "keys_of_a_bulk_call_go_into_one_request",
        kind: "bulk",
        keys: 3,
        said: &["revoked: seen live", "revoked: seen live", "revoked: seen live"],
        ended: (3, 0),
        ..TRAP
    },
    Trap {
        name: "a_key_on_page_3_is_found_by_its_hash",
        kind: "hash",
        before: |world, _| {
            for number in 2..8 {
                world.add("acme", "hash", number);
            }
            // The leaked one comes last.
            world.change(&world.add("acme", "hash", 1), |held| held.id = "k9".into());
        },
        said: &["revoked: seen live, then dead"],
        ended: (1, 0),
        ..TRAP
    },
    Trap {
        name: "an_answer_that_leaves_the_key_out_is_refused",
        kind: "hash",
        before: |world, _| {
            world.tamper(|asked, _| {
                asked.path.starts_with("/keys").then(|| Reply::json(200, r#"{"keys": [], "next": null}"#))
            });
        },
        said: &["plan: refused: the issuer's list of 0 keys has none that is this one"],
        ..TRAP
    },
    Trap {
        name: "two_keys_with_the_same_last_4_are_refused",
        kind: "hint",
        before: |world, secrets| {
            let end = secrets[0][secrets[0].len() - 4..].to_owned();
            world.add_ending("acme", "hint", 7, &end);
        },
        said: &["plan: refused: 2 keys in the issuer's list may be this one"],
        ..TRAP
    },
    Trap {
        name: "one_candidate_that_was_it_is_revoked",
        kind: "hint",
        said: &["revoked: seen live, then dead"],
        ended: (1, 0),
        ..TRAP
    },
    Trap {
        name: "one_candidate_that_was_another_key_is_enabled_again",
        kind: "hint",
        before: |world, secrets| {
            let (end, leaked) = (secrets[0][secrets[0].len() - 4..].to_owned(), secrets[0].clone());
            let other = world.add_ending("acme", "hint", 7, &end);
            // The list knows the other one only.
            world.tamper(move |asked, keys| {
                let listed = asked.path.starts_with("/keys") && asked.method == "GET";
                listed.then(|| {
                    assert_ne!(leaked, other);
                    let item = crate::world::item(&other, &keys[&other]);
                    Reply::json(200, &serde_json::json!({"keys": [item], "next": null}).to_string())
                })
            });
        },
        said: &[
            "failed: wrong key suspected: the leaked key lives on after key_id k7, called deploy was taken; that was taken back at once",
        ],
        ..TRAP
    },
    Trap {
        name: "a_hint_and_no_way_back_is_left_to_a_person",
        kind: "final",
        said: &["plan: manual: a hint is all that tells it from other keys, and it could not be undone"],
        ..TRAP
    },
    Trap {
        name: "a_list_that_breaks_off_is_refused",
        kind: "hash",
        before: |world, _| {
            for number in 2..8 {
                world.add("acme", "hash", number);
            }
            world.tamper(|asked, _| asked.path.contains("after=").then(|| Reply::json(404, r#"{"error": "gone"}"#)));
        },
        said: &["plan: refused: odd answer of api.acme.example to a lookup (404)"],
        ..TRAP
    },
    Trap {
        name: "a_list_that_goes_on_for_ever_is_refused",
        kind: "hash",
        before: |world, _| {
            world.tamper(|asked, _| {
                asked.path.starts_with("/keys").then(|| Reply::json(200, r#"{"keys": [], "next": "k1"}"#))
            });
        },
        said: &["plan: refused: a list without an end"],
        ..TRAP
    },
    Trap {
        name: "a_redirect_is_not_followed",
        between: |world, _| {
            world.tamper(|asked, _| {
                acts(asked).then(|| {
                    Reply::Answer(302, vec![("Location".into(), "https://yes.example/".into())], String::new())
                })
            });
        },
        said: &["failed: odd answer of api.acme.example (302): it does not say yes"],
        ..TRAP
    },
    Trap {
        name: "a_202_after_which_the_key_lives_on_is_accepted_only",
        kind: "bulk",
        between: |world, _| world.tamper(|asked, _| acts(asked).then(|| Reply::json(202, "{}"))),
        said: &["accepted: api.acme.example said yes (202), and the key still lives"],
        ..TRAP
    },
    Trap {
        name: "a_200_with_an_error_is_no_yes",
        kind: "hash",
        between: |world, _| {
            world.tamper(|asked, _| acts(asked).then(|| Reply::json(200, r#"{"disabled": false, "error": "no"}"#)))
        },
        said: &["failed: odd answer of api.acme.example (200): it does not say yes"],
        ..TRAP
    },
    Trap {
        name: "a_404_is_not_dead",
        kind: "hash",
        between: |world, _| {
            world.tamper(|asked, _| acts(asked).then(|| Reply::json(404, r#"{"error": "no such key"}"#)))
        },
        said: &["failed: odd answer of api.acme.example (404)"],
        ..TRAP
    },
    Trap {
        name: "what_is_dead_already_is_not_asked_for_again",
        between: |world, secrets| world.change(&secrets[0], |held| held.dies = Some(std::time::Instant::now())),
        said: &["refused: dead already: api.acme.example calls it revoked"],
        ..TRAP
    },
    Trap {
        name: "a_rate_limit_in_the_middle_is_waited_for",
        between: |world, _| {
            let asked_once = std::sync::atomic::AtomicBool::new(false);
            world.tamper(move |asked, _| {
                let first = acts(asked) && !asked_once.swap(true, std::sync::atomic::Ordering::SeqCst);
                first.then(|| Reply::Answer(429, vec![("Retry-After".into(), "1".into())], "{}".into()))
            });
        },
        said: &["revoked: seen live, then dead"],
        ended: (1, 0),
        ..TRAP
    },
    Trap {
        name: "a_rate_limit_for_long_ends_the_work_at_this_issuer",
        keys: 2,
        between: |world, _| {
            world.tamper(|asked, _| {
                acts(asked).then(|| Reply::Answer(429, vec![("Retry-After".into(), "3600".into())], "{}".into()))
            });
        },
        said: &[
            "failed: odd answer of api.acme.example (429)",
            "planned: not tried: odd answer of api.acme.example (429)",
        ],
        ..TRAP
    },
    Trap {
        name: "a_5xx_after_the_effect_is_seen_through",
        between: |world, _| {
            world.tamper(|asked, keys| {
                acts(asked).then(|| {
                    end(asked, keys);
                    Reply::json(503, "{}")
                })
            });
        },
        said: &["revoked: seen live, then dead"],
        ended: (1, 0),
        ..TRAP
    },
    Trap {
        name: "a_5xx_without_the_effect_is_unknown_and_ends_the_work_at_this_issuer",
        keys: 3,
        between: |world, _| world.tamper(|asked, _| acts(asked).then(|| Reply::json(503, "{}"))),
        said: &[
            "unknown: api.acme.example is out of order (503)",
            "planned: not tried: api.acme.example is out of order (503)",
            "planned: not tried: api.acme.example is out of order (503)",
        ],
        ..TRAP
    },
    Trap {
        name: "a_connection_that_breaks_after_the_effect_is_seen_through",
        between: |world, _| {
            world.tamper(|asked, keys| {
                acts(asked).then(|| {
                    end(asked, keys);
                    Reply::Cut
                })
            });
        },
        said: &["revoked: seen live, then dead"],
        ended: (1, 0),
        ..TRAP
    },
    Trap {
        name: "another_holder_than_in_the_plan_is_refused",
        between: |world, secrets| world.change(&secrets[0], |held| held.holder = Some("eve".into())),
        said: &["refused: its holder is another one than in the plan"],
        ..TRAP
    },
    Trap {
        name: "a_key_that_may_not_end_itself_does_not_stop_the_others",
        keys: 2,
        between: |world, secrets| {
            let first = secrets[0].clone();
            world.tamper(move |asked, _| {
                (acts(asked) && asked.header("authorization").contains(&first))
                    .then(|| Reply::json(403, r#"{"error": "scope"}"#))
            });
        },
        said: &["refused: api.acme.example does not allow it (403)", "revoked: seen live, then dead"],
        ended: (1, 0),
        ..TRAP
    },
    Trap {
        name: "a_credential_without_the_permission_is_told_before_anything_is_sent",
        kind: "hash",
        between: |world, _| {
            world
                .tamper(|asked, _| (asked.path == "/scopes").then(|| Reply::json(200, r#"{"scopes": ["keys:read"]}"#)));
        },
        said: &["refused: the credential is not shown to have keys:write (200)"],
        ..TRAP
    },
    Trap {
        name: "a_list_that_names_another_key_than_in_the_plan_is_refused",
        kind: "hash",
        between: |world, secrets| world.change(&secrets[0], |held| held.id = "k5".into()),
        said: &["refused: the issuer names another key than in the plan"],
        ..TRAP
    },
    Trap {
        name: "a_key_that_came_back_into_use_is_left_alone",
        before: |world, secrets| world.change(&secrets[0], |held| held.last_used = Some("2020-01-01".into())),
        between: |world, secrets| world.change(&secrets[0], |held| held.last_used = Some("2100-01-01".into())),
        plan: &["--unused-since", "30d"],
        said: &["refused: still in use: last used 2100-01-01"],
        ..TRAP
    },
    Trap {
        name: "a_key_whose_last_use_is_not_told_is_left_alone",
        plan: &["--unused-since", "30d"],
        said: &["plan: refused: its issuer does not tell when it was last used"],
        ..TRAP
    },
    Trap {
        name: "a_strangers_key_is_never_touched",
        plan: &["--owned", "Acme Ltd"],
        said: &["plan: refused: not ours: it belongs to a-1"],
        ..TRAP
    },
    Trap {
        name: "a_key_of_an_unknown_holder_is_refused",
        before: |world, secrets| world.change(&secrets[0], |held| (held.holder, held.account) = (None, None)),
        said: &["plan: refused: its issuer does not tell whose it is"],
        ..TRAP
    },
    Trap {
        name: "a_key_of_an_unknown_holder_is_revoked_where_that_is_wanted",
        before: |world, secrets| world.change(&secrets[0], |held| (held.holder, held.account) = (None, None)),
        plan: &["--include-unknown-holder"],
        said: &["revoked: seen live, then dead"],
        ended: (1, 0),
        ..TRAP
    },
    Trap {
        name: "a_canary_is_not_touched",
        plan: &["--canary", "a-1"],
        said: &["plan: refused: a canary of yours"],
        ..TRAP
    },
    Trap {
        name: "a_key_without_a_call_is_left_to_a_person",
        kind: "none",
        said: &["plan: manual: no call is known that would do it"],
        ..TRAP
    },
];

/// Ends the key that asks.
fn end(asked: &Asked, keys: &mut Keys) {
    let secret = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
    if let Some(held) = keys.get_mut(secret) {
        held.ended += 1;
        held.dies = Some(std::time::Instant::now());
    }
}

pub fn trials() -> Vec<Trial> {
    TRAPS.iter().map(|trap| Trial::test(trap.name, move || sprung(trap))).collect()
}

/// The traps by their names, with what is said of the first key.
pub fn table() -> Vec<(&'static str, &'static str)> {
    let outcome = |said: &'static str| said.trim_start_matches("plan: ").split(':').next().unwrap();
    TRAPS.iter().map(|trap| (trap.name, outcome(trap.said[0]))).collect()
}

fn sprung(trap: &Trap) -> Result<(), Failed> {
    let world = World::new(Duration::from_millis(100), Duration::ZERO);
    let secrets: Vec<String> = (1..=trap.keys).map(|number| world.add("acme", trap.kind, number)).collect();
    let stage = Stage::new(Arc::clone(&world), &["acme"], secrets.clone());
    (trap.before)(&world, &secrets);
    let digest = stage.plan(trap.plan);
    let plan: Value = serde_json::from_str(&stage.sandbox.read("../plan.json"))?;
    let entries = plan["plan"]["entries"].as_array().unwrap();
    let not_planned = entries.iter().filter(|entry| entry["outcome"] != "planned");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut said: Vec<String> =
        not_planned.map(|entry| format!("plan: {}: {}", text(&entry["outcome"]), text(&entry["why"]))).collect();
    stage.issuer.take_asked();
    (trap.between)(&world, &secrets);
    let policy: Vec<&str> =
        trap.plan.iter().copied().skip_while(|flag| !["--owned", "--canary"].contains(flag)).collect();
    let run = stage.apply(&digest, &policy);
    said.extend(outcomes(&run));
    said.sort();
    let mut expected: Vec<&str> = trap.said.to_vec();
    expected.sort_unstable();
    let fits =
        said.len() == expected.len() && said.iter().zip(&expected).all(|(said, expected)| said.starts_with(expected));
    if !fits {
        return Err(format!("{said:#?}\nexpected {expected:#?}\n{run:?}").into());
    }
    let leaked: Vec<Held> = secrets.iter().map(|secret| world.held(secret)).collect();
    let ended = leaked.iter().fold((0, 0), |sum, held| (sum.0 + held.ended, sum.1 + held.again));
    if ended != trap.ended {
        return Err(format!("ended {ended:?}, not {:?}\n{run:?}", trap.ended).into());
    }
    let all_revoked = said.iter().all(|said| said.starts_with("revoked"));
    let nothing = said.iter().all(|said| said.starts_with("plan"));
    assert_eq!(run.code, if all_revoked || nothing { 0 } else { 1 }, "{run:?}");
    // Other people's keys live, whatever happened on the way.
    let others = world.all();
    let others = others.iter().filter(|held| !leaked.iter().any(|own| own.id == held.id));
    for held in others {
        if !held.lives() || held.ended > held.enabled {
            return Err(format!("another key was ended: {held:?}").into());
        }
    }
    let asked = stage.issuer.take_asked();
    if let Some(asked) = asked.iter().find(|asked| asked.host != "api.acme.example") {
        return Err(format!("a host that no rule names was asked: {asked:?}").into());
    }
    if trap.kind == "bulk" {
        assert_eq!(asked.iter().filter(|asked| acts(asked)).count(), 1);
    }
    Ok(())
}
