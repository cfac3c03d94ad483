//! The example of the specification, and the reference as an oracle.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use ::base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
const AT: i64 = 1_649_367_553;
const BODY: &str = r#"{"email":"test@example.com","username":"test_user"}"#;
const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

fn webhook(id: &str, at: &str, signature: &str, body: &[u8]) -> Webhook {
    let headers = [("Webhook-Id", id), ("Webhook-Timestamp", at), ("Webhook-Signature", signature)];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Webhook { headers: headers.to_vec(), body: body.to_vec() }
}

fn secret(text: &str) -> Secret {
    Secret::parse(text).ok().unwrap()
}

/// What comes of the specification's own example, changed.
fn verified(id: &str, at: &str, signature: &str, now: i64) -> Result<(), &'static str> {
    verify(&[secret(SECRET)], &webhook(id, at, signature, BODY.as_bytes()), Timestamp(now * 1000))
}

#[test]
fn the_example_of_the_reference_holds_both_ways() {
    assert_eq!(secret(SECRET).sign(ID, AT, BODY.as_bytes()), SIGNATURE);
    let at = AT.to_string();
    assert_eq!(verified(ID, &at, SIGNATURE, AT), Ok(()));
    assert_eq!(secret(SECRET.strip_prefix("whsec_").unwrap()).sign(ID, AT, BODY.as_bytes()), SIGNATURE);
    let other = format!("v1,{}", STANDARD.encode([7; 32]));
    for among in [
        format!("{other} {other} {SIGNATURE} {other}"),
        format!("v1a,abc {SIGNATURE}"),
        format!("{SIGNATURE} v1,"),
        format!("v2,x  {SIGNATURE}"),
    ] {
        assert_eq!(verified(ID, &at, &among, AT), Ok(()), "{among}");
    }
}

#[test]
fn anything_else_is_refused() {
    let at = AT.to_string();
    let base64 = SIGNATURE.strip_prefix("v1,").unwrap();
    let mut signatures: Vec<_> = (0..SIGNATURE.len()).map(|length| SIGNATURE.chars().take(length).collect()).collect();
    signatures.extend([
        format!("v1{base64}"),
        format!("v2,{base64}"),
        format!("V1,{base64}"),
        format!("v1a,{base64}"),
        format!("v1,{base64}="),
        format!("v1, {base64}"),
        format!("{SIGNATURE},{SIGNATURE}"),
        base64.to_owned(),
        "v1,!!!".to_owned(),
        "v1,====".to_owned(),
    ]);
    for signature in signatures {
        assert!(verified(ID, &at, &signature, AT).is_err(), "{signature}");
    }
    for stamp in
        ["", "+1649367553", "-1649367553", "1649367553.0", "1649 367553", "0x62", "1649367554", "99999999999999999999"]
    {
        assert!(verified(ID, stamp, SIGNATURE, AT).is_err(), "{stamp}");
    }
    for id in ["", "msg_other", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk.1"] {
        assert!(verified(id, &at, SIGNATURE, AT).is_err(), "{id}");
    }
    // A dot in the id would let the time begin elsewhere.
    let signature = secret(SECRET).sign("a.1", 2, b"");
    assert!(verify(&[secret(SECRET)], &webhook("a.1", "2", &signature, b""), Timestamp(2000)).is_err());
    assert!(verify(&[secret(SECRET)], &Webhook::default(), Timestamp(0)).is_err());
    assert!(verify(&[], &webhook(ID, &at, SIGNATURE, BODY.as_bytes()), Timestamp(AT * 1000)).is_err());
}

#[test]
fn it_holds_for_five_minutes_both_ways() {
    let at = AT.to_string();
    for (after, holds) in [(0, true), (300, true), (-300, true), (301, false), (-301, false), (86_400, false)] {
        assert_eq!(verified(ID, &at, SIGNATURE, AT + after).is_ok(), holds, "{after}");
    }
}

#[test]
fn a_secret_is_24_to_64_bytes() {
    for (length, is_secret) in [(0, false), (23, false), (24, true), (32, true), (64, true), (65, false)] {
        let text = STANDARD.encode(vec![7; length]);
        assert_eq!(Secret::parse(&text).is_ok(), is_secret, "{length}");
        assert_eq!(Secret::parse(&format!("whsec_{text}")).is_ok(), is_secret, "{length}");
    }
    for text in ["", "whsec_", "whsec_not base64", "whsk_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", " whsec_"] {
        assert!(Secret::parse(text).err().unwrap().contains("openssl rand -base64 32"), "{text}");
    }
}

proptest! {
    #[test]
    fn what_we_sign_the_reference_verifies(
        key in prop::collection::vec(any::<u8>(), 24..=64),
        id in "[A-Za-z0-9_-]{1,40}",
        body in ".{0,200}",
    ) {
        let text = format!("whsec_{}", STANDARD.encode(key));
        // Its clock is the real one.
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let reference = standardwebhooks::Webhook::new(&text).unwrap();
        let signature = secret(&text).sign(&id, now, body.as_bytes());
        prop_assert_eq!(&signature, &reference.sign(&id, now, body.as_bytes()).unwrap());
        let mut headers = http::HeaderMap::new();
        for (name, value) in [("webhook-id", &id), ("webhook-timestamp", &now.to_string()), ("webhook-signature", &signature)] {
            headers.insert(name, value.parse().unwrap());
        }
        prop_assert!(reference.verify(body.as_bytes(), &headers).is_ok());
    }

    #[test]
    fn what_the_reference_signs_we_verify_and_nothing_near_it(
        key in prop::collection::vec(any::<u8>(), 24..=64),
        id in "[A-Za-z0-9_-]{1,40}",
        at in 0_i64..4_000_000_000,
        body in ".{1,200}",
        flip in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let text = STANDARD.encode(key);
        let signature = standardwebhooks::Webhook::new(&text).unwrap().sign(&id, at, body.as_bytes()).unwrap();
        let signed = webhook(&id, &at.to_string(), &signature, body.as_bytes());
        let secrets = [secret(SECRET), secret(&text)];
        prop_assert_eq!(verify(&secrets, &signed, Timestamp(at * 1000)), Ok(()));

        let mut forged = signed.clone();
        forged.body[flip.index(body.len())] ^= 1 << bit;
        prop_assert!(verify(&secrets, &forged, Timestamp(at * 1000)).is_err());
    }
}
