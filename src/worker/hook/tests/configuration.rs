//! What is wrong with a hook is told with its place, and no secret with it.

use super::*;
use crate::error::ErrorKind;

/// A hook that is right, changed.
fn with(change: Value) -> Value {
    let mut config = json!({ "key": KEY, "to": { "group": "495" }, "text": "{{x}}" });
    for (name, value) in change.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

fn errors(config: &Value) -> Vec<(String, String)> {
    let errors = hook(config).err().map(|error| error.into_details().errors).unwrap_or_default();
    let mut errors: Vec<_> = errors.into_iter().map(|error| (error.pointer, error.detail)).collect();
    errors.sort_unstable();
    errors
}

#[test]
fn each_mistake_is_told_with_its_place() {
    let standard = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    for (config, pointer, detail) in [
        (json!([]), "", "an object"),
        (with(json!({ "key": null })), "/key", "missing"),
        (with(json!({ "key": "short-key" })), "/key", "16 or more"),
        (with(json!({ "key": "0123456789+/0123456789" })), "/key", "letters, digits"),
        (with(json!({ "key": "$SHORT" })), "/key", "16 or more"),
        (with(json!({ "key": "$LINES" })), "/key", "the secret LINES is wrong"),
        (with(json!({ "key": "$NOT_SET" })), "/key", "the secret NOT_SET is not set"),
        (with(json!({ "text": null })), "", "a text or a template"),
        (with(json!({ "template": "github" })), "", "not both"),
        (with(json!({ "text": null, "template": "gitlab" })), "/template", "one of github, alerts, stripe, plain"),
        (with(json!({ "text": 7 })), "/text", "a string"),
        (with(json!({ "text": "a\nb {{#x}}" })), "/text", "line 2: {{#x}} without {{/x}}"),
        (with(json!({ "to": null })), "/to", "missing"),
        (with(json!({ "to": {} })), "/to", "a group or a phone"),
        (with(json!({ "to": { "group": "1", "fax": "1" } })), "/to/fax", "there are group, phone"),
        (with(json!({ "to": [{ "group": "495" }, { "phone": "1" }] })), "/to/1/phone", ""),
        (with(json!({ "to": [] })), "/to", "1 to 1000 recipients"),
        (with(json!({ "media": { "kind": "image" } })), "/media", ""),
        (with(json!({ "expires_in": 0 })), "/expires_in", "at least 1"),
        (with(json!({ "on_unsupported": "panic" })), "/on_unsupported", "one of fail"),
        (with(json!({ "send_at": "2026-11-05T08:30:00Z" })), "/send_at", "when it is called"),
        (
            with(json!({ "txet": "x" })),
            "/txet",
            "no such member; there are key, template, signature, secret, previous_secret, to",
        ),
        (with(json!({ "signature": "gitlab", "secret": "s3cret" })), "/signature", "one of github, stripe, standard"),
        (with(json!({ "signature": "github" })), "/secret", "missing"),
        (with(json!({ "signature": "github", "previous_secret": "s3cret" })), "/secret", "missing"),
        (with(json!({ "secret": "s3cret" })), "/secret", "needs a signature"),
        (with(json!({ "signature": "github", "secret": "$NOT_SET" })), "/secret", "NOT_SET is not set"),
        (with(json!({ "signature": "standard", "secret": "s3cret" })), "/secret", "openssl rand -base64 32"),
        (
            with(json!({ "signature": "standard", "secret": standard, "previous_secret": "s3cret" })),
            "/previous_secret",
            "openssl rand -base64 32",
        ),
    ] {
        let errors = errors(&config);
        let [(at, told)] = errors.as_slice() else { panic!("{config}: {errors:?}") };
        assert_eq!(at, pointer, "{config}");
        assert!(told.contains(detail), "{config}: {told}");
        assert!(!told.contains("s3cret") && !told.contains("0123456789"), "{told}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let config = json!({ "template": "gitlab", "signature": "github", "fax": 1, "send_at": "now" });
    let pointers: Vec<_> = errors(&config).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/fax", "/key", "/secret", "/send_at", "/template", "/to"]);
}

#[test]
fn only_its_own_key_opens_a_hook() {
    let hook = of_text("{{x}}");
    assert!(hook.has_key(KEY));
    for key in ["", "hook-key-012345678", "hook-key-01234567890", "HOOK-KEY-0123456789", "$HOOK_KEY"] {
        assert!(!hook.has_key(key), "{key}");
    }
}

#[test]
fn a_hook_without_a_signature_checks_none() {
    assert!(of_text("x").verify(&Webhook::default(), Timestamp(0)).is_ok());
    let config = with(json!({ "signature": "stripe", "secret": "s3cret" }));
    let error = hook(&config).unwrap().verify(&Webhook::default(), Timestamp(0)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forged);
    assert!(error.message.contains("Stripe-Signature is needed"));
}
