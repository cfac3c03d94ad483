//! What the Worker sees of its host: plain values, and three things to ask for.

use crate::{
    error::{Error, ErrorKind},
    http::{Request, Response},
    timestamp::Timestamp,
    write::to_json,
};
use serde::Serialize;

/// A request to the Worker.
#[derive(Clone, Default)]
pub struct Incoming {
    /// The method, in capitals.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The header `authorization`.
    pub authorization: Option<String>,
    /// The header `content-type`.
    pub content_type: Option<String>,
    /// The header `idempotency-key`.
    pub idempotency_key: Option<String>,
    /// The body; `None` when it is larger than [`Incoming::LIMIT`].
    pub body: Option<Vec<u8>>,
}

impl Incoming {
    /// The largest body that is read at all: 8 MiB of media in base64, and the message around it.
    pub const LIMIT: usize = 9 << 20;
}

/// The Worker's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Outgoing {
    /// An answer of JSON, which no cache may keep.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        Self::of("application/json", status, body)
    }

    pub(crate) fn of(content_type: &'static str, status: u16, body: &impl Serialize) -> Self {
        let headers = vec![
            ("content-type", content_type.to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        // The line break is for people at a terminal.
        let mut body = to_json(body).into_bytes();
        body.push(b'\n');
        Self { status, headers, body }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
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

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (kind, message) = match failure {
            Failure::Unreachable => (ErrorKind::Offline, "the provider could not be reached; nothing was sent"),
            Failure::Lost => (ErrorKind::Lost, "the connection broke before the provider answered"),
            Failure::Timeout => (ErrorKind::Lost, "the provider did not answer in time"),
            Failure::TooLarge(_) => (ErrorKind::Malformed, "the provider's answer is too large to be one"),
        };
        let status = if let Failure::TooLarge(status) = failure { Some(status) } else { None };
        Self { status, ..Self::new(kind, message) }
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
