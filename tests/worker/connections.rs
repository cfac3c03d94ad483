//! Providers, connections, their health and groups.

use super::*;

#[test]
fn the_providers_are_listed_with_what_they_can_do() {
    let answer = get(&app(), &no_fetch(), "/v1/providers");
    assert_eq!((answer.status, members(&answer.json)), (200, ["items", "next"].into()));
    assert_eq!(answer.json["next"], Value::Null);
    let items = answer.json["items"].as_array().unwrap();
    let slugs: Vec<_> = items.iter().map(|item| item["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, PROVIDERS.iter().map(|provider| provider.slug).collect::<Vec<_>>());
    for (item, provider) in items.iter().zip(PROVIDERS) {
        for list in ["account", "options", "features", "calls"] {
            assert!(item[list].is_array(), "{list} of {}", provider.slug);
        }
        assert_eq!(item["calls"], json!(provider.calls().collect::<Vec<_>>()));
        assert_eq!(item["features"], json!(provider.features));
        let key = item["account"].as_array().unwrap().iter().find(|field| field["secret"] == true).unwrap();
        assert_eq!(key["required"], true, "the key of {}", provider.slug);
    }
}

#[test]
fn the_connections_are_listed_without_keys_and_whole_numbers() {
    let answer = get(&app(), &no_fetch(), "/v1/connections");
    let want = |name, provider, number: Value, routes: &[&str]| json!({ "name": name, "provider": provider, "number": number, "routes": routes, "errors": [] });
    let items = json!([
        want("backup", "a1base", json!("*********71"), &["all", "default"]),
        want("ops", "whatspie", json!("***********26"), &["all", "default"]),
        want("own", "gowhatsapp", Value::Null, &["all"]),
        want("spot", "whatsspot", Value::Null, &["all"]),
        want("wa", "wachat", json!("**********01"), &["all"]),
    ]);
    assert_eq!((answer.status, answer.json), (200, json!({ "items": items, "next": null })));
    assert!(!answer.text.contains("s3cr3t"));
}

#[test]
fn the_health_of_a_connection_is_what_the_provider_says_of_device_and_quota() {
    let devices = || {
        let subscription = json!({ "quote_available": "100", "quote_used": "3" });
        let device = json!({ "phone": "6281776521626", "name": "desk", "paired_status": "PAIRED", "subscription": subscription });
        answer(200, json!({ "data": [device] }))
    };
    let host = Script::of([devices(), devices()]);
    let answer_ops = get(&app(), &host, "/v1/connections/ops/health");
    assert_eq!(answer_ops.status, 200);
    assert_eq!(members(&answer_ops.json), ["connection", "provider", "status", "account", "quota", "error"].into());
    assert_eq!(
        [&answer_ops.json["connection"], &answer_ops.json["provider"], &answer_ops.json["status"]],
        ["ops", "whatspie", "up"]
    );
    assert_eq!(answer_ops.json["account"]["connected"], true);
    assert_eq!((&answer_ops.json["quota"]["used"], &answer_ops.json["quota"]["remaining"]), (&json!(3), &json!(100)));
    assert_eq!(answer_ops.json["error"], Value::Null);

    let unpaired = || answer(200, json!({ "data": [{ "phone": "6281776521626", "paired_status": "UNPAIRED" }] }));
    for (via, outcomes, status, kind) in [
        ("ops", vec![unpaired(), unpaired()], "down", None),
        ("ops", vec![answer(401, json!({ "message": "Unauthenticated." }))], "down", Some("auth")),
        ("ops", vec![Err(Failure::Timeout)], "down", Some("lost")),
        ("ops", vec![devices(), answer(500, json!({}))], "up", None),
        ("own", vec![answer(200, json!({ "data": { "is_connected": true, "is_logged_in": false } }))], "down", None),
        ("own", vec![answer(200, json!({ "data": { "is_connected": true } }))], "up", None),
        // WAChat knows of no device: that it takes the key is all there is.
        ("wa", vec![answer(200, json!({ "data": { "userid": "u" } })), answer(200, json!({ "data": {} }))], "up", None),
        ("spot", vec![], "unknown", None),
    ] {
        let answer = get(&app(), &Script::of(outcomes), &format!("/v1/connections/{via}/health"));
        assert_eq!((answer.status, &answer.json["status"]), (200, &json!(status)), "{}", answer.text);
        assert_eq!(answer.json["error"]["kind"].as_str(), kind);
    }
}

#[test]
fn the_groups_of_a_connection_are_a_page() {
    let rows = json!({ "data": [{ "id": 495, "title": "Ops", "jid": "120363022368688477@g.us" }, { "id": "496" }] });
    let answer_ops = get(&app(), &Script::of([answer(200, rows)]), "/v1/connections/ops/groups");
    let items = json!([{ "id": "495", "name": "Ops", "jid": "120363022368688477@g.us" }, { "id": "496", "name": null, "jid": null }]);
    assert_eq!((answer_ops.status, answer_ops.json), (200, json!({ "items": items, "next": null })));

    let many: Vec<_> = (0..50).map(|id| json!({ "thread_id": format!("t-{id}"), "type": "group" })).collect();
    let bare = get(&app(), &Script::of([answer(200, json!(many))]), "/v1/connections/backup/groups");
    assert_eq!(bare.json["items"].as_array().map(Vec::len), Some(50), "{}", bare.text);
}

#[test]
fn groups_that_cannot_be_listed_say_why() {
    let unsupported = get(&app(), &no_fetch(), "/v1/connections/wa/groups");
    assert_eq!((unsupported.status, &unsupported.json["code"]), (422, &json!("unsupported")));

    let headers = vec![("retry-after".to_owned(), "9".to_owned())];
    let busy = Ok(Response { status: 429, headers, body: br#"{ "message": "slow down" }"#.to_vec() });
    let busy = get(&app(), &Script::of([busy]), "/v1/connections/ops/groups");
    assert_eq!(busy.problem(), (503, "rate_limited", vec![]));
    assert_eq!((&busy.json["provider_status"], busy.header("retry-after")), (&json!(429), Some("9")));
    assert_eq!(busy.json["detail"], "slow down");

    let lost = get(&app(), &Script::of([Err(Failure::Lost)]), "/v1/connections/ops/groups");
    assert_eq!(lost.problem(), (503, "lost", vec![]));
}
