//! Moments: milliseconds since 1970 inside, RFC 3339 in UTC outside.
//!
//! By hand, since a calendar library is a tenth of the wasm; the `time` crate is the oracle of the tests.

use serde::{Serialize, Serializer};
use std::fmt;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

/// One day, in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;

impl Timestamp {
    /// Reads RFC 3339, like `2026-12-25T10:00:00Z`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        rfc3339(text.as_bytes()).ok_or("a time is RFC 3339, like 2026-12-25T10:00:00Z")
    }

    /// Reads the date of an HTTP header, like `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
    pub(crate) fn parse_http_date(text: &str) -> Option<Self> {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let mut parts = text.split(' ');
        parts.next()?.strip_suffix(',')?;
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let (clock, zone, end) = (parts.next()?, parts.next()?, parts.next());
        let month = MONTHS.iter().position(|known| *known == month)?;
        let date = date(digits(year.as_bytes(), 4)?, i64::try_from(month).ok()? + 1, digits(day.as_bytes(), 2)?)?;
        let mut clock = Cursor(clock.as_bytes());
        let moment = date + clock.clock()?;
        (clock.0.is_empty() && zone == "GMT" && end.is_none()).then_some(Self(moment))
    }
}

fn rfc3339(text: &[u8]) -> Option<Timestamp> {
    let mut rest = Cursor(text);
    let year = rest.number(4)?;
    rest.one_of(b"-")?;
    let month = rest.number(2)?;
    rest.one_of(b"-")?;
    let date = date(year, month, rest.number(2)?)?;
    rest.one_of(b"Tt")?;
    let clock = rest.clock()?;
    let fraction = if rest.one_of(b".").is_some() { rest.fraction()? } else { 0 };
    let offset = match rest.one_of(b"Zz+-")? {
        b'Z' | b'z' => 0,
        sign => {
            let hours = rest.number(2)?;
            rest.one_of(b":")?;
            let minutes = rest.number(2).filter(|minutes| *minutes < 60 && hours < 24)?;
            (hours * 60 + minutes) * if sign == b'-' { -60_000 } else { 60_000 }
        }
    };
    let moment = date + clock + fraction - offset;
    // An offset can lead out of the years that four digits write.
    let (year, ..) = civil(moment.div_euclid(DAY));
    (rest.0.is_empty() && (0..=9999).contains(&year)).then_some(Timestamp(moment))
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first().filter(|(first, _)| bytes.contains(first))?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self, length: usize) -> Option<i64> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        digits(head, length)
    }

    /// `10:00:00`, in milliseconds.
    fn clock(&mut self) -> Option<i64> {
        let hours = self.number(2)?;
        self.one_of(b":")?;
        let minutes = self.number(2)?;
        self.one_of(b":")?;
        let seconds = self.number(2)?;
        (hours < 24 && minutes < 60 && seconds < 60).then_some(((hours * 60 + minutes) * 60 + seconds) * 1000)
    }

    /// The digits behind a point, as whole milliseconds.
    fn fraction(&mut self) -> Option<i64> {
        let mut milliseconds = 0;
        let mut worth = 100;
        self.0.first().filter(|byte| byte.is_ascii_digit())?;
        while let Some(digit) = self.one_of(b"0123456789") {
            milliseconds += i64::from(digit - b'0') * worth;
            worth /= 10;
        }
        Some(milliseconds)
    }
}

fn digits(text: &[u8], length: usize) -> Option<i64> {
    let number = |number: i64, byte: &u8| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'));
    if text.len() == length { text.iter().try_fold(0, number) } else { None }
}

/// The start of a day. Counts from March, so that the leap day is the last of its year (Howard Hinnant's
/// `days_from_civil`).
fn date(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * DAY)
}

/// The reverse of [`date`]: year, month and day.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        let of_day = self.0.rem_euclid(DAY);
        let (seconds, milliseconds) = (of_day / 1000, of_day % 1000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}")?;
        if milliseconds > 0 {
            write!(f, ".{milliseconds:03}")?;
        }
        f.write_str("Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::{
        OffsetDateTime,
        format_description::well_known::{Rfc2822, Rfc3339},
    };

    #[test]
    fn any_offset_is_written_in_utc() {
        assert_eq!(Timestamp::parse("2026-12-25T17:00:00+07:00").unwrap().to_string(), "2026-12-25T10:00:00Z");
        assert_eq!(Timestamp::parse("2026-12-25T10:00:00.25Z").unwrap().to_string(), "2026-12-25T10:00:00.250Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2026-12-25",
            "2026-12-25 10:00:00Z",
            "2026-12-25T10:00:00",
            "2026-02-29T10:00:00Z",
            "2026-13-01T10:00:00Z",
            "2026-12-25T24:00:00Z",
            "2026-12-25T10:00:00.Z",
            "2026-12-25T10:00:00+24:00",
            "2026-12-25T10:00:00Z ",
            "+026-12-25T10:00:00Z",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00+00:01",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    fn moment(milliseconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000).unwrap()
    }

    proptest! {
        // From the year 0 to the year 9999.
        #[test]
        fn the_time_crate_agrees(milliseconds in -62_167_219_200_000_i64..253_402_300_800_000, minutes in -1439_i32..1440) {
            let moment = moment(milliseconds);
            prop_assert_eq!(OffsetDateTime::parse(&Timestamp(milliseconds).to_string(), &Rfc3339), Ok(moment));
            let offset = time::UtcOffset::from_whole_seconds(minutes * 60).unwrap();
            if let Some(Ok(text)) = moment.checked_to_offset(offset).map(|moment| moment.format(&Rfc3339)) {
                prop_assert_eq!(Timestamp::parse(&text), Ok(Timestamp(milliseconds)));
            }
        }

        #[test]
        fn the_time_crate_agrees_on_http_dates(seconds in -2_208_988_800_i64..253_402_300_800) {
            let text = moment(seconds * 1000).format(&Rfc2822).unwrap().replace("+0000", "GMT");
            prop_assert_eq!(Timestamp::parse_http_date(&text), Some(Timestamp(seconds * 1000)));
        }
    }
}
