//! Whatever a provider answers, it is told for what it is.

use super::*;
use crate::waits::retry_after;

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
    std::str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

fn is_blank(body: &[u8]) -> bool {
    body.trim_ascii().is_empty()
}

fn shows_a_number(text: &str) -> bool {
    text.as_bytes().windows(7).any(|window| window.iter().all(u8::is_ascii_digit))
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn any_answer_is_a_reply_or_an_error_that_tells_what_came(response in response()) {
        for account in plain_accounts() {
            for (name, call) in calls() {
                let reply = call.reply(&account, &response);
                if !account.provider.calls().any(|known| known == name) {
                    prop_assert_eq!(reply.unwrap_err().kind, ErrorKind::Unsupported);
                    continue;
                }
                let success = (200..300).contains(&response.status);
                match reply {
                    Ok(reply) => {
                        prop_assert!(success, "{} is taken for a success", response.status);
                        let reply = serde_json::to_string(&reply).unwrap();
                        let body = String::from_utf8_lossy(&response.body);
                        prop_assert!(body.trim().is_empty() || reply.contains(body.trim()), "{reply} has lost {body}");
                    }
                    Err(error) => {
                        prop_assert_eq!(error.status, Some(response.status));
                        let body = String::from_utf8_lossy(&response.body);
                        prop_assert_eq!(error.body.as_deref(), Some(&*body));
                        prop_assert!(!error.message.is_empty() && !shows_a_number(&error.message), "{:?}", error);
                        for violation in &error.errors {
                            prop_assert!(violation.pointer.is_empty() || violation.pointer.starts_with('/'), "{:?}", violation);
                            prop_assert!(!shows_a_number(&violation.detail), "{:?}", violation);
                        }
                        prop_assert!(error.retry_after.is_none_or(|seconds| (1..=86_400).contains(&seconds)));
                    }
                }
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
            let Err(error) = account.reply::<Message>(&response) else { continue };
            let unsure = match response.status {
                200..300 => !is_json(&response.body),
                ..400 | 408 | 500.. => true,
                _ => false,
            };
            if unsure && !certainly_not_sent(&account, &error) {
                prop_assert_eq!(error.outcome(), Outcome::Ambiguous, "{}: {:?}", account.provider.slug, error);
            }
            if !unsure || certainly_not_sent(&account, &error) {
                prop_assert_eq!(error.outcome(), Outcome::Rejected, "{}: {:?}", account.provider.slug, error);
            }
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
