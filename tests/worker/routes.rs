//! Which connections: `via`, routes, aliases.

use super::*;

#[test]
fn via_is_a_connection_a_route_a_list_or_the_default_route() {
    let app = app();
    for (via, connections) in [
        (json!("backup"), vec!["backup"]),
        (json!("default"), vec!["ops", "backup"]),
        (json!("all"), vec!["ops", "backup", "own", "wa", "spot"]),
        (json!(["spot", "ops"]), vec!["spot", "ops"]),
        (Value::Null, vec!["ops", "backup"]),
    ] {
        let answer = preview(&app, &hello(json!({ "via": via })));
        let items = answer.json["items"].as_array().unwrap().iter().map(|item| item["connection"].as_str().unwrap());
        assert_eq!(items.collect::<Vec<_>>(), connections, "{via}");
    }
}

#[test]
fn via_that_names_nothing_is_refused_with_its_place() {
    for (via, pointer) in [
        (json!("nobody"), "/via"),
        (json!([]), "/via"),
        (json!(["ops", "nobody"]), "/via/1"),
        (json!(["default"]), "/via/0"),
        (json!(["ops", "backup", "ops"]), "/via/2"),
        (json!(7), "/via"),
        (json!(["ops", 7]), "/via/1"),
    ] {
        let message = hello(json!({ "via": via }));
        assert_eq!(send(&app(), &no_fetch(), &message).problem(), (422, "invalid", vec![pointer]), "{via}");
        assert_eq!(preview(&app(), &message).problem(), (422, "invalid", vec![pointer]), "{via}");
    }
}

#[test]
fn without_a_default_route_the_only_connection_is_meant_and_among_several_none() {
    let mut config = config();
    config["routes"] = json!({});
    let answer = send(&app_of(&config), &no_fetch(), &hello(json!({})));
    assert_eq!(answer.problem(), (422, "invalid", vec!["/via"]));

    let only = json!({ "connections": { "ops": config["connections"]["ops"] } });
    let answer = send(&app_of(&only), &Script::of([taken()]), &json!({ "to": { "group": "495" }, "text": "Hello" }));
    assert_eq!(answer.json["connection"], "ops");
    assert_eq!(answer.json["via"], Value::Null);
}

#[test]
fn an_alias_is_each_connections_own_group() {
    let answer = preview(&app(), &hello(json!({ "via": "all" })));
    let request = |at: usize| &answer.json["items"][at]["request"];
    assert_eq!(request(0)["url"], "https://api.whatspie.com/groups/495/send");
    assert_eq!(request(1)["body"]["thread_id"], "thread-9");
    assert_eq!(request(2)["url"], "http://127.0.0.1:7001/chats/120363025246125016@g.us/messages");
    assert_eq!(request(3)["body"]["destination"], "wa-group");
    assert_eq!(request(4)["body"]["groupIds"], json!(["spot-group"]));

    let to = json!([{ "group": "ops-team" }, { "phone": "+12025550100" }, { "group": "own-id" }]);
    let many = json!({ "to": to, "text": "Hi", "via": "spot", "options": { "whatsspot": { "bulk": true } } });
    let host = Script::of([answer_of_spot()]);
    let answer = send(&app(), &host, &many);
    assert_eq!(host.sent(0)["groupIds"], json!(["spot-group", "own-id"]));
    assert_eq!(host.sent(0)["recipients"], json!(["12025550100"]));
    assert_eq!(answer.json["to"], many["to"], "the message says what was asked");
}

fn answer_of_spot() -> Fetched {
    answer(200, json!({ "message": [{ "id": "1", "status": "SENT" }, { "id": "2", "status": "SENT" }] }))
}

#[test]
fn a_group_that_is_no_alias_is_the_providers_own_id_and_fits_its_syntax() {
    let host = Script::of([taken()]);
    send(&app(), &host, &json!({ "to": { "group": "120363022368688477@g.us" }, "text": "Hello", "via": "ops" }));
    assert_eq!(host.urls(), ["https://api.whatspie.com/groups/120363022368688477@g.us/send"]);
    for id in ["ops-teem", "../devices", "495/send", "abc@g.us", ""] {
        let answer = send(&app(), &no_fetch(), &json!({ "to": { "group": id }, "text": "Hello", "via": "ops" }));
        assert_eq!(answer.problem(), (422, "invalid", vec!["/to/group"]), "{id}");
    }
}

#[test]
fn an_alias_without_a_group_at_the_connection_is_unsupported_there() {
    let message = json!({ "to": { "group": "only-ops" }, "text": "Hello" });
    let answer = send(&app(), &Script::of([answer(401, json!({}))]), &message);
    assert_eq!(answer.outcomes(), ("failed", vec!["rejected", "rejected"]));
    assert_eq!(answer.json["error"]["kind"], "unsupported");
    assert_eq!(answer.json["error"]["errors"][0]["pointer"], "/to/group");

    let many = json!({ "to": [{ "group": "ops-team" }, { "group": "only-ops" }], "text": "Hello", "via": "spot" });
    assert_eq!(send(&app(), &no_fetch(), &many).problem(), (422, "unsupported", vec!["/to/1/group"]));

    let routed =
        json!({ "to": { "group": "only-ops" }, "text": "Hello", "via": ["backup", "ops"], "on_unsupported": "route" });
    assert_eq!(send(&app(), &Script::of([taken()]), &routed).json["connection"], "ops");
}

#[test]
fn who_misspells_an_alias_is_told_the_aliases() {
    let answer = send(&app(), &no_fetch(), &json!({ "to": { "group": "ops-taem" }, "text": "Hello", "via": "ops" }));
    assert!(answer.json["detail"].as_str().unwrap().contains("the aliases are only-ops, ops-team"), "{}", answer.json);
}
