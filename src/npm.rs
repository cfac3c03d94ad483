//! The module for npm: JSON text in, JSON text out. The host's `fetch` lies between `request` and `reply`.

use crate::{
    account::Account,
    call::AnyCall,
    error::{Error, read},
    http::Response,
    provider::PROVIDERS,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wasm_bindgen::prelude::*;

/// All providers and what they can do.
#[wasm_bindgen]
pub fn providers() -> String {
    json!(PROVIDERS.iter().map(|provider| provider.describe()).collect::<Vec<_>>()).to_string()
}

/// The request that makes a call: `{ "ok": { method, url, headers, body } }` or `{ "error": … }`.
///
/// `headers` are pairs, `body` is text or `null`.
#[wasm_bindgen]
pub fn request(account: &str, call: &str) -> String {
    result(Account::parse(account.as_bytes()).and_then(|account| {
        let request = AnyCall::parse(call.as_bytes())?.request(&account)?;
        let mut headers: Vec<_> = request.headers.iter().map(|header| (header.name, header.value.clone())).collect();
        let body = request.encode().map(|(content_type, body)| {
            headers.push(("content-type", content_type));
            String::from_utf8_lossy(&body).into_owned()
        });
        Ok(json!({ "method": request.method.as_str(), "url": request.url, "headers": headers, "body": body }))
    }))
}

#[derive(Deserialize)]
struct Answered {
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

/// What the answer to a call comes to: `{ "ok": … }` or `{ "error": … }`.
#[wasm_bindgen]
pub fn reply(account: &str, call: &str, response: &str) -> String {
    result(Account::parse(account.as_bytes()).and_then(|account| {
        let Answered { status, headers, body } = read(response.as_bytes())?;
        AnyCall::parse(call.as_bytes())?.reply(&account, &Response { status, headers, body: body.into_bytes() })
    }))
}

fn result(result: Result<impl Serialize, Error>) -> String {
    match result {
        Ok(ok) => json!({ "ok": ok }),
        Err(error) => json!({ "error": error }),
    }
    .to_string()
}
