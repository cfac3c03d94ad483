//! What the Worker sees of its host: plain values, and three things to ask for.

use super::token::Pass;
use crate::{
    error::{Error, ErrorKind},
    form,
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
    /// Where the Worker was asked: scheme, host and port.
    pub origin: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without the question mark.
    pub query: String,
    /// The headers.
    pub headers: Headers,
    /// The body; `None` when it is larger than [`Incoming::LIMIT`].
    pub body: Option<Vec<u8>>,
    /// For the outbox alone: what the caller may do who came with a token. `None` where it has the key, or needs none.
    pub pass: Option<Pass>,
}

impl Incoming {
    /// The largest body that is read at all: 8 MiB of media in base64, and the message around it.
    pub const LIMIT: usize = 9 << 20;

    /// Reads what stands before the body: a line of the method, the URL, and a [`Pass`] in JSON where there is one; then the
    /// [`Headers`].
    #[must_use]
    pub fn read(head: &str, body: Option<Vec<u8>>) -> Self {
        let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (method, (origin, path, query), pass) = (word(), target(word()), word());
        Self {
            method: method.to_owned(),
            origin: origin.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Headers(headers.to_owned()),
            body,
            pass: Pass::of(pass),
        }
    }

    /// What [`Incoming::read`] reads, for the outbox: with what the caller may do, in place of the key that says so.
    #[must_use]
    pub fn head(&self, pass: Option<&Pass>) -> String {
        let Self { method, origin, path, query, headers, .. } = self;
        let mark = if query.is_empty() { "" } else { "?" };
        let pass = pass.map(to_json).unwrap_or_default();
        let mut head = [method, " ", origin, path, mark, query, " ", &pass, "\n"].concat();
        for (name, value) in headers.iter().filter(|(name, _)| *name != "authorization") {
            push(&mut head, name, value);
        }
        head
    }

    /// With this header, instead of one of the same name.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let others = self.headers.iter().filter(|(other, _)| *other != name);
        self.headers = others.chain([(name, value)]).collect();
        self
    }

    /// A header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// The parameters of the query.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (String, String)> {
        form::fields(&self.query)
    }
}

/// The origin of a URL, its path as it came, and its query.
fn target(url: &str) -> (&str, &str, &str) {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(authority..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| authority + at);
    let (origin, rest) = url.split_at_checked(end).unwrap_or((url, ""));
    let (whole, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = whole.split_once('?').unwrap_or((whole, ""));
    (origin, if path.is_empty() { "/" } else { path }, query)
}

/// Headers as one text, a line `name:value` for each, names in lower case. Most of them nobody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(String);

impl Headers {
    /// The first of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.split('\n').find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    }

    /// All of them: names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.split('\n').filter_map(|line| line.split_once(':'))
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let mut lines = String::new();
        headers.into_iter().for_each(|(name, value)| push(&mut lines, name.as_ref(), value.as_ref()));
        Self(lines)
    }
}

/// One header more.
fn push(lines: &mut String, name: &str, value: &str) {
    for part in [name, ":", value, "\n"] {
        lines.push_str(part);
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

/// What came of a fetch, as the host tells it: a line of the HTTP status, then the [`Headers`]; or why there is no answer:
/// `unreachable`, `timeout`, or anything else for lost. `body` is absent where it is larger than the limit.
pub fn outcome(told: &str, body: Option<Vec<u8>>) -> Result<Response, Failure> {
    let (line, headers) = told.split_once('\n').unwrap_or((told, ""));
    let Some(status) = line.parse::<i64>().ok().and_then(|status| status.try_into().ok()) else {
        return Err(match line {
            "unreachable" => Failure::Unreachable,
            "timeout" => Failure::Timeout,
            _ => Failure::Lost,
        });
    };
    let body = body.ok_or(Failure::TooLarge(status))?;
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(Response { status, headers: Headers(headers.to_owned()).iter().map(owned).collect(), body })
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
    fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, Failure>>;
}
