//! What was certainly not sent is tried again, in its time.

use super::*;

/// How long each connection rests, in milliseconds.
const RESTS: [i64; 6] = [2 * SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR];

fn hosts(rig: &Rig) -> Vec<&str> {
    rig.sends().map(|send| send.request.url.split('/').nth(2).unwrap()).collect()
}

#[test]
fn what_time_may_heal_is_tried_seven_times_ever_more_seldom() {
    // The least and the most of chance.
    for (chance, percent) in [(0, 0), (u128::MAX, 20)] {
        let mut rig = Rig::new();
        let id = rig.accept(&hello(json!({ "via": "ops" })));
        rig.db.chance.set(Some(chance));
        for rest in RESTS {
            rig.land(slow_down(None));
            assert_eq!(rig.status(&id), "queued");
            assert_eq!(rig.until_fetch(), rest + rest * percent / 100);
        }
        rig.land(slow_down(None));
        assert_eq!(rig.message(&id).outcomes(), ("failed", vec!["rejected"; 7]));
        rig.pass(2 * DAY);
        assert_eq!(rig.log.len(), 7);
    }
}

#[test]
fn chance_spreads_those_that_failed_together() {
    let mut rig = Rig::new();
    for at in 0..3 {
        rig.accept(&hello(json!({ "to": { "phone": format!("+1202555010{at}") }, "via": "ops" })));
    }
    (0..3).for_each(|_| rig.land(slow_down(None)));
    (0..3).for_each(|_| assert!(rig.until_fetch() < 2_400));
    let again: BTreeSet<_> = rig.log[3..].iter().map(|send| send.begun.0 - rig.log[0].begun.0).collect();
    assert_eq!(again.len(), 3);
    assert!(again.iter().all(|wait| (2_000..=2_400).contains(wait)), "{again:?}");
}

#[test]
fn a_provider_that_asks_to_be_left_alone_is() {
    for (asked, wait) in [(1, 2_000), (2, 2_000), (3, 3_000), (7200, 7_200_000), (100_000, DAY)] {
        let mut rig = Rig::new();
        let id = rig.accept(&hello(json!({ "via": "ops" })));
        rig.db.chance.set(Some(0));
        rig.land(slow_down(Some(asked)));
        assert_eq!(rig.until_fetch(), wait, "{asked} s");
        rig.land(taken());
        assert_eq!(rig.message(&id).outcomes(), ("queued", vec!["rejected", "accepted"]));
        assert_eq!(rig.message(&id).json["error"], Value::Null);
    }
}

#[test]
fn both_who_cannot_be_reached_and_who_is_offline_are_tried_again() {
    let offline = || answer(400, json!({ "message": "Device not connected" }));
    for transient in [Err(Failure::Unreachable), offline()] {
        let mut rig = Rig::new();
        rig.accept(&hello(json!({ "via": "ops" })));
        rig.land(transient);
        assert!((2_000..=2_400).contains(&rig.until_fetch()));
    }
}

#[test]
fn the_next_connection_is_tried_at_once_and_the_first_again_when_it_has_rested() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": ["ops", "backup", "wa"] })));
    rig.db.chance.set(Some(0));
    rig.land(slow_down(Some(10)));
    rig.land(slow_down(Some(3)));
    rig.land(slow_down(Some(6)));
    assert_eq!(rig.until_fetch(), 3_000, "who is ready first");
    rig.land(slow_down(Some(600)));
    assert_eq!(rig.until_fetch(), 3_000);
    rig.pass(10_000);
    rig.land(slow_down(Some(600)));
    rig.land(taken());
    let (a, b, c) = ("api.whatspie.com", "api.a1base.com", "api.wachat-api.com");
    assert_eq!(hosts(&rig), [a, b, c, b, c, a]);
    assert_eq!(rig.message(&id).outcomes().0, "queued");
    assert_eq!(rig.message(&id).json["connection"], "ops");
}

#[test]
fn of_two_that_are_ready_the_first_of_the_route_is_tried() {
    let mut rig = Rig::new();
    rig.accept(&hello(json!({ "via": ["ops", "backup"] })));
    rig.db.chance.set(Some(0));
    rig.land(slow_down(None));
    rig.land(slow_down(None));
    assert_eq!(rig.until_fetch(), 2_000);
    rig.pass(20_000);
    rig.land(slow_down(None));
    // A second try at the second would have come before the second at the first, had it not been its turn.
    rig.land(slow_down(None));
    assert_eq!(hosts(&rig), ["api.whatspie.com", "api.a1base.com"].repeat(2));
}

#[test]
fn what_time_does_not_heal_closes_that_connection_and_no_other() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({})));
    rig.land(refused());
    for _ in 0..6 {
        rig.land(slow_down(None));
        rig.until_fetch();
    }
    rig.land(slow_down(None));
    assert_eq!(rig.message(&id).outcomes(), ("failed", vec!["rejected"; 8]));
    assert_eq!((hosts(&rig)[0], &hosts(&rig)[1..]), ("api.whatspie.com", ["api.a1base.com"; 7].as_slice()));
}

#[test]
fn what_may_be_out_is_tried_again_only_where_the_message_asks_for_it() {
    let mut rig = Rig::new();
    rig.accept(&hello(json!({ "via": "ops", "on_ambiguous": "resend" })));
    rig.db.chance.set(Some(0));
    for rest in RESTS {
        rig.land(Err(Failure::Lost));
        assert_eq!(rig.until_fetch(), rest);
    }
    rig.land(refused());
    let id = rig.get("/v1/messages").items()[0]["id"].as_str().unwrap().to_owned();
    let attempts = [vec!["ambiguous"; 6], vec!["rejected"]].concat();
    assert_eq!(rig.message(&id).outcomes(), ("unknown", attempts));
}

#[test]
fn an_answer_that_does_not_come_in_time_is_ambiguous() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({})));
    rig.pass(24_999);
    assert_eq!(rig.status(&id), "sending");
    rig.pass(1);
    let message = rig.message(&id);
    assert_eq!((message.outcomes(), &message.json["error"]["kind"]), (("unknown", vec!["ambiguous"]), &json!("lost")));
}

#[test]
fn an_outcome_that_comes_too_late_decides_nothing() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops", "on_ambiguous": "resend" })));
    let first = rig.flights[0].errand;
    rig.land(Err(Failure::Timeout));
    rig.until_fetch();
    for late in [taken(), refused(), Err(Failure::Lost)] {
        rig.step(|outbox| outbox.came(first, late.clone())).unwrap();
        assert_eq!(rig.message(&id).outcomes(), ("sending", vec!["ambiguous"]));
    }
    let second = rig.flights[0].errand;
    rig.land(taken());
    for late in [first, second] {
        rig.step(|outbox| outbox.came(late, refused())).unwrap();
        assert_eq!(rig.message(&id).outcomes(), ("queued", vec!["ambiguous", "accepted"]));
    }
}
