//! What a page does with a token does not come between the owner and what the owner does.

use super::*;
use tokens::by;

const KEY: &str = "order-42";

fn keyed(token: &str, message: &Value) -> Incoming {
    by(token, posting(message).with("idempotency-key", KEY))
}

#[test]
fn a_page_does_not_take_the_owners_idempotency_keys() {
    let mut rig = Rig::new();
    let token = rig.mint(json!({ "actions": ["send"], "uses": 1 }));
    assert_eq!(rig.wait(&keyed(&token, &hello(json!({})))).status, 202);
    let owner = rig.post_keyed(KEY, &hello(json!({ "to": { "group": "496" }, "via": "ops", "text": "Your order" })));
    assert_eq!((owner.status, owner.header("idempotent-replayed")), (202, None), "{}", owner.text);
}

#[test]
fn a_page_cannot_call_back_what_the_owner_is_yet_to_say() {
    let mut rig = Rig::new();
    rig.serve(|_| taken());
    let token = rig.mint(json!({ "actions": ["send", "cancel"], "uses": 1 }));
    let message = hello(json!({ "send_at": "2026-11-05T09:00:00Z", "text": "The shop opens at nine" }));
    let first = rig.wait(&keyed(&token, &message));
    let path = format!("/v1/messages/{}", first.json["id"].as_str().unwrap());
    assert_eq!(rig.wait(&by(&token, incoming("DELETE", &path))).status, 200);
    assert_eq!(rig.post_keyed(KEY, &message).status, 202);
    rig.pass(HOUR);
    assert_eq!(rig.sends().count(), 1);
}

#[test]
fn a_page_does_not_find_out_the_owners_keys() {
    let mut rig = Rig::new();
    let token = rig.mint(json!({ "actions": ["send"], "uses": 1 }));
    rig.post_keyed(KEY, &hello(json!({ "to": { "group": "496" }, "via": "ops" })));
    assert_eq!(rig.wait(&keyed(&token, &hello(json!({})))).status, 202);
}

#[test]
fn a_page_that_has_a_new_token_asks_again_for_the_same_message() {
    let mut rig = Rig::new();
    let (old, new) = (rig.mint(json!({ "uses": 1 })), rig.mint(json!({ "uses": 1 })));
    let first = rig.wait(&keyed(&old, &hello(json!({}))));
    let again = rig.wait(&keyed(&new, &hello(json!({}))));
    assert_eq!((again.status, &again.text, again.header("idempotent-replayed")), (202, &first.text, Some("true")));
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM message"), 1);
}

#[test]
fn an_id_is_for_the_connection_that_the_owner_has_chosen() {
    let mut rig = Rig::new();
    rig.serve(|_| taken());
    let token = rig.mint(json!({ "actions": ["send"], "recipients": [{ "group": "496" }], "uses": 5 }));
    for via in ["spot", "wa", "backup"] {
        let answer = rig.post_by(&token, &hello(json!({ "to": { "group": "496" }, "via": via })));
        assert_eq!(answer.problem(), (403, "auth", vec!["/via"]), "{via}");
    }
    assert_eq!(rig.sends().count(), 0);
}

#[test]
fn no_odd_path_and_no_odd_method_lets_a_token_in() {
    let mut rig = Rig::new();
    let token = rig.mint(json!({ "actions": ["send"], "uses": 9 }));
    let id = rig.accept(&hello(json!({ "send_at": "2026-11-06T00:00:00Z" })));
    let one = format!("/v1/messages/{id}");
    let odd = ["//v1/messages", "/v1//messages", "/v1/messages/", "/V1/messages", "/v1/messages%2F", "/v1%2Fmessages"];
    let more = ["/v1/./messages", "/v1/x/../messages", "/v1/messages;a", "/v1/tokens/", "", "v1/messages", &one];
    let methods = ["POST", "GET", "HEAD", "OPTIONS", "TRACE", "PATCH", "DELETE", "post", "POST ", ""];
    for (path, method) in odd.iter().chain(&more).flat_map(|path| methods.map(|method| (*path, method))) {
        let request = Incoming { path: path.into(), method: method.into(), ..posting(&hello(json!({}))) };
        let answer = rig.wait(&by(&token, request));
        assert!([401, 403, 404, 405].contains(&answer.status), "{method} {path} {}", answer.text);
    }
    assert_eq!(rig.db.number("SELECT COUNT(*) FROM message"), 1);
}
