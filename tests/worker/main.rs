//! The Worker's handlers, run natively: a host that follows a script stands in for fetch, time and chance.

#![cfg(feature = "worker")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accepted;
mod access;
mod attempts;
mod configuration;
mod connections;
mod fall_over;
mod mistakes;
mod routes;
mod secrets;

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
