//! What an accepted message comes to.

use super::*;

#[test]
fn an_accepted_message_has_all_members_of_a_message() {
    let message = json!({
        "to": { "group": "ops-team" }, "text": "Hello", "via": "ops", "expires_in": 90, "metadata": { "order": "42" },
    });
    let host = Script::of([taken()]);
    let answer = send(&app(), &host, &message);

    assert_eq!(answer.status, 200);
    let mut got = answer.json.clone();
    let attempt = got["attempts"][0].as_object_mut().unwrap();
    let receipt = attempt.remove("receipt").unwrap();
    got.as_object_mut().unwrap().remove("id").unwrap();
    let want = json!({
        "batch": null,
        "status": "queued",
        "to": { "group": "ops-team" },
        "via": "ops",
        "connection": "ops",
        "provider": "whatspie",
        "provider_id": "7637842",
        "job": null,
        "attempts": [{ "connection": "ops", "at": NOW, "outcome": "accepted", "http_status": 200, "error": null }],
        "error": null,
        "created_at": NOW,
        "updated_at": NOW,
        "send_at": null,
        "expires_at": "2026-11-05T08:31:30Z",
        "metadata": { "order": "42" },
        "degraded": [],
    });
    assert_eq!(got, want);
    let raw = json!({ "data": { "id": 7637842, "status": "PENDING" } });
    let want = json!({
        "outcome": "accepted", "id": "7637842", "job": null, "status": "queued", "provider_status": "PENDING", "raw": raw,
    });
    assert_eq!(receipt, want);
    assert_eq!(host.urls(), ["https://api.whatspie.com/groups/495/send"]);
}

#[test]
fn a_message_is_accepted_before_it_is_sent_and_can_be_looked_at_from_then_on() {
    let mut rig = Rig::new();
    let accepted = rig.post(&hello(json!({})));
    assert_eq!((accepted.status, accepted.outcomes()), (202, ("queued", vec![])));
    let place = accepted.header("location").unwrap().to_owned();
    assert_eq!(place, format!("/v1/messages/{}", accepted.json["id"].as_str().unwrap()));
    assert_eq!(rig.get(&place).outcomes(), ("sending", vec![]));
    rig.land(taken());
    let taken = rig.get(&place);
    assert_eq!((taken.status, taken.outcomes()), (200, ("queued", vec!["accepted"])));
    assert_eq!(members(&taken.json), members(&accepted.json));
}

#[test]
fn a_message_that_nobody_took_has_the_same_members() {
    let taken = send(&app(), &Script::of([taken()]), &hello(json!({ "via": "ops" })));
    let refused = send(&app(), &Script::of([answer(401, json!({}))]), &hello(json!({ "via": "ops" })));
    assert_eq!(members(&taken.json), members(&refused.json));
    assert_eq!(refused.json["connection"], "ops");
    assert_eq!(refused.json["provider_id"], Value::Null);
    assert_eq!(refused.json["error"], refused.json["attempts"][0]["error"]);
}

#[test]
fn each_message_has_an_id_of_its_own() {
    let mut rig = Rig::new();
    let [first, second] = [rig.accept(&hello(json!({}))), rig.accept(&hello(json!({})))];
    for id in [&first, &second] {
        let id = id.strip_prefix("msg_").unwrap();
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    }
    assert_ne!(first, second);
}

#[test]
fn a_job_is_told_where_the_provider_makes_one() {
    let host = Script::of([answer(202, json!({ "jobId": "job-7", "status": "PROCESSING" }))]);
    let answer = send(&app(), &host, &hello(json!({ "via": "spot" })));
    assert_eq!((&answer.json["job"], &answer.json["provider_id"]), (&json!("job-7"), &Value::Null));
    assert_eq!(answer.outcomes(), ("queued", vec!["accepted"]));
    assert_eq!(answer.json["attempts"][0]["http_status"], 202);
}

#[test]
fn metadata_comes_back_byte_for_byte() {
    let metadata =
        r#"{ "group" : 120363025246125016999,"f":1.0, "e":1E2,"u":"\u00e9é\/","twice":1 , "twice":2,"deep":[[{}]] }"#;
    let message = format!(r#"{{"to":{{"group":"ops-team"}},"metadata":{metadata},"text":"Hello"}}"#);
    let host = Script::of([taken()]);
    let body = Some(message.into_bytes());
    let answer = handle(&app(), &host, &Incoming { body, ..waiting(&Value::Null, 30) });
    assert!(answer.text.contains(&format!(r#""metadata":{metadata},"#)), "{}", answer.text);
    assert!(!host.sent(0).to_string().contains("120363025246125016999"), "never sent to a provider");
}
