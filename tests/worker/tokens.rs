//! Tokens: what each allows, and that it allows no more.

use super::*;
use serde_json::from_value;

pub const PAGE: &str = "https://app.example";

/// What a test mostly asks for, with other members.
pub fn asked(more: Value) -> Value {
    let plain = json!({ "actions": ["send", "preview", "read", "cancel"], "recipients": [{ "group": "ops-team" }],
        "uses": 3, "expires_in": 600 });
    with(plain, more)
}

pub fn minting(request: &Value) -> Incoming {
    Incoming { body: Some(request.to_string().into_bytes()), ..incoming("POST", "/v1/tokens") }
}

impl Rig {
    /// A token, with these members of what is asked for.
    pub fn mint(&mut self, more: Value) -> String {
        let answer = self.wait(&minting(&asked(more)));
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json["token"].as_str().unwrap().to_owned()
    }

    pub fn post_by(&mut self, token: &str, message: &Value) -> Answer {
        self.wait(&by(token, posting(message)))
    }

    fn used(&self) -> i64 {
        self.db.number("SELECT COALESCE(SUM(used), 0) FROM token")
    }
}

/// A request of somebody who has this token.
pub fn by(token: &str, incoming: Incoming) -> Incoming {
    incoming.with("authorization", &format!("Bearer {token}"))
}

/// With a page of elsewhere that may ask.
pub fn open() -> Rig {
    Rig::with(|config| config["origins"] = json!([PAGE]))
}

fn path_of(id: &str) -> String {
    format!("/v1/messages/{id}")
}

