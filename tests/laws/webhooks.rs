//! Whatever comes as a webhook, it is told and kept, or it is forged.

use super::json::is_as_deep_as_may_be;
use super::*;
use chaski::{Event, EventKind};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::value::RawValue;
use sha2::Sha256;
use std::collections::BTreeSet;

/// When they come.
pub const NOW: Timestamp = Timestamp(1_795_255_200_000);
const SECRET: &str = "s3cr3t-of-the-webhooks";

/// What webhooks consist of, and what could be mistaken for it.
fn reported() -> impl Strategy<Value = Value> + Clone {
    let word = select(
        &[
            "message_incoming",
            "message_read",
            "message_failed",
            "device_disconnected",
            "message.received",
            "message.delivered",
            "message.ack",
            "connection.connected",
            "connection.logged_out",
            "incoming_message",
            "imageMessage",
            "group",
            "READ",
            "true_6285612345678@c.us_3EB0",
            "6285612345678@s.whatsapp.net",
            "6285612345678:7@s.whatsapp.net",
            "120363025246125016@g.us",
            "120363999999@lid",
            "2026-03-02T10:00:00.5+07:00",
            "1581651709",
            "-9223372036854775808",
            "+",
            "",
        ][..],
    );
    let value =
        prop_oneof![4 => word.prop_map(Value::from), 1 => any::<i64>().prop_map(Value::from), 1 => json_value()];
    let name = select(
        &[
            "type",
            "event",
            "event_type",
            "message",
            "message_id",
            "external_message_id",
            "thread_id",
            "external_thread_id",
            "thread_type",
            "message_type",
            "message_content",
            "content",
            "is_from_agent",
            "is_from_me",
            "sender_number",
            "from",
            "to",
            "chat",
            "participant",
            "from_user",
            "file",
            "id",
            "status",
            "timestamp",
            "read_at",
            "body",
        ][..],
    )
    .prop_map(str::to_owned);
    let members = vec((name, value), 0..8).prop_map(|members| members.into_iter().collect::<Map<_, _>>());
    (members.clone(), option::of(members))
        .prop_map(|(mut outer, inner)| {
            outer.extend(inner.map(|inner| ("data".to_owned(), inner.into())));
            outer.into()
        })
        .boxed()
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let form = "(id|originator|msg|receive_date|gateway_number)=[0-9a-z%+=&\u{e9}]{0,12}";
    prop_oneof![
        4 => bytes(reported()),
        1 => vec(reported(), 0..4).prop_map(|items| Value::from(items).to_string().into_bytes()),
        1 => vec(form, 1..6).prop_map(|fields| fields.join("&").into_bytes()),
    ]
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = select(
        &["X-Webhook-Signature", "x-hub-signature", "x-hub-signature-256", "x-signature", "X-TIMESTAMP", "other"][..],
    );
    let value =
        prop_oneof![any::<String>(), "(sha256=)?[0-9a-fA-F]{0,70}", "sha256=\\PC{0,9}", "-?[0-9]{0,20}"].boxed();
    vec((name.prop_map(str::to_owned), value), 0..5)
}

/// One account at each provider that takes any webhook.
pub fn trusting() -> Vec<Account> {
    let fields = accounts_of(|provider, field| match field.name {
        "inbound_key" => Some("k".to_owned()),
        _ => plain(provider, field),
    });
    parsed(&fields)
}

/// One account at each provider that signs, with the headers of the signature and of the time, where it signs one.
pub fn signing() -> Vec<(Account, &'static str, Option<&'static str>)> {
    let accounts = [
        (
            json!({ "provider": "gowhatsapp", "base_url": "https://api.example.com", "token": "t", "webhook_secret": SECRET }),
            "x-hub-signature-256",
            None,
        ),
        (json!({ "provider": "whatsspot", "api_key": "k", "webhook_secret": SECRET }), "x-webhook-signature", None),
        (
            json!({ "provider": "a1base", "account_id": "acc", "api_key": "k", "api_secret": SECRET, "from": "+14155552671" }),
            "x-signature",
            Some("x-timestamp"),
        ),
    ];
    accounts.map(|(fields, header, time)| (Account::parse(fields.to_string().as_bytes()).unwrap(), header, time)).into()
}

/// A webhook signed so many seconds before [`NOW`].
pub fn signed(header: &str, time: Option<&str>, body: &[u8], age: i64) -> Webhook {
    let stamp = time.map(|_| (NOW.0 / 1000 - age).to_string()).unwrap_or_default();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(stamp.as_bytes());
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut headers = vec![(header.to_uppercase(), hex)];
    headers.extend(time.map(|name| (name.to_owned(), stamp)));
    Webhook { headers, body: body.to_vec() }
}

