//! Later, not too late, and not at all: `send_at`, `expires_in` and `DELETE`.

use super::*;

fn at(milliseconds: i64) -> String {
    Timestamp(Timestamp::parse(NOW).unwrap().0 + milliseconds).to_string()
}

/// For the provider itself to wait.
fn natively(more: Value) -> Value {
    with(hello(json!({ "options": { "whatsspot": { "schedule": true } } })), more)
}

#[test]
fn the_worker_waits_for_send_at_whatever_the_provider_can() {
    for via in ["ops", "spot"] {
        let mut rig = Rig::new();
        let id = rig.accept(&hello(json!({ "via": via, "send_at": at(90_000) })));
        let message = rig.message(&id);
        assert_eq!((message.outcomes(), &message.json["send_at"]), (("scheduled", vec![]), &json!(at(90_000))));
        rig.restart();
        assert_eq!(rig.until_fetch(), 90_000);
        assert_eq!(rig.flights[0].json().get("scheduledAt"), None);
        assert_eq!(rig.status(&id), "sending");
    }
}

#[test]
fn a_provider_that_is_told_to_waits_itself() {
    let mut rig = Rig::new();
    let id = rig.accept(&natively(json!({ "via": "spot", "send_at": "2026-11-05T15:30:01+07:00" })));
    assert_eq!(rig.flights[0].json()["scheduledAt"], "2026-11-05T08:30:01Z");
    rig.land(answer(200, json!({ "message": { "id": "1", "status": "PENDING" } })));
    assert_eq!(rig.message(&id).outcomes(), ("queued", vec!["accepted"]));
}

#[test]
fn who_cannot_wait_itself_gets_the_message_at_its_time_though_another_refused_it_before() {
    let mut rig = Rig::new();
    let id = rig.accept(&natively(json!({ "via": ["spot", "ops"], "send_at": at(60_000) })));
    rig.land(answer(401, json!({})));
    assert_eq!(rig.message(&id).outcomes(), ("queued", vec!["rejected"]));
    assert_eq!(rig.until_fetch(), 60_000);
    assert_eq!(rig.flights[0].request.url, "https://api.whatspie.com/groups/495/send");
}

#[test]
fn the_farthest_time_is_30_days_ahead() {
    let mut rig = Rig::new();
    let late = rig.post(&hello(json!({ "send_at": at(30 * DAY + 1) })));
    assert_eq!(late.problem(), (422, "invalid", vec!["/send_at"]));
    let natively = rig.post(&natively(json!({ "via": "spot", "send_at": at(30 * DAY + 1) })));
    assert_eq!(natively.problem(), (422, "invalid", vec!["/send_at"]));
    let id = rig.accept(&hello(json!({ "send_at": at(30 * DAY) })));
    assert_eq!(rig.until_fetch(), 30 * DAY);
    rig.land(taken());
    assert_eq!(rig.status(&id), "queued", "it is not pruned before it is sent");
}

#[test]
fn what_waits_too_long_expires() {
    let mut rig = Rig::with(|config| config["connections"]["ops"]["pace"] = json!({ "per_minute": 1 }));
    let [sent, late, other] = [7, 60, 61].map(|seconds| {
        let to = json!({ "phone": format!("+120255501{seconds:02}") });
        rig.accept(&hello(json!({ "to": to, "via": "ops", "expires_in": seconds })))
    });
    assert_eq!(rig.message(&late).json["expires_at"], at(60_000));
    rig.land(taken());
    rig.pass(59_999);
    assert_eq!((rig.status(&late), rig.sends().count()), ("queued".to_owned(), 1));
    rig.pass(1);
    assert_eq!((rig.status(&sent), rig.status(&late)), ("queued".to_owned(), "expired".to_owned()));
    assert_eq!((rig.status(&other), rig.sends().count()), ("sending".to_owned(), 2), "its turn came in time");
    assert_eq!(rig.message(&late).outcomes(), ("expired", vec![]));
    assert_eq!(rig.message(&late).json["updated_at"], at(60_000));
}

#[test]
fn what_is_for_later_expires_from_then_on() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops", "send_at": at(60_000), "expires_in": 90 })));
    assert_eq!(rig.message(&id).json["expires_at"], at(150_000));
    rig.serve(|_| slow_down(None));
    rig.pass(149_999);
    assert_eq!(rig.message(&id).outcomes(), ("queued", vec!["rejected"; 4]));
    rig.pass(1);
    assert_eq!(rig.message(&id).outcomes(), ("expired", vec!["rejected"; 4]));
}

