//! Many recipients: one message for each, or one for all.

use super::*;

fn phones(count: usize) -> Vec<Value> {
    (0..count).map(|at| json!({ "phone": format!("+1202555{at:04}") })).collect()
}

fn to(to: impl Into<Value>, more: Value) -> Value {
    with(hello(json!({ "to": to.into() })), more)
}

fn bulk() -> Value {
    json!({ "via": "spot", "options": { "whatsspot": { "bulk": true } } })
}

#[test]
fn an_array_of_recipients_is_a_message_for_each_in_their_order() {
    let mut rig = Rig::new();
    let recipients = json!([{ "group": "ops-team" }, { "phone": "+12025550100" }, { "group": "496" }]);
    let answer = rig.post(&to(recipients.clone(), json!({ "via": "ops", "metadata": { "order": 7 } })));
    assert_eq!((answer.status, members(&answer.json)), (202, ["batch", "items", "next"].into()));
    assert_eq!(answer.json["next"], Value::Null);
    let batch = answer.json["batch"].as_str().unwrap();
    assert!(batch.strip_prefix("batch_").is_some_and(|id| id.len() == 32), "{batch}");
    assert_eq!(answer.header("location").unwrap(), format!("/v1/messages?batch={batch}"));
    for (item, recipient) in answer.items().iter().zip(recipients.as_array().unwrap()) {
        assert_eq!((&item["to"], &item["batch"]), (recipient, &json!(batch)));
        assert_eq!((&item["status"], &item["metadata"]), (&json!("queued"), &json!({ "order": 7 })));
    }
    let ids: BTreeSet<_> = answer.items().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!((answer.items().len(), ids.len()), (3, 3));

    let listed = rig.get(answer.header("location").unwrap());
    let newest_first = listed.items().iter().rev().map(|item| &item["id"]);
    assert!(newest_first.eq(answer.items().iter().map(|item| &item["id"])));
    let urls: Vec<_> = rig.sends().map(|send| send.request.url.rsplit('/').nth(1).unwrap()).collect();
    assert_eq!(urls, ["495", "api.whatspie.com", "496"]);
    assert_eq!(rig.flights[1].json()["receiver"], "12025550100");
}

#[test]
fn an_array_of_one_is_a_batch_of_one() {
    let mut rig = Rig::new();
    let answer = rig.post(&to(phones(1), json!({})));
    assert_eq!((answer.status, answer.items().len()), (202, 1));
    assert!(answer.json["batch"].is_string());
}

#[test]
fn a_thousand_are_accepted_in_one_step() {
    let mut rig = Rig::new();
    assert_eq!(rig.accept_batch(&to(phones(1000), json!({ "via": "ops" }))).len(), 1000);
    rig.restart();
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM message"), 1000);
    let many = rig.post(&to(phones(1001), json!({ "via": "ops" })));
    assert_eq!(many.problem(), (422, "invalid", vec!["/to"]));
}

#[test]
fn all_of_a_batch_are_sent() {
    let mut rig = Rig::new();
    rig.serve(|_| taken());
    let ids = rig.accept_batch(&to(phones(70), json!({ "via": "ops" })));
    rig.until_settled();
    let receivers: BTreeSet<_> = rig.sends().map(|send| send.json()["receiver"].as_str().unwrap().to_owned()).collect();
    assert_eq!((ids.len(), rig.sends().count(), receivers.len()), (70, 70, 70));
}

#[test]
fn nobody_gets_a_message_twice() {
    let mut rig = Rig::new();
    let twice = json!([
        { "group": "ops-team" }, { "phone": "+12025550100" }, { "group": "495" }, { "phone": "+1 (202) 555-0100" },
        { "group": "thread-9" }, { "group": "496" }, { "group": "only-ops" },
    ]);
    let answer = rig.post(&to(twice.clone(), json!({ "via": "ops" })));
    assert_eq!(answer.problem(), (422, "invalid", vec!["/to/2/group", "/to/3/phone", "/to/4/group", "/to/6/group"]));
    assert!(answer.text.contains("the same as /to/0") && answer.text.contains("the same as /to/5"), "{}", answer.text);
    assert_eq!(rig.post(&to(twice, bulk())).status, 422);
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM submission"), 0);
}

