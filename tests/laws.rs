//! What holds for every input, tried on many: whatever comes in, the core neither panics, nor leaks, nor guesses.
//!
//! A run is like the one before; `PROPTEST_RNG_SEED=1 PROPTEST_CASES=10000` looks further.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use base64::{Engine, engine::general_purpose::STANDARD};
use chaski::{
    Account, AnyCall, Body, Error, ErrorKind, Header, Message, Method, Outcome, PROVIDERS, Part, Phone, Quota,
    Recipient, Request, Response, Status, Timestamp,
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
    test_runner::{RngSeed, TestCaseResult},
};
use serde_json::{Map, Value, json};

fn laws() -> ProptestConfig {
    let default = ProptestConfig::default();
    let rng_seed = if default.rng_seed == RngSeed::Random { RngSeed::Fixed(0) } else { default.rng_seed };
    ProptestConfig { rng_seed, failure_persistence: None, ..default }
}

// What comes in: JSON of all kinds.

/// A number that no error may show, and that is planted in many values.
const PLANTED: &str = "6285612345678";

/// The names that mean something, to the core or to a provider.
const NAMES: &[&str] = &[
    "a1base",
    "account_id",
    "api_key",
    "api_secret",
    "base64",
    "base_url",
    "burst",
    "check_account",
    "code",
    "counter",
    "data",
    "detail",
    "device",
    "dialect",
    "error",
    "error_code",
    "errors",
    "expires_in",
    "filename",
    "from",
    "group",
    "id",
    "is_connected",
    "jid",
    "jobId",
    "kind",
    "limit",
    "list_groups",
    "loc",
    "media",
    "media_size",
    "mentions",
    "message",
    "message_id",
    "message_status",
    "messages",
    "metadata",
    "mime",
    "msg",
    "name",
    "number",
    "on_ambiguous",
    "on_unsupported",
    "options",
    "pace",
    "paired_status",
    "params",
    "per_minute",
    "phone",
    "presence",
    "provider",
    "quota",
    "quote_used",
    "ref_no",
    "reply_to",
    "send_at",
    "send_message",
    "sender",
    "status",
    "statusCode",
    "subscription",
    "success",
    "text",
    "thread_id",
    "threads",
    "title",
    "to",
    "token",
    "type",
    "typing",
    "url",
    "via",
    "view_once",
    "wachat",
    "whatspie",
];

/// The words that mean something, as values.
const WORDS: &[&str] = &[
    "",
    " ",
    "+6285612345678",
    "image",
    "whatspie",
    "gowhatsapp",
    "a1base",
    "https://example.com/a.png",
    "JVBERi0=",
    "2026-12-25T10:00:00Z",
    "495",
    "120363025246125016@g.us",
    "resend",
    "route",
    "universal",
    "a.pdf",
    "image/png",
    "ERROR",
    "error",
    "PENDING",
    "SENT",
    "PAIRED",
    "-1",
    "../..",
    "a\u{0}b",
    "\r\nx: y",
    "\u{1F600}",
    "number 6285612345678 is not on WhatsApp",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![9 => select(NAMES).prop_map(str::to_owned), 1 => any::<String>()]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..9u8).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(PLANTED.parse::<u64>().unwrap().into()),
        select(WORDS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name(), inner), 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Bytes in which everything can happen: noise, JSON of any shape, and `right` with a member or a byte wrong.
fn bytes(right: impl Strategy<Value = Value> + Clone + 'static) -> impl Strategy<Value = Vec<u8>> {
    let with_wrong_member = (right.clone(), name(), json_value()).prop_map(|(mut right, name, wrong)| {
        if let Some(members) = right.as_object_mut() {
            members.insert(name, wrong);
        }
        right
    });
    let with_wrong_byte = (right.clone(), any::<Index>(), any::<u8>()).prop_map(|(right, at, wrong)| {
        let mut bytes = right.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = wrong;
        bytes
    });
    let cut = (right, any::<Index>()).prop_map(|(right, at)| {
        let mut bytes = right.to_string().into_bytes();
        bytes.truncate(at.index(bytes.len()));
        bytes
    });
    prop_oneof![
        1 => vec(any::<u8>(), 0..40),
        2 => json_value().prop_map(|value| value.to_string().into_bytes()),
        4 => with_wrong_member.prop_map(|value| value.to_string().into_bytes()),
        2 => with_wrong_byte,
        1 => cut,
    ]
}

// What comes in: messages and accounts that are right.

fn group_id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[1-9][0-9]{0,18}",
        "[0-9]{10,25}@g\\.us",
        "[1-9][0-9]{7,12}-[0-9]{10}@g\\.us",
        "[A-Za-z0-9][A-Za-z0-9._@-]{0,20}"
    ]
}

fn phone() -> impl Strategy<Value = String> {
    "[+]?[1-9][0-9]{6,14}"
}

fn recipient() -> impl Strategy<Value = Value> + Clone {
    prop_oneof![group_id().prop_map(|id| json!({ "group": id })), phone().prop_map(|phone| json!({ "phone": phone }))]
        .boxed()
}

