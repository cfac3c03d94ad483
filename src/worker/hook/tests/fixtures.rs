//! Every fixture; `tests/hooks/README.md` says what one is.

use super::*;
use crate::message::Message;
use include_dir::{Dir, include_dir};
use std::collections::BTreeSet;

static FIXTURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/hooks");

/// All fixtures: `<folder>/<case>`, content.
fn fixtures() -> impl Iterator<Item = (String, Value)> {
    FIXTURES.dirs().flat_map(Dir::files).map(|file| {
        let path = file.path().with_extension("").to_str().unwrap().to_owned();
        let content = serde_json::from_slice(file.contents()).unwrap_or_else(|error| panic!("{path}: {error}"));
        (path, content)
    })
}

fn request(fixture: &Value) -> Webhook {
    let headers = fixture["request"]["headers"].as_object().unwrap();
    let headers = headers.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    let body = match &fixture["request"]["body"] {
        Value::String(bytes) => bytes.clone(),
        json => json.to_string(),
    };
    Webhook { headers: headers.collect(), body: body.into_bytes() }
}

fn called(fixture: &Value) -> Result<Option<Posting>, Error> {
    let hook = hook(&fixture["hook"]).unwrap();
    let webhook = request(fixture);
    hook.verify(&webhook, Timestamp::parse(fixture["now"].as_str().unwrap()).unwrap())?;
    hook.compose(&webhook)
}

#[test]
fn each_fixture_ends_as_it_says() {
    for (path, fixture) in fixtures() {
        match called(&fixture) {
            Ok(posting) => {
                assert_eq!(fixture.get("error"), None, "{path}");
                assert_eq!(json!(posting.as_ref().map(text_of)), fixture["text"], "{path}");
                let delivery = posting.as_ref().and_then(|posting| posting.delivery.as_deref());
                assert_eq!(json!(delivery), fixture["delivery"], "{path}");
            }
            Err(error) => assert_eq!(json!({ "kind": error.kind }), fixture["error"], "{path}: {error}"),
        }
    }
}

#[test]
fn what_is_composed_is_the_hooks_message_with_a_text() {
    const OWN: [&str; 6] = ["key", "text", "template", "signature", "secret", "previous_secret"];
    for (path, fixture) in fixtures() {
        let Ok(Some(posting)) = called(&fixture) else { continue };
        Message::parse(posting.content.as_bytes()).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut want = fixture["hook"].as_object().unwrap().clone();
        want.retain(|name, _| !OWN.contains(&name.as_str()));
        want.insert("text".to_owned(), fixture["text"].clone());
        assert_eq!(serde_json::from_str::<Value>(&posting.content).unwrap(), Value::Object(want), "{path}");
    }
}

#[test]
fn a_fixture_says_where_it_comes_from_and_one_end() {
    for (path, fixture) in fixtures() {
        assert!(fixture["docs"].as_str().is_some_and(|docs| !docs.is_empty()), "{path}: docs");
        let ends = [fixture.get("text").is_some(), fixture.get("delivery").is_some(), fixture.get("error").is_some()];
        assert!([[true, true, false], [false, false, true]].contains(&ends), "{path}: text and delivery, or error");
    }
}

#[test]
fn each_template_speaks_and_is_silent_and_each_signature_holds_and_does_not() {
    let seen: BTreeSet<_> = fixtures()
        .flat_map(|(_, fixture)| {
            let ends = ["text", "error"].map(|end| fixture.get(end).map(Value::is_null));
            ["template", "signature"].map(|member| (fixture["hook"][member].as_str().map(str::to_owned), ends))
        })
        .collect();
    let is_seen = |name: &str, ends| seen.contains(&(Some(name.to_owned()), ends));
    for template in ["github", "alerts", "stripe", "plain"] {
        assert!(is_seen(template, [Some(false), None]) && is_seen(template, [Some(true), None]), "{template}");
    }
    for signature in ["github", "stripe", "standard"] {
        assert!(is_seen(signature, [Some(false), None]) && is_seen(signature, [None, Some(false)]), "{signature}");
    }
}

#[test]
fn one_changed_byte_of_a_signed_body_is_forged() {
    for (path, fixture) in fixtures().filter(|(path, _)| path.starts_with("signature/") && path.ends_with(".good")) {
        let hook = hook(&fixture["hook"]).unwrap();
        let now = Timestamp::parse(fixture["now"].as_str().unwrap()).unwrap();
        let good = request(&fixture);
        hook.verify(&good, now).unwrap();
        for at in 0..good.body.len() {
            for bit in 0..8 {
                let mut forged = good.clone();
                forged.body[at] ^= 1 << bit;
                assert_eq!(hook.verify(&forged, now).unwrap_err().kind, crate::error::ErrorKind::Forged, "{path} {at}");
            }
        }
    }
}
