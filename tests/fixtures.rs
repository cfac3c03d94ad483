//! Every fixture, through the core: natively and, with `--target wasm32-unknown-unknown`, in wasm.
//! `fixtures/README.md` says what a fixture is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use base64::{Engine, engine::general_purpose::STANDARD};
use chaski::{Account, AnyCall, Body, Error, PROVIDERS, Provider, Request, Response, Timestamp, Webhook};
use include_dir::{Dir, include_dir};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use wasm_bindgen_test::wasm_bindgen_test;

static FIXTURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/fixtures");

/// The two kinds of fixtures.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Call,
    Webhook,
}

fn kind(fixture: &Value) -> Kind {
    if fixture.get("webhook").is_some() { Kind::Webhook } else { Kind::Call }
}

/// All fixtures: folder, name without `.json`, content.
fn fixtures() -> impl Iterator<Item = (String, String, Value)> {
    FIXTURES.dirs().flat_map(Dir::files).map(|file| {
        let path = file.path();
        let content =
            serde_json::from_slice(file.contents()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let folder = path.parent().unwrap().to_str().unwrap().to_owned();
        (folder, path.file_stem().unwrap().to_str().unwrap().to_owned(), content)
    })
}

/// Runs a check over all fixtures of a kind and tells all that fail, not only the first.
fn each(of: Kind, check: impl Fn(&str, &str, &Value) -> Result<(), String>) {
    let failures: Vec<_> = fixtures()
        .filter(|(.., fixture)| kind(fixture) == of)
        .filter_map(|(slug, name, fixture)| Some(format!("{slug}/{name}: {}", check(&slug, &name, &fixture).err()?)))
        .collect();
    assert!(failures.is_empty(), "{} fixtures fail:\n{}", failures.len(), failures.join("\n"));
}

fn same(what: &str, got: &Value, want: &Value) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{what}\n     got {got}\n    want {want}")) }
}

fn account(fixture: &Value) -> Result<Account, Error> {
    Account::parse(fixture["account"].to_string().as_bytes())
}

fn call(fixture: &Value) -> Result<AnyCall, Error> {
    AnyCall::parse(fixture["call"].to_string().as_bytes())
}

fn response(fixture: &Value) -> Response {
    let wanted = &fixture["response"];
    let headers = wanted["headers"].as_object().into_iter().flatten();
    let body = match &wanted["body"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        body => body.to_string(),
    };
    Response {
        status: u16::try_from(wanted["status"].as_u64().expect("a status")).unwrap(),
        headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
        body: body.into_bytes(),
    }
}

fn webhook(fixture: &Value) -> Webhook {
    let came = &fixture["webhook"];
    let headers = came["headers"].as_object().expect("headers").iter();
    let body = match (&came["base64"], &came["body"]) {
        (Value::String(base64), _) => STANDARD.decode(base64).unwrap(),
        (_, Value::String(text)) => text.clone().into_bytes(),
        (_, body) => body.to_string().into_bytes(),
    };
    Webhook { headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(), body }
}

/// What each event has of the body: all of it or, where it is a list, one item.
fn raws(webhook: &Webhook) -> Vec<Value> {
    let text = std::str::from_utf8(&webhook.body);
    let whole = match text.map(serde_json::from_str) {
        Ok(Ok(json)) => json,
        Ok(Err(_)) => json!(text.unwrap()),
        Err(_) => json!({ "base64": STANDARD.encode(&webhook.body) }),
    };
    match whole {
        Value::Array(items) if !items.is_empty() => items,
        whole => vec![whole],
    }
}

