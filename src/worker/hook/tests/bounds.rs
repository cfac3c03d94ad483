//! Whatever is posted: no panic, no end of work, and always a message or an error.

use super::*;
use crate::{error::ErrorKind, message::Message};
use proptest::prelude::*;

#[test]
fn loops_in_loops_over_much_come_to_an_end() {
    let (items, members) = ("1,".repeat(200_000), r#""k":1,"#.repeat(40_000));
    let text = r"\u0061\n".repeat(40_000);
    let many = format!(r#"{{ "l": [{items}1], "o": {{ {members} "z": 1 }}, "t": "{text}" }}"#);
    let (open, close) = ("{{#l}}".repeat(15), "{{/l}}".repeat(15));
    for template in [
        format!("{open}{{{{nobody}}}}{close}x"),
        format!("{open}y{close}"),
        "{{#l}}{{o.z}}{{nobody}}{{/l}}".to_owned(),
        "{{#l}}{{o}}{{/l}}".to_owned(),
        "{{#l}}{{#l.more_1}}{{/l.more_1}}{{/l}}x".to_owned(),
        "{{#l}}{{#o}}{{^z}}{{/z}}{{/o}}{{/l}}x".to_owned(),
        "{{#l}}{{t.short_3}}{{/l}}".to_owned(),
        "{{#l}}{{#t.is_x}}{{t}}{{/t.is_x}}{{/l}}".to_owned(),
        "{{#l}}{{t.line.words.first_1}}{{l.more_1.short_1}}{{/l}}".to_owned(),
        "{{l}}".to_owned(),
        "{{o.short_10}}{{l.short_10}}".to_owned(),
    ] {
        let text = rendered(&template, &many);
        assert!(text.chars().count() <= 4096, "{template}");
    }
}

#[test]
fn a_text_is_not_longer_than_the_strictest_provider_takes() {
    for (length, want) in [(4096, 4096), (4097, 4096), (60_000, 4096), (1 << 20, 4096)] {
        let text = rendered("{{x}}", &format!(r#"{{ "x": "{}" }}"#, "x".repeat(length)));
        assert_eq!(text.chars().count(), want, "{length}");
        assert_eq!(text.ends_with('…'), length > 4096, "{length}");
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let hook = of_text("{{body}}");
    let kind =
        |content_type: &str, body: &[u8]| hook.compose(&webhook(content_type, body)).err().map(|error| error.kind);
    assert_eq!(kind("multipart/form-data; boundary=x", b"--x--"), Some(ErrorKind::Invalid));
    assert_eq!(kind("application/octet-stream", b"\xff\xfe"), Some(ErrorKind::Invalid));
    assert_eq!(kind("application/json", b"\xff"), Some(ErrorKind::Invalid));
    assert_eq!(kind("Application/JSON; charset=utf-8", b"{"), Some(ErrorKind::Malformed));
    assert_eq!(kind("text/plain", b"{"), None);
    assert_eq!(kind("application/json", "[".repeat(100_000).as_bytes()), Some(ErrorKind::Malformed), "deep");
}

#[test]
fn the_id_of_a_delivery_is_the_first_that_can_be_one() {
    let hook = of_text("x");
    let delivery = |headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        hook.compose(&Webhook { headers, body: br#"{ "id": "evt_1" }"#.to_vec() }).unwrap().unwrap().delivery
    };
    let long = "x".repeat(256);
    let all = [("Idempotency-Key", "c"), ("webhook-id", "b"), ("X-GitHub-Delivery", "a")];
    assert_eq!(delivery(&all).as_deref(), Some("a"));
    assert_eq!(delivery(&all[..2]).as_deref(), Some("b"));
    assert_eq!(delivery(&all[..1]).as_deref(), Some("c"));
    assert_eq!(delivery(&[]), None, "only Stripe's payloads tell theirs");
    for not in ["", long.as_str(), "tab\there", "ünï"] {
        assert_eq!(delivery(&[("x-github-delivery", not), ("webhook-id", "b")]).as_deref(), Some("b"), "{not}");
    }
}

/// Payloads near the ones that templates expect.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["push", "opened", "firing", "refs/heads/x", "charge.refunded", "\u{0}\r\n"])
            .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "event",
        "action",
        "alerts",
        "status",
        "labels",
        "type",
        "data",
        "object",
        "commits",
        "ref",
        "message",
        "text",
        "body",
        "repository",
        "sender",
        "amount",
        "currency",
        "pull_request",
        "id",
        "payload",
    ]);
    leaf.prop_recursive(4, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// Whatever comes of it is a message.
fn is_a_message(template: &str, webhook: &Webhook) -> Result<(), TestCaseError> {
    let config = match template {
        "github" | "alerts" | "stripe" | "plain" => {
            json!({ "key": KEY, "to": { "group": "495" }, "template": template })
        }
        text => json!({ "key": KEY, "to": { "group": "495" }, "text": text }),
    };
    if let Ok(Some(posting)) = hook(&config).unwrap().compose(webhook) {
        let message = Message::parse(posting.content.as_bytes());
        prop_assert!(message.is_ok(), "{message:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_make_a_message_nothing_or_an_error(
        body in prop::collection::vec(any::<u8>(), 0..300),
        content_type in prop::sample::select(vec!["application/json", "application/x-www-form-urlencoded", "", "ü"]),
        template in prop::sample::select(vec!["github", "alerts", "stripe", "plain", "{{body}}{{event}}"]),
    ) {
        is_a_message(template, &webhook(content_type, &body))?;
    }

    #[test]
    fn any_payload_makes_a_message_or_nothing(
        payload in json(),
        event in "(push|pull_request|issues|release|.{0,5})",
        template in prop::sample::select(vec!["github", "alerts", "stripe", "plain", "{{.}}{{#data}}{{.}}{{/data}}"]),
    ) {
        let mut webhook = webhook("application/json", payload.to_string().as_bytes());
        webhook.headers.push(("x-github-event".to_owned(), event));
        is_a_message(template, &webhook)?;
    }

    #[test]
    fn any_text_is_a_template_or_wrong(text in r"(\{\{[#^/!&{>= ]?[a-c.é ]{0,3}\}?\}\}|\{|\}|[a-z\n é]){0,12}") {
        if let Ok(template) = super::super::template::Template::parse(&text) {
            drop(template);
            let config = json!({ "key": KEY, "to": { "group": "495" }, "text": text });
            composed(&hook(&config).unwrap(), br#"{ "a": [1, { "b": "x" }], "b": { "c": true } }"#).unwrap();
        }
    }
}
