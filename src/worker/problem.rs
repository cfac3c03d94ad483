//! Errors as the HTTP API tells them: problem details (RFC 9457).

use super::host::Outgoing;
use crate::error::{Error, ErrorKind, Violation};
use serde::Serialize;

/// A problem: why a request to the Worker failed.
#[derive(Debug)]
pub(crate) struct Problem {
    status: u16,
    error: Error,
}

/// A problem: why a request to the Worker failed.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Problem"))]
pub(crate) struct Told<'a> {
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
    detail: &'a str,
    /// What exactly was wrong, where that is known.
    #[serde(skip_serializing_if = "is_empty")]
    errors: &'a [Violation],
    /// The HTTP status that the provider answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_status: Option<u16>,
    /// Seconds to wait before another try.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

fn is_empty(errors: &&[Violation]) -> bool {
    errors.is_empty()
}

impl Problem {
    /// This error, as an answer of this status.
    pub(crate) fn of(status: u16, error: Error) -> Self {
        Self { status, error }
    }

    pub(crate) fn new(status: u16, code: ErrorKind, detail: impl Into<String>) -> Self {
        Self::of(status, Error::new(code, detail))
    }

    pub(crate) fn respond(&self) -> Outgoing {
        let Self { status, error } = self;
        let told = Told {
            kind: "about:blank",
            title: title(*status),
            status: *status,
            code: error.kind,
            detail: &error.message,
            errors: &error.errors,
            provider_status: error.status,
            retry_after: error.retry_after,
        };
        let answer = Outgoing::of("application/problem+json", *status, &told);
        match error.retry_after {
            Some(seconds) => answer.with("retry-after", seconds.to_string()),
            None if (*status, error.kind) == (401, ErrorKind::Auth) => answer.with("www-authenticate", "Bearer"),
            None => answer,
        }
    }

    /// Whoever asks does not show what would open.
    pub(crate) fn unauthorized(detail: &str) -> Self {
        Self::new(401, ErrorKind::Auth, detail)
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
    pub(crate) fn later(mut self, seconds: u32) -> Self {
        self.error.retry_after = Some(seconds);
        self
    }

    /// Our own configuration is wrong; the caller can do nothing about it.
    pub(crate) fn misconfigured(mut error: Error) -> Self {
        error.kind = ErrorKind::Invalid;
        error.message.insert_str(0, "CHASKI_CONFIG: ");
        Self::of(503, error)
    }

    /// A provider failed at a read; the caller may come back.
    pub(crate) fn of_provider(error: Error) -> Self {
        Self::of(503, error)
    }
}

/// What is wrong with the caller's input.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::of(if error.kind == ErrorKind::Malformed { 400 } else { 422 }, error)
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
