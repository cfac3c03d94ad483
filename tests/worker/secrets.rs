//! Nothing leaks.

use super::*;

#[test]
fn a_preview_shows_the_requests_and_no_secret() {
    let answer = preview(&app(), &hello(json!({ "via": "all" })));
    assert_eq!(answer.status, 200);
    assert!(!answer.text.contains("s3cr3t"), "{}", answer.text);
    let items = answer.json["items"].as_array().unwrap();
    for (item, (connection, header)) in items.iter().zip([
        ("ops", "authorization"),
        ("backup", "x-api-secret"),
        ("own", "authorization"),
        ("wa", "apikey"),
        ("spot", "x-api-key"),
    ]) {
        assert_eq!(item["connection"], connection);
        assert_eq!(item["error"], Value::Null);
        assert_eq!(item["request"]["method"], "POST");
        assert_eq!(item["request"]["headers"][header], "***", "{connection}");
        assert!(item["request"]["body"].to_string().contains("Hello"), "{connection}");
    }
    assert_eq!(items.len(), 5);
}

#[test]
fn a_preview_shows_files_as_their_size() {
    let media = json!({ "kind": "document", "base64": "JVBERi0=", "filename": "a.pdf" });
    let answer = preview(&app(), &hello(json!({ "via": "own", "media": media })));
    let parts = &answer.json["items"][0]["request"]["body"]["multipart"];
    assert_eq!(parts[0], json!({ "name": "file", "filename": "a.pdf", "mime": "application/pdf", "bytes": 5 }));
    assert_eq!(parts[1], json!({ "name": "caption", "value": "Hello" }));
    assert!(!answer.text.contains("s3cr3t"));
}

#[test]
fn a_preview_shows_who_cannot_and_fails_where_nobody_can() {
    let mentions = hello(json!({ "mentions": ["+6285612345678"] }));
    let answer = preview(&app(), &mentions);
    assert_eq!(answer.json["items"][0]["error"], Value::Null);
    assert_eq!(answer.json["items"][1]["request"], Value::Null);
    assert_eq!(answer.json["items"][1]["error"]["kind"], "unsupported");
    let answer = preview(&app(), &hello(json!({ "mentions": ["+6285612345678"], "via": ["backup", "ops"] })));
    assert_eq!(answer.json["items"][0]["error"]["kind"], "unsupported");
    assert_eq!(answer.json["items"][1]["request"]["method"], "POST");
    let answer = preview(&app(), &hello(json!({ "mentions": ["+6285612345678"], "via": "backup" })));
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/mentions"]));
}

/// Ways in which a provider could echo a key, in an error.
fn echoes(key: &str) -> Vec<Fetched> {
    // As PHP writes it.
    let escaped = key.replace('/', "\\/");
    vec![
        answer(401, json!({ "message": format!("the key {key} is wrong"), "key": key })),
        answer(
            401,
            json!({ "error": { "message": key, "code": key }, "headers": { "authorization": format!("Bearer {key}") } }),
        ),
        answer(422, json!({ "errors": { "key": [format!("{key} is wrong")] } })),
        answer(
            422,
            json!({ "detail": [{ "loc": ["header", "apikey"], "msg": format!("{key} is wrong"), "input": key }] }),
        ),
        answer(403, json!({ "message": "no", "code": key })),
        answer(200, json!({ "error": true, "success": false, "message": key })),
        Ok(Response {
            status: 401,
            headers: Vec::new(),
            body: format!(r#"{{"message":"wrong","given":"{escaped}"}}"#).into_bytes(),
        }),
        Ok(Response { status: 500, headers: Vec::new(), body: format!("<html>apikey: {key}</html>").into_bytes() }),
        Ok(Response { status: 302, headers: vec![("location".to_owned(), format!("/login/{key}"))], body: Vec::new() }),
    ]
}

#[test]
fn a_key_that_a_provider_echoes_is_nowhere_in_the_message() {
    for (connection, key) in [
        ("ops", "WHATSPIE_TOKEN"),
        ("own", "GO_TOKEN"),
        ("wa", "WACHAT_KEY"),
        ("backup", "A1_KEY"),
        ("backup", "A1_SECRET"),
        ("spot", "SPOT_KEY"),
    ] {
        for echo in echoes(&secret(key).unwrap()) {
            let answer = send(&app(), &Script::of([echo]), &hello(json!({ "via": connection })));
            assert!(!answer.text.contains("s3cr3t"), "{}", answer.text);
            assert!(answer.outcomes().1 != ["accepted"]);
        }
    }
}

#[test]
fn a_key_that_a_provider_echoes_is_nowhere_in_health_and_groups() {
    let key = secret("WHATSPIE_TOKEN").unwrap();
    for path in ["/v1/connections/ops/health", "/v1/connections/ops/groups"] {
        for echo in echoes(&key) {
            let answer = get(&app(), &Script::of([echo]), path);
            assert!(!answer.text.contains("s3cr3t"), "{path}: {}", answer.text);
        }
    }
}

#[test]
fn no_error_shows_a_whole_phone_number() {
    const NUMBER: &str = "6285612345678";
    let shows = |value: &Value| value.to_string().contains(NUMBER);
    let plus = format!("+{NUMBER}");
    for wrong in [
        json!({ "to": plus, "text": "Hello" }),
        json!({ "to": [plus], "text": "Hello" }),
        json!({ "to": { "phone": format!("{plus}x") }, "text": "Hello" }),
        json!({ "to": { "group": plus }, "text": "Hello" }),
        json!({ "to": { "phone": NUMBER.parse::<u64>().unwrap() }, "text": "Hello" }),
        hello(json!({ "mentions": plus })),
        hello(json!({ "mentions": [plus, format!("0{NUMBER}")] })),
        hello(json!({ "expires_in": NUMBER.parse::<u64>().unwrap() })),
        hello(json!({ "on_unsupported": plus })),
        hello(json!({ "via": 1, "send_at": plus })),
        hello(json!({ "options": { "whatspie": { "type": plus } } })),
    ] {
        for answer in [send(&app(), &no_fetch(), &wrong), preview(&app(), &wrong)] {
            assert_eq!(answer.status, 422);
            assert!(!shows(&answer.json), "{}", answer.text);
        }
    }
    let to_person = json!({ "to": { "phone": plus }, "text": "Hello", "via": "ops" });
    for refusal in [
        answer(422, json!({ "message": format!("{NUMBER} is not on WhatsApp") })),
        answer(422, json!({ "errors": { "receiver": [format!("{plus} is not on WhatsApp")] } })),
        answer(422, json!({ "detail": [{ "loc": ["body", "to"], "msg": NUMBER }] })),
        Ok(Response {
            status: 308,
            headers: vec![("location".to_owned(), format!("/chats/{NUMBER}@s.whatsapp.net/messages"))],
            body: Vec::new(),
        }),
    ] {
        let answer = send(&app(), &Script::of([refusal]), &to_person);
        // The body is the provider's, kept as it came.
        let mut error = answer.json["error"].clone();
        error.as_object_mut().unwrap().remove("body");
        assert!(!shows(&error), "{error}");
    }
}
