//! The module for npm: JSON text in, JSON text out. The host's `fetch` lies between `request` and `reply`.

use crate::{
    account::Account,
    call::{AnyCall, AnyReply},
    error::Error,
    http::Response,
    input::read,
    provider::PROVIDERS,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// All providers and what they can do: `{ "ok": [ … ] }`.
#[wasm_bindgen]
pub fn providers() -> String {
    outcome(Ok(PROVIDERS.iter().map(|provider| provider.describe()).collect::<Vec<_>>()))
}

/// Whether an account is whole: `{ "ok": { "provider": "whatspie" } }` or `{ "error": … }`.
#[wasm_bindgen]
pub fn account(account: &str) -> String {
    outcome(Account::parse(account.as_bytes()).map(|account| Checked { provider: account.provider.slug }))
}

#[derive(Serialize)]
struct Checked {
    provider: &'static str,
}

/// The request that makes the call of this name: `{ "ok": { method, url, headers, body } }` or `{ "error": … }`.
///
/// `headers` are pairs. A body stands in `body` where it is text, in `base64` where it is not.
#[wasm_bindgen]
pub fn request(account: &str, name: &str, call: &str) -> String {
    outcome(Account::parse(account.as_bytes()).and_then(|account| {
        let request = AnyCall::named(name, call.as_bytes())?.request(&account)?;
        let headers = request.headers.iter().map(|header| (header.name, header.value.clone()));
        let (content_type, bytes) = request.encode().unzip();
        let headers = headers.chain(content_type.map(|value| ("content-type", value))).collect();
        let (body, base64) = match bytes.map(String::from_utf8) {
            None => (None, None),
            Some(Ok(text)) => (Some(text), None),
            Some(Err(error)) => (None, Some(STANDARD.encode(error.as_bytes()))),
        };
        Ok(Built { method: request.method.as_str(), url: request.url, headers, body, base64 })
    }))
}

#[derive(Serialize)]
struct Built {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

/// What the answer to the call of this name comes to: `{ "ok": … }` or `{ "error": … }`.
///
/// `headers` is an object; [`Response::HEADERS`] are read.
#[wasm_bindgen]
pub fn reply(account: &str, name: &str, status: u16, headers: &str, body: Vec<u8>) -> String {
    outcome(Account::parse(account.as_bytes()).and_then(|account| {
        let headers = read(headers.as_bytes(), |input| input.each(|_, input| input.string()))?;
        AnyReply::read(name, &account, &Response { status, headers, body })
    }))
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome<T> {
    Ok(T),
    Error(Error),
}

fn outcome(result: Result<impl Serialize, Error>) -> String {
    let outcome = match result {
        Ok(ok) => Outcome::Ok(ok),
        Err(error) => Outcome::Error(error),
    };
    // Writing plain values as JSON cannot fail.
    serde_json::to_string(&outcome).unwrap_or_default()
}
