//! What callers say became of a message that nobody knows about.

use super::*;

fn unknown(rig: &mut Rig, more: Value) -> String {
    let id = rig.accept(&hello(more));
    rig.land(Err(Failure::Lost));
    assert_eq!(rig.status(&id), "unknown");
    id
}

#[test]
fn what_was_sent_or_failed_after_all_is_settled() {
    for (verdict, status) in [("sent", "sent"), ("failed", "failed")] {
        let mut rig = Rig::new();
        let id = unknown(&mut rig, json!({}));
        let resolved = rig.resolve(&id, verdict);
        assert_eq!((resolved.status, resolved.outcomes()), (200, (status, vec!["ambiguous"])));
        assert_eq!(resolved.text, rig.message(&id).text);
        for verdict in ["sent", "failed", "resend"] {
            assert_eq!(rig.resolve(&id, verdict).problem(), (409, "rejected", vec![]));
        }
        rig.pass(DAY);
        assert_eq!((rig.status(&id), rig.log.len()), (status.to_owned(), 1));
    }
}

#[test]
fn what_is_to_be_sent_again_has_its_whole_route_and_all_tries_before_it() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "expires_in": 600 })));
    rig.land(refused());
    rig.land(Err(Failure::Timeout));
    assert_eq!(rig.message(&id).outcomes(), ("unknown", vec!["rejected", "ambiguous"]));
    rig.pass(HOUR);
    let resolved = rig.resolve(&id, "resend");
    assert_eq!((resolved.status, resolved.outcomes()), (200, ("queued", vec!["rejected", "ambiguous"])));
    assert_eq!(resolved.json["expires_at"], Value::Null, "who wants it now wants it late");
    rig.serve(|_| slow_down(None));
    rig.land(slow_down(None));
    rig.until_settled();
    let tries = |host: &str| rig.sends().filter(|send| send.request.url.contains(host)).count();
    assert_eq!((tries("whatspie"), tries("a1base")), (1 + 7, 1 + 7));
    assert_eq!(rig.status(&id), "failed", "nobody took it, and the caller said that nobody had it before");
}

#[test]
fn what_is_sent_again_goes_to_the_end_of_its_chat() {
    let mut rig = Rig::new();
    let first = unknown(&mut rig, json!({ "text": "1" }));
    let [second, third] = ["2", "3"].map(|text| rig.accept(&hello(json!({ "text": text }))));
    rig.resolve(&first, "resend");
    assert_eq!([&first, &second, &third].map(|id| rig.status(id)), ["queued", "sending", "queued"]);
    rig.serve(|_| taken());
    rig.land(taken());
    rig.pass(0);
    let texts: Vec<_> = rig.sends().map(|send| send.json()["params"]["text"].clone()).collect();
    assert_eq!(texts, ["1", "2", "3", "1"]);
    assert_eq!([&first, &second, &third].map(|id| rig.status(id)), ["queued"; 3]);
}

#[test]
fn only_what_is_unknown_can_be_resolved() {
    let mut rig = Rig::new();
    let later =
        rig.accept(&hello(json!({ "to": { "group": "496" }, "via": "ops", "send_at": "2026-11-06T00:00:00Z" })));
    let sending = rig.accept(&hello(json!({})));
    let queued = rig.accept(&hello(json!({})));
    let told = |rig: &mut Rig, id: &str| {
        let answer = rig.resolve(id, "sent");
        assert_eq!(answer.problem(), (409, "rejected", vec![]));
        answer.json["detail"].as_str().unwrap().rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!([&later, &sending, &queued].map(|id| told(&mut rig, id)), ["scheduled", "sending", "queued"]);
    rig.cancel(&queued);
    rig.land(taken());
    assert_eq!([&later, &queued].map(|id| told(&mut rig, id)), ["scheduled", "cancelled"]);
    assert_eq!(rig.resolve("msg_1", "sent").problem(), (404, "not_found", vec![]));
}

#[test]
fn a_verdict_is_one_of_three_words() {
    let mut rig = Rig::new();
    let id = unknown(&mut rig, json!({}));
    let path = format!("/v1/messages/{id}/resolve");
    for (body, status, pointers) in [
        ("", 400, vec![]),
        ("{", 400, vec![]),
        ("[]", 422, vec![""]),
        ("{}", 422, vec!["/as"]),
        (r#"{ "as": "lost" }"#, 422, vec!["/as"]),
        (r#"{ "as": "Sent" }"#, 422, vec!["/as"]),
        (r#"{ "as": true }"#, 422, vec!["/as"]),
        (r#"{ "as": "sent", "by": "me" }"#, 422, vec!["/by"]),
    ] {
        let answer = rig.wait(&Incoming { body: Some(body.as_bytes().to_vec()), ..incoming("POST", &path) });
        assert_eq!((answer.status, answer.pointers()), (status, pointers), "{body}");
    }
    let form = incoming("POST", &path).with("content-type", "text/plain");
    assert_eq!(rig.wait(&form).status, 415);
    assert_eq!(rig.wait(&Incoming { body: None, ..incoming("POST", &path) }).status, 413);
    assert_eq!(rig.status(&id), "unknown");
}

#[test]
fn what_was_read_from_a_provider_before_the_verdict_comes_too_late() {
    for (verdict, status) in [("failed", "failed"), ("resend", "sending")] {
        let mut rig = Rig::new();
        let id = rig.accept(&hello(json!({ "via": "ops" })));
        rig.land(answer(500, json!({ "data": { "id": 7 } })));
        rig.until_fetch();
        assert_eq!(rig.flights[0].errand.sends(), None, "the provider is asked");
        rig.resolve(&id, verdict);
        rig.land(answer(200, json!({ "data": { "id": 7, "status": "DELIVERED" } })));
        assert_eq!(rig.status(&id), status);
    }
}
