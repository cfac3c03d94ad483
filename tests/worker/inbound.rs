//! What providers report: let in by key or signature, written down once, and heeded.

use super::*;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub fn hex_hmac(key: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A webhook of a connection, without a key of ours.
pub fn webhook(path: &str, body: &Value) -> Incoming {
    let body = Some(body.to_string().into_bytes());
    Incoming { headers: Headers::default(), body, ..incoming("POST", &format!("/v1/inbound/{path}")) }
}

/// Somebody writes to `ops`.
pub fn written(id: &str, text: &str) -> Incoming {
    let body = json!({ "message": text, "from": "6285156055377@s.whatsapp.net", "timestamp": 1_762_331_000, "message_id": id });
    webhook("ops/wh-s3cr3t-webhook", &body)
}

/// `ops` reports how far a message is.
fn reported(kind: &str, id: &str) -> Incoming {
    webhook(
        "ops/wh-s3cr3t-webhook",
        &json!({ "type": kind, "data": { "message_id": id, "status": "ERROR", "reason": "+6285156055377 is not on WhatsApp" } }),
    )
}

impl Rig {
    pub fn report(&mut self, incoming: &Incoming) {
        let answer = self.ask(incoming).unwrap();
        assert_eq!((answer.status, answer.text.as_str()), (200, "[]"));
    }

    pub fn events(&mut self) -> Vec<Value> {
        self.get("/v1/events?limit=100").items().to_vec()
    }
}

#[test]
fn a_webhook_comes_in_by_the_key_in_its_path() {
    let mut rig = Rig::new();
    rig.report(&written("A", "Hello"));
    let [event] = rig.events().try_into().unwrap();
    let want = ["at", "connection", "id", "message", "provider", "raw", "type"];
    assert_eq!(members(&event), want.into_iter().collect());
    assert!(event["id"].as_str().unwrap().starts_with("evt_"));
    assert_eq!(
        (&event["type"], &event["connection"], &event["provider"]),
        (&json!("message.received"), &json!("ops"), &json!("whatspie"))
    );
    assert_eq!(event["message"]["text"], "Hello");
    assert_eq!(event["raw"]["message_id"], "A");
}

#[test]
fn who_has_neither_key_nor_signature_learns_nothing() {
    let mut rig = Rig::new();
    let body = json!({ "message": "Hello", "message_id": "A", "from": "1" });
    let mut texts = BTreeSet::new();
    for path in [
        "ops",
        "ops/",
        "ops/wrong",
        "ops/wh-s3cr3t-webhoo",
        "ops/wh-s3cr3t-webhook2",
        "nobody",
        "nobody/x",
        "wa",
        "wa/x",
        "own/x",
    ] {
        let answer = rig.ask(&webhook(path, &body)).unwrap();
        assert_eq!(answer.problem(), (404, "not_found", vec![]), "{path}");
        texts.insert(answer.text);
    }
    assert_eq!(texts.len(), 1);
    assert_eq!(rig.events(), Vec::<Value>::new());
}

#[test]
fn a_signed_webhook_needs_no_key_and_a_forged_one_is_refused() {
    let mut rig = Rig::new();
    let body = json!({ "event_type": "message.received", "timestamp": "2026-11-05T08:29:59Z", "data": { "message_id": "A", "chat": "6285156055377@s.whatsapp.net", "from": "6285156055377@s.whatsapp.net" } });
    let signed = webhook("own", &body);
    let signature = format!("sha256={}", hex_hmac("wh-s3cr3t-webhook", &body.to_string()));
    for (headers, detail) in [
        (vec![], "the webhook is not signed"),
        (
            vec![("x-webhook-signature", format!("sha256={}", hex_hmac("wh-s3cr3t-webhook", "other")))],
            "the webhook's signature does not hold",
        ),
    ] {
        let forged = headers.iter().fold(signed.clone(), |incoming, (name, value)| incoming.with(name, value));
        let answer = rig.ask(&forged).unwrap();
        assert_eq!(answer.problem(), (401, "forged", vec![]));
        assert_eq!(answer.json["detail"], detail);
    }
    assert_eq!(rig.events(), Vec::<Value>::new());
    rig.report(&signed.with("x-webhook-signature", &signature));
    assert_eq!(rig.events().len(), 1);
}

#[test]
fn the_worker_is_closed_to_providers_too_without_a_key_of_its_own() {
    let app = App::new(None, Some(&config().to_string()), secret).into();
    assert_eq!(handle(&app, &no_fetch(), &written("A", "Hello")).problem().0, 503);
}

#[test]
fn a_connection_that_is_misconfigured_lets_its_provider_come_again() {
    let mut rig = Rig::with(|config| config["connections"]["ops"]["token"] = json!("$GONE"));
    assert_eq!(rig.ask(&written("A", "Hello")).unwrap().problem().0, 503);
}

#[test]
fn the_same_message_is_one_event_whatever_else_is_told() {
    let mut rig = Rig::new();
    let first = written("A", "Hello");
    rig.report(&first);
    rig.pass(DAY);
    rig.report(&first);
    rig.report(&written("A", "Hello, re-serialised"));
    rig.restart();
    rig.report(&first);
    rig.report(&written("B", "Hello"));
    let ids: Vec<_> = rig.events().iter().map(|event| event["message"]["id"].clone()).collect();
    assert_eq!(ids, ["A", "B"]);
}

#[test]
fn another_connection_is_another_source() {
    let mut rig = Rig::with(|config| {
        config["connections"]["ops2"] = config["connections"]["ops"].clone();
    });
    rig.report(&written("A", "Hello"));
    rig.report(&Incoming { path: "/v1/inbound/ops2/wh-s3cr3t-webhook".to_owned(), ..written("A", "Hello") });
    assert_eq!(rig.events().len(), 2);
}

#[test]
fn what_has_no_id_and_no_time_is_the_same_for_ten_minutes() {
    let mut rig = Rig::new();
    let down =
        webhook("ops/wh-s3cr3t-webhook", &json!({ "type": "device_disconnected", "data": { "status": "UNPAIRED" } }));
    rig.report(&down);
    rig.pass(9 * MINUTE);
    rig.report(&down);
    assert_eq!(rig.events().len(), 1);
    rig.pass(2 * MINUTE);
    rig.report(&down);
    let events = rig.events();
    assert_eq!(events.iter().map(|event| event["type"].as_str().unwrap()).collect::<Vec<_>>(), ["connection.down"; 2]);
    assert_ne!(events[0]["id"], events[1]["id"]);
}

#[test]
fn what_is_not_understood_is_kept_as_it_came() {
    let mut rig = Rig::new();
    for body in [&b"no json"[..], b"", b"\xff\xfe", b"[]", b"{\"a\":[1.50,1e3]}", b"\"s\""] {
        rig.report(&Incoming { body: Some(body.to_vec()), ..written("A", "") });
    }
    let events = rig.events();
    assert!(events.iter().all(|event| event["type"] == "other" && event["message"].is_null()));
    let raw: Vec<_> = events.iter().map(|event| event["raw"].to_string()).collect();
    assert_eq!(raw, ["\"no json\"", "\"\"", "{\"base64\":\"//4=\"}", "[]", "{\"a\":[1.5,1000.0]}", "\"s\""]);
}

#[test]
fn a_report_takes_its_message_further_and_never_back() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(taken());
    for (kind, status) in [("message_read", "read"), ("message_failed", "read"), ("message_read", "read")] {
        rig.report(&reported(kind, "7637842"));
        assert_eq!(rig.status(&id), status, "{kind}");
    }
    rig.report(&reported("message_read", "another"));
    let other = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(answer(200, json!({ "data": { "id": 8, "status": "PENDING" } })));
    rig.report(&reported("message_failed", "8"));
    let failed = rig.message(&other);
    assert_eq!(
        (failed.json["status"].as_str(), failed.json["error"]["kind"].as_str()),
        (Some("failed"), Some("rejected"))
    );
    assert_eq!(failed.json["error"]["message"], "+***********77 is not on WhatsApp");
}

#[test]
fn a_report_that_comes_before_the_answer_is_not_forgotten() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.report(&reported("message_read", "7637842"));
    assert_eq!(rig.status(&id), "sending");
    rig.land(taken());
    assert_eq!(rig.status(&id), "read");
}

#[test]
fn a_report_of_another_connection_is_of_another_message() {
    let mut rig = Rig::with(|config| config["connections"]["ops2"] = config["connections"]["ops"].clone());
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(taken());
    rig.report(&Incoming {
        path: "/v1/inbound/ops2/wh-s3cr3t-webhook".to_owned(),
        ..reported("message_read", "7637842")
    });
    assert_eq!(rig.status(&id), "queued");
}

#[test]
fn events_are_forgotten_when_messages_are() {
    let mut rig = Rig::new();
    rig.report(&written("A", "Hello"));
    rig.pass(29 * DAY);
    assert_eq!(rig.events().len(), 1);
    rig.pass(2 * DAY);
    assert_eq!(rig.events().len(), 0);
    for table in ["event", "event_text", "delivery"] {
        assert_eq!(rig.db.number(&format!("SELECT COUNT(*) FROM {table}")), 0);
    }
    assert_eq!(rig.next(), None);
}