#[test]
fn what_is_wrong_with_any_of_them_is_told_with_its_place_and_none_is_sent() {
    let mut rig = Rig::new();
    let wrong =
        json!([{ "group": "ops-team" }, { "group": "no group" }, { "phone": "+12025550100" }, { "group": "x/y" }]);
    let answer = rig.post(&to(wrong, json!({ "via": "ops" })));
    assert_eq!(answer.problem(), (422, "invalid", vec!["/to/1/group", "/to/3/group"]));

    let sound = json!({ "via": "ops", "media": { "kind": "audio", "url": "https://example.com/a.mp3" } });
    let answer = rig.post(&to(phones(3), sound));
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/media/kind"]), "what all lack is told once");
    assert_eq!((rig.db.number("SELECT COUNT(*) FROM message"), rig.log.len()), (0, 0));
}

#[test]
fn each_of_them_has_the_route_that_can_take_it() {
    let mut rig = Rig::new();
    let recipients = json!([{ "group": "ops-team" }, { "group": "only-ops" }]);
    let routed = json!({ "via": ["backup", "ops"], "on_unsupported": "route" });
    rig.accept_batch(&to(recipients.clone(), routed));
    let urls: Vec<_> = rig.sends().map(|send| send.request.url.split('/').nth(2).unwrap()).collect();
    assert_eq!(urls, ["api.a1base.com", "api.whatspie.com"]);
    let answer = rig.post(&to(recipients, json!({ "via": ["backup", "ops"] })));
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/to/1/group"]));
}

#[test]
fn who_waits_for_a_batch_waits_for_all_of_it() {
    let mut rig = Rig::new();
    assert!(rig.ask(&waiting(&to(phones(2), json!({ "via": "ops" })), 30)).is_none());
    rig.land(taken());
    assert!(rig.heard().is_none());
    rig.land(Err(Failure::Lost));
    let answer = rig.heard().unwrap();
    let statuses: Vec<_> = answer.items().iter().map(|item| item["status"].as_str().unwrap()).collect();
    assert_eq!((answer.status, statuses), (200, vec!["queued", "unknown"]));
}

#[test]
fn in_bulk_they_are_one_message_and_one_call() {
    let mut rig = Rig::new();
    let recipients = json!([{ "group": "ops-team" }, { "phone": "+12025550100" }, { "group": "own-id" }]);
    let accepted = rig.post(&to(recipients.clone(), bulk()));
    assert_eq!((accepted.status, &accepted.json["batch"], &accepted.json["to"]), (202, &Value::Null, &recipients));
    rig.land(answer(202, json!({ "jobId": "job-7", "status": "PROCESSING" })));
    let id = accepted.json["id"].as_str().unwrap();
    assert_eq!(rig.message(id).json["job"], "job-7");
    let sent = rig.log[0].json();
    assert_eq!((&sent["groupIds"], &sent["recipients"]), (&json!(["spot-group", "own-id"]), &json!(["12025550100"])));
    assert_eq!(rig.log.len(), 1);
}

#[test]
fn only_who_can_take_many_in_one_call_gets_them_in_bulk() {
    let mut rig = Rig::new();
    let mut message = to(phones(2), bulk());
    message["via"] = json!(["ops", "spot"]);
    assert_eq!(rig.post(&message).problem(), (422, "unsupported", vec!["/to"]));
    message["on_unsupported"] = "route".into();
    rig.accept(&message);
    assert_eq!(rig.log[0].request.url, "https://api.whatsspot.in/messages/send");
    // Without the option each is sent on its own, even there.
    message["options"] = json!({});
    rig.accept_batch(&message);
    assert_eq!(rig.log[1].request.url, "https://api.whatspie.com/messages");
}
