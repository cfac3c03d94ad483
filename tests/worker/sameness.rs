//! What is the same event, and what is another, in the words of each provider.

use super::{
    inbound::{hex_hmac, webhook},
    *,
};

/// With a key in the path for each connection that need not sign.
pub fn open() -> Rig {
    Rig::with(|config| {
        for name in ["backup", "wa"] {
            config["connections"][name]["inbound_key"] = json!("$WEBHOOK");
        }
    })
}

/// A webhook of Go WhatsApp or WhatsSpot, signed.
pub fn signed(connection: &str, body: &Value) -> Incoming {
    let header = format!("sha256={}", hex_hmac("wh-s3cr3t-webhook", &body.to_string()));
    webhook(connection, body).with("x-webhook-signature", &header)
}

fn keyed(connection: &str, body: &Value) -> Incoming {
    webhook(&format!("{connection}/wh-s3cr3t-webhook"), body)
}

impl Rig {
    fn types(&mut self) -> Vec<String> {
        self.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

/// What Go WhatsApp tells of a message to a group, by whom it was got.
fn receipt(kind: &str, id: &str, reader: &str, at: i64) -> Incoming {
    signed(
        "own",
        &json!({ "event_type": kind, "timestamp": format!("2026-11-05T08:29:{at:02}Z"), "data": {
            "message_id": id, "chat": "120363025246125016@g.us", "sender": reader, "timestamp": 1_762_331_000 + at } }),
    )
}

#[test]
fn each_reader_in_a_group_is_an_event() {
    let mut rig = open();
    let readers =
        ["6281234567890@s.whatsapp.net", "6281234567891@s.whatsapp.net", "120363999999@lid", "120363999998@lid"];
    for kind in ["message.delivered", "message.read"] {
        for reader in readers {
            rig.report(&receipt(kind, "3EB0", reader, 1));
        }
    }
    assert_eq!(rig.types(), [["message.delivered"; 4], ["message.read"; 4]].concat());
    // Whatever else is told then.
    rig.report(&receipt("message.read", "3EB0", readers[2], 7));
    assert_eq!(rig.events().len(), 8);
}

#[test]
fn what_is_read_and_what_is_played_are_two() {
    let mut rig = open();
    for kind in ["message.read", "message.played", "message.read"] {
        rig.report(&receipt(kind, "3EB0", "6281234567890@s.whatsapp.net", 1));
    }
    assert_eq!(rig.types(), ["message.read", "other"]);
    let ack = |word: &str| {
        signed("spot", &json!({ "event": "message.ack", "data": { "id": "true_1@c.us_A", "status": word } }))
    };
    for word in ["READ", "PLAYED", "READ", "PLAYED"] {
        rig.report(&ack(word));
    }
    assert_eq!(rig.types()[2..], ["message.read", "other"]);
}

#[test]
fn the_echo_of_a_message_and_the_report_that_it_was_sent_are_two() {
    let mut rig = open();
    let echo = json!({ "event": "message.received", "data": { "id": "true_1234567890@c.us_A", "from": "12025550100@c.us",
        "to": "1234567890@c.us", "body": "Hello", "type": "chat", "timestamp": 1_678_900_000 } });
    let ack = json!({ "event": "message.ack", "data": { "id": "true_1234567890@c.us_A", "status": "SENT", "ack": 1 } });
    for body in [&echo, &ack, &echo, &ack] {
        rig.report(&signed("spot", body));
    }
    assert_eq!(rig.types(), ["message.sent", "message.sent"]);
    assert_eq!(rig.events()[0]["raw"]["event"], "message.received");
}

#[test]
fn an_own_message_and_one_of_somebody_else_are_two() {
    let mut rig = open();
    for from_me in [false, true, false] {
        rig.report(&signed("own", &json!({ "event_type": "message.received", "timestamp": "2026-11-05T08:29:59Z", "data": {
            "message_id": "3EB0", "chat": "120363025246125016@g.us", "from": "120363999999@lid", "is_from_me": from_me } })));
    }
    assert_eq!(rig.types(), ["message.received", "message.sent"]);
}

#[test]
fn a_message_is_one_event_in_each_generation_of_a1base() {
    let mut rig = open();
    let first = json!({ "external_thread_id": "t-1", "external_message_id": "m-1", "chat_type": "group", "content": "Hi",
        "sender_number": "61400123456", "timestamp": 1_734_655_695_000_i64 });
    let second = json!({ "thread_id": "t-1", "message_id": "m-1", "thread_type": "group", "content": "Hi",
        "sender_number": "61400123456", "timestamp": "2024-12-20T00:48:15Z" });
    let third = json!({ "thread_id": "t-1", "message_id": "m-1", "thread_type": "group", "message_type": "text",
        "sender_number": "+61400123456", "is_from_agent": false, "message_content": { "text": "Hi" },
        "timestamp": "2024-12-20T00:48:15+00:00" });
    for body in [&first, &second, &third, &first] {
        rig.report(&keyed("backup", body));
    }
    assert_eq!(rig.types(), ["message.received"]);
    rig.report(&keyed("backup", &with(third, json!({ "message_id": "m-2" }))));
    assert_eq!(rig.events().len(), 2);
}

#[test]
fn a_form_is_known_by_its_id_whatever_the_order_of_its_fields() {
    let mut rig = open();
    let form = |text: &str| Incoming { body: Some(text.as_bytes().to_vec()), ..keyed("wa", &Value::Null) };
    for text in [
        "id=7841&originator=62856123456&msg=Hello",
        "originator=%2B62856123456&msg=Hello&id=7841",
        "id=7842&originator=62856123456&msg=Hello",
        "ping=1",
        "ping=1",
        "ping=2",
    ] {
        rig.report(&form(text));
    }
    assert_eq!(rig.types(), ["message.received", "message.received", "other", "other"]);
}

#[test]
fn each_item_of_a_list_is_an_event_in_its_order() {
    let mut rig = open();
    let item = |id: &str| json!({ "message": id, "from": "6285156055377@s.whatsapp.net", "timestamp": 1_762_331_000, "message_id": id });
    rig.report(&keyed("ops", &json!([item("A"), item("B"), item("A"), { "type": "group_joined" }, "?", "?", 7])));
    rig.report(&keyed("ops", &json!([item("C"), item("B")])));
    rig.report(&keyed("ops", &item("A")));
    let raw: Vec<_> = rig.events().iter().map(|event| event["raw"].clone()).collect();
    assert_eq!(raw, [item("A"), item("B"), json!({ "type": "group_joined" }), json!("?"), json!(7), item("C")]);
    let many: Vec<_> = (0..1001).map(|at| item(&format!("M{at}"))).collect();
    rig.report(&keyed("ops", &json!(many[..1000])));
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM event"), 1006);
    rig.report(&keyed("ops", &json!(many)));
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM event"), 1007, "too many are told as one");
}

#[test]
fn two_edits_of_a_message_are_two_events() {
    let mut rig = open();
    let edit = |text: &str| {
        signed(
            "own",
            &json!({ "event_type": "message.edited", "timestamp": "2026-11-05T08:29:59Z", "data": {
            "message_id": "3EB0", "chat": "120363025246125016@g.us", "text": text } }),
        )
    };
    for text in ["one", "two", "one"] {
        rig.report(&edit(text));
    }
    assert_eq!(rig.types(), ["other", "other"]);
    assert_eq!(rig.events()[1]["message"]["id"], "3EB0");
}

#[test]
fn a_report_of_a_reader_says_no_more_than_one_of_the_message() {
    let mut rig = open();
    let id = rig.accept(&hello(json!({ "via": "own" })));
    rig.land(answer(200, json!({ "data": { "message_id": "3EB0" } })));
    for (kind, reader, status) in [
        ("message.delivered", "1@lid", "delivered"),
        ("message.read", "1@lid", "read"),
        ("message.delivered", "2@lid", "read"),
        ("message.read", "2@lid", "read"),
    ] {
        rig.report(&receipt(kind, "3EB0", reader, 1));
        assert_eq!(rig.status(&id), status, "{kind} {reader}");
    }
    assert_eq!(rig.events().len(), 4);
}

#[test]
fn an_id_that_is_a_page_is_kept_and_breaks_nothing() {
    let mut rig = open();
    let id = "A".repeat(2_300_000);
    for chat in ["6285156055377@s.whatsapp.net".to_owned(), format!("{id}@g.us")] {
        for _ in 0..2 {
            rig.report(&keyed(
                "ops",
                &json!({ "message": "Hello", "from": chat, "message_id": format!("{id}{}", chat.len()) }),
            ));
        }
    }
    rig.report(&keyed("ops", &json!({ "type": "message_read", "data": { "message_id": id } })));
    let types = rig.db.query("SELECT type FROM event ORDER BY seq");
    assert_eq!(json!(types), json!([["message.received"], ["message.received"], ["message.read"]]));
    assert_eq!(rig.get("/v1/events?type=message.read").items()[0]["message"]["id"], json!(id));
}