fn text() -> impl Strategy<Value = String> {
    "(?s).{1,40}".prop_filter("a text is not blank", |text| !text.trim().is_empty())
}

fn media() -> impl Strategy<Value = Value> {
    let content = prop_oneof![
        "https?://[a-z0-9.-]{1,20}(:[0-9]{1,4})?(/[!-~]{0,20})?".prop_map(|url| ("url", url)),
        vec(any::<u8>(), 1..40).prop_map(|bytes| ("base64", STANDARD.encode(bytes))),
    ];
    let filename = option::weighted(0.7, r"[^/\\\pC]{1,20}");
    let mime = option::of(select(&["image/png", "application/vnd.ms-excel", "text/plain", "audio/ogg"][..]));
    (select(&["image", "video", "audio", "document"][..]), content, filename, mime).prop_map(
        |(kind, (by, content), filename, mime)| {
            let all = json!({ "kind": kind, by: content, "filename": filename, "mime": mime });
            all.as_object()
                .unwrap()
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect()
        },
    )
}

fn options() -> impl Strategy<Value = Value> {
    select(
        &[
            r#"{ "whatspie": { "view_once": true, "message": "stored" } }"#,
            r#"{ "whatspie": { "type": "location", "params": { "location": { "degreesLatitude": -6.2 } } } }"#,
            r#"{ "gowhatsapp": { "view_once": false, "voice_note": true } }"#,
            r#"{ "wachat": { "queue": "device 2", "sender": "628970450001" } }"#,
            r#"{ "a1base": { "dialect": "message" } }"#,
            r#"{ "a1base": { "dialect": "universal", "service": "telegram", "media_size": 1000 } }"#,
            r#"{ "whatsspot": { "caption": "another" } }"#,
        ][..],
    )
    .prop_map(|options| serde_json::from_str(options).unwrap())
}

/// Never sent to a provider.
const METADATA: &str = "meta-c4n4ry";

/// A message that is right, though not at every provider.
fn message() -> impl Strategy<Value = Value> + Clone {
    let rarely = |chance| move |strategy: BoxedStrategy<Value>| option::weighted(chance, strategy).boxed();
    let members = [
        ("media", rarely(0.4)(media().boxed())),
        ("mentions", rarely(0.1)(vec(phone(), 1..3).prop_map(Value::from).boxed())),
        ("reply_to", rarely(0.1)("[!-~]{1,20}".prop_map(Value::from).boxed())),
        ("typing", rarely(0.2)(any::<bool>().prop_map(Value::from).boxed())),
        ("presence", rarely(0.2)(any::<bool>().prop_map(Value::from).boxed())),
        ("send_at", rarely(0.05)(Just("2026-12-25T10:00:00Z".into()).boxed())),
        ("expires_in", rarely(0.2)((1..=u32::MAX).prop_map(Value::from).boxed())),
        ("via", rarely(0.1)(Just("ops".into()).boxed())),
        ("on_unsupported", rarely(0.1)(Just("route".into()).boxed())),
        ("options", rarely(0.3)(options().boxed())),
        ("metadata", rarely(0.5)(Just(json!({ METADATA: METADATA })).boxed())),
    ];
    let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let to = prop_oneof![9 => recipient(), 1 => vec(recipient(), 1..4).prop_map(Value::from)];
    let message = (to, text(), any::<bool>(), values).prop_map(move |(to, text, silent, values)| {
        let given = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
        let mut message: Map<String, Value> = given.collect();
        if !silent || !message.contains_key("media") {
            message.insert("text".to_owned(), text.into());
        }
        message.insert("to".to_owned(), to);
        Value::from(message)
    });
    message.boxed()
}

/// One account at each provider, with the base URL and the keys that they were made of.
#[derive(Debug)]
struct Accounts {
    all: Vec<Account>,
    base_url: String,
    secrets: Vec<String>,
}

fn account_fields() -> impl Strategy<Value = (String, Vec<String>, Vec<Value>)> + Clone {
    let base_url = "https://[a-z][a-z0-9-]{0,8}\\.[a-z]{2,3}(:[1-9][0-9]{0,3})?(/[A-Za-z0-9~_-]{1,6}){0,2}/?";
    let base_url = prop_oneof![9 => base_url, 1 => Just("http://127.0.0.1:9797/whatspie".to_owned())];
    let secret = "s3cr3t[A-Za-z0-9+/=._-]{16,24}";
    let id = "[ -~]{0,12}[0-9A-Za-z][/%?#.]{0,2}[ -~]{0,4}";
    let accounts = (base_url, vec(secret, 6), id, phone(), any::<bool>()).prop_map(|(base_url, secrets, id, phone, bare)| {
        let [a, b, c, d, e, f] = secrets.as_slice() else { unreachable!() };
        let token = if bare { format!("Token {b}") } else { b.clone() };
        let fields = vec![
            json!({ "provider": "whatspie", "base_url": base_url, "token": a, "device": phone, "inbound_key": f }),
            json!({ "provider": "gowhatsapp", "base_url": base_url, "token": token, "webhook_secret": f }),
            json!({ "provider": "wachat", "base_url": base_url, "api_key": c, "device_id": id, "sender": phone }),
            json!({ "provider": "a1base", "base_url": base_url, "account_id": id, "api_key": d, "api_secret": e, "from": phone }),
            json!({ "provider": "whatsspot", "base_url": base_url, "api_key": a, "webhook_secret": f }),
        ];
        (base_url, secrets.clone(), fields)
    });
    accounts.boxed()
}

