//! How fast a number sends, whichever connections share it.

use super::*;

/// A message to a person of its own: it waits for its number only.
fn to(at: usize, via: &str) -> Value {
    json!({ "to": { "phone": format!("+12025550{at:03}") }, "text": "Hello", "via": via })
}

fn paced(pace: Value) -> Rig {
    let mut rig = Rig::with(|config| config["connections"]["ops"]["pace"] = pace);
    rig.serve(|_| answer(200, json!({ "data": {} })));
    rig
}

/// When the sends were begun, in milliseconds since the first.
fn times(rig: &Rig) -> Vec<i64> {
    let first = rig.log[0].begun.0;
    rig.sends().map(|send| send.begun.0 - first).collect()
}

#[test]
fn a_number_sends_a_burst_and_then_so_many_a_minute() {
    for (pace, want) in [
        (json!({ "per_minute": 30 }), [0, 2000, 4000, 6000, 8000]),
        (json!({ "per_minute": 30, "burst": 3 }), [0, 0, 0, 2000, 4000]),
        (json!({ "min_gap_ms": 700 }), [0, 700, 1400, 2100, 2800]),
        (json!({ "per_minute": 30, "burst": 3, "min_gap_ms": 700 }), [0, 700, 1400, 2100, 4000]),
        (json!({ "burst": 1 }), [0; 5]),
        (json!({}), [0; 5]),
    ] {
        let mut rig = paced(pace.clone());
        for at in 0..5 {
            rig.accept(&to(at, "ops"));
        }
        rig.pass(MINUTE);
        assert_eq!(times(&rig), want, "{pace}");
    }
}

#[test]
fn chance_makes_a_gap_longer_by_its_jitter_at_most() {
    for (chance, gap) in [(0, 1000), (u128::MAX, 1500)] {
        let mut rig = paced(json!({ "min_gap_ms": 1000, "jitter_ms": 500 }));
        (0..4).for_each(|at| {
            drop(rig.accept(
                &json!({ "to": to(at, "ops")["to"], "text": "Hello", "via": "ops", "send_at": "2026-11-05T09:00:00Z" }),
            ))
        });
        rig.db.chance.set(Some(chance));
        rig.pass(HOUR);
        assert_eq!(times(&rig), [0, gap, 2 * gap, 3 * gap]);
    }
}

#[test]
fn two_connections_with_one_number_keep_the_stricter_of_both_paces_together() {
    let mut rig = Rig::with(|config| {
        config["connections"]["ops"]["pace"] = json!({ "per_minute": 12, "burst": 2 });
        config["connections"]["wa"]["number"] = "+62 817 7652 1626".into();
        config["connections"]["wa"]["pace"] = json!({ "per_minute": 60, "burst": 5, "min_gap_ms": 900 });
    });
    rig.serve(|_| answer(200, json!({ "data": {} })));
    for at in 0..8 {
        rig.accept(&to(at, if at % 3 == 0 { "wa" } else { "ops" }));
    }
    rig.pass(MINUTE);
    assert_eq!(times(&rig), [0, 900, 5000, 10_000, 15_000, 20_000, 25_000, 30_000]);
    let hosts: BTreeSet<_> = rig.log.iter().map(|send| send.request.url.split('/').nth(2).unwrap()).collect();
    assert_eq!(hosts.len(), 2);
}

#[test]
fn one_number_does_not_wait_for_another() {
    let mut rig = paced(json!({ "per_minute": 1 }));
    for at in 0..3 {
        rig.accept(&to(at, "ops"));
        rig.accept(&to(at + 10, "backup"));
    }
    let by = |rig: &Rig, host| rig.log.iter().filter(|send| send.request.url.contains(host)).count();
    assert_eq!((by(&rig, "whatspie"), by(&rig, "a1base")), (1, 3));
}

#[test]
fn a_retry_is_a_send_and_a_question_is_none() {
    let mut rig = paced(json!({ "min_gap_ms": 60_000 }));
    rig.provide(|_| None);
    rig.accept(&to(0, "ops"));
    rig.land(slow_down(None));
    assert_eq!(rig.until_fetch(), 60_000);
    rig.land(taken());
    rig.accept(&to(1, "ops"));
    assert_eq!(rig.until_fetch(), 5_000, "it is asked how far the first is");
    rig.land(answer(200, json!({ "data": { "id": 7, "status": "READ" } })));
    assert_eq!(rig.until_fetch(), 55_000);
}

#[test]
fn a_pace_holds_from_one_life_to_the_next() {
    let mut rig = paced(json!({ "per_minute": 6, "burst": 2 }));
    for at in 0..4 {
        rig.accept(&to(at, "ops"));
        rig.restart();
    }
    rig.pass(MINUTE);
    assert_eq!(times(&rig), [0, 0, 10_000, 20_000]);
}

#[test]
fn what_was_not_sent_is_not_spent() {
    let mut rig = Rig::with(|config| {
        config["connections"]["ops"]["pace"] = json!({ "min_gap_ms": 60_000 });
        config["groups"]["own-only"] = json!({ "own": "120363025246125016@g.us" });
    });
    rig.accept(&hello(json!({ "to": { "group": "own-only" }, "via": ["own", "ops"] })));
    rig.land(refused());
    assert_eq!(rig.get("/v1/messages?status=failed").items()[0]["attempts"][1]["connection"], "ops");
    rig.accept(&to(0, "ops"));
    assert_eq!(rig.flights.len(), 1);
}
