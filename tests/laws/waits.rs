//! The wait that a provider asks for.

use super::*;
use time::{PrimitiveDateTime, format_description::parse_borrowed};

pub(crate) fn retry_after() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{1,25}", "[+-]?[0-9]{1,3}", Just(String::new()), "[ \t]{1,3}", http_date(), any::<String>()]
}

/// Seconds of one day, as a date of HTTP.
fn http_date() -> impl Strategy<Value = String> {
    (0..86_400u32).prop_map(on_that_day)
}

fn on_that_day(second: u32) -> String {
    format!("Sun, 06 Nov 1994 {:02}:{:02}:{:02} GMT", second / 3600, second / 60 % 60, second % 60)
}

fn wait(headers: &[(&str, &str)]) -> Option<u32> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    thread_local! {
        static ACCOUNT: Account = plain_accounts().remove(0);
    }
    ACCOUNT.with(|account| {
        account.reply::<Message>(&Response { status: 429, headers, body: Vec::new() }).unwrap_err().retry_after
    })
}

/// A wait is at least a second and at most a day, and nothing where nothing is said that is one.
pub fn is_a_wait(after: &str, date: &str) -> TestCaseResult {
    let moment = |text: &str| {
        let (_, rest) = text.split_once(", ").filter(|(weekday, _)| !weekday.contains(' '))?;
        // `time` reads a sign before a year, which a date of HTTP has not (RFC 9110 §5.6.7).
        let rest = Some(rest).filter(|rest| !rest.contains(['+', '-']))?;
        let format = parse_borrowed::<2>("[day] [month repr:short] [year] [hour]:[minute]:[second] GMT").unwrap();
        PrimitiveDateTime::parse(rest, &format).ok().map(|moment| moment.assume_utc().unix_timestamp())
    };
    let (after, date) = (after.trim(), date.trim());
    let expected = match after.bytes().all(|byte| byte.is_ascii_digit()) {
        true if after.is_empty() => None,
        true => Some(after.parse().unwrap_or(i64::MAX)),
        false => moment(after).and_then(|after| Some(after - moment(date)?)),
    };
    let expected = expected.map(|seconds| seconds.clamp(1, 86_400) as u32);
    prop_assert_eq!(wait(&[("Retry-After", after), ("Date", date)]), expected, "{:?} at {:?}", after, date);
    Ok(())
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn a_wait_is_at_least_a_second_and_at_most_a_day(after in retry_after(), date in retry_after()) {
        is_a_wait(&after, &date)?;
    }

    #[test]
    fn a_date_with_a_sign_is_none(sign in "[+-]") {
        is_a_wait(&format!("Sun, 06 Nov {sign}1994 08:50:37 GMT"), &on_that_day(0))?;
    }

    #[test]
    fn a_wait_in_seconds_is_that(seconds in any::<u64>(), space in "[ \t]{0,2}") {
        prop_assert_eq!(wait(&[("retry-after", &format!("{space}{seconds}{space}"))]), Some(seconds.clamp(1, 86_400) as u32));
    }

    #[test]
    fn a_wait_until_a_date_is_told_by_the_servers_own_clock(now in 0..86_400u32, then in 0..86_400u32) {
        let seconds = wait(&[("retry-after", &on_that_day(then)), ("date", &on_that_day(now))]);
        prop_assert_eq!(seconds, Some(then.saturating_sub(now).max(1)));
        prop_assert_eq!(wait(&[("retry-after", &on_that_day(then))]), None);
    }
}