fn accounts() -> impl Strategy<Value = Accounts> {
    account_fields().prop_map(|(base_url, secrets, fields)| {
        let all = fields.iter().map(|fields| Account::parse(fields.to_string().as_bytes()).unwrap()).collect();
        Accounts { all, base_url, secrets }
    })
}

/// One plain account at each provider.
fn plain_accounts() -> Vec<Account> {
    let base_url = "https://api.example.com";
    [
        json!({ "provider": "whatspie", "base_url": base_url, "token": "t" }),
        json!({ "provider": "gowhatsapp", "base_url": base_url, "token": "t" }),
        json!({ "provider": "wachat", "base_url": base_url, "api_key": "k", "sender": "628970450001" }),
        json!({ "provider": "a1base", "base_url": base_url, "account_id": "acc", "api_key": "k", "api_secret": "s", "from": "+14155552671" }),
        json!({ "provider": "whatsspot", "base_url": base_url, "api_key": "k" }),
    ]
    .iter()
    .map(|fields| Account::parse(fields.to_string().as_bytes()).unwrap())
    .collect()
}

/// Each call, with its name.
fn calls() -> Vec<(&'static str, AnyCall)> {
    let calls = [
        ("send_message", json!({ "to": { "group": "495" }, "text": "Hello" })),
        ("message_status", json!({ "id": "1" })),
        ("check_account", json!({})),
        ("quota", json!({})),
        ("list_groups", json!({})),
    ];
    calls.map(|(name, call)| (name, AnyCall::parse(json!({ name: call }).to_string().as_bytes()).unwrap())).into()
}

// What is wrong with an input is told, and where.

/// A pointer that leads to a value, or to where one is missing.
fn leads_somewhere(document: &Value, pointer: &str) -> bool {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    document.pointer(pointer).is_some()
        || pointer.starts_with('/') && document.pointer(parent).is_some_and(Value::is_object)
}

