//! The Worker's handlers, run natively: a host that follows a script stands in for fetch, time and chance.

#![cfg(feature = "worker")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use chaski::{
    Body, PROVIDERS, Request, Response, Timestamp,
    worker::{App, Config, Failure, Host, Incoming, Outgoing},
};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, VecDeque},
    pin::pin,
    task::{Context, Poll, Waker},
};

const KEY: &str = "chaski-key-0123456789";
const NOW: &str = "2026-11-05T08:30:00Z";

/// What became of a fetch.
type Fetched = Result<Response, Failure>;

/// Does what the script says, fetch by fetch, and keeps what was asked of it.
struct Script {
    outcomes: RefCell<VecDeque<Fetched>>,
    requests: RefCell<Vec<Request>>,
    drawn: Cell<u128>,
}

impl Script {
    fn of(outcomes: impl IntoIterator<Item = Fetched>) -> Self {
        Self {
            outcomes: RefCell::new(outcomes.into_iter().collect()),
            requests: RefCell::default(),
            drawn: Cell::new(0),
        }
    }

    /// Where the requests went.
    fn urls(&self) -> Vec<String> {
        self.requests.borrow().iter().map(|request| request.url.clone()).collect()
    }

    /// The body of a request, as JSON.
    fn sent(&self, at: usize) -> Value {
        match &self.requests.borrow()[at].body {
            Body::Json(json) => serde_json::from_slice(json).unwrap(),
            _ => panic!("no JSON was sent"),
        }
    }

    fn header(&self, at: usize, name: &str) -> Option<String> {
        let requests = self.requests.borrow();
        requests[at].headers.iter().find(|header| header.name == name).map(|header| header.value.clone())
    }
}

impl Host for Script {
    fn now(&self) -> Timestamp {
        Timestamp::parse(NOW).unwrap()
    }

    fn random(&self) -> u128 {
        self.drawn.set(self.drawn.get() + 1);
        self.drawn.get()
    }

    async fn fetch(&self, request: &Request) -> Fetched {
        self.requests.borrow_mut().push(request.clone());
        self.outcomes.borrow_mut().pop_front().unwrap_or_else(|| panic!("a fetch too many: {}", request.url))
    }
}

/// Nothing may be fetched.
fn no_fetch() -> Script {
    Script::of([])
}

fn answer(status: u16, body: Value) -> Fetched {
    Ok(Response::json(status, body.to_string().as_bytes()))
}

/// Whatspie takes a message.
fn taken() -> Fetched {
    answer(200, json!({ "data": { "id": 7637842, "status": "PENDING" } }))
}

/// A1Base takes a message.
fn also_taken() -> Fetched {
    answer(200, json!({ "message_id": "msg-2", "status": "sent" }))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the script is never late"),
    }
}

/// The secrets that are set; no answer has any part of them.
const SECRETS: &[(&str, &str)] = &[
    ("WHATSPIE_TOKEN", "wp-s3cr3t/token+20261105"),
    ("GO_TOKEN", "go-s3cr3t-jwt"),
    ("WACHAT_KEY", "wc-s3cr3t-key"),
    ("A1_KEY", "a1-s3cr3t-key"),
    ("A1_SECRET", "a1-s3cr3t-secret"),
    ("SPOT_KEY", "ws-s3cr3t-key"),
    ("WEBHOOK", "wh-s3cr3t-webhook"),
    ("BLANK", " "),
];

fn secret(name: &str) -> Option<String> {
    SECRETS.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

/// One connection at each provider, `ops` and `backup` on the default route.
fn config() -> Value {
    json!({
        "connections": {
            "ops": { "provider": "whatspie", "token": "$WHATSPIE_TOKEN", "device": "6281776521626", "inbound_key": "$WEBHOOK" },
            "backup": { "provider": "a1base", "account_id": "acc 1", "api_key": "$A1_KEY", "api_secret": "$A1_SECRET", "from": "+14155552671" },
            "own": { "provider": "gowhatsapp", "base_url": "http://127.0.0.1:7001", "token": "$GO_TOKEN", "webhook_secret": "$WEBHOOK" },
            "wa": { "provider": "wachat", "api_key": "$WACHAT_KEY", "sender": "628970450001", "number": "+628970450001" },
            "spot": { "provider": "whatsspot", "api_key": "$SPOT_KEY", "webhook_secret": "$WEBHOOK" },
        },
        "routes": { "default": ["ops", "backup"], "all": ["ops", "backup", "own", "wa", "spot"] },
        "groups": {
            "ops-team": { "ops": "495", "backup": "thread-9", "own": "120363025246125016@g.us", "wa": "wa-group", "spot": "spot-group" },
            "only-ops": { "ops": "496" },
        },
    })
}

fn app() -> App {
    app_of(&config())
}

fn app_of(config: &Value) -> App {
    App::new(Some(KEY), Some(&config.to_string()), secret)
}

fn incoming(method: &str, path: &str) -> Incoming {
    let authorization = Some(format!("Bearer {KEY}"));
    Incoming {
        method: method.to_owned(),
        path: path.to_owned(),
        authorization,
        body: Some(Vec::new()),
        ..Incoming::default()
    }
}

/// An answer of the Worker's, checked for what every answer has.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    text: String,
    json: Value,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The JSON pointers of what was wrong.
    fn pointers(&self) -> Vec<&str> {
        let errors = self.json["errors"].as_array().into_iter().flatten();
        errors.map(|error| error["pointer"].as_str().unwrap()).collect()
    }

    /// Status, code, and where it is wrong.
    fn problem(&self) -> (u16, &str, Vec<&str>) {
        (self.status, self.json["code"].as_str().unwrap_or("no problem"), self.pointers())
    }

    /// Status of the message, and the outcome of each attempt.
    fn outcomes(&self) -> (&str, Vec<&str>) {
        let attempts = self.json["attempts"].as_array().unwrap_or_else(|| panic!("no message: {}", self.text));
        let outcomes = attempts.iter().map(|attempt| attempt["outcome"].as_str().unwrap()).collect();
        (self.json["status"].as_str().unwrap(), outcomes)
    }
}

