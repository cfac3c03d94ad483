//! Errors as the HTTP API tells them: problem details (RFC 9457).

use super::host::Outgoing;
use crate::error::{Error, ErrorKind, Violation};
use serde::Serialize;

/// A problem: why a request to the Worker failed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// Why.
    code: ErrorKind,
    /// For people.
    detail: String,
    /// What exactly was wrong, where that is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Violation>,
    /// The HTTP status that the provider answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_status: Option<u16>,
    /// Seconds to wait before another try.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

impl Problem {
    pub(crate) fn new(status: u16, code: ErrorKind, detail: impl Into<String>) -> Self {
        let (kind, title, detail) = ("about:blank", title(status), detail.into());
        Self { kind, title, status, code, detail, errors: Vec::new(), provider_status: None, retry_after: None }
    }

    pub(crate) fn respond(&self) -> Outgoing {
        let answer = Outgoing::of("application/problem+json", self.status, self);
        match self.retry_after {
            Some(seconds) => answer.with("retry-after", seconds.to_string()),
            None if (self.status, self.code) == (401, ErrorKind::Auth) => answer.with("www-authenticate", "Bearer"),
            None => answer,
        }
    }

    /// Whoever asks does not show what would open.
    pub(crate) fn unauthorized(detail: &str) -> Self {
        Self::new(401, ErrorKind::Auth, detail)
    }

    /// With what exactly was wrong.
    pub(crate) fn with(self, errors: Vec<Violation>) -> Self {
        Self { errors, ..self }
    }

    /// There is no such thing.
    pub(crate) fn not_found(detail: &str) -> Self {
        Self::new(404, ErrorKind::NotFound, detail)
    }

    /// It is too late for that, or too early.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(409, ErrorKind::Rejected, detail)
    }

    /// Not now: the caller may come back in so many seconds.
    pub(crate) fn later(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Our own configuration is wrong; the caller can do nothing about it.
    pub(crate) fn misconfigured(error: Error) -> Self {
        Self { errors: error.errors, ..Self::new(503, ErrorKind::Invalid, format!("CHASKI_CONFIG: {}", error.message)) }
    }

    /// A provider failed at a read; the caller may come back.
    pub(crate) fn of_provider(error: Error) -> Self {
        let (provider_status, retry_after) = (error.status, error.retry_after);
        Self { provider_status, retry_after, errors: error.errors, ..Self::new(503, error.kind, error.message) }
    }
}

/// What is wrong with the caller's input.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = if error.kind == ErrorKind::Malformed { 400 } else { 422 };
        Self { errors: error.errors, ..Self::new(status, error.kind, error.message) }
    }
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        503 => "Service Unavailable",
        _ => "Error",
    }
}
