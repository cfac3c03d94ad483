//! One try to bring an event to a subscriber: what came of it, and what follows.

use crate::{
    http::Response,
    timestamp::Timestamp,
    worker::{host::Failure, subscriber::Subscriber},
    write::cut,
};
use serde::Serialize;

/// Of an answer so many bytes are kept: enough to see what is wrong.
const BODY: usize = 1 << 10;

/// One try to bring an event to a subscriber.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "WebhookAttempt"))]
pub(crate) struct Attempt {
    /// When it began.
    pub(super) at: Timestamp,
    /// What the subscriber answered, as an HTTP status.
    pub(super) http_status: Option<u16>,
    /// Why it failed, where there was no answer.
    pub(super) error: Option<&'static str>,
    /// What the subscriber answered: the first kilobyte.
    pub(super) body: Option<String>,
}

/// What a subscriber makes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reception {
    /// It has it.
    Taken,
    /// It wants no more events.
    Gone,
    /// It does not have it, for all that is known; all of its events wait for these seconds, where it says so.
    Failed { retry_after: Option<u32> },
}

/// What follows for one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Delivered,
    /// It waits for another try.
    Again(Timestamp),
    /// There is none left.
    Failed,
}

impl Attempt {
    /// What came of a try that began at this time. What was said is kept where it is known which words of it are secret.
    pub(super) fn of(at: Timestamp, outcome: &Result<Response, Failure>, subscriber: Option<&Subscriber>) -> Self {
        let text = |response: &Response| {
            let text = subscriber?.masked(&String::from_utf8_lossy(&response.body));
            Some(cut(text, BODY)).filter(|text| !text.is_empty())
        };
        let (http_status, error, body) = match outcome {
            Ok(response) => (Some(response.status), None, text(response)),
            Err(Failure::TooLarge(status)) => (Some(*status), None, None),
            Err(Failure::Unreachable) => (None, Some("the URL could not be reached"), None),
            Err(Failure::Lost) => (None, Some("no connection, or it broke before the answer was whole"), None),
            Err(Failure::Timeout) => (None, Some("no answer in time"), None),
        };
        Self { at, http_status, error, body }
    }

    /// It was under way when the Worker stopped.
    pub(super) fn stopped(at: Timestamp) -> Self {
        Self { at, http_status: None, error: Some("the Worker stopped while this was on its way"), body: None }
    }
}

impl Reception {
    /// By the rules of Standard Webhooks: 2xx is yes, 410 is the end, and anything else is no.
    pub(super) fn of(outcome: &Result<Response, Failure>) -> Self {
        match outcome {
            Ok(Response { status: 200..=299, .. }) | Err(Failure::TooLarge(200..=299)) => Self::Taken,
            Ok(Response { status: 410, .. }) => Self::Gone,
            Ok(response) => Self::Failed { retry_after: response.retry_after() },
            Err(_) => Self::Failed { retry_after: None },
        }
    }

    /// What follows after so many tries, this one among them; `chance` is 32 random bits, for the jitter.
    pub(super) fn fate(self, subscriber: &Subscriber, tries: i64, now: Timestamp, chance: u32) -> Fate {
        let next = usize::try_from(tries - 1).ok().and_then(|tries| subscriber.retries.get(tries));
        match (self, next) {
            (Self::Taken, _) => Fate::Delivered,
            // It is kept for when the subscriber is back.
            (Self::Gone, _) => Fate::Again(now),
            (Self::Failed { .. }, None) => Fate::Failed,
            (Self::Failed { retry_after }, Some(seconds)) => {
                let wait = i64::from(*seconds) * 1000;
                // A fifth earlier or later, so that not all come at once who failed at once.
                let jitter = wait * 2 / 5 * i64::from(chance) / i64::from(u32::MAX) - wait / 5;
                Fate::Again(Timestamp(now.0 + (wait + jitter).max(i64::from(retry_after.unwrap_or(0)) * 1000)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        error::Violation,
        input::{Input, Path, Violations},
        json::{Json, Known},
    };

    fn subscriber(members: &str) -> Subscriber {
        let json = format!(
            r#"{{ "url": "https://crm.example/in", "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"{members} }}"#
        );
        let violations = Violations::default();
        let json = Json::parse(json.as_bytes()).unwrap();
        let read = Subscriber::read(
            Input { json, known: &Known::default(), path: Path::Root, violations: &violations },
            &|_| None,
        );
        violations.settle(read).unwrap_or_else(|error| {
            panic!(
                "{:?}",
                error.errors.iter().map(|Violation { pointer, detail }| (pointer, detail)).collect::<Vec<_>>()
            )
        })
    }

    fn answered(status: u16, headers: &[(&str, &str)]) -> Result<Response, Failure> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(Response { status, headers, body: Vec::new() })
    }

    const NOW: Timestamp = Timestamp(1_000_000_000_000);

    #[test]
    fn only_2xx_is_yes_and_410_is_the_end() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(Reception::of(&answered(status, &[])), Reception::Taken, "{status}");
        }
        for status in [100, 199, 300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504] {
            assert_eq!(Reception::of(&answered(status, &[])), Reception::Failed { retry_after: None }, "{status}");
        }
        assert_eq!(Reception::of(&answered(410, &[])), Reception::Gone);
        assert_eq!(Reception::of(&Err(Failure::TooLarge(200))), Reception::Taken);
        for failure in [Failure::Unreachable, Failure::Lost, Failure::Timeout, Failure::TooLarge(500)] {
            assert_eq!(Reception::of(&Err(failure)), Reception::Failed { retry_after: None });
        }
    }

    #[test]
    fn the_tries_are_those_of_standard_webhooks_give_or_take_a_fifth() {
        let subscriber = subscriber("");
        let failed = Reception::of(&answered(500, &[]));
        let wait = |tries, chance| match failed.fate(&subscriber, tries, NOW, chance) {
            Fate::Again(at) => at.0 - NOW.0,
            fate => panic!("{fate:?}"),
        };
        let hours = 3600;
        for (at, seconds) in
            [5, 300, 1800, 2 * hours, 5 * hours, 10 * hours, 14 * hours, 20 * hours, 24 * hours].into_iter().enumerate()
        {
            let tries = i64::try_from(at).unwrap() + 1;
            assert_eq!((wait(tries, 0), wait(tries, u32::MAX)), (seconds * 800, seconds * 1200), "try {tries}");
        }
        assert_eq!(failed.fate(&subscriber, 10, NOW, 0), Fate::Failed);
        assert_eq!(Reception::Taken.fate(&subscriber, 10, NOW, 0), Fate::Delivered);
    }

    #[test]
    fn the_schedule_is_the_users_where_there_is_one() {
        let subscriber = subscriber(r#", "retries": [1]"#);
        let failed = Reception::Failed { retry_after: None };
        assert_eq!(failed.fate(&subscriber, 1, NOW, u32::MAX / 2), Fate::Again(Timestamp(NOW.0 + 999)));
        assert_eq!(failed.fate(&subscriber, 2, NOW, 0), Fate::Failed);
    }

    #[test]
    fn retry_after_is_the_least() {
        let subscriber = subscriber("");
        let later = Reception::of(&answered(503, &[("retry-after", "60")]));
        assert_eq!(later, Reception::Failed { retry_after: Some(60) });
        assert_eq!(later.fate(&subscriber, 1, NOW, 0), Fate::Again(Timestamp(NOW.0 + 60_000)));
        assert_eq!(later.fate(&subscriber, 2, NOW, 0), Fate::Again(Timestamp(NOW.0 + 240_000)));
    }
}