/// The request in the form of a fixture.
fn described(request: &Request) -> Value {
    let headers: Map<String, Value> =
        request.headers.iter().map(|header| (header.name.to_owned(), header.value.clone().into())).collect();
    let body = match &request.body {
        Body::Empty => Value::Null,
        Body::Json(json) => serde_json::from_slice(json).unwrap(),
        Body::Multipart(parts) => json!({ "multipart": parts.iter().map(|part| match &part.file {
            Some((filename, mime)) => {
                json!({ "name": part.name, "filename": filename, "mime": mime, "base64": STANDARD.encode(&part.content) })
            }
            None => json!({ "name": part.name, "value": String::from_utf8_lossy(&part.content) }),
        }).collect::<Vec<_>>() }),
    };
    json!({ "method": request.method.as_str(), "url": request.url, "headers": headers, "body": body })
}

fn check_request(request: &Request, want: &Value) -> Result<(), String> {
    let got = described(request);
    for part in ["method", "url", "body"] {
        same(part, &got[part], &want[part])?;
    }
    let mut headers = got["headers"].as_object().unwrap().clone();
    let content_type = request.clone().encode().map(|(content_type, _)| content_type);
    headers.extend(content_type.map(|value| ("content-type".to_owned(), value.into())));
    let want = want["headers"].as_object().expect("headers");
    for name in ["accept", "content-type"] {
        if !want.contains_key(name) {
            headers.remove(name);
        }
    }
    same("headers", &headers.into(), &want.clone().into())
}

/// Members that the fixture leaves out are not compared.
fn check_error(error: &Error, want: &Value) -> Result<(), String> {
    let got = serde_json::to_value(error).unwrap();
    for (name, want) in want.as_object().expect("an error") {
        match name.as_str() {
            "errors" => {
                let got = got["errors"].as_array().cloned().unwrap_or_default();
                let want = want.as_array().expect("errors");
                same("errors", &got.len().into(), &want.len().into()).map_err(|text| format!("{text}\n{got:?}"))?;
                for (got, want) in got.iter().zip(want) {
                    for (name, want) in want.as_object().expect("a violation") {
                        same(&format!("errors/{name}"), &got[name], want)?;
                    }
                }
            }
            _ => same(name, &got[name], want)?,
        }
    }
    Ok(())
}

#[test]
#[wasm_bindgen_test]
fn each_call_makes_its_request() {
    each(Kind::Call, |_, _, fixture| {
        let request = call(fixture).and_then(|call| call.request(&account(fixture)?));
        match (request, fixture.get("request")) {
            (Ok(request), Some(want)) => check_request(&request, want),
            (Err(error), None) => check_error(&error, &fixture["error"]),
            (Ok(request), None) => Err(format!("a request was made: {}", described(&request))),
            (Err(error), Some(_)) => Err(format!("no request was made: {error}")),
        }
    });
}

#[test]
#[wasm_bindgen_test]
fn each_answer_comes_to_its_reply() {
    each(Kind::Call, |_, _, fixture| {
        if fixture.get("response").is_none() {
            return Ok(());
        }
        let (account, call) = (account(fixture).unwrap(), call(fixture).map_err(|error| error.to_string())?);
        let response = response(fixture);
        match (call.reply(&account, &response), fixture.get("reply")) {
            (Ok(reply), Some(want)) => {
                let mut got = serde_json::to_value(&reply).unwrap();
                let raw = got.as_object_mut().unwrap().remove("raw").expect("raw");
                same("reply", &got, want)?;
                let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
                same("raw", &raw, &body)
            }
            (Err(error), None) => {
                let body = String::from_utf8_lossy(&response.body).into_owned();
                same("error/body", &json!(error.body), &json!(body))?;
                check_error(&error, &fixture["error"])
            }
            (Ok(reply), None) => Err(format!("a reply: {}", serde_json::to_value(&reply).unwrap())),
            (Err(error), Some(_)) => Err(format!("an error: {error:?}")),
        }
    });
}