fn refused_well(input: &[u8], error: &Error, inside: impl Fn(&Value) -> Value) -> TestCaseResult {
    prop_assert!(!error.message.is_empty());
    prop_assert!(!error.message.contains(PLANTED), "shown: {}", error.message);
    prop_assert_eq!((error.status, &error.body), (None, &None));
    match serde_json::from_slice::<Value>(input) {
        Err(_) if error.kind == ErrorKind::Malformed => {}
        // What serde_json cannot hold (a number like 1e999), the core may be able to read.
        Err(_) => prop_assert_eq!(error.kind, ErrorKind::Invalid),
        Ok(document) => {
            prop_assert_eq!(error.kind, ErrorKind::Invalid, "{}", error.message);
            prop_assert!(!error.errors.is_empty());
            for violation in &error.errors {
                prop_assert!(leads_somewhere(&inside(&document), &violation.pointer), "{:?} leads nowhere", violation);
                prop_assert!(!violation.detail.is_empty() && !violation.detail.contains(PLANTED), "{:?}", violation);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn any_bytes_are_a_message_or_an_error_that_says_where(input in bytes(message())) {
        match Message::parse(&input) {
            Ok(_) => prop_assert_eq!(input.trim_ascii().first(), Some(&b'{')),
            Err(error) => refused_well(&input, &error, Value::clone)?,
        }
    }

    #[test]
    fn any_bytes_are_an_account_or_an_error_that_says_where(
        input in bytes(account_fields().prop_flat_map(|(_, _, fields)| select(fields)).boxed()),
    ) {
        match Account::parse(&input) {
            Ok(_) => prop_assert_eq!(input.trim_ascii().first(), Some(&b'{')),
            Err(error) => {
                refused_well(&input, &error, Value::clone)?;
                prop_assert!(!format!("{error:?}").contains("s3cr3t"), "a key is shown: {error:?}");
            }
        }
    }

    #[test]
    fn any_bytes_are_a_call_or_an_error_that_says_where(input in bytes(
        prop_oneof![
            message().prop_map(|message| json!({ "send_message": message })),
            (name(), json_value()).prop_map(|(name, value)| json!({ name: value })),
            json_value().prop_map(|id| json!({ "message_status": { "id": id } })),
        ]
        .boxed(),
    )) {
        // The pointers are into what the call holds.
        let inside = |document: &Value| match document.as_object().map(|members| members.iter().collect::<Vec<_>>()) {
            Some(members) if members.len() == 1 => members[0].1.clone(),
            _ => document.clone(),
        };
        if let Err(error) = AnyCall::parse(&input) {
            refused_well(&input, &error, inside)?;
        }
    }

    #[test]
    fn a_right_message_is_read_and_written_back_the_same(message in message()) {
        let once = serde_json::to_value(Message::parse(message.to_string().as_bytes()).unwrap()).unwrap();
        let twice = serde_json::to_value(Message::parse(once.to_string().as_bytes()).unwrap()).unwrap();
        prop_assert_eq!(&once, &twice);
        for name in ["text", "media", "reply_to", "typing", "presence", "expires_in", "via", "options", "metadata"] {
            prop_assert_eq!(&once[name], &message[name]);
        }
    }
}

// Whatever a provider answers, it is told for what it is.

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

// The wait that a provider asks for.

fn retry_after() -> impl Strategy<Value = String> {
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

// A request goes where the account says, says what the message says, and shows no key.

/// The path of a URL under `base_url`, as a browser would read it: segment by segment.
fn segments(url: &str, base_url: &str) -> Result<Vec<String>, TestCaseError> {
    let base_url = base_url.trim_end_matches('/');
    let path =
        url.strip_prefix(base_url).ok_or_else(|| TestCaseError::fail(format!("{url} is not under {base_url}")))?;
    prop_assert!(path.starts_with('/'), "{}", url);
    for (at, c) in path.char_indices() {
        let escape = path.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        prop_assert!(c.is_ascii_alphanumeric() || "/-._~@:".contains(c) || c == '%' && escape, "{c:?} in {url}");
    }
    let segments: Vec<_> =
        path.split('/').skip(1).map(|segment| segment.to_ascii_lowercase().replace("%2e", ".")).collect();
    prop_assert!(segments.iter().all(|segment| !matches!(segment.as_str(), "" | "." | "..")), "{}", url);
    Ok(segments)
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(other) => other == text,
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(members) => members.values().any(|member| holds(member, text)),
        _ => false,
    }
}

/// Whether the body says this, unchanged.
fn says(request: &Request, text: &str) -> bool {
    match &request.body {
        Body::Empty => false,
        Body::Json(json) => holds(&serde_json::from_slice(json).expect("JSON"), text),
        Body::Multipart(parts) => parts.iter().any(|part| part.content == text.as_bytes()),
    }
}

fn everything(request: &Request) -> String {
    let headers =
        request.headers.iter().map(|header| format!("{}: {}\n", header.name, header.value)).collect::<String>();
    let body = request.encode().map(|(_, body)| String::from_utf8_lossy(&body).into_owned());
    format!("{}\n{headers}\n{}", request.url, body.unwrap_or_default())
}

/// The group ids and the digits of the phones of `to`.
fn ids(to: &Value) -> Vec<String> {
    let digits = |phone: &Value| Some(Phone::parse(phone.as_str()?).unwrap().digits().to_owned());
    let id = |to: &Value| to["group"].as_str().map(str::to_owned).or_else(|| digits(&to["phone"])).unwrap();
    to.as_array().map_or_else(|| vec![id(to)], |many| many.iter().map(id).collect())
}

fn is_well_formed(request: &Request, base_url: &str) -> TestCaseResult {
    segments(&request.url, base_url)?;
    for Header { name, value, .. } in &request.headers {
        prop_assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", name);
        prop_assert!(!value.is_empty() && value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{value:?}");
    }
    if let Body::Json(json) = &request.body {
        prop_assert!(serde_json::from_slice::<Map<String, Value>>(json).is_ok());
    }
    prop_assert_eq!(request.method == Method::Get, request.encode().is_none());
    Ok(())
}

fn shows_no_key(account: &Account, request: &Request, secrets: &[String]) -> TestCaseResult {
    let masked = serde_json::to_string(&request.masked()).unwrap();
    let debug = format!("{account:?} {request:?} {:?}", account.provider.slug);
    for secret in secrets {
        prop_assert!(!masked.contains(secret) && !debug.contains(secret), "{secret} in {masked} or {debug}");
    }
    let signed = request
        .headers
        .iter()
        .any(|header| header.secret && secrets.iter().any(|secret| header.value.contains(secret)));
    prop_assert!(signed, "no key at all in {}", masked);
    Ok(())
}

/// Answers that repeat a key.
const REPEATED: &[&str] = &[
    r#"{ "message": "KEY is wrong", "key": "KEY" }"#,
    r#"{ "message": "no", "code": "KEY" }"#,
    r#"{ "message": "no", "given": "ESCAPED" }"#,
    r#"{ "error": { "message": "Bearer KEY is wrong" }, "success": false }"#,
    r#"{ "errors": { "token": ["KEY is wrong"], "KEY": ["no"] } }"#,
    r#"{ "detail": [{ "loc": ["header", "KEY"], "msg": "KEY", "input": "KEY" }] }"#,
    r#"{ "data": { "id": "KEY", "status": "KEY", "token": "KEY" }, "jobId": "KEY", "message": [{ "id": "KEY" }] }"#,
    "<html>KEY</html>",
    "",
];

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn any_message_is_a_sound_request_or_an_error_that_says_why(json in message(), accounts in accounts()) {
        let message = Message::parse(json.to_string().as_bytes()).unwrap();
        for account in &accounts.all {
            let request = match account.request(&message) {
                Ok(request) => request,
                Err(error) => {
                    prop_assert!(matches!(error.kind, ErrorKind::Invalid | ErrorKind::Unsupported), "{:?}", error);
                    prop_assert!(!error.errors.is_empty() && error.outcome() == Outcome::Rejected);
                    for violation in &error.errors {
                        prop_assert!(leads_somewhere(&json, &violation.pointer), "{:?} leads nowhere in {}", violation, json);
                    }
                    continue;
                }
            };
            is_well_formed(&request, &accounts.base_url)?;
            shows_no_key(account, &request, &accounts.secrets)?;
            if let Some(text) = &message.text {
                prop_assert!(says(&request, text), "{:?} is not in {}", text, everything(&request));
            }
            let everything = everything(&request);
            prop_assert!(!everything.contains(METADATA), "metadata is sent: {}", everything);
            for id in ids(&json["to"]) {
                prop_assert!(everything.contains(&id), "{} is not in {}", id, everything);
            }
        }
    }

    #[test]
    fn any_text_to_anyone_can_be_sent_by_any_provider(text in text(), phone in phone(), accounts in accounts()) {
        for account in &accounts.all {
            let message = Message::text(Recipient::Phone(Phone::parse(&phone).unwrap()), text.clone());
            prop_assert!(says(&account.request(&message).unwrap(), &text));
        }
    }

    #[test]
    fn a_key_that_a_provider_repeats_is_in_no_reply_and_no_error(
        accounts in accounts(),
        status in select(&[200u16, 302, 401, 422, 500][..]),
        answer in select(REPEATED),
        location in any::<bool>(),
    ) {
        // Which of the keys are whose.
        let keys: [&[usize]; 5] = [&[0, 5], &[1, 5], &[2], &[3, 4], &[0, 5]];
        for (account, keys) in accounts.all.iter().zip(keys) {
            for key in keys.iter().map(|at| accounts.secrets[*at].as_str()) {
                let headers = if location { vec![("location".to_owned(), format!("https://{key}/?key={key}"))] } else { Vec::new() };
                let body = answer.replace("KEY", key).replace("ESCAPED", &key.replace('/', "\\/")).into_bytes();
                let response = Response { status, headers, body };
                for (name, call) in calls() {
                    let told = match call.reply(account, &response) {
                        Ok(reply) => serde_json::to_string(&reply).unwrap(),
                        Err(error) => serde_json::to_string(&error).unwrap(),
                    };
                    prop_assert!(!told.replace('\\', "").contains(key), "{} of {}: {} in {}", name, account.provider.slug, key, told);
                }
            }
        }
    }

    #[test]
    fn no_account_breaks_a_header_or_a_path(text in prop_oneof![any::<String>(), "(?s).{1,8}", "[ -~\r\n\t\x7f\u{e9}]{1,8}", "[+.%/]{1,4}"]) {
        for fields in [
            json!({ "provider": "whatspie", "token": text }),
            json!({ "provider": "gowhatsapp", "base_url": "https://api.example.com", "token": text }),
            json!({ "provider": "wachat", "api_key": text, "sender": text, "device_id": text }),
            json!({ "provider": "a1base", "account_id": text, "api_key": text, "api_secret": text, "from": "+14155552671" }),
            json!({ "provider": "whatsspot", "api_key": text }),
        ] {
            let Ok(account) = Account::parse(fields.to_string().as_bytes()) else { continue };
            for request in calls().iter().filter_map(|(_, call)| call.request(&account).ok()) {
                let base_url = account.provider.base_url.unwrap_or("https://api.example.com");
                is_well_formed(&request, base_url)?;
            }
        }
    }

    #[test]
    fn any_call_is_a_sound_request(id in any::<String>(), accounts in accounts()) {
        let mut calls: Vec<_> = calls().into_iter().map(|(_, call)| call).collect();
        calls.extend(AnyCall::parse(json!({ "message_status": { "id": id } }).to_string().as_bytes()));
        for account in &accounts.all {
            for call in &calls {
                if let Ok(request) = call.request(account) {
                    is_well_formed(&request, &accounts.base_url)?;
                    shows_no_key(account, &request, &accounts.secrets)?;
                }
            }
        }
    }
}

// Nothing from a message changes a path.

/// What would climb, end a path or add to it, if it got into one.
const TRICKS: &[&str] = &[
    "",
    ".",
    "..",
    "../..",
    "%2e%2e",
    "%2E%2E%2F",
    "495/../../devices",
    "495/send",
    "495%2Fsend",
    "495?x=1",
    "495#x",
    "495\\send",
    "495;x",
    "495 ",
    " 495",
    "\t495",
    "495\n",
    "495\r\nx: y",
    "４９５",
    "495@g.us/..",
    "..@g.us",
    "-@g.us",
    "@g.us",
    "495@g.us?",
    "495@g.us@g.us",
    "//example.com",
    "https://example.com",
    "495\u{0}",
    "a:b@c",
    "١٢٣",
];

/// What looks like a base URL, and is one or not.
fn base_url() -> impl Strategy<Value = String> {
    let scheme = select(&["https://", "http://", "https:/", "HTTPS://", ""][..]);
    let host = prop_oneof![
        select(
            &["api.example.com", "localhost", "127.0.0.1", "[::1]", "user@example.com", "..", "-", "a_b", "a b", ""][..]
        )
        .prop_map(str::to_owned),
        "[a-z.-]{1,4}",
    ];
    let port = select(&["", "", ":80", ":+80", ":", ":65536", ":-1", ":8 0"][..]);
    let path =
        prop_oneof![select(&["", "/", "/v1", "/v1//", "/a/../b"][..]).prop_map(str::to_owned), "[/a.?#%\\@]{0,6}"];
    (scheme, host, port, path).prop_map(|(scheme, host, port, path)| format!("{scheme}{host}{port}{path}"))
}

fn trick() -> impl Strategy<Value = String> {
    let mixed = (group_id(), select(TRICKS), any::<Index>()).prop_map(|(mut id, trick, at)| {
        let at = at.index(id.len() + 1);
        id.insert_str(at, trick);
        id
    });
    prop_oneof![select(TRICKS).prop_map(str::to_owned), any::<String>(), "[!-/:-@]{1,6}", mixed, group_id()]
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn no_group_changes_a_path(id in trick()) {
        for account in plain_accounts() {
            let plain = if account.provider.slug == "gowhatsapp" { "495@g.us" } else { "495" };
            let request = |id: &str| account.request(&Message::text(Recipient::Group(id.to_owned()), "Hello"));
            let plain_segments = segments(&request(plain).unwrap().url, "https://api.example.com")?;
            match request(&id) {
                Err(error) => prop_assert!(error.errors.iter().any(|error| error.pointer == "/to/group"), "{:?}", error),
                Ok(request) => {
                    let segments = segments(&request.url, "https://api.example.com")?;
                    prop_assert_eq!(segments.len(), plain_segments.len(), "{}", request.url);
                    for (segment, plain_segment) in segments.iter().zip(&plain_segments) {
                        let own = plain_segment == plain && *segment == id.to_ascii_lowercase();
                        prop_assert!(segment == plain_segment || own, "{}", request.url);
                    }
                }
            }
        }
    }

    #[test]
    fn no_id_of_a_message_changes_a_path(id in trick()) {
        let asked = |id: &str| AnyCall::parse(json!({ "message_status": { "id": id } }).to_string().as_bytes());
        for account in plain_accounts().iter().filter(|account| account.provider.message_status.is_some()) {
            let plain = segments(&asked("1").unwrap().request(account).unwrap().url, "https://api.example.com")?;
            if let Ok(request) = asked(&id).and_then(|call| call.request(account)) {
                let segments = segments(&request.url, "https://api.example.com")?;
                prop_assert_eq!(segments.len(), plain.len(), "{}", request.url);
                prop_assert_eq!(&segments[..segments.len() - 1], &plain[..plain.len() - 1]);
            }
        }
    }

    #[test]
    fn no_phone_changes_a_path(spelling in trick()) {
        let Ok(phone) = Phone::parse(&spelling) else { return Ok(()) };
        for account in plain_accounts() {
            let path = |phone: &Phone| {
                let message = Message::text(Recipient::Phone(phone.clone()), "Hello");
                account.request(&message).unwrap().url.replace(phone.digits(), "")
            };
            prop_assert_eq!(path(&phone), path(&Phone::parse("+12025550100").unwrap()));
        }
    }

    #[test]
    fn a_base_url_that_is_taken_is_one_to_every_browser(base_url in base_url()) {
        let fields = json!({ "provider": "whatspie", "token": "t", "base_url": base_url });
        let Ok(account) = Account::parse(fields.to_string().as_bytes()) else { return Ok(()) };
        let url = account.request(&Quota {}).unwrap().url;
        prop_assert_eq!(&url, &format!("{}/devices", base_url.trim_end_matches('/')));
        let (scheme, rest) = url.split_once("://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap();
        let authority = authority.replace("[::1]", "localhost");
        let (host, port) = authority.split_once(':').unwrap_or((&authority, "443"));
        prop_assert!(scheme == "https" || scheme == "http" && matches!(host, "localhost" | "127.0.0.1"), "{}", url);
        prop_assert!(host.bytes().any(|byte| byte.is_ascii_alphanumeric()), "no host in {}", url);
        prop_assert!(host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)), "{}", url);
        prop_assert!(port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok(), "port of {}", url);
        prop_assert!(path.split('/').all(|segment| !matches!(segment, "." | "..")) && !path.contains(['?', '#', '%', '\\']), "{}", url);
    }
}

// Phone numbers, multipart bodies, statuses, moments.

/// A reader of `multipart/form-data` that knows nothing of the writer: RFC 2046 §5.1, RFC 7578.
fn read_multipart(content_type: &str, body: &[u8]) -> Vec<(String, Option<(String, String)>, Vec<u8>)> {
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!((1..=70).contains(&boundary.len()));
    assert!(boundary.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    let find = |within: &[u8], what: &str| within.windows(what.len()).position(|window| window == what.as_bytes());
    let delimiter = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(format!("--{boundary}").as_bytes()).unwrap();
    let mut parts = Vec::new();
    while rest != b"--\r\n" {
        let part = rest.strip_prefix(b"\r\n").unwrap();
        let head_end = find(part, "\r\n\r\n").unwrap();
        let head = String::from_utf8(part[..head_end].to_vec()).unwrap();
        let content = &part[head_end + 4..];
        let end = find(content, &delimiter).unwrap();
        let mut lines = head.split("\r\n");
        let disposition = lines.next().unwrap().strip_prefix("Content-Disposition: form-data; name=\"").unwrap();
        let (name, more) = disposition.split_once('"').unwrap();
        let file = more.strip_prefix("; filename=\"").map(|rest| {
            let filename = rest.strip_suffix('"').unwrap();
            assert!(!filename.contains('"'));
            let filename = filename.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
            (filename, lines.next().unwrap().strip_prefix("Content-Type: ").unwrap().to_owned())
        });
        assert_eq!(lines.next(), None);
        parts.push((name.to_owned(), file, content[..end].to_vec()));
        rest = &content[end + delimiter.len()..];
    }
    parts
}

/// The name of the field; for a file, its name and media type; the bytes.
type Field = (&'static str, Option<(String, String)>, Vec<u8>);

fn write_multipart(fields: &[Field]) -> (String, Vec<u8>) {
    let parts = fields.iter().cloned().map(|(name, file, content)| Part { name, file, content });
    let body = Body::Multipart(parts.collect());
    Request { method: Method::Post, url: String::new(), headers: Vec::new(), body }.encode().unwrap()
}

fn comes_back(fields: &[Field]) -> bool {
    let (content_type, body) = write_multipart(fields);
    let read = read_multipart(&content_type, &body);
    read.len() == fields.len()
        && read
            .iter()
            .zip(fields)
            .all(|(read, (name, file, content))| (read.0 == *name) && read.1 == *file && read.2 == *content)
}

fn field() -> impl Strategy<Value = Field> {
    let content = prop_oneof![
        vec(any::<u8>(), 0..40),
        "[a-z\r\n-]{0,20}".prop_map(String::into_bytes),
        select(&["\r\n--chaski-", "--chaski-cbf29ce484222325\r\n", "\r\n--", "\r\n\r\n", "--"][..])
            .prop_map(|text| text.as_bytes().to_vec()),
    ];
    // `%` itself is not escaped, as browsers have it.
    let filename = any::<String>().prop_map(|name| name.replace('%', "")).boxed();
    let filename = prop_oneof![filename, Just("a\"; filename=\"b\r\nX: y".to_owned())];
    let file = option::of((filename, select(&["image/png", "application/pdf"][..]).prop_map(str::to_owned)));
    (select(&["file", "caption", "view_once"][..]), file, content)
}

/// A file that holds its own boundary: FNV-1a of these bytes is the number in them.
const FIXED_POINT: &[u8] = b"\r\n--chaski-91b7584a2265b1f5\r\n\n>\x0b\x08z\x05\x0c\x0e\x1f8\x06;\x06\x0c";

#[test]
fn a_boundary_gives_way_to_a_file_that_holds_it() {
    let file: Field = ("file", None, FIXED_POINT.to_vec());
    let (content_type, _) = write_multipart(std::slice::from_ref(&file));
    assert!(content_type.contains("chaski-91b7584a2265b1f5"), "made for another boundary: {content_type}");
    assert!(comes_back(&[file]));
}

#[test]
fn a_moment_outside_of_rfc_3339_is_refused() {
    for text in ["9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01"] {
        assert_eq!(Timestamp::parse(text).map(|moment| moment.to_string()).ok(), None, "{text}");
    }
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn a_phone_stays_the_same_however_it_is_written(
        spelling in prop_oneof![phone(), "[ ]?[+]?[0-9][0-9 ().-]{5,20}", "[0-9]{5,18}", "[1-9][0-9]{6,14}@s[.]whatsapp[.]net", trick(), any::<String>()],
    ) {
        let Ok(phone) = Phone::parse(&spelling) else { return Ok(()) };
        prop_assert!((7..=15).contains(&phone.digits().len()) && !phone.digits().starts_with('0'));
        prop_assert!(phone.digits().bytes().all(|byte| byte.is_ascii_digit()));
        for written in [phone.e164(), phone.jid(), phone.digits().to_owned(), format!(" {} ", phone.e164())] {
            prop_assert_eq!(Phone::parse(&written), Ok(phone.clone()));
        }
        prop_assert_eq!(format!("+{}", phone.digits()), phone.e164());
        prop_assert_eq!(serde_json::to_value(&phone).unwrap(), Value::from(phone.e164()));
    }

    #[test]
    fn a_phone_in_any_usual_spelling_is_the_same(digits in "[1-9][0-9]{6,14}", at in vec((any::<Index>(), select(&[' ', '-', '.', '(', ')'][..])), 0..6)) {
        let mut spelling = digits.clone();
        for (at, separator) in at {
            spelling.insert(at.index(spelling.len()), separator);
        }
        let phone = Phone::parse(&format!("+{spelling}")).unwrap();
        prop_assert_eq!(phone.digits(), &digits);
    }

    #[test]
    fn a_phone_is_never_shown_whole(spelling in phone()) {
        let phone = Phone::parse(&spelling).unwrap();
        let shown = format!("{phone:?} {:?} {:#?}", Recipient::Phone(phone.clone()), Some(&phone));
        let digits: Vec<_> = shown.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
        prop_assert_eq!(digits, vec![&phone.digits()[phone.digits().len() - 2..]; 3], "{}", shown);
    }

    #[test]
    fn a_multipart_body_can_be_taken_apart_again(fields in vec(field(), 1..5)) {
        prop_assert!(comes_back(&fields));
    }

    #[test]
    fn a_boundary_stands_in_no_file_even_one_that_quotes_another_body(fields in vec(field(), 1..3)) {
        let (_, quoted) = write_multipart(&fields);
        prop_assert!(comes_back(&[("file", None, quoted)]));
    }

    #[test]
    fn a_status_means_the_same_in_any_case(word in prop_oneof![
        select(&["PENDING", "U", "Q", "queued", "PROCESSING", "S", "SENT", "D", "delivered", "R", "read", "A", "ERROR", "failed"][..])
            .prop_map(str::to_owned),
        any::<String>(),
    ], upper in vec(any::<bool>(), 12)) {
        let change = |(c, upper): (char, &bool)| if *upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        let mixed: String = word.chars().zip(upper.iter().cycle()).map(change).collect();
        prop_assert_eq!(Status::fold(&mixed), Status::fold(&word));
        let folded = match word.to_ascii_lowercase().as_str() {
            "pending" | "u" | "q" | "queued" | "processing" => Status::Queued,
            "s" | "sent" => Status::Sent,
            "d" | "delivered" => Status::Delivered,
            "r" | "read" => Status::Read,
            "a" | "error" | "failed" => Status::Failed,
            _ => Status::Unknown,
        };
        prop_assert_eq!(Status::fold(&word), folded);
    }

    #[test]
    fn a_moment_is_read_as_it_is_written(
        moment in prop_oneof![-62_167_219_200_000..253_402_300_800_000i64, (0..4_102_444_800i64).prop_map(|second| second * 1000)],
    ) {
        let text = Timestamp(moment).to_string();
        prop_assert_eq!(Timestamp::parse(&text), Ok(Timestamp(moment)), "{}", text);
        prop_assert!(text.ends_with('Z'), "{}", text);
    }

    #[test]
    fn a_moment_is_the_same_in_any_zone(hour in 0..24i64, minute in 0..60i64, east in any::<bool>(), zone in (0..24i64, 0..60i64)) {
        let (hours, minutes) = zone;
        let sign = if east { '+' } else { '-' };
        let here = Timestamp::parse(&format!("2026-06-15T{hour:02}:{minute:02}:00{sign}{hours:02}:{minutes:02}")).unwrap();
        let utc = Timestamp::parse(&format!("2026-06-15T{hour:02}:{minute:02}:00Z")).unwrap();
        let offset = (hours * 60 + minutes) * 60_000;
        prop_assert_eq!(here.0, if east { utc.0 - offset } else { utc.0 + offset });
        prop_assert_eq!(Timestamp::parse(&here.to_string()), Ok(here));
    }

    #[test]
    fn any_text_is_a_moment_or_not_and_any_number_can_be_written(
        text in prop_oneof![any::<String>(), "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{0,12})?([Zz]|[+-][0-2][0-9]:[0-5][0-9])"],
        number in any::<i64>(),
    ) {
        prop_assert!(!Timestamp(number).to_string().is_empty());
        if let Ok(moment) = Timestamp::parse(&text) {
            prop_assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment), "{} is {}", text, moment);
        }
    }
}

#[test]
fn the_laws_are_tried_on_every_provider() {
    let tried: Vec<_> = plain_accounts().iter().map(|account| account.provider.slug).collect();
    assert_eq!(tried, PROVIDERS.iter().map(|provider| provider.slug).collect::<Vec<_>>());
}