fn handle(app: &App, host: &Script, incoming: &Incoming) -> Answer {
    let Outgoing { status, headers, body } = block_on(app.handle(host, incoming));
    let text = String::from_utf8(body).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let answer = Answer { status, headers, text, json };
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    if answer.header("content-type") == Some("application/problem+json") {
        assert_eq!(answer.json["type"], "about:blank");
        assert_eq!(answer.json["status"], status);
        assert!(
            answer.json["title"].is_string() && answer.json["detail"].is_string() && answer.json["code"].is_string()
        );
    } else {
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    assert_eq!(host.outcomes.borrow().len(), 0, "fewer fetches than the script has: {}", answer.text);
    answer
}

fn get(app: &App, host: &Script, path: &str) -> Answer {
    handle(app, host, &incoming("GET", path))
}

fn post(app: &App, host: &Script, path: &str, body: &str) -> Answer {
    handle(app, host, &Incoming { body: Some(body.as_bytes().to_vec()), ..incoming("POST", path) })
}

fn send(app: &App, host: &Script, message: &Value) -> Answer {
    post(app, host, "/v1/messages", &message.to_string())
}

fn preview(app: &App, message: &Value) -> Answer {
    post(app, &no_fetch(), "/v1/messages/preview", &message.to_string())
}

/// A message to the group `ops-team`, with more members.
fn hello(more: Value) -> Value {
    let mut message = json!({ "to": { "group": "ops-team" }, "text": "Hello" });
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message
}

fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

// What an accepted message comes to.

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
    let want = json!({
        "id": "msg_00000000000000000000000000000001",
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
    let host = Script::of([taken()]);
    let first = send(&app(), &host, &hello(json!({}))).json["id"].clone();
    host.outcomes.borrow_mut().push_back(taken());
    let second = send(&app(), &host, &hello(json!({}))).json["id"].clone();
    for id in [&first, &second] {
        let id = id.as_str().unwrap().strip_prefix("msg_").unwrap();
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
    let answer = post(&app(), &host, "/v1/messages", &message);
    assert!(answer.text.contains(&format!(r#""metadata":{metadata},"#)), "{}", answer.text);
    assert!(!host.sent(0).to_string().contains("120363025246125016999"), "never sent to a provider");
}

// What became of one attempt.

#[test]
fn what_the_host_could_not_do_is_told_for_what_it_is() {
    for (failure, kind, outcome, status) in [
        (Failure::Unreachable, "offline", "rejected", "failed"),
        (Failure::Lost, "lost", "ambiguous", "unknown"),
        (Failure::Timeout, "lost", "ambiguous", "unknown"),
        (Failure::TooLarge(200), "malformed", "ambiguous", "unknown"),
    ] {
        let answer = send(&app(), &Script::of([Err(failure)]), &hello(json!({ "via": "ops" })));
        assert_eq!(answer.status, 200, "what a provider does is in the message, not in the status");
        assert_eq!(answer.outcomes(), (status, vec![outcome]), "{failure:?}");
        let told = if failure == Failure::TooLarge(200) { json!(200) } else { Value::Null };
        assert_eq!(answer.json["attempts"][0]["http_status"], told);
        assert_eq!(answer.json["error"]["kind"], kind);
    }
}

#[test]
fn what_a_provider_answers_is_told_for_what_it_is() {
    for (via, status, body, kind, outcome, state) in [
        ("ops", 400, json!({ "message": "Device not connected" }), "offline", "rejected", "failed"),
        ("ops", 401, json!({ "message": "Unauthenticated." }), "auth", "rejected", "failed"),
        ("ops", 403, json!({ "code": 403, "message": "Quote Exceeded" }), "quota", "rejected", "failed"),
        ("ops", 404, json!({ "message": "no such group" }), "not_found", "rejected", "failed"),
        ("ops", 422, json!({ "errors": { "receiver": ["is required"] } }), "invalid", "rejected", "failed"),
        ("ops", 429, json!({}), "rate_limited", "rejected", "failed"),
        ("ops", 302, json!({}), "malformed", "ambiguous", "unknown"),
        ("ops", 408, json!({}), "unavailable", "ambiguous", "unknown"),
        ("ops", 500, json!({ "message": "FORBIDDEN" }), "unavailable", "ambiguous", "unknown"),
        ("own", 500, json!({ "message": "WhatsApp Client is not Connected" }), "offline", "rejected", "failed"),
        ("wa", 200, json!({ "error": true, "message": "No route" }), "rejected", "rejected", "failed"),
    ] {
        let host = Script::of([answer(status, body)]);
        let answer = send(&app(), &host, &hello(json!({ "via": via })));
        assert_eq!(answer.outcomes(), (state, vec![outcome]), "{status}");
        assert_eq!(answer.json["attempts"][0]["http_status"], status);
        assert_eq!(answer.json["error"]["kind"], kind, "{status}");
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_ambiguous() {
    let page = Response { status: 200, body: b"<html>Please wait</html>".to_vec(), ..Response::default() };
    let answer = send(&app(), &Script::of([Ok(page)]), &hello(json!({})));
    assert_eq!(answer.outcomes(), ("unknown", vec!["ambiguous"]));
    assert_eq!(answer.json["error"]["body"], "<html>Please wait</html>");
}

#[test]
fn the_wait_that_a_provider_asks_for_is_passed_on() {
    let headers = vec![("Retry-After".to_owned(), "7".to_owned())];
    let answer = send(
        &app(),
        &Script::of([Ok(Response { status: 429, headers, body: Vec::new() })]),
        &hello(json!({ "via": "ops" })),
    );
    assert_eq!(answer.json["error"]["retry_after"], 7);
}

// What follows from it: the next connection, or not.

#[test]
fn only_what_was_certainly_not_sent_goes_on_to_the_next() {
    let refused = || answer(401, json!({ "message": "no" }));
    let broken = || answer(500, json!({}));
    let hidden = || Ok(Response { status: 200, body: b"<html>".to_vec(), ..Response::default() });
    let moved = || answer(302, json!({}));
    for (outcomes, status, attempts) in [
        (vec![taken()], "queued", vec!["accepted"]),
        (vec![refused(), also_taken()], "sent", vec!["rejected", "accepted"]),
        (vec![Err(Failure::Unreachable), also_taken()], "sent", vec!["rejected", "accepted"]),
        (vec![refused(), refused()], "failed", vec!["rejected", "rejected"]),
        (vec![refused(), Err(Failure::Timeout)], "unknown", vec!["rejected", "ambiguous"]),
        (vec![Err(Failure::Timeout)], "unknown", vec!["ambiguous"]),
        (vec![Err(Failure::Lost)], "unknown", vec!["ambiguous"]),
        (vec![Err(Failure::TooLarge(200))], "unknown", vec!["ambiguous"]),
        (vec![broken()], "unknown", vec!["ambiguous"]),
        (vec![hidden()], "unknown", vec!["ambiguous"]),
        (vec![moved()], "unknown", vec!["ambiguous"]),
    ] {
        let answer = send(&app(), &Script::of(outcomes), &hello(json!({})));
        assert_eq!(answer.outcomes(), (status, attempts));
    }
}

#[test]
fn a_message_that_fell_over_tells_of_the_connection_that_took_it_and_of_each_attempt() {
    let host = Script::of([answer(403, json!({ "message": "Quote Exceeded" })), also_taken()]);
    let answer = send(&app(), &host, &hello(json!({})));
    let message = &answer.json;
    assert_eq!([&message["connection"], &message["provider"], &message["provider_id"]], ["backup", "a1base", "msg-2"]);
    assert_eq!(message["error"], Value::Null);
    assert_eq!([&message["attempts"][0]["connection"], &message["attempts"][1]["connection"]], ["ops", "backup"]);
    assert_eq!(message["attempts"][0]["error"]["kind"], "quota");
    assert_eq!(message["attempts"][1]["error"], Value::Null);
    assert_eq!(
        host.urls(),
        ["https://api.whatspie.com/groups/495/send", "https://api.a1base.com/v1/messages/group/acc%201/send"]
    );
    assert_eq!(host.sent(1)["thread_id"], "thread-9");
}

#[test]
fn on_ambiguous_resend_goes_on() {
    for first in [Err(Failure::Timeout), Err(Failure::Lost), answer(503, json!({}))] {
        let answer = send(&app(), &Script::of([first, also_taken()]), &hello(json!({ "on_ambiguous": "resend" })));
        assert_eq!(answer.outcomes(), ("sent", vec!["ambiguous", "accepted"]));
        assert_eq!(answer.json["error"], Value::Null);
    }
}

#[test]
fn a_message_that_may_have_been_sent_stays_unknown_though_the_next_connection_refused_it() {
    let host = Script::of([Err(Failure::Timeout), answer(401, json!({ "message": "no" }))]);
    let answer = send(&app(), &host, &hello(json!({ "on_ambiguous": "resend" })));
    assert_eq!(answer.outcomes(), ("unknown", vec!["ambiguous", "rejected"]));
}

#[test]
fn what_the_first_connection_lacks_fails_the_message_unless_it_may_be_routed() {
    // Whatspie has no audio.
    let sound = json!({ "media": { "kind": "audio", "url": "https://example.com/a.mp3" } });
    let answer = send(&app(), &no_fetch(), &hello(sound.clone()));
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/media/kind"]));

    let mut routed = hello(sound);
    routed["on_unsupported"] = "route".into();
    let host = Script::of([also_taken()]);
    let answer = send(&app(), &host, &routed);
    assert_eq!(answer.outcomes(), ("sent", vec!["accepted"]));
    assert_eq!(answer.json["connection"], "backup");

    routed["via"] = json!(["ops"]);
    let answer = send(&app(), &no_fetch(), &routed);
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/media/kind"]));
}

#[test]
fn what_no_connection_could_take_is_not_routed_past_what_is_wrong() {
    let mut wrong = hello(json!({ "on_unsupported": "route", "via": ["ops", "wa"] }));
    wrong["to"] = json!({ "group": "no group/495" });
    assert_eq!(send(&app(), &no_fetch(), &wrong).problem(), (422, "invalid", vec!["/to/group"]));
}

#[test]
fn a_later_connection_that_lacks_a_feature_is_an_attempt_without_a_request() {
    // A1Base has no replies.
    let message = hello(json!({ "reply_to": "3EB0", "via": ["ops", "backup", "own"] }));
    let host = Script::of([answer(401, json!({})), answer(200, json!({ "data": { "message_id": "3EB1" } }))]);
    let answer = send(&app(), &host, &message);
    assert_eq!(answer.outcomes(), ("sent", vec!["rejected", "rejected", "accepted"]));
    let passed_over = &answer.json["attempts"][1];
    assert_eq!((&passed_over["http_status"], &passed_over["error"]["kind"]), (&Value::Null, &json!("unsupported")));
}

#[test]
fn what_this_version_lacks_is_refused_and_not_half_done() {
    let answer = send(&app(), &no_fetch(), &hello(json!({ "on_unsupported": "degrade" })));
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/on_unsupported"]));

    let body = Some(hello(json!({})).to_string().into_bytes());
    let keyed = Incoming { body, idempotency_key: Some("k-1".to_owned()), ..incoming("POST", "/v1/messages") };
    assert_eq!(handle(&app(), &no_fetch(), &keyed).problem(), (422, "unsupported", vec![""]));
}

// Which connections: `via`, routes, aliases.

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

    let many = json!({ "to": [{ "group": "ops-team" }, { "phone": "+12025550100" }, { "group": "own-id" }], "text": "Hi", "via": "spot" });
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

// What callers get wrong.

#[test]
fn what_is_wrong_with_a_message_is_told_with_its_place() {
    for (message, status, code, pointers) in [
        ("", 400, "malformed", vec![]),
        ("{", 400, "malformed", vec![]),
        ("[]", 422, "invalid", vec![""]),
        (r#"{ "text": "Hello" }"#, 422, "invalid", vec!["/to"]),
        (r#"{ "to": { "group": "495" } }"#, 422, "invalid", vec!["/text"]),
        (r#"{ "to": { "group": "495" }, "text": " " }"#, 422, "invalid", vec!["/text"]),
        (r#"{ "to": { "group": "495" }, "text": "Hello", "txt": 1 }"#, 422, "invalid", vec!["/txt"]),
        (r#"{ "to": { "phone": "12" }, "text": "Hello" }"#, 422, "invalid", vec!["/to/phone"]),
        (r#"{ "to": { "group": "495", "phone": "+12025550100" }, "text": "Hello" }"#, 422, "invalid", vec!["/to"]),
        (r#"{ "to": [], "text": "Hello" }"#, 422, "invalid", vec!["/to"]),
        (
            r#"{ "to": { "group": "495" }, "text": "Hello", "mentions": ["+12025550100", "x"] }"#,
            422,
            "invalid",
            vec!["/mentions/1"],
        ),
        (r#"{ "to": { "group": "495" }, "text": "Hello", "metadata": [] }"#, 422, "invalid", vec!["/metadata"]),
        (
            r#"{ "to": { "group": "495" }, "text": "Hello", "options": { "whatspie": { "a/b": 1 } } }"#,
            422,
            "invalid",
            vec!["/options/whatspie/a~1b"],
        ),
        (r#"{ "to": { "group": "495" }, "text": "Hello", "text": "Hello" }"#, 422, "invalid", vec!["/text"]),
    ] {
        for path in ["/v1/messages", "/v1/messages/preview"] {
            let answer = post(&app(), &no_fetch(), path, message);
            assert_eq!(answer.problem(), (status, code, pointers.clone()), "{message}");
        }
    }
}

#[test]
fn a_time_that_is_over_is_refused_and_one_to_come_is_the_providers() {
    for (send_at, pointers) in [
        ("2026-11-05T08:29:59Z", vec!["/send_at"]),
        (NOW, vec!["/send_at"]),
        ("2026-11-05T15:30:00+07:00", vec!["/send_at"]),
        ("tomorrow", vec!["/send_at"]),
    ] {
        let answer = send(&app(), &no_fetch(), &hello(json!({ "send_at": send_at, "via": "spot" })));
        assert_eq!(answer.problem(), (422, "invalid", pointers), "{send_at}");
    }
    let host = Script::of([answer(200, json!({ "message": { "id": "1", "status": "PENDING" } }))]);
    let answer = send(&app(), &host, &hello(json!({ "send_at": "2026-11-05T15:30:01+07:00", "via": "spot" })));
    assert_eq!(host.sent(0)["scheduledAt"], "2026-11-05T08:30:01Z");
    assert_eq!(answer.json["send_at"], "2026-11-05T08:30:01Z");

    let answer = send(&app(), &no_fetch(), &hello(json!({ "send_at": "2026-12-25T10:00:00Z", "via": "ops" })));
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/send_at"]));
}

#[test]
fn a_body_is_json_by_its_type() {
    for (content_type, status) in [
        (None, 200),
        (Some("application/json"), 200),
        (Some("Application/JSON ; charset=utf-8"), 200),
        (Some("text/plain"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("application/jsonp"), 415),
        (Some(""), 415),
    ] {
        let host = if status == 200 { Script::of([taken()]) } else { no_fetch() };
        let body = Some(hello(json!({})).to_string().into_bytes());
        let content_type = content_type.map(str::to_owned);
        let answer = handle(
            &app(),
            &host,
            &Incoming { body, content_type: content_type.clone(), ..incoming("POST", "/v1/messages") },
        );
        assert_eq!(answer.status, status, "{content_type:?}");
    }
}

#[test]
fn a_body_has_up_to_1_mib_and_media_in_base64_up_to_8_mib_more() {
    let file = |characters: usize| {
        let media = json!({ "kind": "document", "base64": "A".repeat(characters), "filename": "a.pdf" });
        json!({ "to": { "group": "wa-group" }, "media": media, "via": "wa" })
    };
    let app = app();
    let host = Script::of([answer(201, json!({ "error": false, "data": { "ref_no": "1" } }))]);
    assert_eq!(send(&app, &host, &file(8 << 20)).status, 200);
    assert_eq!(send(&app, &no_fetch(), &file((8 << 20) + 4)).problem(), (413, "invalid", vec![]));
    let long = hello(json!({ "metadata": { "text": "x".repeat(1 << 20) } }));
    assert_eq!(send(&app, &no_fetch(), &long).problem(), (413, "invalid", vec![]));
    let unread = Incoming { body: None, ..incoming("POST", "/v1/messages") };
    assert_eq!(handle(&app, &no_fetch(), &unread).problem(), (413, "invalid", vec![]));
}

// Who may ask, and for what.

#[test]
fn only_the_key_opens() {
    for (authorization, status) in [
        (None, 401),
        (Some(""), 401),
        (Some("Bearer"), 401),
        (Some("Bearer "), 401),
        (Some("Bearer wrong"), 401),
        (Some("Bearer chaski-key-012345678"), 401),
        (Some("Bearer chaski-key-01234567890"), 401),
        (Some("Bearer CHASKI-KEY-0123456789"), 401),
        (Some("Basic chaski-key-0123456789"), 401),
        (Some("chaski-key-0123456789"), 401),
        (Some("Bearer chaski-key-0123456789"), 200),
        (Some("bearer chaski-key-0123456789"), 200),
        (Some("BEARER   chaski-key-0123456789 "), 200),
    ] {
        for path in ["/v1/providers", "/v1/connections"] {
            let authorization = authorization.map(str::to_owned);
            let answer = handle(
                &app(),
                &no_fetch(),
                &Incoming { authorization: authorization.clone(), ..incoming("GET", path) },
            );
            assert_eq!(answer.status, status, "{authorization:?}");
            assert_eq!(answer.header("www-authenticate"), (status == 401).then_some("Bearer"));
            assert!(!answer.text.contains(KEY));
        }
    }
}

#[test]
fn every_door_but_healthz_is_closed_without_the_key() {
    let doors = [
        ("POST", "/v1/messages"),
        ("POST", "/v1/messages/preview"),
        ("GET", "/v1/providers"),
        ("GET", "/v1/connections"),
        ("GET", "/v1/connections/ops/health"),
        ("GET", "/v1/connections/ops/groups"),
        ("GET", "/v1/nothing"),
        ("GET", "/v1"),
        ("DELETE", "/v1/messages"),
    ];
    for key in [None, Some("")] {
        let keyless = App::new(key, Some(&config().to_string()), secret);
        for (method, path) in doors {
            let anyone = Incoming { authorization: Some("Bearer ".to_owned()), ..incoming(method, path) };
            for incoming in [incoming(method, path), anyone] {
                let answer = handle(&keyless, &no_fetch(), &incoming);
                assert_eq!((answer.status, &answer.json["code"]), (503, &json!("unavailable")), "{method} {path}");
                assert!(answer.json["detail"].as_str().unwrap().contains("CHASKI_API_KEY"));
            }
        }
        let answer = get(&keyless, &no_fetch(), "/healthz");
        assert_eq!((answer.status, answer.pointers()), (503, vec![""]));
    }
    for (method, path) in doors {
        let nobody = Incoming { authorization: None, ..incoming(method, path) };
        assert_eq!(handle(&app(), &no_fetch(), &nobody).status, 401, "{method} {path}");
    }
}

#[test]
fn there_is_nothing_anywhere_else() {
    for path in [
        "",
        "/",
        "/v1",
        "/v1/",
        "/v1/messages/",
        "/v1/messages/1",
        "/v2/messages",
        "/healthz/",
        "/HEALTHZ",
        "//healthz",
        "/v1/connections/ops",
        "/v1/connections/ops/secrets",
        "/v1/connections/a/b/health",
    ] {
        assert_eq!(get(&app(), &no_fetch(), path).problem(), (404, "not_found", vec![]), "{path}");
    }
    let unknown = get(&app(), &no_fetch(), "/v1/connections/nobody/health");
    assert_eq!(unknown.problem(), (404, "not_found", vec![]));
    assert_eq!(get(&app(), &no_fetch(), "/v1/connections/nobody/groups").status, 404);
}

#[test]
fn another_method_is_told_the_right_one() {
    for (method, path, allow) in [
        ("GET", "/v1/messages", "POST"),
        ("HEAD", "/v1/messages", "POST"),
        ("PUT", "/v1/messages/preview", "POST"),
        ("POST", "/v1/providers", "GET"),
        ("DELETE", "/v1/connections", "GET"),
        ("POST", "/v1/connections/ops/health", "GET"),
        ("OPTIONS", "/v1/connections/ops/groups", "GET"),
        ("POST", "/healthz", "GET"),
    ] {
        let answer = handle(&app(), &no_fetch(), &incoming(method, path));
        assert_eq!(answer.problem(), (405, "invalid", vec![]), "{method} {path}");
        assert!(answer.header("allow").unwrap().split(", ").any(|allowed| allowed == allow), "{method} {path}");
    }
}

#[test]
fn head_is_answered_like_get() {
    for path in ["/healthz", "/v1/providers", "/v1/connections", "/v1/nothing"] {
        let (head, get) = (handle(&app(), &no_fetch(), &incoming("HEAD", path)), get(&app(), &no_fetch(), path));
        assert_eq!((head.status, head.headers), (get.status, get.headers), "{path}");
    }
}

// Configuration.

#[test]
fn a_secret_is_read_by_its_name() {
    let host = Script::of([taken()]);
    send(&app(), &host, &hello(json!({})));
    assert_eq!(host.header(0, "authorization").as_deref(), Some("Bearer wp-s3cr3t/token+20261105"));
    assert_eq!(
        get(&app(), &no_fetch(), "/healthz").json,
        json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })
    );
}

#[test]
fn the_environment_holds_key_configuration_and_secrets() {
    let connection = json!({ "connections": { "ops": { "provider": "whatspie", "token": "$WHATSPIE_TOKEN" } } });
    let message = json!({ "to": { "group": "495" }, "text": "Hello" });
    for config in [connection.clone(), connection.to_string().into()] {
        let env = json!({ "CHASKI_API_KEY": KEY, "CHASKI_CONFIG": config, "WHATSPIE_TOKEN": "from-env", "OTHER": { "binding": 1 } });
        let host = Script::of([taken()]);
        assert_eq!(send(&App::of_env(&env.to_string()), &host, &message).status, 200);
        assert_eq!(host.header(0, "authorization").as_deref(), Some("Bearer from-env"));
    }
    for env in ["", "{", "[]", "{}", r#"{ "CHASKI_API_KEY": "", "CHASKI_CONFIG": 7 }"#] {
        let app = App::of_env(env);
        assert_eq!(get(&app, &no_fetch(), "/healthz").pointers(), ["", ""], "no configuration and no key: {env}");
        assert_eq!(send(&app, &no_fetch(), &message).status, 503);
    }
}

#[test]
fn one_broken_connection_leaves_the_others_working() {
    let mut config = config();
    config["connections"]["ops"] = json!({ "provider": "whatspie", "token": "$NOT_SET" });
    let app = app_of(&config);

    let health = get(&app, &no_fetch(), "/healthz");
    assert_eq!((health.status, &health.json["status"]), (503, &json!("misconfigured")));
    assert_eq!(health.pointers(), ["/connections/ops/token"]);
    assert!(health.text.contains("NOT_SET"), "{}", health.text);

    let answer = send(&app, &Script::of([also_taken()]), &hello(json!({})));
    assert_eq!(answer.json["connection"], "backup");
    assert_eq!(preview(&app, &hello(json!({}))).json["items"][0]["connection"], "backup");

    let alone = [
        send(&app, &no_fetch(), &hello(json!({ "via": "ops" }))),
        preview(&app, &hello(json!({ "via": "ops" }))),
        get(&app, &no_fetch(), "/v1/connections/ops/health"),
        get(&app, &no_fetch(), "/v1/connections/ops/groups"),
    ];
    for answer in alone {
        assert_eq!(answer.problem(), (503, "invalid", vec!["/connections/ops/token"]));
        assert!(answer.text.contains("NOT_SET"));
    }

    let list = get(&app, &no_fetch(), "/v1/connections");
    let ops = list.json["items"].as_array().unwrap().iter().find(|item| item["name"] == "ops").unwrap();
    assert_eq!(ops["errors"][0]["pointer"], "/connections/ops/token");
}

#[test]
fn all_that_is_wrong_with_a_connection_is_told_in_its_place() {
    let config = json!({ "connections": {
        "a": { "provider": "nobody" },
        "b": { "provider": "whatspie", "tokken": "s3cr3t", "pace": { "per_minute": -1 } },
        "c": { "provider": "whatspie", "token": "$BLANK" },
        "d": { "provider": "gowhatsapp", "token": "t", "base_url": "http://s3cr3t.example.com" },
        "e": "s3cr3t",
    } });
    let answer = get(&app_of(&config), &no_fetch(), "/healthz");
    let pointers: BTreeSet<_> = answer.pointers().into_iter().collect();
    let want = [
        "/connections/a/provider",
        "/connections/b/token",
        "/connections/b/tokken",
        "/connections/b/pace/per_minute",
        "/connections/c/token",
        "/connections/d/base_url",
        "/connections/e",
    ];
    assert_eq!((answer.status, pointers), (503, want.into()));
    assert!(!answer.text.contains("s3cr3t"), "healthz is open to everyone: {}", answer.text);
}

#[test]
fn what_is_wrong_with_the_configuration_is_told_with_its_place() {
    let with = |change: fn(&mut Value)| {
        let mut config = config();
        change(&mut config);
        config
    };
    for (config, pointers) in [
        (json!([]), vec![""]),
        (json!({}), vec!["/connections"]),
        (json!({ "connections": {} }), vec!["/connections"]),
        (json!({ "connections": [] }), vec!["/connections"]),
        (with(|config| config["conections"] = json!({})), vec!["/conections"]),
        (with(|config| config["subscribers"] = json!({})), vec!["/subscribers"]),
        (
            with(|config| config["connections"]["a/b c"] = config["connections"]["ops"].clone()),
            vec!["/connections/a~1b c"],
        ),
        (with(|config| config["connections"][""] = config["connections"]["ops"].clone()), vec!["/connections/"]),
        (
            with(|config| config["connections"]["a".repeat(65)] = config["connections"]["ops"].clone()),
            vec!["/connections/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
        ),
        (with(|config| config["routes"]["a b"] = json!(["ops"])), vec!["/routes/a b"]),
        (with(|config| config["routes"]["ops"] = json!(["backup"])), vec!["/routes/ops"]),
        (with(|config| config["routes"]["none"] = json!([])), vec!["/routes/none"]),
        (
            with(|config| config["routes"]["more"] = json!(["ops", "nobody", "default"])),
            vec!["/routes/more/1", "/routes/more/2"],
        ),
        (with(|config| config["routes"]["more"] = json!(["ops", "backup", "ops"])), vec!["/routes/more/2"]),
        (with(|config| config["routes"]["more"] = json!("ops")), vec!["/routes/more"]),
        (with(|config| config["routes"]["more"] = json!(["ops", 1])), vec!["/routes/more/1"]),
        (with(|config| config["groups"]["team"] = json!({ "nobody": "495" })), vec!["/groups/team/nobody"]),
        (with(|config| config["groups"]["team"] = json!({ "ops": "thread-9" })), vec!["/groups/team/ops"]),
        (with(|config| config["groups"]["team"] = json!({ "own": "495/../1" })), vec!["/groups/team/own"]),
        (with(|config| config["groups"]["team"] = json!({ "ops": 495 })), vec!["/groups/team/ops"]),
        (with(|config| config["groups"]["team"] = json!("495")), vec!["/groups/team"]),
    ] {
        let error = Config::parse(&config.to_string(), secret).unwrap_err();
        assert_eq!(error.errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), pointers);

        let app = app_of(&config);
        assert_eq!(get(&app, &no_fetch(), "/healthz").status, 503);
        assert_eq!(send(&app, &no_fetch(), &hello(json!({}))).problem(), (503, "invalid", pointers));
    }
    assert!(Config::parse(&config().to_string(), secret).is_ok());

    let ops = &config()["connections"]["ops"];
    let twice = format!(r#"{{ "connections": {{ "ops": {ops}, "ops": {ops} }} }}"#);
    assert_eq!(Config::parse(&twice, secret).unwrap_err().errors[0].pointer, "/connections/ops");
}

#[test]
fn a_configuration_that_is_missing_or_no_json_is_no_health() {
    for config in [None, Some(""), Some("{"), Some("s3cr3t"), Some("'{}'")] {
        let app = App::new(Some(KEY), config, secret);
        let health = get(&app, &no_fetch(), "/healthz");
        assert_eq!((health.status, &health.json["status"]), (503, &json!("misconfigured")), "{config:?}");
        assert!(!health.pointers().is_empty(), "{config:?}: {}", health.text);
        assert_eq!(send(&app, &no_fetch(), &hello(json!({}))).status, 503);
        assert_eq!(get(&app, &no_fetch(), "/v1/connections").status, 503);
        assert_eq!(get(&app, &no_fetch(), "/v1/providers").status, 200, "what providers can do is no configuration");
        assert!(!health.text.contains("s3cr3t"));
    }
}

#[test]
fn a_503_names_what_is_missing_and_shows_nothing_that_is_there() {
    let mut config = config();
    config["connections"]["ops"]["token"] = "$NOT_SET".into();
    config["connections"]["wa"]["api_key"] = "s3cr3t\nkey".into();
    config["connections"]["spot"]["api_key"] = json!({ "s3cr3t": "s3cr3t" });
    let app = app_of(&config);
    let answers = [
        get(&app, &no_fetch(), "/healthz"),
        send(&app, &no_fetch(), &hello(json!({ "via": "ops" }))),
        send(&app, &no_fetch(), &hello(json!({ "via": "wa" }))),
        get(&app, &no_fetch(), "/v1/connections/spot/health"),
    ];
    for answer in answers {
        assert_eq!(answer.status, 503);
        assert!(!answer.text.contains("s3cr3t"), "{}", answer.text);
        assert!(!answer.text.contains("6281776521626") && !answer.text.contains("14155552671"), "{}", answer.text);
    }
}

// Providers, connections, their health and groups.

#[test]
fn the_providers_are_listed_with_what_they_can_do() {
    let answer = get(&app(), &no_fetch(), "/v1/providers");
    assert_eq!((answer.status, members(&answer.json)), (200, ["items", "next"].into()));
    assert_eq!(answer.json["next"], Value::Null);
    let items = answer.json["items"].as_array().unwrap();
    let slugs: Vec<_> = items.iter().map(|item| item["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["whatspie", "gowhatsapp", "wachat", "a1base", "whatsspot"]);
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
        want("backup", "a1base", Value::Null, &["all", "default"]),
        want("ops", "whatspie", Value::Null, &["all", "default"]),
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

// Nothing leaks.

#[test]
fn a_preview_shows_the_requests_and_no_secret() {
    let answer = preview(&app(), &hello(json!({ "via": "all" })));
    assert_eq!(answer.status, 200);
    assert!(!answer.text.contains("s3cr3t"), "{}", answer.text);
    let items = answer.json["items"].as_array().unwrap();
    for (item, (connection, header)) in items.iter().zip([
        ("ops", "authorization"),
        ("backup", "x-api-secret"),
        ("own", "authorization"),
        ("wa", "apikey"),
        ("spot", "x-api-key"),
    ]) {
        assert_eq!(item["connection"], connection);
        assert_eq!(item["error"], Value::Null);
        assert_eq!(item["request"]["method"], "POST");
        assert_eq!(item["request"]["headers"][header], "***", "{connection}");
        assert!(item["request"]["body"].to_string().contains("Hello"), "{connection}");
    }
    assert_eq!(items.len(), 5);
}

#[test]
fn a_preview_shows_files_as_their_size() {
    let media = json!({ "kind": "document", "base64": "JVBERi0=", "filename": "a.pdf" });
    let answer = preview(&app(), &hello(json!({ "via": "own", "media": media })));
    let parts = &answer.json["items"][0]["request"]["body"]["multipart"];
    assert_eq!(parts[0], json!({ "name": "file", "filename": "a.pdf", "mime": "application/pdf", "bytes": 5 }));
    assert_eq!(parts[1], json!({ "name": "caption", "value": "Hello" }));
    assert!(!answer.text.contains("s3cr3t"));
}

#[test]
fn a_preview_shows_who_cannot_and_fails_where_nobody_can() {
    let mentions = hello(json!({ "mentions": ["+6285612345678"] }));
    let answer = preview(&app(), &mentions);
    assert_eq!(answer.json["items"][0]["error"], Value::Null);
    assert_eq!(answer.json["items"][1]["request"], Value::Null);
    assert_eq!(answer.json["items"][1]["error"]["kind"], "unsupported");
    let answer = preview(&app(), &hello(json!({ "mentions": ["+6285612345678"], "via": ["backup", "ops"] })));
    assert_eq!(answer.json["items"][0]["error"]["kind"], "unsupported");
    assert_eq!(answer.json["items"][1]["request"]["method"], "POST");
    let answer = preview(&app(), &hello(json!({ "mentions": ["+6285612345678"], "via": "backup" })));
    assert_eq!(answer.problem(), (422, "unsupported", vec!["/mentions"]));
}

/// Ways in which a provider could echo a key, in an error.
fn echoes(key: &str) -> Vec<Fetched> {
    // As PHP writes it.
    let escaped = key.replace('/', "\\/");
    vec![
        answer(401, json!({ "message": format!("the key {key} is wrong"), "key": key })),
        answer(
            401,
            json!({ "error": { "message": key, "code": key }, "headers": { "authorization": format!("Bearer {key}") } }),
        ),
        answer(422, json!({ "errors": { "key": [format!("{key} is wrong")] } })),
        answer(
            422,
            json!({ "detail": [{ "loc": ["header", "apikey"], "msg": format!("{key} is wrong"), "input": key }] }),
        ),
        answer(403, json!({ "message": "no", "code": key })),
        answer(200, json!({ "error": true, "success": false, "message": key })),
        Ok(Response {
            status: 401,
            headers: Vec::new(),
            body: format!(r#"{{"message":"wrong","given":"{escaped}"}}"#).into_bytes(),
        }),
        Ok(Response { status: 500, headers: Vec::new(), body: format!("<html>apikey: {key}</html>").into_bytes() }),
        Ok(Response { status: 302, headers: vec![("location".to_owned(), format!("/login/{key}"))], body: Vec::new() }),
    ]
}

#[test]
fn a_key_that_a_provider_echoes_is_nowhere_in_the_message() {
    for (connection, key) in [
        ("ops", "WHATSPIE_TOKEN"),
        ("own", "GO_TOKEN"),
        ("wa", "WACHAT_KEY"),
        ("backup", "A1_KEY"),
        ("backup", "A1_SECRET"),
        ("spot", "SPOT_KEY"),
    ] {
        for echo in echoes(&secret(key).unwrap()) {
            let answer = send(&app(), &Script::of([echo]), &hello(json!({ "via": connection })));
            assert!(!answer.text.contains("s3cr3t"), "{}", answer.text);
            assert!(answer.outcomes().1 != ["accepted"]);
        }
    }
}

#[test]
fn a_key_that_a_provider_echoes_is_nowhere_in_health_and_groups() {
    let key = secret("WHATSPIE_TOKEN").unwrap();
    for path in ["/v1/connections/ops/health", "/v1/connections/ops/groups"] {
        for echo in echoes(&key) {
            let answer = get(&app(), &Script::of([echo]), path);
            assert!(!answer.text.contains("s3cr3t"), "{path}: {}", answer.text);
        }
    }
}

#[test]
fn no_error_shows_a_whole_phone_number() {
    const NUMBER: &str = "6285612345678";
    let shows = |value: &Value| value.to_string().contains(NUMBER);
    let plus = format!("+{NUMBER}");
    for wrong in [
        json!({ "to": plus, "text": "Hello" }),
        json!({ "to": [plus], "text": "Hello" }),
        json!({ "to": { "phone": format!("{plus}x") }, "text": "Hello" }),
        json!({ "to": { "group": plus }, "text": "Hello" }),
        json!({ "to": { "phone": NUMBER.parse::<u64>().unwrap() }, "text": "Hello" }),
        hello(json!({ "mentions": plus })),
        hello(json!({ "mentions": [plus, format!("0{NUMBER}")] })),
        hello(json!({ "expires_in": NUMBER.parse::<u64>().unwrap() })),
        hello(json!({ "on_unsupported": plus })),
        hello(json!({ "via": 1, "send_at": plus })),
        hello(json!({ "options": { "whatspie": { "type": plus } } })),
    ] {
        for answer in [send(&app(), &no_fetch(), &wrong), preview(&app(), &wrong)] {
            assert_eq!(answer.status, 422);
            assert!(!shows(&answer.json), "{}", answer.text);
        }
    }
    let to_person = json!({ "to": { "phone": plus }, "text": "Hello", "via": "ops" });
    for refusal in [
        answer(422, json!({ "message": format!("{NUMBER} is not on WhatsApp") })),
        answer(422, json!({ "errors": { "receiver": [format!("{plus} is not on WhatsApp")] } })),
        answer(422, json!({ "detail": [{ "loc": ["body", "to"], "msg": NUMBER }] })),
        Ok(Response {
            status: 308,
            headers: vec![("location".to_owned(), format!("/chats/{NUMBER}@s.whatsapp.net/messages"))],
            body: Vec::new(),
        }),
    ] {
        let answer = send(&app(), &Script::of([refusal]), &to_person);
        // The body is the provider's, kept as it came.
        let mut error = answer.json["error"].clone();
        error.as_object_mut().unwrap().remove("body");
        assert!(!shows(&error), "{error}");
    }
}