#[test]
#[wasm_bindgen_test]
fn each_webhook_comes_to_its_events() {
    each(Kind::Webhook, |_, _, fixture| {
        let webhook = webhook(fixture);
        let now = Timestamp::parse(fixture["now"].as_str().expect("now")).unwrap();
        match (account(fixture).unwrap().receive(&webhook, now), fixture.get("events")) {
            (Ok(events), Some(want)) => {
                let mut got = serde_json::to_value(&events).unwrap();
                let events = got.as_array_mut().unwrap().iter_mut();
                let raw = events.map(|event| event.as_object_mut().unwrap().remove("raw").expect("raw")).collect();
                same("events", &got, want)?;
                same("raw", &raw, &raws(&webhook).into())
            }
            (Err(error), None) => check_error(&error, &fixture["error"]),
            (Ok(events), None) => Err(format!("events: {}", serde_json::to_value(&events).unwrap())),
            (Err(error), Some(_)) => Err(format!("an error: {error:?}")),
        }
    });
}

#[test]
fn a_fixture_says_where_it_comes_from_and_names_its_call() {
    each(Kind::Webhook, |slug, name, fixture| {
        same("provider", &fixture["account"]["provider"], &json!(slug))?;
        let docs = fixture["docs"].as_str().is_some_and(|docs| !docs.is_empty());
        let one_end = fixture.get("events").is_some() != fixture.get("error").is_some();
        if docs && one_end && name.starts_with("receive.") {
            Ok(())
        } else {
            Err("receive.<case>.json, docs, and one of events and error".into())
        }
    });
    each(Kind::Call, |slug, name, fixture| {
        let (call, _) = name.split_once('.').ok_or("the name is <call>.<case>.json")?;
        same("call", &json!(fixture["call"].as_object().map(|call| call.keys().collect::<Vec<_>>())), &json!([call]))?;
        same("provider", &fixture["account"]["provider"], &json!(slug))?;
        let docs = fixture["docs"].as_str().is_some_and(|docs| !docs.is_empty());
        let one_end = fixture.get("reply").is_some() != fixture.get("error").is_some();
        let both = fixture.get("request").is_some() == fixture.get("response").is_some();
        if docs && one_end && both {
            Ok(())
        } else {
            Err("docs, one of reply and error, and request with response".into())
        }
    });
}

#[test]
fn each_call_of_each_provider_is_shown_to_succeed_and_to_fail() {
    let seen: BTreeSet<_> = fixtures()
        .map(|(slug, name, fixture)| (slug, name.split('.').next().unwrap().to_owned(), fixture.get("error").is_none()))
        .collect();
    for provider in PROVIDERS {
        // Where nothing is signed, no webhook is refused.
        let signs = provider.account.iter().any(|field| matches!(field.name, "webhook_secret" | "api_secret"));
        let calls = provider.calls().flat_map(|call| [(call, true), (call, false)]);
        for (call, succeeds) in calls.chain([("receive", true)]).chain(signs.then_some(("receive", false))) {
            let wanted = (provider.slug.to_owned(), call.to_owned(), succeeds);
            assert!(seen.contains(&wanted), "no fixture {}/{call}.*.json that ends well = {succeeds}", provider.slug);
        }
    }
}

#[test]
fn each_field_and_option_of_each_provider_is_used() {
    for provider in PROVIDERS {
        let own: Vec<_> = fixtures().filter(|(slug, ..)| slug == provider.slug).map(|(.., fixture)| fixture).collect();
        for field in provider.account {
            let used = own.iter().any(|fixture| fixture["account"].get(field.name).is_some());
            assert!(used, "no fixture of {} has the account field {}", provider.slug, field.name);
        }
        for option in provider.options {
            let options =
                |fixture: &Value| fixture["call"]["send_message"]["options"][provider.slug].get(option.name).is_some();
            assert!(own.iter().any(options), "no fixture of {} has the option {}", provider.slug, option.name);
        }
    }
}

#[test]
fn each_folder_is_a_provider() {
    for folder in FIXTURES.dirs() {
        let slug = folder.path().to_str().unwrap();
        assert!(Provider::find(slug).is_some(), "tests/fixtures/{slug} belongs to no provider");
    }
}
