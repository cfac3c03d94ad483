//! What callers get wrong.

use super::*;

#[test]
fn what_is_wrong_with_a_message_is_told_with_its_place() {
    for (message, status, code, pointers) in [
        ("", 400, "malformed", vec![]),
        ("{", 400, "malformed", vec![]),
        ("[]", 422, "invalid", vec![""]),
        (r#"{ "text": "Hello" }"#, 422, "invalid", vec!["/to"]),
        (r#"{ "to": { "group": "495" } }"#, 422, "invalid", vec!["/text"]),
        (r#"{ "to": { "group": "495" }, "text": " " }"#, 422, "invalid", vec!["/text"]),
        (r#"{ "to": { "group": "495" }, "text": "Hello", "txt": 1 }"#, 422, "invalid", vec!["/txt"]),
        (r#"{ "to": { "phone": "12" }, "text": "Hello" }"#, 422, "invalid", vec!["/to/phone"]),
        (r#"{ "to": { "group": "495", "phone": "+12025550100" }, "text": "Hello" }"#, 422, "invalid", vec!["/to"]),
        (r#"{ "to": [], "text": "Hello" }"#, 422, "invalid", vec!["/to"]),
        (
            r#"{ "to": { "group": "495" }, "text": "Hello", "mentions": ["+12025550100", "x"] }"#,
            422,
            "invalid",
            vec!["/mentions/1"],
        ),
        (r#"{ "to": { "group": "495" }, "text": "Hello", "metadata": [] }"#, 422, "invalid", vec!["/metadata"]),
        (
            r#"{ "to": { "group": "495" }, "text": "Hello", "options": { "whatspie": { "a/b": 1 } } }"#,
            422,
            "invalid",
            vec!["/options/whatspie/a~1b"],
        ),
        (r#"{ "to": { "group": "495" }, "text": "Hello", "text": "Hello" }"#, 422, "invalid", vec!["/text"]),
    ] {
        for path in ["/v1/messages", "/v1/messages/preview"] {
            let answer = post(&app(), &no_fetch(), path, message);
            assert_eq!(answer.problem(), (status, code, pointers.clone()), "{message}");
        }
    }
}

#[test]
fn a_time_that_is_over_is_refused() {
    for (send_at, pointers) in [
        ("2026-11-05T08:25:00Z", vec!["/send_at"]),
        ("2025-11-05T08:30:00Z", vec!["/send_at"]),
        ("2026-11-05T15:25:00+07:00", vec!["/send_at"]),
        ("tomorrow", vec!["/send_at"]),
    ] {
        let answer = send(&app(), &no_fetch(), &hello(json!({ "send_at": send_at, "via": "spot" })));
        assert_eq!(answer.problem(), (422, "invalid", pointers), "{send_at}");
    }
}

#[test]
fn a_body_is_json_by_its_type() {
    for (content_type, status) in [
        (None, 202),
        (Some("application/json"), 202),
        (Some("Application/JSON ; charset=utf-8"), 202),
        (Some("text/plain"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("application/jsonp"), 415),
        (Some(""), 415),
    ] {
        let mut incoming = posting(&hello(json!({})));
        if let Some(content_type) = content_type {
            incoming = incoming.with("content-type", content_type);
        }
        let answer = handle(&app(), &no_fetch(), &incoming);
        assert_eq!(answer.status, status, "{content_type:?}");
    }
}

#[test]
fn a_body_has_up_to_1_mib_and_media_in_base64_up_to_8_mib_more() {
    let file = |characters: usize| {
        let media = json!({ "kind": "document", "base64": "A".repeat(characters), "filename": "a.pdf" });
        json!({ "to": { "group": "wa-group" }, "media": media, "via": "wa" })
    };
    let app = app();
    let host = Script::of([answer(201, json!({ "error": false, "data": { "ref_no": "1" } }))]);
    assert_eq!(send(&app, &host, &file(8 << 20)).status, 200);
    assert_eq!(send(&app, &no_fetch(), &file((8 << 20) + 4)).problem(), (413, "invalid", vec![]));
    let long = hello(json!({ "metadata": { "text": "x".repeat(1 << 20) } }));
    assert_eq!(send(&app, &no_fetch(), &long).problem(), (413, "invalid", vec![]));
    let unread = Incoming { body: None, ..incoming("POST", "/v1/messages") };
    assert_eq!(handle(&app, &no_fetch(), &unread).problem(), (413, "invalid", vec![]));
}
