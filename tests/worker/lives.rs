//! The object dies at any moment, and lives again, perhaps with another configuration.

use super::storage::Db;
use super::*;

#[test]
fn what_was_in_flight_when_the_object_died_is_owned_up_to() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({})));
    rig.now.0 += 3_000;
    rig.restart();
    let message = rig.message(&id);
    assert_eq!(message.outcomes(), ("unknown", vec!["ambiguous"]));
    let attempt = &message.json["attempts"][0];
    assert_eq!((&attempt["connection"], &attempt["at"]), (&json!("ops"), &json!(NOW)));
    assert_eq!((&attempt["http_status"], &attempt["error"]["kind"]), (&Value::Null, &json!("lost")));
    rig.pass(DAY);
    assert_eq!((rig.status(&id), rig.log.len()), ("unknown".to_owned(), 1), "it is not sent again");
}

#[test]
fn what_was_in_flight_is_sent_again_where_the_message_asks_for_it() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "on_ambiguous": "resend" })));
    rig.restart();
    rig.pass(0);
    assert_eq!(rig.flights[0].request.url, "https://api.a1base.com/v1/messages/group/acc%201/send");
    rig.land(also_taken());
    assert_eq!(rig.message(&id).outcomes(), ("sent", vec!["ambiguous", "accepted"]));
}

#[test]
fn what_waits_goes_on_in_the_next_life_though_nobody_asks_for_anything() {
    let mut rig = Rig::with(|config| config["connections"]["ops"]["pace"] = json!({ "per_minute": 1 }));
    let queued =
        [0, 1, 2].map(|at| rig.accept(&hello(json!({ "to": { "phone": format!("+1202555010{at}") }, "via": "ops" }))));
    rig.land(taken());
    rig.serve(|_| taken());
    for _ in 0..2 {
        // Long after its alarm should have rung.
        rig.now.0 += HOUR;
        rig.restart();
        rig.pass(0);
    }
    assert_eq!(queued.map(|id| rig.message(&id).outcomes() == ("queued", vec!["accepted"])), [true; 3]);
}

#[test]
fn what_is_over_is_forgotten_in_its_time_in_a_later_life_too() {
    let mut rig = Rig::new();
    rig.accept(&hello(json!({})));
    // The alarm that would look after it is overdue, and there is nothing to send.
    rig.now.0 += HOUR;
    rig.restart();
    rig.pass(31 * DAY);
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM message"), 0);
}

#[test]
fn a_clock_that_goes_back_loses_nothing() {
    let mut rig = Rig::new();
    let [first, second] = ["1", "2"].map(|text| rig.accept(&hello(json!({ "text": text, "via": "ops" }))));
    rig.now.0 -= HOUR;
    let third = rig.accept(&hello(json!({ "text": "3", "via": "backup" })));
    assert_eq!(rig.flights.len(), 1, "one after the other all the same");
    rig.serve(|request| if request.url.contains("whatspie") { taken() } else { also_taken() });
    rig.land(slow_down(None));
    rig.pass(2 * HOUR);
    assert_eq!([first, second, third].map(|id| rig.status(&id)), ["queued", "queued", "sent"]);

    rig.provide(|_| None);
    let lost = rig.accept(&hello(json!({})));
    rig.now.0 -= HOUR;
    rig.restart();
    assert_eq!(rig.status(&lost), "unknown");
}

