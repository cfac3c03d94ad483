//! The module for npm: JSON text in, JSON text out. The host's `fetch` lies between `request` and `reply`.

use crate::{
    account::Account,
    call::{AnyCall, AnyReply},
    error::Error,
    http::Response,
    json::Json,
    provider::PROVIDERS,
};
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

/// The request that makes the call of this name: `{ "ok": { method, url, headers } }` or `{ "error": … }`; behind
/// it a line feed, and the bytes of the body.
///
/// `headers` are pairs.
#[wasm_bindgen]
pub fn request(account: &str, name: &str, call: &str) -> Vec<u8> {
    let built = Account::parse(account.as_bytes())
        .and_then(|account| AnyCall::named(name, call.as_bytes())?.request(&account))
        .map(|request| {
            let (content_type, body) = request.encode().unzip();
            let headers = request.headers.into_iter().map(|header| (header.name, header.value));
            let headers = headers.chain(content_type.map(|value| ("content-type", value))).collect();
            (Head { method: request.method.as_str(), url: request.url, headers }, body.unwrap_or_default())
        });
    let (head, body) = match built {
        Ok((head, body)) => (Ok(head), body),
        Err(error) => (Err(error), Vec::new()),
    };
    [outcome(head).as_bytes(), b"\n", &body].concat()
}

#[derive(Serialize)]
struct Head {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, String)>,
}

/// What the answer to the call of this name comes to: `{ "ok": … }` or `{ "error": … }`.
///
/// `headers` is an object; [`Response::HEADERS`] are read.
#[wasm_bindgen]
pub fn reply(account: &str, name: &str, status: u16, headers: &str, body: Vec<u8>) -> String {
    outcome(Account::parse(account.as_bytes()).and_then(|account| {
        let headers = Json::parse(headers.as_bytes())?.object().0.into_iter();
        let headers = headers.filter_map(|(name, value)| Some((name.into_owned(), value.scalar()?))).collect();
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
