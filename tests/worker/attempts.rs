//! What became of one attempt.

use super::*;

#[test]
fn what_the_host_could_not_do_is_told_for_what_it_is() {
    for (failure, kind, outcome, status) in [
        (Failure::Unreachable, "offline", "rejected", "queued"),
        (Failure::Lost, "lost", "ambiguous", "unknown"),
        (Failure::Timeout, "lost", "ambiguous", "unknown"),
        (Failure::TooLarge(200), "malformed", "ambiguous", "unknown"),
    ] {
        let answer = send(&app(), &Script::of([Err(failure)]), &hello(json!({ "via": "ops" })));
        assert_eq!(answer.status, 200, "what a provider does is in the message, not in the status");
        assert_eq!(answer.outcomes(), (status, vec![outcome]), "{failure:?}");
        let told = if failure == Failure::TooLarge(200) { json!(200) } else { Value::Null };
        assert_eq!(answer.json["attempts"][0]["http_status"], told);
        assert_eq!(answer.json["error"]["kind"], kind);
    }
}

#[test]
fn what_a_provider_answers_is_told_for_what_it_is() {
    for (via, status, body, kind, outcome, state) in [
        ("ops", 400, json!({ "message": "Device not connected" }), "offline", "rejected", "queued"),
        ("ops", 401, json!({ "message": "Unauthenticated." }), "auth", "rejected", "failed"),
        ("ops", 403, json!({ "code": 403, "message": "Quote Exceeded" }), "quota", "rejected", "failed"),
        ("ops", 404, json!({ "message": "no such group" }), "not_found", "rejected", "failed"),
        ("ops", 422, json!({ "errors": { "receiver": ["is required"] } }), "invalid", "rejected", "failed"),
        ("ops", 429, json!({}), "rate_limited", "rejected", "queued"),
        ("ops", 302, json!({}), "malformed", "ambiguous", "unknown"),
        ("ops", 408, json!({}), "unavailable", "ambiguous", "unknown"),
        ("ops", 500, json!({ "message": "FORBIDDEN" }), "unavailable", "ambiguous", "unknown"),
        ("own", 500, json!({ "message": "WhatsApp Client is not Connected" }), "offline", "rejected", "queued"),
        ("wa", 200, json!({ "error": true, "message": "No route" }), "rejected", "rejected", "failed"),
    ] {
        let host = Script::of([answer(status, body)]);
        let answer = send(&app(), &host, &hello(json!({ "via": via })));
        assert_eq!(answer.outcomes(), (state, vec![outcome]), "{status}");
        assert_eq!(answer.json["attempts"][0]["http_status"], status);
        assert_eq!(answer.json["error"]["kind"], kind, "{status}");
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_ambiguous() {
    let page = Response { status: 200, body: b"<html>Please wait</html>".to_vec(), ..Response::default() };
    let answer = send(&app(), &Script::of([Ok(page)]), &hello(json!({})));
    assert_eq!(answer.outcomes(), ("unknown", vec!["ambiguous"]));
    assert_eq!(answer.json["error"]["body"], "<html>Please wait</html>");
}

#[test]
fn the_wait_that_a_provider_asks_for_is_passed_on() {
    let headers = vec![("Retry-After".to_owned(), "7".to_owned())];
    let answer = send(
        &app(),
        &Script::of([Ok(Response { status: 429, headers, body: Vec::new() })]),
        &hello(json!({ "via": "ops" })),
    );
    assert_eq!(answer.json["error"]["retry_after"], 7);
}
