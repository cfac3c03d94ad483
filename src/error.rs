//! What can go wrong, and what follows from it for the message.

use crate::{http::Response, phone};
use serde::Serialize;
use std::{
    fmt,
    ops::{Deref, DerefMut},
};

/// Why a call failed. In JSON: snake_case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input is wrong: in our judgement, or in the provider's if [`Details::status`] is set.
    Invalid,
    /// The provider has no such call or feature. Nothing was sent.
    Unsupported,
    /// The credentials were refused.
    Auth,
    /// The group, number, message or media is unknown.
    NotFound,
    /// The plan's quota is used up.
    Quota,
    /// Too many requests; [`Details::retry_after`] says when to come back, if the provider does.
    RateLimited,
    /// Nobody at the other end: the device is not connected, or the gateway could not be reached at all.
    Offline,
    /// The provider said no for another reason.
    Rejected,
    /// The provider failed (5xx). The message may have been sent.
    Unavailable,
    /// The answer never came: timeout or reset. The message may have been sent.
    Lost,
    /// An answer that cannot be read. The message may have been sent.
    Malformed,
    /// A webhook whose signature does not hold.
    Forged,
}

/// What became of one send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The provider took it.
    Accepted,
    /// It was certainly not sent: it may be tried again, or elsewhere.
    Rejected,
    /// It may have been sent: never repeat it by yourself.
    Ambiguous,
}

impl ErrorKind {
    /// What a send that failed so has come to.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Unavailable | Self::Lost | Self::Malformed => Outcome::Ambiguous,
            _ => Outcome::Rejected,
        }
    }

    /// The kind of an HTTP status that is not 2xx, before a provider's own words refine it.
    fn of_status(status: u16) -> Self {
        match status {
            400 | 405 | 406 | 413 | 415 | 422 => Self::Invalid,
            401 | 403 => Self::Auth,
            402 => Self::Quota,
            404 | 410 => Self::NotFound,
            429 => Self::RateLimited,
            // 408 comes from proxies too, after they have passed the request on.
            408 | 500.. => Self::Unavailable,
            // Redirects are never followed: what stands behind one may or may not have seen the request.
            ..400 => Self::Malformed,
            _ => Self::Rejected,
        }
    }
}

/// So many mistakes are told at most: one byte of input can be one, and each is told in hundreds.
pub(crate) const MOST: usize = 100;

/// One thing that is wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Violation {
    /// Where: a JSON pointer (RFC 6901) into the input; empty for the whole of it.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub detail: String,
}

impl Violation {
    /// A violation at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => f.write_str(&self.detail),
            pointer => write!(f, "{pointer}: {}", self.detail),
        }
    }
}

/// Words for people, in a row.
pub(crate) fn joined(words: impl Iterator<Item = impl AsRef<str>>, separator: &str) -> String {
    let mut row = String::new();
    for word in words {
        if !row.is_empty() {
            row.push_str(separator);
        }
        row.push_str(word.as_ref());
    }
    row
}

/// A failed call: reads as its [`Details`].
///
/// One word wide, since every function that can fail returns room for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Error(Box<Details>);

/// A failed call, with everything that the provider said about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Failure"))]
pub struct Details {
    /// Why.
    pub kind: ErrorKind,
    /// For people: the provider's own text where it gave one. Phone numbers in it are masked.
    pub message: String,
    /// The HTTP status that the provider answered; absent when no answer is behind this error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The provider's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Seconds to wait before another try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// What exactly was wrong, where that is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Violation>,
    /// What the provider answered, as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Error {
    /// An error without an answer behind it.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Details { kind, message, status: None, code: None, retry_after: None, errors: Vec::new(), body: None }.into()
    }

    /// The input is wrong in these places.
    #[must_use]
    pub fn invalid(errors: Vec<Violation>) -> Self {
        Self::at(ErrorKind::Invalid, errors)
    }

    /// The provider cannot do these things.
    #[must_use]
    pub fn unsupported(errors: Vec<Violation>) -> Self {
        Self::at(ErrorKind::Unsupported, errors)
    }

    fn at(kind: ErrorKind, errors: Vec<Violation>) -> Self {
        let message = joined(errors.iter().map(Violation::to_string), "; ");
        let mut error = Self::new(kind, message);
        error.errors = errors;
        error
    }

    /// What there is to know.
    #[must_use]
    pub fn into_details(self) -> Details {
        *self.0
    }

    /// The error of one recipient's message, told where that recipient stands among all.
    #[cfg(feature = "worker")]
    pub(crate) fn at_place(self, place: usize) -> Self {
        let moved = |violation: Violation| match violation.pointer.strip_prefix("/to/") {
            Some(rest) => Violation { pointer: format!("/to/{place}/{rest}"), ..violation },
            None => violation,
        };
        if self.errors.is_empty() {
            return self;
        }
        let Details { kind, errors, .. } = self.into_details();
        Self::at(kind, errors.into_iter().map(moved).collect())
    }

    /// An answer that is not a success; `text` is what the provider says about it.
    pub(crate) fn answered(response: &Response, text: Option<String>) -> Self {
        let status = response.status;
        let text = text.unwrap_or_else(|| format!("HTTP {status}"));
        let mut error = Self::new(ErrorKind::of_status(status), phone::mask(text.trim()));
        error.status = Some(status);
        error.retry_after = response.retry_after();
        error.body = Some(String::from_utf8_lossy(&response.body).into_owned());
        error
    }

    /// The same error, of another kind.
    #[must_use]
    pub(crate) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Whether the provider says this in its answer.
    pub(crate) fn says(&self, text: &str) -> bool {
        // What a provider says stands at the beginning, not somewhere in a page of megabytes.
        const BEGINNING: usize = 16 << 10;
        let said = self.body.as_deref().unwrap_or_default().as_bytes();
        let said = said.get(..BEGINNING).unwrap_or(said);
        said.windows(text.len()).any(|said| said.eq_ignore_ascii_case(text.as_bytes()))
    }

    /// What a send that failed so has come to.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.kind {
            // What cannot be read is the caller's own input: no answer stands behind it.
            ErrorKind::Malformed if self.status.is_none() => Outcome::Rejected,
            kind => kind.outcome(),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Error {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Details::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Details::json_schema(generator)
    }
}

impl From<Details> for Error {
    fn from(details: Details) -> Self {
        Self(Box::new(details))
    }
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
