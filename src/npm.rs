//! The module for npm: JSON text in, JSON text out. The host's `fetch` lies between `request` and `reply`.

use crate::{
    account::Account,
    call::AnyCall,
    error::Error,
    http::Response,
    json::{Input, read},
    provider::PROVIDERS,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// All providers and what they can do: an array.
#[wasm_bindgen]
pub fn providers() -> String {
    to_json(&PROVIDERS.iter().map(|provider| provider.describe()).collect::<Vec<_>>())
}

/// The request that makes a call: `{ "ok": { method, url, headers, body } }` or `{ "error": … }`.
///
/// `headers` are pairs. A body stands in `body` where it is text, in `base64` where it is not.
#[wasm_bindgen]
pub fn request(account: &str, call: &str) -> String {
    outcome(Account::parse(account.as_bytes()).and_then(|account| {
        let request = AnyCall::parse(call.as_bytes())?.request(&account)?;
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

/// What the answer to a call comes to: `{ "ok": … }` or `{ "error": … }`.
///
/// The answer is `{ "status": 200, "headers": { "retry-after": "7" }, "body": "…" }`.
#[wasm_bindgen]
pub fn reply(account: &str, call: &str, response: &str) -> String {
    outcome(Account::parse(account.as_bytes()).and_then(|account| {
        let response = read(response.as_bytes(), answered)?;
        AnyCall::parse(call.as_bytes())?.reply(&account, &response)
    }))
}

fn answered(input: Input<'_, '_>) -> Option<Response> {
    let mut members = input.members()?;
    let status = members.required("status", |input| input.count());
    let headers = members.optional("headers", |input| input.each(|_, input| input.string()));
    let body = members.optional("body", |input| input.string());
    members.end();
    let status = u16::try_from(status?).unwrap_or_default();
    Some(Response { status, headers: headers.unwrap_or_default(), body: body.unwrap_or_default().into_bytes() })
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome<T> {
    Ok(T),
    Error(Error),
}

fn outcome(result: Result<impl Serialize, Error>) -> String {
    to_json(&match result {
        Ok(ok) => Outcome::Ok(ok),
        Err(error) => Outcome::Error(error),
    })
}

/// Writing plain values as JSON cannot fail.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
