//! What others post: let in by key and signature, and a message once for each delivery.

use super::*;

/// A Worker with a hook `deploys` that has these members, too.
fn hooked(more: Value) -> Rig {
    let hook =
        with(json!({ "key": "$HOOK", "to": { "group": "ops-team" }, "via": "ops", "text": "{{repo}} is out" }), more);
    Rig::with(|config| config["hooks"] = json!({ "deploys": hook }))
}

fn call(body: &Value) -> Incoming {
    let body = Some(body.to_string().into_bytes());
    Incoming { headers: Headers::default(), body, ..incoming("POST", "/v1/hooks/deploys/hook-s3cr3t-0123456789") }
}

#[test]
fn a_call_becomes_a_message() {
    let mut rig = hooked(json!({ "expires_in": 60, "metadata": { "from": "ci" } }));
    let answer = rig.ask(&call(&json!({ "repo": "chaski" }))).unwrap();
    assert_eq!(members(&answer.json), ["batch", "id", "outcome"].into());
    assert_eq!((answer.status, &answer.json["outcome"]), (202, &json!("posted")));
    let message = rig.message(answer.json["id"].as_str().unwrap());
    assert_eq!((&message.json["to"]["group"], &message.json["metadata"]["from"]), (&json!("ops-team"), &json!("ci")));
    assert!(message.json["expires_at"].is_string());
    assert_eq!(rig.flights[0].json()["params"]["text"], "chaski is out");
}

#[test]
fn the_same_delivery_is_one_message_for_as_long_as_that_is_kept() {
    let mut rig = hooked(json!({}));
    rig.serve(|_| taken());
    let first = call(&json!({ "repo": "chaski" })).with("x-github-delivery", "d-1");
    let id = rig.ask(&first).unwrap().json["id"].clone();
    rig.restart();
    rig.pass(20 * DAY);
    // What the sender counts up in the meantime makes no other delivery of it.
    let again = rig.ask(&call(&json!({ "repo": "chaski", "tries": 2 })).with("x-github-delivery", "d-1")).unwrap();
    assert_eq!((again.status, &again.json["outcome"], &again.json["id"]), (200, &json!("repeated"), &id));
    let other = rig.ask(&call(&json!({ "repo": "chaski" })).with("x-github-delivery", "d-2")).unwrap();
    assert_ne!(other.json["id"], id);
    assert_eq!(rig.sends().count(), 2);
    rig.pass(60 * DAY);
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM posted"), 0);
}

#[test]
fn what_has_no_id_is_posted_each_time() {
    let mut rig = hooked(json!({}));
    for _ in 0..2 {
        assert_eq!(rig.ask(&call(&json!({ "repo": "chaski" }))).unwrap().json["outcome"], "posted");
    }
}

#[test]
fn a_template_that_says_nothing_posts_nothing() {
    let mut rig = hooked(json!({ "text": "{{#repo}}{{.}}{{/repo}}" }));
    let answer = rig.ask(&call(&json!({ "zen": "Keep it logically awesome." }))).unwrap();
    assert_eq!((answer.status, answer.json), (200, json!({ "outcome": "skipped", "id": null, "batch": null })));
    assert_eq!(rig.get("/v1/messages").items(), Vec::<Value>::new().as_slice());
}

#[test]
fn several_recipients_are_a_batch() {
    let mut rig = hooked(json!({ "to": [{ "group": "ops-team" }, { "group": "only-ops" }] }));
    let answer = rig.ask(&call(&json!({ "repo": "chaski" })).with("x-github-delivery", "d-1")).unwrap();
    let batch = answer.json["batch"].as_str().unwrap();
    assert_eq!(answer.json["id"], Value::Null);
    assert_eq!(rig.get(&format!("/v1/messages?batch={batch}")).items().len(), 2);
}

#[test]
fn who_has_not_the_key_learns_nothing() {
    let mut rig = hooked(json!({}));
    let mut texts = BTreeSet::new();
    for path in ["deploys/wrong", "deploys/", "deploys/hook-s3cr3t-012345678", "nobody/hook-s3cr3t-0123456789"] {
        let path = format!("/v1/hooks/{path}");
        let answer = rig.ask(&Incoming { path, ..call(&json!({})) }).unwrap();
        assert_eq!(answer.problem(), (404, "not_found", vec![]));
        texts.insert(answer.text);
    }
    assert_eq!(texts.len(), 1);
}

#[test]
fn a_call_that_is_not_signed_as_it_must_be_is_refused() {
    let mut rig = hooked(json!({ "signature": "github", "secret": "$WEBHOOK" }));
    let body = json!({ "repo": "chaski" });
    assert_eq!(rig.ask(&call(&body)).unwrap().problem(), (401, "forged", vec![]));
    let signed = |key: &str| {
        let signature = format!("sha256={}", inbound::hex_hmac(key, &body.to_string()));
        call(&body).with("x-hub-signature-256", &signature)
    };
    assert_eq!(rig.ask(&signed("another")).unwrap().problem(), (401, "forged", vec![]));
    assert_eq!(rig.ask(&signed("wh-s3cr3t-webhook")).unwrap().status, 202);
}

#[test]
fn what_cannot_be_a_message_is_told_and_nothing_is_kept_of_it() {
    let mut rig = hooked(json!({ "via": "wa", "mentions": ["+12025550100"] }));
    let answer = rig.ask(&call(&json!({ "repo": "chaski" })).with("x-github-delivery", "d-1")).unwrap();
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/mentions"]));
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM posted"), 0);
    let large = Incoming { body: Some(vec![b'x'; (1 << 20) + 1]), ..call(&json!({})) };
    assert_eq!(rig.ask(&large).unwrap().status, 413);
    let broken = Incoming { body: Some(b"{\"repo\":".to_vec()), ..call(&json!({})) };
    let broken = rig.ask(&broken.with("content-type", "application/json")).unwrap();
    assert_eq!(broken.problem(), (400, "malformed", vec![]));
}
