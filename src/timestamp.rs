//! Moments: milliseconds since 1970 inside, RFC 3339 in UTC outside.

use serde::Serialize;
use std::fmt;
use time::{
    OffsetDateTime, UtcOffset,
    format_description::well_known::{Rfc2822, Rfc3339},
};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads RFC 3339, like `2026-12-25T10:00:00Z`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .and_then(Self::of)
            .ok_or("a time is RFC 3339, like 2026-12-25T10:00:00Z")
    }

    /// Reads the date of an HTTP header, like `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub(crate) fn parse_http_date(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc2822).ok().and_then(Self::of)
    }

    fn of(moment: OffsetDateTime) -> Option<Self> {
        i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|moment| moment.to_offset(UtcOffset::UTC).format(&Rfc3339).ok());
        // Beyond the year 9999 there is no RFC 3339 spelling; the number is still the truth.
        match text {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_is_written_in_utc() {
        assert_eq!(Timestamp::parse("2026-12-25T17:00:00+07:00").unwrap().to_string(), "2026-12-25T10:00:00Z");
        assert_eq!(Timestamp::parse("2026-12-25T10:00:00.250Z").unwrap().to_string(), "2026-12-25T10:00:00.25Z");
        assert!(Timestamp::parse("tomorrow").is_err());
        assert!(Timestamp::parse("2026-12-25 10:00").is_err());
    }

    #[test]
    fn http_dates_are_read() {
        let moment = Timestamp::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(moment.to_string(), "1994-11-06T08:49:37Z");
    }
}
