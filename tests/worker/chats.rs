//! In each chat, one message after the other.

use super::*;

fn to(group: &str, text: &str, via: &str) -> Value {
    json!({ "to": { "group": group }, "text": text, "via": via })
}

/// What was sent, in its order, whoever sent it.
fn texts(rig: &Rig) -> Vec<String> {
    let text = |sent: Value| {
        [&sent["params"]["text"], &sent["content"], &sent["text"], &sent["message"]]
            .into_iter()
            .find_map(|text| text.as_str().map(str::to_owned))
            .unwrap()
    };
    rig.sends().map(|send| text(send.json())).collect()
}

#[test]
fn messages_to_one_chat_go_one_by_one_by_whatever_name_and_connection() {
    let mut rig = Rig::new();
    let own = "120363025246125016@g.us";
    for (group, text, via) in [
        ("ops-team", "1", "ops"),
        ("495", "2", "ops"),
        ("thread-9", "3", "backup"),
        (own, "4", "own"),
        ("wa-group", "5", "wa"),
        ("ops-team", "6", "own"),
        ("ops-team", "7", "ops"),
    ] {
        rig.accept(&to(group, text, via));
        assert_eq!(rig.flights.len(), 1);
    }
    rig.accept(&to("496", "another chat", "ops"));
    assert_eq!(rig.flights.len(), 2);
    for _ in 0..7 {
        rig.land_at(rig.flights.iter().position(|flight| !flight.request.url.contains("496")).unwrap(), refused());
    }
    assert_eq!(texts(&rig), ["1", "another chat", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn one_person_is_one_chat_however_the_number_is_written() {
    let mut rig = Rig::new();
    for phone in ["+12025550100", "+1 202 555 0100", "+1 (202) 555-0100"] {
        rig.accept(&json!({ "to": { "phone": phone }, "text": "Hello", "via": "ops" }));
    }
    assert_eq!(rig.flights.len(), 1);
}

#[test]
fn a_message_that_is_tried_again_keeps_its_place() {
    let mut rig = Rig::new();
    for text in ["1", "2", "3"] {
        rig.accept(&to("ops-team", text, "ops"));
    }
    rig.accept(&to("ops-team", "4", "backup"));
    let other = rig.accept(&to("496", "another chat", "ops"));
    rig.land(slow_down(Some(100)));
    rig.land(taken());
    assert_eq!(rig.status(&other), "queued");
    rig.pass(99_999);
    assert_eq!(texts(&rig), ["1", "another chat"]);
    rig.serve(|_| taken());
    rig.pass(1);
    assert_eq!(texts(&rig), ["1", "another chat", "1", "2", "3", "4"]);
}

#[test]
fn what_is_settled_or_unknown_lets_the_next_one_go() {
    for outcome in [taken(), refused(), Err(Failure::Lost)] {
        let mut rig = Rig::new();
        for text in ["1", "2"] {
            rig.accept(&to("ops-team", text, "ops"));
        }
        rig.land(outcome);
        assert_eq!(texts(&rig), ["1", "2"]);
    }
}

#[test]
fn what_is_called_back_or_expires_lets_the_next_one_go() {
    for expires_in in [json!(10), Value::Null] {
        let mut rig = Rig::new();
        let mut first = to("ops-team", "1", "ops");
        first["expires_in"] = expires_in.clone();
        let first = rig.accept(&first);
        for text in ["2", "3", "4"] {
            rig.accept(&to("ops-team", text, "ops"));
        }
        rig.serve(|_| taken());
        rig.land(slow_down(Some(600)));
        if expires_in.is_null() {
            rig.cancel(&first);
        }
        rig.pass(10_000);
        assert_eq!(texts(&rig), ["1", "2", "3", "4"]);
    }
}

#[test]
fn what_is_for_later_has_its_place_by_its_time() {
    let mut rig = Rig::new();
    let at = |seconds: i64| Timestamp(rig.now.0 + seconds * SECOND).to_string();
    let [soon, later] = [at(10), at(20)];
    for (text, send_at) in
        [("later", json!(later)), ("soon", json!(soon)), ("soon, too", json!(soon)), ("now", Value::Null)]
    {
        let mut message = to("ops-team", text, "ops");
        message["send_at"] = send_at;
        rig.accept(&message);
    }
    rig.serve(|_| taken());
    rig.land(slow_down(Some(15)));
    rig.pass(14_999);
    assert_eq!(texts(&rig), ["now"], "what was due before it holds it back");
    rig.pass(1);
    rig.accept(&to("ops-team", "after", "ops"));
    rig.pass(60_000);
    assert_eq!(texts(&rig), ["now", "now", "soon", "soon, too", "after", "later"]);
}

#[test]
fn what_waits_for_its_time_behind_a_provider_that_would_have_waited_holds_nobody_back() {
    let mut rig = Rig::new();
    let mut natively = to("ops-team", "later", "ops");
    natively["via"] = json!(["spot", "ops"]);
    natively["send_at"] = "2026-11-06T00:00:00Z".into();
    natively["options"] = json!({ "whatsspot": { "schedule": true } });
    rig.accept(&natively);
    rig.land(refused());
    rig.serve(|_| taken());
    rig.accept(&to("ops-team", "now", "ops"));
    rig.pass(DAY);
    assert_eq!(texts(&rig), ["later", "now", "later"]);
}

#[test]
fn a_long_row_behind_one_message_keeps_no_other_chat_waiting() {
    let mut rig = Rig::new();
    for at in 0..70 {
        rig.accept(&to("ops-team", &at.to_string(), "ops"));
    }
    let other = rig.accept(&to("496", "another chat", "ops"));
    rig.pass(0);
    assert_eq!(rig.status(&other), "sending");
    rig.serve(|_| taken());
    rig.land(taken());
    rig.land(taken());
    rig.pass(MINUTE);
    let order: Vec<_> = texts(&rig).into_iter().filter_map(|text| text.parse::<usize>().ok()).collect();
    assert_eq!(order, (0..70).collect::<Vec<_>>());
}
