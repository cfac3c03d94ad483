//! Whatever a provider answers, it is told for what it is.

use super::*;
use super::{json::is_as_deep_as_may_be, waits::retry_after};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// What providers say, and what could be mistaken for it.
const SAID: &[&str] = &[
    "WhatsApp Client is not Connected",
    "WhatsApp Client Store ID is Empty, Please Re-Login",
    "is Not Registered",
    "Phone number must be 10 digits",
    "File exceeds maximum allowed size",
    "MIME type text/x is not allowed",
    "Quote Exceeded",
    "Your device is not a member of this group",
    "Device not connected",
    "TOKEN_REMOVED",
    "INVALID_KEY",
    "to 6285612345678",
    "Unauthorized",
];

fn response() -> impl Strategy<Value = Response> {
    let status = prop_oneof![4 => Just(200u16), 1 => Just(201), 3 => Just(500), 3 => select(&[204u16, 301, 400, 401, 403, 404, 408, 422, 429, 502, 503][..]), 2 => any::<u16>()];
    let header = (
        select(&["Content-Type", "date", "Location", "LOCATION", "retry-after", "x-other"][..]),
        prop_oneof![
            any::<String>(),
            retry_after(),
            select(
                &["https://example.com/6285612345678", "/chats/6285612345678@s.whatsapp.net/messages", "6285612345678"]
                    [..]
            )
            .prop_map(str::to_owned),
        ],
    );
    let headers = vec(header.prop_map(|(name, value)| (name.to_owned(), value)), 0..4);
    (status, headers, answer()).prop_map(|(status, headers, body)| Response { status, headers, body })
}

