//! The Worker, run natively: SQLite stands in for its storage, and scripts for the providers.

#![cfg(all(feature = "worker", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod accepted;
mod access;
mod apart;
mod attempts;
mod batches;
mod calls;
mod chats;
mod configuration;
mod connections;
mod contents;
mod cors;
mod degraded;
mod deliveries;
mod events;
mod fall_over;
mod faults;
mod forgeries;
mod hooks;
mod idempotency;
mod inbound;
pub mod laws;
mod lists;
mod lives;
mod mistakes;
mod outcomes;
mod paces;
mod pauses;
mod pruning;
mod relay_faults;
pub mod relay_laws;
mod relay_world;
mod replays;
mod reports;
mod retries;
mod rig;
mod routes;
mod sameness;
mod secrets;
mod slots;
mod storage;
mod subscribers;
mod times;
mod tokens;
mod verdicts;
mod waits;

use calls::{posting, waiting};
use chaski::{
    Body, PROVIDERS, Request, Response, Timestamp,
    worker::{App, Config, Errand, Failure, Fault, Fetch, Handled, Headers, Host, Incoming, Outgoing},
};
use rig::Rig;
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, VecDeque},
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

const KEY: &str = "chaski-key-0123456789";
const NOW: &str = "2026-11-05T08:30:00Z";

// In milliseconds.
const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What became of a fetch.
type Fetched = Result<Response, Failure>;

thread_local! {
    /// What chance has drawn so far: never the same twice.
    static DRAWN: Cell<u128> = const { Cell::new(1) };
}

/// Does what the script says, fetch by fetch, and keeps what was asked of it.
struct Script {
    outcomes: RefCell<VecDeque<Fetched>>,
    requests: RefCell<Vec<Request>>,
}

impl Script {
    fn of(outcomes: impl IntoIterator<Item = Fetched>) -> Self {
        Self { outcomes: RefCell::new(outcomes.into_iter().collect()), requests: RefCell::default() }
    }

    /// Where the requests went.
    fn urls(&self) -> Vec<String> {
        self.requests.borrow().iter().map(|request| request.url.clone()).collect()
    }

    /// The body of a request, as JSON.
    fn sent(&self, at: usize) -> Value {
        json_of(&self.requests.borrow()[at])
    }

    fn header(&self, at: usize, name: &str) -> Option<String> {
        let requests = self.requests.borrow();
        requests[at].headers.iter().find(|header| header.name == name).map(|header| header.value.to_string())
    }
}

impl Host for Script {
    fn now(&self) -> Timestamp {
        Timestamp::parse(NOW).unwrap()
    }

    fn random(&self) -> u128 {
        DRAWN.with(|drawn| drawn.replace(drawn.get() + 1))
    }

    async fn fetch(&self, request: Request) -> Fetched {
        self.requests.borrow_mut().push(request.clone());
        self.outcomes.borrow_mut().pop_front().unwrap_or_else(|| panic!("a fetch too many: {}", request.url))
    }
}

/// Nothing may be fetched.
fn no_fetch() -> Script {
    Script::of([])
}

