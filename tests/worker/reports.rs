//! How far a message is, asked of its provider until that is settled.

use super::*;

/// How long until each question, in milliseconds.
const ASKS: [i64; 9] = [5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR, 3 * HOUR, 8 * HOUR, 24 * HOUR];

fn is_at(status: &str) -> Fetched {
    answer(200, json!({ "data": { "id": 7637842, "status": status } }))
}

#[test]
fn what_was_taken_is_asked_after_ever_more_seldom_and_not_for_ever() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(taken());
    for wait in ASKS {
        assert_eq!(rig.until_fetch(), wait);
        let question = rig.flights[0].request.clone();
        assert_eq!(
            (question.method.as_str(), question.url.as_str()),
            ("GET", "https://api.whatspie.com/messages/7637842")
        );
        rig.land(is_at("PENDING"));
    }
    rig.pass(5 * DAY);
    assert_eq!((rig.log.len(), rig.status(&id)), (1 + ASKS.len(), "queued".to_owned()));
}

#[test]
fn who_was_delivered_to_is_not_asked_after_any_more() {
    for (status, word) in [("DELIVERED", "delivered"), ("READ", "read"), ("FAILED", "failed")] {
        let mut rig = Rig::new();
        let id = rig.accept(&hello(json!({ "via": "ops" })));
        rig.land(taken());
        rig.until_fetch();
        rig.land(is_at("SENT"));
        assert_eq!(rig.status(&id), "sent");
        rig.until_fetch();
        rig.land(is_at(status));
        let message = rig.message(&id);
        assert_eq!(message.outcomes(), (word, vec!["accepted"]));
        assert_eq!(message.json["updated_at"], rig.now.to_string());
        rig.pass(5 * DAY);
        assert_eq!(rig.log.len(), 3);
    }
}

#[test]
fn what_failed_after_all_says_why_without_a_whole_number() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(taken());
    rig.until_fetch();
    let data = json!({ "id": 7637842, "status": "FAILED", "failed_reason": "6285612345678 is not on WhatsApp" });
    rig.land(answer(200, json!({ "data": data })));
    let message = rig.message(&id);
    assert_eq!(
        (message.outcomes(), &message.json["error"]["kind"]),
        (("failed", vec!["accepted"]), &json!("rejected"))
    );
    assert_eq!(message.json["error"]["message"], "***********78 is not on WhatsApp");
}

#[test]
fn no_report_goes_backwards_and_what_says_nothing_changes_nothing() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(answer(200, json!({ "data": { "id": 7, "status": "SENT" } })));
    let before = rig.message(&id).text;
    for silence in [
        is_at("PENDING"),
        is_at("EN ROUTE"),
        answer(200, json!({})),
        answer(404, json!({ "message": "no such message" })),
        answer(500, json!({})),
        slow_down(Some(7)),
        Err(Failure::Timeout),
        Err(Failure::Unreachable),
    ] {
        rig.until_fetch();
        rig.land(silence);
        assert_eq!(rig.message(&id).text, before);
    }
}

#[test]
fn who_has_no_answer_is_not_asked() {
    for (via, receipt) in [
        ("own", json!({ "data": { "message_id": "3EB0" } })),
        ("spot", json!({ "message": { "id": "1", "status": "PENDING" } })),
        ("ops", json!({ "data": { "status": "PENDING" } })),
        ("ops", json!({ "data": { "id": "..", "status": "PENDING" } })),
        ("ops", json!({ "data": { "id": "1", "status": "DELIVERED" } })),
    ] {
        let mut rig = Rig::new();
        rig.accept(&hello(json!({ "via": via })));
        rig.land(answer(200, receipt));
        rig.pass(5 * DAY);
        assert_eq!(rig.log.len(), 1, "{via}");
    }
}

#[test]
fn what_may_be_out_is_reconciled_where_the_provider_shows_its_id() {
    for (status, word, asks) in
        [("SENT", "sent", 9), ("READ", "read", 1), ("FAILED", "failed", 1), ("LOST", "unknown", 9)]
    {
        let mut rig = Rig::new();
        let id = rig.accept(&hello(json!({ "via": "ops" })));
        rig.land(answer(500, json!({ "message": "oops", "data": { "id": 7637842 } })));
        let message = rig.message(&id);
        assert_eq!(
            (message.outcomes(), &message.json["provider_id"]),
            (("unknown", vec!["ambiguous"]), &json!("7637842"))
        );
        assert_eq!(rig.until_fetch(), 5_000);
        rig.land(is_at(status));
        let message = rig.message(&id);
        assert_eq!(message.outcomes(), (word, vec!["ambiguous"]));
        assert_eq!(message.json["error"].is_null(), ["sent", "read"].contains(&word));
        rig.serve(move |_| is_at(status));
        rig.until_settled();
        assert_eq!((rig.log.len(), rig.status(&id)), (1 + asks, word.to_owned()));
    }
}

#[test]
fn what_is_sent_again_anyway_is_not_reconciled() {
    let mut rig = Rig::new();
    rig.accept(&hello(json!({ "via": "ops", "on_ambiguous": "resend" })));
    rig.land(answer(500, json!({ "data": { "id": 7637842 } })));
    assert!(rig.until_fetch() < 3_000);
    assert!(rig.flights[0].errand.sends().is_some());
}

#[test]
fn what_is_asked_survives_a_death() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(taken());
    rig.until_fetch();
    rig.restart();
    assert_eq!(rig.status(&id), "queued");
    assert_eq!(rig.until_fetch(), 15_000, "the answer is lost, the next question is not");
    rig.land(is_at("READ"));
    assert_eq!(rig.status(&id), "read");
}