fn answer() -> impl Strategy<Value = Vec<u8>> {
    let said = select(SAID).prop_map(Value::from);
    let place = select(&["error", "message", "detail", "errors", "data", "status", "content"][..]);
    let saying = (
        place,
        prop_oneof![said.clone(), said.prop_map(|said| json!({ "message": said, "code": said }))],
        json_value(),
    )
        .prop_map(|(place, said, more)| json!({ place: said, "data": more }))
        .boxed();
    prop_oneof![
        2 => bytes(saying.clone()),
        3 => saying.prop_map(|value| value.to_string().into_bytes()),
        1 => select(SAID).prop_map(|said| format!("<html><p>{said}</p></html>").into_bytes()),
        1 => select(&["", " \r\n", "[]", "[{},{},{},{}]", "5 garbage", "true]", "{}{}", "null", "\u{feff}{}", "[true]", "NaN"][..])
            .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

/// gowhatsapp answers nearly everything with 500; these texts say that nothing was sent (providers.md §2).
fn certainly_not_sent(account: &Account, error: &Error) -> bool {
    let body = error.body.as_deref().unwrap_or_default().to_ascii_lowercase();
    let says = |texts: &[&str]| texts.iter().all(|text| body.contains(&text.to_ascii_lowercase()));
    let texts: &[&[&str]] = &[
        &["WhatsApp Client", "is not Valid"],
        &["WhatsApp Client", "is not Connected"],
        &["WhatsApp Client", "is not Logged In"],
        &["WhatsApp Client", "Please Re-Login"],
        &["is Not Registered"],
        &["Phone number must be"],
        &["exceeds maximum allowed size"],
        &["MIME type", "is not allowed"],
    ];
    account.provider.slug == "gowhatsapp" && error.status == Some(500) && texts.iter().any(|texts| says(texts))
}

fn is_json(body: &[u8]) -> bool {
    // Blanks around it are forgiven, even those that JSON does not know.
    let text = std::str::from_utf8(body.trim_ascii());
    text.is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok() && is_as_deep_as_may_be(body))
}

/// Whether it is JSON in which each name at the top can be read, too.
fn is_readable(body: &[u8]) -> bool {
    let is_object = body.trim_ascii().starts_with(b"{");
    is_json(body) && (!is_object || serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(body.trim_ascii()).is_ok())
}

fn is_blank(body: &[u8]) -> bool {
    body.trim_ascii().is_empty()
}

fn shows_a_number(text: &str) -> bool {
    text.as_bytes().windows(7).any(|window| window.iter().all(u8::is_ascii_digit))
}

/// Any answer to a call is a reply or an error, and either tells what came.
pub fn is_told(account: &Account, (name, call): &(&str, AnyCall), response: &Response) -> TestCaseResult {
    let reply = call.reply(account, response);
    if !account.provider.calls().any(|known| known == *name) {
        prop_assert_eq!(reply.unwrap_err().kind, ErrorKind::Unsupported);
        return Ok(());
    }
    let body = String::from_utf8_lossy(&response.body);
    match reply {
        Ok(reply) => {
            prop_assert!((200..300).contains(&response.status), "{} is taken for a success", response.status);
            prop_assert!(
                is_blank(&response.body) || is_json(&response.body),
                "{} of {}: {}",
                name,
                account.provider.slug,
                body
            );
            let reply = serde_json::to_string(&reply).unwrap();
            prop_assert!(reply.contains(body.trim_ascii()), "{reply} has lost {body}");
        }
        Err(error) => {
            prop_assert_eq!(error.status, Some(response.status));
            prop_assert_eq!(error.body.as_deref(), Some(&*body));
            prop_assert!(!error.message.is_empty() && !shows_a_number(&error.message), "{:?}", error);
            for violation in &error.errors {
                prop_assert!(violation.pointer.is_empty() || violation.pointer.starts_with('/'), "{:?}", violation);
                prop_assert!(!shows_a_number(&violation.detail), "{:?}", violation);
            }
            prop_assert!(error.retry_after.is_none_or(|seconds| (1..=86_400).contains(&seconds)));
            let told = serde_json::to_string(&error).unwrap();
            prop_assert!(told.len() <= (128 << 10) + 16 * body.len(), "{} bytes for {}", told.len(), body.len());
        }
    }
    Ok(())
}

/// Nobody calls a send refused that may have gone out, nor one unsure that has not.
pub fn is_no_guess(account: &Account, response: &Response) -> TestCaseResult {
    let Err(error) = account.reply::<Message>(response) else { return Ok(()) };
    let unsure = match response.status {
        200..300 => !is_blank(&response.body) && !is_readable(&response.body),
        ..400 | 408 | 500.. => true,
        _ => false,
    };
    let expected = match unsure && !certainly_not_sent(account, &error) {
        true => Outcome::Ambiguous,
        false => Outcome::Rejected,
    };
    prop_assert_eq!(error.outcome(), expected, "{}: {:?}", account.provider.slug, error);
    Ok(())
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn any_answer_is_a_reply_or_an_error_that_tells_what_came(response in response()) {
        for account in plain_accounts() {
            for call in calls() {
                is_told(&account, &call, &response)?;
            }
        }
    }

    #[test]
    fn a_success_that_cannot_be_read_is_malformed(body in answer().prop_filter("no JSON", |body| !is_json(body) && !is_blank(body))) {
        let response = Response { status: 200, headers: Vec::new(), body };
        for account in plain_accounts() {
            for (name, call) in calls().iter().filter(|(name, _)| account.provider.calls().any(|known| known == *name)) {
                let error = call.reply(&account, &response).map(|reply| serde_json::to_string(&reply)).unwrap_err();
                prop_assert_eq!(error.kind, ErrorKind::Malformed, "{} of {}: {:?}", name, account.provider.slug, error);
            }
        }
    }

    #[test]
    fn nobody_calls_a_send_refused_that_may_have_gone_out(response in response()) {
        for account in plain_accounts() {
            is_no_guess(&account, &response)?;
        }
    }

    #[test]
    fn a_no_inside_a_success_is_no_receipt(
        (flag, no) in select(&[("error", "true"), ("success", "false"), ("status", "false"), ("status", "0"), ("status", r#""error""#)][..]),
        more in json_value(),
    ) {
        let answer = format!(r#"{{ "data": {more}, "{flag}": {no} }}"#);
        for account in plain_accounts() {
            let error = account.reply::<Message>(&Response::json(200, answer.as_bytes())).unwrap_err();
            prop_assert_eq!(error.outcome(), Outcome::Rejected);
        }
    }
}

/// What a gateway says does not grow by being told: each of these words would be told with the whole long name.
#[test]
fn many_mistakes_of_one_long_name_are_told_in_few_words() {
    let body = format!(r#"{{"errors":{{"{}":[{}0]}}}}"#, "x".repeat(20_000), "0,".repeat(10_000));
    for account in plain_accounts() {
        let told = account.reply::<Message>(&Response::json(422, body.as_bytes())).unwrap_err();
        assert_eq!(told.errors.len(), 100);
        assert!(serde_json::to_string(&told).unwrap().len() < 100_000);
    }
}

/// Nor does what a caller says.
#[test]
fn of_many_mistakes_in_a_message_the_first_are_told() {
    let body = format!(r#"{{"to":{{"group":"495"}},"text":"x"{}}}"#, r#","a":0"#.repeat(100_000));
    let told = Message::parse(body.as_bytes()).unwrap_err();
    assert_eq!(told.errors.len(), 100);
    assert!(serde_json::to_string(&told).unwrap().len() < 50_000);
}
