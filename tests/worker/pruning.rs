//! What is over is forgotten in its time, so that the storage stays bounded.

use super::*;

fn rows(rig: &Rig, table: &str) -> i64 {
    rig.db.number(&format!("SELECT COUNT(*) FROM {table}"))
}

fn texts(rig: &Rig, kind: &str) -> i64 {
    rig.db.number(&format!("SELECT COUNT(*) FROM text WHERE kind = '{kind}'"))
}

#[test]
fn what_is_over_is_kept_for_as_long_as_the_configuration_says() {
    for (days, retention) in [(json!(1), DAY), (json!(7), 7 * DAY), (Value::Null, 30 * DAY)] {
        let mut rig = Rig::with(|config| config["retention_days"] = days);
        let id = rig.accept(&hello(json!({})));
        rig.land(refused());
        rig.land(refused());
        rig.pass(retention - 1);
        assert_eq!(rig.status(&id), "failed");
        rig.pass(1);
        assert_eq!(rig.get(&format!("/v1/messages/{id}")).problem(), (404, "not_found", vec![]));
        assert_eq!(rig.get("/v1/messages").items().len(), 0);
        assert_eq!(["message", "submission", "text", "idempotency"].map(|table| rows(&rig, table)), [0; 4]);
        assert_eq!(rig.next(), None, "there is nothing to come back for");
    }
}

#[test]
fn what_is_not_over_is_kept() {
    let mut rig = Rig::with(|config| config["retention_days"] = json!(1));
    rig.serve(|_| answer(200, json!({ "data": {} })));
    let later = rig.accept(&hello(json!({ "via": "ops", "send_at": "2026-11-15T00:00:00Z" })));
    let batch = rig.accept_batch(&hello(json!({ "to": [{ "group": "495" }, { "group": "496" }], "via": "ops" })));
    rig.pass(2 * DAY);
    assert_eq!((rig.status(&later), rows(&rig, "message")), ("scheduled".to_owned(), 1), "and those behind it are not");
    assert_eq!(rig.get(&format!("/v1/messages/{}", batch[0])).status, 404);
    rig.pass(8 * DAY);
    assert_eq!(rig.status(&later), "accepted");
    rig.pass(DAY + HOUR);
    assert_eq!((rows(&rig, "message"), rows(&rig, "submission")), (0, 0));
}

#[test]
fn what_changes_late_is_kept_from_then_on() {
    let mut rig = Rig::with(|config| config["retention_days"] = json!(1));
    let id = rig.accept(&hello(json!({})));
    rig.land(Err(Failure::Lost));
    rig.pass(20 * HOUR);
    rig.resolve(&id, "sent");
    rig.pass(23 * HOUR);
    assert_eq!(rig.status(&id), "sent");
    rig.pass(2 * HOUR);
    assert_eq!(rows(&rig, "message"), 0);
}

#[test]
fn many_are_forgotten_and_nothing_rings_for_nothing() {
    let mut rig = Rig::with(|config| config["retention_days"] = json!(1));
    for at in 0..120 {
        rig.now.0 += 1_000;
        rig.accept(&hello(
            json!({ "to": { "phone": format!("+12025550{at:03}") }, "send_at": "2026-11-06T00:00:00Z" }),
        ));
    }
    rig.serve(|_| answer(200, json!({ "data": {} })));
    rig.pass(2 * DAY);
    assert_eq!(rows(&rig, "message"), 0);
    let rung = rig.alarms;
    rig.pass(100 * DAY);
    assert_eq!(rig.alarms, rung);
}

#[test]
fn each_key_and_its_answer_are_forgotten_after_24_hours() {
    let mut rig = Rig::new();
    rig.serve(|_| answer(200, json!({ "data": {} })));
    for at in 0..3 {
        rig.post_keyed(&format!("k-{at}"), &hello(json!({})));
        rig.pass(HOUR);
    }
    rig.pass(21 * HOUR - 1);
    for left in [2, 1, 0] {
        rig.pass(1);
        assert_eq!([rows(&rig, "idempotency"), texts(&rig, "answer")], [left; 2]);
        rig.pass(HOUR - 1);
    }
    assert_eq!(rows(&rig, "message"), 3);
}

#[test]
fn a_key_that_is_used_again_after_24_hours_leaves_no_answer_behind() {
    let mut rig = Rig::new();
    rig.post_keyed("k", &hello(json!({})));
    // Before any alarm rings.
    rig.now.0 += DAY;
    rig.post_keyed("k", &hello(json!({})));
    assert_eq!(texts(&rig, "answer"), 1);
}

#[test]
fn what_a_message_says_is_forgotten_once_it_cannot_be_sent_any_more() {
    for (end, settled) in [("sent", true), ("failed", true), ("resend", false)] {
        let mut rig = Rig::new();
        let id = rig.accept(&hello(json!({})));
        rig.land(slow_down(None));
        assert_eq!(texts(&rig, "content"), 1);
        rig.land(Err(Failure::Lost));
        assert_eq!(texts(&rig, "content"), 1, "it may be sent again");
        rig.resolve(&id, end);
        assert_eq!(texts(&rig, "content"), i64::from(!settled), "{end}");
        if !settled {
            rig.land(taken());
            assert_eq!(texts(&rig, "content"), 0);
        }
    }
}

#[test]
fn what_a_batch_says_is_kept_until_the_last_of_it_is_sent() {
    let mut rig = Rig::new();
    let ids = rig.accept_batch(&hello(
        json!({ "to": [{ "group": "495" }, { "group": "496" }, { "group": "497" }], "via": "ops" }),
    ));
    rig.land(taken());
    rig.land(refused());
    assert_eq!(texts(&rig, "content"), 1);
    rig.land(Err(Failure::Lost));
    assert_eq!(texts(&rig, "content"), 1);
    rig.resolve(&ids[2], "failed");
    assert_eq!(texts(&rig, "content"), 0);
}

#[test]
fn what_is_called_back_or_expires_is_forgotten_too() {
    let mut rig = Rig::new();
    let cancelled = rig.accept(&hello(json!({ "send_at": "2026-11-06T00:00:00Z" })));
    rig.accept(&hello(json!({ "via": "ops", "expires_in": 60 })));
    rig.land(slow_down(Some(600)));
    rig.cancel(&cancelled);
    assert_eq!(texts(&rig, "content"), 1);
    rig.pass(MINUTE);
    assert_eq!(texts(&rig, "content"), 0);
}

#[test]
fn a_storage_that_is_full_takes_nothing_more_and_still_sends() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({})));
    rig.db.size.set(Some(9_500_000_000));
    let full = rig.post(&hello(json!({})));
    assert_eq!((full.problem(), full.header("retry-after")), ((503, "unavailable", vec![]), Some("60")));
    rig.land(taken());
    assert_eq!((rig.status(&id), rows(&rig, "message")), ("queued".to_owned(), 1));
}
