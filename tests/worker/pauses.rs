//! Who is paused, when, and what ends it.

use super::{
    deliveries::{apart, at, brought, served, state, statuses},
    subscribers::{said, subscribed},
    *,
};

#[test]
fn who_took_anything_since_an_event_was_queued_is_not_paused_for_it() {
    let mut rig = subscribed(json!({ "retries": [10, 10] }));
    rig.provide(|request| Some((10, said(if json_of(request)["message"]["id"] == "apart-0" { 500 } else { 200 }))));
    rig.report(&apart(0));
    rig.pass(5 * SECOND);
    assert_eq!(state(&mut rig, "crm"), "failing");
    rig.report(&apart(1));
    rig.pass(SECOND);
    assert_eq!(state(&mut rig, "crm"), "up", "it took another");
    rig.pass(MINUTE);
    assert_eq!(
        (statuses(&mut rig, "crm"), state(&mut rig, "crm")),
        (vec!["failed".to_owned(), "delivered".to_owned()], "failing".to_owned())
    );
    assert_eq!(rig.events().len(), 2, "nobody went down");
    // Now nothing was taken since this one was queued.
    rig.provide(|_| Some((10, said(503))));
    rig.report(&apart(2));
    rig.pass(MINUTE);
    assert_eq!(state(&mut rig, "crm"), "paused");
}

#[test]
fn what_was_taken_before_an_event_was_queued_does_not_count() {
    let mut rig = subscribed(json!({ "retries": [1] }));
    rig.report(&apart(0));
    rig.land(said(200));
    rig.pass(SECOND);
    rig.provide(|_| Some((10, said(503))));
    rig.report(&apart(1));
    rig.pass(MINUTE);
    assert_eq!(state(&mut rig, "crm"), "paused");
}

#[test]
fn a_state_is_up_failing_or_paused_and_tells_what_waits() {
    let mut rig = subscribed(json!({ "events": ["message.*"], "retries": [5, 5] }));
    let told = |rig: &mut Rig| {
        let told = rig.subscriber();
        (
            told["state"].as_str().unwrap().to_owned(),
            told["pending"].as_i64().unwrap(),
            told["failed"].as_i64().unwrap(),
        )
    };
    assert_eq!(told(&mut rig), ("up".to_owned(), 0, 0));
    let first = rig.subscriber();
    assert_eq!(
        (&first["origin"], &first["events"], &first["connections"], &first["paused_at"]),
        (&json!("https://crm.example"), &json!(["message.*"]), &Value::Null, &Value::Null)
    );
    rig.report(&apart(0));
    assert_eq!(told(&mut rig), ("up".to_owned(), 1, 0));
    rig.land(said(500));
    assert_eq!(told(&mut rig), ("failing".to_owned(), 1, 0));
    rig.provide(|_| Some((10, said(500))));
    rig.pass(MINUTE);
    assert_eq!(told(&mut rig), ("paused".to_owned(), 0, 1));
    rig.report(&apart(1));
    rig.restart();
    assert_eq!(told(&mut rig), ("paused".to_owned(), 1, 1));
    assert!(rig.subscriber()["paused_at"].is_string());
}

#[test]
fn that_one_is_down_and_up_again_is_told_to_the_others() {
    let mut rig = served(json!({
        "crm": at("crm", json!({ "retries": [1], "events": ["message.*"] })),
        "pager": at("pager", json!({ "events": ["subscriber.*"] })),
        "deaf": at("deaf", json!({ "connections": ["ops"], "events": ["subscriber.*"] })),
    }));
    rig.provide(|request| Some((10, said(if request.url.contains("crm") { 500 } else { 200 }))));
    rig.report(&apart(0));
    rig.pass(MINUTE);
    rig.provide(|_| Some((10, said(200))));
    let replayed = rig.replay(&json!({ "since": "2026-11-01T00:00:00Z" }));
    assert_eq!(replayed.json["deliveries"], 1);
    rig.pass(MINUTE);
    let told: Vec<_> =
        rig.log.iter().filter(|flight| flight.request.url.contains("pager")).map(|flight| flight.json()).collect();
    let told: Vec<_> =
        told.iter().map(|event| (event["type"].as_str().unwrap(), event["subscriber"].as_str().unwrap())).collect();
    assert_eq!(told, [("subscriber.down", "crm"), ("subscriber.up", "crm")]);
    assert_eq!(
        (brought(&rig, "deaf"), state(&mut rig, "crm")),
        (0, "up".to_owned()),
        "no connection's own is no event of `ops`"
    );
}

#[test]
fn two_who_tell_each_other_come_to_an_end() {
    let mut rig =
        served(json!({ "crm": at("crm", json!({ "retries": [1] })), "bot": at("bot", json!({ "retries": [2] })) }));
    rig.provide(|_| Some((10, said(500))));
    rig.report(&apart(0));
    rig.pass(10 * DAY);
    assert_eq!((state(&mut rig, "crm"), state(&mut rig, "bot")), ("paused".to_owned(), "paused".to_owned()));
    assert!(rig.log.len() < 10 && rig.events().len() == 3, "{} requests", rig.log.len());
    let rung = rig.alarms;
    rig.pass(10 * DAY);
    assert_eq!(rig.alarms, rung, "nothing rings for who is paused");
}

#[test]
fn what_is_kept_for_who_is_paused_is_forgotten_in_its_time() {
    let mut rig = subscribed(json!({ "events": ["message.*"] }));
    rig.report(&apart(0));
    rig.land(said(410));
    rig.pass(29 * DAY);
    assert_eq!(statuses(&mut rig, "crm"), ["pending"]);
    rig.pass(2 * DAY);
    assert_eq!((statuses(&mut rig, "crm").len(), rig.next()), (0, None));
}
