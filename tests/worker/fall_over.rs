//! What follows from it: the next connection, or not.

use super::*;

#[test]
fn only_what_was_certainly_not_sent_goes_on_to_the_next() {
    let broken = || answer(500, json!({}));
    let hidden = || Ok(Response { status: 200, body: b"<html>".to_vec(), ..Response::default() });
    let moved = || answer(302, json!({}));
    for (outcomes, status, attempts) in [
        (vec![taken()], "queued", vec!["accepted"]),
        (vec![refused(), also_taken()], "sent", vec!["rejected", "accepted"]),
        (vec![Err(Failure::Unreachable), also_taken()], "sent", vec!["rejected", "accepted"]),
        (vec![refused(), refused()], "failed", vec!["rejected", "rejected"]),
        (vec![refused(), Err(Failure::Timeout)], "unknown", vec!["rejected", "ambiguous"]),
        (vec![Err(Failure::Timeout)], "unknown", vec!["ambiguous"]),
        (vec![Err(Failure::Lost)], "unknown", vec!["ambiguous"]),
        (vec![Err(Failure::TooLarge(200))], "unknown", vec!["ambiguous"]),
        (vec![broken()], "unknown", vec!["ambiguous"]),
        (vec![hidden()], "unknown", vec!["ambiguous"]),
        (vec![moved()], "unknown", vec!["ambiguous"]),
    ] {
        let answer = send(&app(), &Script::of(outcomes), &hello(json!({})));
        assert_eq!(answer.outcomes(), (status, attempts));
    }
}

#[test]
fn a_message_that_fell_over_tells_of_the_connection_that_took_it_and_of_each_attempt() {
    let host = Script::of([answer(403, json!({ "message": "Quote Exceeded" })), also_taken()]);
    let answer = send(&app(), &host, &hello(json!({})));
    let message = &answer.json;
    assert_eq!([&message["connection"], &message["provider"], &message["provider_id"]], ["backup", "a1base", "msg-2"]);
    assert_eq!(message["error"], Value::Null);
    assert_eq!([&message["attempts"][0]["connection"], &message["attempts"][1]["connection"]], ["ops", "backup"]);
    assert_eq!(message["attempts"][0]["error"]["kind"], "quota");
    assert_eq!(message["attempts"][1]["error"], Value::Null);
    assert_eq!(
        host.urls(),
        ["https://api.whatspie.com/groups/495/send", "https://api.a1base.com/v1/messages/group/acc%201/send"]
    );
    assert_eq!(host.sent(1)["thread_id"], "thread-9");
}

#[test]
fn the_id_that_a_message_has_is_that_of_the_connection_that_tried_it_last() {
    let id_shown = answer(500, json!({ "message": "oops", "data": { "id": 7637842 } }));
    let job = answer(202, json!({ "jobId": "job-7", "status": "PROCESSING" }));
    let nothing = || answer(200, json!({}));
    let message = |via| hello(json!({ "via": via, "on_ambiguous": "resend" }));
    let answer = send(&app(), &Script::of([id_shown, nothing()]), &message(["ops", "backup"]));
    assert_eq!((&answer.json["connection"], &answer.json["provider_id"]), (&json!("backup"), &Value::Null));
    let answer = send(&app(), &Script::of([job]), &message(["spot", "backup"]));
    assert_eq!((&answer.json["connection"], &answer.json["job"]), (&json!("spot"), &json!("job-7")));
}

#[test]
fn on_ambiguous_resend_goes_on() {
    for first in [Err(Failure::Timeout), Err(Failure::Lost), answer(503, json!({}))] {
        let answer = send(&app(), &Script::of([first, also_taken()]), &hello(json!({ "on_ambiguous": "resend" })));
        assert_eq!(answer.outcomes(), ("sent", vec!["ambiguous", "accepted"]));
        assert_eq!(answer.json["error"], Value::Null);
    }
}

#[test]
fn a_message_that_may_have_been_sent_stays_unknown_though_the_next_connection_refused_it() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "on_ambiguous": "resend" })));
    rig.land(Err(Failure::Timeout));
    rig.land(refused());
    assert_eq!(rig.message(&id).outcomes(), ("queued", vec!["ambiguous", "rejected"]), "the first is tried again");
    rig.until_fetch();
    rig.land(refused());
    assert_eq!(rig.message(&id).outcomes(), ("unknown", vec!["ambiguous", "rejected", "rejected"]));
}

#[test]
fn what_the_first_connection_lacks_fails_the_message_unless_it_may_be_routed() {
    // Whatspie has no audio.
    let sound = json!({ "media": { "kind": "audio", "url": "https://example.com/a.mp3" } });
    let answer = send(&app(), &no_fetch(), &hello(sound.clone()));
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/media/kind"]));

    let mut routed = hello(sound);
    routed["on_unsupported"] = "route".into();
    let host = Script::of([also_taken()]);
    let answer = send(&app(), &host, &routed);
    assert_eq!(answer.outcomes(), ("sent", vec!["accepted"]));
    assert_eq!(answer.json["connection"], "backup");

    routed["via"] = json!(["ops"]);
    let answer = send(&app(), &no_fetch(), &routed);
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/media/kind"]));
}

#[test]
fn what_no_connection_could_take_is_not_routed_past_what_is_wrong() {
    let mut wrong = hello(json!({ "on_unsupported": "route", "via": ["ops", "wa"] }));
    wrong["to"] = json!({ "group": "no group/495" });
    assert_eq!(send(&app(), &no_fetch(), &wrong).problem(), (422, "invalid", vec!["/to/group"]));
}

#[test]
fn a_later_connection_that_lacks_a_feature_is_an_attempt_without_a_request() {
    // A1Base has no replies.
    let message = hello(json!({ "reply_to": "3EB0", "via": ["ops", "backup", "own"] }));
    let host = Script::of([answer(401, json!({})), answer(200, json!({ "data": { "message_id": "3EB1" } }))]);
    let answer = send(&app(), &host, &message);
    assert_eq!(answer.outcomes(), ("sent", vec!["rejected", "rejected", "accepted"]));
    let passed_over = &answer.json["attempts"][1];
    assert_eq!((&passed_over["http_status"], &passed_over["error"]["kind"]), (&Value::Null, &json!("unsupported")));
}