/// The body of a request, as JSON.
fn json_of(request: &Request) -> Value {
    match &request.body {
        Body::Json(json) => serde_json::from_slice(json).unwrap(),
        _ => panic!("no JSON was sent"),
    }
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

/// Any provider takes no more for a while.
fn slow_down(seconds: Option<u32>) -> Fetched {
    let headers = seconds.map(|seconds| ("retry-after".to_owned(), seconds.to_string())).into_iter().collect();
    Ok(Response { status: 429, headers, body: b"{}".to_vec() })
}

/// Any provider refuses the key: that does not heal.
fn refused() -> Fetched {
    answer(401, json!({ "message": "no" }))
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
    ("HOOK", "hook-s3cr3t-0123456789"),
    ("CRM", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
    ("CRM_OLD", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"),
];

fn secret(name: &str) -> Option<String> {
    SECRETS.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

/// One connection at each provider, `ops` and `backup` on the default route.
fn config() -> Value {
    json!({
        "connections": {
            "backup": { "provider": "a1base", "account_id": "acc 1", "api_key": "$A1_KEY", "api_secret": "$A1_SECRET", "from": "+14155552671" },
            "ops": { "provider": "whatspie", "token": "$WHATSPIE_TOKEN", "device": "6281776521626", "inbound_key": "$WEBHOOK" },
            "own": { "provider": "gowhatsapp", "base_url": "http://127.0.0.1:7001", "token": "$GO_TOKEN", "webhook_secret": "$WEBHOOK" },
            "spot": { "provider": "whatsspot", "api_key": "$SPOT_KEY", "webhook_secret": "$WEBHOOK" },
            "wa": { "provider": "wachat", "api_key": "$WACHAT_KEY", "sender": "628970450001", "number": "+628970450001" },
        },
        "routes": { "all": ["ops", "backup", "own", "wa", "spot"], "default": ["ops", "backup"] },
        "groups": {
            "only-ops": { "ops": "496" },
            "ops-team": { "ops": "495", "backup": "thread-9", "own": "120363025246125016@g.us", "wa": "wa-group", "spot": "spot-group" },
        },
    })
}

fn app() -> Rc<App> {
    app_of(&config())
}

fn app_of(config: &Value) -> Rc<App> {
    App::new(Some(KEY), Some(&config.to_string()), secret).into()
}

/// The Worker with another configuration.
fn changed(change: impl FnOnce(&mut Value)) -> Rc<App> {
    let mut config = config();
    change(&mut config);
    app_of(&config)
}

/// Takes a connection out of a configuration.
fn forget(config: &mut Value, connection: &str) {
    config["connections"].as_object_mut().unwrap().remove(connection);
    for ids in config["groups"].as_object_mut().unwrap().values_mut() {
        ids.as_object_mut().unwrap().remove(connection);
    }
    let routes = config["routes"].as_object_mut().unwrap();
    routes.values_mut().for_each(|route| route.as_array_mut().unwrap().retain(|name| name != connection));
    routes.retain(|_, route| *route != json!([]));
}

fn incoming(method: &str, path: &str) -> Incoming {
    Incoming { method: method.to_owned(), path: path.to_owned(), body: Some(Vec::new()), ..Incoming::default() }
        .with("authorization", &format!("Bearer {KEY}"))
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
    fn of(Outgoing { status, headers, body }: Outgoing) -> Self {
        let json: Value = serde_json::from_str(&body).unwrap();
        let answer = Self { status, headers, text: body, json };
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        if answer.header("content-type") == Some("application/problem+json") {
            assert_eq!(answer.json["type"], "about:blank");
            assert_eq!(answer.json["status"], status);
            for member in ["title", "detail", "code"] {
                assert!(answer.json[member].is_string(), "{member}: {}", answer.text);
            }
        } else {
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
        answer
    }

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

    /// The messages of a page or a batch.
    fn items(&self) -> &[Value] {
        self.json["items"].as_array().unwrap_or_else(|| panic!("no items: {}", self.text))
    }

    /// Status of the message, and the outcome of each attempt.
    fn outcomes(&self) -> (&str, Vec<&str>) {
        let attempts = self.json["attempts"].as_array().unwrap_or_else(|| panic!("no message: {}", self.text));
        let outcomes = attempts.iter().map(|attempt| attempt["outcome"].as_str().unwrap()).collect();
        (self.json["status"].as_str().unwrap(), outcomes)
    }
}

/// Asks a Worker without a past; the providers follow the script.
fn handle(app: &Rc<App>, host: &Script, incoming: &Incoming) -> Answer {
    let answer = match block_on(app.handle(host, incoming)) {
        Handled::Answer(outgoing) => Answer::of(outgoing),
        Handled::Onward(_) => Rig::of(app).follow(host, incoming),
    };
    assert_eq!(host.outcomes.borrow().len(), 0, "fewer fetches than the script has: {}", answer.text);
    answer
}

fn get(app: &Rc<App>, host: &Script, path: &str) -> Answer {
    handle(app, host, &incoming("GET", path))
}

fn post(app: &Rc<App>, host: &Script, path: &str, body: &str) -> Answer {
    handle(app, host, &Incoming { body: Some(body.as_bytes().to_vec()), ..incoming("POST", path) })
}

/// Sends a message, and waits for its first outcome.
fn send(app: &Rc<App>, host: &Script, message: &Value) -> Answer {
    handle(app, host, &waiting(message, 30))
}

fn preview(app: &Rc<App>, message: &Value) -> Answer {
    post(app, &no_fetch(), "/v1/messages/preview", &message.to_string())
}

/// A message to the group `ops-team`, with more members.
fn hello(more: Value) -> Value {
    with(json!({ "to": { "group": "ops-team" }, "text": "Hello" }), more)
}

/// An object with these members, too.
fn with(mut object: Value, more: Value) -> Value {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}
