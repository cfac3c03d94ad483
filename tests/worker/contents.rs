//! What is long: what callers say, and what providers answer.

use super::*;
use base64::{Engine, engine::general_purpose::STANDARD};

/// Bytes that are not all alike.
fn bytes(count: u32) -> Vec<u8> {
    (0..count).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[test]
fn media_of_megabytes_come_out_whole() {
    let media = json!({ "kind": "document", "base64": STANDARD.encode(bytes(6 << 20)), "filename": "a.pdf" });
    let mut rig = Rig::new();
    rig.accept(&json!({ "to": { "group": "ops-team" }, "media": media, "via": "wa" }));
    assert!(rig.log[0].json()["media_base64"] == media["base64"]);
}

#[test]
fn media_come_out_whole_again_at_the_next_connection() {
    let bytes = bytes(2 << 20);
    let media = json!({ "kind": "document", "base64": STANDARD.encode(&bytes), "filename": "a.pdf" });
    let mut rig = Rig::new();
    rig.accept(&json!({ "to": { "group": "ops-team" }, "media": media, "via": ["wa", "own"] }));
    rig.land(refused());
    let Body::Multipart(parts) = &rig.log[1].request.body else { panic!("no form") };
    assert!(parts[0].content == bytes);
}

#[test]
fn what_is_kept_in_parts_comes_out_as_it_came() {
    let media = json!({ "kind": "document", "base64": "A".repeat((1 << 20) - 1000) });
    // The first part ends in the midst of a letter, wherever that is.
    for pad in 0..4 {
        let text = "a".repeat(pad) + &"😀".repeat(500);
        let mut rig = Rig::new();
        rig.accept(&hello(json!({ "via": "own", "media": media, "text": text })));
        assert_eq!(rig.db.number("SELECT COUNT(*) FROM text"), 2);
        let Body::Multipart(parts) = &rig.log[0].request.body else { panic!("no form") };
        assert!(parts[1].content == text.as_bytes());
    }
}

#[test]
fn metadata_has_up_to_16_kib() {
    let metadata = |length: usize| json!({ "t": "x".repeat(length - r#"{"t":""}"#.len()) });
    let mut rig = Rig::new();
    rig.accept(&hello(json!({ "metadata": metadata(16 << 10) })));
    let long = rig.post(&hello(json!({ "metadata": metadata((16 << 10) + 1) })));
    assert_eq!(long.problem(), (422, "invalid", vec!["/metadata"]));
}

#[test]
fn of_a_long_answer_the_beginning_is_kept() {
    let page = |status| Ok(Response { status, body: "é".repeat(100_000).into_bytes(), ..Response::default() });
    for status in [401, 500] {
        let mut rig = Rig::new();
        let id = rig.accept(&hello(json!({ "via": "ops" })));
        rig.land(page(status));
        let message = rig.message(&id);
        let body = message.json["error"]["body"].as_str().unwrap();
        assert!(body.ends_with("é…") && "é".repeat(100_000).starts_with(body.trim_end_matches('…')));
        assert!(message.text.len() < 64 << 10, "{} bytes", message.text.len());
    }
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(answer(200, json!({ "data": { "id": 7, "status": "SENT" }, "more": "x".repeat(100_000) })));
    let message = rig.message(&id);
    assert_eq!((message.outcomes(), &message.json["provider_id"]), (("sent", vec!["accepted"]), &json!("7")));
    assert_eq!(message.json["attempts"][0]["receipt"]["raw"], Value::Null);
}

/// Longer than anything that is to be kept, where a row holds [`ROW`] bytes.
const LONG: usize = 400_000;
const ROW: i32 = 300_000;

/// Answers that say much in one place or another, and what follows from them.
fn verbose() -> Vec<(Fetched, &'static str)> {
    let long = "x".repeat(LONG);
    let many: Vec<_> = (0..LONG / 50).map(|at| json!({ "loc": ["body", at], "msg": long[..50] })).collect();
    vec![
        (answer(401, json!({ "message": long })), "failed"),
        (answer(401, json!({ "message": "no", "code": long })), "failed"),
        (answer(422, json!({ "detail": many })), "failed"),
        (answer(422, json!({ "errors": { "receiver": [long] } })), "failed"),
        (answer(422, json!({ "errors": { (long.as_str()): ["no"] } })), "failed"),
        (answer(200, json!({ "data": { "id": long, "status": "SENT" } })), "sent"),
        (answer(200, json!({ "data": { "id": 7, "status": long } })), "accepted"),
        (answer(500, json!({ "data": { "id": long } })), "unknown"),
    ]
}

#[test]
fn no_answer_is_too_long_to_be_taken_in() {
    for (at, (answer, status)) in verbose().into_iter().enumerate() {
        let mut rig = Rig::new();
        rig.db.limit(ROW);
        let id = rig.accept(&hello(json!({ "via": "ops" })));
        rig.land(answer);
        assert_eq!(rig.status(&id), status, "{at}");
    }
    let several: Vec<_> = (0..LONG / 10).map(|at| json!({ "id": at.to_string(), "status": "SENT" })).collect();
    let mut rig = Rig::new();
    rig.db.limit(ROW);
    let id = rig.accept(&hello(json!({ "via": "spot" })));
    rig.land(answer(200, json!({ "message": several })));
    assert_eq!(rig.status(&id), "sent");
}

#[test]
fn no_report_is_too_long_to_be_taken_in() {
    let mut rig = Rig::new();
    rig.db.limit(ROW);
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(taken());
    rig.until_fetch();
    let data = json!({ "id": 7637842, "status": "FAILED", "failed_reason": "x".repeat(LONG) });
    rig.land(answer(200, json!({ "data": data })));
    assert_eq!(rig.status(&id), "failed");
}

#[test]
fn no_message_has_so_many_tries_that_they_cannot_be_kept() {
    let mut rig = Rig::new();
    // Each of these takes six characters in JSON.
    rig.serve(|_| Ok(Response { status: 500, body: vec![1; 20_000], ..Response::default() }));
    let id = rig.accept(&hello(json!({ "via": "all", "on_ambiguous": "resend" })));
    rig.until_settled();
    assert_eq!(rig.message(&id).outcomes(), ("unknown", vec!["ambiguous"; 35]));
    for _ in 0..4 {
        rig.resolve(&id, "resend");
        rig.until_settled();
        assert_eq!(rig.status(&id), "unknown");
    }
    let message = rig.message(&id);
    assert!(message.text.len() < 1_200_000 && message.outcomes().1.len() > 30, "the newest are kept");
}