/// What a token says.
pub fn claims_of(token: &str) -> Value {
    use ::base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let (claims, _) = token.strip_prefix("chaski_").unwrap().split_once('.').unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

#[test]
fn what_a_token_is_for_is_told_member_by_member() {
    let mut rig = open();
    for (change, pointers) in [
        (json!({ "actions": null }), vec!["/actions"]),
        (json!({ "actions": [] }), vec!["/actions"]),
        (json!({ "actions": ["send", "list"] }), vec!["/actions/1"]),
        (json!({ "actions": "send" }), vec!["/actions"]),
        (json!({ "actions": ["send", "read", "send"] }), vec!["/actions"]),
        (json!({ "via": "ops" }), vec!["/via"]),
        (json!({ "via": ["ops", "nobody", 7] }), vec!["/via/2"]),
        (json!({ "via": ["ops", "nobody"] }), vec!["/via/1"]),
        (json!({ "recipients": null }), vec!["/recipients"]),
        (json!({ "recipients": [] }), vec!["/recipients"]),
        (json!({ "recipients": [{ "group": "a" }, { "phone": "12" }] }), vec!["/recipients/1/phone"]),
        (json!({ "recipients": [{ "group": "a", "phone": "+12025550100" }] }), vec!["/recipients/0"]),
        (json!({ "recipients": [{ "group": "a", "name": "b" }] }), vec!["/recipients/0/name"]),
        (json!({ "recipients": vec![json!({ "group": "a" }); 33] }), vec!["/recipients"]),
        (json!({ "recipients": vec![json!({ "group": "a".repeat(400) }); 32] }), vec!["/recipients"]),
        (json!({ "uses": null }), vec!["/uses"]),
        (json!({ "uses": 0 }), vec!["/uses"]),
        (json!({ "uses": 10_001 }), vec!["/uses"]),
        (json!({ "uses": -1 }), vec!["/uses"]),
        (json!({ "uses": 1.5 }), vec!["/uses"]),
        (json!({ "actions": ["read"] }), vec!["/uses"]),
        (json!({ "expires_in": null }), vec!["/expires_in"]),
        (json!({ "expires_in": 0 }), vec!["/expires_in"]),
        (json!({ "expires_in": 86_401 }), vec!["/expires_in"]),
        (json!({ "origin": "https://app.example/" }), vec!["/origin"]),
        (json!({ "origin": "*" }), vec!["/origin"]),
        (json!({ "origin": "https://evil.example" }), vec!["/origin"]),
        (json!({ "origins": [PAGE] }), vec!["/origins"]),
        (json!({ "uses": 0, "expires_in": 0, "id": "a" }), vec!["/uses", "/expires_in", "/id"]),
    ] {
        let answer = rig.wait(&minting(&asked(change.clone())));
        assert_eq!(answer.problem(), (422, "invalid", pointers), "{change}");
    }
    for (body, status) in [("", 400), ("{", 400), ("[]", 422)] {
        let incoming = Incoming { body: Some(body.into()), ..incoming("POST", "/v1/tokens") };
        assert_eq!(rig.wait(&incoming).status, status, "{body}");
    }
    for more in [
        json!({ "recipients": vec![json!({ "phone": "+12025550100" }); 32] }),
        json!({ "uses": 10_000, "expires_in": 86_400 }),
        json!({ "actions": ["read"], "uses": null }),
        json!({ "origin": PAGE }),
    ] {
        assert_eq!(rig.wait(&minting(&asked(more))).status, 200);
    }
}

#[test]
fn a_token_is_new_each_time_and_tells_when_it_ends() {
    let app = app();
    let mint = || handle(&app, &no_fetch(), &minting(&asked(json!({ "expires_in": 90 }))));
    let (first, second) = (mint(), mint());
    assert_eq!(members(&first.json), BTreeSet::from(["token", "expires_at"]));
    assert_eq!(first.json["expires_at"], "2026-11-05T08:31:30Z");
    assert_ne!(first.json["token"], second.json["token"]);
    let token = first.json["token"].as_str().unwrap();
    assert!(
        token.starts_with("chaski_")
            && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    );
}

#[test]
fn each_action_opens_its_route_and_nothing_else() {
    let mut rig = Rig::new();
    let id = rig.accept(&hello(json!({ "send_at": "2026-11-06T00:00:00Z" })));
    let message = hello(json!({ "send_at": "2026-11-06T00:00:00Z" }));
    let posted = |path: &str| Incoming { body: Some(message.to_string().into_bytes()), ..incoming("POST", path) };
    let requests = [
        (Some("send"), posting(&message), 202),
        (Some("preview"), posted("/v1/messages/preview"), 200),
        (Some("read"), incoming("GET", &path_of(&id)), 200),
        (Some("read"), incoming("HEAD", &path_of(&id)), 200),
        (Some("cancel"), incoming("DELETE", &path_of(&id)), 200),
        (None, incoming("GET", "/v1/messages"), 403),
        (None, incoming("HEAD", "/v1/messages"), 403),
        (None, posted(&format!("/v1/messages/{id}/resolve")), 403),
        (None, incoming("PUT", &path_of(&id)), 403),
        (None, incoming("GET", "/v1/providers"), 403),
        (None, incoming("GET", "/v1/connections"), 403),
        (None, incoming("GET", "/v1/connections/ops/health"), 403),
        (None, incoming("GET", "/v1/connections/ops/groups"), 403),
        (None, incoming("GET", "/v1/events"), 403),
        (None, incoming("GET", "/v1/subscribers"), 403),
        (None, incoming("GET", "/v1/subscribers/crm/deliveries"), 403),
        (None, posted("/v1/subscribers/crm/replay"), 403),
        (None, minting(&asked(json!({}))), 403),
        (None, incoming("OPTIONS", "/v1/messages"), 403),
        (None, incoming("GET", "/v1/nothing"), 403),
        (None, incoming("GET", "/v1"), 403),
    ];
    for action in ["send", "preview", "read", "cancel"] {
        let uses = (action == "send").then_some(3);
        let token = rig.mint(json!({ "actions": [action], "uses": uses }));
        for (opened_by, request, status) in &requests {
            let answer = rig.wait(&by(&token, request.clone()));
            if *opened_by == Some(action) {
                assert_eq!(answer.status, *status, "{action} {} {}", request.method, request.path);
            } else {
                assert_eq!(answer.problem(), (403, "auth", vec![]), "{action} {} {}", request.method, request.path);
                assert_eq!(answer.json["title"], "Forbidden");
            }
        }
    }
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM message"), 2);
}

#[test]
fn a_message_goes_to_the_recipients_of_the_token_and_to_nobody_else() {
    let mut rig = Rig::new();
    let recipients = json!([{ "group": "ops-team" }, { "phone": "+1 (202) 555-0100" }, { "group": "495 " }]);
    let token = rig.mint(json!({ "recipients": recipients, "uses": 100, "via": ["spot"] }));
    let spot = json!({ "whatsspot": { "bulk": true } });
    for (change, pointers) in [
        (json!({ "to": { "group": "only-ops" } }), vec!["/to/group"]),
        (json!({ "to": { "group": "495" } }), vec!["/to/group"]),
        (json!({ "to": { "group": "Ops-team" } }), vec!["/to/group"]),
        (json!({ "to": { "group": "ops-team " } }), vec!["/to/group"]),
        (json!({ "to": { "group": "120363025246125016@g.us" } }), vec!["/to/group"]),
        (json!({ "to": { "group": "+12025550100" } }), vec!["/to/group"]),
        (json!({ "to": { "group": "12025550100@s.whatsapp.net" } }), vec!["/to/group"]),
        (json!({ "to": { "phone": "+12025550101" } }), vec!["/to/phone"]),
        (
            json!({ "to": [{ "group": "ops-team" }, { "group": "495" }, { "phone": "+12025550101" }] }),
            vec!["/to/1/group", "/to/2/phone"],
        ),
        (
            json!({ "to": [{ "group": "ops-team" }, { "group": "496" }], "via": "spot", "options": spot }),
            vec!["/to/1/group"],
        ),
        (json!({ "via": "ops" }), vec!["/via"]),
        (json!({ "via": "nobody" }), vec!["/via"]),
        (json!({ "via": ["spot", "ops"] }), vec!["/via/1"]),
        (json!({ "options": { "whatspie": { "params": { "receiver": "6281" } } } }), vec!["/options/whatspie/params"]),
        (json!({ "options": { "a1base": { "service": "telegram" } } }), vec!["/options/a1base/service"]),
        (json!({ "options": { "wachat": { "sender": "628111" } } }), vec!["/options/wachat/sender"]),
        (json!({ "options": { "wachat": { "queue": "1" } } }), vec!["/options/wachat/queue"]),
    ] {
        for path in ["/v1/messages", "/v1/messages/preview"] {
            let body = Some(hello(change.clone()).to_string().into_bytes());
            let answer = rig.wait(&by(&token, Incoming { body, ..incoming("POST", path) }));
            assert_eq!(answer.problem(), (403, "auth", pointers.clone()), "{change}");
        }
    }
    assert_eq!((rig.db.number("SELECT COUNT(*) FROM message"), rig.used()), (0, 0));
    for change in [
        json!({}),
        json!({ "via": "spot" }),
        json!({ "via": ["spot"] }),
        json!({ "to": { "phone": "12025550100@s.whatsapp.net" } }),
        json!({ "to": [{ "phone": "1.202.555.0100" }, { "group": "ops-team" }] }),
        json!({ "options": { "whatspie": { "message": "Hello", "view_once": false }, "a1base": { "dialect": "universal" } } }),
    ] {
        assert_eq!(rig.post_by(&token, &hello(change.clone())).status, 202, "{change}");
    }
}

#[test]
fn what_others_got_is_not_there() {
    let mut rig = Rig::new();
    let later = |to: Value| hello(json!({ "to": to, "send_at": "2026-11-06T00:00:00Z", "via": "spot" }));
    let own = rig.accept(&later(json!({ "group": "ops-team" })));
    let foreign = rig.accept(&later(json!({ "group": "496" })));
    let bulk = |to: Value| with(later(to), json!({ "options": { "whatsspot": { "bulk": true } } }));
    let shared = rig.accept(&bulk(json!([{ "group": "ops-team" }, { "phone": "+12025550100" }])));
    let batch = rig.accept_batch(&later(json!([{ "group": "497" }, { "phone": "+12025550101" }])));
    let token = rig.mint(json!({ "recipients": [{ "group": "ops-team" }, { "phone": "+12025550101" }] }));
    let none = rig.wait(&by(&token, incoming("GET", "/v1/messages/msg_0")));
    assert_eq!(none.problem(), (404, "not_found", vec![]));
    for (id, is_there) in [(&own, true), (&foreign, false), (&shared, false), (&batch[0], false), (&batch[1], true)] {
        for method in ["GET", "DELETE"] {
            let answer = rig.wait(&by(&token, incoming(method, &path_of(id))));
            match is_there {
                true => assert_eq!((answer.status, &answer.json["id"]), (200, &json!(id)), "{method}"),
                false => assert_eq!((answer.status, &answer.text), (404, &none.text), "{method}"),
            }
        }
    }
    let statuses = [&own, &foreign, &shared, &batch[0], &batch[1]].map(|id| rig.status(id));
    assert_eq!(statuses, ["cancelled", "scheduled", "scheduled", "scheduled", "cancelled"]);
}

#[test]
fn a_token_sends_as_often_as_it_says_and_a_batch_is_many() {
    let mut rig = Rig::new();
    let to = |count: usize| {
        json!([{ "group": "ops-team" }, { "phone": "+12025550100" }, { "phone": "+12025550101" }]).as_array().unwrap()
            [..count]
            .to_vec()
    };
    let token = rig.mint(json!({ "recipients": to(3), "uses": 4 }));
    let other = rig.mint(json!({ "recipients": to(3), "uses": 1 }));
    assert_eq!(rig.post_by(&token, &hello(json!({ "to": to(3) }))).status, 202);
    let refused = rig.post_by(&token, &hello(json!({ "to": to(2) })));
    assert_eq!(refused.problem(), (403, "quota", vec![]));
    assert!(refused.json["detail"].as_str().unwrap().contains("may send 1 more, and this is 2"), "{}", refused.text);
    for wrong in
        [json!({ "mentions": ["nobody"] }), json!({ "text": " " }), json!({ "send_at": "2025-11-05T08:30:00Z" })]
    {
        assert_eq!(rig.post_by(&token, &hello(wrong)).status, 422);
    }
    rig.wait(&by(&token, Incoming { path: "/v1/messages/preview".to_owned(), ..posting(&hello(json!({}))) }));
    assert_eq!(rig.used(), 3, "what is refused, and what sends nothing, costs nothing");
    assert_eq!(rig.post_by(&token, &hello(json!({}))).status, 202);
    rig.restart();
    let refused = rig.post_by(&token, &hello(json!({})));
    assert_eq!(refused.problem(), (403, "quota", vec![]));
    assert!(refused.json["detail"].as_str().unwrap().contains("may send 0 more"), "{}", refused.text);
    assert_eq!(rig.post_by(&other, &hello(json!({}))).status, 202, "each has its own count");
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM message"), 5);
}

#[test]
fn bulk_is_as_many_as_it_has_recipients() {
    let mut rig = Rig::new();
    let to = json!([{ "group": "ops-team" }, { "phone": "+12025550100" }]);
    let token = rig.mint(json!({ "recipients": to, "uses": 3, "via": ["spot"] }));
    let bulk = hello(json!({ "to": to, "via": "spot", "options": { "whatsspot": { "bulk": true } } }));
    assert_eq!(rig.post_by(&token, &bulk).status, 202);
    assert_eq!(rig.post_by(&token, &bulk).problem(), (403, "quota", vec![]));
}

#[test]
fn a_replay_costs_nothing_and_opens_nothing() {
    let mut rig = Rig::new();
    let token = rig.mint(json!({ "uses": 1, "via": ["ops"] }));
    let keyed = |token: &str, message: &Value| by(token, posting(message).with("idempotency-key", "k"));
    let first = rig.wait(&keyed(&token, &hello(json!({}))));
    assert_eq!(first.status, 202);
    for _ in 0..3 {
        let again = rig.wait(&keyed(&token, &hello(json!({}))));
        assert_eq!((again.status, &again.text, again.header("idempotent-replayed")), (202, &first.text, Some("true")));
    }
    assert_eq!(rig.used(), 1);
    // What the owner of the key has sent, to the letter.
    let foreign = hello(json!({ "to": { "group": "496" }, "via": "ops" }));
    assert_eq!(rig.post_keyed("k-2", &foreign).status, 202);
    let replay = rig.wait(&by(&token, posting(&foreign).with("idempotency-key", "k-2")));
    assert_eq!(replay.problem(), (403, "auth", vec!["/to/group"]));
    let other = rig.wait(&keyed(&token, &foreign));
    assert_eq!(other.problem(), (403, "auth", vec!["/to/group"]));
}

#[test]
fn a_token_ends() {
    let mut rig = Rig::new();
    rig.serve(|_| taken());
    let token = rig.mint(json!({ "expires_in": 60 }));
    // The door's clock stands still here: it is the outbox that looks at the time.
    rig.pass(MINUTE - 1);
    assert_eq!(rig.post_by(&token, &hello(json!({}))).status, 202);
    rig.pass(1);
    let refused = rig.post_by(&token, &hello(json!({})));
    assert_eq!((refused.problem(), refused.header("www-authenticate")), ((401, "auth", vec![]), Some("Bearer")));
    assert!(refused.json["detail"].as_str().unwrap().contains("expired"));
    // And at the door, whose clock says the same as when it was made.
    let forged = claims_of(&token);
    assert_eq!(forged["expires_at"], "2026-11-05T08:31:00Z");
}

#[test]
fn the_count_of_a_token_is_forgotten_after_its_end_and_not_before() {
    let mut rig = Rig::new();
    rig.serve(|_| answer(200, json!({ "data": {} })));
    let token = rig.mint(json!({ "expires_in": 60 }));
    rig.post_by(&token, &hello(json!({})));
    let rows = |rig: &Rig| rig.db.number("SELECT COUNT(*) FROM token");
    rig.pass(MINUTE + 5 * MINUTE - 1);
    assert_eq!(rows(&rig), 1, "a clock that was ahead gives nobody a new count");
    rig.pass(1);
    assert_eq!(rows(&rig), 0);
    rig.pass(40 * DAY);
    assert_eq!(rig.next(), None, "there is nothing to come back for");
}

#[test]
fn a_token_is_for_pages_of_its_origin_or_for_none() {
    let mut rig = open();
    let (paged, pageless) = (rig.mint(json!({ "origin": PAGE })), rig.mint(json!({})));
    let id = rig.accept(&hello(json!({})));
    let from = |home: &str, headers: &[(&str, &str)]| {
        let incoming = Incoming { origin: home.to_owned(), ..incoming("GET", &path_of(&id)) };
        headers.iter().fold(incoming, |incoming, (name, value)| incoming.with(name, value))
    };
    for (home, headers, is_paged, is_pageless) in [
        ("https://chaski.example", vec![("origin", PAGE)], true, false),
        ("https://chaski.example", vec![("origin", "https://evil.example")], false, false),
        ("https://chaski.example", vec![("origin", "https://app.example/")], false, false),
        ("https://chaski.example", vec![("origin", "null")], false, false),
        ("https://chaski.example", vec![("origin", "")], false, false),
        ("https://chaski.example", vec![], false, true),
        ("https://chaski.example", vec![("sec-fetch-site", "same-origin")], false, false),
        ("https://chaski.example", vec![("sec-fetch-site", "cross-site")], false, true),
        (PAGE, vec![("sec-fetch-site", "same-origin")], true, false),
        (PAGE, vec![("sec-fetch-site", "same-site")], false, true),
        (PAGE, vec![], false, true),
        (PAGE, vec![("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], false, false),
        ("http://app.example", vec![("sec-fetch-site", "same-origin")], false, false),
    ] {
        for (token, is_in) in [(&paged, is_paged), (&pageless, is_pageless)] {
            let answer = rig.wait(&by(token, from(home, &headers)));
            match is_in {
                true => assert_eq!(answer.status, 200, "{home} {headers:?}"),
                false => assert_eq!(answer.problem(), (403, "auth", vec![]), "{home} {headers:?}"),
            }
        }
    }
}

#[test]
fn a_token_may_be_for_the_workers_own_pages() {
    let home = "https://chaski.example";
    let own = Incoming { origin: home.to_owned(), ..minting(&asked(json!({ "origin": home }))) };
    assert_eq!(handle(&app(), &no_fetch(), &own).status, 200);
    let other = Incoming { origin: "https://other.example".to_owned(), ..own };
    assert_eq!(handle(&app(), &no_fetch(), &other).problem(), (422, "invalid", vec!["/origin"]));
}

#[test]
fn a_use_is_spent_with_its_message_or_not_at_all() {
    let mut rig = Rig::new();
    let token = rig.mint(json!({ "uses": 2 }));
    let Handled::Onward(onward) = block_on(app().handle(&no_fetch(), &by(&token, posting(&hello(json!({})))))) else {
        panic!("an answer")
    };
    let incoming = Incoming { pass: onward.pass, ..posting(&hello(json!({}))) };
    for used in 1..=2 {
        crate::faults::undone(&rig, |outbox| outbox.ask(&incoming, false));
        assert_eq!((rig.used(), rig.db.number("SELECT COUNT(*) FROM message")), (used, used));
    }
    crate::faults::undone(&rig, |outbox| outbox.ask(&incoming, false));
    assert_eq!((rig.used(), rig.db.number("SELECT COUNT(*) FROM message")), (2, 2));
    let id: String = from_value(rig.db.query("SELECT id FROM message")[0][0].clone()).unwrap();
    for method in ["GET", "DELETE"] {
        let incoming = Incoming { method: method.to_owned(), path: path_of(&id), ..incoming.clone() };
        crate::faults::undone(&rig, |outbox| outbox.ask(&incoming, false));
    }
    rig.now.0 += HOUR;
    crate::faults::undone(&rig, |outbox| outbox.deliver(6));
    assert_eq!(rig.used(), 0, "it is forgotten");
}