#[test]
fn what_is_being_sent_when_its_time_is_over_is_not_sent_again() {
    let mut rig = Rig::new();
    let [taken_late, refused_late] = ["495", "496"]
        .map(|group| rig.accept(&hello(json!({ "to": { "group": group }, "via": "ops", "expires_in": 1 }))));
    rig.pass(1_000);
    assert_eq!(rig.status(&taken_late), "sending");
    rig.land(taken());
    rig.land(slow_down(None));
    rig.pass(0);
    assert_eq!((rig.status(&taken_late), rig.status(&refused_late)), ("queued".to_owned(), "expired".to_owned()));
}

#[test]
fn what_may_be_out_is_unknown_and_not_expired() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops", "expires_in": 5, "on_ambiguous": "resend" })));
    rig.land(Err(Failure::Lost));
    rig.until_fetch();
    rig.land(slow_down(None));
    rig.pass(5_000);
    assert_eq!(rig.message(&id).outcomes(), ("unknown", vec!["ambiguous", "rejected"]));
}

#[test]
fn a_provider_that_lets_messages_expire_is_told_what_is_left() {
    let mut rig = Rig::new();
    rig.accept(&hello(json!({ "via": "wa", "expires_in": 90 })));
    rig.land(slow_down(Some(30)));
    rig.until_fetch();
    assert_eq!([rig.log[0].json()["timeout"].clone(), rig.log[1].json()["timeout"].clone()], [90, 60]);
}

#[test]
fn many_that_are_too_late_all_expire() {
    let mut rig = Rig::new();
    let to: Vec<_> = (0..200).map(|at| json!({ "phone": format!("+12025550{at:03}") })).collect();
    let late = json!({ "to": to, "text": "Hello", "via": "ops", "send_at": at(5_000), "expires_in": 1 });
    rig.accept_batch(&late);
    // The object sleeps through their time.
    rig.now.0 += 60_000;
    rig.restart();
    rig.pass(0);
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM message WHERE status = 'expired'"), 200);
    assert_eq!(rig.log.len(), 0);
}

#[test]
fn what_waits_can_be_called_back() {
    let mut rig = Rig::with(|config| config["connections"]["own"]["pace"] = json!({ "per_minute": 1 }));
    let scheduled = rig.accept(&hello(json!({ "send_at": at(60_000) })));
    let retried = rig.accept(&hello(json!({ "via": "wa", "to": { "phone": "+12025550100" } })));
    rig.land(slow_down(None));
    rig.accept(&hello(json!({ "via": "own", "to": { "phone": "+12025550101" } })));
    let queued = rig.accept(&hello(json!({ "via": "own", "to": { "phone": "+12025550102" } })));
    for (id, attempts) in [(scheduled, vec![]), (retried, vec!["rejected"]), (queued, vec![])] {
        let cancelled = rig.cancel(&id);
        assert_eq!((cancelled.status, cancelled.outcomes()), (200, ("cancelled", attempts)));
        assert_eq!(cancelled.text, rig.message(&id).text);
        assert_eq!(rig.cancel(&id).problem(), (409, "rejected", vec![]));
    }
    rig.land(taken());
    rig.pass(DAY);
    assert_eq!(rig.sends().count(), 2, "what was called back is not sent");
}

#[test]
fn what_is_being_sent_or_was_cannot_be_called_back() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    assert_eq!(rig.cancel(&id).problem(), (409, "rejected", vec![]));
    rig.land(Err(Failure::Lost));
    assert_eq!(rig.cancel(&id).problem(), (409, "rejected", vec![]));
    assert!(rig.cancel(&id).text.contains("this message is unknown"));
    assert_eq!(rig.status(&id), "unknown");
    assert_eq!(rig.cancel("msg_1").problem(), (404, "not_found", vec![]));
}

#[test]
fn what_may_be_out_is_unknown_when_it_is_called_back_and_not_sent_again() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops", "on_ambiguous": "resend" })));
    rig.land(Err(Failure::Timeout));
    let cancelled = rig.cancel(&id);
    assert_eq!((cancelled.status, cancelled.outcomes()), (200, ("unknown", vec!["ambiguous"])));
    rig.pass(DAY);
    assert_eq!((rig.status(&id), rig.sends().count()), ("unknown".to_owned(), 1));
}
