//! The wait that a provider asks for.

use super::*;

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
    plain_accounts()[0].reply::<Message>(&Response { status: 429, headers, body: Vec::new() }).unwrap_err().retry_after
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn a_wait_is_at_least_a_second_and_at_most_a_day(after in retry_after(), date in retry_after()) {
        let seconds = wait(&[("Retry-After", &after), ("Date", &date)]);
        prop_assert!(seconds.is_none_or(|seconds| (1..=86_400).contains(&seconds)), "{seconds:?}");
        if after.trim().is_empty() {
            prop_assert_eq!(seconds, None, "nothing is said");
        }
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
