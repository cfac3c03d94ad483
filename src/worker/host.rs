//! What the Worker sees of its host: plain values, and three things to ask for.

use super::token::Pass;
use crate::{
    error::{Error, ErrorKind},
    form,
    http::{Request, Response},
    json::{Document, Json, Object},
    timestamp::Timestamp,
    write::to_json,
};
use serde::Serialize;
use std::borrow::Cow;

/// A request to the Worker.
#[derive(Clone, Default)]
pub struct Incoming {
    /// The method, in capitals.
    pub method: String,
    /// Where the Worker was asked: scheme, host and port.
    pub origin: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without the question mark.
    pub query: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; `None` when it is larger than [`Incoming::LIMIT`].
    pub body: Option<Vec<u8>>,
    /// For the outbox alone: what the caller may do who came with a token. `None` where it has the key, or needs none.
    pub pass: Option<Pass>,
}

impl Incoming {
    /// The largest body that is read at all: 8 MiB of media in base64, and the message around it.
    pub const LIMIT: usize = 9 << 20;

    /// What stands before the body, as JSON with the names of these fields; the headers are an object.
    #[must_use]
    pub fn read(head: &str, body: Option<Vec<u8>>) -> Self {
        let head = members(head);
        let text = |name: &str| head.get(name).string().map(Cow::into_owned).unwrap_or_default();
        Self {
            method: text("method"),
            origin: text("origin"),
            path: text("path"),
            query: text("query"),
            headers: texts(head.get("headers")),
            body,
            pass: Pass::of(head.get("pass")),
        }
    }

    /// With this header, instead of one of the same name.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The parameters of the query.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (String, String)> {
        form::fields(&self.query)
    }
}

/// The Worker's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Outgoing {
    /// An answer of JSON, which no cache may keep.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        Self::of("application/json", status, body)
    }

    pub(crate) fn of(content_type: &'static str, status: u16, body: &impl Serialize) -> Self {
        // The line break is for people at a terminal.
        Self::new(content_type, status, to_json(body) + "\n")
    }

    /// An answer of JSON that was written before.
    pub(crate) fn text(status: u16, body: String) -> Self {
        Self::new("application/json", status, body)
    }

    /// A piece of a stream of server-sent events.
    pub(crate) fn stream(text: String) -> Self {
        Self::new("text/event-stream", 200, text)
    }

    fn new(content_type: &'static str, status: u16, body: String) -> Self {
        let headers = vec![
            ("content-type", content_type.to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        Self { status, headers, body }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What comes of a request.
pub enum Handled {
    /// The answer.
    Answer(Outgoing),
    /// The outbox has the answer.
    Onward(Onward),
}

/// What goes along when a request goes on to the outbox.
#[derive(Serialize)]
pub struct Onward {
    /// [`Incoming::pass`] there.
    pub pass: Option<Pass>,
    /// Headers that the outbox's answer gets.
    pub headers: Vec<(&'static str, String)>,
}

/// Why the host has no answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection was never opened: nothing was sent.
    Unreachable,
    /// The connection broke before the answer was whole.
    Lost,
    /// The answer did not come in time.
    Timeout,
    /// The answer, of this HTTP status, is larger than anything a provider says.
    TooLarge(u16),
}

/// What came of a fetch, as the host tells it: `{ "status": …, "headers": { … } }`, or why there is no answer, `{ "failure": … }`:
/// `unreachable`, `timeout`, or anything else for lost. `body` is absent where it is larger than the limit.
pub fn outcome(told: &str, body: Option<Vec<u8>>) -> Result<Response, Failure> {
    let told = members(told);
    let Some(status) = told.get("status").integer().and_then(|status| status.try_into().ok()) else {
        return Err(match told.get("failure").string().as_deref() {
            Some("unreachable") => Failure::Unreachable,
            Some("timeout") => Failure::Timeout,
            _ => Failure::Lost,
        });
    };
    let body = body.ok_or(Failure::TooLarge(status))?;
    Ok(Response { status, headers: texts(told.get("headers")), body })
}

/// The members of an object that are strings.
fn members(text: &str) -> Object<'_> {
    Document::parse(text.as_bytes()).ok().and_then(|document| document.object()).unwrap_or_default()
}

fn texts(json: Json<'_>) -> Vec<(String, String)> {
    let members = json.object().0.into_iter();
    members.filter_map(|(name, value)| Some((name.into_owned(), value.string()?.into_owned()))).collect()
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (kind, message) = match failure {
            Failure::Unreachable => (ErrorKind::Offline, "the provider could not be reached; nothing was sent"),
            Failure::Lost => {
                (ErrorKind::Lost, "the connection broke before the provider answered: it may have been done")
            }
            Failure::Timeout => (ErrorKind::Lost, "the provider did not answer in time"),
            Failure::TooLarge(_) => (ErrorKind::Malformed, "the provider's answer is too large to be one"),
        };
        let status = if let Failure::TooLarge(status) = failure { Some(status) } else { None };
        let mut error = Self::new(kind, message);
        error.status = status;
        error
    }
}

/// What the handlers ask of the host.
pub trait Host {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Chance: 128 bits nobody can guess.
    fn random(&self) -> u128;

    /// Sends a request, follows no redirect, and waits for the whole answer or a [`Failure`].
    fn fetch(&self, request: &Request) -> impl Future<Output = Result<Response, Failure>>;
}
