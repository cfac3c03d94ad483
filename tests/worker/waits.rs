//! `Prefer: wait=N`.

use super::*;

#[test]
fn who_waits_hears_the_first_outcome_as_soon_as_it_is_known() {
    for (outcome, status) in [
        (taken(), "queued"),
        (answer(200, json!({ "data": { "id": 7, "status": "DELIVERED" } })), "delivered"),
        (refused(), "failed"),
        (Err(Failure::Lost), "unknown"),
        // It waits for a later retry.
        (slow_down(None), "queued"),
        (slow_down(Some(20)), "queued"),
    ] {
        let mut rig = Rig::new();
        assert!(rig.ask(&waiting(&hello(json!({ "via": "ops" })), 10)).is_none());
        rig.pass(2_000);
        assert!(rig.heard().is_none());
        rig.land(outcome);
        let answer = rig.heard().unwrap();
        assert_eq!((answer.status, answer.outcomes().0), (200, status));
        assert_eq!(answer.header("preference-applied"), Some("wait=10"));
        let place = answer.header("location").unwrap().to_owned();
        assert_eq!(rig.get(&place).text, answer.text);
    }
}

#[test]
fn a_connection_that_refuses_is_no_outcome_while_there_is_another() {
    let mut rig = Rig::new();
    assert!(rig.ask(&waiting(&hello(json!({})), 10)).is_none());
    rig.land(slow_down(None));
    assert!(rig.heard().is_none());
    rig.land(also_taken());
    assert_eq!(rig.heard().unwrap().outcomes(), ("sent", vec!["rejected", "accepted"]));
}

#[test]
fn when_the_time_is_over_what_is_known_then_is_told() {
    let mut rig = Rig::with(|config| config["connections"]["ops"]["pace"] = json!({ "per_minute": 1 }));
    rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(taken());
    let since = rig.now;
    let queued = rig.wait(&waiting(&hello(json!({ "via": "ops" })), 7));
    assert_eq!((queued.status, queued.outcomes(), rig.now.0 - since.0), (202, ("queued", vec![]), 7_000));
    assert_eq!(queued.header("preference-applied"), None);
    let sending = rig.wait(&waiting(&hello(json!({ "via": "own" })), 30));
    assert_eq!((sending.status, sending.outcomes()), (202, ("queued", vec![])), "it keeps its place in the chat");
}

#[test]
fn a_wait_is_1_to_30_seconds() {
    let mut rig = Rig::new();
    let mut prefer = |prefer: &str| {
        let message = hello(json!({ "to": { "phone": "+12025550100" }, "send_at": "2026-11-06T00:00:00Z" }));
        rig.ask(&posting(&message).with("prefer", prefer)).unwrap()
    };
    for wrong in ["wait=0", "wait=31", "wait=", "wait=x", "wait=-1", "wait=1.5", "respond-async, wait=99"] {
        assert_eq!(prefer(wrong).problem(), (422, "invalid", vec![""]), "{wrong}");
    }
    for right in ["wait=1", "wait=30", "respond-async", "respond-async, wait=5; foo", "handling=strict,wait=5", ""] {
        assert_eq!(prefer(right).status, 202, "{right}");
    }
}

#[test]
fn what_is_not_due_by_then_is_not_waited_for() {
    let mut rig = Rig::new();
    let at = |seconds: i64| Timestamp(rig.now.0 + seconds * 1000).to_string();
    let (soon, later) = (json!({ "via": "ops", "send_at": at(10) }), json!({ "via": "ops", "send_at": at(11) }));
    assert_eq!(rig.ask(&waiting(&hello(later), 10)).unwrap().outcomes(), ("scheduled", vec![]));
    assert!(rig.ask(&waiting(&hello(soon), 10)).is_none());
}

#[test]
fn what_becomes_of_a_message_without_being_sent_is_an_outcome() {
    let slow = |config: &mut Value| config["connections"]["ops"]["pace"] = json!({ "per_minute": 1 });
    let late = hello(json!({ "via": "ops", "expires_in": 5 }));

    let mut rig = Rig::with(slow);
    rig.accept(&late);
    rig.land(taken());
    let expired = rig.wait(&waiting(&late, 30));
    assert_eq!((expired.status, expired.outcomes()), (200, ("expired", vec![])));

    assert!(rig.ask(&waiting(&late, 30)).is_none());
    let newest = rig.get("/v1/messages?limit=1").items()[0]["id"].as_str().unwrap().to_owned();
    rig.cancel(&newest);
    let cancelled = rig.heard().unwrap();
    assert_eq!((cancelled.status, cancelled.outcomes()), (200, ("cancelled", vec![])));
}

#[test]
fn where_the_storage_fails_who_waits_is_told_that() {
    let mut rig = Rig::new();
    assert!(rig.ask(&waiting(&hello(json!({})), 10)).is_none());
    rig.pass(9_999);
    rig.db.fail_after(0);
    assert_eq!(rig.wait_for_answer().problem(), (503, "unavailable", vec![]));
}