/// The events have all that came, to the letter: a list item by item, and what is no JSON as a string.
fn keep_all(events: &[Event], body: &[u8]) -> TestCaseResult {
    let raws: Vec<_> = events.iter().map(|event| event.raw.get()).collect();
    let whole: Option<&RawValue> = serde_json::from_slice(body).ok().filter(|_| is_as_deep_as_may_be(body));
    let items: Option<Vec<&RawValue>> = whole.and_then(|whole| serde_json::from_str(whole.get()).ok());
    // What has more items is told as one.
    if let Some(items) = items.filter(|items| (1..=1000).contains(&items.len())) {
        prop_assert_eq!(raws, items.iter().map(|item| item.get()).collect::<Vec<_>>());
        return Ok(());
    }
    prop_assert_eq!(raws.len(), 1);
    match (whole, serde_json::from_str(raws[0]).unwrap_or_default()) {
        (Some(whole), _) => prop_assert_eq!(raws[0], whole.get()),
        (None, Value::String(text)) => prop_assert_eq!(text.as_bytes(), body),
        (None, value) => prop_assert_eq!(STANDARD.decode(value["base64"].as_str().unwrap()).unwrap(), body),
    }
    Ok(())
}

/// Whatever comes is told and nothing is lost: one event or several that make sense, and have all that came.
pub fn is_told(account: &Account, webhook: &Webhook, now: Timestamp) -> TestCaseResult {
    let events = account.receive(webhook, now).unwrap();
    prop_assert!(!events.is_empty());
    keep_all(&events, &webhook.body)?;
    for event in &events {
        prop_assert_eq!(event.provider, account.provider.slug);
        let json = serde_json::to_string(event).unwrap();
        prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok(), "{}", json);
        let about = !matches!(event.kind, EventKind::Other | EventKind::ConnectionUp | EventKind::ConnectionDown);
        prop_assert!(!about || event.message.is_some(), "{}", json);
        let from_me = event.message.as_ref().is_some_and(|message| message.from_me);
        prop_assert!(event.kind != EventKind::MessageReceived || !from_me, "{}", json);
    }
    Ok(())
}

#[test]
fn the_laws_of_signatures_are_tried_on_every_provider_that_signs() {
    let fields = accounts_of(|provider, field| {
        let own = provider.account.iter().any(|own| own.name == field.name);
        plain(provider, field).or((own && field.secret).then(|| SECRET.to_owned()))
    });
    let all = parsed(&fields).into_iter().filter(Account::checks_signatures).map(|account| account.provider.slug);
    let tried = signing().into_iter().map(|(account, ..)| account.provider.slug);
    assert_eq!(tried.collect::<BTreeSet<_>>(), all.collect());
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn whatever_comes_is_told_and_nothing_is_lost(headers in headers(), body in body(), now in any::<i64>()) {
        let webhook = Webhook { headers, body };
        for account in trusting() {
            prop_assert!(!account.checks_signatures());
            is_told(&account, &webhook, Timestamp(now))?;
        }
    }

    #[test]
    fn no_signature_is_guessed(headers in headers(), body in body(), now in any::<i64>()) {
        let webhook = Webhook { headers, body };
        for (account, ..) in signing() {
            prop_assert!(account.checks_signatures());
            prop_assert_eq!(account.receive(&webhook, Timestamp(now)).unwrap_err().kind, ErrorKind::Forged);
        }
    }

    #[test]
    fn a_signature_holds_over_these_bytes_and_no_others(body in body(), at in any::<Index>(), flip in 1..=255u8, end in any::<u8>()) {
        for (account, header, time) in signing() {
            let webhook = signed(header, time, &body, 0);
            prop_assert!(account.receive(&webhook, NOW).is_ok());
            let mut altered = vec![[body.as_slice(), &[end]].concat()];
            if !body.is_empty() {
                let mut other = body.clone();
                other[at.index(body.len())] ^= flip;
                altered.extend([other, body[..body.len() - 1].to_vec()]);
            }
            for body in altered {
                let error = account.receive(&Webhook { body, ..webhook.clone() }, NOW).unwrap_err();
                prop_assert_eq!(error.kind, ErrorKind::Forged);
            }
        }
    }

    #[test]
    fn a_time_that_is_signed_holds_for_minutes(body in body(), age in prop_oneof![-400..400i64, any::<i32>().prop_map(i64::from)]) {
        for (account, header, time) in signing() {
            let received = account.receive(&signed(header, time, &body, age), NOW);
            prop_assert_eq!(received.is_ok(), time.is_none() || (-60..=300).contains(&age), "{} s old", age);
        }
    }

    #[test]
    fn a_key_in_a_webhook_is_in_no_event(text in text()) {
        let (account, ..) = signing().into_iter().find(|(account, ..)| account.provider.slug == "a1base").unwrap();
        let fields = json!({ "thread_id": "t", "message_id": "m", "content": format!("{text}{SECRET}"), "secret_key": SECRET });
        let events = account.receive(&signed("x-signature", Some("x-timestamp"), fields.to_string().as_bytes(), 0), NOW).unwrap();
        prop_assert!(!serde_json::to_string(&events).unwrap().contains(SECRET));
        let refused = account.receive(&Webhook::default(), NOW).unwrap_err();
        prop_assert!(!refused.message.contains(SECRET));
    }
}