#[test]
fn the_file_alone_is_enough_to_go_on() {
    let path = std::env::temp_dir().join(format!("chaski-{}.sqlite", std::process::id()));
    let mut rig = Rig::on(&app(), Db::open(Some(path.clone())));
    let sent = rig.post_keyed("k", &hello(json!({ "text": "1" })));
    rig.land(taken());
    let lost = rig.accept(&hello(json!({ "text": "2" })));
    let queued = rig.accept(&hello(json!({ "text": "3" })));
    let before = rig.db.dump();
    drop(rig);

    let mut rig = Rig::on(&app(), Db::open(Some(path.clone())));
    assert_ne!(rig.db.dump(), before, "what was in flight is not any more");
    rig.serve(|_| taken());
    rig.pass(0);
    assert_eq!([rig.status(&lost), rig.status(&queued)], ["unknown", "queued"]);
    assert_eq!(rig.post_keyed("k", &hello(json!({ "text": "1" }))).text, sent.text);
    let kept = rig.db.dump();
    rig.restart();
    assert_eq!(rig.db.dump(), kept, "a life that has nothing to own up to changes nothing");
    drop(rig);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_connection_that_is_misconfigured_when_its_turn_comes_is_passed_over() {
    // Its number stands behind and before that of the other.
    for (broken, whole) in [("ops", "backup"), ("backup", "ops")] {
        let mut rig = Rig::with(|config| config["connections"][broken]["pace"] = "slow".into());
        rig.serve(|request| if request.url.contains("whatspie") { taken() } else { also_taken() });
        let id = rig.accept(&hello(json!({ "via": [broken, whole] })));
        rig.pass(0);
        let message = rig.message(&id);
        assert_eq!((message.outcomes().1, &message.json["connection"]), (vec!["rejected", "accepted"], &json!(whole)));
        let attempt = &message.json["attempts"][0];
        assert_eq!((&attempt["connection"], &attempt["error"]["kind"]), (&json!(broken), &json!("invalid")));
        assert_eq!(attempt["error"]["errors"][0]["pointer"], format!("/connections/{broken}/pace"));
        assert_eq!(rig.log.len(), 1);
    }
}

#[test]
fn a_chat_goes_on_behind_a_message_that_nobody_can_send_any_more() {
    let broken = changed(|config| config["connections"]["ops"]["pace"] = "slow".into());
    let mut rig = Rig::with(|config| config["connections"]["ops"]["pace"] = json!({ "per_minute": 1 }));
    rig.accept(&hello(json!({ "to": { "group": "496" }, "via": "ops" })));
    rig.land(taken());
    let [first, second] = ["ops", "backup"].map(|via| rig.accept(&hello(json!({ "via": via }))));
    rig.restart_as(&broken);
    rig.pass(0);
    assert_eq!([rig.status(&first), rig.status(&second)], ["failed", "sending"]);
}

#[test]
fn a_connection_that_is_mended_in_time_is_used() {
    let mut rig = Rig::with(|config| config["connections"]["ops"]["token"] = "$NOT_SET".into());
    let refused = rig.post(&hello(json!({ "via": "ops" })));
    assert_eq!(refused.problem(), (503, "invalid", vec!["/connections/ops/token"]));
    let id = rig.accept(&hello(json!({ "send_at": "2026-11-05T09:00:00Z" })));
    rig.restart_as(&app());
    rig.serve(|_| taken());
    rig.pass(HOUR);
    assert_eq!(rig.message(&id).json["connection"], "ops");
    assert_eq!(rig.message(&id).outcomes(), ("queued", vec!["accepted"]));
}

/// The Worker without these connections.
fn without(names: &[&str]) -> Rc<App> {
    changed(|config| names.iter().for_each(|name| forget(config, name)))
}

#[test]
fn a_connection_that_is_gone_from_the_configuration_is_passed_over() {
    for (gone, outcomes, sends) in [
        (vec!["ops"], ("queued", vec!["rejected", "accepted"]), 1),
        (vec!["ops", "backup"], ("queued", vec!["rejected", "rejected", "accepted"]), 1),
        (vec!["backup"], ("queued", vec!["accepted"]), 1),
        (vec!["ops", "backup", "wa"], ("failed", vec!["rejected"; 3]), 0),
    ] {
        let mut rig = Rig::new();
        let message = hello(json!({ "via": ["ops", "backup", "wa"], "send_at": "2026-11-05T09:00:00Z" }));
        let id = rig.accept(&message);
        rig.restart_as(&without(&gone));
        rig.serve(|_| answer(200, json!({ "data": { "id": 7, "ref_no": "7", "status": "PENDING" } })));
        rig.pass(HOUR);
        let got = rig.message(&id);
        assert_eq!((got.outcomes().1, rig.sends().count()), (outcomes.1, sends), "{gone:?}");
        let first = got.json["attempts"][0]["error"]["kind"].as_str();
        assert_eq!(first, gone.contains(&"ops").then_some("invalid"), "{gone:?}");
    }
}

#[test]
fn a_connection_that_is_gone_is_passed_over_where_its_turn_comes_later_too() {
    let mut rig = Rig::new();
    let message = hello(json!({ "via": ["ops", "backup", "wa"], "send_at": "2026-11-05T09:00:00Z" }));
    let id = rig.accept(&message);
    rig.restart_as(&without(&["backup"]));
    rig.serve(|request| match request.url.contains("whatspie") {
        true => refused(),
        false => answer(200, json!({ "data": { "ref_no": "7" } })),
    });
    rig.pass(HOUR);
    assert_eq!(rig.message(&id).outcomes(), ("accepted", vec!["rejected", "rejected", "accepted"]));
}

#[test]
fn a_connection_that_is_back_is_used_again_at_its_pace() {
    let slow = |config: &mut Value| config["connections"]["ops"]["pace"] = json!({ "min_gap_ms": 60_000 });
    let mut rig = Rig::with(slow);
    let ids = ["+12025550100", "+12025550101"].map(|phone| {
        let to = json!({ "phone": phone });
        rig.accept(&json!({ "to": to, "text": "Hello", "via": ["ops", "backup"], "send_at": "2026-11-05T09:00:00Z" }))
    });
    rig.restart_as(&without(&["ops"]));
    rig.restart_as(&changed(slow));
    rig.serve(|_| taken());
    rig.pass(HOUR);
    assert_eq!(ids.map(|id| rig.message(&id).json["connection"].clone()), ["ops", "ops"]);
    let times: Vec<_> = rig.sends().map(|send| send.begun.0).collect();
    assert_eq!(times[1] - times[0], 60_000);
}

#[test]
fn a_connection_that_is_gone_while_it_sends_leaves_the_message_unknown() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({})));
    rig.restart_as(&without(&["ops"]));
    rig.pass(0);
    assert_eq!(rig.message(&id).outcomes(), ("unknown", vec!["ambiguous"]));
    assert_eq!(rig.message(&id).json["provider"], "whatspie");
}

#[test]
fn a_connection_that_is_gone_is_not_asked_any_more() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "via": "ops" })));
    rig.land(taken());
    rig.restart_as(&without(&["ops"]));
    rig.until_settled();
    assert_eq!((rig.message(&id).outcomes(), rig.log.len()), (("queued", vec!["accepted"]), 1));
}
